package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"github.com/seed-9cb3708a/clientele/store"
)

// The part of bolt's file format that bolt does not tell about: a page begins
// with a header of 16 bytes, and pages 0 and 1 hold a meta record each, of which
// the valid one with the higher transaction number counts.
const (
	pageHeader   = 16
	metaSize     = 64
	boltMagic    = 0xED0CDAED
	boltVersion  = 2
	freelistFlag = 0x10
	noFreelist   = 1<<64 - 1
)

// A meta is one of the two meta records of a bolt file.
type meta struct {
	pageSize int64
	freelist uint64 // number of the page with the list of free pages
	pages    uint64 // how many pages are or were in use
	tx       uint64
}

// readMeta reads the meta record of the page at an offset. It reports whether
// there is one, and an error if there is but it is damaged.
func readMeta(r io.ReaderAt, offset int64) (m meta, found bool, err error) {
	var page [pageHeader + metaSize]byte
	if _, err := r.ReadAt(page[:], offset); err != nil && err != io.EOF {
		return m, false, err
	}
	b, order := page[pageHeader:], binary.NativeEndian
	if order.Uint32(b) != boltMagic {
		return m, false, nil
	}
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	if h.Sum64() != order.Uint64(b[metaSize-8:]) {
		return m, true, fmt.Errorf("checksum of the meta page at %d: %w", offset, store.ErrCorrupt)
	}
	if v := order.Uint32(b[4:]); v != boltVersion {
		return m, true, fmt.Errorf("bolt format %d, want %d: %w", v, boltVersion, store.ErrInvalid)
	}
	m.pageSize = int64(order.Uint32(b[8:]))
	m.freelist = order.Uint64(b[32:])
	m.pages = order.Uint64(b[40:])
	m.tx = order.Uint64(b[48:])
	return m, true, nil
}

// readMetas returns the meta record that counts, and in lost why the other one
// does not, if it is damaged.
func readMetas(r io.ReaderAt) (m meta, lost, err error) {
	a, foundA, errA := readMeta(r, 0)
	offsets := []int64{a.pageSize}
	if !foundA || errA != nil {
		offsets = offsets[:0]
		for i := range 15 {
			offsets = append(offsets, 1024<<i)
		}
	}
	for _, at := range offsets {
		b, foundB, errB := readMeta(r, at)
		switch {
		case !foundB && errB == nil:
			continue
		case errB != nil:
			errA = errors.Join(errA, errB)
		case !foundA || errA != nil:
			if errA == nil {
				errA = fmt.Errorf("no meta page at 0: %w", store.ErrCorrupt)
			}
			return b, errA, nil
		case b.tx > a.tx:
			return b, nil, nil
		default:
			return a, nil, nil
		}
		foundA = foundA || foundB
		if a.pages > 0 {
			return a, errA, nil
		}
	}
	switch {
	case a.pages > 0:
		return a, fmt.Errorf("no meta page at %d: %w", a.pageSize, store.ErrCorrupt), nil
	case errA != nil:
		return m, nil, errA
	case foundA:
		return m, nil, store.ErrCorrupt
	default:
		return m, nil, errForeign
	}
}

var errForeign = fmt.Errorf("not a file of this engine: %w", store.ErrInvalid)

// inspect finds out, without a lock, whether a file can be what it should be.
func inspect(path string) (lost error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("not a regular file: %w", store.ErrInvalid)
	case info.Size() == 0:
		return nil, fmt.Errorf("empty file, which a store never is: %w", store.ErrCorrupt)
	}
	m, lost, err := readMetas(f)
	if err == nil && int64(m.pages)*m.pageSize > info.Size() {
		err = fmt.Errorf("file of %d bytes is truncated, want %d: %w", info.Size(), int64(m.pages)*m.pageSize, store.ErrCorrupt)
	}
	return lost, err
}
