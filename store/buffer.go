package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A Buffer is a Tx over a Reader: it keeps the writes of one transaction and
// shows them in its reads. It is the part that all engines share. An engine
// runs the callback on a Buffer over its snapshot, calls [Buffer.Close], asks
// [Buffer.Err], and then applies Deleted, Writes and Entries, in this order.
//
// A Buffer must stay on one goroutine.
type Buffer struct {
	base   Reader
	latest map[string]*write // key → its newest write
	absent map[string]bool   // keys that the base lacks, as far as they were read
	runs   []*run            // the newest write of every key, by the beginnings of keys
	slab   []write           // room for writes
	spans  []span            // deleted ranges of the base, sorted, disjoint
	feed   []Entry
	hooks  []func()
	arena  []byte
	size   int // what MaxTx limits
	scans  int // scans under way
	faults []error
	closed bool
}

// A write is never changed once a running scan may see it.
type write struct {
	key     string
	value   []byte
	deleted bool
}

// NewBuffer returns an empty Buffer over base.
func NewBuffer(base Reader) *Buffer {
	return &Buffer{base: base, latest: make(map[string]*write)}
}

// Close ends the transaction: reads return ErrClosed from now on, and writes
// are ignored. What was written can still be read out.
func (b *Buffer) Close() { b.closed = true }

// Err returns what was wrong with the writes, joined: [ErrInvalid] for an
// empty key, [ErrTooLarge] for what exceeds a limit.
func (b *Buffer) Err() error { return errors.Join(b.faults...) }

// Size returns the bytes that count against [MaxTx].
func (b *Buffer) Size() int { return b.size }

// Empty reports whether there is nothing to commit.
func (b *Buffer) Empty() bool {
	return len(b.latest) == 0 && len(b.spans) == 0 && len(b.feed) == 0
}

// Deleted yields the ranges that an engine deletes first, in key order.
func (b *Buffer) Deleted() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for _, s := range b.spans {
			r := Range{From: []byte(s.from)}
			if !s.open {
				r.To = []byte(s.to)
			}
			if !yield(r) {
				return
			}
		}
	}
}

// Writes yields key and value in key order; a nil value deletes the key. The
// key is valid for that step, the value as long as the Buffer.
func (b *Buffer) Writes() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		var key []byte
		for _, r := range b.runs {
			b.sort(r)
			for _, w := range r.sorted {
				key = append(key[:0], w.key...)
				value := w.value
				if w.deleted {
					value = nil
				}
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// Entries returns what was emitted, without cursors.
func (b *Buffer) Entries() []Entry { return b.feed }

// Committed runs the functions given to AfterCommit.
func (b *Buffer) Committed() {
	for _, f := range b.hooks {
		f()
	}
}

// Get implements [Reader].
func (b *Buffer) Get(key []byte) ([]byte, error) {
	if b.closed {
		return nil, ErrClosed
	}
	if w, ok := b.latest[string(key)]; ok {
		if w.deleted {
			return nil, ErrNotFound
		}
		return clone(w.value), nil
	}
	if b.absent[string(key)] || b.covered(key) {
		return nil, ErrNotFound
	}
	value, err := b.base.Get(key)
	if errors.Is(err, ErrNotFound) {
		b.lacks(key)
	}
	return value, err
}

// lacks remembers that the base has no such key: what is about to be made is
// looked for more than once.
func (b *Buffer) lacks(key []byte) {
	if b.absent == nil {
		b.absent = make(map[string]bool)
	}
	if len(b.absent) < maxAbsent {
		b.absent[string(key)] = true
	}
}

const maxAbsent = 10_000

// GetMany implements [Reader].
func (b *Buffer) GetMany(keys [][]byte) ([][]byte, error) {
	if b.closed {
		return nil, ErrClosed
	}
	if len(b.latest) == 0 && len(b.spans) == 0 && len(b.absent) == 0 {
		return b.base.GetMany(keys)
	}
	values := make([][]byte, len(keys))
	var missing [][]byte
	var at []int
	for n, key := range keys {
		if w, ok := b.latest[string(key)]; ok {
			if !w.deleted {
				values[n] = clone(w.value)
			}
		} else if !b.absent[string(key)] && !b.covered(key) {
			missing, at = append(missing, key), append(at, n)
		}
	}
	if len(missing) == 0 {
		return values, nil
	}
	got, err := b.base.GetMany(missing)
	if err != nil {
		return nil, err
	}
	for n, v := range got {
		values[at[n]] = v
	}
	return values, nil
}

// Head implements [Reader].
func (b *Buffer) Head() (Cursor, error) {
	if b.closed {
		return Cursor{}, ErrClosed
	}
	return b.base.Head()
}

// Scan implements [Reader]. It yields the state at the time it begins.
func (b *Buffer) Scan(r Range) iter.Seq2[KV, error] {
	return func(yield func(KV, error) bool) {
		if b.closed {
			yield(KV{}, ErrClosed)
			return
		}
		own, spans := b.within(r), b.spans
		if len(own) == 0 && len(spans) == 0 {
			b.scanBase(r, yield)
			return
		}
		b.scans++
		defer func() { b.scans-- }()

		n := 0
		emit := func(kv KV) bool {
			if b.closed {
				yield(KV{}, ErrClosed)
				return false
			}
			n++
			return yield(kv, nil) && (r.Limit == 0 || n < r.Limit)
		}
		var key, value []byte
		flush := func(w *write) bool { // one of our own writes
			if w.deleted {
				return true
			}
			key = append(key[:0], w.key...)
			kv := KV{Key: key}
			if !r.KeysOnly {
				value = append(value[:0], w.value...)
				kv.Value = value
			}
			return emit(kv)
		}
		next := func() *write { // the first of our own that is left
			if len(own) == 0 {
				return nil
			}
			if r.Reverse {
				return own[len(own)-1]
			}
			return own[0]
		}
		drop := func() {
			if r.Reverse {
				own = own[:len(own)-1]
			} else {
				own = own[1:]
			}
		}
		all := r
		all.Limit = 0 // what we delete must not count
		for kv, err := range b.base.Scan(all) {
			if err != nil {
				yield(KV{}, err)
				return
			}
			hidden := covers(spans, kv.Key)
			for w := next(); w != nil; w = next() {
				order := strings.Compare(w.key, string(kv.Key))
				if r.Reverse {
					order = -order
				}
				if order > 0 {
					break
				}
				hidden = hidden || order == 0
				drop()
				if !flush(w) {
					return
				}
			}
			if !hidden && !emit(kv) {
				return
			}
		}
		for w := next(); w != nil; w = next() {
			drop()
			if !flush(w) {
				return
			}
		}
	}
}

// scanBase passes the base's pairs on while the transaction is open.
func (b *Buffer) scanBase(r Range, yield func(KV, error) bool) {
	for kv, err := range b.base.Scan(r) {
		if b.closed {
			kv, err = KV{}, ErrClosed
		}
		if !yield(kv, err) || err != nil {
			return
		}
	}
}

// Put implements [Tx].
func (b *Buffer) Put(key, value []byte) {
	if len(value) > MaxValue {
		b.fault(fmt.Errorf("value of %d bytes, at most %d: %w", len(value), MaxValue, ErrTooLarge))
		return
	}
	b.set(key, value, false)
}

// Delete implements [Tx].
func (b *Buffer) Delete(key []byte) { b.set(key, nil, true) }

// DeleteRange implements [Tx].
func (b *Buffer) DeleteRange(from, to []byte) {
	if b.closed || to != nil && bytes.Compare(from, to) >= 0 {
		return
	}
	for _, bound := range [][]byte{from, to} {
		if len(bound) > MaxKey+1 { // one more, as After and the like give
			b.fault(fmt.Errorf("bound of %d bytes, at most %d: %w", len(bound), MaxKey+1, ErrTooLarge))
			return
		}
	}
	if !b.grow(len(from) + len(to)) {
		return
	}
	for _, r := range b.runs {
		b.sort(r)
		first, end := r.within(from, to)
		for _, w := range r.sorted[first:end] {
			b.size -= len(w.key) + len(w.value)
			delete(b.latest, w.key)
		}
		if first < end { // in a new array, as a running scan may have the old
			r.sorted = slices.Concat(r.sorted[:first], r.sorted[end:])
		}
	}
	b.cover(span{from: string(from), to: string(to), open: to == nil})
}

// Emit implements [Tx].
func (b *Buffer) Emit(topic string, payload []byte) {
	switch {
	case len(topic) > MaxTopic:
		b.fault(fmt.Errorf("topic of %d bytes, at most %d: %w", len(topic), MaxTopic, ErrTooLarge))
	case len(payload) > MaxValue:
		b.fault(fmt.Errorf("payload of %d bytes, at most %d: %w", len(payload), MaxValue, ErrTooLarge))
	case !b.closed && b.grow(len(topic)+len(payload)):
		b.feed = append(b.feed, Entry{Topic: topic, Payload: b.keep(payload)})
	}
}

// AfterCommit implements [Tx].
func (b *Buffer) AfterCommit(f func()) {
	if !b.closed {
		b.hooks = append(b.hooks, f)
	}
}

func (b *Buffer) set(key, value []byte, deleted bool) {
	switch {
	case b.closed:
		return
	case len(key) == 0:
		b.fault(fmt.Errorf("empty key: %w", ErrInvalid))
		return
	case len(key) > MaxKey:
		b.fault(fmt.Errorf("key of %d bytes, at most %d: %w", len(key), MaxKey, ErrTooLarge))
		return
	}
	old, known := b.latest[string(key)]
	if known {
		if !b.grow(len(value) - len(old.value)) {
			return
		}
		if b.scans == 0 {
			old.value, old.deleted = b.keep(value), deleted
			return
		}
	} else if !b.grow(len(key) + len(value)) {
		return
	}
	if len(b.slab) == cap(b.slab) {
		b.slab = make([]write, 0, min(2*cap(b.slab)+8, 512))
	}
	b.slab = append(b.slab, write{value: b.keep(value), deleted: deleted})
	w := &b.slab[len(b.slab)-1]
	if known {
		w.key = old.key
	} else {
		w.key = string(key)
	}
	b.latest[w.key] = w
	r := b.run(w.key)
	r.tail = append(r.tail, w)
	r.twice = r.twice || known
}

// grow counts n more bytes and reports whether they fit.
func (b *Buffer) grow(n int) bool {
	if b.size+n > MaxTx {
		if b.size <= MaxTx { // say it once
			b.fault(fmt.Errorf("transaction of more than %d bytes: %w", MaxTx, ErrTooLarge))
		}
		b.size = max(b.size, MaxTx+1)
		return false
	}
	b.size += n
	return true
}

func (b *Buffer) fault(err error) {
	if !b.closed && len(b.faults) < 100 {
		b.faults = append(b.faults, err)
	}
}

// keep copies p into memory that lives as long as the Buffer. The copy is never
// nil.
func (b *Buffer) keep(p []byte) []byte {
	if b.arena == nil || cap(b.arena)-len(b.arena) < len(p) {
		b.arena = make([]byte, 0, max(len(p), min(2*cap(b.arena)+256, 64<<10)))
	}
	n := len(b.arena)
	b.arena = append(b.arena, p...)
	return b.arena[n:len(b.arena):len(b.arena)]
}

// clone copies p; unlike bytes.Clone it never makes an empty slice nil.
func clone(p []byte) []byte { return append(make([]byte, 0, len(p)), p...) }
