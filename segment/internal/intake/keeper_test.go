package intake_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// Whatever happens, a base that is kept up to date, one that lags behind a book
// that goes on, one that was loaded, and one that is made anew hold the same as
// the book tells of each person.
func TestLives(t *testing.T) {
	lives, steps := evaltest.Cases(40), 150
	for seed := range uint64(lives) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLife(t, seed)
			prompt := intake.Keep(l.book, column.New(), store.Cursor{}, nil)
			var late *intake.Keeper
			apply := func(k *intake.Keeper, events []*crm.Event) {
				var err error
				if l.IntN(4) == 0 {
					err = l.book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
						_, err := k.Apply(ctx, tx, events)
						return err
					})
				} else {
					_, err = k.Apply(t.Context(), nil, events)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for n := range steps {
				l.step()
				if n == steps/3 {
					base, at := scan(t, l.book)
					late = intake.Keep(l.book, base, at, nil)
					if !same(t, "scanned", l.book, base) {
						return
					}
				}
				if l.IntN(3) == 0 {
					apply(prompt, since(t, l.book, prompt.Cursor()))
					lapse(t, prompt)
					if !same(t, fmt.Sprint("prompt, after step ", n), l.book, prompt.Base()) {
						return
					}
				}
				if late != nil && l.IntN(3) == 0 {
					// A few events of those that there are, and some of them again.
					events := since(t, l.book, late.Cursor())
					for range 2 {
						apply(late, events[:l.IntN(len(events)+1)])
					}
				}
				if late != nil && l.IntN(20) == 0 {
					if err := late.Save(t.Context(), "test", nil); err != nil {
						t.Fatal(err)
					}
					loaded, err := intake.Load(t.Context(), l.book, "test", nil)
					if err != nil {
						t.Fatal(err)
					}
					late = loaded
				}
			}
			events := since(t, l.book, late.Cursor())
			for n := range events {
				apply(late, events[n:n+1])
			}
			lapse(t, late)
			same(t, "late", l.book, late.Base())
			base, _ := scan(t, l.book)
			same(t, "scanned at the end", l.book, base)
			// All there ever was, again and at once.
			again := intake.Keep(l.book, base, store.Cursor{}, nil)
			apply(again, since(t, l.book, store.Cursor{}))
			same(t, "told from the beginning", l.book, base)
		})
	}
}

func lapse(t testing.TB, k *intake.Keeper) {
	t.Helper()
	if _, err := k.Lapse(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// A base that was read when the feed had not yet come to a fact has it once,
// whoever tells of it.
func TestContained(t *testing.T) {
	c := &clock{day(20)}
	book := open(t, c)
	ctx := t.Context()
	must(book.Customers.Create(ctx, crm.Customer{ID: "ada"}))(t)
	for name, record := range map[string]func() error{
		"a sale": func() error {
			_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: day(1), Total: eur(1)})
			return err
		},
		"a canceled order": func() error {
			_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: day(1), Total: eur(1), State: crm.StateCanceled})
			return err
		},
		"an adjustment": func() error {
			_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: day(1), Total: eur(1), Kind: crm.KindAdjustment})
			return err
		},
		"a refund": func() error {
			_, err := book.Refunds.Record(ctx, crm.Refund{CustomerID: "ada", OccurredAt: day(2), Amount: eur(1)})
			return err
		},
		"an interaction": func() error {
			_, err := book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", OccurredAt: day(3), Kind: crm.KindCall})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			base, before := scan(t, book)
			if err := record(); err != nil {
				t.Fatal(err)
			}
			events := since(t, book, before)
			prompt := intake.Keep(book, base, before, nil)
			must(prompt.Apply(ctx, nil, events))(t)
			same(t, "told of once", book, base)
			ahead, _ := scan(t, book)
			for _, own := range []bool{true, false} {
				k := intake.Keep(book, ahead, before, nil)
				apply := func(ctx context.Context, tx *crm.Tx) error {
					_, err := k.Apply(ctx, tx, events)
					return err
				}
				var err error
				if own {
					err = apply(ctx, nil)
				} else {
					err = book.View(ctx, apply)
				}
				if err != nil {
					t.Fatal(err)
				}
				same(t, fmt.Sprint("read ahead, in Views of its own ", own), book, ahead)
			}
		})
	}
}
