package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// This file holds what Copy, Backup and Restore share: how a store is read out
// in key order, and how another is made equal to it.

// fillBytes is about how much a transaction writes that fills a store.
var fillBytes = MaxTx / 2 // only tests change it

// The keys of package store that are not carried from store to store as they
// are stand together: followers are translated, snapshots and the mark stay.
var (
	leftOut = Range{From: []byte{ownTable, ownCursors}, To: []byte{ownTable, ownCopy + 1}}
	carried = []Range{{To: leftOut.From}, {From: leftOut.To}}
	markKey = []byte{ownTable, ownCopy, tagEnd}
)

// complete returns ErrIncomplete when the store is marked.
func complete(r Reader) error {
	switch _, err := r.Get(markKey); {
	case err == nil:
		return fmt.Errorf("go on with Restore or Copy, or begin with an empty store: %w", ErrIncomplete)
	case !errors.Is(err, ErrNotFound):
		return err
	}
	return nil
}

// mark marks an empty store, once. A store that is neither empty nor marked is
// ErrExists.
func mark(ctx context.Context, st Store) error {
	err := st.View(ctx, func(_ context.Context, r Reader) error { return complete(r) })
	if err != nil {
		if errors.Is(err, ErrIncomplete) {
			err = nil
		}
		return err
	}
	notEmpty := fmt.Errorf("the destination is not empty: %w", ErrExists)
	for _, err := range st.Feed(ctx, Cursor{}) {
		if err == nil || errors.Is(err, ErrCursorExpired) {
			err = notEmpty
		}
		return err
	}
	return st.Update(ctx, func(_ context.Context, tx Tx) error {
		for _, err := range tx.Scan(Range{Limit: 1, KeysOnly: true}) {
			if err == nil {
				err = notEmpty
			}
			return err
		}
		tx.Put(markKey, nil)
		return nil
	})
}

// pairs yields the pairs that are carried, in key order.
func pairs(r Reader) iter.Seq2[KV, error] {
	return func(yield func(KV, error) bool) {
		for _, rg := range carried {
			for kv, err := range r.Scan(rg) {
				if !yield(kv, err) || err != nil {
					return
				}
			}
		}
	}
}

// chunks calls f with the pairs in chunks of about fillBytes, each with the
// range that it fills. Together the ranges are the whole store.
func chunks(pairs iter.Seq2[KV, error], f func(Range, []KV) error) error {
	var from []byte
	var chunk []KV
	size := 0
	for kv, err := range pairs {
		if err != nil {
			return err
		}
		chunk = append(chunk, KV{bytes.Clone(kv.Key), bytes.Clone(kv.Value)})
		if size += len(kv.Key) + len(kv.Value); size < fillBytes {
			continue
		}
		to := append(bytes.Clone(kv.Key), 0)
		if err := f(Range{From: from, To: to}, chunk); err != nil {
			return err
		}
		from, chunk, size = to, chunk[:0], 0
	}
	return f(Range{From: from}, chunk)
}

// merge makes a range of a store equal to a chunk.
func merge(ctx context.Context, st Store, rg Range, chunk []KV) error {
	err := st.Update(ctx, func(_ context.Context, tx Tx) error {
		put := func(kv KV) error { tx.Put(kv.Key, kv.Value); return nil }
		drop := func(from, to []byte) error { tx.DeleteRange(from, to); return nil }
		return compare(tx, rg, chunk, put, drop)
	})
	if n := len(chunk) / 2; errors.Is(err, ErrTooLarge) && n > 0 { // the bounds of what is deleted count as well
		middle := chunk[n].Key
		if err = merge(ctx, st, Range{From: rg.From, To: middle}, chunk[:n]); err == nil {
			err = merge(ctx, st, Range{From: middle, To: rg.To}, chunk[n:])
		}
	}
	return err
}

// compare tells in key order what must be put into a range, and dropped from
// it, to make it equal to a chunk.
func compare(r Reader, rg Range, chunk []KV, put func(KV) error, drop func(from, to []byte) error) error {
	for _, part := range carried {
		part.From = slices.MaxFunc([][]byte{part.From, rg.From}, bytes.Compare)
		if part.To == nil || rg.To != nil && bytes.Compare(rg.To, part.To) < 0 {
			part.To = rg.To
		}
		if part.To != nil && bytes.Compare(part.From, part.To) >= 0 {
			continue
		}
		var extra []byte // where a run of keys to be dropped begins
		end := func(at []byte) error {
			from := extra
			if extra = nil; from == nil {
				return nil
			}
			return drop(from, at)
		}
		// pass puts what the chunk has before key, nil for the end of the part.
		pass := func(key []byte) error {
			for len(chunk) > 0 {
				next := chunk[0]
				if key != nil && bytes.Compare(next.Key, key) >= 0 || part.To != nil && bytes.Compare(next.Key, part.To) >= 0 {
					break
				}
				chunk = chunk[1:]
				if err := end(next.Key); err != nil {
					return err
				}
				if err := put(next); err != nil {
					return err
				}
			}
			return nil
		}
		for kv, err := range r.Scan(part) {
			if err == nil {
				err = pass(kv.Key)
			}
			if err == nil && len(chunk) > 0 && bytes.Equal(chunk[0].Key, kv.Key) {
				if err = end(kv.Key); err == nil && !bytes.Equal(chunk[0].Value, kv.Value) {
					err = put(chunk[0])
				}
				chunk = chunk[1:]
			} else if extra == nil {
				extra = bytes.Clone(kv.Key)
			}
			if err != nil {
				return err
			}
		}
		if err := pass(nil); err != nil {
			return err
		}
		if err := end(part.To); err != nil {
			return err
		}
	}
	return nil
}

// extend makes a store's feed equal to entries, of which it has the beginning.
func extend(ctx context.Context, st Store, entries iter.Seq2[Entry, error]) error {
	var chunk []Entry
	size := 0
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		err := st.Update(ctx, func(_ context.Context, tx Tx) error {
			for _, e := range chunk {
				tx.Emit(e.Topic, e.Payload)
			}
			return nil
		})
		chunk, size = chunk[:0], 0
		return err
	}
	err := match(ctx, st, entries, func(e Entry) error {
		chunk = append(chunk, e)
		if size += len(e.Topic) + len(e.Payload); size < fillBytes {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// match compares a store's feed with entries and calls add for those that come
// after it. It returns ErrExists unless the feed is the beginning of entries.
func match(ctx context.Context, st Store, entries iter.Seq2[Entry, error], add func(Entry) error) error {
	other := fmt.Errorf("the feed of the destination has other entries, begin with an empty store: %w", ErrExists)
	next, stop := iter.Pull2(st.Feed(ctx, Cursor{}))
	defer stop()
	has, err, ok := next()
	for e, srcErr := range entries {
		switch {
		case srcErr != nil:
			return srcErr
		case errors.Is(err, ErrCursorExpired):
			return other
		case err != nil:
			return err
		case !ok:
			if err := add(e); err != nil {
				return err
			}
			continue
		case has.Topic != e.Topic || !bytes.Equal(has.Payload, e.Payload):
			return other
		}
		has, err, ok = next()
	}
	if ok && (err == nil || errors.Is(err, ErrCursorExpired)) {
		return other
	}
	return err
}

// A place is how far a durable follower has read the entries that are kept.
type place struct {
	Name    string
	Read    uint64 // so many of them
	Expired string // the cursor of one that missed some, for it to notice: of a foreign feed

	at Cursor
}

// followers returns the head of the feed and the followers, by name.
func followers(r Reader) (head Cursor, places []place, err error) {
	if head, err = r.Head(); err != nil {
		return head, nil, err
	}
	for f, err := range Cursors(r) {
		if err != nil {
			return head, nil, err
		}
		places = append(places, place{Name: f.Name, at: f.Cursor})
	}
	return head, places, nil
}

// kept yields the entries that a feed has kept, up to head, and when it comes
// to the end, has worked the places out.
func kept(ctx context.Context, st Store, head Cursor, places []place) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		byCursor := make([]*place, len(places))
		for i := range places {
			byCursor[i] = &places[i]
		}
		slices.SortStableFunc(byCursor, func(p, q *place) int { return p.at.Compare(q.at) })
		var oldest Cursor
		var n uint64
		for again := true; again; {
			again = false
			for e, err := range st.Feed(ctx, oldest) {
				var expired *ExpiredError
				if n == 0 && errors.As(err, &expired) && expired.Oldest != oldest {
					oldest, again = expired.Oldest, true // trimmed
					break
				}
				if err != nil {
					yield(Entry{}, err)
					return
				}
				if e.Cursor.Compare(head) > 0 {
					break
				}
				for len(byCursor) > 0 && byCursor[0].at.Compare(e.Cursor) < 0 {
					byCursor[0].Read, byCursor = n, byCursor[1:]
				}
				if n++; !yield(e, nil) {
					return
				}
			}
		}
		for _, p := range byCursor {
			p.Read = n
		}
		for i := range places {
			p := &places[i]
			foreign := !p.at.IsZero() && p.at.Epoch() != head.Epoch()
			if foreign || p.at.Compare(oldest) < 0 {
				p.Read, p.Expired = 0, cmp.Or(p.at, oldest).String()
			}
		}
	}
}

// finish writes the followers down and takes the mark away.
func finish(ctx context.Context, st Store, places []place) error {
	places = slices.Clone(places)
	slices.SortStableFunc(places, func(p, q place) int { return cmp.Compare(p.Read, q.Read) })
	cursors := make([]string, len(places))
	var at Cursor
	var n uint64
	for i, p := range places {
		// A feed of many writers may show its newest entries late.
		for n < p.Read {
			for e, err := range st.Feed(ctx, at) {
				if err != nil {
					return err
				}
				if at, n = e.Cursor, n+1; n == p.Read {
					break
				}
			}
			if n < p.Read {
				if err := st.Wait(ctx, at); err != nil {
					return err
				}
			}
		}
		cursors[i] = cmp.Or(p.Expired, at.String())
	}
	return st.Update(ctx, func(_ context.Context, tx Tx) error {
		tx.DeleteRange(leftOut.From, leftOut.To)
		for i, p := range places {
			tx.Put(cursorKey(p.Name), []byte(cursors[i]))
		}
		return nil
	})
}
