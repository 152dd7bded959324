package boltstore_test

import (
	"path/filepath"
	"testing"

	"github.com/seed-9cb3708a/clientele/store/storetest"
)

func FuzzModel(f *testing.F) {
	f.Add([]byte("put, delete, scan and commit as these bytes say"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		st := open(t, filepath.Join(t.TempDir(), "shop.db"))
		defer st.Close()
		storetest.Model(t, st, ops)
	})
}
