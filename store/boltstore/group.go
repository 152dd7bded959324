package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// A group is one write transaction of bolt, in which the callbacks of several
// Updates run one after the other, each while it holds the writer's token. The
// fields but for the last ones belong to the holder of the token.
type group struct {
	st      *Store
	file    *file
	snap    snapshot
	alone   bool // for one Update only
	dirty   bool // holds writes
	members int  // callbacks that ran
	size    int  // bytes written
	handed  time.Time
	head    uint64 // of the feed, once emitted
	emitted bool
	arena   []byte
	spoilt  error // why it must not be committed

	// The outcome, for those whose callback ran before the end.
	done chan struct{} // closed at the end; made when the group is handed on
	err  error
	redo bool // err is not that of the first member either
}

// A group that is handed on must keep within these, so that its first member
// does not wait long.
const (
	maxGroupSize    = 4 << 20
	maxGroupMembers = 256
	maxGroupAge     = 4 * time.Millisecond
)

// begin starts a group. The caller holds the token.
func (s *Store) begin(alone bool) (*group, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	f := s.current()
	tx, err := f.begin(true)
	if err != nil {
		return nil, err
	}
	g := &group{st: s, file: f, alone: alone, arena: s.arena[:0]}
	g.snap.tx = tx
	return g, nil
}

// run calls fn once. The writes that it returns are not yet in the group.
func (g *group) run(ctx context.Context, fn func(context.Context, store.Tx) error) (*store.Buffer, error) {
	g.members++
	r := &reader{ctx: ctx, epoch: g.st.epoch, snap: &g.snap}
	defer r.close()
	b := store.NewBuffer(r)
	defer b.Close()
	if err := fn(ctx, b); err != nil {
		return nil, err
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	return b, ctx.Err()
}

// open reports whether one more callback may join.
func (g *group) open() bool {
	switch {
	case g.alone || g.spoilt != nil || g.size >= maxGroupSize || g.members >= maxGroupMembers:
		return false
	case g.handed.IsZero():
		g.handed = time.Now()
		return true
	default:
		return time.Since(g.handed) < maxGroupAge
	}
}

// flush writes what a buffer holds into the group.
func (g *group) flush(b *store.Buffer) (err error) {
	defer guard(&err)
	g.dirty = true
	g.size += b.Size()
	if notes := g.st.notes; notes != nil {
		notes.add(b)
	}
	for r := range b.Deleted() {
		if err := g.snap.deleteRange(r); err != nil {
			return err
		}
	}
	for key, value := range b.Writes() {
		t := g.snap.table(key)
		if value == nil {
			if t.bucket == nil {
				continue
			}
			if err := t.bucket.Delete(key); err != nil {
				return err
			}
		} else if err := g.put(t, key, value); err != nil {
			return err
		}
	}
	if g.snap.moved {
		g.snap.moved = false
		if err := g.snap.writeTables(); err != nil {
			return err
		}
	}
	if entries := b.Entries(); len(entries) > 0 {
		return g.emit(entries)
	}
	return nil
}

func (g *group) put(t *table, key, value []byte) error {
	if t.bucket == nil {
		b, err := g.snap.tx.CreateBucket(bucketName(key))
		if err != nil {
			return err
		}
		t.open(b)
		g.snap.moved = true
	}
	if !t.put {
		last, _ := lastOf(t.cursor)
		t.last, t.put, t.rising = append(t.last[:0], last...), true, true
		t.bucket.FillPercent = fillRising
	}
	if t.rising && bytes.Compare(key, t.last) <= 0 {
		t.rising = false
		t.bucket.FillPercent = bolt.DefaultFillPercent
	}
	n := g.room(sumSize + len(value))
	g.arena = seal(g.arena, key, value)
	return t.bucket.Put(key, g.arena[n:])
}

// fillRising is how full pages are made where keys only rise: nothing will be
// inserted into them.
const fillRising = 0.95

func (g *group) emit(entries []store.Entry) error {
	feed := g.snap.tx.Bucket(feedBucket)
	if feed == nil {
		return fmt.Errorf("no feed: %w", store.ErrCorrupt)
	}
	feed.FillPercent = fillRising
	head := feed.Sequence()
	var key [8]byte
	for _, e := range entries {
		head++
		binary.BigEndian.PutUint64(key[:], head)
		n := g.room(sumSize + 1 + len(e.Topic) + len(e.Payload))
		g.arena = sealEntry(g.arena, key[:], e)
		if err := feed.Put(key[:], g.arena[n:]); err != nil {
			return err
		}
	}
	g.head, g.emitted = head, true
	return feed.SetSequence(head)
}

// room makes sure that n bytes fit into the arena and returns where they begin.
// Bolt keeps what it is given until the transaction ends.
func (g *group) room(n int) int {
	if cap(g.arena)-len(g.arena) < n {
		g.arena = make([]byte, 0, max(n, arenaSize))
	}
	return len(g.arena)
}

const arenaSize = 64 << 10

// end commits the group, or rolls it back if there is nothing to commit, and
// tells its members. The holder of the token calls it once.
func (g *group) end() {
	switch {
	case g.spoilt != nil:
		g.err, g.redo = g.spoilt, true
		g.file.rollback(g.snap.tx)
	case !g.dirty:
		g.file.rollback(g.snap.tx)
	default:
		g.err = g.st.commit(g.file, g.snap.tx)
		if g.err == nil && g.emitted {
			g.st.grow(g.head)
		}
	}
	if cap(g.arena) <= 1<<20 {
		g.st.arena = g.arena[:0]
	}
	if g.done != nil {
		close(g.done)
	}
}
