package segment

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A known is what one reading of the book told of its segments, with an engine
// that asks by it. It does not change but for the programs that it makes.
type known struct {
	base        *column.Base
	engine      *eval.Engine
	definitions []*definition // by id
	picked      map[ID]bool   // that have picks
	vocabulary  *rule.Vocabulary
	frozen      *frozen

	mu       sync.Mutex
	programs map[ID]*eval.Program
	all      *eval.Program // of the definitions, in their order
}

// learn reads the segments.
func (c *Catalog) learn(ctx context.Context) error {
	k := &known{base: c.columns.keeper.Base(), programs: map[ID]*eval.Program{}, frozen: c.columns.frozen}
	err := c.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		k.picked = map[ID]bool{}
		if k.definitions, err = c.all(tx); err != nil {
			return err
		}
		if k.vocabulary, err = c.vocabulary(ctx, tx, k.definitions); err != nil {
			return err
		}
		if err := c.readEdges(tx); err != nil {
			return err
		}
		for _, d := range k.definitions {
			rg := c.picksOf(d.ID)
			rg.Limit = 1
			for _, err := range c.picks.Scan(tx.Store(), rg) {
				if err != nil {
					return err
				}
				k.picked[d.ID] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	k.engine = eval.New(k.base, &eval.Options{
		Location:   c.opts.Location,
		Digits:     uint8(c.book.Currency().Exponent()),
		Vocabulary: k.vocabulary,
		Segment: func(name string) (rule.Node, error) {
			if d := find(k.definitions, name); d != nil {
				return k.rule(d), nil
			}
			return nil, fmt.Errorf("segment %q: %w", name, crm.ErrNotFound)
		},
		RFM: c.opts.RFM, Groups: c.opts.Groups, LifeCycle: c.opts.LifeCycle,
	})
	c.columns.known.Store(k)
	return nil
}

// rule returns what is true of the members of a segment: its rule and whom the
// shop picked.
func (k *known) rule(d *definition) rule.Node {
	n := d.Rule.node
	if n == nil {
		n = &rule.Any{}
	}
	if !k.picked[d.ID] {
		return n
	}
	said := func(in bool) rule.Node {
		return &rule.Compare{X: &rule.Field{Name: picksPrefix + string(d.ID)}, Op: rule.Equal, Y: []rule.Literal{{Kind: rule.Bool, Bool: in}}}
	}
	return &rule.All{Nodes: []rule.Node{&rule.Any{Nodes: []rule.Node{n, said(true)}}, &rule.Not{Node: said(false)}}}
}

// picksPrefix is what the names of the columns of picks begin with.
const picksPrefix = "picks."

// program returns the program of a segment, or [crm.ErrNotFound].
func (k *known) program(id ID) (*eval.Program, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := k.programs[id]; p != nil {
		return p, nil
	}
	d := find(k.definitions, string(id))
	if d == nil || d.ID != id {
		return nil, crm.ErrNotFound
	}
	p, err := k.engine.Compile(k.rule(d))
	if err == nil {
		k.programs[id] = p
	}
	return p, err
}

// whole returns the program of all segments, in the order of the definitions.
func (k *known) whole() (*eval.Program, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all != nil {
		return k.all, nil
	}
	rules := make([]rule.Node, len(k.definitions))
	for i, d := range k.definitions {
		rules[i] = k.rule(d)
	}
	p, err := k.engine.Compile(rules...)
	if err == nil {
		k.all = p
	}
	return p, err
}

// has reports whether somebody is in the base.
func (k *known) has(ordinal uint32) bool {
	k.base.RLock()
	defer k.base.RUnlock()
	return k.base.Has(ordinal)
}

// ordinal returns the number of somebody who is in the base.
func (k *known) ordinal(id crm.CustomerID) (ordinal uint32, ok bool) {
	k.base.RLock()
	defer k.base.RUnlock()
	return k.base.Ordinal(string(id))
}

// ids returns the ids of a set, sorted.
func (k *known) ids(set *roaring.Bitmap) []crm.CustomerID {
	list := make([]crm.CustomerID, 0, set.GetCardinality())
	k.base.RLock()
	defer k.base.RUnlock()
	for it := set.Iterator(); it.HasNext(); {
		if id := k.base.ID(it.Next()); id != "" {
			list = append(list, crm.CustomerID(id))
		}
	}
	slices.Sort(list)
	return list
}
