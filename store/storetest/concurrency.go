package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var concurrencyLaws = []law{
	{"ThirtyTwoWritersCount", func(s *suite) {
		const writers, each = 32, 8
		s.together(writers, func(ctx context.Context, i int) error {
			for range each {
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					add := func(key string) {
						n, _ := strconv.Atoi(get(tx, key))
						put(tx, key, strconv.Itoa(n+1))
					}
					add("shared")
					add(fmt.Sprintf("own%02d", i))
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		var want []string
		for i := range writers {
			want = append(want, fmt.Sprintf("own%02d=%d", i, each))
		}
		want = append(want, fmt.Sprintf("shared=%d", writers*each))
		if diff := cmp.Diff(want, s.dump()); diff != "" {
			s.Errorf("increments were lost (-want +got):\n%s", diff)
		}
	}},
	{"WritersOfDifferentKeys", func(s *suite) {
		const writers, each = 16, 8
		s.together(writers, func(ctx context.Context, i int) error {
			for n := range each {
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					put(tx, fmt.Sprintf("%02d-%02d", i, n), "v")
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if got := len(s.dump()); got != writers*each {
			s.Errorf("%d keys were written, %d are there", writers*each, got)
		}
	}},
	{"MoneyIsConserved", func(s *suite) {
		const accounts, total = 8, 800
		s.update(func(tx store.Tx) {
			for _, key := range keys("acc", accounts) {
				put(tx, key, strconv.Itoa(total/accounts))
			}
		})
		sum := func(r store.Reader) (sum int) {
			for kv, err := range r.Scan(store.Range{}) {
				if err != nil {
					s.Errorf("Scan: %v", err)
				}
				n, _ := strconv.Atoi(string(kv.Value))
				sum += n
			}
			return sum
		}
		s.together(8, func(ctx context.Context, i int) error {
			dice := rand.New(rand.NewPCG(uint64(i), 1))
			for range 15 {
				if i%4 == 3 {
					err := s.st.View(ctx, func(_ context.Context, r store.Reader) error {
						if got := sum(r); got != total {
							s.Errorf("a View sums up %d, want %d", got, total)
						}
						return nil
					})
					if err != nil {
						return err
					}
					continue
				}
				from, to := fmt.Sprintf("acc%04d", dice.IntN(accounts)), fmt.Sprintf("acc%04d", dice.IntN(accounts))
				var saw int
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					a, _ := strconv.Atoi(get(tx, from))
					put(tx, from, strconv.Itoa(a-1))
					b, _ := strconv.Atoi(get(tx, to))
					put(tx, to, strconv.Itoa(b+1))
					saw = sum(tx)
					return nil
				})
				if err != nil {
					return err
				}
				if saw != total {
					s.Errorf("a committed Update sums up %d, want %d", saw, total)
				}
			}
			return nil
		})
		s.view(func(r store.Reader) {
			if got := sum(r); got != total {
				s.Errorf("in the end %d, want %d", got, total)
			}
		})
	}},
	{"AtMostOneOnCall", func(s *suite) {
		// Every writer may go only while another stays: write skew over a scan.
		const doctors = 6
		s.update(func(tx store.Tx) { putAll(tx, keys("doc", doctors)) })
		s.together(doctors, func(ctx context.Context, i int) error {
			return s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				if len(scan(s, tx, store.Range{KeysOnly: true})) > 1 {
					tx.Delete(fmt.Appendf(nil, "doc%04d", i))
				}
				return nil
			})
		})
		if got := s.dump(); len(got) != 1 {
			s.Errorf("left on call: %q, want one", got)
		}
	}},
	{"OnlyTheLastRunCounts", func(s *suite) {
		// A callback that is repeated leaves nothing of its former runs.
		const writers, each = 8, 6
		s.together(writers, func(ctx context.Context, i int) error {
			for n := range each {
				runs, hook := 0, 0
				err := s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					runs++
					run := runs
					put(tx, "shared", get(tx, "shared")+"+", fmt.Sprintf("%d-%d-%d", i, n, run), "v")
					tx.Emit(fmt.Sprintf("%d-%d", i, n), []byte(strconv.Itoa(run)))
					tx.AfterCommit(func() { hook = run })
					return nil
				})
				if err != nil {
					return err
				}
				if hook != runs {
					s.Errorf("AfterCommit of run %d of %d ran", hook, runs)
				}
				err = s.st.View(ctx, func(_ context.Context, r store.Reader) error {
					want := []string{fmt.Sprintf("%d-%d-%d", i, n, runs)}
					got := scan(s, r, withoutValues(store.Prefix(fmt.Appendf(nil, "%d-%d-", i, n))))
					if diff := cmp.Diff(want, got); diff != "" {
						s.Errorf("keys of an Update that ran %d times (-want +got):\n%s", runs, diff)
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if got := len(s.feed(store.Cursor{})); got != writers*each {
			s.Errorf("the feed holds %d entries, want %d", got, writers*each)
		}
	}},
	{"HistoryIsSerializable", historyIsSerializable},
	{"NoGoroutineIsLeft", func(s *suite) {
		before := runtime.NumGoroutine()
		st := s.make(s.T)
		s.st = st
		s.together(8, func(ctx context.Context, i int) error {
			ctx, cancel := context.WithTimeout(ctx, moment)
			defer cancel()
			err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				put(tx, "a", get(tx, "a")+"+")
				tx.Emit("t", nil)
				return nil
			})
			if err != nil {
				return err
			}
			for range s.st.Feed(ctx, store.Cursor{}) {
				break
			}
			var last store.Cursor
			for e := range s.st.Feed(s.Context(), store.Cursor{}) {
				last = e.Cursor
			}
			for s.st.Wait(ctx, last) == nil && ctx.Err() == nil {
				runtime.Gosched()
			}
			return nil
		})
		if err := st.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
		for deadline := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(moment / 10) {
			if time.Now().After(deadline) {
				stacks := make([]byte, 1<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				s.Fatalf("%d goroutines before, %d after Close:\n%s", before, runtime.NumGoroutine(), stacks)
			}
		}
	}},
}
