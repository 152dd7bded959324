package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// The indexes of table 0, which is package store's own.
const (
	ownTable     = 0
	ownTables    = 1 // table number, namespace → tableRecord
	ownSpaces    = 2 // name of a namespace → its number
	ownCursors   = 3 // name of a durable follower → its cursor
	ownSnapshots = 4
	ownCopy      = 5
)

// A tableRecord is what a store says of one of its tables.
type tableRecord struct {
	Number   uint64
	Space    uint64
	Name     string
	Format   int
	Built    []byte // numbers of the indexes that are complete
	Building byte   // number of the index that is being built, 0 for none
	After    []byte // the last primary key that Building holds
}

func tableFields(c *Coder, t *tableRecord) {
	Int(c, 1, &t.Number)
	Int(c, 2, &t.Space)
	String(c, 3, &t.Name)
	Int(c, 4, &t.Format)
	Bytes(c, 5, &t.Built)
	Int(c, 6, &t.Building)
	Bytes(c, 7, &t.After)
}

var tables = &Table[tableRecord]{schema: Schema[tableRecord]{
	Name:   "store.tables",
	Fields: tableFields,
	Key:    func(k Key, t *tableRecord) Key { return tableKey(t.Number, t.Space) },
}}

func tableKey(number, space uint64) Key { return NewKey(ownTable, ownTables).Uint(number).Uint(space) }

// TableState is what a store knows of one of its tables.
type TableState struct {
	Number  byte
	Space   uint64 // the namespace
	Name    string
	Format  int
	Indexes []byte // numbers of the indexes that are built
}

// Tables lists the tables that were prepared in a store, by number.
func Tables(r Reader) ([]TableState, error) {
	var list []TableState
	for kv, err := range r.Scan(Prefix(NewKey(ownTable, ownTables))) {
		if err != nil {
			return nil, err
		}
		t, err := tables.decode(kv.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, TableState{byte(t.Number), t.Space, t.Name, t.Format, t.Built})
	}
	return list, nil
}

// backfillRows is how many records one transaction of a backfill indexes.
var backfillRows = 500 // only tests change it

// backfillBytes is after how many bytes a transaction of a backfill ends early.
const backfillBytes = MaxTx / 4

// Prepare makes a store ready for the table: it writes a new table's format and
// indexes down, and builds an index that a later release brought. Building goes
// on in many small transactions beside other writers, which keep the new index
// already; when it is interrupted the next Prepare continues it. Every process
// that writes must have a release that knows the index.
//
// Prepare returns an error that wraps [ErrNewer] when the store was written in
// a format of a newer release, [ErrInvalid] when the number belongs to another
// table, [ErrExists] when records share a key of a new unique index, and
// [ErrIncomplete] when the store is half of a copy.
func (t *Table[T]) Prepare(ctx context.Context, st Store) error {
	wrap := func(err error) error {
		if err != nil {
			err = fmt.Errorf("table %s: %w", t.schema.Name, err)
		}
		return err
	}
	var rec *tableRecord
	err := st.View(ctx, func(_ context.Context, r Reader) error {
		err := complete(r)
		if err == nil {
			rec, _, err = t.directory(r)
		}
		return err
	})
	for err == nil && !t.ready(rec) {
		err = st.Update(ctx, func(_ context.Context, tx Tx) error {
			var row *Row[tableRecord]
			var err error
			if rec, row, err = t.directory(tx); err != nil || t.ready(rec) {
				return err
			}
			if err := t.build(tx, rec); err != nil {
				return err
			}
			_, err = tables.Save(tx, row, rec)
			return err
		})
	}
	return wrap(err)
}

// directory reads what the store says of the table.
func (t *Table[T]) directory(r Reader) (*tableRecord, *Row[tableRecord], error) {
	row, err := tables.Load(r, tableKey(uint64(t.schema.Number), t.space))
	if errors.Is(err, ErrNotFound) {
		return &tableRecord{Number: uint64(t.schema.Number), Space: t.space}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	rec := *row.Value
	switch {
	case rec.Name != t.schema.Name:
		return nil, nil, fmt.Errorf("number %d belongs to table %s: %w", t.schema.Number, rec.Name, ErrInvalid)
	case rec.Format > t.schema.Format:
		return nil, nil, fmt.Errorf("format %d, this release knows up to %d: %w", rec.Format, t.schema.Format, ErrNewer)
	}
	rec.Built = slices.Clone(rec.Built)
	return &rec, row, nil
}

// ready reports whether there is nothing left to prepare.
func (t *Table[T]) ready(rec *tableRecord) bool {
	return rec.Name == t.schema.Name && rec.Format == t.schema.Format &&
		len(rec.Built) == len(t.schema.Indexes) && t.unbuilt(rec) == nil && rec.Building == 0
}

// unbuilt returns the first index that is not complete.
func (t *Table[T]) unbuilt(rec *tableRecord) *TableIndex[T] {
	for i := range t.indexes {
		if x := &t.indexes[i]; !slices.Contains(rec.Built, x.index.Number) {
			return x
		}
	}
	return nil
}

// build does one transaction's worth of what is left to prepare.
func (t *Table[T]) build(tx Tx, rec *tableRecord) error {
	rec.Name, rec.Format = t.schema.Name, t.schema.Format
	// An index of a newer release that is not kept here would go stale.
	rec.Built = slices.DeleteFunc(rec.Built, func(n byte) bool {
		return !slices.ContainsFunc(t.schema.Indexes, func(ix Index[T]) bool { return ix.Number == n })
	})
	x := t.unbuilt(rec)
	if x == nil {
		rec.Building, rec.After = 0, nil // of a newer release: it begins again
		return nil
	}
	rg := Prefix(t.start)
	if rec.Building != x.index.Number {
		all := Prefix(x.start)
		tx.DeleteRange(all.From, all.To)
		rec.Building, rec.After = x.index.Number, nil
	} else if rec.After != nil {
		rg.From = append(rec.After, 0)
	}
	rg.Limit = backfillRows
	rows, size := 0, 0
	for kv, err := range tx.Scan(rg) {
		if err != nil {
			return err
		}
		v, err := t.decode(kv.Value)
		if err != nil {
			return err
		}
		key := t.schema.Key(t.start, v)
		n, err := x.fill(tx, v, key[len(t.start):])
		if err != nil {
			return err
		}
		rec.After = append(rec.After[:0:0], kv.Key...)
		rows, size = rows+1, size+n
		if size >= backfillBytes {
			break
		}
	}
	if rows < backfillRows && size < backfillBytes {
		rec.Built = append(rec.Built, x.index.Number)
		slices.Sort(rec.Built)
		rec.Building, rec.After = 0, nil
	}
	return nil
}

// fill writes one record's entries of an index that is being built; a writer
// beside us may have done so already. It returns how many bytes it wrote.
func (x *TableIndex[T]) fill(tx Tx, v *T, primary []byte) (size int, err error) {
	entries, _ := x.entries(nil, nil, v, primary)
	for _, e := range entries {
		was, err := tx.Get(e.key)
		switch {
		case err == nil && string(was) == string(e.value):
			continue
		case err == nil:
			return 0, fmt.Errorf("unique index %s: two records share a key: %w", x.index.Name, ErrExists)
		case !errors.Is(err, ErrNotFound):
			return 0, err
		}
		tx.Put(e.key, e.value)
		size += len(e.key) + len(e.value)
	}
	return size, nil
}

// Namespace returns the number of a namespace, for [Table.In], and gives it one
// when it is new. The namespace "" is number 0.
func Namespace(ctx context.Context, st Store, name string) (uint64, error) {
	if name == "" {
		return 0, nil
	}
	key := NewKey(ownTable, ownSpaces).String(name).End()
	var space uint64
	read := func(r Reader) error {
		v, err := r.Get(key)
		if err == nil {
			k := ReadKey(v)
			space, err = k.Uint(), k.Err()
		}
		return err
	}
	err := st.View(ctx, func(_ context.Context, r Reader) error { return read(r) })
	if !errors.Is(err, ErrNotFound) {
		return space, err
	}
	err = st.Update(ctx, func(_ context.Context, tx Tx) error {
		err := read(tx)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		space = 1
		for _, err := range tx.Scan(Prefix(NewKey(ownTable, ownSpaces))) {
			if err != nil {
				return err
			}
			space++
		}
		tx.Put(key, NewKey(ownTable, ownSpaces).Uint(space))
		return nil
	})
	return space, err
}

// Namespaces lists the namespaces of a store by number; [0] is "".
func Namespaces(r Reader) ([]string, error) {
	names := map[uint64]string{0: ""}
	for kv, err := range r.Scan(Prefix(NewKey(ownTable, ownSpaces))) {
		if err != nil {
			return nil, err
		}
		k, v := ReadKey(kv.Key), ReadKey(kv.Value)
		names[v.Uint()] = k.String()
		if err := errors.Join(k.Err(), v.Err()); err != nil {
			return nil, err
		}
	}
	list := make([]string, len(names))
	for n, name := range names {
		if n >= uint64(len(list)) {
			return nil, fmt.Errorf("namespace %q has number %d of %d: %w", name, n, len(list), ErrCorrupt)
		}
		list[n] = name
	}
	return list, nil
}
