package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var modelLaws = []law{
	{"RandomOperations", func(s *suite) {
		for seed := range uint64(12) {
			s.sub(fmt.Sprintf("Seed%d", seed), func(s *suite) {
				dice := rand.New(rand.NewPCG(seed, 1))
				ops := make([]byte, 3000)
				for i := range ops {
					ops[i] = byte(dice.Uint32())
				}
				Model(s.T, s.st, ops)
			})
		}
	}},
}

// Model makes transactions from ops, which may be any bytes, the same for the
// same bytes. It runs each on the store and on a map, and compares every read,
// the content afterwards, and the feed. The store need not be empty, but nobody
// else may write to it meanwhile.
func Model(t *testing.T, st store.Store, ops []byte) {
	t.Helper()
	s := &suite{T: t, st: st}
	model := &twin{pairs: content(s)}
	head := headOf(s)
	for _, e := range s.entries(head) {
		head = e.Cursor
	}
	for in := tape(ops); len(in) > 0 && !t.Failed(); {
		kind, ops := in.transaction()
		model = perform(s, kind, ops, model)
		if diff := cmp.Diff(model.pairs, content(s)); diff != "" {
			t.Errorf("content (-want +got):\n%s", diff)
		}
		var came []string
		for _, e := range s.entries(head) {
			head = e.Cursor
			came = append(came, e.Topic+"="+string(e.Payload))
		}
		if diff := cmp.Diff(model.feed, came); diff != "" {
			t.Errorf("feed (-want +got):\n%s", diff)
		}
		model.feed = nil
	}
}

// A kind tells what a transaction is and how its callback ends.
type kind byte

const (
	viewing kind = iota
	failing
	panicking
	committing // and all that follow
)

// perform runs operations as one transaction, and returns the twin that the
// store must then equal.
func perform(s *suite, k kind, ops []op, before *twin) *twin {
	s.Helper()
	var after *twin
	run := func(tx store.Tx) {
		after = before.clone()
		for _, o := range ops {
			if got, want := o.run(tx, after); got != want {
				s.Errorf("%s\n got: %s\nwant: %s", o.name, got, want)
			}
		}
	}
	switch k {
	case viewing:
		s.view(func(r store.Reader) { run(readOnly{Reader: r}) })
	case failing:
		err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
			run(tx)
			return errAbort
		})
		if err != errAbort {
			s.Errorf("Update = %v, want %v", err, errAbort)
		}
		return before
	case panicking:
		func() {
			defer func() {
				if p := recover(); p != errAbort {
					panic(p)
				}
			}()
			s.update(func(tx store.Tx) {
				run(tx)
				panic(errAbort)
			})
		}()
		return before
	default:
		s.update(run)
	}
	return after
}

// content returns all pairs of the store.
func content(s *suite) map[string]string {
	s.Helper()
	pairs := make(map[string]string)
	s.view(func(r store.Reader) {
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				s.Fatalf("Scan: %v", err)
			}
			pairs[string(kv.Key)] = string(kv.Value)
		}
	})
	return pairs
}
