package segment_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// nobody returns the cursor before all events.
func nobody(*testing.T, *crm.Book) store.Cursor { return store.Cursor{} }

// first returns the first of two values.
func first[A, B any](a A, _ B) A { return a }

// A customer buys, stays away, is at risk, lapsed and lost, and comes back: each
// stage begins when its day does, in the shop's calendar.
func TestLifeCycle(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	clk, book, c := timed(t, &segment.Options{Location: berlin})
	customers(t, book, "ada")
	for _, stage := range []string{"prospect", "new", "active", "at_risk", "lapsed", "lost", "won_back"} {
		rule := segment.MustParse(fmt.Sprintf("life_cycle_stage = '%s'", stage))
		if _, err := c.Create(t.Context(), segment.Segment{ID: segment.ID(stage), Name: "They are " + stage, Rule: rule}); err != nil {
			t.Fatal(err)
		}
	}
	tick(t, clk, c, 0)
	_, at := passages(t, book, nobody(t, book))
	begin := noon
	buys := map[int]bool{1: true, 40: true, 500: true, 560: true}
	var got []string
	for day := range 620 { // the clock goes by half days, and past each midnight
		for _, hour := range []int{0, 12, 23} {
			clk.set(time.Date(begin.Year(), begin.Month(), begin.Day()+day, hour, 0, 0, 0, berlin))
			if hour == 12 && buys[day] {
				if _, err := book.Orders.Record(t.Context(), crm.Order{CustomerID: "ada", OccurredAt: clk.now(), Total: crm.Money{Amount: 100, Currency: "GBP"}}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := c.Tick(t.Context(), clk.now()); err != nil {
				t.Fatal(err)
			}
		}
		var list []passage
		list, at = passages(t, book, at)
		for _, p := range list {
			verb := "enters"
			if p.Kind == segment.Left {
				verb = "leaves"
			}
			local := p.At.In(berlin)
			since := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Sub(time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)).Hours() / 24
			got = append(got, fmt.Sprintf("day %.0f %s: %s %s, %s", since, local.Format("15:04"), verb, p.Segment, p.Cause))
		}
	}
	want := []string{
		"day 1 12:00: enters new, order.recorded", "day 1 12:00: leaves prospect, order.recorded",
		"day 40 12:00: enters active, order.recorded", "day 40 12:00: leaves new, order.recorded",
		"day 131 00:00: leaves active, time", "day 131 00:00: enters at_risk, time", // 90 days later it still is
		"day 221 00:00: leaves at_risk, time", "day 221 00:00: enters lapsed, time",
		"day 406 00:00: leaves lapsed, time", "day 406 00:00: enters lost, time",
		"day 500 12:00: leaves lost, order.recorded", "day 500 12:00: enters won_back, order.recorded",
		"day 560 12:00: enters active, order.recorded", "day 560 12:00: leaves won_back, order.recorded",
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was told (-want +got):\n%s", diff)
	}
}

// demo returns a catalog of the demo shop as of its end.
func demo(t *testing.T, n int, opts *segment.Options) (*crm.Book, *segment.Catalog, time.Time) {
	t.Helper()
	shop := crmtest.Shop(n, 1)
	_, end := shop.Period()
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Import(t.Context(), shop.All(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, opts)
	if err != nil {
		t.Fatal(err)
	}
	return book, c, end
}

// What Groups tells is what rules select and the book's aggregates say, by
// whatever scheme; and so it is as of a day that is over.
func TestGroups(t *testing.T) {
	for name, opts := range map[string]*segment.Options{
		"quintiles": nil,
		"fixed":     {RFM: rfm.Scheme{Recency: rfm.Scale{Method: rfm.Fixed, Edges: []int64{30, 90, 180, 365}}}, Groups: rfm.Shopify()},
		"a year":    {RFM: rfm.Scheme{Days: 365, Frequency: rfm.Scale{Method: rfm.RankFirst}}},
	} {
		t.Run(name, func(t *testing.T) {
			book, c, end := demo(t, 400, opts)
			ctx := t.Context()
			for _, at := range []time.Time{{}, end.AddDate(0, -3, 0)} {
				view := c.At(at)
				groups, err := view.Groups(ctx)
				if err != nil {
					t.Fatal(err)
				}
				customers, named, orders := 0, 0, int64(0)
				for _, g := range groups {
					customers, orders = customers+g.Customers, orders+g.Orders
					rule := segment.Field("rfm_group").Is(g.Name)
					if g.Name == "" {
						rule = segment.Field("rfm_group").IsNull()
					} else {
						named += min(g.Customers, 1)
					}
					p, err := view.Preview(ctx, rule, 0)
					if err != nil {
						t.Fatal(err)
					}
					if p.Count != g.Customers {
						t.Errorf("%q: %d customers, and %s is true of %d", g.Name, g.Customers, rule, p.Count)
					}
					var sum, spent float64
					var days []float64
					for row, err := range view.Table(ctx, rule, segment.Field("number_of_orders"), segment.Field("amount_spent"), segment.DaysSince(segment.Field("last_order_date"))) {
						if err != nil {
							t.Fatal(err)
						}
						sum, spent = sum+row.Values[0].Number(), spent+float64(row.Values[1].Money().Amount)
						if row.Values[0].Number() > 0 {
							days = append(days, row.Values[2].Number())
						}
					}
					slices.Sort(days)
					if opts == nil || opts.RFM.Days == 0 {
						if float64(g.Orders) != sum || float64(g.Spent) != spent || len(days) > 0 && float64(g.Recency) != days[(len(days)-1)/2] {
							t.Errorf("%q: %+v, want %v orders of %v", g.Name, g, sum, spent)
						}
					}
				}
				everybody, err := book.Customers.Count(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if customers != everybody || named < 5 || orders == 0 {
					t.Errorf("%d customers of %d in %d groups that have some, %d orders", customers, everybody, named, orders)
				}
			}
		})
	}
}

// Who moved from stage to stage in a month is told by the stages on both days.
func TestFlow(t *testing.T) {
	_, c, end := demo(t, 300, nil)
	ctx := t.Context()
	from := end.AddDate(0, -1, 0)
	flow, err := c.Flow(ctx, from, end)
	if err != nil {
		t.Fatal(err)
	}
	rhythm, since, err := c.Rhythm(ctx)
	if err != nil || !since.Equal(end.Truncate(time.Millisecond)) || rhythm.Customers == 0 {
		t.Fatalf("Rhythm = %+v since %v, %v", rhythm, since, err)
	}
	days := map[crm.CustomerID][]int64{}
	for row, err := range c.Table(ctx, segment.All(), segment.Field("life_cycle_stage"), segment.DaysSince(segment.Field("last_order_date")), segment.Field("number_of_orders")) {
		if err != nil {
			t.Fatal(err)
		}
		stage := row.Values[0].Text()
		days[row.CustomerID] = nil
		if away := int64(row.Values[1].Number()); row.Values[2].Number() > 0 {
			switch { // of the stages that recency alone tells
			case away > rhythm.Lost != (stage == "lost"), away > rhythm.Lapsed && away <= rhythm.Lost != (stage == "lapsed"), away > rhythm.AtRisk && away <= rhythm.Lapsed != (stage == "at_risk"):
				t.Errorf("%s is %s after %d days: %+v", row.CustomerID, stage, away, rhythm.Thresholds)
			}
		} else if stage != "prospect" {
			t.Errorf("%s, who has not bought, is %q", row.CustomerID, stage)
		}
	}
	total := 0
	for _, s := range []lifecycle.Stage{lifecycle.Prospect, lifecycle.New, lifecycle.Active, lifecycle.AtRisk, lifecycle.Lapsed, lifecycle.Lost, lifecycle.WonBack} {
		total += flow.To(s)
		p, err := c.Preview(ctx, segment.Field("life_cycle_stage").Is(string(s)), 0)
		if err != nil {
			t.Fatal(err)
		}
		if flow.To(s) != p.Count {
			t.Errorf("%v: %d came to it, and %d are at it", s, flow.To(s), p.Count)
		}
	}
	if total != len(days) || flow.To("") != 0 {
		t.Errorf("%d of %d customers, %d left", total, len(days), flow.To(""))
	}
	moves := 0
	for m := range flow.Moves() {
		moves += m.Customers
		if m.To == lifecycle.New && m.From != lifecycle.Prospect && m.From != "" {
			t.Errorf("%+v", m)
		}
	}
	if moves == 0 {
		t.Error("nobody moved in a month")
	}
}

// As of a time, facts later than it have not happened.
func TestAt(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd")
	buy(t, book, "ada", 100, 10)
	buy(t, book, "ada", 20, 500)
	buy(t, book, "bob", 50, 30)
	buy(t, book, "cyd", 5, 900)
	rich := create(t, c, "Rich", "amount_spent > 100")
	top := create(t, c, "Top", "amount_spent IN TOP 1")
	for _, tt := range []struct {
		days      int
		rich, top string
		stage     string
	}{
		{0, "[ada cyd]", "[cyd]", "active"}, {10, "[ada]", "[ada]", "active"}, {30, "[]", "[bob]", "new"}, {60, "[]", "[ada]", "new"}, {101, "[]", "[ada bob cyd]", "prospect"},
	} {
		then := c.At(noon.AddDate(0, 0, -tt.days))
		if got := fmt.Sprint(all(t, then.Members(ctx, rich.ID))); got != tt.rich {
			t.Errorf("%d days ago %s were rich, want %s", tt.days, got, tt.rich)
		}
		if got := fmt.Sprint(all(t, then.Members(ctx, top.ID))); got != tt.top {
			t.Errorf("%d days ago %s was on top, want %s", tt.days, got, tt.top)
		}
		x, err := then.Explain(ctx, segment.MustParse("life_cycle_stage = 'active'"), "ada")
		if err != nil || x.Value.Text() != tt.stage {
			t.Errorf("%d days ago ada was %v, %v, want %s", tt.days, x, err, tt.stage)
		}
	}
	late, err := c.At(noon.AddDate(0, 0, 170)).Preview(ctx, segment.MustParse("life_cycle_stage = 'lapsed'"), 5)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.CustomerID{"ada", "bob"}, late.Sample); diff != "" {
		t.Errorf("who has lapsed in 170 days (-want +got):\n%s", diff)
	}
}

// The scores and the stage of a customer are traits of the book, explained, and
// nobody else's of these names count.
func TestTraits(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	buy(t, book, "ada", 10, 400)
	if err := book.Traits.Set(ctx, "ada", "rfm", noon.AddDate(0, 0, -1), map[string]crm.Value{"group": crm.Text("mine"), "note": crm.Text("x")}); err != nil {
		t.Fatal(err)
	}
	x, err := c.Explain(ctx, segment.MustParse("traits.rfm.recency >= 4 AND rfm_group = 'champions' AND traits.rfm.note = 'x'"), "ada")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, part := range x.Parts {
		got = append(got, fmt.Sprintf("%s: %v %v", part.Rule, part.Holds, part.Value))
	}
	want := []string{"traits.rfm.recency >= 4: true 5", "rfm_group = 'champions': false new", "traits.rfm.note = 'x': true x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}
	traits := func(id crm.CustomerID) string {
		list, err := book.Traits.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, v := range list {
			all = append(all, fmt.Sprintf("%s.%s=%v", v.Room, v.Name, v.Value))
		}
		return strings.Join(all, " ")
	}
	for id, want := range map[crm.CustomerID]string{
		"ada": "life_cycle.stage=new rfm.frequency=1 rfm.group=new rfm.monetary=1 rfm.note=x rfm.recency=5", "bob": "life_cycle.stage=prospect",
	} {
		if got := traits(id); got != want {
			t.Errorf("traits of %s: %s\nwant %s", id, got, want)
		}
	}
}

func TestOptionsFaults(t *testing.T) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = segment.New(book, &segment.Options{
		RFM:       rfm.Scheme{Days: -1, Recency: rfm.Scale{Bins: 1}},
		Groups:    rfm.Map{Groups: []rfm.Group{{R: rfm.Range{From: 6, To: 2}}}},
		LifeCycle: lifecycle.Policy{AtRisk: 2, Day: 86_400_000},
	})
	var invalid *crm.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("New = %v, want an InvalidError", err)
	}
	var got []string
	for _, f := range invalid.Fields {
		got = append(got, f.Field)
	}
	want := []string{"rfm.days", "rfm.recency.bins", "groups.groups[0].name", "groups.groups[0].r", "life_cycle.at_risk", "life_cycle.lapsed", "life_cycle.day"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	c, err := segment.New(book, &segment.Options{Groups: rfm.Shopify()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Create(t.Context(), segment.Segment{Name: "x", Rule: segment.MustParse("rfm_group = 'CHAMPION'")})
	if err == nil || !strings.Contains(err.Error(), "did you mean `'CHAMPIONS'`?") {
		t.Errorf("Create of a group that there is not = %v", err)
	}
}
