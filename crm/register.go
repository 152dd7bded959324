package crm

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/seed-9cb3708a/clientele/store"
)

// tables are the book's own, by number.
var tables = []store.Shelf{
	bookTable, customerTable, aggregatesTable, productTable, orderTable, refundTable, listingTable, linkTable,
	identityTable, interactionTable, consentTable, permissionTable, traitTable, traitHistoryTable, attributeTable, groupTable,
	followingTable, letterTable, auditTable, erasureTable, auditHeadTable, erasureKeyTable,
}

// A register is the tables of rooms.
type register struct {
	mu      sync.RWMutex
	shelves []store.Shelf
}

// Register tells the book of tables that a room or a shop keeps beside its own,
// so that a person's data are found in them, exported and erased, and that they
// are part of an export of the whole book. They are used in the book's
// namespace, and prepared by who registers them, in every process that uses the
// book. Registering a table again changes nothing. Register returns an error
// that wraps [ErrExists], and registers nothing, when a name or a number is
// another table's. It is safe for concurrent use.
func (b *Book) Register(shelves ...store.Shelf) error {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	now := slices.Clone(b.rooms.shelves)
	for _, s := range shelves {
		known := false
		for _, o := range slices.Concat(tables, now) {
			sameName, sameNumber := o.Name() == s.Name(), o.Number() == s.Number()
			if sameName != sameNumber {
				err := fmt.Errorf("table %s, number %d: there is %s, number %d: %w", s.Name(), s.Number(), o.Name(), o.Number(), ErrExists)
				return wrap("Register", "table", s.Name(), err)
			}
			known = known || sameName
		}
		if !known {
			now = append(now, s.At(b.space))
		}
	}
	b.rooms.shelves = now
	return nil
}

// Space returns the number of the book's namespace in its store: where tables of
// rooms and shops that go with the book belong. See [store.Table.In].
func (b *Book) Space() uint64 { return b.space }

// shelves returns all tables of the book, those that rooms registered included,
// by number.
func (b *Book) shelves() []store.Shelf {
	b.rooms.mu.RLock()
	list := slices.Clone(b.rooms.shelves)
	b.rooms.mu.RUnlock()
	for _, s := range tables {
		list = append(list, s.At(b.space))
	}
	slices.SortFunc(list, func(s, o store.Shelf) int { return cmp.Compare(s.Number(), o.Number()) })
	return list
}
