package segment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Refreshed is the event of what follows from all customers being worked out
// anew: who is in the top 5 %, where scores change, and how long customers take
// to come back.
const Refreshed crm.EventKind = "segment.refreshed"

// thaw is after how long edges are worked out anew.
const thaw = 24 * time.Hour

// A standing is the edges by which all processes of a shop answer.
type standing struct {
	Data []byte `json:"data"` // a [norm] as JSON
}

var standingTable = store.MustTable(store.Schema[standing]{
	Number: tableEdges, Name: "segment.edges",
	Fields: func(c *store.Coder, s *standing) { store.Bytes(c, 1, &s.Data) },
	Key:    func(k store.Key, _ *standing) store.Key { return k },
})

// A norm is edges with what they were worked out by.
type norm struct {
	Location  string           `json:"location"` // whose days they count
	RFM       rfm.Scheme       `json:"rfm,omitzero"`
	LifeCycle lifecycle.Policy `json:"life_cycle,omitzero"`
	Edges     *eval.Edges      `json:"edges"`
}

// A frozen holds the edges by which a process answers: those on record, or its
// own while nobody keeps any.
type frozen struct {
	mu     sync.Mutex
	edges  *eval.Edges // nil: there are none
	record *eval.Edges // as they stand on record; nil: not, or by other options
	data   []byte      // of the record, nil: there is none
}

// recorded reports whether the edges are those on record, or these and more.
func (f *frozen) recorded() bool {
	return f.edges != nil && f.record != nil && f.edges.At == f.record.At
}

// readEdges takes in the record.
func (c *Catalog) readEdges(tx *crm.Tx) error {
	row, err := c.standings.Load(tx.Store(), c.standings.Key())
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	f := c.columns.frozen
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.data, f.record = nil, nil
		return nil
	}
	if bytes.Equal(f.data, row.Value.Data) {
		return nil
	}
	var n norm
	f.data, f.record = row.Value.Data, nil
	if json.Unmarshal(f.data, &n) != nil || n.Edges == nil || !c.suits(n) {
		return nil
	}
	f.record = n.Edges
	if f.edges == nil || f.edges.At-n.Edges.At < 2*thaw.Milliseconds() { // else nobody keeps it
		f.edges = n.Edges
	}
	return nil
}

// norm returns edges with the catalog's options.
func (c *Catalog) norm(e *eval.Edges) norm {
	return norm{c.opts.Location.String(), c.opts.RFM, c.opts.LifeCycle, e}
}

// suits reports whether edges were worked out by the catalog's options.
func (c *Catalog) suits(n norm) bool {
	n.Edges = nil
	is, err := json.Marshal(n)
	want, err2 := json.Marshal(c.norm(nil))
	return err == nil && err2 == nil && bytes.Equal(is, want)
}

// aged reports whether edges are older than a span, or of a time to come.
func aged(e *eval.Edges, at int64, most time.Duration) bool {
	return at-e.At >= most.Milliseconds() || e.At-at >= thaw.Milliseconds()
}

// edges returns what a program asks for of all customers, nil when it asks for
// nothing. By the edges on record everybody answers; while nobody keeps them, by
// Run or Tick, each process works them out for a day. For a rule that is no
// segment's, what is the highest and the lowest of it is worked out now.
func (k *known) edges(ctx context.Context, p *eval.Program, at int64) (*eval.Edges, error) {
	if !p.Uses().Extremes {
		return nil, nil
	}
	all, err := k.whole()
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	saved := p == all
	for _, of := range k.programs {
		saved = saved || p == of
	}
	k.mu.Unlock()
	f := k.frozen
	f.mu.Lock()
	have := f.edges
	if have != nil && (f.recorded() && aged(have, at, 2*thaw) || !f.recorded() && (aged(have, at, thaw) || k.engine.Outgrown(have))) {
		have = nil
	}
	of, scores, stages := all, false, false
	if !saved {
		scores, stages = p.Scored()
		of, err = k.scores(scores, stages)
	}
	if err == nil {
		have, err = of.Complete(ctx, at, have)
	}
	if err == nil && (saved || scores || stages) {
		f.edges = have
	}
	f.mu.Unlock()
	if err != nil || saved {
		return have, err
	}
	return p.Complete(ctx, at, have)
}

// scores returns a program that asks for the edges of scores, and of stages.
func (k *known) scores(scores, stages bool) (*eval.Program, error) {
	var values []rule.Expr
	if scores {
		values = append(values, &rule.Field{Name: "rfm_group"})
	}
	if stages {
		values = append(values, &rule.Field{Name: "life_cycle_stage"})
	}
	return k.engine.CompileValues(values...)
}

// renew writes down the edges of all segments, with those of scores and stages,
// when there are none, once a day, and when a segment asks for what they lack;
// then the others stay. It is for the process whose turn it is.
func (c *Catalog) renew(ctx context.Context, k *known, now time.Time) error {
	at, f := now.UnixMilli(), k.frozen
	f.mu.Lock()
	have, record, data := f.edges, f.record, f.data
	f.mu.Unlock()
	if have != nil && (aged(have, at, thaw) || k.engine.Outgrown(have)) {
		have = nil
	}
	all, err := k.whole()
	if err != nil {
		return err
	}
	scores, err := k.scores(true, true)
	if err != nil {
		return err
	}
	next, err := all.Complete(ctx, at, have)
	if err == nil {
		next, err = scores.Complete(ctx, at, next)
	}
	if err != nil || next == record {
		return err
	}
	written, err := json.Marshal(c.norm(next))
	if err != nil {
		return err
	}
	return c.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		turn, err := c.turns.Load(tx.Store(), c.turns.Key())
		if errors.Is(err, crm.ErrNotFound) || err == nil && turn.Value.Holder != c.columns.live.token {
			return nil // another process writes them
		}
		if err != nil {
			return err
		}
		row, err := c.standings.Load(tx.Store(), c.standings.Key())
		if errors.Is(err, crm.ErrNotFound) {
			row, err = nil, nil
		}
		if err != nil {
			return err
		}
		if row != nil && !bytes.Equal(row.Value.Data, data) {
			return nil // which is about to be read
		}
		if _, err := c.standings.Save(tx.Store(), row, &standing{Data: written}); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.edges, f.record, f.data = next, next, written
		})
		return tx.Emit(crm.Event{Kind: Refreshed})
	})
}
