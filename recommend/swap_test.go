package recommend_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
)

// A watched store calls functions: before a View, which fails with what that
// returns, when something is read, and when something was written.
type watched struct {
	store.Store
	mu    sync.Mutex
	view  func() error
	read  func(key []byte)
	wrote func(key []byte)
}

func (w *watched) watch(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *watched) View(ctx context.Context, f func(context.Context, store.Reader) error) error {
	w.mu.Lock()
	view, read := w.view, w.read
	w.mu.Unlock()
	if view != nil {
		if err := view(); err != nil {
			return err
		}
	}
	return w.Store.View(ctx, func(ctx context.Context, r store.Reader) error {
		if read != nil {
			r = reader{r, read}
		}
		return f(ctx, r)
	})
}

func (w *watched) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	w.mu.Lock()
	wrote := w.wrote
	w.mu.Unlock()
	if wrote == nil {
		return w.Store.Update(ctx, f)
	}
	var keys [][]byte
	err := w.Store.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		keys = nil
		return f(ctx, writer{tx, &keys})
	})
	for _, key := range keys {
		wrote(key)
	}
	return err
}

type reader struct {
	store.Reader
	read func([]byte)
}

func (r reader) GetMany(keys [][]byte) ([][]byte, error) {
	for _, key := range keys {
		r.read(key)
	}
	return r.Reader.GetMany(keys)
}

type writer struct {
	store.Tx
	keys *[][]byte
}

func (w writer) Put(key, value []byte) {
	*w.keys = append(*w.keys, bytes.Clone(key))
	w.Tx.Put(key, value)
}

// Who objects is not in the models with the next step: also when what tells so was
// brought in by halves, and when they turn out to be one with who objected.
func TestLeavingHalfway(t *testing.T) {
	for name, leave := range map[string]func(*testing.T, *crm.Book, *watched, *recommend.Recommender){
		"the store fails": func(t *testing.T, book *crm.Book, st *watched, rec *recommend.Recommender) {
			ids := []crm.CustomerID{"customer-01"}
			for i := range 40 { // more than are read at once, of whom nothing is known
				ids = append(ids, crm.CustomerID(fmt.Sprint("stranger-", i)))
				if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: ids[len(ids)-1]}); err != nil {
					t.Fatal(err)
				}
			}
			for _, id := range ids {
				if _, err := book.Consents.Record(t.Context(), crm.Consent{CustomerID: id, Purpose: crm.PurposeProfiling, State: crm.ConsentDenied}); err != nil {
					t.Fatal(err)
				}
			}
			broken := errors.New("the disk is gone")
			for fails := 1; ; fails++ { // at the first View, at the second, and so on
				n := 0
				st.watch(func() {
					st.view = func() error {
						if n++; n == fails {
							return broken
						}
						return nil
					}
				})
				_, err := rec.ForCustomer(t.Context(), "", nil)
				st.watch(func() { st.view = nil })
				if err == nil {
					break
				}
				if !errors.Is(err, broken) || fails > 100 {
					t.Fatal(err)
				}
			}
		},
		"a merge": func(t *testing.T, book *crm.Book, _ *watched, _ *recommend.Recommender) {
			if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "quiet"}); err != nil {
				t.Fatal(err)
			}
			if _, err := book.Consents.Record(t.Context(), crm.Consent{CustomerID: "quiet", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied}); err != nil {
				t.Fatal(err)
			}
			if _, err := book.Customers.Merge(t.Context(), "quiet", "customer-01"); err != nil {
				t.Fatal(err)
			}
		},
		"only a merge": func(t *testing.T, book *crm.Book, _ *watched, _ *recommend.Recommender) {
			if _, err := book.Customers.Merge(t.Context(), "customer-03", "customer-01"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := hand{at: closing}
			st := &watched{Store: small(t, at.now)}
			j := &journal{}
			book, rec := process(t, st, at.now, j.options())
			if _, err := rec.Tick(t.Context(), at.now()); err != nil {
				t.Fatal(err)
			}
			leave(t, book, st, rec)
			at.put(closing.Add(time.Hour))
			if _, err := rec.Tick(t.Context(), at.now()); err != nil {
				t.Fatal(err)
			}
			want := 2
			if name == "only a merge" { // of whom everything is known still
				want = 1
			}
			if n := j.count(isMade); n != want {
				t.Errorf("models were made %d times, want %d", n, want)
			}
		})
	}
}

// What other books write into the same store, and what is trimmed of it, ends
// nothing: what is known is saved, and loaded.
func TestTrimmedBeside(t *testing.T) {
	inner := demo(t, 60, 40)
	at := hand{at: closing}
	j := &journal{}
	_, rec := process(t, inner, at.now, j.options())
	if err := rec.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	beside, err := crm.New(inner, &crm.Options{Currency: "EUR", Namespace: "beside", Now: at.now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if _, err := beside.Customers.Create(t.Context(), crm.Customer{ID: crm.CustomerID(fmt.Sprint("other-", i))}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := rec.ForCustomer(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	head, err := beside.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := inner.Trim(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	if err := rec.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, second := process(t, inner, at.now, j.options())
	if _, err := second.ForCustomer(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	if made, read := j.count(isMade), j.count(isRead); made != 2 || read != 1 {
		t.Errorf("models were made %d times and the book read %d times, want twice and once", made, read)
	}
}

// A follower that stood still for longer than the feed is kept goes on.
func TestTrimmedFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := small(t, time.Now)
		trimmer, _ := store.As[store.Trimmer](st)
		j := &journal{}
		book, rec := process(t, st, time.Now, j.options())
		trim := func() {
			order(t, book, "customer-02", time.Now(), "mug")
			order(t, book, "customer-04", time.Now(), "mug")
			head, err := book.Events.Head(t.Context())
			if err == nil {
				err = trimmer.Trim(t.Context(), head)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if _, err := rec.Tick(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
			trim()
		}
		stop := running(t, rec)
		time.Sleep(25 * time.Hour)
		stop()
		if n := j.count(isMade); n != 2 {
			t.Errorf("models were made %d times, want twice", n)
		}
	})
}

// While one loads what another process made, or saves what it made itself, the
// others are answered, and what is bought meanwhile counts.
func TestAnswersMeanwhile(t *testing.T) {
	for _, name := range []string{"loads models", "saves models", "saves orders"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := &watched{Store: small(t, time.Now)}
				book, first := process(t, st, time.Now, nil)
				_, second := process(t, st, time.Now, nil)
				for _, rec := range []*recommend.Recommender{first, second} {
					if err := rec.Rebuild(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Hour)
				busy, free := make(chan struct{}), make(chan struct{})
				var one sync.Once
				at := func(part string) func([]byte) {
					return func(key []byte) {
						if bytes.Contains(key, []byte(part)) {
							one.Do(func() {
								close(busy)
								<-free
							})
						}
					}
				}
				switch name {
				case "loads models":
					if err := first.Rebuild(t.Context()); err != nil {
						t.Fatal(err)
					}
					st.watch(func() { st.read = at("/models") })
				case "saves models":
					st.watch(func() { st.wrote = at("/models") })
				case "saves orders":
					st.watch(func() { st.wrote = at("/ledger") })
				}
				var all sync.WaitGroup
				all.Go(func() {
					if name == "loads models" {
						if _, err := second.ForCustomer(t.Context(), "", nil); err != nil {
							t.Error(err)
						}
					} else if err := second.Rebuild(t.Context()); err != nil {
						t.Error(err)
					}
				})
				<-busy
				order(t, book, "customer-02", time.Now(), "mug")
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				list, err := second.ForCustomer(ctx, "customer-02", &recommend.Query{Rest: 1})
				if err != nil {
					t.Errorf("a question meanwhile: %v", err)
				} else if slices.ContainsFunc(list.Items, func(i crm.Recommendation) bool { return i.ProductID == "mug" }) {
					t.Error("the mug was bought just now, and is in the list")
				}
				close(free)
				all.Wait()
				built, err := second.ForCustomer(t.Context(), "", nil)
				if err != nil || time.Since(built.Built) > time.Minute+time.Second {
					t.Errorf("models of %v in the end, %v", built.Built, err)
				}
			})
		})
	}
}

// Many ask while the feed moves, is trimmed and so has the book read anew, while
// models are made and loaded, and contexts end; in the end the book closes. No
// answer has what was sold out or bought before it was asked for, and none fails but
// for what was to end it.
func TestAskedByMany(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	inner := small(t, time.Now)
	trimmer, _ := store.As[store.Trimmer](inner)
	st := &watched{Store: inner}
	book, one := process(t, st, time.Now, nil)
	_, two := process(t, st, time.Now, nil)
	recs := []*recommend.Recommender{one, two}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var questions atomic.Int64
	var mu sync.Mutex
	soldOut := map[crm.ProductID]bool{}
	ended := func(err error) bool {
		return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, crm.ErrClosed)
	}
	var shop, askers sync.WaitGroup
	upkeep := func(what string, f func(n int) error) {
		shop.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := f(n); err != nil && !ended(err) {
					t.Errorf("%s: %v", what, err)
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	buy := func(id crm.CustomerID, products ...crm.ProductID) error {
		o := crm.Order{CustomerID: id, OccurredAt: time.Now(), Currency: "EUR"}
		for _, p := range products {
			o.Items = append(o.Items, crm.Item{ProductID: p, Quantity: 1, Price: crm.Money{Amount: 500, Currency: "EUR"}})
		}
		_, err := book.Orders.Record(ctx, o)
		return err
	}
	upkeep("rebuild", func(n int) error { return recs[n%2].Rebuild(ctx) })
	upkeep("tick", func(n int) error {
		_, err := recs[n%2].Tick(ctx, time.Now())
		if errors.Is(err, store.ErrLocked) {
			err = nil
		}
		return err
	})
	upkeep("sell out", func(int) error {
		mu.Lock()
		n := len(soldOut)
		mu.Unlock()
		if int64(n) > questions.Load() { // or the shop would grow for as long as a slow machine takes
			return nil
		}
		id := crm.ProductID(fmt.Sprint("rare-", n))
		p := crm.Product{ID: id, Title: "Rare", Published: true}
		if _, err := book.Products.Record(ctx, p); err != nil {
			return err
		}
		if err := buy(crm.CustomerID(fmt.Sprintf("customer-%02d", n%5)), id, "coffee"); err != nil {
			return err
		}
		p.Published = false
		if _, err := book.Products.Record(ctx, p); err != nil {
			return err
		}
		mu.Lock()
		soldOut[id] = true
		mu.Unlock()
		return nil
	})
	upkeep("leave", func(n int) error {
		if n%20 != 0 {
			return nil
		}
		id := crm.CustomerID(fmt.Sprint("guest-", n))
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
			return err
		}
		if err := buy(id, "mug"); err != nil {
			return err
		}
		_, err := book.Privacy.Erase(ctx, id)
		return err
	})
	upkeep("trim", func(n int) error {
		if n%50 != 49 {
			return nil
		}
		head, err := book.Events.Head(ctx)
		if err == nil {
			err = trimmer.Trim(ctx, head)
		}
		return err
	})
	for g := range 8 {
		askers.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(g)))
			who := crm.CustomerID(fmt.Sprintf("customer-%02d", 10+g))
			for n := range rounds {
				rec := recs[r.IntN(2)]
				mu.Lock()
				gone := make(map[crm.ProductID]bool, len(soldOut))
				for id := range soldOut {
					gone[id] = true
				}
				mu.Unlock()
				ctx, cancel := ctx, context.CancelFunc(func() {})
				if r.IntN(6) == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(2000))*time.Microsecond)
				}
				q := &recommend.Query{N: 50}
				if n%5 == 0 {
					order(t, book, who, time.Now(), "tea")
					q.Rest, gone["tea"] = 1, true
				}
				asked := []func() (*recommend.List, error){
					func() (*recommend.List, error) { return rec.ForCustomer(ctx, who, q) },
					func() (*recommend.List, error) { return rec.BuyAgain(ctx, who, q) },
					func() (*recommend.List, error) { return rec.ForCart(ctx, who, []crm.ProductID{"coffee"}, q) },
					func() (*recommend.List, error) {
						for list, err := range rec.Batch(ctx, audience{who}.Members(ctx), q) {
							return list, err
						}
						return &recommend.List{}, nil
					},
				}
				list, err := asked[r.IntN(len(asked))]()
				questions.Add(1)
				cancel()
				if err != nil {
					if ctx.Err() == nil || !ended(err) {
						t.Errorf("%s is told %v", who, err)
					}
					continue
				}
				in := map[crm.ProductID]bool{}
				for _, item := range list.Items {
					if gone[item.ProductID] || in[item.ProductID] {
						t.Errorf("%s is in the list of %s", item.ProductID, who)
					}
					in[item.ProductID] = true
				}
			}
		})
	}
	askers.Wait()
	if err := inner.Close(); err != nil {
		t.Error(err)
	}
	if _, err := one.ForCustomer(t.Context(), "", nil); !errors.Is(err, crm.ErrClosed) {
		t.Errorf("of a closed book: %v, want %v", err, crm.ErrClosed)
	}
	if err := one.Run(t.Context()); !errors.Is(err, crm.ErrClosed) {
		t.Errorf("Run of a closed book: %v, want %v", err, crm.ErrClosed)
	}
	cancel()
	shop.Wait()
}
