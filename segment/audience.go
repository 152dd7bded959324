package segment

import (
	"context"
	"errors"
	"iter"

	"github.com/seed-9cb3708a/clientele/crm"
)

// An Audience is who is in a segment, for rooms that know no segments: whoever
// asks gets the members as they are then. It is safe for concurrent use.
type Audience struct {
	catalog *Catalog
	id      ID
}

// Audience returns the audience that a segment is, which need not be there yet.
func (c *Catalog) Audience(id ID) Audience { return Audience{c, id} }

// Members is [Catalog.Members] of the segment.
func (a Audience) Members(ctx context.Context) iter.Seq2[crm.CustomerID, error] {
	return a.catalog.Members(ctx, a.id)
}

// Has is [Catalog.Has] of the segment.
func (a Audience) Has(ctx context.Context, customer crm.CustomerID) (bool, error) {
	return a.catalog.Has(ctx, a.id, customer)
}

// A source answers for the traits segment.ids and segment.names: the segments
// that somebody is in, by name, as the columns of this process stand.
type source struct{ catalog *Catalog }

// Room returns "segment".
func (source) Room() string { return "segment" }

// Traits returns what [crm.TraitSource] says: nothing while there are no columns.
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
	list, err := s.catalog.segmentsOf(ctx, k, ordinal)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var keys, names []string
	for _, v := range list {
		keys, names = append(keys, string(v.ID)), append(names, v.Name)
	}
	at := tx.Now()
	return []crm.Trait{{Name: "ids", Value: crm.Words(keys...), At: at}, {Name: "names", Value: crm.Words(names...), At: at}}, nil
}

// register lets the catalog answer for memberships as traits, unless another of
// the book does already.
func (c *Catalog) register() error {
	err := c.book.RegisterTraits(source{c})
	if errors.Is(err, crm.ErrExists) {
		return nil
	}
	return err
}
