package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// apply brings events in, some at a time; most 1 is one by one.
func apply(l *life, k *intake.Keeper, events []*crm.Event, most int) {
	l.Helper()
	for len(events) > 0 {
		n := min(1+l.IntN(most), len(events))
		fine(l.TB, k.Apply(l.Context(), nil, events[:n]))
		if l.IntN(20) == 0 { // some come again
			fine(l.TB, k.Apply(l.Context(), nil, events[:n]))
		}
		events = events[n:]
	}
}

// same holds a keeper against a scan of its book.
func same(l *life, what string, k *intake.Keeper) bool {
	l.Helper()
	whole := scan(l.TB, l.book)
	if bytesOf(k) != bytesOf(whole) {
		for _, id := range append(l.ids, "") {
			if diff := cmp.Diff(tell(whole, id), tell(k, id)); diff != "" {
				l.Errorf("%s: %s (-book +keeper):\n%s", what, id, diff)
			}
		}
		l.Errorf("%s: the ledger is not that of the book", what)
		return false
	}
	var want, got []string
	text := func(out *[]string) func(*ledger.Ledger, *goods.Goods) {
		return func(_ *ledger.Ledger, g *goods.Goods) {
			for _, id := range []crm.ProductID{"p0", "p1", "p2"} {
				n, _ := g.Number(id)
				*out = append(*out, g.Text(n), g.BrandName(g.Brand(n)), map[bool]string{true: "in stock"}[g.InStock(n)])
			}
		}
	}
	whole.Read(text(&want))
	k.Read(text(&got))
	if diff := cmp.Diff(want, got); diff != "" {
		l.Errorf("%s: goods (-book +keeper):\n%s", what, diff)
		return false
	}
	return true
}

// However the events of a book come, one by one as they are written, in batches
// later, or twice, the ledger is byte by byte that of a scan.
func TestStreamEqualsScan(t *testing.T) {
	seeds := uint64(60)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		l := newLife(t, seed)
		live, late := scan(t, l.book), scan(t, l.book)
		for range 150 {
			l.step()
			apply(l, live, since(t, l.book, live.Cursor()), 1)
			if l.IntN(30) == 0 {
				apply(l, late, since(t, l.book, late.Cursor()), 40)
			}
			if l.IntN(25) == 0 && !same(l, "on the way", live) {
				t.Fatalf("seed %d", seed)
			}
		}
		apply(l, late, since(t, l.book, late.Cursor()), 40)
		if !same(l, "one by one", live) || !same(l, "in batches", late) {
			t.Fatalf("seed %d", seed)
		}
	}
}

// What changes while a scan goes on is brought in from its cursor on.
func TestScanOfChanges(t *testing.T) {
	for seed := range uint64(20) {
		l := newLife(t, 500+seed)
		for range 60 {
			l.step()
		}
		k, err := intake.Scan(t.Context(), l.book, options, func(intake.Progress) {
			for range 10 {
				l.step()
			}
		})
		fine(t, err)
		events := since(t, l.book, k.Cursor())
		if len(events) < 15 {
			t.Fatalf("%d events while it went on", len(events))
		}
		apply(l, k, events, 9)
		if !same(l, "after all", k) {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Of who was erased nothing is left, not even the key, also of one who had
// objected before.
func TestErased(t *testing.T) {
	for _, objected := range []bool{false, true} {
		l := newLife(t, 1)
		ctx := t.Context()
		k := scan(t, l.book)
		keep := func() { apply(l, k, since(t, l.book, k.Cursor()), 5) }
		_, err := l.book.Orders.Record(ctx, crm.Order{ID: "o1", CustomerID: "c1", OccurredAt: day(1), Items: []crm.Item{{SKU: "s0", Quantity: 2}}})
		fine(t, err)
		_, err = l.book.Interactions.Record(ctx, crm.Interaction{Device: "d1", Kind: crm.KindViewItem, SKU: "s1", OccurredAt: day(1)})
		fine(t, err)
		_, err = l.book.Identities.Link(ctx, "c1", crm.Identity{Kind: crm.IdentityDevice, Value: "d1"})
		fine(t, err)
		keep()
		if diff := cmp.Diff([]string{"2: 1 p1", "0: 2 p0"}, tell(k, "c1")); len(tell(k, "c1")) != 2 {
			t.Fatalf("before (-want +got)\n%s", diff)
		}
		if objected {
			_, err := l.book.Consents.Record(ctx, crm.Consent{CustomerID: "c1", Purpose: crm.PurposeProfiling, State: crm.ConsentWithdrawn, OccurredAt: day(1)})
			fine(t, err)
			keep()
			k.Read(func(ledger *ledger.Ledger, _ *goods.Goods) {
				if b, ok := ledger.Get("o1"); !ok || b.Customer != "" || ledger.Len() != 1 {
					t.Errorf("of who objected there is %v, and %d baskets", b, ledger.Len())
				}
			})
		}
		_, err = l.book.Privacy.Erase(ctx, "c1")
		fine(t, err)
		keep()
		k.Read(func(ledger *ledger.Ledger, _ *goods.Goods) {
			if data := string(ledger.AppendBinary(nil)); ledger.Len() != 0 || ledger.Has("c1") || strings.Contains(data, "c1") || strings.Contains(data, "o1") {
				t.Errorf("objected %t: %d baskets are left: %q", objected, ledger.Len(), data)
			}
		})
	}
}
