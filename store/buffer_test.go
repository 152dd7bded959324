package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// base is a Reader of pairs, whose scans fail before the key broken.
type base struct {
	pairs  []store.KV
	broken string
	steps  int // that scans took
}

var errBroken = errors.New("broken")

func newBase(keys ...string) *base {
	b := new(base)
	for _, key := range keys {
		b.pairs = append(b.pairs, store.KV{Key: []byte(key), Value: []byte("base")})
	}
	return b
}

func (b *base) Get(key []byte) ([]byte, error) {
	for _, kv := range b.pairs {
		if bytes.Equal(kv.Key, key) {
			return kv.Value, nil
		}
	}
	return nil, store.ErrNotFound
}

func (b *base) GetMany(keys [][]byte) ([][]byte, error) {
	if b.broken != "" {
		return nil, errBroken
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i], _ = b.Get(key)
	}
	return values, nil
}

func (b *base) Scan(r store.Range) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		pairs := slices.Clone(b.pairs)
		if r.Reverse {
			slices.Reverse(pairs)
		}
		n := 0
		for _, kv := range pairs {
			if bytes.Compare(kv.Key, r.From) < 0 || r.To != nil && bytes.Compare(kv.Key, r.To) >= 0 {
				continue
			}
			if b.steps++; string(kv.Key) == b.broken {
				yield(store.KV{}, errBroken)
				return
			}
			if n++; !yield(kv, nil) || n == r.Limit {
				return
			}
		}
	}
}

func (b *base) Head() (store.Cursor, error) { return store.NewCursor(1, 2, 3), nil }

// flushed tells what an engine would write.
func flushed(b *store.Buffer) (lines []string) {
	for r := range b.Deleted() {
		lines = append(lines, fmt.Sprintf("delete [%q, %q)", r.From, r.To))
	}
	for key, value := range b.Writes() {
		if value == nil {
			lines = append(lines, fmt.Sprintf("delete %q", key))
		} else {
			lines = append(lines, fmt.Sprintf("put %q %q", key, value))
		}
	}
	for _, e := range b.Entries() {
		lines = append(lines, fmt.Sprintf("emit %q %q", e.Topic, e.Payload))
	}
	return lines
}

func scanned(b *store.Buffer, r store.Range) (pairs []string) {
	for kv, err := range b.Scan(r) {
		if err != nil {
			return append(pairs, err.Error())
		}
		pairs = append(pairs, string(kv.Key)+"="+string(kv.Value))
	}
	return pairs
}

func TestBufferFlush(t *testing.T) {
	put := func(b *store.Buffer, pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			b.Put([]byte(pairs[i]), []byte(pairs[i+1]))
		}
	}
	cut := func(b *store.Buffer, from, to string) { b.DeleteRange([]byte(from), []byte(to)) }
	for _, c := range []struct {
		name  string
		write func(b *store.Buffer)
		size  int
		want  []string
	}{
		{"nothing", func(b *store.Buffer) {}, 0, nil},
		{"an empty value is no delete", func(b *store.Buffer) { b.Put([]byte("a"), nil) }, 1, []string{`put "a" ""`}},
		{"key order", func(b *store.Buffer) { put(b, "b", "1", "c", "2", "a", "3") }, 6, []string{`put "a" "3"`, `put "b" "1"`, `put "c" "2"`}},
		{"the last write counts", func(b *store.Buffer) {
			put(b, "a", "1", "b", "2", "a", "333")
			b.Delete([]byte("b"))
		}, 5, []string{`put "a" "333"`, `delete "b"`}},
		{"put after delete", func(b *store.Buffer) {
			b.Delete([]byte("a"))
			put(b, "a", "1")
		}, 2, []string{`put "a" "1"`}},
		{"ranges come first, joined", func(b *store.Buffer) {
			put(b, "a", "1", "m", "2")
			cut(b, "k", "n")
			cut(b, "c", "e")
			cut(b, "e", "g")
			put(b, "d", "3")
		}, 10, []string{`delete ["c", "g")`, `delete ["k", "n")`, `put "a" "1"`, `put "d" "3"`}},
		{"open ranges swallow", func(b *store.Buffer) {
			cut(b, "c", "e")
			cut(b, "x", "z")
			b.DeleteRange([]byte("d"), nil)
			b.DeleteRange(nil, []byte("a"))
		}, 6, []string{`delete ["", "a")`, `delete ["c", "")`}},
		{"empty ranges", func(b *store.Buffer) {
			cut(b, "b", "b")
			cut(b, "c", "b")
			b.DeleteRange(nil, []byte{})
		}, 0, nil},
		{"entries in the order they came", func(b *store.Buffer) {
			b.Emit("b", []byte("1"))
			b.Emit("a", nil)
			b.Emit("b", []byte("22"))
		}, 6, []string{`emit "b" "1"`, `emit "a" ""`, `emit "b" "22"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := store.NewBuffer(newBase())
			c.write(b)
			if b.Empty() != (c.want == nil) {
				t.Errorf("Empty() = %t", b.Empty())
			}
			b.Close()
			c.write(b) // does nothing any more
			if err := b.Err(); err != nil {
				t.Errorf("Err() = %v", err)
			}
			if diff := cmp.Diff(c.want, flushed(b)); diff != "" {
				t.Errorf("to flush (-want +got):\n%s", diff)
			}
			if got := b.Size(); got != c.size {
				t.Errorf("Size() = %d, want %d", got, c.size)
			}
		})
	}
}

func TestBufferFaults(t *testing.T) {
	long := bytes.Repeat([]byte("k"), store.MaxKey+2)
	for _, c := range []struct {
		name  string
		write func(b *store.Buffer)
		want  error
	}{
		{"bound at the limit", func(b *store.Buffer) { b.DeleteRange(nil, long[:store.MaxKey+1]) }, nil},
		{"bound past the limit", func(b *store.Buffer) { b.DeleteRange(long, nil) }, store.ErrTooLarge},
		{"upper bound past the limit", func(b *store.Buffer) { b.DeleteRange(nil, long) }, store.ErrTooLarge},
		{"empty key", func(b *store.Buffer) { b.Delete(nil) }, store.ErrInvalid},
		{"topic", func(b *store.Buffer) { b.Emit(strings.Repeat("t", store.MaxTopic+1), nil) }, store.ErrTooLarge},
		{"payload", func(b *store.Buffer) { b.Emit("t", make([]byte, store.MaxValue+1)) }, store.ErrTooLarge},
		{"after Close", func(b *store.Buffer) {
			b.Close()
			b.Put(nil, make([]byte, store.MaxValue+1))
			b.Put(nil, nil)
			b.Emit("t", make([]byte, store.MaxValue+1))
			b.DeleteRange(long, nil)
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := store.NewBuffer(newBase())
			c.write(b)
			if err := b.Err(); !errors.Is(err, c.want) {
				t.Errorf("Err() = %v, want %v", err, c.want)
			}
		})
	}
}

func TestBufferTellsOfItsSizeOnce(t *testing.T) {
	b := store.NewBuffer(newBase())
	for i := range 2 * store.MaxTx / store.MaxValue {
		b.Put(fmt.Appendf(nil, "k%03d", i), make([]byte, store.MaxValue))
	}
	err := b.Err()
	if !errors.Is(err, store.ErrTooLarge) || strings.Count(err.Error(), "\n") != 0 {
		t.Errorf("Err() = %v, want one line", err)
	}
}

func TestBufferBoundsItsFaults(t *testing.T) {
	b := store.NewBuffer(newBase())
	for range 10_000 {
		b.Put(nil, nil)
	}
	if n := strings.Count(b.Err().Error(), "\n"); n >= 1000 {
		t.Errorf("Err() has %d lines", n)
	}
}

func TestBufferPassesErrorsOn(t *testing.T) {
	from := newBase("a", "b", "c", "d")
	from.broken = "c"
	for name, write := range map[string]func(b *store.Buffer){
		"without own writes": func(b *store.Buffer) {},
		"with own writes": func(b *store.Buffer) {
			b.Put([]byte("b"), []byte("base"))
			b.Put([]byte("z"), []byte("own"))
		},
		"with deleted range": func(b *store.Buffer) { b.DeleteRange([]byte("x"), nil) },
	} {
		b := store.NewBuffer(from)
		write(b)
		if diff := cmp.Diff([]string{"a=base", "b=base", "broken"}, scanned(b, store.Range{})); diff != "" {
			t.Errorf("%s: Scan (-want +got):\n%s", name, diff)
		}
		if _, err := b.GetMany([][]byte{[]byte("a")}); err != errBroken {
			t.Errorf("%s: GetMany = %v, want %v", name, err, errBroken)
		}
	}
}

func TestBufferClosesDuringScan(t *testing.T) {
	for name, write := range map[string]func(b *store.Buffer){
		"without own writes": func(b *store.Buffer) {},
		"with own writes":    func(b *store.Buffer) { b.Put([]byte("z"), []byte("own")) },
		"only own writes":    func(b *store.Buffer) { b.DeleteRange(nil, nil); b.Put([]byte("a"), nil); b.Put([]byte("b"), nil) },
	} {
		b := store.NewBuffer(newBase("a", "b", "c"))
		write(b)
		var got []string
		for kv, err := range b.Scan(store.Range{KeysOnly: true}) {
			got = append(got, fmt.Sprintf("%s %v", kv.Key, err))
			b.Close()
		}
		if diff := cmp.Diff([]string{"a <nil>", " closed"}, got); diff != "" {
			t.Errorf("%s: Scan (-want +got):\n%s", name, diff)
		}
	}
}

func TestBufferStopsTheBaseAtTheLimit(t *testing.T) {
	from := newBase("a", "b", "c", "d", "e", "f", "g")
	b := store.NewBuffer(from)
	b.Delete([]byte("a"))
	if diff := cmp.Diff([]string{"b=base", "c=base"}, scanned(b, store.Range{Limit: 2})); diff != "" {
		t.Errorf("Scan (-want +got):\n%s", diff)
	}
	if from.steps != 3 {
		t.Errorf("the base was scanned for %d steps, want 3", from.steps)
	}
}

// A scan that is under way keeps what it began with, whatever is done to the
// sorted writes behind its back.
func TestBufferScansOverlap(t *testing.T) {
	b := store.NewBuffer(newBase("b", "d", "f"))
	for _, key := range []string{"a", "c", "e", "g"} {
		b.Put([]byte(key), []byte("own"))
	}
	changes := []func(){
		func() { b.DeleteRange([]byte("c"), []byte("e")) },
		func() { b.Put([]byte("e"), []byte("new")) },
		func() { b.Delete([]byte("g")) },
		func() { b.Put([]byte("aa"), []byte("new")); b.Put([]byte("zz"), []byte("new")) },
		func() { b.Put([]byte("zz"), []byte("newer")); b.Put([]byte("c"), []byte("new")) },
		func() { b.DeleteRange(nil, []byte("b")) },
	}
	type overlap struct {
		next      func() (store.KV, error, bool)
		want, got []string
	}
	var scans []*overlap
	step := func() (more bool) { // of every scan
		for _, s := range scans {
			if kv, _, ok := s.next(); ok {
				s.got = append(s.got, string(kv.Key)+"="+string(kv.Value))
				more = true
			}
		}
		return more
	}
	for _, change := range changes[:len(changes)-1] {
		next, stop := iter.Pull2(b.Scan(store.Range{}))
		defer stop()
		scans = append(scans, &overlap{next: next, want: scanned(b, store.Range{})})
		step()
		change()
	}
	for step() {
	}
	for i, s := range scans {
		if diff := cmp.Diff(s.want, s.got); diff != "" {
			t.Errorf("scan that began after %d changes (-want +got):\n%s", i, diff)
		}
	}
	end := []string{"a=own", "aa=new", "b=base", "c=new", "e=new", "f=base", "zz=newer"}
	if diff := cmp.Diff(end, scanned(b, store.Range{})); diff != "" {
		t.Errorf("after all changes but the last (-want +got):\n%s", diff)
	}
	changes[len(changes)-1]()
	if diff := cmp.Diff(end[2:], scanned(b, store.Range{})); diff != "" {
		t.Errorf("after all changes (-want +got):\n%s", diff)
	}
}

func TestBufferHooks(t *testing.T) {
	b := store.NewBuffer(newBase())
	var got []int
	b.AfterCommit(func() { got = append(got, 1) })
	b.AfterCommit(func() { got = append(got, 2) })
	b.Close()
	b.AfterCommit(func() { got = append(got, 3) })
	if !b.Empty() {
		t.Error("a Buffer with nothing but hooks has something to commit")
	}
	b.Committed()
	if diff := cmp.Diff([]int{1, 2}, got); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
}

func TestBufferHead(t *testing.T) {
	b := store.NewBuffer(newBase())
	if c, err := b.Head(); err != nil || c != store.NewCursor(1, 2, 3) {
		t.Errorf("Head() = %v, %v; want the base's", c, err)
	}
	b.Close()
	if _, err := b.Head(); err != store.ErrClosed {
		t.Errorf("Head() after Close = %v, want %v", err, store.ErrClosed)
	}
}
