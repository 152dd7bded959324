package intake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/store"
)

// format is raised when columns come to hold something else: those that were
// saved are then of no use.
const format = 1

// Save keeps the base in the book's store, under the name of a [store.Snapshot],
// with the cursor that it stands at. The base may be read meanwhile, and even
// written to: what was in doubt is read again when it is loaded. Save itself is
// to be called where Apply is. When it has begun, and before it writes anything
// of the base, it calls may with the cursor, unless that is nil, and fails with
// its error. It returns the errors of [store.Snapshot.Save].
func (k *Keeper) Save(ctx context.Context, name string, may func(context.Context, store.Cursor) error) error {
	return store.Snapshot{Name: name, Format: format}.Save(ctx, k.book.Store(), k.at, func(w io.Writer) error {
		if may != nil {
			if err := may(ctx, k.at); err != nil {
				return err
			}
		}
		return k.base.Encode(w)
	})
}

// Load returns a Keeper of the base that was saved under a name. It returns an
// error that wraps [crm.ErrNotFound] when there is none that this release can
// read, which is then to be made by [Scan], and else what [store.Snapshot.Load]
// does. Whether the feed still goes on from its cursor shows when it is read.
func Load(ctx context.Context, book *crm.Book, name string, more More) (*Keeper, error) {
	var k *Keeper
	err := store.Snapshot{Name: name, Format: format}.Load(ctx, book.Store(), func(at store.Cursor, r io.Reader) error {
		base, err := column.Decode(r)
		if errors.Is(err, column.ErrFormat) {
			err = fmt.Errorf("%w: %w", crm.ErrNotFound, err)
		}
		if err == nil {
			k = Keep(book, base, at, more)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}
