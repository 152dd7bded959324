package boltstore

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// A walk goes through the pairs of a range, bucket by bucket.
type walk struct {
	snap   *snapshot
	r      store.Range
	names  *bolt.Cursor // over the buckets; nil when the range lies in one
	name   []byte       // of the bucket we are in
	table  uint32       // the same as a number
	begun  bool
	bucket *bolt.Bucket
	cursor *bolt.Cursor // nil when the next bucket is to be entered
	at     []byte       // where cursor stands; bolt's memory
	kv     store.KV     // the pair, in buf, which the caller may scribble on
	buf    []byte
}

// next moves to the next pair, if there is one, and copies it to kv.
func (w *walk) next() (ok bool, err error) {
	defer guard(&err)
	for {
		var k, v []byte
		switch {
		case w.cursor == nil:
			if !w.enter() {
				return false, nil
			}
			k, v, err = w.first()
		case w.r.Reverse:
			k, v = before(w.cursor, w.at)
		default:
			k, v = w.cursor.Next()
		}
		if err != nil {
			return false, err
		}
		if k == nil { // go on in the next bucket
			w.cursor, w.at = nil, nil
			continue
		}
		if w.at != nil && (bytes.Compare(k, w.at) > 0) == w.r.Reverse || len(k) == 0 || tableName(k) != w.table {
			return false, disorder(w.bucket)
		}
		w.at = k
		if w.r.Reverse && bytes.Compare(k, w.r.From) < 0 || !w.r.Reverse && !within(k, w.r.To) {
			// A damaged key must not end the walk.
			return false, sound(w.bucket, k, v)
		}
		return true, w.copy(k, v)
	}
}

// copy makes a pair the one to be yielded. The checksum of a copy in one piece
// is much faster to compute than that of two pieces in odd places.
func (w *walk) copy(k, v []byte) error {
	w.buf = append(w.buf[:0], k...)
	w.kv.Key = w.buf[:len(k):len(k)]
	if w.r.KeysOnly {
		return nil
	}
	if len(v) < sumSize {
		return damaged(w.bucket, k)
	}
	w.buf = append(w.buf, v[sumSize:]...)
	w.kv.Key, w.kv.Value = w.buf[:len(k):len(k)], w.buf[len(k):]
	if binary.BigEndian.Uint32(v) != crc32.Checksum(w.buf, castagnoli) {
		return damaged(w.bucket, k)
	}
	return nil
}

// enter goes to the next bucket and reports whether there is one.
func (w *walk) enter() bool {
	if !w.begun {
		w.begun = true
		if !within(w.r.From, w.r.To) {
			return false
		}
		if inOne(w.r.From, w.r.To) {
			w.name = bucketName(w.r.From)
			w.use(w.snap.table(w.r.From).bucket)
			return w.bucket != nil
		}
		w.names = w.snap.tx.Cursor()
		w.name = w.seek()
	} else if w.names == nil {
		return false
	} else if w.r.Reverse {
		w.name, _ = before(w.names, w.name)
	} else {
		w.name, _ = w.names.Next()
	}
	switch {
	case len(w.name) == 0 || w.name[0] != dataPrefix:
		return false
	case w.r.Reverse && bytes.Compare(w.name, bucketName(w.r.From)) < 0:
		return false
	case !w.r.Reverse && !within(w.name[1:], w.r.To):
		return false
	}
	w.use(w.snap.tx.Bucket(w.name))
	return true
}

func (w *walk) use(b *bolt.Bucket) {
	w.table = tableName(w.name[1:])
	if w.bucket = b; b != nil {
		w.cursor = b.Cursor()
	}
}

// seek returns the name of the first bucket to enter.
func (w *walk) seek() []byte {
	if !w.r.Reverse {
		name, _ := w.names.Seek(bucketName(w.r.From))
		return name
	}
	bound := []byte{dataPrefix + 1}
	if w.r.To != nil {
		bound = bucketName(w.r.To)
	}
	name, _ := w.names.Seek(bound)
	switch {
	case name == nil:
		name, _ = lastOf(w.names)
	case w.r.To == nil || !bytes.Equal(name, bound):
		name, _ = before(w.names, name)
	}
	return name
}

// first returns the first pair of the bucket that may lie in the range. The
// pairs beside it must be sound, for else it might not be the first.
func (w *walk) first() (k, v []byte, err error) {
	bound := w.r.From
	if w.r.Reverse {
		bound = w.r.To
	}
	if bound == nil || !bytes.HasPrefix(bound, w.name[1:]) {
		if w.r.Reverse {
			k, v = lastOf(w.cursor)
		} else {
			k, v = w.cursor.First()
		}
		return k, v, nil
	}
	k, v = w.cursor.Seek(bound)
	if k != nil && bytes.Compare(k, bound) < 0 {
		return nil, nil, disorder(w.bucket)
	}
	var j, u []byte // the pair before
	switch {
	case k == nil:
		j, u = lastOf(w.cursor)
	default:
		j, u = before(w.cursor, k)
	}
	if j != nil && bytes.Compare(j, bound) >= 0 {
		return nil, nil, disorder(w.bucket)
	}
	if w.r.Reverse {
		if k != nil {
			err = sound(w.bucket, k, v)
		}
		return j, u, err
	}
	if j != nil {
		if err = sound(w.bucket, j, u); err != nil {
			return nil, nil, err
		}
	}
	if k == nil {
		return nil, nil, nil
	}
	w.cursor.Seek(k)
	return k, v, nil
}

// inOne reports whether a range that is not empty lies in one bucket.
func inOne(from, to []byte) bool {
	if len(from) < 2 || len(to) < 2 {
		return false
	}
	return to[0] == from[0] && (to[1] == from[1] || len(to) == 2 && to[1] == from[1]+1)
}
