package crm

import "github.com/seed-9cb3708a/clientele/store"

// Shelves returns the tables of a book.
func Shelves(b *Book) []store.Shelf { return b.shelves() }
