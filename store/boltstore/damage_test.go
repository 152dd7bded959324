package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// sample writes some tables and a feed, and returns their pairs in key order.
func sample(t testing.TB, st store.Store, perTable int) (pairs []store.KV) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, table := range []string{"\x01\x00", "\x01\x01", "\x02\x00", "\x03"} {
		for n := range perTable {
			value := make([]byte, rng.IntN(200))
			for i := range value {
				value[i] = byte(rng.Uint32())
			}
			pairs = append(pairs, store.KV{Key: fmt.Appendf(nil, "%s\x10key%08d", table, n), Value: value})
		}
	}
	for _, n := range rng.Perm(len(pairs) / 100) {
		err := st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
			for _, kv := range pairs[n*100 : n*100+100] {
				tx.Put(kv.Key, kv.Value)
			}
			tx.Emit("written", fmt.Append(nil, n))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return pairs
}

// check reads everything in every way. It returns how many reads were refused
// as corrupt, and how many keys seemed to be absent; wrong values it reports.
func check(t *testing.T, st store.Store, pairs []store.KV, entries int) (corrupt, lost int) {
	t.Helper()
	bad := func(err error) bool {
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("read fails with %v, want %v", err, store.ErrCorrupt)
		}
		if err != nil {
			corrupt++
		}
		return err != nil
	}
	bad(st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		keys := make([][]byte, len(pairs))
		for i, kv := range pairs {
			keys[i] = kv.Key
			v, err := r.Get(kv.Key)
			switch {
			case errors.Is(err, store.ErrNotFound):
				lost++
			case !bad(err) && !bytes.Equal(v, kv.Value):
				t.Errorf("Get = %q, want %q", v, kv.Value)
			}
		}
		values, err := r.GetMany(keys)
		if !bad(err) {
			for i, v := range values {
				if v == nil {
					lost++
				} else if !bytes.Equal(v, pairs[i].Value) {
					t.Errorf("GetMany = %q, want %q", v, pairs[i].Value)
				}
			}
		}
		for _, reverse := range []bool{false, true} {
			n := 0
			for kv, err := range r.Scan(store.Range{Reverse: reverse}) {
				if bad(err) {
					n = len(pairs)
					break
				}
				i := n
				if reverse {
					i = len(pairs) - 1 - n
				}
				if i < 0 || i >= len(pairs) {
					t.Error("Scan yields too much")
					break
				}
				if bytes.Equal(kv.Key, pairs[i].Key) {
					if !bytes.Equal(kv.Value, pairs[i].Value) {
						t.Errorf("Scan yields %q, want %q", kv.Value, pairs[i].Value)
					}
				} else {
					lost++
					n = len(pairs)
					break
				}
				n++
			}
			if n < len(pairs) {
				lost++
			}
		}
		return nil
	}))
	n := 0
	for e, err := range st.Feed(t.Context(), store.Cursor{}) {
		if bad(err) {
			n = entries
			break
		}
		if e.Topic != "written" {
			t.Errorf("Feed yields %q", e.Topic)
		}
		n++
	}
	if n < entries {
		lost++
	}
	return corrupt, lost
}

func TestBitFlips(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "shop.db")
	st := open(t, path)
	pairs := sample(t, st, 500)
	st.Close()
	intact, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flips := 200
	if testing.Short() {
		flips = 50
	}
	rng := rand.New(rand.NewPCG(3, 4))
	refused, corrupt, silent := 0, 0, 0
	for range flips {
		at, bit := rng.IntN(len(intact)), rng.IntN(8)
		if at%os.Getpagesize() < 16 {
			continue // of the headers of pages nothing is promised
		}
		data := bytes.Clone(intact)
		data[at] ^= 1 << bit
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := boltstore.Open(path, nil)
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrInvalid) {
				t.Errorf("bit %d of byte %d: Open = %v", bit, at, err)
			}
			refused++
			continue
		}
		c, l := check(t, st, pairs, len(pairs)/100)
		if c > 0 {
			corrupt++
		} else if l > 0 {
			silent++
			t.Errorf("bit %d of byte %#x: %d keys lost, no error", bit, at, l)
		}
		st.Close()
	}
	t.Logf("%d flips in %d bytes: %d refused at open, %d found by reads, %d lost keys silently", flips, len(intact), refused, corrupt, silent)
}
