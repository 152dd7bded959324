package crm_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A file that the first release wrote, and what it holds. Every later release
// opens it. It is packed, as most of it is room to grow. It is written anew (with -update) only while there is no release.
const (
	releaseFile   = "testdata/v1.db.gz"
	releaseGolden = "testdata/v1.json"
)

// history is what the file of a release holds.
type history struct {
	Contents contents     `json:"contents"`
	Events   []*crm.Event `json:"events"`
}

// writeRelease makes a book with something of everything.
func writeRelease(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	book := open(t, st, &crm.Options{Rate: rates})
	putProduct(t, book, cup())
	putProduct(t, book, crm.Product{Ref: ref("p2"), Title: "Tea", PublishedAt: day(1), Version: day(1), Variants: []crm.Variant{{SKU: "tea", UnitCost: gbp(120)}}})
	c := putCustomer(t, book, ada())
	o := tea()
	o.CustomerID = c.ID
	o.Total = gbp(1600) // not the sum of its parts
	o.Billing = ada().Addresses[0]
	placed := putOrder(t, book, o)
	foreign := goods(c.ID, "", day(3), "cup-s", 2, eur(900))
	foreign.Ref, foreign.TaxIncluded, foreign.Tax, foreign.Version = ref("1002"), true, eur(300), day(3)
	putOrder(t, book, foreign)
	canceled := goods(c.ID, "", day(4), "cup-s", 1, crm.Money{Amount: 1200, Currency: "JPY"})
	canceled.Ref, canceled.State, canceled.Version = ref("1003"), crm.StateCanceled, day(4)
	putOrder(t, book, canceled)
	putRefund(t, book, crm.Refund{Ref: ref("r1"), OrderID: placed.ID, OccurredAt: day(6), Version: day(6), Amount: gbp(250), Reason: "chipped"})
	putRefund(t, book, crm.Refund{
		Ref: ref("r2"), CustomerID: c.ID, OccurredAt: day(7), Version: day(7), Currency: "EUR", Lines: []crm.RefundLine{line("", "cup-s", 3, eur(1000))},
	})
	load(t, book, crm.Record{
		Customer: &crm.Customer{Email: "ben@example.com", FirstSeenAt: day(5)},
		Order:    &crm.Order{Ref: ref("1004"), OccurredAt: day(5), Kind: crm.KindAdjustment, Total: gbp(-100)},
	})
	if _, err := book.Products.AddStock(t.Context(), "cup-s", -1); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data) // a bytes.Buffer takes it all
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(releaseFile, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readHistory(t *testing.T, book *crm.Book) history {
	t.Helper()
	h := history{read(t, book), since(t, book, store.Cursor{})}
	for _, e := range h.Events {
		e.Cursor = store.Cursor{} // of this file only
	}
	return h
}

// TestRelease opens the file of the first release, reads all of it, and writes
// to it.
func TestRelease(t *testing.T) {
	if *update {
		writeRelease(t)
	}
	book := openRelease(t)
	got := readHistory(t, book)
	if *update {
		data, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(releaseGolden, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(releaseGolden)
	if err != nil {
		t.Fatal(err)
	}
	var want history
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, facts); diff != "" {
		t.Errorf("%s (-want +got):\n%s", releaseFile, diff)
	}
	for id, a := range got.Contents.Aggregates {
		if diff := cmp.Diff(naive("GBP", id, got.Contents.Orders, got.Contents.Refunds), a); diff != "" {
			t.Errorf("aggregates of %s (-want +got):\n%s", id, diff)
		}
	}

	// What the sources say once more is known, by the same ids.
	before := head(t, book)
	putCustomer(t, book, ada())
	again := tea()
	again.Total = gbp(1600)
	again.CustomerID = got.Contents.Orders[0].CustomerID
	again.Billing = ada().Addresses[0]
	putOrder(t, book, again)
	if head(t, book) != before {
		t.Errorf("the same once more wrote %v", kinds(since(t, book, before)))
	}
	id := got.Contents.Orders[0].CustomerID
	if _, err := book.Orders.Update(t.Context(), got.Contents.Orders[0].ID, func(o *crm.Order) error { o.State = crm.StateCanceled; return nil }); err != nil {
		t.Fatal(err)
	}
	putOrder(t, book, goods(id, "", day(9), "cup-s", 1, gbp(800)))
	now := read(t, book)
	if diff := cmp.Diff(naive("GBP", id, now.Orders, now.Refunds), now.Aggregates[id]); diff != "" {
		t.Errorf("aggregates after writing (-want +got):\n%s", diff)
	}
	if got, want := len(now.Orders), len(want.Contents.Orders)+1; got != want {
		t.Errorf("%d orders, want %d", got, want)
	}
}

// TestReleaseNewer opens a file in which a later release has changed a table.
func TestReleaseNewer(t *testing.T) {
	st := openRelease(t).Store()
	newer(t, st)
	_, err := crm.New(st, nil)
	if !errors.Is(err, crm.ErrNewer) || !strings.Contains(err.Error(), "crm.orders") {
		t.Errorf("got %v, want %v and the table's name", err, crm.ErrNewer)
	}
}

// openRelease opens a copy of the file.
func openRelease(t *testing.T) *crm.Book {
	t.Helper()
	packed, err := os.ReadFile(releaseFile)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return open(t, st, &crm.Options{Rate: rates})
}
