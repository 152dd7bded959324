package segment_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
	"github.com/seed-9cb3708a/clientele/store"
)

// crowd adds customers who bought once each, for a pound more each, from a number
// on.
func crowd(t *testing.T, book *crm.Book, from, n int) {
	t.Helper()
	var ids []crm.CustomerID
	for i := range n {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%04d", from+i)))
	}
	customers(t, book, ids...)
	for i, id := range ids {
		buy(t, book, id, 1, int64(from+i+1))
	}
}

// members returns who is in a segment, by what a catalog says each way that it
// can be asked.
func members(t *testing.T, c *segment.Catalog, id segment.ID) []crm.CustomerID {
	t.Helper()
	list := all(t, c.Members(t.Context(), id))
	if n, err := c.Count(t.Context(), id); err != nil || n != len(list) {
		t.Errorf("Count = %d, %v, want %d", n, err, len(list))
	}
	for _, customer := range list {
		if in, err := c.Has(t.Context(), id, customer); err != nil || !in {
			t.Errorf("Has %s = %t, %v", customer, in, err)
		}
		if x, err := c.Why(t.Context(), id, customer); err != nil || !x.Holds {
			t.Errorf("Why %s = %v, %v", customer, x, err)
		}
	}
	return list
}

// Two processes of one shop give the same members of a share of all customers
// while the book grows, between two refreshes and after one.
func TestEdgesOfTwoProcesses(t *testing.T) {
	clk, book, one := timed(t, nil)
	crowd(t, book, 0, 100)
	top, err := one.Create(t.Context(), segment.Segment{ID: "top", Name: "Top", Rule: segment.MustParse("amount_spent IN TOP 5%")})
	if err != nil {
		t.Fatal(err)
	}
	tick(t, clk, one, 0)
	two, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	same := func(when string, want int) {
		t.Helper()
		a, b := members(t, one, top.ID), members(t, two, top.ID)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: members (-one +two):\n%s", when, diff)
		}
		if len(a) != want {
			t.Errorf("%s: %d members, want %d", when, len(a), want)
		}
	}
	same("at first", 5)
	crowd(t, book, 100, 100) // all of whom brought more than the edge
	same("grown", 105)
	late, err := segment.New(book, nil) // one that starts now
	if err != nil {
		t.Fatal(err)
	}
	if n, err := late.Count(t.Context(), top.ID); err != nil || n != 105 {
		t.Errorf("a process that starts: %d, %v", n, err)
	}
	clk.set(noon.Add(23 * time.Hour))
	tick(t, clk, one, 100)
	same("not yet a day", 105)

	clk.set(noon.Add(24 * time.Hour))
	_, at := passages(t, book, nobody(t, book))
	tick(t, clk, one, 95)
	same("refreshed", 10)
	for i, p := range first(passages(t, book, at)) {
		if p.Kind != segment.Left || p.Cause != segment.CauseEdges || !p.At.Equal(clk.now()) {
			t.Fatalf("passage %d is %+v", i, p)
		}
	}

	// Another segment adds what it asks for, and the others stay.
	crowd(t, book, 200, 50)
	clk.set(noon.Add(30 * time.Hour))
	low, err := one.Create(t.Context(), segment.Segment{ID: "low", Name: "Low", Rule: segment.MustParse("amount_spent IN BOTTOM 10%")})
	if err != nil {
		t.Fatal(err)
	}
	tick(t, clk, one, 50)
	same("with another", 60)
	if n := len(members(t, two, low.ID)); n != 25 {
		t.Errorf("%d in the lowest tenth of 250", n)
	}
	refreshed := 0
	for e, err := range book.Events.List(t.Context(), nobody(t, book)) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == segment.Refreshed {
			refreshed++
		}
	}
	if refreshed != 3 { // at first, after a day, with another segment
		t.Errorf("edges were written %d times, want 3", refreshed)
	}

	// When nobody writes them any more, each process works out its own.
	clk.set(noon.AddDate(0, 0, 5))
	same("long after", 13)
	tick(t, clk, two, 47)
	same("in turn", 13)
}

// Between two refreshes nobody comes or goes because of others, whatever these
// do: scores and stages too.
func TestEdgesDoNotFlap(t *testing.T) {
	clk, book, c := timed(t, nil)
	crowd(t, book, 0, 60)
	for id, text := range map[segment.ID]string{
		"top": "amount_spent IN TOP 10%", "best": "rfm_group = 'champions'", "rich": "traits.rfm.monetary = 5", "new": "life_cycle_stage = 'new'",
	} {
		if _, err := c.Create(t.Context(), segment.Segment{ID: id, Name: "The " + string(id), Rule: segment.MustParse(text)}); err != nil {
			t.Fatal(err)
		}
	}
	tick(t, clk, c, 0)
	_, at := passages(t, book, nobody(t, book))
	for hour := range 12 {
		clk.set(noon.Add(time.Duration(hour) * 50 * time.Minute))
		for i := range 10 {
			buy(t, book, crm.CustomerID(fmt.Sprintf("c%04d", i)), 0, 5000)
		}
		if _, err := c.Tick(t.Context(), clk.now()); err != nil {
			t.Fatal(err)
		}
	}
	list, _ := passages(t, book, at)
	if len(list) == 0 {
		t.Error("nobody moved")
	}
	for _, p := range list {
		if p.Customer >= "c0010" {
			t.Errorf("%s, who did nothing: %+v", p.Customer, p)
		}
	}
}

// Edges of other options are not taken, nor those of a book that was hardly
// begun.
func TestEdgesAreOfTheOptions(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	tick(t, clk, c, 0) // on an empty book
	crowd(t, book, 0, 40)
	tick(t, clk, c, 0)
	if n, err := c.Preview(ctx, segment.MustParse("traits.rfm.monetary = 5"), 0); err != nil || n.Count != 8 {
		t.Errorf("in the best fifth of 40: %+v, %v", n, err)
	}
	other, err := segment.New(book, &segment.Options{RFM: rfm.Scheme{Monetary: rfm.Scale{Method: rfm.Fixed, Edges: []int64{3001}}}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := other.Preview(ctx, segment.MustParse("traits.rfm.monetary = 2"), 0); err != nil || n.Count != 10 {
		t.Errorf("of more than 30 pounds: %+v, %v", n, err)
	}
}

// When a shop moves to another time zone, its days are others at once.
func TestEdgesAreOfTheLocation(t *testing.T) {
	auckland := zone(t, "Pacific/Auckland")
	clk, book, c := timed(t, nil)
	for i := range 10 { // yesterday in London, the day before it in Auckland
		id := crm.CustomerID(fmt.Sprint("c", i))
		customers(t, book, id)
		_, err := book.Orders.Record(t.Context(), crm.Order{CustomerID: id, OccurredAt: noon.Add(-25 * time.Hour), Total: crm.Money{Amount: 100, Currency: "GBP"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	tick(t, clk, c, 0)
	moved, err := segment.New(book, &segment.Options{Location: auckland})
	if err != nil {
		t.Fatal(err)
	}
	best := segment.MustParse("traits.rfm.recency = 5")
	for range 2 {
		if n, err := moved.Preview(t.Context(), best, 0); err != nil || n.Count != 10 {
			t.Errorf("as recent as all others: %+v, %v", n, err)
		}
		clk.set(clk.now().Add(time.Minute))
		tick(t, clk, moved, 0)
	}
}

// Who was there before anybody bought is scored when they do, and not a day
// later.
func TestEdgesOfTheFirstOrders(t *testing.T) {
	fixed := rfm.Scale{Method: rfm.Fixed, Edges: []int64{3}}
	for name, scheme := range map[string]rfm.Scheme{"quantile": {}, "fixed": {Recency: fixed, Frequency: fixed, Monetary: fixed}} {
		t.Run(name, func(t *testing.T) {
			clk, book, c := timed(t, &segment.Options{RFM: scheme})
			customers(t, book, "ada", "bob", "cyd", "dot")
			tick(t, clk, c, 0)
			scored := func(want int) {
				t.Helper()
				if n, err := c.Preview(t.Context(), segment.MustParse("rfm_group IS NOT NULL"), 0); err != nil || n.Count != want {
					t.Errorf("%+v of those who bought are in groups, %v, want %d", n, err, want)
				}
			}
			scored(0)
			buy(t, book, "ada", 1, 1)
			tick(t, clk, c, 0)
			scored(1)
			buy(t, book, "bob", 2, 7)
			scored(2)
		})
	}
}

// However long rules are, what they ask of all customers is written down.
func TestEdgesOfLongRules(t *testing.T) {
	clk, book, c := timed(t, nil)
	crowd(t, book, 0, 10)
	for i := range 20 {
		channels := make([]any, 60)
		for j := range channels {
			channels[j] = fmt.Sprintf("%d-%d-%s", i, j, strings.Repeat("x", 1000))
		}
		rule := segment.Orders(segment.Field("channel").In(channels...)).Count().Top(5)
		if _, err := c.Create(t.Context(), segment.Segment{Name: fmt.Sprint("Most by channels ", i), Rule: rule}); err != nil {
			t.Fatal(err)
		}
	}
	tick(t, clk, c, 0)
}

// For three weeks customers buy and give back, late too; what was told of scores
// and stages is what a process says that works it out anew.
func TestScoresLive(t *testing.T) {
	opts := &segment.Options{
		Location:  zone(t, "America/New_York"),
		RFM:       rfm.Scheme{Days: 9, Frequency: rfm.Scale{Method: rfm.RankFirst, Bins: 3}},
		LifeCycle: lifecycle.Policy{Returns: 5, Customers: 3, Days: 4, Own: true},
	}
	clk, book, live := timed(t, opts)
	clk.set(time.Date(2025, 10, 22, 4, 0, 0, 0, time.UTC)) // clocks go back on 2 November
	ctx := t.Context()
	rng := rand.New(rand.NewPCG(3, 4))
	var ids []crm.CustomerID
	for i := range 25 {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%02d", i)))
	}
	customers(t, book, ids...)
	in := tidings{}
	for i, text := range []string{
		"traits.rfm.recency >= 4", "traits.rfm.frequency = 3", "traits.rfm.monetary <= 2", "rfm_group IN ('champions', 'loyal')", "rfm_group IS NULL",
		"life_cycle_stage = 'at_risk'", "life_cycle_stage IN ('new', 'active')", "life_cycle_stage = 'won_back'", "amount_spent IN TOP 20% AND NOT life_cycle_stage = 'lost'",
	} {
		s, err := live.Create(ctx, segment.Segment{ID: segment.ID(fmt.Sprintf("s%d", i)), Name: text, Rule: segment.MustParse(text)})
		if err != nil {
			t.Fatal(err)
		}
		in[s.ID] = map[crm.CustomerID]bool{}
	}
	if _, err := live.Tick(ctx, clk.now()); err != nil {
		t.Fatal(err)
	}
	in.begin(t, live, clk.now())
	var at store.Cursor
	causes := map[string]int{}
	for hour := range 21 * 24 {
		clk.set(clk.now().Add(time.Hour))
		for range rng.IntN(3) {
			o, err := book.Orders.Record(ctx, crm.Order{
				CustomerID: ids[rng.IntN(len(ids))], OccurredAt: clk.now().Add(-time.Duration(rng.IntN(2)*rng.IntN(100)) * time.Hour),
				Total: crm.Money{Amount: int64(1000 + rng.IntN(9000)), Currency: "GBP"},
			})
			if err != nil {
				t.Fatal(err)
			}
			if rng.IntN(5) == 0 {
				if _, err := book.Refunds.Record(ctx, crm.Refund{Ref: crm.Ref{Source: "shop", ID: string(o.ID)}, OrderID: o.ID, OccurredAt: clk.now(), Amount: crm.Money{Amount: 500, Currency: "GBP"}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if rng.IntN(4) == 0 {
			continue // nobody looks
		}
		if _, err := live.Tick(ctx, clk.now()); err != nil {
			t.Fatal(err)
		}
		var list []passage
		list, at = in.heed(t, book, at)
		for _, p := range list {
			causes[p.Cause]++
		}
		if hour%5 != 0 {
			continue
		}
		anew, err := segment.New(book, opts)
		if err != nil {
			t.Fatal(err)
		}
		in.check(t, anew, fmt.Sprint("hour ", hour))
	}
	if causes[segment.CauseTime] == 0 || causes[segment.CauseEdges] == 0 || causes["order.recorded"] == 0 {
		t.Errorf("causes were %v", causes)
	}
	t.Logf("causes were %v", causes)
}
