package eval

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
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
	all := append(slices.Clone(t.learn().baselines), systems...)
	if err := refused(&o, all); err != nil {
		return nil, err
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

// refused returns an error that lists all that is wrong with options and systems, the
// baselines first.
func refused(o *Options, all []System) error {
	var faults []string
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(o.K < 0, "k %d: want 0 or more", o.K)
	fault(o.Resamples < 0, "resamples %d: want 0 or more", o.Resamples)
	fault(!(o.Level >= 0 && o.Level < 1), "level %v: want 0 to 1, and less than 1", o.Level)
	for i, s := range all {
		at := i - 2 // Popularity and Own
		fault(s.Name == "", "systems[%d].name \"\": want a name", at)
		fault(s.Recommender == nil, "systems[%d].recommender nil: want one", at)
		fault(s.Name != "" && slices.ContainsFunc(all[:i], func(o System) bool { return o.Name == s.Name }), "systems[%d].name %q: want one that no other has, nor a baseline", at, s.Name)
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(faults, "; "))
}
