package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var modelLaws = []law{
	{"RandomOperations", func(s *suite) {
		for seed := range uint64(12) {
			s.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				s := &suite{T: t, make: s.make}
				dice := rand.New(rand.NewPCG(seed, 1))
				ops := make([]byte, 3000)
				for i := range ops {
					ops[i] = byte(dice.Uint32())
				}
				Model(t, s.open(), ops)
			})
		}
	}},
}

// Model makes transactions from ops, the same for the same bytes whatever they
// are, runs each on the store and on a map, and compares every read, the
// content and the feed. The store need not be empty, but nobody else may write
// to it meanwhile.
func Model(t *testing.T, st store.Store, ops []byte) {
	t.Helper()
	m := &modeler{t: t, st: st, model: make(model), ops: ops}
	if !m.load() {
		return
	}
	for len(m.ops) > 0 && !t.Failed() {
		m.transaction()
	}
}

// A modeler runs operations on a store and a model of it.
type modeler struct {
	t     *testing.T
	st    store.Store
	model model
	head  store.Cursor
	ops   []byte
}

// An op does the same on both and describes what came of it on the store and
// on the model.
type op struct {
	name string
	do   func(tx store.Tx, m model) (got, want string)
}

// load takes over what the store holds.
func (m *modeler) load() bool {
	err := m.st.View(m.t.Context(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			m.model[string(kv.Key)] = string(kv.Value)
		}
		var err error
		m.head, err = r.Head()
		return err
	})
	for e, feedErr := range m.st.Feed(m.t.Context(), m.head) {
		m.head, err = e.Cursor, errors.Join(err, feedErr)
	}
	if err != nil {
		m.t.Errorf("reading the store: %v", err)
	}
	return err == nil
}

// transaction runs the next operations as one Update or View.
func (m *modeler) transaction() {
	kind := m.next() % 8
	ops := make([]op, m.next()%12)
	for i := range ops {
		ops[i] = m.op(kind == 0)
	}
	var after model
	var entries []string
	run := func(tx store.Tx) {
		after = maps.Clone(m.model)
		entries = nil
		for _, o := range ops {
			if topic, ok := isEmit(o); ok {
				entries = append(entries, topic)
			}
			if got, want := o.do(tx, after); got != want {
				m.t.Errorf("%s\n got: %s\nwant: %s", o.name, got, want)
			}
		}
	}
	var err error
	switch kind {
	case 0:
		err = m.st.View(m.t.Context(), func(_ context.Context, r store.Reader) error {
			run(readOnly{Reader: r})
			return nil
		})
	case 1:
		err = m.st.Update(m.t.Context(), func(_ context.Context, tx store.Tx) error {
			run(tx)
			return errAbort
		})
		if err == errAbort {
			err = nil
		}
		after, entries = m.model, nil
	case 2:
		func() {
			defer func() {
				if r := recover(); r != errAbort {
					panic(r)
				}
			}()
			err = m.st.Update(m.t.Context(), func(_ context.Context, tx store.Tx) error {
				run(tx)
				panic(errAbort)
			})
		}()
		after, entries = m.model, nil
	default:
		err = m.st.Update(m.t.Context(), func(_ context.Context, tx store.Tx) error {
			run(tx)
			return nil
		})
	}
	if err != nil {
		m.t.Errorf("transaction of kind %d: %v", kind, err)
		return
	}
	m.model = after
	m.compare(entries)
}

// compare reads back everything, and what came to the feed.
func (m *modeler) compare(entries []string) {
	got := make(model)
	err := m.st.View(m.t.Context(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			got[string(kv.Key)] = string(kv.Value)
		}
		return nil
	})
	if err != nil {
		m.t.Errorf("reading back: %v", err)
	}
	if diff := cmp.Diff(m.model, got); diff != "" {
		m.t.Errorf("content (-want +got):\n%s", diff)
	}
	var came []string
	for e, err := range m.st.Feed(m.t.Context(), m.head) {
		if err != nil {
			m.t.Errorf("feed: %v", err)
			return
		}
		m.head = e.Cursor
		came = append(came, "Emit "+e.Topic+"="+string(e.Payload))
	}
	if diff := cmp.Diff(entries, came); diff != "" {
		m.t.Errorf("feed (-want +got):\n%s", diff)
	}
}

// next returns the next byte of the input, zeros behind its end.
func (m *modeler) next() byte {
	if len(m.ops) == 0 {
		return 0
	}
	b := m.ops[0]
	m.ops = m.ops[1:]
	return b
}

// key returns one of few keys, so that operations meet.
func (m *modeler) key() []byte {
	parts := []string{"\x00", "a", "b", "\xFF"}
	b := m.next()
	key := parts[b&3]
	for range b >> 6 {
		key += parts[b>>2&3]
		b >>= 2
	}
	return []byte(key)
}

// bound returns a key or nil.
func (m *modeler) bound() []byte {
	if m.next()%4 == 0 {
		return nil
	}
	return m.key()
}

func (m *modeler) value() []byte {
	b := m.next()
	return bytes.Repeat([]byte{b}, int(b)%40)
}

func (m *modeler) scanRange() store.Range {
	flags := m.next()
	return store.Range{
		From:     m.bound(),
		To:       m.bound(),
		Reverse:  flags&1 != 0,
		KeysOnly: flags&2 != 0,
		Limit:    int(flags >> 2 & 7),
	}
}

func isEmit(o op) (string, bool) {
	return o.name, len(o.name) > 5 && o.name[:5] == "Emit "
}

// op reads one operation.
func (m *modeler) op(reading bool) op {
	kinds := byte(10)
	if reading {
		kinds = 4
	}
	switch m.next() % kinds {
	default:
		return m.opGet()
	case 1:
		return m.opGetMany()
	case 2, 3:
		return m.opScan()
	case 4, 5:
		key, value := m.key(), m.value()
		return op{fmt.Sprintf("Put(%q, %q)", key, value), func(tx store.Tx, m model) (string, string) {
			tx.Put(key, value)
			m[string(key)] = string(value)
			return "", ""
		}}
	case 6:
		key := m.key()
		return op{fmt.Sprintf("Delete(%q)", key), func(tx store.Tx, m model) (string, string) {
			tx.Delete(key)
			delete(m, string(key))
			return "", ""
		}}
	case 7:
		from, to := m.bound(), m.bound()
		return op{fmt.Sprintf("DeleteRange(%q, %q)", from, to), func(tx store.Tx, m model) (string, string) {
			tx.DeleteRange(from, to)
			for _, key := range m.keys(store.Range{From: from, To: to}) {
				delete(m, key)
			}
			return "", ""
		}}
	case 8:
		payload := m.value()
		return op{"Emit t=" + string(payload), func(tx store.Tx, _ model) (string, string) {
			tx.Emit("t", payload)
			return "", ""
		}}
	case 9:
		return m.opScanAndWrite()
	}
}

func (m *modeler) opGet() op {
	key := m.key()
	return op{fmt.Sprintf("Get(%q)", key), func(tx store.Tx, m model) (string, string) {
		v, err := tx.Get(key)
		want, ok := m[string(key)]
		if !ok {
			return fmt.Sprintf("%t %q", errors.Is(err, store.ErrNotFound), v), `true ""`
		}
		return fmt.Sprintf("%q %v", v, err), fmt.Sprintf("%q <nil>", want)
	}}
}

func (m *modeler) opGetMany() op {
	keys := make([][]byte, m.next()%5)
	for i := range keys {
		keys[i] = m.key()
	}
	return op{fmt.Sprintf("GetMany(%q)", keys), func(tx store.Tx, m model) (string, string) {
		values, err := tx.GetMany(keys)
		want := make([][]byte, len(keys))
		for i, key := range keys {
			if v, ok := m[string(key)]; ok {
				want[i] = []byte(v)
			}
		}
		return fmt.Sprintf("%#v %v", values, err), fmt.Sprintf("%#v <nil>", want)
	}}
}

func (m *modeler) opScan() op {
	rg, stop := m.scanRange(), int(m.next()%16)
	return op{fmt.Sprintf("Scan(%+q) stopped at %d", fmt.Sprint(rg), stop), func(tx store.Tx, m model) (string, string) {
		return m.scanBoth(tx, rg, stop, func(int) {})
	}}
}

// opScanAndWrite writes in the steps of a scan, which must not notice.
func (m *modeler) opScanAndWrite() op {
	rg, stop := m.scanRange(), int(m.next()%16)
	writes := make([]op, 1+m.next()%4)
	for i := range writes {
		writes[i] = m.write()
	}
	name := fmt.Sprintf("Scan(%+q) stopped at %d with", fmt.Sprint(rg), stop)
	for _, w := range writes {
		name += " " + w.name
	}
	return op{name, func(tx store.Tx, m model) (string, string) {
		return m.scanBoth(tx, rg, stop, func(n int) { writes[n%len(writes)].do(tx, m) })
	}}
}

// write reads one operation that changes keys.
func (m *modeler) write() op {
	m.ops = append([]byte{4 + m.next()%4}, m.ops...)
	return m.op(false)
}

// A model is a store that is easy to believe.
type model map[string]string

// keys returns the keys of a range in its order, whatever its limit.
func (m model) keys(rg store.Range) []string {
	var keys []string
	for key := range m {
		if key >= string(rg.From) && (rg.To == nil || key < string(rg.To)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if rg.Reverse {
		slices.Reverse(keys)
	}
	return keys
}

// scanBoth scans, stops after so many pairs unless zero, and calls step in each.
func (m model) scanBoth(tx store.Tx, rg store.Range, stop int, step func(n int)) (got, want string) {
	keys := m.keys(rg)
	if rg.Limit > 0 {
		keys = keys[:min(len(keys), rg.Limit)]
	}
	if stop > 0 {
		keys = keys[:min(len(keys), stop)]
	}
	for _, key := range keys {
		value := m[key]
		if rg.KeysOnly {
			value = ""
		}
		want += fmt.Sprintf("%q=%q ", key, value)
	}
	n := 0
	for kv, err := range tx.Scan(rg) {
		if err != nil {
			return err.Error(), want
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

// readOnly makes a Reader look like a Tx for operations that only read.
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
