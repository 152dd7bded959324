package boltstore

import (
	"context"
	"iter"
	"runtime/debug"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/store"
)

// A reader reads one snapshot on behalf of one callback.
type reader struct {
	ctx    context.Context
	epoch  uint64
	snap   *snapshot
	closed atomic.Bool
}

// stride is how many steps of a scan go between two looks at the context.
const stride = 256

func (r *reader) close() { r.closed.Store(true) }

func (r *reader) err() error {
	if r.closed.Load() {
		return store.ErrClosed
	}
	return r.ctx.Err()
}

// Get implements [store.Reader].
func (r *reader) Get(key []byte) ([]byte, error) {
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.snap.get(key)
}

// GetMany implements [store.Reader].
func (r *reader) GetMany(keys [][]byte) ([][]byte, error) {
	if err := r.err(); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	if err := r.snap.getMany(keys, values); err != nil {
		return nil, err
	}
	return values, nil
}

// Head implements [store.Reader].
func (r *reader) Head() (store.Cursor, error) {
	if err := r.err(); err != nil {
		return store.Cursor{}, err
	}
	n, err := r.snap.head()
	if err != nil {
		return store.Cursor{}, err
	}
	return store.NewCursor(r.epoch, n, 0), nil
}

// Scan implements [store.Reader].
func (r *reader) Scan(rg store.Range) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // iter.Pull has its own goroutine
		w := walk{snap: r.snap, r: rg}
		for n := 0; rg.Limit == 0 || n < rg.Limit; n++ {
			var err error
			if n%stride == 0 {
				err = r.err()
			} else if r.closed.Load() {
				err = store.ErrClosed
			}
			var ok bool
			if err == nil {
				ok, err = w.next()
			}
			if err != nil {
				yield(store.KV{}, err)
				return
			}
			if !ok || !yield(w.kv, nil) {
				return
			}
		}
	}
}
