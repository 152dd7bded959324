package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// A TableIndex reads a table in the order of one of its indexes. It is a value
// like [Table], safe for concurrent use.
type TableIndex[T any] struct {
	table *Table[T]
	index *Index[T]
	start Key // of all its keys
}

// Key starts a key of the index; append the elements that its Keys gives.
func (x *TableIndex[T]) Key() Key { return x.start }

// Get returns the first record whose key begins with the elements of key, or
// [ErrNotFound]. For a unique index the key must have all its elements.
func (x *TableIndex[T]) Get(r Reader, key Key) (*T, error) {
	row, err := x.Load(r, key)
	if err != nil {
		return nil, err
	}
	return row.Value, nil
}

// Load is Get for a record that is about to be written: see [Table.Save].
func (x *TableIndex[T]) Load(r Reader, key Key) (*Row[T], error) {
	if x.index.Unique {
		elements, err := r.Get(key.End())
		if err != nil {
			return nil, err
		}
		return x.table.Load(r, append(x.table.start, elements...))
	}
	rg := Prefix(key)
	rg.Limit = 1
	for primary, err := range x.Primary(r, rg) {
		if err != nil {
			return nil, err
		}
		return x.table.Load(r, primary[:len(primary)-1])
	}
	return nil, ErrNotFound
}

// Scan yields the records of a range of the index's keys in their order, a
// record as often as it has keys there. A nil bound is the index's. Records are
// read ahead in growing batches, each in one round trip.
func (x *TableIndex[T]) Scan(r Reader, rg Range) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for e, err := range x.records(r, rg) {
			if !yield(e.value, err) || err != nil {
				return
			}
		}
	}
}

// Primary yields the primary keys, complete, of the records that Scan would
// yield, without reading these.
func (x *TableIndex[T]) Primary(r Reader, rg Range) iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		rg.KeysOnly = false
		for kv, err := range r.Scan(within(x.start, rg)) {
			var key Key
			if err == nil {
				key, err = x.primary(kv)
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}

// found is a record and the index key under which it was found.
type found[T any] struct {
	key   []byte
	value *T
}

func (x *TableIndex[T]) records(r Reader, rg Range) iter.Seq2[found[T], error] {
	return func(yield func(found[T], error) bool) {
		var keys, primary [][]byte
		size := 8
		if rg.Limit > 0 {
			size = min(rg.Limit, 256)
		}
		// flush yields what was read ahead.
		flush := func() bool {
			values, err := x.table.getMany(r, primary)
			if err != nil {
				yield(found[T]{}, err)
				return false
			}
			for i, v := range values {
				if v == nil {
					if _, err := r.Get(keys[i]); errors.Is(err, ErrNotFound) {
						continue // deleted by the loop body
					}
					yield(found[T]{}, fmt.Errorf("table %s: index %s names a record that is not there: %w", x.table.schema.Name, x.index.Name, ErrCorrupt))
					return false
				}
				if !yield(found[T]{keys[i], v}, nil) {
					return false
				}
			}
			keys, primary, size = keys[:0], primary[:0], min(2*size, 256)
			return true
		}
		rg.KeysOnly = false
		for kv, err := range r.Scan(within(x.start, rg)) {
			var key Key
			if err == nil {
				key, err = x.primary(kv)
			}
			if err != nil {
				yield(found[T]{}, err)
				return
			}
			keys, primary = append(keys, bytes.Clone(kv.Key)), append(primary, key)
			if len(primary) == size && !flush() {
				return
			}
		}
		flush()
	}
}

// primary returns the complete primary key that an index entry leads to: a
// unique index keeps its elements as value; another has them at the end of the
// key, and their length as value.
func (x *TableIndex[T]) primary(kv KV) (Key, error) {
	elements := kv.Value
	if !x.index.Unique {
		n, size := binary.Uvarint(kv.Value)
		if size <= 0 || n >= uint64(len(kv.Key)) {
			return nil, fmt.Errorf("table %s: index %s: %w", x.table.schema.Name, x.index.Name, ErrCorrupt)
		}
		elements = kv.Key[len(kv.Key)-1-int(n) : len(kv.Key)-1]
	}
	return append(x.table.start, elements...).End(), nil
}

// An entry is one key of an index and what stands under it.
type entry struct {
	key    Key
	value  []byte
	unique bool
}

// entries returns the index entries of a record, nil for none, sorted.
func (t *Table[T]) entries(v *T) []entry {
	if v == nil || len(t.schema.Indexes) == 0 {
		return nil
	}
	primary := t.schema.Key(t.start, v)[len(t.start):]
	all := make([]entry, 0, len(t.indexes)+1)
	arena := make([]byte, 0, 128*len(t.indexes))
	for i := range t.indexes {
		all, arena = t.indexes[i].entries(all, arena, v, primary)
	}
	slices.SortFunc(all, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	return slices.CompactFunc(all, func(a, b entry) bool { return bytes.Equal(a.key, b.key) })
}

// entries adds a record's entries of one index to list, and their bytes to
// arena: keys may share memory until they are copied there.
func (x *TableIndex[T]) entries(list []entry, arena []byte, v *T, primary []byte) ([]entry, []byte) {
	keep := func(parts ...[]byte) []byte {
		n := len(arena)
		for _, p := range parts {
			arena = append(arena, p...)
		}
		return arena[n:len(arena):len(arena)]
	}
	x.index.Keys(x.start, v, func(k Key) {
		if x.index.Unique {
			list = append(list, entry{keep(k, end), primary, true})
			return
		}
		key := keep(k, primary, end)
		n := len(arena)
		arena = binary.AppendUvarint(arena, uint64(len(primary)))
		list = append(list, entry{key, arena[n:len(arena):len(arena)], false})
	})
	return list, arena
}

var end = []byte{tagEnd}

// reindex turns the entries of a record's old value into those of its new.
func (t *Table[T]) reindex(tx Tx, old, now []entry) error {
	var gone, added []entry
	for len(old)+len(now) > 0 {
		switch {
		case len(now) == 0 || len(old) > 0 && bytes.Compare(old[0].key, now[0].key) < 0:
			gone, old = append(gone, old[0]), old[1:]
		case len(old) == 0 || bytes.Compare(now[0].key, old[0].key) < 0:
			added, now = append(added, now[0]), now[1:]
		default:
			if !bytes.Equal(old[0].value, now[0].value) { // the primary key changed
				added = append(added, entry{key: now[0].key, value: now[0].value})
			}
			old, now = old[1:], now[1:]
		}
	}
	if err := t.checkUnique(tx, added); err != nil {
		return err
	}
	for _, e := range gone {
		tx.Delete(e.key)
	}
	for _, e := range added {
		tx.Put(e.key, e.value)
	}
	return nil
}

// checkUnique returns an error when a unique entry is taken.
func (t *Table[T]) checkUnique(r Reader, added []entry) error {
	var keys [][]byte
	for _, e := range added {
		if e.unique {
			keys = append(keys, e.key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	taken, err := r.GetMany(keys)
	if err != nil {
		return err
	}
	for i, v := range taken {
		if v != nil {
			return fmt.Errorf("table %s: index %d: key of another record: %w", t.schema.Name, keys[i][1], ErrExists)
		}
	}
	return nil
}
