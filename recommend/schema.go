package recommend

import (
	"fmt"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of the tables, the first bytes of their keys.
const tableReminders = 56

// A reminder says of which purchase it was told that the product is due again.
type reminder struct {
	Customer crm.CustomerID `json:"customer"`
	Product  crm.ProductID  `json:"product"`
	Bought   int32          `json:"bought"` // the day, since 1970-01-01
}

var reminderTable = store.MustTable(store.Schema[reminder]{
	Number: tableReminders, Name: "recommend.reminders",
	Fields: func(c *store.Coder, v *reminder) {
		store.String(c, 1, &v.Customer)
		store.String(c, 2, &v.Product)
		store.Int(c, 3, &v.Bought)
	},
	Key: func(k store.Key, v *reminder) store.Key {
		return k.String(string(v.Customer)).String(string(v.Product))
	},
	Subject: func(v *reminder) string { return string(v.Customer) },
	Owner:   store.PrimaryKey,
})

// A reminderShelf is the shelf of reminders and of what is saved beside them, which
// is everybody's: it is dropped when anybody is erased.
type reminderShelf struct{ *store.Table[reminder] }

// At is the table in a namespace.
func (s reminderShelf) At(space uint64) store.Shelf { return reminderShelf{s.In(space)} }

// Erase erases reminders, and drops what was saved. That is a cache, and counts for
// nothing.
func (s reminderShelf) Erase(tx store.Tx, subject string, after []byte, limit int) (n int, next []byte, err error) {
	if subject != "" {
		ledgerOf(s.Space()).DropIn(tx)
		modelsOf(s.Space()).DropIn(tx)
	}
	return s.Table.Erase(tx, subject, after, limit)
}

// ledgerOf is where what was read of a namespace is saved, and modelsOf where the
// models are.
func ledgerOf(space uint64) store.Snapshot {
	return store.Snapshot{Name: fmt.Sprintf("recommend/%d/ledger", space)}
}

func modelsOf(space uint64) store.Snapshot {
	return store.Snapshot{Name: fmt.Sprintf("recommend/%d/models", space), Format: 2}
}
