package intake

import (
	"context"
	"math"
	"sync"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Progress is how many records a [Scan] has read.
type Progress struct {
	Products, Orders, Refunds, Interactions int64
}

// pageSize is how many records are read in one View, which is over in some
// milliseconds.
const pageSize = 1000

// Scan returns a Keeper of a whole book. It stands where the feed did before
// anything was read: whatever changes meanwhile is told from there, and brought in
// by Apply. Scan reads one table after the other, in short Views, and keeps little
// beside the ledger. It calls progress now and then, unless it is nil. It returns
// ctx's error, or one of the store.
func Scan(ctx context.Context, book *crm.Book, o Options, progress func(Progress)) (*Keeper, error) {
	at, err := book.Events.Head(ctx)
	if err != nil {
		return nil, err
	}
	k := newKeeper(book, o)
	k.at.Store(&at)
	s := &scan{keeper: k, tell: progress, known: map[crm.CustomerID]standing{}}
	for _, step := range []func(context.Context) error{s.products, s.orders, s.refunds, s.interactions} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	k.finish(o)
	return k, nil
}

// finish makes what is kept beside the ledger.
func (k *Keeper) finish(o Options) {
	k.ledger.Call(k.called)
	if o.Pairs > 0 {
		k.pairs = k.ledger.Pairs(o.Pairs)
	}
}

type scan struct {
	keeper *Keeper
	done   Progress
	tell   func(Progress)
	known  map[crm.CustomerID]standing // of whom the ledger does not have
}

// mostKnown is how many standings are remembered at most, some 20 MB.
const mostKnown = 200_000

func (s *scan) read(counter *int64, n int) {
	if *counter += int64(n); s.tell != nil {
		s.tell(s.done)
	}
}

func (s *scan) products(ctx context.Context) error {
	return readGoods(ctx, s.keeper, func(n int) { s.read(&s.done.Products, n) })
}

// readGoods puts the whole catalog into the goods of a keeper.
func readGoods(ctx context.Context, k *Keeper, count func(n int)) error {
	return ahead(ctx, k.book, func(ctx context.Context, tx *crm.Tx, after string) ([]*crm.Product, string, error) {
		page, err := tx.Products.Page(ctx, crm.ProductQuery{Limit: pageSize, After: after})
		return page.Items, page.Next, err
	}, func(_ context.Context, list []*crm.Product) error {
		for _, p := range list {
			k.goods.Put(p)
		}
		count(len(list))
		return nil
	})
}

// An owned thing is of whom an id is of.
type owned[T any] struct {
	of crm.CustomerID
	v  T
}

func (s *scan) orders(ctx context.Context) error {
	k := s.keeper
	type order struct {
		basket ledger.Basket
		gift   bool
	}
	return ahead(ctx, k.book, func(ctx context.Context, tx *crm.Tx, after string) (list []owned[order], next string, err error) {
		page, err := tx.Orders.Page(ctx, crm.OrderQuery{Limit: pageSize, After: after})
		if err != nil {
			return nil, "", err
		}
		list = make([]owned[order], 0, len(page.Items))
		for _, o := range page.Items {
			b, _ := k.days.basketOf(o) // no lines say that it is none
			list = append(list, owned[order]{o.CustomerID, order{b, gift(o)}})
		}
		return list, page.Next, nil
	}, func(ctx context.Context, list []owned[order]) error {
		return enter(ctx, s, &s.done.Orders, list, func(who standing, o *order) {
			if who.trust == gone || len(o.basket.Lines) == 0 {
				return
			}
			if who.trust == open && !o.gift {
				o.basket.Customer = string(who.who)
			}
			k.ledger.Put(o.basket)
		})
	})
}

func (s *scan) refunds(ctx context.Context) error {
	k := s.keeper
	return ahead(ctx, k.book, func(ctx context.Context, tx *crm.Tx, after string) (list []owned[ledger.Basket], next string, err error) {
		page, err := tx.Refunds.Page(ctx, crm.RefundQuery{Limit: pageSize, After: after})
		if err != nil {
			return nil, "", err
		}
		for _, r := range page.Items {
			b, ok, err := k.days.returnOf(ctx, tx, r)
			if err != nil {
				return nil, "", err
			}
			if !ok {
				b.Lines = nil
			}
			list = append(list, owned[ledger.Basket]{r.CustomerID, b})
		}
		return list, page.Next, nil
	}, func(ctx context.Context, list []owned[ledger.Basket]) error {
		return enter(ctx, s, &s.done.Refunds, list, func(who standing, b *ledger.Basket) {
			if who.who != "" && who.trust == open {
				b.Customer = string(who.who)
				k.ledger.Put(*b)
			}
		})
	})
}

func (s *scan) interactions(ctx context.Context) error {
	k := s.keeper
	today := int32(0)
	done := map[visit][]deed{}
	flush := func(before int32) {
		for v, list := range done {
			if v.day >= before {
				continue
			}
			for _, b := range sessions(v.who, v.day, list) {
				k.ledger.Put(b)
			}
			delete(done, v)
		}
	}
	type found struct {
		deed deed
		day  int32
		ok   bool
	}
	err := ahead(ctx, k.book, func(ctx context.Context, tx *crm.Tx, after string) (list []owned[found], next string, err error) {
		page, err := tx.Interactions.Page(ctx, crm.InteractionQuery{Limit: pageSize, After: after})
		if err != nil {
			return nil, "", err
		}
		list = make([]owned[found], len(page.Items))
		for n, i := range page.Items {
			if d, ok := deedOf(i); ok {
				list[n] = owned[found]{i.CustomerID, found{d, k.days.day(i.OccurredAt), true}}
			}
		}
		return list, page.Next, nil
	}, func(ctx context.Context, list []owned[found]) error {
		return enter(ctx, s, &s.done.Interactions, list, func(who standing, f *found) { // in the order of time
			if f.ok && f.day > today {
				today = f.day
				flush(today - 1) // the clock may be put back to the day before
			}
			if v := (visit{who.who, f.day}); f.ok && who.trust == open {
				done[v] = append(done[v], f.deed)
			}
		})
	})
	if err != nil {
		return err
	}
	flush(math.MaxInt32)
	return nil
}

// enter calls add with each thing and whose it is.
func enter[T any](ctx context.Context, s *scan, counter *int64, list []owned[T], add func(standing, *T)) error {
	all := make([]standing, len(list))
	var missing []int
	for n, one := range list {
		who, ok := s.known[one.of]
		switch {
		case ok || one.of == "":
		case s.keeper.ledger.Has(string(one.of)): // they were asked for before
			who = standing{who: one.of}
		default:
			missing = append(missing, n)
		}
		all[n] = who
	}
	if len(missing) > 0 {
		if len(s.known) > mostKnown {
			clear(s.known)
		}
		err := s.keeper.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
			for _, n := range missing {
				id := list[n].of
				who, ok := s.known[id]
				if !ok {
					var err error
					if who, err = whose(ctx, tx, id); err != nil {
						return err
					}
					s.known[id] = who
				}
				all[n] = who
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for n := range list {
		add(all[n], &list[n].v)
	}
	s.read(counter, len(list))
	return nil
}

// ahead reads a list page by page, each in a View of its own, on a goroutine that
// is a little ahead, and calls use with each.
func ahead[T any](ctx context.Context, book *crm.Book, read func(ctx context.Context, tx *crm.Tx, after string) ([]T, string, error), use func(context.Context, []T) error) error {
	type part struct {
		items []T
		err   error
	}
	parts := make(chan part, 2)
	var reader sync.WaitGroup
	defer reader.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reader.Go(func() {
		defer close(parts)
		for after := ""; ; {
			var items []T
			var next string
			err := book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
				items, next, err = read(ctx, tx, after)
				return err
			})
			select {
			case parts <- part{items, err}:
			case <-ctx.Done():
				return
			}
			if after = next; err != nil || after == "" {
				return
			}
		}
	})
	for p := range parts {
		if p.err != nil {
			return p.err
		}
		if err := use(ctx, p.items); err != nil {
			return err
		}
	}
	return ctx.Err()
}
