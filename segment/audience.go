package segment

import (
	"context"
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
