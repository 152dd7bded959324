package segment_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// people is how many customers the benchmarks have: 20,000, or a million with
// CLIENTELE_SCALE=full, or as many as CLIENTELE_PEOPLE says. On average each has 10 orders and 30 interactions over
// three years, a few of them thousands.
func people() int {
	if n, err := strconv.Atoi(os.Getenv("CLIENTELE_PEOPLE")); err == nil {
		return n
	}
	switch os.Getenv("CLIENTELE_SCALE") {
	case "full":
		return 1_000_000
	case "smoke":
		return 2_000
	}
	return 20_000
}

func person(i int) string { return fmt.Sprintf("cus_%012d", i) }

var benchKinds = []string{"view_item", "view_item", "view_item", "add_to_cart", "begin_checkout", "message_sent", "message_opened", "search", "page_view", "page_view"}

// benchBase fills columns once for all benchmarks, without a book: that would
// take as long as importing it.
var benchBase = sync.OnceValue(func() *column.Base {
	const years = 3 * 365 * 24 * 60 * 60 * 1000
	n, r, now := people(), rand.New(rand.NewPCG(1, 2)), noon.UnixMilli()
	b := column.New()
	for i := range 2000 {
		b.SetProduct(&column.Product{
			ID: fmt.Sprintf("prd_%d", i), Title: fmt.Sprintf("Product %d", i), Brand: fmt.Sprintf("Brand %d", i%50),
			Categories: []string{fmt.Sprintf("Group %d > Category %d", i%5, i%40)},
		})
	}
	facts := func(each int) [][]int64 { // when, in ascending order; few have most
		all := make([][]int64, n)
		for i := range int64(each * n) {
			u := r.Float64()
			p := int(u * u * float64(n))
			all[p] = append(all[p], now-years+i*(years/int64(each*n)))
		}
		return all
	}
	orders, interactions := facts(10), facts(30)
	languages, statuses := []string{"en", "de", "fr", "es", "it", "nl"}, []string{"SUBSCRIBED", "UNSUBSCRIBED", "NOT_SUBSCRIBED"}
	for i, perm := range r.Perm(n) {
		p := &column.Person{ID: person(i), Values: []column.Value{
			{Name: "customer_language", Type: rule.IsText, Text: languages[r.IntN(len(languages))]},
			{Name: "email_subscription_status", Type: rule.IsText, Text: statuses[r.IntN(len(statuses))]},
			{Name: "customer_account_status", Type: rule.IsText, Text: []string{"ENABLED", "DISABLED"}[r.IntN(2)]},
			{Name: "customer_added_date", Type: rule.IsDate, Int: now - r.Int64N(years)},
		}}
		for _, t := range orders[perm] {
			o := column.Order{Time: t, Amount: 500 + r.Int64N(20_000), Channel: []string{"web", "store"}[r.IntN(2)], State: "paid", Source: "shop", Country: "GB"}
			for range 1 + r.IntN(2) {
				o.Items = append(o.Items, column.Item{Product: fmt.Sprintf("prd_%d", r.IntN(2000)), Quantity: 1 + r.Int64N(3), Amount: o.Amount / 2, Price: 100 + r.Int64N(9000)})
			}
			p.Orders = append(p.Orders, o)
		}
		for _, t := range interactions[perm] {
			p.Interactions = append(p.Interactions, column.Interaction{
				Time: t, Kind: benchKinds[r.IntN(len(benchKinds))], Channel: "web", Direction: "inbound", Source: "shop", Products: []string{fmt.Sprintf("prd_%d", r.IntN(2000))},
			})
		}
		orders[perm], interactions[perm] = nil, nil
		b.Put(p)
	}
	b.Compact()
	return b
})

// twenty are the rules of as many segments.
var twenty = []string{
	"customer_language = 'de' AND email_subscription_status = 'SUBSCRIBED' AND customer_account_status = 'ENABLED' AND customer_added_date >= 2024-06-15",
	"count(items MATCHES (categories CONTAINS 'Group 1 > Category 6', date >= -90d)) >= 2 AND interactions NOT MATCHES (kind = 'message_opened', date >= -30d)",
	"number_of_orders >= 5 AND last_order_date < -120d AND amount_spent > 500",
	"interactions MATCHES (kind = 'view_item', date >= -30d) FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d NOT FOLLOWED BY orders WITHIN 7d",
	"customer_language = 'de' AND number_of_orders >= 3 AND amount_spent > 200 AND last_order_date >= -180d AND orders MATCHES (date >= -90d, channel = 'web')",
	"number_of_orders = 1 AND first_order_date >= -30d",
	"number_of_orders > 1",
	"number_of_orders = 0 AND customer_added_date < -30d",
	"abandoned_checkout_date >= -7d",
	"count(orders MATCHES (date >= -30d)) >= 1",
	"sum(orders.amount MATCHES (date >= -30d)) > 100",
	"count(orders MATCHES (date >= -365d)) >= 4 AND sum(orders.amount MATCHES (date >= -365d)) > 1000",
	"interactions MATCHES (kind = 'view_item', date >= -7d) AND orders NOT MATCHES (date >= -7d)",
	"interactions MATCHES (kind = 'message_opened', date >= -90d)",
	"count(interactions MATCHES (kind = 'add_to_cart', date >= -30d)) >= 3",
	"items MATCHES (categories CONTAINS 'Group 2', date >= -180d)",
	"items MATCHES (brand = 'Brand 7')",
	"average_order_value > 120 AND last_order_date >= -60d",
	"days_since(last_order_date) BETWEEN 30 AND 90",
	"periods(orders, 6m) >= 4",
}

// benchOpen opens the shop in a file.
func benchOpen(b *testing.B, path string, clk *clock) (*crm.Book, *segment.Catalog, func() error) {
	b.Helper()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Currency: "GBP", Now: clk.now})
	if err != nil {
		b.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		b.Fatal(err)
	}
	return book, c, st.Close
}

// benchCatalog returns a catalog with the columns of benchBase, in a file, whose
// book has the first few of the customers, and twenty segments.
func benchCatalog(b *testing.B, few int) (*clock, *crm.Book, *segment.Catalog, []segment.ID) {
	b.Helper()
	clk := &clock{at: noon}
	book, c, _ := benchOpen(b, filepath.Join(b.TempDir(), "shop.db"), clk)
	ctx := b.Context()
	for part := range slices.Chunk(slices.Collect(numbers(min(few, people()))), 500) {
		err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
			for _, i := range part {
				if _, err := tx.Customers.Create(ctx, crm.Customer{ID: crm.CustomerID(person(i))}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var ids []segment.ID
	for i, text := range twenty {
		s, err := c.Create(ctx, segment.Segment{Name: fmt.Sprintf("Segment %d", i), Rule: segment.MustParse(text)})
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	if err := segment.Adopt(ctx, c, benchBase()); err != nil {
		b.Fatal(err)
	}
	return clk, book, c, ids
}

func numbers(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func milliseconds(b *testing.B) float64 {
	return float64(b.Elapsed().Microseconds()) / 1000 / float64(b.N)
}

// BenchmarkPreview measures the preview of a rule, from its text on.
func BenchmarkPreview(b *testing.B) {
	_, _, c, _ := benchCatalog(b, 0)
	for _, i := range []int{0, 1, 2, 3, 11} {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			for b.Loop() {
				r, err := segment.Parse(twenty[i])
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.Preview(b.Context(), r, 20); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(milliseconds(b), "ms/preview")
		})
	}
}

// BenchmarkTwenty measures finding out who is in twenty segments, and what a
// process takes in that keeps them.
func BenchmarkTwenty(b *testing.B) {
	clk, _, c, _ := benchCatalog(b, 0)
	if _, err := c.Tick(b.Context(), clk.now()); err != nil {
		b.Fatal(err)
	}
	var sets int
	for b.Loop() {
		list, err := segment.Sets(b.Context(), c)
		if err != nil {
			b.Fatal(err)
		}
		sets = len(list)
	}
	if sets != len(twenty) {
		b.Fatalf("%d sets", sets)
	}
	b.ReportMetric(milliseconds(b), "ms/20-segments")
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.HeapAlloc)/(1<<20), "MB")
	runtime.KeepAlive(c)
}

// BenchmarkRestart measures opening the file of a shop whose columns were saved,
// up to the first answer, and what the columns take in it.
func BenchmarkRestart(b *testing.B) {
	clk, path, ctx := &clock{at: noon}, filepath.Join(b.TempDir(), "shop.db"), b.Context()
	_, c, done := benchOpen(b, path, clk)
	s, err := c.Create(ctx, segment.Segment{Name: "Lapsed", Rule: segment.MustParse(twenty[2])})
	if err != nil {
		b.Fatal(err)
	}
	if err := segment.Adopt(ctx, c, benchBase()); err != nil {
		b.Fatal(err)
	}
	want, err := c.Count(ctx, s.ID)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := segment.Save(ctx, c); err != nil {
		b.Fatal(err)
	}
	saved := time.Since(start)
	if err := done(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, c, done := benchOpen(b, path, clk)
		n, err := c.Count(ctx, s.ID)
		if err != nil || n != want {
			b.Fatalf("%d members, %v, want %d", n, err, want)
		}
		if err := done(); err != nil {
			b.Fatal(err)
		}
	}
	file, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(milliseconds(b), "ms/restart")
	b.ReportMetric(float64(saved.Milliseconds()), "ms/save")
	b.ReportMetric(float64(file.Size())/(1<<20), "file-MB")
}

// BenchmarkOverlap measures the 190 overlaps of twenty segments: of the sets
// alone, and with finding out who is in them.
func BenchmarkOverlap(b *testing.B) {
	_, _, c, ids := benchCatalog(b, 0)
	b.Run("sets", func(b *testing.B) {
		sets, err := segment.Sets(b.Context(), c)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			segment.Overlaps(sets)
		}
		b.ReportMetric(milliseconds(b), "ms/190-overlaps")
	})
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Overlap(b.Context(), ids...); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(milliseconds(b), "ms/190-overlaps")
	})
}

// started runs a catalog for a benchmark until the function is called that it
// returns.
func started(b *testing.B, c *segment.Catalog) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			b.Errorf("Run = %v", err)
		}
	}
}

// A shopper makes events of few customers, of which a fifth are orders.
type shopper struct {
	clk  *clock
	book *crm.Book
	rng  *rand.Rand
	few  int
}

func (s *shopper) shop(b *testing.B, events int) {
	err := s.book.Update(b.Context(), func(ctx context.Context, tx *crm.Tx) error {
		for range events {
			s.clk.set(s.clk.now().Add(time.Millisecond))
			u := s.rng.Float64()
			who := crm.CustomerID(person(int(u * u * float64(s.few))))
			var err error
			if s.rng.IntN(5) == 0 {
				_, err = tx.Orders.Record(ctx, crm.Order{CustomerID: who, OccurredAt: s.clk.now(), Total: crm.Money{Amount: 500 + s.rng.Int64N(20_000), Currency: "GBP"}})
			} else {
				_, err = tx.Interactions.Record(ctx, crm.Interaction{CustomerID: who, Kind: crm.InteractionKind(benchKinds[s.rng.IntN(len(benchKinds))]), OccurredAt: s.clk.now()})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// handmade makes a segment without a rule.
func handmade(b *testing.B, c *segment.Catalog) *segment.Segment {
	b.Helper()
	s, err := c.Create(b.Context(), segment.Segment{Name: "By hand"})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkFollow measures how many events a second are taken in with twenty
// segments, all that is told of them included: of those that are in the feed, and
// while Run is going of those that are written at the same time.
func BenchmarkFollow(b *testing.B) {
	const batch, batches = 500, 20
	few := min(5_000, people())
	clk, book, c, _ := benchCatalog(b, few)
	s := &shopper{clk, book, rand.New(rand.NewPCG(3, 4)), few}
	hand := handmade(b, c)
	for _, f := range []func(context.Context, segment.ID, ...crm.CustomerID) error{c.Include, c.Release} { // it knows of picks from then on
		if err := f(b.Context(), hand.ID, crm.CustomerID(person(0))); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := c.Tick(b.Context(), clk.now()); err != nil {
		b.Fatal(err)
	}
	b.Run("feed", func(b *testing.B) {
		told := 0
		for b.Loop() {
			b.StopTimer()
			for range batches {
				s.shop(b, batch)
			}
			b.StartTimer()
			n, err := c.Tick(b.Context(), clk.now())
			if err != nil {
				b.Fatal(err)
			}
			told += n
		}
		b.ReportMetric(float64(b.N*batches*batch)/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(float64(told)/float64(b.N*batches*batch), "transitions/event")
	})
	b.Run("run", func(b *testing.B) {
		defer started(b, c)()
		in := false
		told(b, c, book, hand.ID, &in) // it has begun
		for b.Loop() {
			for range batches {
				s.shop(b, batch)
			}
			told(b, c, book, hand.ID, &in)
		}
		b.ReportMetric(float64(b.N*batches*batch)/b.Elapsed().Seconds(), "events/s")
	})
}

// BenchmarkCreate measures a new segment while the catalog runs: until who is in
// it is written down, and how long what happens meanwhile waits to be told of.
func BenchmarkCreate(b *testing.B) {
	clk, book, c, _ := benchCatalog(b, 10)
	ctx := b.Context()
	hand, in := handmade(b, c), false
	if _, err := c.Tick(ctx, clk.now()); err != nil { // nobody is in it yet
		b.Fatal(err)
	}
	defer started(b, c)()
	told(b, c, book, hand.ID, &in) // it has begun
	var waits []time.Duration
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				clk.set(clk.now().Add(time.Millisecond))
				waits = append(waits, told(b, c, book, hand.ID, &in))
			}
		}
	}()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	rules := []string{"number_of_orders >= %d", "sum(orders.amount MATCHES (date >= -%dd)) > 200", "count(interactions MATCHES (date >= -%dd)) >= 3"}
	round := 0
	for b.Loop() {
		s := create(b, c, fmt.Sprintf("New %d", round), fmt.Sprintf(rules[round%len(rules)], 20+round))
		round++
		for written := false; !written; {
			<-look.C
			days, err := c.Growth(ctx, s.ID, noon, clk.now())
			if err != nil {
				b.Fatal(err)
			}
			written = len(days) > 0
		}
	}
	close(stop)
	<-done
	slices.Sort(waits)
	b.ReportMetric(milliseconds(b), "ms/create")
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "median-wait-ms")
	b.ReportMetric(float64(waits[len(waits)-1].Microseconds())/1000, "longest-wait-ms")
}

// told puts a customer into a segment, or takes them out, and returns how long it
// took until that was told by an event; 0 when it cannot be.
func told(b *testing.B, c *segment.Catalog, book *crm.Book, id segment.ID, in *bool) time.Duration {
	ctx := b.Context()
	at, err := book.Events.Head(ctx)
	if err != nil {
		b.Error(err)
		return 0
	}
	start := time.Now()
	pick := c.Include
	if *in {
		pick = c.Release
	}
	if err := pick(ctx, id, crm.CustomerID(person(0))); err != nil {
		b.Error(err)
		return 0
	}
	*in = !*in
	for {
		for e, err := range book.Events.List(ctx, at) {
			if err != nil {
				b.Error(err)
				return 0
			}
			if at = e.Cursor; (e.Kind == segment.Entered || e.Kind == segment.Left) && e.Name == string(id) {
				return time.Since(start)
			}
		}
		if err := book.Events.Wait(ctx, at); err != nil {
			b.Error(err)
			return 0
		}
	}
}
