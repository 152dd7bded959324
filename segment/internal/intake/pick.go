package intake

import (
	"context"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// Again reads anew what is kept of people under a name that begins with "picks.",
// of all who have something: no event tells that a segment of which they were
// picked is gone with its picks. It reads as Lapse does.
func (k *Keeper) Again(ctx context.Context, tx *crm.Tx, name string) (*Changes, error) {
	b := &batch{keeper: k, own: tx == nil, needs: map[crm.CustomerID]*need{}}
	view := k.book.View
	if tx != nil {
		view = func(ctx context.Context, f func(context.Context, *crm.Tx) error) error { return f(ctx, tx) }
	}
	for ids := range slices.Chunk(k.picked(name), personsAtOnce) {
		for _, id := range ids {
			b.ask(id, need{Change: Change{What: Values, Names: []string{name}}, values: true})
		}
		if err := view(ctx, func(ctx context.Context, tx *crm.Tx) error { return b.persons(ctx, tx, ids) }); err != nil {
			return b.changes(), err
		}
	}
	return b.changes(), nil
}

// picked returns who has a yes or no under a name.
func (k *Keeper) picked(name string) (ids []crm.CustomerID) {
	k.base.RLock()
	defer k.base.RUnlock()
	for _, col := range k.base.Named(name) {
		for n := range k.base.Chunks() {
			for i, said := range col.Truths(n) {
				if ordinal := uint32(n)*column.ChunkSize + uint32(i); said != column.Unknown && k.base.Has(ordinal) {
					ids = append(ids, crm.CustomerID(k.base.ID(ordinal)))
				}
			}
		}
	}
	return ids
}
