package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"sync"
)

// recordFormat is the first byte of every record.
const recordFormat = 1

// A Row is a record as it was read: its value and what is needed to write it
// again without reading it again.
type Row[T any] struct {
	Value   *T
	key     Key // complete
	raw     []byte
	unknown []byte // the fields in raw that this release does not know
}

// Get returns the record with this primary key, or [ErrNotFound].
func (t *Table[T]) Get(r Reader, key Key) (*T, error) {
	raw, err := r.Get(key.End())
	if err != nil {
		return nil, err
	}
	return t.decode(raw)
}

// GetMany returns the records with these primary keys in the same order, nil
// for one that is absent, in one round trip.
func (t *Table[T]) GetMany(r Reader, keys []Key) ([]*T, error) {
	complete := make([][]byte, len(keys))
	for i, k := range keys {
		complete[i] = k.End()
	}
	return t.getMany(r, complete)
}

func (t *Table[T]) getMany(r Reader, complete [][]byte) ([]*T, error) {
	raws, err := r.GetMany(complete)
	if err != nil {
		return nil, err
	}
	values := make([]*T, len(raws))
	for i, raw := range raws {
		if raw != nil {
			if values[i], err = t.decode(raw); err != nil {
				return nil, err
			}
		}
	}
	return values, nil
}

// Load is Get for a record that is about to be written: see [Table.Save].
func (t *Table[T]) Load(r Reader, key Key) (*Row[T], error) {
	key = key.End()
	raw, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	v, unknown, err := t.decodeAll(raw)
	if err != nil {
		return nil, err
	}
	return &Row[T]{Value: v, key: key, raw: raw, unknown: unknown}, nil
}

// encode returns what stands in the store for v in the place of row, in memory
// that goes back to the pool with free.
func (t *Table[T]) encode(row *Row[T], v *T) (raw []byte, free func()) {
	buf := scratch.Get().(*[]byte)
	raw = Encode(append((*buf)[:0], recordFormat), v, t.schema.Fields)
	if row != nil {
		raw = append(raw, row.unknown...)
	}
	return raw, func() {
		*buf = raw
		scratch.Put(buf)
	}
}

var scratch = sync.Pool{New: func() any { return new([]byte) }}

// Same reports whether Save of v in the place of row would change nothing.
func (t *Table[T]) Same(row *Row[T], v *T) bool {
	raw, free := t.encode(row, v)
	defer free()
	return bytes.Equal(raw, row.raw) && bytes.Equal(t.schema.Key(t.start, v).End(), row.key)
}

// Save writes v in the place of the row that was loaded in the same
// transaction, or as a new record when row is nil, and reports whether
// anything changed. The row's own Value may have been changed and given as v.
// A nil row asserts that there is no record with v's key. Save returns an
// error that wraps [ErrExists] when a unique index holds a key of v for another
// record, or when v's primary key is no longer the row's and another record has
// it. It costs one round trip when v has unique keys that the row had not, one
// when the primary key changed, and none otherwise.
func (t *Table[T]) Save(tx Tx, row *Row[T], v *T) (changed bool, err error) {
	key := t.schema.Key(t.start, v).End()
	raw, free := t.encode(row, v)
	defer free()
	var old *T
	if row != nil {
		if bytes.Equal(raw, row.raw) && bytes.Equal(key, row.key) {
			return false, nil
		}
		if len(t.schema.Indexes) > 0 { // row.Value may have been changed
			if old, err = t.decode(row.raw); err != nil {
				return false, err
			}
		}
	}
	moved := row != nil && !bytes.Equal(key, row.key)
	if moved {
		if _, err := tx.Get(key); err == nil {
			return false, fmt.Errorf("table %s: primary key of another record: %w", t.schema.Name, ErrExists)
		} else if !errors.Is(err, ErrNotFound) {
			return false, err
		}
	}
	if err := t.reindex(tx, t.entries(old), t.entries(v)); err != nil {
		return false, err
	}
	if moved {
		tx.Delete(row.key)
	}
	tx.Put(key, raw)
	return true, nil
}

// Put writes v, whether or not there is a record with its key: Load and Save.
func (t *Table[T]) Put(tx Tx, v *T) error {
	row, err := t.Load(tx, t.schema.Key(t.start, v))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err = t.Save(tx, row, v)
	return err
}

// Update reads the record with this primary key, calls f with it, writes it
// back and returns it. It returns [ErrNotFound], or f's error as it is.
func (t *Table[T]) Update(tx Tx, key Key, f func(*T) error) (*T, error) {
	row, err := t.Load(tx, key)
	if err != nil {
		return nil, err
	}
	if err := f(row.Value); err != nil {
		return nil, err
	}
	_, err = t.Save(tx, row, row.Value)
	return row.Value, err
}

// Delete removes the record with this primary key, or returns [ErrNotFound].
func (t *Table[T]) Delete(tx Tx, key Key) error {
	row, err := t.Load(tx, key)
	if err != nil {
		return err
	}
	t.remove(tx, row)
	return nil
}

// remove deletes a record as it was read, with its index entries.
func (t *Table[T]) remove(tx Tx, row *Row[T]) {
	for _, e := range t.entries(row.Value) {
		tx.Delete(e.key)
	}
	tx.Delete(row.key)
}

// Scan yields the records of a range of primary keys in their order. A nil
// bound is the table's.
func (t *Table[T]) Scan(r Reader, rg Range) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for kv, err := range r.Scan(within(t.start, rg)) {
			var v *T
			if err == nil {
				v, err = t.decode(kv.Value)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// within bounds a range by the keys that begin with start.
func within(start Key, rg Range) Range {
	all := Prefix(start)
	if rg.From == nil || bytes.Compare(rg.From, all.From) < 0 {
		rg.From = all.From
	}
	if rg.To == nil || bytes.Compare(rg.To, all.To) > 0 {
		rg.To = all.To
	}
	return rg
}

func (t *Table[T]) decode(raw []byte) (*T, error) {
	v, _, err := t.decodeAll(raw)
	return v, err
}

func (t *Table[T]) decodeAll(raw []byte) (v *T, unknown []byte, err error) {
	switch {
	case len(raw) == 0 || raw[0] == 0:
		err = errWire
	case raw[0] > recordFormat:
		err = fmt.Errorf("record format %d: %w", raw[0], ErrNewer)
	default:
		v = new(T)
		unknown, err = decode(raw[1:], v, t.schema.Fields)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("table %s: %w", t.schema.Name, err)
	}
	return v, unknown, nil
}
