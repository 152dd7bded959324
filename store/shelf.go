package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
)

// PrimaryKey, as a schema's Owner, says that the primary key begins with the
// subject.
const PrimaryKey = "primary key"

// A Shelf is a [Table] of whatever records, for code that treats all tables
// alike: to show them, to export them, to erase somebody's data. A Shelf is
// safe for concurrent use.
type Shelf interface {
	// Name and Number are the schema's; Space is the number of the namespace.
	Name() string
	Number() byte
	Space() uint64

	// At returns the same table in a namespace, as [Table.In] does.
	At(space uint64) Shelf

	// Prepare makes a store ready for the table: see [Table.Prepare].
	Prepare(ctx context.Context, st Store) error

	// Read yields the records of a range of primary keys in their order. A nil
	// bound is the table's. It yields at most one error, last.
	Read(r Reader, rg Range) iter.Seq2[Document, error]

	// Of yields the records whose Subject this is, each once, in the order of
	// the index that the schema names as Owner, else of their primary keys.
	// The subject "" has none. It yields at most one error, last.
	Of(r Reader, subject string) iter.Seq2[Document, error]

	// Write puts a record from its JSON, whether or not there is one with its
	// key, and reports whether anything changed. It returns an error that
	// wraps [ErrInvalid] and names the field, never its value, for JSON that
	// is no such record, has a field that the record has not, or one that
	// would not be kept as it stands: what Write takes, Read gives back. A
	// time finer than a millisecond is cut, and its zone is not kept. For a
	// unique key of another record it returns one that wraps [ErrExists].
	Write(tx Tx, doc json.RawMessage) (changed bool, err error)

	// Erase erases a subject's data from at most limit records, 0 for all: it
	// deletes them or, where the schema says Keep, writes them without their
	// personal fields. It returns how many it changed; what holds no personal
	// data any more does not count. When the limit ended it, next is where to go
	// on: the after of the next call, which may be in another transaction. Nil
	// is the beginning and the end. The subject "" has no records.
	Erase(tx Tx, subject string, after []byte, limit int) (n int, next []byte, err error)
}

var _ Shelf = (*Table[tableRecord])(nil)

// Number returns the number that the schema gives.
func (t *Table[T]) Number() byte { return t.schema.Number }

// Space returns the number of the namespace that the table is in.
func (t *Table[T]) Space() uint64 { return t.space }

// At is In for a [Shelf].
func (t *Table[T]) At(space uint64) Shelf { return t.In(space) }

// Read is Scan for a [Shelf].
func (t *Table[T]) Read(r Reader, rg Range) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for kv, err := range r.Scan(within(t.start, rg)) {
			var d Document
			if err == nil {
				d, err = t.document(kv.Key, kv.Value)
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// Of yields all records of a subject: see [Shelf].
func (t *Table[T]) Of(r Reader, subject string) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for row, err := range t.owned(r, subject, nil) {
			var d Document
			if err == nil {
				d, err = t.present(row.key, row.Value)
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// Write puts a record from its JSON: see [Shelf].
func (t *Table[T]) Write(tx Tx, doc json.RawMessage) (changed bool, err error) {
	v := new(T)
	if err = parse(doc, v); err == nil {
		err = survives(v, t.schema.Fields)
	}
	if err != nil {
		return false, fmt.Errorf("table %s: %w", t.schema.Name, err)
	}
	row, err := t.Load(tx, t.schema.Key(t.start, v))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	return t.Save(tx, row, v)
}

// Erase erases a subject's data: see [Shelf].
func (t *Table[T]) Erase(tx Tx, subject string, after []byte, limit int) (n int, next []byte, err error) {
	for row, err := range t.owned(tx, subject, after) {
		if err != nil {
			return n, nil, err
		}
		if t.schema.Keep {
			// Nobody can tell whether what a newer release wrote is personal.
			row.unknown = nil
			changed, err := t.Save(tx, row.Row, t.Redact(row.Value))
			if err != nil {
				return n, nil, err
			}
			if !changed {
				continue
			}
		} else {
			t.remove(tx, row.Row)
		}
		if n++; n == limit {
			return n, row.at, nil
		}
	}
	return n, nil, nil
}

// Redact returns a copy of a record without the fields that the schema calls
// Personal.
func (t *Table[T]) Redact(v *T) *T {
	raw := Encode(nil, v, t.schema.Fields)
	if len(t.schema.Personal) > 0 {
		raw = without(raw, t.schema.Personal)
	}
	redacted := new(T)
	// It fails only for a record that could not be read from a store either,
	// and then gives what came before the fault.
	_ = Decode(raw, redacted, t.schema.Fields)
	return redacted
}

// without removes fields from the top level of a message.
func without(raw []byte, numbers []Number) []byte {
	rest := raw[:0]
	for len(raw) > 0 {
		num, _, n := protowire.ConsumeField(raw)
		if n < 0 {
			break
		}
		drop := false
		for _, d := range numbers {
			drop = drop || d == num
		}
		if !drop {
			rest = append(rest, raw[:n]...)
		}
		raw = raw[n:]
	}
	return rest
}

// A reached is a row with the key that led to it.
type reached[T any] struct {
	*Row[T]
	at []byte
}

// owned yields the rows of a subject behind a key, nil for all, each once; a row
// is valid for its step. The loop body may write them.
func (t *Table[T]) owned(r Reader, subject string, after []byte) iter.Seq2[reached[T], error] {
	return func(yield func(reached[T], error) bool) {
		if subject == "" || t.schema.Subject == nil {
			return
		}
		behind := func(start Key) Range {
			rg := Prefix(start)
			if after != nil {
				rg.From = append(bytes.Clone(after), 0)
			}
			return rg
		}
		var rows iter.Seq2[reached[T], error]
		switch owner := t.schema.Owner; owner {
		case "":
			rows = t.scanned(r, behind(t.start))
		case PrimaryKey:
			rows = t.scanned(r, behind(t.start.String(subject)))
		default:
			x := t.Index(owner)
			rows = x.rows(r, behind(x.start.String(subject)))
		}
		for row, err := range rows {
			if err == nil && t.schema.Subject(row.Value) != subject {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// scanned yields the rows of a range of primary keys.
func (t *Table[T]) scanned(r Reader, rg Range) iter.Seq2[reached[T], error] {
	return func(yield func(reached[T], error) bool) {
		for kv, err := range r.Scan(rg) {
			var row reached[T]
			if err == nil {
				key := bytes.Clone(kv.Key)
				row, err = t.row(key, bytes.Clone(kv.Value), key)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// rows yields the rows that a range of the index leads to, each once and as it
// was when a batch of them was read.
func (x *TableIndex[T]) rows(r Reader, rg Range) iter.Seq2[reached[T], error] {
	return func(yield func(reached[T], error) bool) {
		seen := map[string]bool{}
		var keys, primary [][]byte
		flush := func() bool {
			raws, err := r.GetMany(primary)
			if err != nil {
				yield(reached[T]{}, err)
				return false
			}
			for i, raw := range raws {
				if raw == nil {
					if _, err := r.Get(keys[i]); errors.Is(err, ErrNotFound) {
						continue // deleted by the loop body
					}
					yield(reached[T]{}, fmt.Errorf("table %s: index %s names a record that is not there: %w", x.table.schema.Name, x.index.Name, ErrCorrupt))
					return false
				}
				row, err := x.table.row(primary[i], raw, keys[i])
				if !yield(row, err) || err != nil {
					return false
				}
			}
			keys, primary = keys[:0], primary[:0]
			return true
		}
		for kv, err := range r.Scan(within(x.start, rg)) {
			var key Key
			if err == nil {
				key, err = x.primary(kv)
			}
			if err != nil {
				yield(reached[T]{}, err)
				return
			}
			if seen[string(key)] {
				continue
			}
			seen[string(key)] = true
			keys, primary = append(keys, bytes.Clone(kv.Key)), append(primary, key)
			if len(primary) == 256 && !flush() {
				return
			}
		}
		flush()
	}
}

// row makes a row of what stands in the store.
func (t *Table[T]) row(key Key, raw, at []byte) (reached[T], error) {
	v, unknown, err := t.decodeAll(raw)
	if err != nil {
		return reached[T]{}, err
	}
	return reached[T]{&Row[T]{Value: v, key: key, raw: raw, unknown: unknown}, at}, nil
}
