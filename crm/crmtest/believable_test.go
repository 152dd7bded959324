package crmtest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

// TestBelievable holds a shop against what real ones are like. The bands are
// wide: they find what is broken, not what is a matter of taste.
func TestBelievable(t *testing.T) {
	for _, seed := range []uint64{1, 77} {
		const n = 4000
		shop := crmtest.Shop(n, seed)
		start, end := shop.Period()
		category := map[string]string{}
		var orders, lines, refunds, canceled, expired, late, coupons, anonymous, again int
		currencies, channels, sold := map[crm.Currency]int{}, map[crm.Channel]int{}, map[string]int{}
		months, days, hours := [12]int{}, [7]int{}, [24]int{}
		type buyer struct {
			orders, coupons int
			spent           float64
			last            time.Time
			skus            map[string][]time.Time
		}
		buyers := map[crm.Ref]*buyer{}
		seen := map[crm.Ref]bool{}
		accounts := map[crm.Ref]bool{}
		pairs, units := 0, map[string]int{}
		for r, err := range shop.Records() {
			if err != nil {
				t.Fatal(err)
			}
			switch o := r.Order; {
			case r.Product != nil:
				for _, v := range r.Product.Variants {
					category[v.SKU] = r.Product.Categories[0]
				}
			case r.Refund != nil:
				refunds++
			case o == nil:
				accounts[r.Customer.Refs[0]] = true
			case o.State == crm.StateCanceled:
				canceled++
			case o.State == crm.StateExpired:
				expired++
			case !seen[o.Ref]:
				seen[o.Ref] = true
				orders++
				lines += len(o.Items)
				currencies[o.Currency]++
				channels[o.Channel]++
				months[o.OccurredAt.Month()-1]++
				days[o.OccurredAt.Weekday()]++
				hours[o.OccurredAt.Hour()]++
				for _, it := range o.Items {
					sold[category[it.SKU]]++
					units[it.SKU]++
				}
				if len(o.Items) > 1 {
					pairs++
				}
				if len(o.Coupons) > 0 {
					coupons++
				}
				for _, s := range o.Shipments {
					if s.DeliveredAt.After(s.PromisedAt) {
						late++
					}
				}
				if r.Customer == nil {
					anonymous++
					continue
				}
				b := buyers[r.Customer.Refs[0]]
				if b == nil {
					b = &buyer{skus: map[string][]time.Time{}}
					buyers[r.Customer.Refs[0]] = b
				}
				b.orders++
				if len(o.Coupons) > 0 {
					b.coupons++
				}
				b.spent += float64(o.Total.Amount)
				b.last = o.OccurredAt
				for _, it := range o.Items {
					if len(b.skus[it.SKU]) == 1 {
						again++
					}
					b.skus[it.SKU] = append(b.skus[it.SKU], o.OccurredAt)
				}
			}
		}
		share := func(what string, part, whole int, low, high float64) {
			t.Helper()
			if x := float64(part) / float64(whole); x < low || x > high {
				t.Errorf("seed %d: %s: %d of %d, %.3f; want %.3f to %.3f", seed, what, part, whole, x, low, high)
			}
		}
		once, bargain, many, active, lapsed := 0, 0, 0, 0, 0
		var spent []float64
		for _, b := range buyers {
			if b.orders == 1 {
				once++
			}
			if b.orders >= 3 && b.coupons == b.orders {
				bargain++
			}
			if b.orders >= 20 {
				many++
			}
			switch {
			case b.last.After(end.AddDate(0, 0, -60)):
				active++
			case b.last.Before(start.Add(end.Sub(start) * 7 / 10)):
				lapsed++
			}
			spent = append(spent, b.spent)
		}
		neverBought := 0
		for ref := range accounts {
			if buyers[ref] == nil {
				neverBought++
			}
		}
		slices.Sort(spent)
		var sum, weighted float64
		for i, x := range spent {
			sum += x
			weighted += x * float64(2*i+1-len(spent))
		}
		if gini := weighted / (sum * float64(len(spent))); gini < 0.55 || gini > 0.85 {
			t.Errorf("seed %d: Gini of spend %.3f", seed, gini)
		}
		share("orders wanted", orders, 4*n, 0.9, 1.1)
		share("buyers", len(buyers), n, 0.85, 0.98)
		share("accounts that never bought", neverBought, n, 0.03, 0.15)
		share("one-time buyers", once, len(buyers), 0.4, 0.65)
		share("buyers of 20 orders and more", many, len(buyers), 0.01, 0.12)
		share("discount-only buyers of 3 orders and more", bargain, len(buyers), 0.01, 0.08)
		share("bought in the last 60 days", active, len(buyers), 0.1, 0.5)
		share("long gone", lapsed, len(buyers), 0.2, 0.6)
		share("bought again", again, lines, 0.05, 0.4)
		share("lines", lines, orders, 1.5, 2.6)
		share("orders of several goods", pairs, orders, 0.3, 0.7)
		share("refunds", refunds, orders, 0.06, 0.2)
		share("canceled", canceled, orders, 0.01, 0.04)
		share("expired", expired, orders, 0.004, 0.02)
		share("late", late, orders, 0.02, 0.12)
		share("coupons", coupons, orders, 0.08, 0.3)
		share("anonymous", anonymous, orders, 0.002, 0.05)
		share("December", months[11], orders, 0.12, 0.25)
		share("February", months[1], orders, 0.03, 0.07)
		share("Sundays", days[0], orders, 0.145, 0.185)
		share("Fridays", days[5], orders, 0.11, 0.14)
		share("17 to 20 UTC", hours[17]+hours[18]+hours[19]+hours[20], orders, 0.2, 0.45)
		share("1 to 4 UTC", hours[1]+hours[2]+hours[3]+hours[4], orders, 0.002, 0.06)
		for c, band := range map[crm.Currency][2]float64{
			"EUR": {0.5, 0.75}, "GBP": {0.1, 0.28}, "USD": {0.06, 0.2}, "CHF": {0.01, 0.1}, "SEK": {0.005, 0.08}, "JPY": {0.0005, 0.04},
		} {
			share(string(c), currencies[c], orders, band[0], band[1])
		}
		for c, band := range map[crm.Channel][2]float64{
			crm.ChannelWeb: {0.4, 0.7}, crm.ChannelApp: {0.1, 0.3}, crm.ChannelStore: {0.05, 0.2}, crm.ChannelMarketplace: {0.04, 0.16}, crm.ChannelPhone: {0.01, 0.1},
		} {
			share(string(c), channels[c], orders, band[0], band[1])
		}
		if len(sold) != 8 {
			t.Errorf("seed %d: %d categories", seed, len(sold))
		}
		for c, k := range sold {
			share(c, k, lines, 0.02, 0.4)
		}
		var counts []int
		for _, k := range units {
			counts = append(counts, k)
		}
		slices.Sort(counts)
		top := 0
		for _, k := range counts[len(counts)*8/10:] {
			top += k
		}
		share("the best fifth of the variants", top, lines, 0.5, 0.9)
	}
}

// TestStory holds for every seed.
func TestStory(t *testing.T) {
	for seed := range uint64(5) {
		shop := crmtest.Shop(3, seed)
		_, end := shop.Period()
		type life struct {
			orders, refunds, canceled int
			last                      time.Time
			mail                      string
		}
		lives := map[string]*life{}
		for r, err := range shop.Records() {
			if err != nil {
				t.Fatal(err)
			}
			if r.Customer == nil {
				continue
			}
			l := lives[r.Customer.Refs[0].ID]
			if l == nil {
				l = &life{mail: r.Customer.Email}
				lives[r.Customer.Refs[0].ID] = l
			}
			switch {
			case r.Refund != nil:
				l.refunds++
			case r.Order == nil:
			case r.Order.State == crm.StateCanceled:
				l.canceled++
			default:
				l.orders++
				l.last = r.Order.OccurredAt
			}
		}
		ada, george, mary := lives["ada"], lives["george"], lives["mary"]
		if ada == nil || george == nil || mary == nil || len(lives) != 3 {
			t.Fatalf("seed %d: %v", seed, lives)
		}
		if ada.mail != "ada.byron@example.com" || ada.orders != 31 || ada.refunds < 1 || ada.canceled != 1 || end.Sub(ada.last) > 30*24*time.Hour {
			t.Errorf("seed %d: Ada %+v", seed, ada)
		}
		if george.orders != 5 || george.last.After(end.AddDate(-1, 0, 0)) {
			t.Errorf("seed %d: George %+v", seed, george)
		}
		if mary.orders != 1 || mary.refunds != 1 {
			t.Errorf("seed %d: Mary %+v", seed, mary)
		}
	}
}
