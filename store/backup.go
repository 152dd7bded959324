package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
)

// A backup begins with backupMagic and its format, and goes on in blocks, each
// a [block] in the wire format. Before the format and every block stands its
// length in four bytes, behind it the CRC-32C of the whole stream up to there
// but for the checksums; these numbers have their lowest byte first. The last
// block says so.
const (
	backupMagic  = "clientele backup"
	backupFormat = 1
	blockSize    = 256 << 10
	maxBlock     = blockSize + MaxKey + MaxValue + 1024 // one more pair makes a block full
)

// A block of a backup has pairs, or entries, or places; a stream has them in
// this order, the pairs sorted by key.
type block struct {
	Pairs   []KV
	Entries []Entry
	Places  []place
	Last    bool
	size    int
}

func blockFields(c *Coder, b *block) {
	List(c, 1, &b.Pairs, func(c *Coder, kv *KV) {
		Bytes(c, 1, &kv.Key)
		Bytes(c, 2, &kv.Value)
	})
	List(c, 2, &b.Entries, func(c *Coder, e *Entry) {
		String(c, 1, &e.Topic)
		Bytes(c, 2, &e.Payload)
	})
	List(c, 3, &b.Places, func(c *Coder, p *place) {
		String(c, 1, &p.Name)
		Int(c, 2, &p.Read)
		String(c, 3, &p.Expired)
	})
	Bool(c, 4, &b.Last)
}

// Backup writes what a store holds at one moment, in a form that [Restore]
// reads into an empty store of any engine: all keys, the entries that the feed
// still has, and the durable followers. It leaves out every [Snapshot].
//
// The keys are read in one View, which lasts as long as w takes them; the feed
// after it, up to where it stood. Others may go on writing. The stream is not
// compressed and not encrypted: wrap w. Its checksums find damage, not forgery.
//
// Backup returns an error that wraps [ErrIncomplete] when the store is half of
// a copy, or what w returned.
func Backup(ctx context.Context, st Store, w io.Writer) error {
	out := &blockWriter{w: w}
	var head Cursor
	var places []place
	err := st.View(ctx, func(_ context.Context, r Reader) error {
		err := complete(r)
		if err == nil {
			head, places, err = followers(r)
		}
		if err == nil {
			err = out.begin()
		}
		if err != nil {
			return err
		}
		for kv, err := range pairs(r) {
			if err != nil {
				return err
			}
			out.block.Pairs = append(out.block.Pairs, KV{bytes.Clone(kv.Key), bytes.Clone(kv.Value)})
			if err := out.grow(len(kv.Key) + len(kv.Value)); err != nil {
				return err
			}
		}
		return out.flush()
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for e, err := range kept(ctx, st, head, places) {
		if err == nil {
			out.block.Entries = append(out.block.Entries, e)
			err = out.grow(len(e.Topic) + len(e.Payload))
		}
		if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
	if err := out.end(places); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Restore fills an empty store with what [Backup] wrote to r. It reads no
// further than the backup's end. Followers go on where they were; the cursors
// that anybody else keeps are of another feed now, which is ErrCursorExpired.
//
// Restore marks the store before anything else, and takes the mark away with
// its last commit. When it fails or is killed, the store stays marked:
// [Table.Prepare], Backup, and Copy from it refuse it with [ErrIncomplete].
// Restore again with the same stream goes on: it writes only what differs. With
// another stream that works as well, unless entries of the feed were restored
// already: these stay.
//
// Restore returns an error that wraps [ErrExists] when the store is not empty
// and not marked, which leaves it untouched, or when its feed is of another
// backup; [ErrCorrupt] when the stream is damaged or ends early; and [ErrNewer]
// when it was written in a format of a newer release.
func Restore(ctx context.Context, st Store, r io.Reader) error {
	err := restore(ctx, st, &blockReader{r: r})
	if err != nil {
		err = fmt.Errorf("restore: %w", err)
	}
	return err
}

func restore(ctx context.Context, st Store, in *blockReader) error {
	if err := in.begin(); err != nil {
		return err
	}
	if err := mark(ctx, st); err != nil {
		return err
	}
	put := func(rg Range, chunk []KV) error { return merge(ctx, st, rg, chunk) }
	if err := chunks(in.pairs(), put); err != nil {
		return err
	}
	if err := extend(ctx, st, in.entries()); err != nil {
		return err
	}
	places, err := in.end()
	if err != nil {
		return err
	}
	return finish(ctx, st, places)
}

// A blockWriter writes a backup.
type blockWriter struct {
	w     io.Writer
	sum   uint32
	block block
	buf   []byte
}

func (w *blockWriter) begin() error {
	if err := w.magic(); err != nil {
		return err
	}
	return w.frame(binary.LittleEndian.AppendUint32(w.start(), backupFormat))
}

func (w *blockWriter) magic() error {
	w.sum = crc32.Checksum([]byte(backupMagic), castagnoli)
	_, err := io.WriteString(w.w, backupMagic)
	return err
}

// start begins a frame: four bytes are for its length.
func (w *blockWriter) start() []byte { return append(w.buf[:0], 0, 0, 0, 0) }

// frame writes a frame, its length and its checksum.
func (w *blockWriter) frame(b []byte) error {
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	w.sum = crc32.Update(w.sum, castagnoli, b)
	w.buf = binary.LittleEndian.AppendUint32(b, w.sum)
	_, err := w.w.Write(w.buf)
	return err
}

// grow counts n more bytes, and writes the block when it is full.
func (w *blockWriter) grow(n int) error {
	w.block.size += n + 32 // tags and lengths
	if w.block.size < blockSize {
		return nil
	}
	return w.flush()
}

// flush writes the block, if there is anything in it.
func (w *blockWriter) flush() error {
	b := &w.block
	if b.size == 0 && !b.Last {
		return nil
	}
	err := w.frame(Encode(w.start(), b, blockFields))
	*b = block{Pairs: b.Pairs[:0], Entries: b.Entries[:0], Places: b.Places[:0]}
	return err
}

// end writes the places, and the last block.
func (w *blockWriter) end(places []place) error {
	if err := w.flush(); err != nil {
		return err
	}
	for _, p := range places {
		w.block.Places = append(w.block.Places, p)
		if err := w.grow(len(p.Name) + len(p.Expired)); err != nil {
			return err
		}
	}
	w.block.Last = true
	return w.flush()
}

// A blockReader reads a backup.
type blockReader struct {
	r     io.Reader
	sum   uint32
	block block
	buf   []byte
	key   []byte // the last one
	count uint64 // of entries
}

func damaged(what string) error { return fmt.Errorf("%s: %w", what, ErrCorrupt) }

// begin reads up to the first block.
func (r *blockReader) begin() error {
	magic, err := r.read(len(backupMagic))
	if err == nil && string(magic) != backupMagic {
		err = damaged("this is no backup")
	}
	if err != nil {
		return err
	}
	r.sum = crc32.Checksum(magic, castagnoli)
	b, err := r.frame()
	if err == nil && len(b) != 4 {
		err = damaged("the format is missing")
	}
	if err != nil {
		return err
	}
	if f := binary.LittleEndian.Uint32(b); f != backupFormat {
		return fmt.Errorf("format %d, this release knows %d: %w", f, backupFormat, ErrNewer)
	}
	return r.next()
}

// read reads n bytes, which are valid until the next read.
func (r *blockReader) read(n int) ([]byte, error) {
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	b := r.buf[:n]
	if _, err := io.ReadFull(r.r, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, damaged("the backup ends early")
	} else if err != nil {
		return nil, err
	}
	return b, nil
}

// frame reads the next frame and checks it.
func (r *blockReader) frame() ([]byte, error) {
	b, err := r.read(4)
	if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(b)
	if n > maxBlock {
		return nil, damaged("a block is too long")
	}
	r.sum = crc32.Update(r.sum, castagnoli, b)
	if b, err = r.read(int(n) + crc32.Size); err != nil {
		return nil, err
	}
	b, sum := b[:n], binary.LittleEndian.Uint32(b[n:])
	if r.sum = crc32.Update(r.sum, castagnoli, b); r.sum != sum {
		return nil, damaged("a checksum is wrong")
	}
	return b, nil
}

// next reads the next block.
func (r *blockReader) next() error {
	b, err := r.frame()
	if err != nil {
		return err
	}
	r.block = block{}
	if err := Decode(b, &r.block, blockFields); err != nil {
		return err
	}
	pairs, entries := len(r.block.Pairs) > 0, len(r.block.Entries) > 0
	if pairs && entries || (pairs || entries) && (len(r.block.Places) > 0 || r.block.Last) {
		return damaged("a block that no backup has")
	}
	return nil
}

// pairs yields all pairs, and leaves the first block that has none.
func (r *blockReader) pairs() iter.Seq2[KV, error] {
	return func(yield func(KV, error) bool) {
		for len(r.block.Pairs) > 0 {
			for _, kv := range r.block.Pairs {
				if err := r.check(kv); err != nil {
					yield(KV{}, err)
					return
				}
				if !yield(kv, nil) {
					return
				}
			}
			if err := r.next(); err != nil {
				yield(KV{}, err)
				return
			}
		}
	}
}

// check tells what is wrong with a pair.
func (r *blockReader) check(kv KV) error {
	within := bytes.Compare(kv.Key, leftOut.From) >= 0 && bytes.Compare(kv.Key, leftOut.To) < 0
	if len(kv.Key) == 0 || len(kv.Key) > MaxKey || len(kv.Value) > MaxValue || within {
		return damaged("a pair that no backup has")
	}
	if r.key != nil && bytes.Compare(r.key, kv.Key) >= 0 {
		return damaged("the keys are not sorted")
	}
	r.key = kv.Key
	return nil
}

// entries yields all entries, and leaves the first block that has none.
func (r *blockReader) entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for len(r.block.Entries) > 0 {
			for _, e := range r.block.Entries {
				if len(e.Topic) > MaxTopic || len(e.Payload) > MaxValue {
					yield(Entry{}, damaged("an entry that no backup has"))
					return
				}
				if r.count++; !yield(e, nil) {
					return
				}
			}
			if err := r.next(); err != nil {
				yield(Entry{}, err)
				return
			}
		}
	}
}

// end reads the places, up to the last block.
func (r *blockReader) end() ([]place, error) {
	var places []place
	for {
		if len(r.block.Pairs)+len(r.block.Entries) > 0 {
			return nil, damaged("the blocks are out of order")
		}
		for _, p := range r.block.Places {
			if p.Read > r.count {
				return nil, damaged("a follower that is ahead of the feed")
			}
			places = append(places, p)
		}
		if r.block.Last {
			return places, nil
		}
		if err := r.next(); err != nil {
			return nil, err
		}
	}
}
