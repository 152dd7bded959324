package storetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// A twin is a store that is easy to believe.
type twin struct {
	pairs map[string]string
	feed  []string
}

func (m *twin) clone() *twin {
	return &twin{pairs: maps.Clone(m.pairs), feed: slices.Clone(m.feed)}
}

func (m *twin) deleteRange(from, to []byte) {
	for _, key := range m.keys(store.Range{From: from, To: to}) {
		delete(m.pairs, key)
	}
}

// keys returns the keys that a scan of the range meets, in its order.
func (m *twin) keys(rg store.Range) []string {
	var keys []string
	for key := range m.pairs {
		if key >= string(rg.From) && (rg.To == nil || key < string(rg.To)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if rg.Reverse {
		slices.Reverse(keys)
	}
	if rg.Limit > 0 {
		keys = keys[:min(len(keys), rg.Limit)]
	}
	return keys
}

// scan scans the store and its twin, stops after so many pairs unless zero, and
// calls step in each step. It returns what both yielded, the twin as it was when
// the scan began.
func (m *twin) scan(tx store.Tx, rg store.Range, stop int, step func(n int)) (got, want string) {
	keys := m.keys(rg)
	if stop > 0 {
		keys = keys[:min(len(keys), stop)]
	}
	for _, key := range keys {
		value := m.pairs[key]
		if rg.KeysOnly {
			value = ""
		}
		want += fmt.Sprintf("%q=%q ", key, value)
	}
	n := 0
	for kv, err := range tx.Scan(rg) {
		if err != nil {
			return got + err.Error(), want
		}
		got += fmt.Sprintf("%q=%q ", kv.Key, kv.Value)
		if rg.KeysOnly && kv.Value != nil {
			got += "(not nil) "
		}
		step(n)
		if n++; n == stop {
			break
		}
	}
	return got, want
}

// readOnly makes a Reader look like a Tx, for code that only reads.
type readOnly struct {
	store.Reader
	writer
}

// writer is the half of store.Tx that a Reader lacks.
type writer interface {
	Put(key, value []byte)
	Delete(key []byte)
	DeleteRange(from, to []byte)
	Emit(topic string, payload []byte)
	AfterCommit(f func())
}
