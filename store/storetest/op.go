package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-9cb3708a/clientele/store"
)

// An op does the same to a store and its twin, and tells what came of it on
// either. It may run more than once.
type op struct {
	name string
	run  func(tx store.Tx, m *twin) (got, want string)
}

// A tape is bytes that transactions are made from. Behind its end it reads
// zeros.
type tape []byte

// next returns a number below n.
func (in *tape) next(n int) int {
	if len(*in) == 0 {
		return 0
	}
	b := (*in)[0]
	*in = (*in)[1:]
	return int(b) % n
}

func (in *tape) transaction() (kind, []op) {
	k := kind(in.next(8))
	ops := make([]op, in.next(12))
	for i := range ops {
		if k == viewing {
			ops[i] = in.read()
		} else {
			ops[i] = in.op()
		}
	}
	return k, ops
}

func (in *tape) op() op {
	switch in.next(8) {
	default:
		return in.read()
	case 3, 4, 5:
		return in.write()
	case 6:
		payload := in.value()
		return op{fmt.Sprintf("Emit(%q)", payload), func(tx store.Tx, m *twin) (string, string) {
			tx.Emit("t", payload)
			m.feed = append(m.feed, "t="+string(payload))
			return "", ""
		}}
	case 7:
		return in.scanAndWrite()
	}
}

func (in *tape) read() op {
	switch in.next(4) {
	default:
		return in.scan()
	case 0:
		return in.get()
	case 1:
		return in.getMany()
	}
}

func (in *tape) write() op {
	switch in.next(4) {
	default:
		key, value := in.key(), in.value()
		return op{fmt.Sprintf("Put(%q, %q)", key, value), func(tx store.Tx, m *twin) (string, string) {
			tx.Put(key, value)
			m.pairs[string(key)] = string(value)
			return "", ""
		}}
	case 2:
		key := in.key()
		return op{fmt.Sprintf("Delete(%q)", key), func(tx store.Tx, m *twin) (string, string) {
			tx.Delete(key)
			delete(m.pairs, string(key))
			return "", ""
		}}
	case 3:
		from, to := in.bound(), in.bound()
		return op{fmt.Sprintf("DeleteRange(%q, %q)", from, to), func(tx store.Tx, m *twin) (string, string) {
			tx.DeleteRange(from, to)
			m.deleteRange(from, to)
			return "", ""
		}}
	}
}

func (in *tape) get() op {
	key := in.key()
	return op{fmt.Sprintf("Get(%q)", key), func(tx store.Tx, m *twin) (got, want string) {
		v, err := tx.Get(key)
		if errors.Is(err, store.ErrNotFound) {
			err = store.ErrNotFound
		}
		if value, ok := m.pairs[string(key)]; ok {
			want = fmt.Sprintf("%#v <nil>", []byte(value))
		} else {
			want = fmt.Sprintf("%#v %v", []byte(nil), store.ErrNotFound)
		}
		return fmt.Sprintf("%#v %v", v, err), want
	}}
}

func (in *tape) getMany() op {
	keys := make([][]byte, in.next(5))
	for i := range keys {
		keys[i] = in.key()
	}
	return op{fmt.Sprintf("GetMany(%q)", keys), func(tx store.Tx, m *twin) (string, string) {
		got, err := tx.GetMany(keys)
		if len(got) != len(keys) {
			return fmt.Sprintf("%d values, %v", len(got), err), ""
		}
		want := make([][]byte, len(keys))
		for i, key := range keys {
			if v, ok := m.pairs[string(key)]; ok {
				want[i] = []byte(v)
			}
		}
		return fmt.Sprintf("%#v %v", append([][]byte{}, got...), err), fmt.Sprintf("%#v <nil>", want)
	}}
}

func (in *tape) scan() op {
	rg, stop := in.scanRange(), in.next(16)
	return op{describe(rg, stop), func(tx store.Tx, m *twin) (string, string) {
		return m.scan(tx, rg, stop, func(int) {})
	}}
}

// scanAndWrite writes in the steps of a scan, which must not notice.
func (in *tape) scanAndWrite() op {
	rg, stop := in.scanRange(), in.next(16)
	var name strings.Builder
	name.WriteString(describe(rg, stop) + " with")
	writes := make([]op, 1+in.next(4))
	for i := range writes {
		writes[i] = in.write()
		name.WriteString(" " + writes[i].name)
	}
	return op{name.String(), func(tx store.Tx, m *twin) (string, string) {
		return m.scan(tx, rg, stop, func(n int) { writes[n%len(writes)].run(tx, m) })
	}}
}

func describe(rg store.Range, stop int) string {
	return fmt.Sprintf("Scan(From %q, To %q, Reverse %t, Limit %d, KeysOnly %t) stopped at %d",
		rg.From, rg.To, rg.Reverse, rg.Limit, rg.KeysOnly, stop)
}

// key returns one of few keys, so that operations meet.
func (in *tape) key() []byte {
	const letters = "\x00ab\xFF"
	key := make([]byte, 1+in.next(3))
	for i, n := 0, in.next(64); i < len(key); i, n = i+1, n/4 {
		key[i] = letters[n%4]
	}
	return key
}

// bound returns a key, or nil.
func (in *tape) bound() []byte {
	if in.next(4) == 0 {
		return nil
	}
	return in.key()
}

func (in *tape) value() []byte {
	b := in.next(256)
	return bytes.Repeat([]byte{byte(b)}, b%7*b%40)
}

func (in *tape) scanRange() store.Range {
	return store.Range{
		From:     in.bound(),
		To:       in.bound(),
		Reverse:  in.next(2) == 1,
		KeysOnly: in.next(4) == 1,
		Limit:    max(0, in.next(12)-5),
	}
}
