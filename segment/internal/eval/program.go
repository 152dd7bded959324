package eval

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Program answers rules, in the order in which they were compiled. It is safe
// for concurrent use, beside a writer too: what it needs to look at again when
// the base has grown, it does by itself.
type Program struct {
	engine *Engine
	rules  []rule.Node
	values []rule.Expr
	ready  atomic.Pointer[prepared]
	recent remembered
	mu     sync.Mutex
}

// prepared is a plan with frames for it.
type prepared struct {
	*plan
	singles, wholes sync.Pool
}

// prepare returns the plan for the base as it is. The base must be locked.
func (p *Program) prepare() (*prepared, error) {
	if r := p.ready.Load(); r != nil && r.shape == p.engine.base.Shape() {
		return r, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.ready.Load(); r != nil && r.shape == p.engine.base.Shape() {
		return r, nil
	}
	made, err := p.engine.compile(p.rules, p.values)
	if err != nil {
		return nil, err
	}
	r := &prepared{plan: made}
	p.ready.Store(r)
	return r, nil
}

// frame returns a frame that asks at an instant. It is given back to its pool.
func (p *Program) frame(r *prepared, at int64, edges *Edges, single bool) (*frame, error) {
	pool := &r.wholes
	if single {
		pool = &r.singles
	}
	x, _ := pool.Get().(*frame)
	if x == nil {
		x = &frame{
			plan: r.plan, base: p.engine.base, cal: p.engine.cal, single: single, floor: always,
			lits: make([]interval, len(r.lits)), steps: make([][]int64, len(r.spans)),
			edges: make([]Edge, len(r.extremes)), memos: make([]memo, r.memos),
		}
	}
	x.ask(at)
	if x.from == edges && edges != nil {
		return x, nil
	}
	if r.scores != nil {
		if edges == nil || edges.Scores == nil {
			return nil, fmt.Errorf("no edges of scores")
		}
		x.scores, x.grid = edges.Scores, p.engine.grid(edges.Scores.Best())
	}
	if r.stages {
		if edges == nil || edges.Rhythm == nil {
			return nil, fmt.Errorf("no edges of stages")
		}
		x.rhythm = edges.Rhythm
	}
	if len(r.extremes) > 0 {
		for i, e := range r.extremes {
			edge, ok := Edge{}, false
			if edges != nil {
				edge, ok = edges.Values[e.key]
			}
			if !ok {
				return nil, fmt.Errorf("no edge of %s", e.key)
			}
			x.edges[i] = edge
		}
	}
	x.from = edges
	return x, nil
}

func (r *prepared) give(x *frame) {
	if x.single {
		r.singles.Put(x)
	} else {
		r.wholes.Put(x)
	}
}

// chunks calls f for all chunks, on all cores, with a frame that has the chunk
// open. The base is locked while f runs. It returns the first error.
func (p *Program) chunks(ctx context.Context, at int64, edges *Edges, f func(x *frame) error) error {
	base := p.engine.base
	base.RLock()
	n := base.Chunks()
	base.RUnlock()
	var (
		next  atomic.Int64
		first error
		once  sync.Once
		wait  sync.WaitGroup
	)
	fail := func(err error) { once.Do(func() { first = err }); next.Store(int64(n)) }
	one := func(number int) error {
		base.RLock()
		defer base.RUnlock()
		r, err := p.prepare()
		if err != nil {
			return err
		}
		x, err := p.frame(r, at, edges, false)
		if err != nil {
			return err
		}
		defer r.give(x)
		x.open(base.Chunk(number))
		return f(x)
	}
	work := func() {
		for {
			number := int(next.Add(1) - 1)
			if number >= n {
				return
			}
			err := ctx.Err()
			if err == nil {
				err = one(number)
			}
			if err != nil {
				fail(err)
				return
			}
		}
	}
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		wait.Go(work)
	}
	work()
	wait.Wait()
	return first
}

// Run returns of each rule the ordinals of those of whom it is true at an
// instant, in milliseconds. It returns ctx's error, or one when edges lacks
// what a rule asks for; edges may be nil when no rule asks for any. Each person
// is looked at as they are at one instant of the run.
func (p *Program) Run(ctx context.Context, at int64, edges *Edges) ([]*roaring.Bitmap, error) {
	base := p.engine.base
	base.RLock()
	n := base.Chunks()
	base.RUnlock()
	const words = column.ChunkSize / 64
	dense := make([][]uint64, len(p.rules))
	for i := range dense {
		dense[i] = make([]uint64, n*words)
	}
	known := p.recent.of(at)
	err := p.chunks(ctx, at, edges, func(x *frame) error {
		x.known = known
		defer func() { x.known = nil }()
		if x.chunk.Number >= n {
			return nil
		}
		all := x.chunk.Live.Append(x.take(column.ChunkSize)[:0])
		sel := x.take(column.ChunkSize)
		for i, c := range x.plan.conds {
			out := dense[i][x.chunk.Number*words:][:words]
			for _, id := range c.filter(x, sel[:copy(sel, all)]) {
				out[id/64] |= 1 << (id % 64)
			}
		}
		x.give(sel)
		x.give(all)
		return nil
	})
	if err != nil {
		return nil, err
	}
	bitmaps := make([]*roaring.Bitmap, len(dense))
	for i, d := range dense {
		bitmaps[i] = roaring.FromDense(d, false)
	}
	return bitmaps, nil
}

// An Answer is that of one rule about one person.
type Answer struct {
	Holds bool
	Until int64 // the answer cannot change before this instant if nothing happens; the highest int64 is never
}

// Ask appends the answers of all rules about one person at an instant, or none
// when there is no such person. It returns an error as Run does.
func (p *Program) Ask(ordinal uint32, at int64, edges *Edges, answers []Answer) ([]Answer, error) {
	err := p.one(ordinal, at, edges, func(x *frame, c cond, id uint32) {
		holds, until := c.next(x, id)
		answers = append(answers, Answer{holds, until})
	})
	return answers, err
}

// Has appends what all rules say of one person at an instant. It is Ask without
// Until, and by the same way as Run.
func (p *Program) Has(ordinal uint32, at int64, edges *Edges, answers []bool) ([]bool, error) {
	err := p.one(ordinal, at, edges, func(x *frame, c cond, id uint32) {
		answers = append(answers, x.holds(c, id))
	})
	return answers, err
}

// one calls f with each condition, for one person if there is such a one.
func (p *Program) one(ordinal uint32, at int64, edges *Edges, f func(x *frame, c cond, id uint32)) error {
	base := p.engine.base
	base.RLock()
	defer base.RUnlock()
	if !base.Has(ordinal) {
		return nil
	}
	r, err := p.prepare()
	if err != nil {
		return err
	}
	x, err := p.frame(r, at, edges, true)
	if err != nil {
		return err
	}
	x.open(base.Chunk(int(ordinal / column.ChunkSize)))
	for _, c := range r.conds {
		f(x, c, ordinal%column.ChunkSize)
	}
	r.give(x)
	return nil
}
