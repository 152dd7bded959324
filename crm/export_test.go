package crm

import (
	"context"

	"github.com/seed-9cb3708a/clientele/store"
)

// Shelves returns the tables of a book.
func Shelves(b *Book) []store.Shelf { return b.shelves() }

// Encoded returns a value as it stands in a record.
func Encoded(v Value) []byte { return store.Encode(nil, &v, valueFields) }

// Decoded reads a value as it stands in a record.
func Decoded(data []byte) (v Value, err error) {
	err = store.Decode(data, &v, valueFields)
	return v, err
}

// Coded writes a value as into a record, and reads it back.
func Coded(v Value) (Value, error) { return Decoded(Encoded(v)) }

// LeaveGroups takes a customer id out of all groups.
func LeaveGroups(ctx context.Context, b *Book, id CustomerID) error {
	return b.Update(ctx, func(_ context.Context, tx *Tx) error { return tx.leaveGroups(id) })
}
