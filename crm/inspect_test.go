package crm_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/store"
)

func TestInspect(t *testing.T) {
	book := crmtest.New(t)
	p, c, o, r := crmtest.Product(), crmtest.Customer(), crmtest.Order(), crmtest.Refund()
	c.Note, o.Note, r.Reason = "a friend of Ada Lovelace", "ring at Hopper", "did not suit Mrs. Hopper"
	_, err := book.Import(t.Context(), func(yield func(crm.Record, error) bool) {
		_ = yield(crm.Record{Product: &p}, nil) && yield(crm.Record{Customer: &c, Order: &o}, nil) && yield(crm.Record{Refund: &r, Order: &o}, nil)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	err = book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
		tables, err := store.Tables(r)
		for _, table := range tables {
			for text, err := range crm.Inspect(r, crm.InspectQuery{Table: table.Name}) {
				if err != nil {
					return err
				}
				counts[table.Name]++
				for _, word := range []string{"Grace", "Hopper", "grace", "7700", "Mill", "1986", "Ada"} {
					if strings.Contains(string(text), word) {
						t.Errorf("%s shows %s: %s", table.Name, word, text)
					}
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"crm.book": 1, "crm.customers": 1, "crm.aggregates": 1, "crm.products": 1, "crm.orders": 1, "crm.refunds": 1, "crm.listings": 2}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestInspectQuery(t *testing.T) {
	book := crmtest.New(t)
	var ids []string
	for _, name := range []string{"a", "b", "c"} {
		c, err := book.Customers.Create(t.Context(), crm.Customer{ID: crm.CustomerID(name), GivenName: "Ada"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(c.ID)+" Ada")
	}
	for _, tt := range []struct {
		name string
		q    crm.InspectQuery
		want []string
	}{
		{"all", crm.InspectQuery{Personal: true}, ids},
		{"two", crm.InspectQuery{Personal: true, Limit: 2}, ids[:2]},
		{"newest", crm.InspectQuery{Personal: true, Limit: 1, Newest: true}, ids[2:]},
		{"masked", crm.InspectQuery{Limit: 1}, []string{"a …"}},
		{"other namespace", crm.InspectQuery{Space: 1}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			tt.q.Table = "crm.customers"
			err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
				for text, err := range crm.Inspect(r, tt.q) {
					var c crm.Customer
					if err == nil {
						err = json.Unmarshal(text, &c)
					}
					if err != nil {
						return err
					}
					got = append(got, string(c.ID)+" "+c.GivenName)
				}
				for _, err := range crm.Inspect(r, crm.InspectQuery{Table: "shop.carts"}) {
					if !errors.Is(err, crm.ErrNotFound) {
						t.Errorf("Inspect of a table of nobody yields %v, want %v", err, crm.ErrNotFound)
					}
				}
				return nil
			})
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A masked record says "…" in these fields and in no others; what they are
// stands as numbers in the schemas of the tables.
func TestInspectMasks(t *testing.T) {
	want := map[string]string{
		"crm.customers": "addresses birthday company email family_name given_name locale note phone tags time_zone",
		"crm.orders":    "billing delivery email note phone",
		"crm.refunds":   "reason",

		"crm.erasure_keys": "key",
	}
	book := crmtest.New(t)
	c, o, r := crmtest.Customer(), crmtest.Order(), crmtest.Refund()
	c.Company, c.Note, o.Phone, o.Note = "Navy", "x", "x", "x"
	if _, err := book.Import(t.Context(), func(yield func(crm.Record, error) bool) {
		_ = yield(crm.Record{Customer: &c, Order: &o}, nil) && yield(crm.Record{Refund: &r, Order: &o}, nil)
	}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "gone", Email: "gone@example.com"}); err != nil {
		t.Fatal(err)
	}
	erase(t, book, "gone")
	for table, names := range want {
		err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
			for text, err := range crm.Inspect(r, crm.InspectQuery{Table: table}) {
				fields := map[string]any{}
				if err := errors.Join(err, json.Unmarshal(text, &fields)); err != nil {
					return err
				}
				if fields["erased_at"] != nil {
					continue // nothing is left to mask
				}
				var masked []string
				for name, v := range fields {
					if reflect.DeepEqual(v, "…") {
						masked = append(masked, name)
					}
				}
				slices.Sort(masked)
				if diff := cmp.Diff(names, strings.Join(masked, " ")); diff != "" {
					t.Errorf("%s (-want +got):\n%s", table, diff)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDecodeEvent(t *testing.T) {
	book := crmtest.New(t)
	if _, err := book.Customers.Create(t.Context(), crmtest.Customer()); err != nil {
		t.Fatal(err)
	}
	var want []*crm.Event
	for e, err := range book.Events.List(t.Context(), store.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
	}
	if err := book.Store().Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		tx.Emit("crmtest", nil)
		tx.Emit("crm", []byte{0xFF})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var got []*crm.Event
	var failures []error
	for entry, err := range book.Store().Feed(t.Context(), store.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e, err := crm.DecodeEvent(entry); err != nil {
			failures = append(failures, err)
		} else {
			got = append(got, e)
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(store.Cursor{})); diff != "" {
		t.Errorf("DecodeEvent (-Events.List +got):\n%s", diff)
	}
	if len(failures) != 2 || !errors.Is(failures[0], crm.ErrInvalid) || !errors.Is(failures[1], store.ErrCorrupt) {
		t.Errorf("DecodeEvent of another topic and of garbage: %v, want %v and %v", failures, crm.ErrInvalid, store.ErrCorrupt)
	}
}
