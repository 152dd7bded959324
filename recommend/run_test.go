package recommend_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// running runs a recommender until the test ends, or stop is called.
func running(t *testing.T, rec *recommend.Recommender) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- rec.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
	})
	t.Cleanup(stop)
	return stop
}

// small returns a store with a small shop of coffee, as of now.
func small(t *testing.T, now func() time.Time) store.Store {
	t.Helper()
	st := memstore.New(nil)
	book, err := crm.New(st, &crm.Options{Currency: "EUR", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []crm.ProductID{"coffee", "filters", "tea", "honey", "mug"} {
		_, err := book.Products.Record(t.Context(), crm.Product{
			ID: id, Title: string(id), Published: true,
			Variants: []crm.Variant{{SKU: "sku-" + string(id), Price: crm.Money{Amount: 900, Currency: "EUR"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		id := crm.CustomerID(fmt.Sprintf("customer-%02d", i))
		if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: id}); err != nil {
			t.Fatal(err)
		}
		for n := range 5 { // every thirty days, the last one 1 to 39 days ago
			products := []crm.ProductID{"coffee", "filters"}
			if i%2 > 0 {
				products = []crm.ProductID{"tea", "honey"}
			}
			order(t, book, id, now().AddDate(0, 0, -30*n-2*i-1), products...)
		}
	}
	return st
}

// told returns the events of a kind, by what they say.
func told(t *testing.T, book *crm.Book, kind crm.EventKind) []*crm.Event {
	t.Helper()
	var list []*crm.Event
	for e, err := range book.Events.List(t.Context(), store.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// One process makes models and tells what is due, the other loads them; another one
// takes its place when it stops. Nobody can tick meanwhile.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := small(t, time.Now)
		one, two := &journal{}, &journal{}
		book, first := process(t, st, time.Now, one.options())
		_, second := process(t, st, time.Now, two.options())
		stop := running(t, first)
		time.Sleep(time.Second)
		if n := one.count(isMade); n != 1 {
			t.Errorf("the first process made models %d times, want once", n)
		}
		stopSecond := running(t, second)
		time.Sleep(2 * time.Minute)
		if made, read := two.count(isMade), two.count(isRead); made+read > 0 {
			t.Errorf("the second process made models %d times, and read the book %d times, want never", made, read)
		}
		if _, err := second.Tick(t.Context(), time.Now()); !errors.Is(err, store.ErrLocked) {
			t.Errorf("Tick = %v, want %v", err, store.ErrLocked)
		}
		time.Sleep(24 * time.Hour)
		if n := one.count(isMade); n != 2 {
			t.Errorf("after a day the first process has made models %d times, want twice", n)
		}
		if n := two.count(isMade); n != 0 {
			t.Errorf("after a day the second process has made models %d times, want never", n)
		}
		if n := len(told(t, book, recommend.Learned)); n != 2 {
			t.Errorf("%d events of models, want 2", n)
		}
		built := func(rec *recommend.Recommender) time.Time {
			list, err := rec.ForCustomer(t.Context(), "", nil)
			if err != nil {
				t.Fatal(err)
			}
			return list.Built
		}
		if diff := cmp.Diff(built(first), built(second)); diff != "" {
			t.Errorf("models of the processes (-first +second):\n%s", diff)
		}
		stop()
		time.Sleep(25 * time.Hour)
		if n := two.count(isMade); n < 1 || n > 2 {
			t.Errorf("the process left over made models %d times in a day, want once or twice", n)
		}
		stopSecond()
		dues := told(t, book, recommend.Due)
		seen := map[string]bool{}
		for _, e := range dues {
			key := fmt.Sprint(e.CustomerID, e.ProductID)
			if seen[key] {
				t.Errorf("it was told twice that %s is due to buy %s", e.CustomerID, e.ProductID)
			}
			seen[key] = true
		}
		if len(dues) == 0 {
			t.Error("nobody is due to buy anything")
		}
	})
}

// A process that has nothing to do writes next to nothing.
func TestRunIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &counting{Store: small(t, time.Now)}
		_, rec := process(t, st, time.Now, nil)
		stop := running(t, rec)
		time.Sleep(time.Minute)
		before := st.updates()
		time.Sleep(time.Hour)
		// A sign of life each three seconds and a bit, and six steps.
		if n := st.updates() - before; n > 3600/3+50 {
			t.Errorf("%d transactions in an hour, want no more than signs of life", n)
		}
		stop()
	})
}

// A counting store counts and fails transactions.
type counting struct {
	store.Store
	mu   sync.Mutex
	n    int
	fail error
}

func (c *counting) updates() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (c *counting) breaks(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = err
}

func (c *counting) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	c.mu.Lock()
	c.n++
	err := c.fail
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.Store.Update(ctx, f)
}

func (c *counting) View(ctx context.Context, f func(context.Context, store.Reader) error) error {
	c.mu.Lock()
	err := c.fail
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.Store.View(ctx, f)
}

// A store that fails for some time keeps a process waiting, which then goes on.
func TestRunTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &counting{Store: small(t, time.Now)}
		j := &journal{}
		_, rec := process(t, st, time.Now, j.options())
		st.breaks(errors.New("the disk is gone"))
		stop := running(t, rec)
		time.Sleep(time.Hour)
		if n := j.count("recommendations wait for the store"); n < 1 || n > 61 {
			t.Errorf("it was tried %d times in an hour, want about once a minute", n)
		}
		st.breaks(nil)
		time.Sleep(5 * time.Minute)
		if n := j.count(isMade); n != 1 {
			t.Errorf("models were made %d times, want once", n)
		}
		stop()
	})
}

// Of rows there is nothing to run, and nothing runs within a transaction.
func TestRunNothing(t *testing.T) {
	rec, err := recommend.Learn(t.Context(), func(func(row) bool) {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, tickErr := rec.Tick(t.Context(), closing)
	if err := errors.Join(rec.Run(t.Context()), rec.Rebuild(t.Context()), tickErr); err != nil {
		t.Errorf("of rows: %v", err)
	}
	at := hand{at: closing}
	book, rec := process(t, small(t, at.now), at.now, nil)
	err = book.View(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		in := rec.In(tx)
		_, tickErr := in.Tick(ctx, closing)
		for name, err := range map[string]error{"Run": in.Run(ctx), "Rebuild": in.Rebuild(ctx), "Tick": tickErr} {
			if !errors.Is(err, crm.ErrNested) {
				t.Errorf("%s = %v, want %v", name, err, crm.ErrNested)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
