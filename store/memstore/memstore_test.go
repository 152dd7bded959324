package memstore_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
	"github.com/seed-9cb3708a/clientele/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New(nil) })
}

func TestStoreWithChaos(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		return memstore.New(&memstore.Options{Chaos: 1})
	})
}

// TestStoreOneAtATime shows that the suite accepts an engine with one writer.
func TestStoreOneAtATime(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		st := memstore.New(nil)
		st.OneAtATime()
		return st
	})
}
