package segment_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/store"
)

// windows are rules that time alone changes: counts, sums, sequences, and that
// there was nothing.
var windows = []string{
	"orders MATCHES (date >= -3d)", "orders NOT MATCHES (date >= -3d)", "count(orders MATCHES (date >= -7d)) >= 2",
	"count(orders MATCHES (date >= -36h)) BETWEEN 1 AND 2", "sum(orders.amount MATCHES (date >= -5d)) > 60",
	"sum(spend.amount MATCHES (date >= -10d)) > 80 AND number_of_orders >= 2", "number_of_orders >= 3 AND last_order_date < -4d",
	"interactions MATCHES (kind = 'view_item', date >= -2d) AND orders NOT MATCHES (date >= -2d)",
	"interactions MATCHES (kind = 'view_item', date >= -10d) FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 1d NOT FOLLOWED BY orders WITHIN 2d",
	"interactions MATCHES (kind = 'add_to_cart') NOT FOLLOWED BY orders WITHIN 12h",
	"periods(orders, 7d) >= 2", "periods(interactions MATCHES (kind = 'view_item'), 4d) >= 2", "abandoned_checkout_date >= -3d",
	"average(orders.amount MATCHES (date >= -8d)) >= 30", "days_since(last(orders.date)) BETWEEN 2 AND 6",
	"refunds MATCHES (date >= -4d)", "last_seen_date < -2d", "orders MATCHES (date BETWEEN -9d AND -5d)",
	"distinct(orders.day MATCHES (date >= -14d)) >= 3", "segments CONTAINS 'w00' AND NOT segments CONTAINS 'w04'",
}

// For thirty days facts come on time, late, twice, are refunded, and their
// customers merged; an hour at a time what was told is what a catalog says that
// works it out anew.
func TestMonth(t *testing.T) {
	for seed := range evaltest.Cases(uint64(3)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { month(t, seed) })
	}
}

func month(t *testing.T, seed uint64) {
	clk, book, live := timed(t, &segment.Options{Location: zone(t, "America/New_York")})
	clk.set(time.Date(2025, 10, 20, 4, 0, 0, 0, time.UTC)) // clocks go back on 2 November
	ctx := t.Context()
	rng := rand.New(rand.NewPCG(7, seed))
	var ids []crm.CustomerID
	for i := range 30 {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%02d", i)))
	}
	customers(t, book, ids...)
	in := tidings{}
	for i, text := range windows {
		id := segment.ID(fmt.Sprintf("w%02d", i))
		if _, err := live.Create(ctx, segment.Segment{ID: id, Name: string(id), Rule: segment.MustParse(text)}); err != nil {
			t.Fatal(err)
		}
		in[id] = map[crm.CustomerID]bool{}
	}
	if _, err := live.Tick(ctx, clk.now()); err != nil {
		t.Fatal(err)
	}
	in.begin(t, live, clk.now())
	var at store.Cursor
	checked, told := 0, 0
	b := &bustle{clk: clk, book: book, rng: rng, ids: ids, merged: map[crm.CustomerID]bool{}}
	for hour := range 30 * 24 {
		clk.set(clk.now().Add(time.Hour))
		b.hour(t, hour)
		if rng.IntN(3) == 0 {
			continue // nobody looks
		}
		if _, err := live.Tick(ctx, clk.now()); err != nil {
			t.Fatal(err)
		}
		var list []passage
		list, at = in.heed(t, book, at)
		told += len(list)
		if hour%7 != 0 {
			continue
		}
		anew, err := segment.New(book, &segment.Options{Location: zone(t, "America/New_York")})
		if err != nil {
			t.Fatal(err)
		}
		in.check(t, anew, fmt.Sprint("hour ", hour))
		checked += len(in) * len(ids)
	}
	t.Logf("%d memberships are right, %d transitions were told", checked, told)
}

// tidings are who is in segments, by what was told.
type tidings map[segment.ID]map[crm.CustomerID]bool

// begin notes who is in at a time before which nothing was told.
func (in tidings) begin(t *testing.T, c *segment.Catalog, at time.Time) {
	t.Helper()
	for id := range in {
		for _, customer := range was(t, c, id, at) {
			in[id][customer] = true
		}
	}
}

// heed notes what is told after a cursor.
func (in tidings) heed(t *testing.T, book *crm.Book, after store.Cursor) ([]passage, store.Cursor) {
	t.Helper()
	list, at := passages(t, book, after)
	for _, p := range list {
		if p.Kind == segment.Entered {
			in[segment.ID(p.Segment)][p.Customer] = true
		} else {
			delete(in[segment.ID(p.Segment)], p.Customer)
		}
	}
	return list, at
}

// check holds who is in to what a catalog says.
func (in tidings) check(t *testing.T, c *segment.Catalog, when string) {
	t.Helper()
	for id := range in {
		want := all(t, c.Members(t.Context(), id))
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(in[id]))); diff != "" {
			s, _ := c.Get(t.Context(), id)
			t.Fatalf("%s, %s (-worked out +told):\n%s", when, s.Rule, diff)
		}
	}
}

// bustle makes things happen in a book.
type bustle struct {
	clk      *clock
	book     *crm.Book
	rng      *rand.Rand
	ids      []crm.CustomerID
	products []crm.ProductID // which are bought; none: it does not matter
	merged   map[crm.CustomerID]bool
	orders   int
}

// hour makes an hour of facts, of which some are late, some twice.
func (b *bustle) hour(t *testing.T, hour int) {
	t.Helper()
	ctx := t.Context()
	err := b.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		for range b.rng.IntN(4) {
			late := time.Duration(0)
			if b.rng.IntN(4) == 0 {
				late = time.Duration(b.rng.IntN(200)) * time.Hour
			}
			who, when := b.ids[b.rng.IntN(len(b.ids))], b.clk.now().Add(-late)
			switch b.rng.IntN(5) {
			case 0, 1:
				ref := crm.Ref{Source: "shop", ID: fmt.Sprint(b.orders - b.rng.IntN(2))} // sometimes one that there is already
				if b.rng.IntN(3) > 0 {
					b.orders++
					ref.ID = fmt.Sprint(b.orders)
				}
				o, err := tx.Orders.ByRef(ctx, ref)
				if err != nil {
					o = &crm.Order{Ref: ref, CustomerID: who, OccurredAt: when, Total: crm.Money{Amount: int64(b.rng.IntN(5000)), Currency: "GBP"}}
					if len(b.products) > 0 {
						o.Items = []crm.Item{{ProductID: b.products[b.rng.IntN(len(b.products))], Quantity: 1, Price: o.Total}}
					}
				}
				if b.rng.IntN(8) == 0 {
					o.State = crm.StateCanceled
				}
				if _, err := tx.Orders.Record(ctx, *o); err != nil {
					return err
				}
			case 2:
				o, err := tx.Orders.ByRef(ctx, crm.Ref{Source: "shop", ID: fmt.Sprint(1 + b.rng.IntN(b.orders+1))})
				if err != nil {
					continue
				}
				_, err = tx.Refunds.Record(ctx, crm.Refund{
					Ref: crm.Ref{Source: "shop", ID: fmt.Sprintf("r%d-%d", hour, b.rng.IntN(1000))}, OrderID: o.ID, OccurredAt: b.clk.now(), Amount: crm.Money{Amount: 100, Currency: "GBP"},
				})
				if err != nil {
					return err
				}
			default:
				kind := []crm.InteractionKind{crm.KindViewItem, crm.KindAddToCart, crm.KindBeginCheckout}[b.rng.IntN(3)]
				if _, err := tx.Interactions.Record(ctx, crm.Interaction{CustomerID: who, Kind: kind, OccurredAt: when}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.rng.IntN(20) == 0 {
		one, other := b.ids[b.rng.IntN(len(b.ids))], b.ids[b.rng.IntN(len(b.ids))]
		if _, err := b.book.Customers.Merge(ctx, one, other); err == nil {
			b.merged[one] = true
		}
	}
	if b.rng.IntN(30) == 0 {
		for a := range b.merged {
			if _, err := b.book.Customers.Unmerge(ctx, a); err != nil {
				t.Fatal(err)
			}
			delete(b.merged, a)
			break
		}
	}
}
