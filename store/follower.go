package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// SaveCursor writes down how far the durable follower of this name has read
// the feed, in the transaction that holds what it made of it. [Trim] spares
// what it has yet to read, and [Copy] and [Restore] translate it.
func SaveCursor(tx Tx, name string, c Cursor) {
	tx.Put(cursorKey(name), []byte(c.String()))
}

// LoadCursor returns what [SaveCursor] wrote, or [ErrNotFound].
func LoadCursor(r Reader, name string) (Cursor, error) {
	v, err := r.Get(cursorKey(name))
	if err != nil {
		return Cursor{}, err
	}
	return ParseCursor(string(v))
}

// DropCursor forgets a follower.
func DropCursor(tx Tx, name string) { tx.Delete(cursorKey(name)) }

// Cursors yields the durable followers, by name, and at most one error, last.
func Cursors(r Reader) iter.Seq2[Follower, error] {
	return func(yield func(Follower, error) bool) {
		for kv, err := range r.Scan(Prefix(NewKey(ownTable, ownCursors))) {
			var f Follower
			if err == nil {
				k := ReadKey(kv.Key)
				f.Name = k.String()
				err = k.Err()
			}
			if err == nil {
				f.Cursor, err = ParseCursor(string(kv.Value))
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// A Follower is a durable reader of the feed and how far it has read.
type Follower struct {
	Name   string
	Cursor Cursor
}

// Trim drops the beginning of the feed up to and including before, but nothing
// that a durable follower has yet to read, and returns where the feed begins
// now at the earliest. It returns an error that wraps [errors.ErrUnsupported]
// when the engine is no [Trimmer].
func Trim(ctx context.Context, st Store, before Cursor) (Cursor, error) {
	trimmer, ok := As[Trimmer](st)
	if !ok {
		return Cursor{}, fmt.Errorf("trim: %w", errors.ErrUnsupported)
	}
	err := st.View(ctx, func(_ context.Context, r Reader) error {
		for f, err := range Cursors(r) {
			if err != nil {
				return err
			}
			if f.Cursor.Compare(before) < 0 {
				before = f.Cursor
			}
		}
		return nil
	})
	if err != nil || before.IsZero() {
		return before, err
	}
	return before, trimmer.Trim(ctx, before)
}

func cursorKey(name string) Key { return NewKey(ownTable, ownCursors).String(name).End() }
