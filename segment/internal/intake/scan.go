package intake

import (
	"context"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/store"
)

// Progress is how many records a [Scan] has read.
type Progress struct {
	Products, Customers, Orders, Refunds, Interactions int64
}

// How many records are read in one View, which is over in some milliseconds.
const (
	customersAtOnce = 200
	factsAtOnce     = 1000
)

// Scan fills an empty base from a whole book and returns the cursor of the feed
// from which a [Keeper] is to go on: where it stood before anything was read.
// Whatever changes meanwhile is told from there, and brought in anew. Scan reads
// one table after the other, in short Views on all cores, and keeps little beside
// the base. It calls progress now and then, unless it is nil.
//
// Scan returns ctx's error, or one of the store: the base is then of no use.
func Scan(ctx context.Context, book *crm.Book, base *column.Base, more More, progress func(Progress)) (store.Cursor, error) {
	at, err := book.Events.Head(ctx)
	if err != nil {
		return store.Cursor{}, err
	}
	s := &scan{book: book, base: base, more: more, tell: progress, cache: map[crm.CustomerID]uint32{}}
	for _, step := range []func(context.Context) error{s.products, s.customers, s.orders, s.refunds, s.interactions} {
		if err := step(ctx); err != nil {
			return store.Cursor{}, err
		}
	}
	base.Compact()
	return at, nil
}

type scan struct {
	book  *crm.Book
	base  *column.Base
	more  More
	done  Progress
	tell  func(Progress)
	cache map[crm.CustomerID]uint32 // ordinals of ids that are not in the base, or nobody
}

// nobody is the ordinal of whom the base does not hold.
const nobody = math.MaxUint32

// maxCache is how many ids are remembered at most, some 20 MB.
const maxCache = 200_000

func (s *scan) read(counter *int64, n int) {
	if *counter += int64(n); s.tell != nil {
		s.tell(s.done)
	}
}

func (s *scan) products(ctx context.Context) error {
	return ahead(ctx, s.book, one, func(ctx context.Context, tx *crm.Tx, _ window, after string) ([]*crm.Product, string, error) {
		page, err := tx.Products.Page(ctx, crm.ProductQuery{Limit: customersAtOnce, After: after})
		return page.Items, page.Next, err
	}, func(_ context.Context, list []*crm.Product) error {
		for _, p := range list {
			s.base.SetProduct(productOf(p))
		}
		s.read(&s.done.Products, len(list))
		return nil
	})
}

func (s *scan) customers(ctx context.Context) error {
	return ahead(ctx, s.book, one, func(ctx context.Context, tx *crm.Tx, _ window, after string) (list []*column.Person, next string, err error) {
		page, err := tx.Customers.Page(ctx, crm.CustomerQuery{Limit: customersAtOnce, After: after})
		if err != nil {
			return nil, "", err
		}
		for _, v := range page.Items {
			known, err := valuesOf(ctx, tx, v)
			if err == nil {
				known, err = s.more.add(ctx, tx, v, known)
			}
			if err != nil {
				return nil, "", err
			}
			list = append(list, &column.Person{ID: string(v.ID), Values: known})
		}
		return list, page.Next, nil
	}, func(_ context.Context, list []*column.Person) error {
		for _, p := range list {
			s.base.Put(p)
		}
		s.read(&s.done.Customers, len(list))
		return nil
	})
}

// A fact is an order, a refund or an interaction, and the id it stands under.
type fact[T any] struct {
	of crm.CustomerID
	v  T
}

func (s *scan) orders(ctx context.Context) error {
	base := s.book.Currency()
	times, err := s.windows(ctx, func(tx *crm.Tx, newest bool) (at time.Time, err error) {
		page, err := tx.Orders.Page(ctx, crm.OrderQuery{Newest: newest, Limit: 1})
		for _, v := range page.Items {
			at = v.OccurredAt
		}
		return at, err
	})
	if err != nil {
		return err
	}
	return ahead(ctx, s.book, times, func(ctx context.Context, tx *crm.Tx, w window, after string) (list []fact[column.Order], next string, err error) {
		page, err := tx.Orders.Page(ctx, crm.OrderQuery{From: w.from, To: w.to, Limit: factsAtOnce, After: after})
		if err != nil {
			return nil, "", err
		}
		list = make([]fact[column.Order], 0, len(page.Items))
		for _, o := range page.Items {
			if v, ok := orderOf(o, base); ok && o.CustomerID != "" {
				list = append(list, fact[column.Order]{o.CustomerID, v})
			}
		}
		return list, page.Next, nil
	}, func(ctx context.Context, list []fact[column.Order]) error {
		return enter(ctx, s, &s.done.Orders, list, s.base.AppendOrder)
	})
}

func (s *scan) refunds(ctx context.Context) error {
	times, err := s.windows(ctx, func(tx *crm.Tx, newest bool) (at time.Time, err error) {
		page, err := tx.Refunds.Page(ctx, crm.RefundQuery{Newest: newest, Limit: 1})
		for _, v := range page.Items {
			at = v.OccurredAt
		}
		return at, err
	})
	if err != nil {
		return err
	}
	return ahead(ctx, s.book, times, func(ctx context.Context, tx *crm.Tx, w window, after string) (list []fact[column.Refund], next string, err error) {
		page, err := tx.Refunds.Page(ctx, crm.RefundQuery{From: w.from, To: w.to, Limit: factsAtOnce, After: after})
		if err != nil {
			return nil, "", err
		}
		for _, r := range page.Items {
			if r.CustomerID == "" {
				continue
			}
			v, ok, err := counted(ctx, tx, r)
			if err != nil {
				return nil, "", err
			}
			if ok {
				list = append(list, fact[column.Refund]{r.CustomerID, v})
			}
		}
		return list, page.Next, nil
	}, func(ctx context.Context, list []fact[column.Refund]) error {
		return enter(ctx, s, &s.done.Refunds, list, s.base.AppendRefund)
	})
}

func (s *scan) interactions(ctx context.Context) error {
	times, err := s.windows(ctx, func(tx *crm.Tx, newest bool) (at time.Time, err error) {
		page, err := tx.Interactions.Page(ctx, crm.InteractionQuery{Newest: newest, Limit: 1})
		for _, v := range page.Items {
			at = v.OccurredAt
		}
		return at, err
	})
	if err != nil {
		return err
	}
	return ahead(ctx, s.book, times, func(ctx context.Context, tx *crm.Tx, w window, after string) (list []fact[column.Interaction], next string, err error) {
		page, err := tx.Interactions.Page(ctx, crm.InteractionQuery{From: w.from, To: w.to, Limit: factsAtOnce, After: after})
		if err != nil {
			return nil, "", err
		}
		list = make([]fact[column.Interaction], 0, len(page.Items))
		for _, i := range page.Items {
			list = append(list, fact[column.Interaction]{i.CustomerID, interactionOf(s.book, i)})
		}
		return list, page.Next, nil
	}, func(ctx context.Context, list []fact[column.Interaction]) error {
		return enter(ctx, s, &s.done.Interactions, list, s.base.AppendInteraction)
	})
}

// enter adds facts to those whose they are.
func enter[T any](ctx context.Context, s *scan, counter *int64, list []fact[T], add func(uint32, *T)) error {
	ids := make([]crm.CustomerID, len(list))
	for n := range list {
		ids[n] = list[n].of
	}
	ordinals, err := s.whose(ctx, ids)
	if err != nil {
		return err
	}
	for n := range list {
		if ordinals[n] != nobody {
			add(ordinals[n], &list[n].v)
		}
	}
	s.read(counter, len(list))
	return nil
}

// whose returns the ordinals of the persons whom ids are of.
func (s *scan) whose(ctx context.Context, ids []crm.CustomerID) ([]uint32, error) {
	ordinals := make([]uint32, len(ids))
	var missing []int
	s.base.RLock()
	for n, id := range ids {
		ordinal, ok := s.base.Ordinal(string(id))
		if !ok {
			ordinal, ok = s.cache[id]
		}
		if !ok {
			missing = append(missing, n)
		}
		ordinals[n] = ordinal
	}
	s.base.RUnlock()
	if len(missing) == 0 {
		return ordinals, nil
	}
	if len(s.cache) > maxCache {
		clear(s.cache)
	}
	err := s.book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		for _, n := range missing {
			ordinal, ok := s.cache[ids[n]]
			if !ok {
				members, err := tx.Customers.Members(ctx, ids[n])
				if err != nil {
					return err
				}
				ordinal = nobody
				if len(members) > 0 {
					if own, ok := lookup(s.base, members[0]); ok {
						ordinal = own
					}
				}
				s.cache[ids[n]] = ordinal
			}
			ordinals[n] = ordinal
		}
		return nil
	})
	return ordinals, err
}

// lookup returns the ordinal of an id, with the lock.
func lookup(base *column.Base, id crm.CustomerID) (uint32, bool) {
	base.RLock()
	defer base.RUnlock()
	return base.Ordinal(string(id))
}

// A window is a part of time: from an instant on, and before another. Both are
// zero where it has no end.
type window struct{ from, to time.Time }

// one is all of time.
var one = []window{{}}

// windows parts time from the first fact to the last, of which end tells, in
// more parts the more people there are.
func (s *scan) windows(ctx context.Context, end func(tx *crm.Tx, newest bool) (time.Time, error)) (all []window, err error) {
	var first, last time.Time
	err = s.book.View(ctx, func(_ context.Context, tx *crm.Tx) (err error) {
		if first, err = end(tx, false); err == nil {
			last, err = end(tx, true)
		}
		return err
	})
	parts := min(s.base.Len()/64+1, 1024)
	step := last.Sub(first) / time.Duration(parts)
	if err != nil || step < time.Minute {
		return one, err
	}
	for i := range time.Duration(parts) {
		all = append(all, window{first.Add(i * step), first.Add((i + 1) * step)})
	}
	all[0].from, all[parts-1].to = time.Time{}, time.Time{}
	return all, nil
}

// pagesAhead is how many pages of a window are read before they are wanted.
const pagesAhead = 16

// ahead reads lists, one a window, page by page, each in a View of its own, and
// calls use with the pages in their order. Goroutines, one a core and two at
// least, are a little ahead.
func ahead[T any](ctx context.Context, book *crm.Book, windows []window, read func(ctx context.Context, tx *crm.Tx, w window, after string) ([]T, string, error), use func(context.Context, []T) error) error {
	type part struct {
		items []T
		err   error
	}
	var readers sync.WaitGroup
	defer readers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	list := func(w window, parts chan<- part) {
		defer close(parts)
		for after := ""; ; {
			var items []T
			var next string
			err := book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
				items, next, err = read(ctx, tx, w, after)
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
	}
	lists := make(chan chan part, max(0, runtime.GOMAXPROCS(0)-2))
	readers.Go(func() {
		defer close(lists)
		for _, w := range windows {
			parts := make(chan part, pagesAhead)
			readers.Go(func() { list(w, parts) })
			select {
			case lists <- parts:
			case <-ctx.Done():
				return
			}
		}
	})
	for parts := range lists {
		for p := range parts {
			if p.err != nil {
				return p.err
			}
			if err := use(ctx, p.items); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
