package store

import (
	"errors"
	"fmt"
	"slices"
)

// A Schema describes the records of a [Table]. Everything in it that reaches
// the file, which is Number, Format, the numbers of fields and indexes, and the
// elements of keys, stays as it is once a file was written with it.
type Schema[T any] struct {
	Number byte   // the first byte of all keys, 1 to 255; 0 is package store's own
	Name   string // room and collection, such as "crm.orders"
	Format int    // of the layout; raised when older releases must not touch it. 0 is the first
	Fields func(*Coder, *T)

	// Key appends the elements of the record's primary key.
	Key     func(Key, *T) Key
	Indexes []Index[T]

	// Subject returns whose data the record is, "" for nobody's; nil means
	// that no record is anybody's. Personal numbers the fields that hold
	// personal data. Rooms export and erase a person's data by them: see
	// [Shelf].
	Subject  func(*T) string
	Personal []Number

	// Owner names the index whose keys begin with the subject as a string, in
	// which every record that has a subject stands; or it is [PrimaryKey]. ""
	// means that the whole table has to be read to find somebody's records.
	Owner string

	// Keep says that records stay when their subject is erased, without the
	// Personal fields, and without fields of a newer release: nobody here can
	// tell what these hold. False means that they are deleted.
	Keep bool
}

// An Index finds records by something else than their primary key. It is kept
// sorted: by its elements, and where these are equal by the primary key.
type Index[T any] struct {
	Number byte // the second byte of its keys, 1 to 255
	Name   string
	Unique bool // no two records share a key of it

	// Keys calls add with every key of the record: none, one or many. A key is
	// made by appending elements to k.
	Keys func(k Key, record *T, add func(Key))
}

// A Table keeps records of type T in any [Store], with their indexes. It holds
// no data itself: it is a value that is made once, from a literal, and used
// with the Reader or Tx at hand. A Table is safe for concurrent use.
//
// Before a store is used with a Table, [Table.Prepare] makes sure that it is
// of a format this release knows and that all indexes are built.
type Table[T any] struct {
	schema  Schema[T]
	space   uint64
	start   Key // of all primary keys
	indexes []TableIndex[T]
}

// NewTable returns a table, or an error that wraps [ErrInvalid] and lists what
// is wrong with the schema.
func NewTable[T any](s Schema[T]) (*Table[T], error) {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("schema %q: %w: "+format, append([]any{s.Name, ErrInvalid}, args...)...))
		}
	}
	check(s.Number > 0, "number 0, want 1 to 255")
	check(s.Name != "", "want a name")
	check(s.Fields != nil && s.Key != nil, "want Fields and Key")
	var numbers []byte
	var names []string
	for _, ix := range s.Indexes {
		check(ix.Number > 0 && !slices.Contains(numbers, ix.Number), "index %q: number %d, want one of its own above 0", ix.Name, ix.Number)
		check(ix.Name != "" && ix.Name != PrimaryKey && !slices.Contains(names, ix.Name), "index %d: name %q, want one of its own", ix.Number, ix.Name)
		check(ix.Keys != nil, "index %q: want Keys", ix.Name)
		numbers, names = append(numbers, ix.Number), append(names, ix.Name)
	}
	check(s.Owner == "" || s.Owner == PrimaryKey || slices.Contains(names, s.Owner), "owner %q, want PrimaryKey or the name of an index", s.Owner)
	check(s.Subject != nil || s.Owner == "" && !s.Keep, "Owner or Keep without Subject")
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return newTable(s, 0), nil
}

// MustTable is [NewTable] for literals: it panics where NewTable fails.
func MustTable[T any](s Schema[T]) *Table[T] {
	t, err := NewTable(s)
	if err != nil {
		panic(err)
	}
	return t
}

// In returns the same table in a namespace, whose number [Namespace] tells.
// The records of one namespace are invisible in another.
func (t *Table[T]) In(space uint64) *Table[T] {
	return newTable(t.schema, space)
}

func newTable[T any](s Schema[T], space uint64) *Table[T] {
	t := &Table[T]{schema: s, space: space}
	start := func(index byte) Key { return slices.Clip(NewKey(s.Number, index).Uint(space)) }
	t.start = start(0)
	for i := range s.Indexes {
		ix := &s.Indexes[i]
		t.indexes = append(t.indexes, TableIndex[T]{table: t, index: ix, start: start(ix.Number)})
	}
	return t
}

// Name returns the name that the schema gives.
func (t *Table[T]) Name() string { return t.schema.Name }

// Key starts a primary key; append the elements that the schema's Key has.
func (t *Table[T]) Key() Key { return t.start }

// Index returns the index with this name. It panics when there is none, as the
// name is a literal.
func (t *Table[T]) Index(name string) *TableIndex[T] {
	for i := range t.indexes {
		if t.indexes[i].index.Name == name {
			return &t.indexes[i]
		}
	}
	panic(fmt.Sprintf("store: table %s has no index %q", t.schema.Name, name))
}
