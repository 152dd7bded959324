package recommend

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// listsAtOnce is how many lists of a batch are made in one View.
const listsAtOnce = 32

// Batch yields what [Recommender.ForCustomer] returns for each of some customers, in
// their order: for a mail to all of a segment. It makes lists on all processors, a
// few ahead of the one that is yielded, and brings what is known up to date once, when
// it begins; the records of customers and products are read as they stand when a list
// is made. Customers who are not in the book or were erased get none and are passed
// over, and so is one whose record cannot be read, of which the logger is told. Who is
// among them twice, such as by an id that was absorbed, gets one list, so that nobody
// gets two mails; so ask [List.CustomerID] whom one is for. Lists are yielded outside
// of any transaction, but within that of [Recommender.In], where one is made after
// another. Nil q is the zero query, whose Allow is called from several goroutines at
// once.
//
// It yields at most one error, at the end: an [*crm.InvalidError] for the query, that
// of ids, of ctx, or one of the store.
func (r *Recommender) Batch(ctx context.Context, ids iter.Seq2[crm.CustomerID, error], q *Query) iter.Seq2[*List, error] {
	return func(yield func(*List, error) bool) {
		if err := r.batch(ctx, ids, q, func(l *List) bool { return yield(l, nil) }); err != nil {
			yield(nil, wrap("Batch", "", err))
		}
	}
}

// A chunk is some customers of a batch, and what they get once it is done.
type chunk struct {
	ids   []crm.CustomerID
	lists []*List
	err   error
	done  chan struct{}
}

func (r *Recommender) batch(ctx context.Context, ids iter.Seq2[crm.CustomerID, error], q *Query, yield func(*List) bool) error {
	if q == nil {
		q = &Query{}
	}
	st, err := r.fresh(ctx)
	if err != nil {
		return err
	}
	full, err := q.filled(r.now(), r.currency())
	if err != nil {
		return err
	}
	crowd, err := r.crowd(ctx, st, &full)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	var ahead []*chunk // begun, and not yielded
	told := map[crm.CustomerID]bool{}
	begin := func(c *chunk) {
		ahead = append(ahead, c)
		if r.tx != nil { // it stays on its goroutine
			r.lists(ctx, st, &full, crowd, c)
			return
		}
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			r.lists(ctx, st, &full, crowd, c)
		})
	}
	end := func() (more bool, err error) {
		c := ahead[0]
		ahead = ahead[1:]
		<-c.done
		for _, l := range c.lists {
			if told[l.CustomerID] { // two ids of one person
				continue
			}
			told[l.CustomerID] = true
			if r.count("Batch", l); !yield(l) {
				return false, nil
			}
		}
		return c.err == nil, c.err
	}
	next := &chunk{done: make(chan struct{})}
	var broken error
	for id, err := range ids {
		if broken = err; err != nil {
			break
		}
		if next.ids = append(next.ids, id); len(next.ids) < listsAtOnce {
			continue
		}
		begin(next)
		next = &chunk{done: make(chan struct{})}
		if len(ahead) > 2*cap(free) || r.tx != nil {
			if more, err := end(); !more {
				return err
			}
		}
	}
	begin(next)
	for len(ahead) > 0 {
		if more, err := end(); !more {
			return err
		}
	}
	return cmp.Or(broken, ctx.Err())
}

// lists makes the lists of a chunk in one View.
func (r *Recommender) lists(ctx context.Context, st *state, q *Query, crowd crowd, c *chunk) {
	defer close(c.done)
	if len(c.ids) == 0 {
		return
	}
	c.err = r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
		c.lists = make([]*List, 0, len(c.ids))
		for _, id := range c.ids {
			s := &serving{r: r, tx: tx, state: st, q: q, crowd: crowd}
			var err error
			s.who, err = r.person(ctx, tx, st, id, q)
			if id == "" || errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased) {
				continue
			}
			if errors.Is(err, store.ErrCorrupt) {
				r.opts.Logger.Warn("a customer is passed over", "customer_id", id, "error", err)
				continue
			}
			if err != nil {
				return err
			}
			l, err := s.serve(ctx, (*serving).forCustomer)
			if err != nil {
				return err
			}
			c.lists = append(c.lists, l)
			runtime.Gosched() // who asks for one list need not wait for many
		}
		return nil
	})
}
