package memstore_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/store/memstore"
	"github.com/seed-9cb3708a/clientele/store/storetest"
)

func FuzzModel(f *testing.F) {
	f.Add([]byte("\x03\x05\x03\x00\x02\x07\x20\x07\x00\x01\x02\x03"))
	f.Add([]byte("an Update that puts, an Update that scans and deletes, a View that reads"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 1000 {
			t.Skip("long inputs find nothing more")
		}
		for _, opts := range []*memstore.Options{nil, {Chaos: 1}} {
			st := memstore.New(opts)
			storetest.Model(t, st, ops)
			if err := st.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	})
}
