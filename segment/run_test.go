package segment_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// running runs a catalog until the test ends, or stop is called.
func running(t *testing.T, c *segment.Catalog) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
	})
	t.Cleanup(stop)
	return stop
}

// jumping is a clock that can be put on.
type jumping struct {
	mu sync.Mutex
	by time.Duration
}

func (j *jumping) now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Now().Add(j.by)
}

func (j *jumping) jump(by time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.by += by
}

func catalogOf(t *testing.T, st store.Store, clk *jumping, opts *segment.Options) (*crm.Book, *segment.Catalog) {
	t.Helper()
	book, err := crm.New(st, &crm.Options{Currency: "GBP", Now: clk.now})
	if err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, opts)
	if err != nil {
		t.Fatal(err)
	}
	return book, c
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("skipped: no time zones here: %v", err)
	}
	return loc
}

// They leave by time alone, within a second of the instant.
func TestRunTellsTime(t *testing.T) {
	london := zone(t, "Europe/London")
	for _, days := range []int{56, 57, 58, 63} { // after 1 January 2000: three nights about the change of 26 March, and a later one
		t.Run(fmt.Sprint(days), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clk := &jumping{}
				book, c := catalogOf(t, memstore.New(nil), clk, &segment.Options{Location: london})
				ctx := t.Context()
				customers(t, book, "ada")
				time.Sleep(time.Duration(days)*24*time.Hour + 7*time.Hour)
				start := clk.now()
				for id, text := range map[segment.ID]string{
					"days": "orders MATCHES (date >= -30d)", "hours": "orders MATCHES (date >= -12h)",
					"quiet": "orders NOT FOLLOWED BY orders WITHIN 2d",
				} {
					if _, err := c.Create(ctx, segment.Segment{ID: id, Name: string(id), Rule: segment.MustParse(text)}); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := c.Tick(ctx, clk.now()); err != nil { // nobody is in yet
					t.Fatal(err)
				}
				stop := running(t, c)
				time.Sleep(time.Minute)
				if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: start, Total: crm.Money{Amount: 1, Currency: "GBP"}}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				stop()
				y, m, d := start.In(london).Date()
				want := map[string]time.Time{
					"segment.entered days":  start.Add(time.Minute),
					"segment.entered hours": start.Add(time.Minute),
					"segment.left hours":    start.Add(12*time.Hour + time.Millisecond),
					"segment.entered quiet": start.In(london).AddDate(0, 0, 2).Add(time.Millisecond),
					"segment.left days":     time.Date(y, m, d+31, 0, 0, 0, 0, london),
				}
				// It runs about these instants only: forty days would take their time.
				for _, name := range []string{"segment.left hours", "segment.entered quiet", "segment.left days"} {
					time.Sleep(time.Until(want[name]) - 10*time.Second)
					stop := running(t, c)
					time.Sleep(20 * time.Second)
					stop()
				}
				got := 0
				for e, err := range book.Events.List(ctx, store.Cursor{}) {
					if err != nil {
						t.Fatal(err)
					}
					if e.Kind != segment.Entered && e.Kind != segment.Left {
						continue
					}
					got++
					at, ok := want[string(e.Kind)+" "+e.Name]
					if late := e.CreatedAt.Sub(at); !ok || late < 0 || late > time.Second {
						t.Errorf("%s %s was told at %s, want within a second of %s", e.Kind, e.Name, e.CreatedAt, at)
					}
				}
				if got != len(want) {
					t.Errorf("%d events, want %d", got, len(want))
				}
			})
		})
	}
}

func TestRunSeesClocksJump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := &jumping{}
		book, c := catalogOf(t, memstore.New(nil), clk, nil)
		ctx := t.Context()
		customers(t, book, "ada")
		if _, err := c.Create(ctx, segment.Segment{ID: "days", Name: "days", Rule: segment.MustParse("orders MATCHES (date >= -30d)")}); err != nil {
			t.Fatal(err)
		}
		if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: clk.now(), Total: crm.Money{Amount: 1, Currency: "GBP"}}); err != nil {
			t.Fatal(err)
		}
		running(t, c)
		time.Sleep(time.Hour)
		clk.jump(31 * 24 * time.Hour)
		time.Sleep(time.Second)
		list, _ := passages(t, book, store.Cursor{})
		if len(list) != 1 || list[0].Kind != segment.Left {
			t.Errorf("passages within a second of the jump = %v, want that ada left", list)
		}
	})
}

// Two processes run, stop and die at odd times, while things happen; in the end
// it is told who is in, and of everybody who came or went one after the other.
func TestRunByTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		clk := &jumping{}
		book, first := catalogOf(t, st, clk, nil)
		ctx := t.Context()
		var ids []crm.CustomerID
		for i := range 40 {
			ids = append(ids, crm.CustomerID(fmt.Sprintf("c%02d", i)))
		}
		customers(t, book, ids...)
		rules := map[segment.ID]string{
			"recent": "orders MATCHES (date >= -1d)", "hours": "count(orders MATCHES (date >= -5h)) >= 2",
			"vip": "amount_spent > 50", "lapsed": "segments CONTAINS 'vip' AND last_order_date < -20h", "few": "number_of_orders BETWEEN 1 AND 3",
		}
		for _, id := range []segment.ID{"recent", "hours", "vip", "lapsed", "few"} {
			if _, err := first.Create(ctx, segment.Segment{ID: id, Name: string(id), Rule: segment.MustParse(rules[id])}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := first.Tick(ctx, clk.now()); err != nil { // nobody is in yet
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(3, 4))
		catalogs := []*segment.Catalog{first, nil, nil}
		_, catalogs[1] = catalogOf(t, st, clk, nil)
		_, catalogs[2] = catalogOf(t, st, clk, nil)
		stops := make([]func(), len(catalogs))
		for range 60 {
			if i := rng.IntN(len(catalogs)); rng.IntN(8) == 0 {
				if stops[i] == nil {
					stops[i] = running(t, catalogs[i])
				} else {
					stops[i]()
					stops[i] = nil
				}
			}
			for range rng.IntN(4) {
				_, err := book.Orders.Record(ctx, crm.Order{
					CustomerID: ids[rng.IntN(len(ids))], OccurredAt: clk.now().Add(-time.Duration(rng.IntN(60)) * time.Hour),
					Total: crm.Money{Amount: int64(rng.IntN(3000)), Currency: "GBP"},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Duration(rng.IntN(3600)) * time.Second)
		}
		for i, stop := range stops {
			if stop == nil {
				stops[i] = running(t, catalogs[i])
			}
		}
		time.Sleep(time.Minute)
		in := map[string]bool{}
		for e, err := range book.Events.List(ctx, store.Cursor{}) {
			if err != nil {
				t.Fatal(err)
			}
			at := e.Name + " " + string(e.CustomerID)
			switch e.Kind {
			case segment.Entered, segment.Left:
				if in[at] == (e.Kind == segment.Entered) {
					t.Errorf("%s of %s at %s is told twice", e.Kind, at, e.OccurredAt)
				}
				in[at] = e.Kind == segment.Entered
			}
		}
		for id := range rules {
			var told []crm.CustomerID
			for _, customer := range ids {
				if in[string(id)+" "+string(customer)] {
					told = append(told, customer)
				}
			}
			now := all(t, first.Members(ctx, id))
			slices.Sort(now)
			if diff := cmp.Diff(now, told); diff != "" {
				t.Errorf("%s (-now +told):\n%s", id, diff)
			}
			if diff := cmp.Diff(now, was(t, first, id, clk.now())); diff != "" {
				t.Errorf("%s (-now +written):\n%s", id, diff)
			}
		}
	})
}

// What is saved is where a process that starts goes on from.
func TestRunSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		clk := &jumping{}
		book, c := catalogOf(t, st, clk, nil)
		ctx := t.Context()
		customers(t, book, "ada", "bob")
		id := create(t, c, "Buyers", "number_of_orders > 0").ID
		if err := c.Include(ctx, id, "bob"); err != nil {
			t.Fatal(err)
		}
		stop := running(t, c)
		time.Sleep(2 * time.Minute)
		if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: clk.now()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		stop()
		var log strings.Builder
		_, other := catalogOf(t, st, clk, &segment.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if diff := cmp.Diff([]crm.CustomerID{"ada", "bob"}, all(t, other.Members(ctx, id))); diff != "" {
			t.Errorf("Members (-want +got):\n%s", diff)
		}
		if strings.Contains(log.String(), "built") {
			t.Errorf("the columns were built anew: %s", log.String())
		}
	})
}

// A feed that is trimmed of what Run has not read ends nothing, whether it stood
// still meanwhile or not: who came and left is told.
func TestRunTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		clk := &jumping{}
		book, c := catalogOf(t, st, clk, nil)
		ctx := t.Context()
		customers(t, book, "ada", "bob", "cy")
		id := create(t, c, "Buyers", "orders MATCHES (date >= -1h)").ID
		if _, err := c.Tick(ctx, clk.now()); err != nil {
			t.Fatal(err)
		}
		buys := func(who crm.CustomerID) {
			if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: who, OccurredAt: clk.now()}); err != nil {
				t.Fatal(err)
			}
			head, err := book.Events.Head(ctx)
			if err == nil {
				err = st.Trim(ctx, head)
			}
			if err != nil {
				t.Fatal(err)
			}
			customers(t, book, "friend-of-"+who) // an event that is not read is what makes the cursor too old
		}
		buys("ada")
		if n, err := c.Tick(ctx, clk.now()); n != 1 || err != nil {
			t.Errorf("Tick = %d, %v, want 1", n, err)
		}
		buys("bob")
		_, second := catalogOf(t, st, clk, nil)
		for _, c := range []*segment.Catalog{c, second} {
			running(t, c)
		}
		time.Sleep(time.Minute)
		buys("cy")
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]crm.CustomerID{"ada", "bob", "cy"}, was(t, c, id, clk.now())); diff != "" {
			t.Errorf("after a minute (-want +written):\n%s", diff)
		}
		time.Sleep(time.Hour)
		if got := was(t, c, id, clk.now()); len(got) > 0 {
			t.Errorf("after an hour %v are written to be in", got)
		}
	})
}
