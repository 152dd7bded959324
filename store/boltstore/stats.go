package boltstore

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/seed-9cb3708a/clientele/store"
)

// Stats implements [store.Stater]. Free is what later commits can use without
// making the file longer.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	if _, err := s.enter(ctx); err != nil {
		return store.Stats{}, err
	}
	defer s.running.Done()
	f := s.use()
	defer s.leave(f)
	st := store.Stats{Engine: "bolt"}
	err := s.read(func(snap *snapshot) error {
		head, err := snap.head()
		if err != nil {
			return err
		}
		trimmed, err := snap.trimmed()
		st.Head, st.Oldest = s.cursor(head), s.cursor(trimmed)
		return err
	})
	if err != nil {
		return store.Stats{}, err
	}
	info, err := f.handle.Stat()
	if err != nil {
		return store.Stats{}, err
	}
	st.Bytes = info.Size()
	st.Free, err = freeBytes(f.handle, st.Bytes)
	return st, err
}

// freeBytes counts what a file of that size does not use. Commits go on
// meanwhile, so it makes sure that it read the list of free pages while it was
// the one that counts.
func freeBytes(r io.ReaderAt, size int64) (free int64, err error) {
	for range 10 {
		m, _, err := readMetas(r)
		if err != nil {
			return 0, err
		}
		free = max(0, size-int64(m.pages)*m.pageSize)
		if m.freelist == noFreelist {
			break
		}
		var page [pageHeader + 8]byte
		if _, err := r.ReadAt(page[:], int64(m.freelist)*m.pageSize); err != nil {
			return 0, err
		}
		order := binary.NativeEndian
		n := uint64(order.Uint16(page[10:]))
		if n == 0xFFFF { // too many for the header
			n = order.Uint64(page[pageHeader:])
		}
		again, _, err := readMetas(r)
		if err != nil {
			return 0, err
		}
		if again == m && order.Uint16(page[8:]) == freelistFlag && n <= m.pages {
			return free + int64(n)*m.pageSize, nil
		}
	}
	return free, nil
}
