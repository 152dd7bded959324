package segment_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A meddled store lets something happen before it reads or writes, or at the end
// of a transaction.
type meddled struct {
	store.Store
	mu     sync.Mutex
	before func() error
	within atomic.Pointer[func()]
}

func (m *meddled) Unwrap() store.Store { return m.Store }

// meddle sets what happens before each call. It is not done while it is being done.
func (m *meddled) meddle(f func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = f
}

func (m *meddled) step() error {
	m.mu.Lock()
	f := m.before
	m.before = nil
	m.mu.Unlock()
	if f == nil {
		return nil
	}
	defer m.meddle(f)
	return f()
}

func (m *meddled) View(ctx context.Context, f func(context.Context, store.Reader) error) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.Store.View(ctx, f)
}

func (m *meddled) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.Store.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		err := f(ctx, tx)
		if within := m.within.Load(); within != nil {
			(*within)()
		}
		return err
	})
}

func (m *meddled) Feed(ctx context.Context, after store.Cursor) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if err := m.step(); err != nil {
			yield(store.Entry{}, err)
			return
		}
		m.Store.Feed(ctx, after)(yield)
	}
}

// meddledBook is an empty book in a meddled store, and its catalog.
func meddledBook(t *testing.T) (*meddled, *crm.Book, *segment.Catalog) {
	t.Helper()
	st := &meddled{Store: memstore.New(nil)}
	book, err := crm.New(st, &crm.Options{Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	return st, book, c
}

func settled(t *testing.T, book *crm.Book, c *segment.Catalog) {
	t.Helper()
	if _, err := c.Tick(t.Context(), book.Now()); err != nil {
		t.Fatal(err)
	}
}

// Whoever asks may be gone before the columns are up to date, at every moment:
// what became of memberships is told all the same.
func TestTickAfterFailure(t *testing.T) {
	broken := errors.New("broken")
	for at, failed := 1, true; failed; at++ {
		failed = false
		st, book, c := meddledBook(t)
		ctx := t.Context()
		ids := []crm.CustomerID{"ada", "bob", "cyd"}
		for i := range 100 { // more than are read at once
			ids = append(ids, crm.CustomerID(fmt.Sprintf("c%02d", i)))
		}
		customers(t, book, ids...)
		everybody := create(t, c, "Everybody", "number_of_orders >= 0").ID
		settled(t, book, c)
		if _, err := book.Customers.Merge(ctx, "ada", "bob"); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids[2:] {
			if _, err := book.Customers.Update(ctx, id, func(v *crm.Customer) error { v.Tags = []string{"new"}; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		calls := 0
		st.meddle(func() error {
			if calls++; calls == at {
				failed = true
				return broken
			}
			return nil
		})
		if _, err := c.Count(ctx, everybody); failed != errors.Is(err, broken) {
			t.Fatalf("call %d: Count: %v", at, err)
		}
		st.meddle(nil)
		settled(t, book, c)
		list, _ := passages(t, book, store.Cursor{})
		if len(list) != 1 || list[0].Customer != "ada" || list[0].Kind != segment.Left {
			t.Errorf("call %d failed: passages = %v, want that ada left", at, list)
		}
	}
}

// The shop picks customers at every moment while it is found out who is in.
func TestTickWhilePicked(t *testing.T) {
	for at, picked := 1, true; picked; at++ {
		picked = false
		st, book, c := meddledBook(t)
		ctx := t.Context()
		customers(t, book, "ada", "bob")
		list := create(t, c, "List", "number_of_orders > 5").ID
		user := create(t, c, "User", "segments CONTAINS 'List'").ID
		calls := 0
		st.meddle(func() error {
			if calls++; calls != at {
				return nil
			}
			picked = true
			return c.Include(ctx, list, "ada")
		})
		settled(t, book, c)
		st.meddle(nil)
		settled(t, book, c)
		var want []crm.CustomerID
		if picked {
			want = []crm.CustomerID{"ada"}
		}
		for _, id := range []segment.ID{list, user} {
			if diff := cmp.Diff(want, all(t, c.Members(ctx, id))); diff != "" {
				t.Errorf("call %d: Members (-want +got):\n%s", at, diff)
			}
			if diff := cmp.Diff(want, was(t, c, id, book.Now())); diff != "" {
				t.Errorf("call %d: MembersAt (-want +got):\n%s", at, diff)
			}
		}
	}
}

// While more is told than one transaction takes, a segment is made, and found out
// about before the first one is committed: the rest is told, too.
func TestFollowWhileMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, book, c := meddledBook(t)
		ctx, cancel := context.WithCancel(t.Context())
		var ids []crm.CustomerID
		for i := range 1200 {
			ids = append(ids, crm.CustomerID(fmt.Sprintf("c%04d", i)))
		}
		customers(t, book, ids...)
		buyers := create(t, c, "Buyers", "number_of_orders > 0").ID
		done := make(chan error, 1)
		go func() { done <- segment.Follow(ctx, c) }()
		settle := func() {
			if err := segment.Settle(ctx, c); err != nil {
				t.Error(err)
			}
		}
		for range 10 { // to begin with
			time.Sleep(time.Second)
			settle()
		}
		if err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
			for _, id := range ids {
				if _, err := tx.Orders.Record(ctx, crm.Order{CustomerID: id, OccurredAt: book.Now()}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		settle()
		var updates atomic.Int32
		st.within.Store(new(func() {
			if updates.Add(1) == 3 { // after that of Create, and of who follows it
				settle()
			}
		}))
		create(t, c, "Others", "number_of_orders = 0")
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		list, _ := passages(t, book, store.Cursor{})
		if len(list) != len(ids) {
			t.Errorf("%d passages, want %d", len(list), len(ids))
		}
		if n := len(was(t, c, buyers, book.Now())); n != len(ids) {
			t.Errorf("%d in %s, want %d", n, buyers, len(ids))
		}
	})
}

// Run and Tick at once, of one catalog.
func TestTickWhileRunning(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	buyers := create(t, c, "Buyers", "number_of_orders > 0").ID
	stop := running(t, c)
	var wait sync.WaitGroup
	for _, id := range []crm.CustomerID{"ada", "bob"} {
		wait.Go(func() {
			for i := range 50 {
				if i == 25 {
					buy(t, book, id, 0, 1)
				}
				if _, err := c.Tick(ctx, book.Now()); err != nil && !errors.Is(err, store.ErrLocked) {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	stop()
	settled(t, book, c)
	if list := was(t, c, buyers, book.Now()); len(list) != 2 {
		t.Errorf("MembersAt = %v, want both", list)
	}
}

// Within a transaction a long history is refused, and the segment stays.
func TestDeleteWithin(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	seg := create(t, c, "Some", "NOBODY").ID
	record := func(n int) {
		t.Helper()
		for part := range slices.Chunk(make([]segment.Transition, n), 2000) {
			for i := range part {
				part[i] = segment.Transition{SegmentID: seg, CustomerID: crm.CustomerID(fmt.Sprintf("%0100d", i)), At: noon.Add(time.Duration(n) * time.Second)}
			}
			n--
			if err := segment.Record(ctx, c, map[segment.ID]int{seg: 1}, part...); err != nil {
				t.Fatal(err)
			}
		}
	}
	within := func() error {
		return book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error { return c.In(tx).Delete(ctx, seg) })
	}
	record(40_000)
	if err := within(); !errors.Is(err, store.ErrTooLarge) || strings.Contains(err.Error(), "000") {
		t.Errorf("Delete within a transaction: %v, want %v", err, store.ErrTooLarge)
	}
	if _, err := c.Get(ctx, seg); err != nil {
		t.Errorf("Get: %v", err)
	}
	if err := c.Delete(ctx, seg); err != nil {
		t.Error(err)
	}
	seg = create(t, c, "Some", "NOBODY").ID
	record(300)
	if err := within(); err != nil {
		t.Error(err)
	}
	for range c.Transitions(ctx, seg, time.Time{}, time.Time{}) {
		t.Fatal("transitions are left")
	}
}
