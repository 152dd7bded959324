package crm_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A gift is a record of a shop's own table.
type gift struct {
	CustomerID crm.CustomerID `json:"customer_id"`
	What       string         `json:"what"`
}

func gifts(number byte, name string) *store.Table[gift] {
	return store.MustTable(store.Schema[gift]{
		Number: number, Name: name,
		Fields: func(c *store.Coder, g *gift) {
			store.String(c, 1, &g.CustomerID)
			store.String(c, 2, &g.What)
		},
		Key:     func(k store.Key, g *gift) store.Key { return k.String(string(g.CustomerID)).String(g.What) },
		Subject: func(g *gift) string { return string(g.CustomerID) },
		Owner:   store.PrimaryKey,
	})
}

func TestRegister(t *testing.T) {
	book := memory(t)
	if err := book.Register(gifts(200, "shop.gifts"), gifts(201, "shop.loans")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		shelves []store.Shelf
		want    error
	}{
		{"nothing", nil, nil},
		{"again", []store.Shelf{gifts(200, "shop.gifts")}, nil},
		{"the name of another", []store.Shelf{gifts(202, "shop.gifts")}, crm.ErrExists},
		{"the number of another", []store.Shelf{gifts(200, "shop.cards")}, crm.ErrExists},
		{"the name of one of the book's", []store.Shelf{gifts(202, "crm.orders")}, crm.ErrExists},
		{"the number of one of the book's", []store.Shelf{gifts(5, "shop.cards")}, crm.ErrExists},
		{"two of one number", []store.Shelf{gifts(202, "shop.cards"), gifts(202, "shop.coins")}, crm.ErrExists},
		{"neither of two that were refused", []store.Shelf{gifts(202, "shop.coins")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := book.Register(tt.shelves...); !errors.Is(err, tt.want) {
				t.Errorf("Register: %v, want %v", err, tt.want)
			}
		})
	}
}

func TestRegisterConcurrently(t *testing.T) {
	book := memory(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			n := i % 8
			if err := book.Register(gifts(byte(200+n), fmt.Sprintf("shop.gifts%d", n))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Every table that a Book has is one of those that are prepared, shown,
// exported and erased.
func TestTables(t *testing.T) {
	book := memory(t)
	fields := 0
	for field := range reflect.TypeFor[crm.Book]().Fields() {
		if strings.HasPrefix(field.Type.String(), "*store.Table[") {
			fields++
		}
	}
	err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
		tables, err := store.Tables(r)
		if len(tables) != fields || fields < 8 {
			t.Errorf("%d tables are prepared, the book has %d", len(tables), fields)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Records of a person are found by the index or the key that the schema names
// as well as by reading all.
func TestShelvesOf(t *testing.T) {
	book, _ := original(t)
	err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
		for _, s := range append(crm.Shelves(book), shopGifts) {
			want := map[string][]string{}
			for d, err := range s.Read(r, store.Range{}) {
				if err != nil {
					return err
				}
				if d.Subject != "" {
					want[d.Subject] = append(want[d.Subject], string(d.Key))
				}
			}
			got := map[string][]string{}
			for subject := range want {
				for d, err := range s.Of(r, subject) {
					if err != nil {
						return err
					}
					got[subject] = append(got[subject], string(d.Key))
				}
				slices.Sort(got[subject])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-all +Of):\n%s", s.Name(), diff)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Erased records of a person hold nothing that is personal, and stay where
// others need them.
func TestShelvesErase(t *testing.T) {
	book, _ := original(t)
	var kept []string
	err := book.Store().Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		kept = nil
		for _, s := range crm.Shelves(book) {
			for _, id := range []string{"a", "b"} {
				for after := []byte(nil); ; {
					_, next, err := s.Erase(tx, id, after, 1)
					if err != nil {
						return err
					}
					if after = next; after == nil {
						break
					}
				}
				for d, err := range s.Of(tx, id) {
					if err != nil {
						return err
					}
					masked, err := d.Masked()
					if err != nil {
						return err
					}
					if string(masked) != string(d.JSON) {
						t.Errorf("%s keeps %s", s.Name(), d.JSON)
					}
					kept = append(kept, s.Name()+" "+id)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{
		"crm.customers a": true, "crm.customers b": true, "crm.links a": true, "crm.consents a": true,
		"crm.interactions a": false, "crm.identities a": false, "crm.permissions b": false, "shop.gifts a": false,
	} {
		if slices.Contains(kept, line) != want {
			t.Errorf("%s is kept: %v, want %v", line, !want, want)
		}
	}
}
