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
}

// Key starts a key of the index; append the elements that its Keys gives.
func (x *TableIndex[T]) Key() Key { return x.table.prefix(x.index.Number) }

// Get returns the first record whose key begins with the elements of key, or
// [ErrNotFound]. A unique index has at most one.
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
		return x.table.Load(r, append(x.table.prefix(0), elements...))
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
		for kv, err := range r.Scan(x.table.within(x.index.Number, rg)) {
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
		for kv, err := range r.Scan(x.table.within(x.index.Number, rg)) {
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
	return append(x.table.prefix(0), elements...).End(), nil
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
	start := len(t.prefix(0))
	primary := t.schema.Key(t.prefix(0), v)[start:]
	all := make([]entry, 0, len(t.schema.Indexes)+1)
	for i := range t.schema.Indexes {
		all = t.appendEntries(all, &t.schema.Indexes[i], v, primary)
	}
	slices.SortFunc(all, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	return slices.CompactFunc(all, func(a, b entry) bool { return bytes.Equal(a.key, b.key) })
}

// appendEntries adds a record's entries of one index to list.
func (t *Table[T]) appendEntries(list []entry, ix *Index[T], v *T, primary []byte) []entry {
	prefix := slices.Clip(t.prefix(ix.Number)) // so that keys do not share memory
	ix.Keys(prefix, v, func(k Key) {
		k = slices.Clip(k) // the next key may go on from the same elements
		if ix.Unique {
			list = append(list, entry{k.End(), primary, true})
			return
		}
		size := binary.AppendUvarint(nil, uint64(len(primary)))
		list = append(list, entry{append(k, primary...).End(), size, false})
	})
	return list
}

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
