package crm_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestTail builds models from a snapshot of the book, at different times while
// others write, and keeps them with Tail: nothing is missing and nothing twice.
func TestTail(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			const writers, each, models = 3, 40, 8
			var writing, tailing sync.WaitGroup
			for w := range writers {
				writing.Go(func() {
					for n := range each {
						if _, err := book.Customers.Record(ctx, crm.Customer{ID: crm.CustomerID(fmt.Sprint("c", w, "-", n))}); err != nil {
							t.Errorf("Record: %v", err)
						}
					}
				})
			}
			want := map[crm.CustomerID]int{}
			for w := range writers {
				for n := range each {
					want[crm.CustomerID(fmt.Sprint("c", w, "-", n))] = 1
				}
			}
			for range models {
				model := map[crm.CustomerID]int{}
				var at store.Cursor
				if err := book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
					clear(model)
					for c, err := range tx.Customers.List(ctx, crm.CustomerQuery{}) {
						if err != nil {
							return err
						}
						model[c.ID]++
					}
					at, err = tx.Store().Head()
					return err
				}); err != nil {
					t.Fatal(err)
				}
				tailing.Go(func() {
					last := at
					full := errors.New("the model is full")
					grow := func(_ context.Context, batch []*crm.Event) error {
						for _, e := range batch {
							if e.Cursor.Compare(last) <= 0 && !last.IsZero() {
								t.Errorf("an event at %v after %v", e.Cursor, last)
							}
							last = e.Cursor
							model[e.CustomerID]++
						}
						if len(model) == writers*each {
							return full
						}
						return nil
					}
					if err := grow(ctx, nil); err == nil {
						if err := book.Tail(ctx, at, grow); err != full {
							t.Errorf("Tail = %v, want %v", err, full)
						}
					}
					if !maps.Equal(want, model) {
						t.Errorf("(-want +got):\n%s", cmp.Diff(want, model))
					}
				})
			}
			writing.Wait()
			tailing.Wait()
		})
	}
}

func TestTailBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		book, other := open(t, st, nil), open(t, st, &crm.Options{Namespace: "other"})
		for n := range 600 {
			record(t, book, fmt.Sprint("c", n))
			if n%2 == 0 {
				record(t, other, fmt.Sprint("c", n))
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		var sizes []int
		ended := make(chan error, 1)
		go func() {
			ended <- book.Tail(ctx, store.Cursor{}, func(ctx context.Context, batch []*crm.Event) error {
				sizes = append(sizes, len(batch))
				_, err := book.Customers.Get(ctx, batch[0].CustomerID) // it may use the book
				return err
			})
		}()
		synctest.Wait()
		record(t, other, "x") // is not told
		record(t, book, "y")
		synctest.Wait()
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Tail = %v, want %v", err, context.Canceled)
		}
		if diff := cmp.Diff([]int{256, 256, 88, 1}, sizes); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTailEnds(t *testing.T) {
	book := memory(t)
	record(t, book, "a", "b")
	if _, err := store.Trim(t.Context(), book.Store(), head(t, book)); err != nil {
		t.Fatal(err)
	}
	never := func(context.Context, []*crm.Event) error {
		t.Error("called without events")
		return nil
	}
	if err := book.Tail(t.Context(), store.Cursor{}, never); !errors.Is(err, store.ErrCursorExpired) {
		t.Errorf("Tail of what was trimmed = %v, want %v", err, store.ErrCursorExpired)
	}
	err := book.Update(t.Context(), func(ctx context.Context, _ *crm.Tx) error {
		return book.Tail(ctx, head(t, book), never)
	})
	if !errors.Is(err, crm.ErrNested) {
		t.Errorf("Tail in a transaction = %v, want %v", err, crm.ErrNested)
	}
	if err := book.Store().Close(); err != nil {
		t.Fatal(err)
	}
	if err := book.Tail(t.Context(), store.Cursor{}, never); !errors.Is(err, crm.ErrClosed) {
		t.Errorf("Tail of a closed store = %v, want %v", err, crm.ErrClosed)
	}
}
