package intake

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
)

// format is raised when a ledger comes to hold something else: those that were
// saved are then of no use.
const format = 2

// Save keeps the ledger in the book's store, under the name of a
// [store.Snapshot], with the cursor that it stands at. Apply may go on meanwhile.
// When it has begun, and before it writes anything of the ledger, it calls may
// with the cursor, unless that is nil, and fails with its error. It returns the
// errors of [store.Snapshot.Save].
func (k *Keeper) Save(ctx context.Context, name string, may func(context.Context, store.Cursor) error) error {
	at := k.Cursor() // what is saved may be ahead of it: events may come again
	return store.Snapshot{Name: name, Format: format}.Save(ctx, k.book.Store(), at, func(w io.Writer) error {
		if may != nil {
			if err := may(ctx, at); err != nil {
				return err
			}
		}
		if _, err := w.Write(k.days.head()); err != nil {
			return err
		}
		var still *ledger.Still
		k.Read(func(l *ledger.Ledger, _ *goods.Goods) { still = l.Still() })
		return still.Encode(w)
	})
}

// head begins what is saved: a ledger of another calendar has other days.
func (c calendar) head() []byte {
	name := c.location.String()
	return append(binary.AppendUvarint(nil, uint64(len(name))), name...)
}

// Load returns a Keeper of the ledger that was saved under a name, and reads the
// catalog from the book. It returns an error that wraps [crm.ErrNotFound] when
// there is none that this release can read and that is of the same calendar: it
// is then to be made by [Scan]. Else it returns what [store.Snapshot.Load] does.
// Whether the feed still goes on from its cursor shows when it is read.
func Load(ctx context.Context, book *crm.Book, name string, o Options) (*Keeper, error) {
	k := newKeeper(book, o)
	err := store.Snapshot{Name: name, Format: format}.Load(ctx, book.Store(), func(at store.Cursor, r io.Reader) error {
		head := k.days.head()
		got := make([]byte, len(head))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != string(head) {
			return fmt.Errorf("%w: a ledger of another calendar", crm.ErrNotFound)
		}
		l, err := ledger.Read(r)
		if errors.Is(err, ledger.ErrCorrupt) {
			err = fmt.Errorf("%w: %w", crm.ErrNotFound, err)
		}
		if err == nil {
			k.ledger = l
			k.at.Store(&at)
		}
		return err
	})
	if err == nil {
		err = readGoods(ctx, k, func(int) {})
	}
	if err != nil {
		return nil, err
	}
	k.finish(o)
	return k, nil
}
