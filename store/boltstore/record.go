package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// A record is what stands under a key of bolt: four bytes of CRC-32C over key
// and value, then the value.

const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(key, value []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, value)
}

// seal appends the record of a value to dst.
func seal(dst, key, value []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, sum(key, value))
	return append(dst, value...)
}

// unseal returns the value of a record, which it aliases.
func unseal(bucket *bolt.Bucket, key, record []byte) ([]byte, error) {
	if len(record) < sumSize || binary.BigEndian.Uint32(record) != sum(key, record[sumSize:]) {
		return nil, damaged(bucket, key)
	}
	return record[sumSize:], nil
}

// damaged reports a record without telling its key, which may be in logs then.
func damaged(bucket *bolt.Bucket, key []byte) error {
	return fmt.Errorf("checksum of a record in the tree at page %d, key of %d bytes: %w", bucket.Root(), len(key), store.ErrCorrupt)
}

// sealEntry appends the record of an entry of the feed to dst.
func sealEntry(dst, key []byte, e store.Entry) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, byte(len(e.Topic)))
	dst = append(dst, e.Topic...)
	dst = append(dst, e.Payload...)
	binary.BigEndian.PutUint32(dst[at:], sum(key, dst[at+sumSize:]))
	return dst
}

// unsealEntry returns a copy of the entry in a record of the feed.
func unsealEntry(bucket *bolt.Bucket, key, record []byte) (store.Entry, error) {
	v, err := unseal(bucket, key, record)
	if err != nil {
		return store.Entry{}, err
	}
	if len(v) == 0 || len(v) < 1+int(v[0]) {
		return store.Entry{}, fmt.Errorf("entry of the feed: %w", store.ErrCorrupt)
	}
	n := 1 + int(v[0])
	return store.Entry{Topic: string(v[1:n]), Payload: clone(v[n:])}, nil
}

// guard, deferred, makes an error of a panic: bolt answers to many kinds of
// damaged files with a panic, and reading beyond the end of a truncated file is
// a fault, which is a panic where debug.SetPanicOnFault says so.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = damage(p)
	}
}

func damage(p any) error { return fmt.Errorf("%v: %w", p, store.ErrCorrupt) }

// clone copies p; unlike bytes.Clone it never returns nil.
func clone(p []byte) []byte { return append(make([]byte, 0, len(p)), p...) }

// within reports whether key is below the bound to, where nil is no bound.
func within(key, to []byte) bool { return to == nil || bytes.Compare(key, to) < 0 }
