package intake_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A shop that gives ids of its own may give one to an order and to a refund.
func TestEqualIDs(t *testing.T) {
	book := shop(t)
	ctx := t.Context()
	k := scan(t, book)
	for _, id := range []string{"7", "rfd_8"} {
		_, err := book.Orders.Record(ctx, crm.Order{ID: crm.OrderID(id), CustomerID: "ada", OccurredAt: day(2), Items: []crm.Item{item("s0", 3)}})
		fine(t, err)
		_, err = book.Refunds.Record(ctx, crm.Refund{ID: crm.RefundID(id), OrderID: crm.OrderID(id), OccurredAt: day(3), Lines: []crm.RefundLine{{SKU: "s0", Quantity: 1, Amount: eur(1)}}})
		fine(t, err)
	}
	fine(t, k.Apply(ctx, nil, since(t, book, k.Cursor())))
	if diff := cmp.Diff([]string{"0: 3 p0", "0: 1 p0"}, tell(k, "ada")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if bytesOf(k) != bytesOf(scan(t, book)) {
		t.Error("a scan has something else")
	}
}

// Where a day begins an hour late, at one o'clock, or an hour of it comes twice, the
// sessions are the same however they are read.
func TestDaysOfSummerTime(t *testing.T) {
	for _, c := range []struct {
		zone string
		day  time.Time // whose night it is
	}{
		{"America/Santiago", time.Date(2025, 9, 7, 12, 0, 0, 0, time.UTC)}, // there is no midnight
		{"America/Santiago", time.Date(2025, 4, 6, 12, 0, 0, 0, time.UTC)}, // 23:00 comes twice
		{"America/Havana", time.Date(2025, 3, 9, 12, 0, 0, 0, time.UTC)},
		{"America/Havana", time.Date(2025, 11, 2, 12, 0, 0, 0, time.UTC)},    // 0:00 comes twice
		{"America/St_Johns", time.Date(2006, 10, 29, 12, 0, 0, 0, time.UTC)}, // a minute after midnight it is yesterday
		{"Pacific/Apia", time.Date(2011, 12, 31, 12, 0, 0, 0, time.UTC)},     // there is no day before
		{"Europe/Berlin", time.Date(2025, 3, 30, 12, 0, 0, 0, time.UTC)},
	} {
		t.Run(c.zone+c.day.Format(" Jan"), func(t *testing.T) {
			loc, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Skip(err)
			}
			o := options
			o.Location = loc
			book := shop(t)
			k := must(intake.Scan(t.Context(), book, o, nil))(t)
			for minute := -36 * 60; minute < 24*60; minute += 11 {
				_, err := book.Interactions.Record(t.Context(), crm.Interaction{CustomerID: "ada", Kind: crm.KindViewItem, SKU: []string{"s0", "s1", "s2", "s3", "s4"}[(minute+36*60)%5], OccurredAt: c.day.Add(time.Duration(minute) * time.Minute)})
				fine(t, err)
				fine(t, k.Apply(t.Context(), nil, since(t, book, k.Cursor())))
			}
			if bytesOf(k) != bytesOf(must(intake.Scan(t.Context(), book, o, nil))(t)) {
				t.Error("a scan has something else")
			}
		})
	}
}

// Who rates a product badly does not like it, whatever they did before; who rates it
// well since, does.
func TestDisliked(t *testing.T) {
	book := shop(t)
	ctx := t.Context()
	k := scan(t, book)
	told := func(i crm.Interaction, want ...string) {
		t.Helper()
		i.CustomerID = "ada"
		_, err := book.Interactions.Record(ctx, i)
		fine(t, err)
		fine(t, k.Apply(ctx, nil, since(t, book, k.Cursor())))
		if diff := cmp.Diff(want, tell(k, "ada")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if bytesOf(k) != bytesOf(scan(t, book)) {
			t.Error("a scan has something else")
		}
	}
	_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: day(1), Items: []crm.Item{item("s0", 1)}})
	fine(t, err)
	told(crm.Interaction{Kind: crm.KindViewItem, Items: []crm.InteractionItem{{SKU: "s0"}, {SKU: "s1"}}, OccurredAt: day(2)}, "0: 1 p0", "2: 1 p0 1 p1")
	told(crm.Interaction{Kind: crm.KindReview, SKU: "s0", Rating: 2, OccurredAt: day(3)}, "0: 1 p0", "2: 1 p1", "7: 1 p0")
	told(crm.Interaction{Kind: crm.KindReview, SKU: "s1", Rating: 3, OccurredAt: day(3)}, "0: 1 p0", "2: 1 p1", "7: 1 p0")
	told(crm.Interaction{Kind: crm.KindReview, SKU: "s1", Text: "without stars", OccurredAt: day(3)}, "0: 1 p0", "2: 1 p1", "7: 1 p0")
	told(crm.Interaction{Kind: crm.KindViewItem, SKU: "s0", OccurredAt: day(4)}, "0: 1 p0", "2: 1 p1", "7: 1 p0", "2: 1 p0")
	told(crm.Interaction{Kind: crm.KindRating, SKU: "s0", Rating: 5, OccurredAt: day(5)}, "0: 1 p0", "2: 1 p1", "2: 1 p0", "5: 1 p0")
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		if log := l.Log(ledger.Viewed, nil); log.Baskets() != 2 || len(log.Product) != 2 || l.Log(ledger.Disliked, nil).Baskets() != 0 {
			t.Errorf("the log has %v", log)
		}
	})
}
