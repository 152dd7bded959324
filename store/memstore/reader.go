package memstore

import (
	"context"
	"iter"

	"github.com/seed-9cb3708a/clientele/store"
)

// A reader reads one generation, and notes in seen, unless nil, what it read.
type reader struct {
	ctx    context.Context
	st     *Store
	g      *generation
	seen   *reads
	closed bool
}

// stride is how many steps of a scan go between two looks at the context.
const stride = 256

func (s *Store) reader(ctx context.Context, g *generation, seen *reads) *reader {
	return &reader{ctx: ctx, st: s, g: g, seen: seen}
}

func (r *reader) close() { r.closed = true }

func (r *reader) err() error {
	if r.closed {
		return store.ErrClosed
	}
	return r.ctx.Err()
}

// Get implements [store.Reader].
func (r *reader) Get(key []byte) ([]byte, error) {
	if err := r.err(); err != nil {
		return nil, err
	}
	if v := r.get(key); v != nil {
		return v, nil
	}
	return nil, store.ErrNotFound
}

// GetMany implements [store.Reader].
func (r *reader) GetMany(keys [][]byte) ([][]byte, error) {
	if err := r.err(); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = r.get(key)
	}
	return values, nil
}

// Head implements [store.Reader].
func (r *reader) Head() (store.Cursor, error) {
	if err := r.err(); err != nil {
		return store.Cursor{}, err
	}
	return r.st.cursor(r.g.head()), nil
}

// Scan implements [store.Reader].
func (r *reader) Scan(rg store.Range) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		if err := r.err(); err != nil {
			yield(store.KV{}, err)
			return
		}
		at := r.seen.begin(rg)
		n := 0
		var kv store.KV
		ended := true
		r.g.walk(rg, func(key string, v value) bool {
			if r.closed || n%stride == 0 {
				if err := r.err(); err != nil {
					yield(store.KV{}, err)
					ended = false
					return false
				}
			}
			r.seen.reach(at, key)
			kv.Key = append(kv.Key[:0], key...)
			if !rg.KeysOnly {
				if kv.Value == nil {
					kv.Value = make([]byte, 0, len(v.data))
				}
				kv.Value = append(kv.Value[:0], v.data...)
			}
			n++
			ended = yield(kv, nil) && n != rg.Limit
			r.st.chaos.spoil(kv)
			return ended
		})
		if ended {
			r.seen.end(at)
		}
	}
}

// get returns a copy of a value, or nil.
func (r *reader) get(key []byte) []byte {
	v, ok := r.g.tree.Get(string(key))
	r.seen.key(key)
	if !ok {
		return nil
	}
	return append(make([]byte, 0, len(v.data)), v.data...)
}
