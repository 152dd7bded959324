package recommend_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// recount returns who is due to buy what on a day, as "customer product day", and how
// likely they are to, from the orders alone: but for fees, and refunds of orders that
// do not count, which is why a chance may be off by a little.
func recount(t *testing.T, book *crm.Book, day int32) map[string]float64 {
	t.Helper()
	l := ledger.New()
	for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Kind != crm.KindSale || o.State == crm.StateDraft || o.State == crm.StateCanceled || o.State == crm.StateExpired {
			continue
		}
		b := ledger.Basket{ID: string(o.ID), Customer: string(o.CustomerID), Time: o.OccurredAt.Unix(), Day: ledger.Day(o.OccurredAt.UTC())}
		if slices.Contains(o.Tags, "gift") {
			b.Customer = ""
		}
		for _, item := range o.Items {
			b.Lines = append(b.Lines, ledger.Line{Product: string(item.ProductID), Quantity: int32(item.Quantity)})
		}
		l.Put(b)
	}
	for r, err := range book.Refunds.List(t.Context(), crm.RefundQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.CustomerID == "" {
			continue
		}
		b := ledger.Basket{ID: string(r.ID), Customer: string(r.CustomerID), Time: r.OccurredAt.Unix(), Day: ledger.Day(r.OccurredAt.UTC())}
		for _, item := range r.Lines {
			b.Lines = append(b.Lines, ledger.Line{Product: string(item.ProductID), Quantity: -int32(item.Quantity)})
		}
		l.Put(b)
	}
	dues := map[string]float64{}
	log := l.Log(ledger.Bought, nil)
	repeat, err := model.NewRepeat(t.Context(), log, day+1, 30)
	if err != nil {
		t.Fatal(err)
	}
	for c, id := range log.Customers {
		past := model.Past(log, int32(c), day+1)
		products, chances := repeat.Chances(past, day)
		for _, d := range repeat.Dates(past, 2) {
			if d.Day > day || d.Day <= day-7 {
				continue
			}
			i := slices.Index(products, d.Product)
			dues[fmt.Sprint(id, " ", log.Products[d.Product], " ", d.Last)] = chances[i]
		}
	}
	return dues
}

// Day by day it is told once of each purchase that is due, by two processes in turn
// that are started anew now and then, and of none else.
func TestDues(t *testing.T) {
	days := 12
	if testing.Short() {
		days = 2
	}
	st := demo(t, 200, 40)
	at := hand{at: closing.AddDate(0, 0, -1)}
	book, rec := process(t, st, at.now, nil)
	want, may := map[string]int{}, map[string]bool{}
	for day := range days {
		at.put(closing.AddDate(0, 0, day))
		_, other := process(t, st, at.now, nil)
		before := len(told(t, book, recommend.Due))
		n := 0
		for _, r := range []*recommend.Recommender{rec, other, rec}[day%2:] {
			told, err := r.Tick(t.Context(), at.now())
			if err != nil {
				t.Fatal(err)
			}
			n += told
		}
		if got := len(told(t, book, recommend.Due)) - before; got != n {
			t.Errorf("Tick returned %d on day %d, and %d were told", n, day, got)
		}
		for due, chance := range recount(t, book, ledger.Day(at.now())) {
			switch {
			case chance >= .22:
				want[due] = 1
			case chance >= .18:
				may[due] = true
			}
		}
	}
	got := map[string]int{}
	for _, e := range told(t, book, recommend.Due) {
		last := int32(-1)
		for o, err := range book.Orders.List(t.Context(), crm.OrderQuery{CustomerID: e.CustomerID}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range o.Items {
				if item.ProductID == e.ProductID && o.State != crm.StateCanceled && !slices.Contains(o.Tags, "gift") {
					last = max(last, ledger.Day(o.OccurredAt.UTC()))
				}
			}
		}
		got[fmt.Sprint(e.CustomerID, " ", e.ProductID, " ", last)]++
		if !e.OccurredAt.Equal(e.OccurredAt.Truncate(24 * time.Hour)) {
			t.Errorf("it is due at %v, want a day", e.OccurredAt)
		}
	}
	if len(want) < 10 {
		t.Errorf("%d purchases are due, which tells little", len(want))
	}
	for due := range may {
		if got[due] == 1 {
			want[due] = 1
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dues (-want +told):\n%s", diff)
	}
}

// Who was told is not told again when they turn out to be one with another, nor when
// they are told apart; who objected, or was erased, is not told at all.
func TestDueOnce(t *testing.T) {
	at := hand{at: closing}
	st := small(t, at.now)
	book, rec := process(t, st, at.now, nil)
	ctx := t.Context()
	quiet := []crm.CustomerID{"customer-10", "customer-11"}
	_, err := book.Consents.Record(ctx, crm.Consent{CustomerID: quiet[0], Purpose: crm.PurposeProfiling, State: crm.ConsentDenied})
	if err == nil {
		_, err = book.Privacy.Erase(ctx, quiet[1])
	}
	if err != nil {
		t.Fatal(err)
	}
	tick := func() (n int) {
		n, err := rec.Tick(ctx, at.now())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if tick() == 0 {
		t.Fatal("nobody is due to buy anything")
	}
	dues := told(t, book, recommend.Due)
	first := dues[0].CustomerID
	if _, err := book.Customers.Create(ctx, crm.Customer{ID: "other"}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Merge(ctx, "other", first); err != nil {
		t.Fatal(err)
	}
	if err := rec.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if n := tick(); n != 0 {
		t.Errorf("%d were told again after a merge", n)
	}
	for range 5 {
		at.put(at.now().AddDate(0, 0, 1))
		tick()
	}
	seen := map[string]bool{}
	for _, e := range told(t, book, recommend.Due) {
		id := e.CustomerID
		if id == "other" {
			id = first
		}
		if slices.Contains(quiet, id) {
			t.Errorf("%s was told", id)
		}
		key := fmt.Sprint(id, e.ProductID)
		if seen[key] {
			t.Errorf("it was told twice that %s is due to buy %s", id, e.ProductID)
		}
		seen[key] = true
	}
}

// A day begins where the shop is, also where clocks are put on at midnight.
func TestDueDay(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/Santiago", "Asia/Beirut", "Pacific/Auckland"} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Skipf("skipped: no time zones here: %v", err)
			}
			for day := range int32(3 * 366) {
				y, m, d := time.Unix(int64(20454+day)*86400, 0).UTC().Date()
				got := recommend.Date(20454+day, zone)
				if gy, gm, gd := got.Date(); gy != y || gm != m || gd != d || got.Hour() > 1 {
					t.Errorf("%d-%02d-%02d begins at %v", y, m, d, got)
				}
			}
		})
	}
}
