package eval

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// Run asks every system every question, the two baselines first, and reports
// how good the answers are. Questions are asked from as many goroutines as
// there are processors; the report does not depend on their order.
//
// It returns [ErrInvalid] for options out of range and for systems without a
// name, with a name twice or without a recommender, and the error of ctx when
// it ends first.
func (t *Task) Run(ctx context.Context, systems []System, opts *Options) (*Report, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.K < 0 || o.Resamples < 0 || !(o.Level >= 0 && o.Level < 1) {
		return nil, fmt.Errorf("%w: options out of range", ErrInvalid)
	}
	all := append(slices.Clone(t.learn().baselines), systems...)
	for i, s := range all {
		if s.Name == "" || s.Recommender == nil {
			return nil, fmt.Errorf("%w: a system has no name or no recommender", ErrInvalid)
		}
		if slices.ContainsFunc(all[:i], func(o System) bool { return o.Name == s.Name }) {
			return nil, fmt.Errorf("%w: two systems are named %q", ErrInvalid, s.Name)
		}
	}
	r := &Report{Kind: t.Kind, K: o.k(), Empty: t.Empty, Strangers: t.Strangers, Unknown: t.Unknown, task: t, options: o}
	customers := map[string]int{}
	for i := range t.Cases {
		q := t.Cases[i].Query
		cluster, ok := customers[q.Customer]
		switch {
		case q.Customer == "":
			cluster = -1 // each for itself
		case !ok:
			cluster = len(customers)
			customers[q.Customer] = cluster
		}
		group := 0
		if o.Group != nil {
			group = o.Group(q)
		}
		r.places = append(r.places, place{i, group, cluster})
	}
	for _, s := range all {
		a, err := t.ask(ctx, s, r.K)
		if err != nil {
			return nil, err
		}
		r.answers = append(r.answers, a)
	}
	r.sum()
	return r, nil
}

// ask collects one system's answers.
func (t *Task) ask(ctx context.Context, s System, k int) (*answers, error) {
	a := &answers{name: s.Name, lists: make([][]string, len(t.Cases)), values: make([][]float64, len(t.Cases))}
	var next sync.Mutex
	at := 0
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= len(t.Cases) || ctx.Err() != nil {
					return
				}
				c := &t.Cases[i]
				list := s.Recommend(c.Query, k)
				a.lists[i] = slices.Clone(list[:min(k, len(list))])
				a.values[i] = measure(c, list, k)
			}
		})
	}
	wait.Wait()
	return a, ctx.Err()
}
