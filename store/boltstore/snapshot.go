package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// The buckets of a file. Keys stand in one bucket for each first two bytes,
// named dataPrefix and these bytes; a key of one byte has a bucket of its own.
// The order of the buckets is therefore the order of the keys in them.
const dataPrefix = 'd'

var (
	feedBucket = []byte("feed") // number of the entry, 8 bytes, big endian → entry
	metaBucket = []byte("meta") // what is written below
	formatKey  = []byte("format")
	epochKey   = []byte("epoch")
	trimmedKey = []byte("trimmed") // how many entries of the feed are gone
	tablesKey  = []byte("tables")  // names of the buckets with keys, so that none is lost
)

// A snapshot is one transaction of bolt, with the buckets looked up in it.
type snapshot struct {
	tx     *bolt.Tx
	tables []table
	few    [2]table // memory for the first tables
	name   [3]byte  // memory for the name of a bucket
	moved  bool     // buckets were made or deleted
	round  uint64   // of the file when it began
}

// A table is one bucket of keys.
type table struct {
	name   uint32
	bucket *bolt.Bucket // nil when there is none
	cursor *bolt.Cursor // for single keys; scans have their own
	last   []byte       // the last key before the first put of the transaction
	put    bool         // there was such a put
	rising bool         // all puts so far went behind last
}

// tableName returns the name of the table of a key: its length and its bytes.
func tableName(key []byte) uint32 {
	if len(key) == 1 {
		return 1<<16 | uint32(key[0])<<8
	}
	return 2<<16 | uint32(key[0])<<8 | uint32(key[1])
}

// bucketName returns the name of the bucket for the keys that begin with the
// first two bytes of key, and the lower bound of all such names for less.
func bucketName(key []byte) []byte {
	return append([]byte{dataPrefix}, key[:min(2, len(key))]...)
}

// table returns the table of a key. It is valid until the next call.
func (s *snapshot) table(key []byte) *table {
	name := tableName(key)
	for i := range s.tables {
		if s.tables[i].name == name {
			return &s.tables[i]
		}
	}
	t := table{name: name}
	t.open(s.tx.Bucket(append(append(s.name[:0], dataPrefix), key[:min(2, len(key))]...)))
	if s.tables == nil {
		s.tables = s.few[:0]
	}
	s.tables = append(s.tables, t)
	return &s.tables[len(s.tables)-1]
}

func (t *table) open(b *bolt.Bucket) {
	*t = table{name: t.name, bucket: b}
	if b != nil {
		t.cursor = b.Cursor()
	}
}

// get returns a copy of the value of a key.
func (s *snapshot) get(key []byte) (value []byte, err error) {
	defer guard(&err)
	if len(key) == 0 {
		return nil, store.ErrNotFound
	}
	return s.table(key).get(key)
}

// getMany fills values, which is as long as keys. It goes through the keys in
// their order, which touches every page once.
func (s *snapshot) getMany(keys, values [][]byte) (err error) {
	defer guard(&err)
	order := make([]int, 0, len(keys))
	for i, key := range keys {
		if len(key) > 0 {
			order = append(order, i)
		}
	}
	byKey := func(i, j int) int { return bytes.Compare(keys[i], keys[j]) }
	if !slices.IsSortedFunc(order, byKey) {
		slices.SortFunc(order, byKey)
	}
	for _, i := range order {
		v, err := s.table(keys[i]).get(keys[i])
		if err == nil {
			values[i] = v
		} else if err != store.ErrNotFound {
			return err
		}
	}
	return nil
}

func (t *table) get(key []byte) ([]byte, error) {
	if t.bucket == nil {
		return nil, store.ErrNotFound
	}
	k, v := t.cursor.Seek(key)
	if k == nil || !bytes.Equal(k, key) {
		if err := t.absent(key, k, v); err != nil {
			return nil, err
		}
		return nil, store.ErrNotFound
	}
	v, err := unseal(t.bucket, k, v)
	if err != nil {
		return nil, err
	}
	return clone(v), nil
}

// absent proves that a key does not exist when Seek found k and v instead: a
// bit that flipped in a key, or in a page that leads to it, puts a damaged
// record beside the place where the key should be, or breaks the order there.
func (t *table) absent(key, k, v []byte) error {
	if k != nil {
		if err := sound(t.bucket, k, v); err != nil {
			return err
		}
		if bytes.Compare(k, key) < 0 || tableName(k) != t.name {
			return disorder(t.bucket)
		}
	}
	k, v = t.cursor.Prev()
	if k == nil {
		return nil
	}
	if bytes.Compare(k, key) >= 0 || tableName(k) != t.name {
		return disorder(t.bucket)
	}
	return sound(t.bucket, k, v)
}

// sound checks a record that is only passed by.
func sound(b *bolt.Bucket, k, v []byte) error {
	_, err := unseal(b, k, v)
	return err
}

func disorder(b *bolt.Bucket) error {
	return fmt.Errorf("keys out of order in the tree at page %d: %w", b.Root(), store.ErrCorrupt)
}

// head returns the number of the last entry of the feed.
func (s *snapshot) head() (n uint64, err error) {
	defer guard(&err)
	feed := s.tx.Bucket(feedBucket)
	if feed == nil {
		return 0, fmt.Errorf("no feed: %w", store.ErrCorrupt)
	}
	return feed.Sequence(), nil
}

// trimmed returns the number of the last entry that was dropped from the feed.
func (s *snapshot) trimmed() (uint64, error) { return s.number(trimmedKey) }

// number reads a number of the meta bucket.
func (s *snapshot) number(key []byte) (n uint64, err error) {
	defer guard(&err)
	meta := s.tx.Bucket(metaBucket)
	if meta == nil {
		return 0, fmt.Errorf("no meta data: %w", store.ErrCorrupt)
	}
	v, err := unseal(meta, key, meta.Get(key))
	if err == nil && len(v) != 8 {
		err = fmt.Errorf("meta data of %d bytes: %w", len(v), store.ErrCorrupt)
	}
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(v), nil
}

// setNumber writes a number of the meta bucket.
func setNumber(meta *bolt.Bucket, key []byte, n uint64) error {
	return meta.Put(key, seal(nil, key, binary.BigEndian.AppendUint64(nil, n)))
}

// deleteRange deletes the keys of a range, and a bucket at once where it can.
func (s *snapshot) deleteRange(r store.Range) error {
	var names [][]byte // not while the walk over them goes on
	c := s.tx.Cursor()
	for name, _ := c.Seek(bucketName(r.From)); name != nil && name[0] == dataPrefix && within(name[1:], r.To); name, _ = c.Next() {
		names = append(names, clone(name))
	}
	for _, name := range names {
		t := s.table(name[1:])
		if len(name) == 3 && bytes.Compare(r.From, name[1:]) <= 0 && (r.To == nil || !bytes.HasPrefix(r.To, name[1:])) {
			s.moved = true
			if err := s.tx.DeleteBucket(name); err != nil {
				return err
			}
			t.open(nil)
			continue
		}
		from := clone(r.From)
		for k, _ := t.cursor.Seek(from); k != nil && within(k, r.To); k, _ = t.cursor.Seek(from) {
			from = append(from[:0], k...) // k is gone in a moment
			if err := t.cursor.Delete(); err != nil {
				return err
			}
		}
	}
	return nil
}

// listTables returns the names of the buckets with keys, in one piece.
func (s *snapshot) listTables() (list []byte) {
	c := s.tx.Cursor()
	for name, _ := c.First(); name != nil; name, _ = c.Next() {
		if !bytes.Equal(name, feedBucket) && !bytes.Equal(name, metaBucket) {
			list = append(append(list, byte(len(name))), name...)
		}
	}
	return list
}

// writeTables brings the record of these names up to date.
func (s *snapshot) writeTables() error {
	return s.tx.Bucket(metaBucket).Put(tablesKey, seal(nil, tablesKey, s.listTables()))
}

// checkTables compares it with the buckets there are.
func (s *snapshot) checkTables() error {
	meta := s.tx.Bucket(metaBucket)
	list, err := unseal(meta, tablesKey, meta.Get(tablesKey))
	if err == nil && !bytes.Equal(list, s.listTables()) {
		err = fmt.Errorf("buckets missing: %w", store.ErrCorrupt)
	}
	return err
}

// lastOf returns the last pair of a bucket. In a transaction that emptied
// several pages, bolt's own Last may not end.
func lastOf(c *bolt.Cursor) (k, v []byte) {
	if c.Bucket().Writable() {
		if k, _ := c.First(); k == nil {
			return nil, nil
		}
	}
	return c.Last()
}

// before returns the pair before the key at, on which c stands. In a
// transaction that emptied a page, bolt's own Prev stops at that page.
func before(c *bolt.Cursor, at []byte) (k, v []byte) {
	k, v = c.Prev()
	if k != nil || !c.Bucket().Writable() {
		return k, v
	}
	if first, _ := c.First(); first == nil || bytes.Compare(first, at) >= 0 {
		return nil, nil
	}
	c.Seek(at)
	for k == nil {
		k, v = c.Prev()
	}
	return k, v
}
