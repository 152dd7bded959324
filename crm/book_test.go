package crm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func TestNew(t *testing.T) {
	t.Run("a new book is in euros", func(t *testing.T) {
		book, err := crm.New(memstore.New(nil), nil)
		if err != nil || book.Currency() != "EUR" {
			t.Errorf("got %v, %v", book, err)
		}
	})
	t.Run("a book keeps its currency", func(t *testing.T) {
		st := memory(t).Store()
		book, err := crm.New(st, nil)
		if err != nil || book.Currency() != "GBP" {
			t.Fatalf("got %v, %v", book, err)
		}
		_, err = crm.New(st, &crm.Options{Currency: "USD"})
		if diff := cmp.Diff([]string{"currency"}, fields(err)); diff != "" {
			t.Errorf("in dollars: %v (-want +got):\n%s", err, diff)
		}
	})
	t.Run("what cannot be", func(t *testing.T) {
		_, err := crm.New(memstore.New(nil), &crm.Options{Currency: "gbp", Namespace: "second brand"})
		if diff := cmp.Diff([]string{"currency", "namespace"}, fields(err)); diff != "" || !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
	t.Run("a store of a newer release", func(t *testing.T) {
		st := memory(t).Store()
		newer(t, st)
		_, err := crm.New(st, nil)
		if !errors.Is(err, crm.ErrNewer) || !strings.Contains(err.Error(), "crm.orders") {
			t.Errorf("got %v, want %v and the table's name", err, crm.ErrNewer)
		}
	})
	t.Run("a closed store", func(t *testing.T) {
		st := memstore.New(nil)
		st.Close()
		if _, err := crm.New(st, nil); !errors.Is(err, crm.ErrClosed) {
			t.Errorf("got %v, want %v", err, crm.ErrClosed)
		}
	})
}

// newer writes the table of orders as a release with a newer format would.
func newer(t *testing.T, st store.Store) {
	t.Helper()
	type order struct{ ID string }
	table := store.MustTable(store.Schema[order]{
		Number: 5, Name: "crm.orders", Format: 9,
		Fields: func(c *store.Coder, o *order) { store.String(c, 1, &o.ID) },
		Key:    func(k store.Key, o *order) store.Key { return k.String(o.ID) },
	})
	if err := table.Prepare(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	if err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error { return table.Put(tx, &order{"new"}) }); err != nil {
		t.Fatal(err)
	}
}

// TestUpdate changes several collections in one transaction, or none.
func TestUpdate(t *testing.T) {
	stop := errors.New("stop")
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			committed := 0
			change := func(end error) error {
				return book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
					tx.AfterCommit(func() { committed++ })
					if tx.Book() != book || !tx.Now().Equal(today) {
						t.Errorf("the transaction is of %p at %v", tx.Book(), tx.Now())
					}
					c, err := tx.Customers.Record(ctx, crm.Customer{Refs: []crm.Ref{ref("1")}})
					if err != nil {
						return err
					}
					if _, err := tx.Products.Record(ctx, crm.Product{Ref: ref("1"), Variants: []crm.Variant{{SKU: "cup", Tracked: true, Stock: 5}}}); err != nil {
						return err
					}
					if _, err := tx.Products.AddStock(ctx, "cup", -1); err != nil {
						return err
					}
					o, err := tx.Orders.Record(ctx, crm.Order{Ref: ref("1"), CustomerID: c.ID, OccurredAt: day(1), Total: gbp(100)})
					if err != nil {
						return err
					}
					if _, err := tx.Refunds.Record(ctx, crm.Refund{Ref: ref("1"), OrderID: o.ID, OccurredAt: day(2), Amount: gbp(30)}); err != nil {
						return err
					}
					// It sees its own writes, in lists as well.
					p, err := tx.Customers.Profile(ctx, c.ID)
					if err != nil || p.Aggregates.Base.Net() != gbp(70) || len(p.Orders) != 1 {
						return fmt.Errorf("profile %+v, %w", p, err)
					}
					for o, err := range tx.Orders.List(ctx, crm.OrderQuery{}) {
						if err != nil {
							return err
						}
						if _, err := tx.Orders.Update(ctx, o.ID, func(o *crm.Order) error { o.Note = "seen"; return nil }); err != nil {
							return err
						}
					}
					return end
				})
			}
			before := read(t, book)
			at := head(t, book)
			if err := change(stop); err != stop {
				t.Errorf("got %v, want %v as it is", err, stop)
			}
			if diff := cmp.Diff(before, read(t, book)); diff != "" || head(t, book) != at || committed != 0 {
				t.Errorf("a failed transaction ran %d times AfterCommit and wrote %v:\n%s", committed, kinds(since(t, book, at)), diff)
			}
			if err := change(nil); err != nil {
				t.Fatal(err)
			}
			if committed != 1 {
				t.Errorf("AfterCommit ran %d times", committed)
			}
			want := []crm.EventKind{
				crm.CustomerCreated, crm.ProductCreated, crm.ProductUpdated, crm.ProductStockChanged, crm.OrderRecorded, crm.RefundRecorded, crm.OrderUpdated,
			}
			if diff := cmp.Diff(want, kinds(since(t, book, at))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNested(t *testing.T) {
	book := memory(t)
	other := memory(t)
	for name, inside := range map[string]func(func(context.Context) error) error{
		"Update": func(f func(context.Context) error) error {
			return book.Update(t.Context(), func(ctx context.Context, _ *crm.Tx) error { return f(ctx) })
		},
		"View": func(f func(context.Context) error) error {
			return book.View(t.Context(), func(ctx context.Context, _ *crm.Tx) error { return f(ctx) })
		},
	} {
		for call, f := range map[string]func(ctx context.Context) error{
			"Orders.Record": func(ctx context.Context) error {
				_, err := book.Orders.Record(ctx, crm.Order{OccurredAt: day(1)})
				return err
			},
			"Orders.Get": func(ctx context.Context) error { _, err := book.Orders.Get(ctx, "1"); return err },
			"Update": func(ctx context.Context) error {
				return book.Update(ctx, func(context.Context, *crm.Tx) error { return nil })
			},
			"View": func(ctx context.Context) error {
				return book.View(ctx, func(context.Context, *crm.Tx) error { return nil })
			},
		} {
			if err := inside(f); !errors.Is(err, crm.ErrNested) {
				t.Errorf("%s in %s: got %v, want %v", call, name, err, crm.ErrNested)
			}
		}
		if err := inside(func(ctx context.Context) error { _, err := other.Orders.Count(ctx); return err }); err != nil {
			t.Errorf("another store in %s: %v", name, err)
		}
	}
}

func TestView(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putProduct(t, book, crm.Product{ID: "p", Variants: []crm.Variant{{SKU: "cup", Tracked: true}}})
	putOrder(t, book, crm.Order{ID: "1", OccurredAt: day(1)})
	before := head(t, book)
	for name, write := range map[string]func(ctx context.Context, tx *crm.Tx) error{
		"Customers.Create": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Customers.Create(ctx, crm.Customer{})
			return err
		},
		"Customers.Record": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Customers.Record(ctx, crm.Customer{})
			return err
		},
		"Customers.Update": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Customers.Update(ctx, "ada", func(*crm.Customer) error { return nil })
			return err
		},
		"Products.Create": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Products.Create(ctx, crm.Product{})
			return err
		},
		"Products.Record": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Products.Record(ctx, crm.Product{})
			return err
		},
		"Products.Update": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Products.Update(ctx, "p", func(*crm.Product) error { return nil })
			return err
		},
		"Products.AddStock": func(ctx context.Context, tx *crm.Tx) error { _, err := tx.Products.AddStock(ctx, "cup", 1); return err },
		"Orders.Record": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Orders.Record(ctx, crm.Order{OccurredAt: day(1)})
			return err
		},
		"Orders.Update": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Orders.Update(ctx, "1", func(*crm.Order) error { return nil })
			return err
		},
		"Refunds.Record": func(ctx context.Context, tx *crm.Tx) error {
			_, err := tx.Refunds.Record(ctx, crm.Refund{OccurredAt: day(1), Amount: gbp(1)})
			return err
		},
		"the store": func(_ context.Context, tx *crm.Tx) error { tx.Store().Put([]byte("k"), nil); return nil },
	} {
		if err := book.View(t.Context(), write); !errors.Is(err, crm.ErrReadOnly) {
			t.Errorf("%s: got %v, want %v", name, err, crm.ErrReadOnly)
		}
	}
	if head(t, book) != before {
		t.Errorf("a View wrote %v", kinds(since(t, book, before)))
	}
	stop := errors.New("stop")
	if err := book.View(t.Context(), func(context.Context, *crm.Tx) error { return stop }); err != stop {
		t.Errorf("got %v, want %v as it is", err, stop)
	}
	// A View is one snapshot, whatever is written meanwhile.
	if err := book.View(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		putOrder(t, book, crm.Order{ID: "2", OccurredAt: day(2)})
		if n, err := tx.Orders.Count(ctx); n != 1 || err != nil {
			return fmt.Errorf("%d orders, %w", n, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestContext ends every call with its context.
func TestContext(t *testing.T) {
	book := memory(t)
	for i := range 300 {
		putOrder(t, book, crm.Order{OccurredAt: day(i)})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range book.Orders.List(ctx, crm.OrderQuery{}) {
		if n++; n == 5 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || n > 201 {
		t.Errorf("the list went on for %d orders and ended with %v", n, last)
	}
	if _, err := book.Orders.Get(ctx, "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v", err)
	}
	if _, err := book.Orders.Record(ctx, crm.Order{OccurredAt: day(1)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Record: %v", err)
	}
	if err := book.Events.Wait(ctx, head(t, book)); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: %v", err)
	}
}

// TestNamespaces keeps two brands apart in one store.
func TestNamespaces(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			st := e.open(t)
			books := []*crm.Book{
				open(t, st, nil),
				open(t, st, &crm.Options{Namespace: "north", Currency: "EUR"}),
				open(t, st, &crm.Options{Namespace: "south", Currency: "JPY"}),
			}
			for i, book := range books {
				c := putCustomer(t, book, crm.Customer{Refs: []crm.Ref{ref("1")}, Email: "ada@example.com", GivenName: fmt.Sprint("Ada ", i), FirstSeenAt: day(1)})
				putProduct(t, book, crm.Product{Ref: ref("1"), Variants: []crm.Variant{{SKU: "cup", Price: gbp(int64(i))}}})
				o := putOrder(t, book, crm.Order{Ref: ref("1"), CustomerID: c.ID, OccurredAt: day(1), Total: crm.Money{Amount: 100, Currency: book.Currency()}})
				putRefund(t, book, crm.Refund{Ref: ref("1"), OrderID: o.ID, OccurredAt: day(2), Amount: crm.Money{Amount: int64(i), Currency: book.Currency()}})
			}
			seen := map[crm.CustomerID]bool{}
			for i, book := range books {
				c := read(t, book)
				if len(c.Customers) != 1 || len(c.Products) != 1 || len(c.Orders) != 1 || len(c.Refunds) != 1 || c.Customers[0].GivenName != fmt.Sprint("Ada ", i) {
					t.Errorf("book %d holds %+v", i, c)
				}
				if id := c.Customers[0].ID; seen[id] {
					t.Errorf("book %d has the id of another", i)
				} else {
					seen[id] = true
				}
				if net := c.Aggregates[c.Customers[0].ID].Base.Net(); net != (crm.Money{Amount: 100 - int64(i), Currency: book.Currency()}) {
					t.Errorf("book %d: net %v", i, net)
				}
				want := []crm.EventKind{crm.CustomerCreated, crm.ProductCreated, crm.OrderRecorded, crm.RefundRecorded}
				if diff := cmp.Diff(want, kinds(since(t, book, store.Cursor{}))); diff != "" {
					t.Errorf("book %d: events (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// TestOwnCopies changes what went in and what came out: the book does not care.
func TestOwnCopies(t *testing.T) {
	book := open(t, memstore.New(&memstore.Options{Chaos: 5}), nil)
	ctx := t.Context()
	c := ada()
	stored, err := book.Customers.Create(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ada(), c); diff != "" {
		t.Errorf("the customer was changed:\n%s", diff)
	}
	p := cup()
	product, err := book.Products.Create(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cup(), p); diff != "" {
		t.Errorf("the product was changed:\n%s", diff)
	}
	o := tea()
	o.CustomerID = stored.ID
	putOrder(t, book, o)
	r := crm.Refund{Ref: ref("1"), CustomerID: stored.ID, OccurredAt: day(5), Lines: []crm.RefundLine{line("", "tea", 1, gbp(10))}}
	putRefund(t, book, r)
	before := read(t, book)

	c.Refs[0].ID, c.Addresses[0].City, c.Tags[0] = "x", "x", "x"
	p.Variants[0].Options[0].Value, p.Categories[0], p.Tags[0], p.Relations[0].SKU = "x", "x", "x", "x"
	o.Items[0].SKU, o.Coupons[0], o.Tags[0], o.Shipments[0].Ref = "x", "x", "x", "x"
	r.Lines[0].SKU = "x"
	if stored.Refs[0].ID == "x" || stored.Addresses[0].City == "x" || product.Variants[0].Options[0].Value == "x" || product.Categories[0] == "x" {
		t.Error("what was given and what was returned share memory")
	}
	stored.Tags[0], product.Variants[0].SKU = "y", "y"
	for _, v := range read(t, book).Customers {
		v.Refs[0].ID, v.Addresses[0].City = "z", "z"
	}
	if diff := cmp.Diff(before, read(t, book)); diff != "" {
		t.Errorf("the book changed:\n%s", diff)
	}
}

// TestNoPersonalData looks for a customer's data in everything that ends up in
// logs: errors, log lines, keys, and the feed.
func TestNoPersonalData(t *testing.T) {
	personal := []string{
		"Ada", "Lovelace", "Augusta", "ada@", "example.com", "7946", "79460018", "Square", "SW1Y", "1815", "punched", "ring twice", "chipped",
	}
	clean := func(t *testing.T, what, text string) {
		t.Helper()
		for _, p := range personal {
			if strings.Contains(text, p) {
				t.Errorf("%s tells %q:\n%s", what, p, text)
			}
		}
	}
	st := memstore.New(nil)
	book := open(t, st, nil)
	ctx := t.Context()
	c := putCustomer(t, book, ada())
	in := tea()
	in.CustomerID = c.ID
	in.Billing = ada().Addresses[0]
	o := putOrder(t, book, in)
	putRefund(t, book, crm.Refund{OrderID: o.ID, OccurredAt: day(3), Amount: gbp(1), Reason: "chipped"})
	if _, err := book.Customers.Update(ctx, c.ID, func(c *crm.Customer) error { c.GivenName, c.Email = "Augusta", "augusta@example.com"; return nil }); err != nil {
		t.Fatal(err)
	}
	t.Run("errors", func(t *testing.T) {
		bad := ada()
		bad.ID, bad.Birthday, bad.Email = "ada@example.com", "10 Dec 1815", "Ada Lovelace <ada@example.com>"
		bad.Refs, bad.Note = []crm.Ref{{Source: "shop", ID: "ada@example.com"}}, strings.Repeat("punched", 10_000)
		order := in
		order.ID, order.Ref, order.Email, order.CustomerID = "ada@example.com", crm.Ref{Source: "Ada Lovelace", ID: "1"}, "ada.example.com", "ada@example.com"
		order.Note, order.Delivery.Line1 = "ring twice\xff", strings.Repeat("Square", 1000)
		var errs []error
		for _, f := range []func() error{
			func() error { _, err := book.Customers.Create(ctx, bad); return err },
			func() error { _, err := book.Customers.Create(ctx, ada()); return err },
			func() error { _, err := book.Customers.Record(ctx, bad); return err },
			func() error { _, err := book.Customers.Get(ctx, "ada@example.com"); return err },
			func() error { _, err := book.Customers.ByEmail(ctx, "ada@example.com"); return err },
			func() error {
				_, err := book.Customers.ByRef(ctx, crm.Ref{Source: "shop", ID: "ada@example.com"})
				return err
			},
			func() error { _, err := book.Orders.Record(ctx, order); return err },
			func() error { _, err := book.Orders.Get(ctx, "Ada Lovelace"); return err },
			func() error {
				_, err := book.Refunds.Record(ctx, crm.Refund{CustomerID: "ada@example.com"})
				return err
			},
			func() error { _, err := crm.ParseRef("shop:ada@example.com"); return err },
			func() error {
				var refused error
				_, err := book.Import(ctx, sequence([]crm.Record{{Customer: &bad, Order: &order}}, nil), &crm.ImportOptions{Reject: func(_ crm.Record, err error) { refused = err }})
				return errors.Join(err, refused)
			},
		} {
			errs = append(errs, f())
		}
		for i, err := range errs {
			if err == nil {
				t.Errorf("call %d did not fail", i)
				continue
			}
			clean(t, "an error", err.Error())
		}
	})
	t.Run("log lines", func(t *testing.T) {
		var out bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			log := slog.New(h)
			log.Info("seen", "customer", c, "value", *c, "order", o, "value", *o, "address", c.Addresses[0], "error", errors.New("x"))
		}
		clean(t, "a log line", out.String())
		if !strings.Contains(out.String(), string(c.ID)) || !strings.Contains(out.String(), string(o.ID)) {
			t.Errorf("the ids are missing:\n%s", out.String())
		}
	})
	t.Run("keys and feed", func(t *testing.T) {
		if err := st.View(ctx, func(_ context.Context, r store.Reader) error {
			for kv, err := range r.Scan(store.Range{KeysOnly: true}) {
				if err != nil {
					return err
				}
				clean(t, "a key", string(kv.Key))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, e := range since(t, book, store.Cursor{}) {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			clean(t, "an event", string(text))
		}
	})
}

func TestConvert(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	for name, c := range map[string]struct {
		in, want crm.Money
		ok       bool
	}{
		"the book's own": {gbp(5), gbp(5), true},
		"none":           {crm.Money{}, crm.Money{}, true},
		"another":        {eur(1000), gbp(850), true},
		"unknown":        {crm.Money{Amount: 1, Currency: "XAU"}, crm.Money{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := book.Convert(c.in, day(1)); got != c.want || ok != c.ok {
				t.Errorf("got %v, %t; want %v, %t", got, ok, c.want, c.ok)
			}
		})
	}
	if got, ok := memory(t).Convert(eur(1000), day(1)); ok {
		t.Errorf("without rates: got %v", got)
	}
}
