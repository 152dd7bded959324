// Winback watches the customers whom a shop is about to lose: who they are, the
// most valuable first, and, as a month goes by, who else begins to slip away, who
// comes back, who is gone, and why. The shop is made up, and so is its clock.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A watch is a segment that is looked at while time goes by.
type watch struct {
	book    *crm.Book
	catalog *segment.Catalog
	id      segment.ID
	now     time.Time // the shop's clock
	told    time.Time // up to when changes were printed
	causes  map[string]int
}

func main() {
	ctx := context.Background()
	shop := crmtest.Shop(300, 1)
	w := &watch{causes: map[string]int{}}
	_, w.now = shop.Period() // the night after its last day
	st := memstore.New(nil)
	defer st.Close()
	var err error
	w.book, err = crm.New(st, &crm.Options{Now: func() time.Time { return w.now }})
	check(err)
	_, err = w.book.Import(ctx, shop.All(), nil)
	check(err)
	w.catalog, err = segment.New(w.book, nil)
	check(err)

	// When does silence mean something? The shop's own customers tell.
	rhythm, _, err := w.catalog.Rhythm(ctx)
	check(err)
	fmt.Printf("Half of those who come back do so within %d days; after %d days few still do, after %d hardly anybody.\n\n",
		rhythm.Typical, rhythm.AtRisk, rhythm.Lapsed)
	last := segment.Field("last_order_date")
	s, err := w.catalog.Create(ctx, segment.Segment{Name: "At risk", Rule: segment.All(
		segment.Field("number_of_orders").AtLeast(2),
		last.Less(segment.Days(-int(rhythm.AtRisk))), last.AtLeast(segment.Days(-int(rhythm.Lapsed))),
	)})
	check(err)
	w.id = s.ID
	_, err = w.catalog.Tick(ctx, w.now) // from now on it is known who comes and goes
	check(err)
	w.told = w.now

	// Who is it worth calling? Those who brought most.
	slipping := w.byValue(ctx, s.Rule)
	fmt.Printf("%s: %s\n%d customers, of whom these brought most:\n", s.Name, s.Rule, len(slipping))
	for _, r := range slipping[:6] {
		mail, err := w.book.Consents.MaySend(ctx, r.CustomerID, crm.ChannelEmail, crm.PurposeMarketing, w.now)
		check(err)
		by := "by phone, they agreed to no mail"
		if mail {
			by = "by mail"
		}
		fmt.Printf("  %-20s %12v  silent for %v days: %s\n", w.name(ctx, r.CustomerID), r.Values[0], r.Values[1], by)
	}

	// A month goes by. Three of them order again, of whom one thinks better of it.
	fmt.Println("\nJanuary:")
	orders := map[int]crm.CustomerID{3: slipping[2].CustomerID, 8: slipping[0].CustomerID, 21: slipping[3].CustomerID}
	for day := 1; day <= 31; day++ {
		if who, ok := orders[day]; ok {
			w.order(ctx, who, w.now, crm.StatePaid)
		}
		if day == 10 {
			w.order(ctx, orders[8], w.now.AddDate(0, 0, -2), crm.StateCanceled)
		}
		w.now = w.now.AddDate(0, 0, 1)
		w.tick(ctx)
	}
	members, err := w.catalog.Count(ctx, w.id)
	check(err)
	fmt.Printf("\n%d at risk at the end: %d came in and %d left by time alone, %d by what happened.\n",
		members, w.causes["in time"], w.causes["out time"], w.causes["in else"]+w.causes["out else"])
}

// byValue returns whom a rule is true of with what they brought and how many days
// they have been silent, the most valuable first.
func (w *watch) byValue(ctx context.Context, rule segment.Rule) []*segment.Row {
	var rows []*segment.Row
	for row, err := range w.catalog.Table(ctx, rule,
		segment.Field("amount_spent"), segment.DaysSince(segment.Field("last_order_date"))) {
		check(err)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b *segment.Row) int {
		return cmp.Or(cmp.Compare(b.Values[0].Money().Amount, a.Values[0].Money().Amount), cmp.Compare(a.CustomerID, b.CustomerID))
	})
	return rows
}

// order records, at ten in the morning, what became of an order of a day.
func (w *watch) order(ctx context.Context, who crm.CustomerID, day time.Time, state crm.OrderState) {
	midnight := w.now
	w.now = midnight.Add(10 * time.Hour)
	_, err := w.book.Orders.Record(ctx, crm.Order{
		Ref: crm.Ref{Source: "shop", ID: day.Format(time.DateOnly)}, Version: w.now, CustomerID: who, State: state,
		OccurredAt: day, Currency: "EUR", Total: crm.Money{Amount: 4900, Currency: "EUR"},
	})
	check(err)
	w.tick(ctx)
	w.now = midnight
}

// tick has the catalog look at everybody whom time or an event may have moved,
// and prints who was.
func (w *watch) tick(ctx context.Context) {
	_, err := w.catalog.Tick(ctx, w.now)
	check(err)
	for t, err := range w.catalog.Transitions(ctx, w.id, w.told.Add(time.Millisecond), time.Time{}) {
		check(err)
		way, cause := "in", "else"
		if t.Left {
			way = "out"
		}
		if t.Cause == segment.CauseTime {
			cause = "time"
		}
		w.causes[way+" "+cause]++
		fmt.Printf("  %s  %-3s  %-20s %s\n", t.At.Format("02 Jan 15:04"), way, w.name(ctx, t.CustomerID), t.Cause)
		w.told = t.At
	}
}

func (w *watch) name(ctx context.Context, id crm.CustomerID) string {
	c, err := w.book.Customers.Get(ctx, id)
	check(err)
	return c.Name()
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}
