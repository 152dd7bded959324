package segment

import (
	"context"
	"errors"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A source answers for the traits of one room, as the columns of this process
// stand: nothing while there are none.
type source struct {
	catalog *Catalog
	room    string
	answer  func(ctx context.Context, k *known, ordinal uint32) ([]crm.Trait, error)
}

// Room returns the room's name.
func (s source) Room() string { return s.room }

// Traits returns what [crm.TraitSource] says.
func (s source) Traits(ctx context.Context, tx *crm.Tx, ids []crm.CustomerID) ([]crm.Trait, error) {
	k := s.catalog.columns.known.Load()
	if k == nil || len(ids) == 0 {
		return nil, nil
	}
	k.base.RLock()
	ordinal, ok := k.base.Ordinal(string(ids[0]))
	k.base.RUnlock()
	if !ok {
		return nil, nil
	}
	list, err := s.answer(ctx, k, ordinal)
	for i := range list {
		list[i].At = tx.Now()
	}
	return list, err
}

// register lets the catalog answer for traits: the segments that somebody is in
// (segment.ids and segment.names, by name), their scores (rfm.recency,
// frequency, monetary and group) and their stage (life_cycle.stage). For a room
// of which another source of the book answers already, that one does.
func (c *Catalog) register() error {
	for _, s := range []source{
		{c, "segment", c.memberships},
		{c, "rfm", c.traits("traits.rfm.", "recency", "frequency", "monetary", "group")},
		{c, "life_cycle", c.traits("traits.life_cycle.", "stage")},
	} {
		if err := c.book.RegisterTraits(s); err != nil && !errors.Is(err, crm.ErrExists) {
			return err
		}
	}
	return nil
}

// memberships answers for the segments that somebody is in.
func (c *Catalog) memberships(ctx context.Context, k *known, ordinal uint32) ([]crm.Trait, error) {
	list, err := c.segmentsOf(ctx, k, ordinal)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var keys, names []string
	for _, v := range list {
		keys, names = append(keys, string(v.ID)), append(names, v.Name)
	}
	return []crm.Trait{{Name: "ids", Value: crm.Words(keys...)}, {Name: "names", Value: crm.Words(names...)}}, nil
}

// traits returns what answers for fields of customers under a prefix.
func (c *Catalog) traits(prefix string, names ...string) func(context.Context, *known, uint32) ([]crm.Trait, error) {
	fields := make([]rule.Expr, len(names))
	for i, name := range names {
		fields[i] = &rule.Field{Name: prefix + name}
	}
	return func(ctx context.Context, k *known, ordinal uint32) ([]crm.Trait, error) {
		p, err := k.engine.CompileValues(fields...)
		if err != nil {
			return nil, err
		}
		var edges *eval.Edges
		at := c.book.Now().UnixMilli()
		if edges, err = k.edges(ctx, p, at); err != nil {
			return nil, err
		}
		table, err := p.ComputeOne(ordinal, at, edges)
		if err != nil || len(table.Ordinals) == 0 {
			return nil, err
		}
		var list []crm.Trait
		for i, name := range names {
			if s := seen(&table.Columns[i], 0); s.There {
				list = append(list, crm.Trait{Name: name, Value: c.value(s)})
			}
		}
		return list, nil
	}
}
