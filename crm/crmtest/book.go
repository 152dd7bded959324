package crmtest

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// New returns an empty book in euros that lives in memory. It is closed when
// the test and its subtests are over.
func New(t testing.TB) *crm.Book {
	t.Helper()
	st := memstore.New(nil)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("crmtest: closing the store: %v", err)
		}
	})
	book, err := crm.New(st, &crm.Options{Currency: "EUR"})
	if err != nil {
		t.Fatalf("crmtest: %v", err)
	}
	return book
}
