package segment_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// timed returns a catalog of an empty book whose clock stands at noon.
func timed(t *testing.T, opts *segment.Options) (*clock, *crm.Book, *segment.Catalog) {
	t.Helper()
	clk := &clock{at: noon}
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "GBP", Now: clk.now})
	if err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, opts)
	if err != nil {
		t.Fatal(err)
	}
	return clk, book, c
}

// A passage is an event of a membership.
type passage struct {
	Kind     crm.EventKind
	Customer crm.CustomerID
	Segment  string
	Cause    string
	At       time.Time
}

// passages returns those after a cursor, and the next cursor.
func passages(t *testing.T, book *crm.Book, after store.Cursor) ([]passage, store.Cursor) {
	t.Helper()
	var list []passage
	for e, err := range book.Events.List(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == segment.Entered || e.Kind == segment.Left {
			list = append(list, passage{e.Kind, e.CustomerID, e.Name, e.Changes[0].To, e.OccurredAt})
		}
		after = e.Cursor
	}
	return list, after
}

func tick(t *testing.T, clk *clock, c *segment.Catalog, want int) {
	t.Helper()
	n, err := c.Tick(t.Context(), clk.now())
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("Tick at %s = %d, want %d", clk.now(), n, want)
	}
}

func TestTick(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd")
	buy(t, book, "ada", 10, 501)
	for id, text := range map[segment.ID]string{"recent": "orders MATCHES (date >= -30d)", "vip": "amount_spent > 500"} {
		if _, err := c.Create(ctx, segment.Segment{ID: id, Name: "The " + string(id), Rule: segment.MustParse(text)}); err != nil {
			t.Fatal(err)
		}
	}
	var at store.Cursor
	expect := func(want ...passage) {
		t.Helper()
		var got []passage
		got, at = passages(t, book, at)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("passages (-want +got):\n%s", diff)
		}
	}
	tick(t, clk, c, 0) // who is in already is not news
	expect()
	if diff := cmp.Diff([]crm.CustomerID{"ada"}, was(t, c, "vip", noon)); diff != "" {
		t.Errorf("MembersAt (-want +got):\n%s", diff)
	}

	clk.set(noon.Add(time.Minute))
	buy(t, book, "bob", 0, 600)
	tick(t, clk, c, 2)
	expect(
		passage{segment.Entered, "bob", "recent", "order.recorded", noon.Add(time.Minute)},
		passage{segment.Entered, "bob", "vip", "order.recorded", noon.Add(time.Minute)},
	)
	tick(t, clk, c, 0)

	// An event that changes no membership writes nothing.
	head, err := book.Events.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tick(t, clk, c, 0)
	if now, err := book.Events.Head(ctx); err != nil || now != head {
		t.Errorf("the feed is at %v, %v, want %v", now, err, head)
	}

	// The thirtieth day of ada's order ends with 5 July.
	clk.set(time.Date(2025, 7, 5, 23, 59, 59, 999e6, time.UTC))
	tick(t, clk, c, 0)
	expect()
	clk.set(time.Date(2025, 7, 6, 0, 0, 0, 0, time.UTC))
	tick(t, clk, c, 1)
	expect(passage{segment.Left, "ada", "recent", "time", clk.now()})

	// Nobody looked for a while.
	other, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	clk.set(time.Date(2025, 8, 1, 9, 0, 0, 0, time.UTC))
	buy(t, book, "cyd", -46, 900) // yesterday
	tick(t, clk, other, 3)
	expect(
		passage{segment.Left, "bob", "recent", "found", clk.now()},
		passage{segment.Entered, "cyd", "recent", "found", clk.now()},
		passage{segment.Entered, "cyd", "vip", "found", clk.now()},
	)
	tick(t, clk, c, 0) // the first one again, after the other

	// Who is merged leaves, as they are another now; un-merged, they come back.
	clk.set(clk.now().Add(time.Hour))
	if _, err := book.Customers.Merge(ctx, "cyd", "bob"); err != nil {
		t.Fatal(err)
	}
	tick(t, clk, c, 3)
	expect(
		passage{segment.Left, "cyd", "recent", "customer.merged", clk.now()},
		passage{segment.Left, "cyd", "vip", "customer.merged", clk.now()},
		passage{segment.Entered, "bob", "recent", "customer.merged", clk.now()},
	)
	clk.set(clk.now().Add(time.Hour))
	if _, err := book.Customers.Unmerge(ctx, "cyd"); err != nil {
		t.Fatal(err)
	}
	tick(t, clk, c, 3)
	expect(
		passage{segment.Left, "bob", "recent", "customer.unmerged", clk.now()},
		passage{segment.Entered, "cyd", "recent", "customer.unmerged", clk.now()},
		passage{segment.Entered, "cyd", "vip", "customer.unmerged", clk.now()},
	)

	// Of who was erased nothing is told.
	if _, err := book.Privacy.Erase(ctx, "cyd"); err != nil {
		t.Fatal(err)
	}
	tick(t, clk, c, 0)
	expect()
	if n, err := c.Count(ctx, "vip"); err != nil || n != 2 {
		t.Errorf("Count = %d, %v, want 2", n, err)
	}
}

// Who was merged or erased while nobody looked: the one is told to have left, of
// the other nothing stays, and the days add up.
func TestTickAfterwards(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd")
	if _, err := c.Create(ctx, segment.Segment{ID: "all", Name: "All", Rule: segment.All()}); err != nil {
		t.Fatal(err)
	}
	tick(t, clk, c, 0)
	if _, err := book.Customers.Merge(ctx, "ada", "bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Privacy.Erase(ctx, "cyd"); err != nil {
		t.Fatal(err)
	}
	// As if cyd had come in while the erasure was going on.
	if err := segment.Call(ctx, c, "all", clk.now(), []crm.CustomerID{"ada", "bob", "cyd"}); err != nil {
		t.Fatal(err)
	}
	other, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	clk.set(noon.Add(time.Hour))
	tick(t, clk, other, 1)
	list, _ := passages(t, book, store.Cursor{})
	if want := []passage{{segment.Left, "ada", "all", "customer.merged", clk.now()}}; !cmp.Equal(want, list) {
		t.Errorf("passages = %v, want %v", list, want)
	}
	if diff := cmp.Diff([]crm.CustomerID{"bob"}, was(t, c, "all", clk.now())); diff != "" {
		t.Errorf("MembersAt (-want +got):\n%s", diff)
	}
	if list := was(t, c, "all", noon); len(list) != 2 {
		t.Errorf("MembersAt before = %v, want nobody who was erased", list)
	}
	days, err := c.Growth(ctx, "all", noon, noon)
	if err != nil || len(days) != 1 || days[0].Members != 1 {
		t.Errorf("Growth = %v, %v, want one member", days, err)
	}
}

// Shares of all customers are worked out once a day, and everybody is told by the
// same ones meanwhile.
func TestTickEdges(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd", "dee")
	for i, id := range []crm.CustomerID{"ada", "bob", "cyd", "dee"} {
		buy(t, book, id, 1, int64(100*(i+1)))
	}
	if _, err := c.Create(ctx, segment.Segment{ID: "best", Name: "Best", Rule: segment.MustParse("amount_spent IN TOP 1")}); err != nil {
		t.Fatal(err)
	}
	expect := func(want ...crm.CustomerID) {
		t.Helper()
		if diff := cmp.Diff(want, all(t, c.Members(ctx, "best"))); diff != "" {
			t.Errorf("Members (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, was(t, c, "best", clk.now())); diff != "" {
			t.Errorf("MembersAt (-want +got):\n%s", diff)
		}
	}
	tick(t, clk, c, 0)
	expect("dee")
	clk.set(noon.Add(time.Hour))
	buy(t, book, "ada", 0, 500) // more than dee, who stays until tomorrow
	tick(t, clk, c, 1)
	expect("ada", "dee")
	clk.set(noon.Add(24 * time.Hour))
	tick(t, clk, c, 1)
	expect("ada")
	list, _ := passages(t, book, store.Cursor{})
	if last := list[len(list)-1]; last.Kind != segment.Left || last.Customer != "dee" || last.Cause != segment.CauseEdges {
		t.Errorf("the last passage is %v, want that dee left by other edges", last)
	}
}
