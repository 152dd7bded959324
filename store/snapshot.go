package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
)

// A Snapshot keeps something that a room has worked out from its records and
// would rather not work out again when it starts: its columns, its model. It
// stands in the store as one immutable generation, together with the Cursor of
// the feed up to which it holds everything. A room loads it, follows the feed
// from there, and saves the next one when it likes.
//
// A Snapshot is a cache: [Backup] and [Copy] leave it out, and whoever reads
// one must be able to do without. It is a value, safe for concurrent use.
type Snapshot struct {
	Name   string // room, namespace and what it is, such as "segment/7/columns"
	Format int    // of what Save writes; raised when Load could not read it any more
}

// A chunk is a value of at most chunkSize bytes that begins with its checksum;
// batchChunks of them are written in one transaction and read in another.
const (
	chunkSize   = 256 << 10
	chunkData   = chunkSize - crc32.Size
	batchChunks = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A generation is what a store says of a snapshot: which generation is in
// force, and which one was begun last. The one before stays for its readers.
type generation struct {
	Name   string
	Number uint64 // in force; 0 for none
	Format int
	At     string // the cursor
	Chunks uint64
	Begun  uint64
}

func generationFields(c *Coder, g *generation) {
	String(c, 1, &g.Name)
	Int(c, 2, &g.Number)
	Int(c, 3, &g.Format)
	String(c, 4, &g.At)
	Int(c, 5, &g.Chunks)
	Int(c, 6, &g.Begun)
}

var generations = &Table[generation]{schema: Schema[generation]{
	Name:   "store.snapshots",
	Fields: generationFields,
	Key:    func(_ Key, g *generation) Key { return snapshotKey(g.Name) },
}}

func snapshotKey(name string) Key { return NewKey(ownTable, ownSnapshots).String(name) }

func chunkKey(name string, number, chunk uint64) Key {
	return snapshotKey(name).Uint(number).Uint(chunk).End()
}

// Save puts what write writes in the place of the generation in force, and at
// beside it. It writes in transactions of a few MiB, the last of which flips
// one key: until then the old generation stays in force, and for good when Save
// fails. What an interrupted Save leaves behind is removed by the next.
//
// Save returns write's error as it is, and an error that wraps [ErrConflict]
// when another Save of the same name began later.
func (s Snapshot) Save(ctx context.Context, st Store, at Cursor, write func(io.Writer) error) error {
	w := &chunkWriter{ctx: ctx, st: st, snapshot: s}
	err := w.begin()
	if err == nil {
		err = write(w)
	}
	if err == nil {
		err = w.finish(at)
	}
	return err
}

// Load calls read with the generation in force and the Cursor it stands at. It
// reads in short transactions of its own, so read may take its time and need
// not read to the end. A generation outlives the next Save, not the one after.
//
// Load returns read's error as it is, or an error that wraps [ErrNotFound] when
// there is no generation or one of another Format, [ErrCorrupt] when a checksum
// is wrong, and [ErrConflict] when the generation was removed meanwhile.
func (s Snapshot) Load(ctx context.Context, st Store, read func(at Cursor, r io.Reader) error) error {
	var g *generation
	err := st.View(ctx, func(_ context.Context, r Reader) (err error) {
		g, err = generations.Get(r, snapshotKey(s.Name))
		return err
	})
	if err == nil && (g.Number == 0 || g.Format != s.Format) {
		err = ErrNotFound
	}
	if err != nil {
		return s.wrap(err)
	}
	at, err := ParseCursor(g.At)
	if err != nil {
		return s.wrap(fmt.Errorf("%w: %w", ErrCorrupt, err))
	}
	r := &chunkReader{ctx: ctx, st: st, snapshot: s, g: g}
	err = read(at, r)
	if r.err != nil && r.err != io.EOF {
		return r.err
	}
	return err
}

// Drop removes the snapshot. There need not be one.
func (s Snapshot) Drop(ctx context.Context, st Store) error {
	return st.Update(ctx, func(_ context.Context, tx Tx) error {
		s.DropIn(tx)
		return nil
	})
}

// DropIn is Drop in a transaction. A Save that has begun then fails.
func (s Snapshot) DropIn(tx Tx) {
	all := Prefix(snapshotKey(s.Name))
	tx.DeleteRange(all.From, all.To)
}

func (s Snapshot) wrap(err error) error { return fmt.Errorf("snapshot %q: %w", s.Name, err) }

// A chunkWriter writes one generation.
type chunkWriter struct {
	ctx      context.Context
	st       Store
	snapshot Snapshot
	number   uint64
	written  uint64   // chunks in the store
	batch    [][]byte // chunks to come; the last may have room
	err      error
}

// begin claims a number and clears away what is neither in force nor was.
func (w *chunkWriter) begin() error {
	first := 1 + rand.Uint64N(1<<62) // a reader of a dropped snapshot must not meet its number again
	return w.st.Update(w.ctx, func(_ context.Context, tx Tx) error {
		row, g, err := w.load(tx)
		if err != nil {
			return err
		}
		if g.Begun++; row == nil {
			g.Begun = first
		}
		w.number = g.Begun
		litter := snapshotKey(w.snapshot.Name)
		tx.DeleteRange(litter.Uint(g.Number+1), After(litter))
		_, err = generations.Save(tx, row, g)
		return err
	})
}

// Write implements [io.Writer].
func (w *chunkWriter) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 && w.err == nil {
		if last := len(w.batch) - 1; last < 0 || len(w.batch[last]) == chunkSize {
			if len(w.batch) == batchChunks {
				w.err = w.flush(nil)
			}
			w.batch = append(w.batch, make([]byte, crc32.Size, chunkSize))
			continue
		}
		last := &w.batch[len(w.batch)-1]
		part := p[:min(len(p), chunkSize-len(*last))]
		*last = append(*last, part...)
		p, n = p[len(part):], n+len(part)
	}
	return n, w.err
}

// finish writes the last chunks and makes the generation the one in force. The
// one that was stays, the one before it goes.
func (w *chunkWriter) finish(at Cursor) error {
	if w.err != nil {
		return w.err
	}
	return w.flush(func(tx Tx, row *Row[generation], g *generation) error {
		old := snapshotKey(w.snapshot.Name)
		tx.DeleteRange(old.Uint(0), snapshotKey(w.snapshot.Name).Uint(g.Number))
		g.Number, g.Format, g.At, g.Chunks = w.number, w.snapshot.Format, at.String(), w.written+uint64(len(w.batch))
		_, err := generations.Save(tx, row, g)
		return err
	})
}

// flush writes the batch, and calls last in the same transaction, unless nil.
func (w *chunkWriter) flush(last func(Tx, *Row[generation], *generation) error) error {
	err := w.st.Update(w.ctx, func(_ context.Context, tx Tx) error {
		row, g, err := w.load(tx)
		if err != nil {
			return err
		}
		if g.Begun != w.number {
			return w.snapshot.wrap(fmt.Errorf("saved by two at once: %w", ErrConflict))
		}
		for i, chunk := range w.batch {
			key := chunkKey(w.snapshot.Name, w.number, w.written+uint64(i))
			binary.LittleEndian.PutUint32(chunk, chunkSum(key, chunk))
			tx.Put(key, chunk)
		}
		if last == nil {
			return nil
		}
		return last(tx, row, g)
	})
	if err == nil {
		w.written += uint64(len(w.batch))
		w.batch = w.batch[:0]
	}
	return err
}

func (w *chunkWriter) load(r Reader) (*Row[generation], *generation, error) {
	row, err := generations.Load(r, snapshotKey(w.snapshot.Name))
	if errors.Is(err, ErrNotFound) {
		return nil, &generation{Name: w.snapshot.Name}, nil
	}
	if err != nil {
		return nil, nil, w.snapshot.wrap(err)
	}
	return row, row.Value, nil
}

// A chunkReader reads one generation.
type chunkReader struct {
	ctx      context.Context
	st       Store
	snapshot Snapshot
	g        *generation
	next     uint64   // chunk to be read from the store
	batch    [][]byte // what was read
	data     []byte   // of the current chunk, what is left
	err      error
}

// Read implements [io.Reader].
func (r *chunkReader) Read(p []byte) (int, error) {
	for len(r.data) == 0 && r.err == nil {
		switch {
		case len(r.batch) > 0:
			r.data, r.batch = r.batch[0][crc32.Size:], r.batch[1:]
		case r.next < r.g.Chunks:
			r.err = r.fetch()
		default:
			r.err = io.EOF
		}
	}
	if len(r.data) == 0 && r.err != nil {
		return 0, r.err
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

// fetch reads the next batch from the store.
func (r *chunkReader) fetch() error {
	var keys [][]byte
	for n := r.next; n < r.g.Chunks && len(keys) < batchChunks; n++ {
		keys = append(keys, chunkKey(r.g.Name, r.g.Number, n))
	}
	return r.st.View(r.ctx, func(_ context.Context, rd Reader) (err error) {
		if r.batch, err = rd.GetMany(keys); err != nil {
			return err
		}
		for i, chunk := range r.batch {
			switch {
			case chunk == nil:
				return r.missing(rd)
			case len(chunk) < crc32.Size || binary.LittleEndian.Uint32(chunk) != chunkSum(keys[i], chunk):
				return r.snapshot.wrap(fmt.Errorf("chunk %d: %w", r.next+uint64(i), ErrCorrupt))
			}
		}
		r.next += uint64(len(keys))
		return nil
	})
}

// missing tells why a chunk is.
func (r *chunkReader) missing(rd Reader) error {
	g, err := generations.Get(rd, snapshotKey(r.g.Name))
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && g.Number != r.g.Number:
		err = fmt.Errorf("removed while it was read: %w", ErrConflict)
	case err == nil:
		err = fmt.Errorf("a chunk is missing: %w", ErrCorrupt)
	}
	return r.snapshot.wrap(err)
}

// chunkSum sums what stands behind the checksum, and the key.
func chunkSum(key Key, chunk []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, chunk[crc32.Size:])
}
