package intake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// demo returns a book with a demo shop in it.
func demo(t testing.TB, customers int) *crm.Book {
	t.Helper()
	book := crmtest.New(t)
	report, err := book.Import(t.Context(), crmtest.Shop(customers, 3).All(), nil)
	if err != nil || report.Rejected > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	return book
}

func TestScan(t *testing.T) {
	book := demo(t, evaltest.Cases(300))
	var last intake.Progress
	first := column.New()
	if _, err := intake.Scan(t.Context(), book, first, nil, func(p intake.Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	same(t, "the demo shop", book, first)
	if n := must(book.Interactions.Count(t.Context()))(t); last.Interactions != int64(n) || last.Customers != int64(first.Len()) {
		t.Errorf("progress %+v of %d interactions and %d persons", last, n, first.Len())
	}
	second, _ := scan(t, book)
	var a, b bytes.Buffer
	if err := errors.Join(first.Encode(&a), second.Encode(&b)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two scans make different bases")
	}
	one := column.New()
	for v, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		one.Put(must(person(t, book, v.ID))(t))
	}
	for p, err := range book.Products.List(t.Context(), crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		one.SetProduct(&column.Product{ID: string(p.ID), Title: p.Title, Brand: p.Brand, Categories: p.Categories, Tags: p.Tags})
	}
	same(t, "one by one", book, one)
}

func TestScanEmpty(t *testing.T) {
	book := crmtest.New(t)
	base, at := scan(t, book)
	if events := since(t, book, at); base.Len() != 0 || len(events) > 0 {
		t.Errorf("%d persons, and then %v", base.Len(), events)
	}
}

// A scan that is stopped anywhere says so, and the next one is none the worse.
func TestScanInterrupted(t *testing.T) {
	book := demo(t, 20)
	calls := 0
	if _, err := intake.Scan(t.Context(), book, column.New(), nil, func(intake.Progress) { calls++ }); err != nil {
		t.Fatal(err)
	}
	if calls < 5 {
		t.Fatalf("%d calls", calls)
	}
	for stop := range calls {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err := intake.Scan(ctx, book, column.New(), nil, func(intake.Progress) {
			if n++; n == stop+1 {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("stopped after %d of %d: %v", stop+1, calls, err)
		}
	}
	base, _ := scan(t, book)
	same(t, "at last", book, base)
}

// What changes while a scan goes on is brought in from the cursor on.
func TestScanOfChanges(t *testing.T) {
	for seed := range evaltest.Cases(uint64(25)) {
		l := newLife(t, 500+seed)
		for range 60 {
			l.step()
		}
		base := column.New()
		at, err := intake.Scan(t.Context(), l.book, base, nil, func(intake.Progress) {
			for range 10 {
				l.step()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		k := intake.Keep(l.book, base, at, nil)
		events := since(t, l.book, at)
		if len(events) < 20 {
			t.Fatalf("%d events while it went on", len(events))
		}
		for len(events) > 0 {
			n := min(1+l.IntN(9), len(events))
			must(k.Apply(t.Context(), nil, events[:n]))(t)
			events = events[n:]
		}
		lapse(t, k)
		if !same(t, "after all", l.book, base) {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestLoad(t *testing.T) {
	book := demo(t, 30)
	ctx := t.Context()
	if _, err := intake.Load(ctx, book, "columns", nil); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("before it is saved: %v", err)
	}
	base, at := scan(t, book)
	if err := intake.Keep(book, base, at, nil).Save(ctx, "columns", nil); err != nil {
		t.Fatal(err)
	}
	k, err := intake.Load(ctx, book, "columns", nil)
	if err != nil {
		t.Fatal(err)
	}
	if k.Cursor() != at {
		t.Errorf("stands at %v, want %v", k.Cursor(), at)
	}
	same(t, "loaded", book, k.Base())
	// What another release saved is of no use, and no error of the store.
	other := store.Snapshot{Name: "columns", Format: 1}
	if err := other.Save(ctx, book.Store(), at, func(w io.Writer) error { _, err := io.WriteString(w, "columns of a later release"); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Load(ctx, book, "columns", nil); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("of another release: %v", err)
	}
}
