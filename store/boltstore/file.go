package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/seed-9cb3708a/clientele/store"
)

// A file is one open bolt database.
type file struct {
	db      *bolt.DB
	handle  *os.File // that db uses
	users   int      // transactions that may read it; guarded by Store.mu
	retired bool     // replaced by another file; guarded by Store.mu
	stuck   atomic.Bool
	idle    idle
}

// reserve is the address space that is set aside for a file. Bolt must wait for
// all readers when it runs out of it. On Windows it would be disk space, too.
func reserve(size int64) int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0
	}
	return int(max(64<<30, 4*size))
}

// openBolt opens a file that exists, unless create is set.
func openBolt(path string, timeout time.Duration, change func(*bolt.Options)) (f *file, err error) {
	f = new(file)
	defer func() {
		if p := recover(); p != nil {
			err = damage(p)
		}
		if err != nil {
			f.abandon() // after a panic it is still open, and locked
		}
	}()
	opts := &bolt.Options{
		Timeout: max(timeout, 1),
		// The freelist is written with every commit. Without it, bolt scans the
		// file when it opens it, on a goroutine of its own, where damage that
		// makes it panic would end the whole program.
		FreelistType: bolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(path string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			f.handle, err = os.OpenFile(path, flag, mode)
			return f.handle, err
		},
	}
	change(opts)
	f.db, err = bolt.Open(path, 0o600, opts)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		err = store.ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum):
		err = damage(err)
	case errors.Is(err, syscall.ENOMEM) && opts.InitialMmapSize > 0:
		// The process may not have that much address space.
		return openBolt(path, timeout, func(opts *bolt.Options) {
			change(opts)
			opts.InitialMmapSize = 0
		})
	}
	return f, err
}

// begin starts a transaction of bolt.
func (f *file) begin(writable bool) (tx *bolt.Tx, err error) {
	if writable {
		f.writes()
	}
	defer func() {
		if p := recover(); p != nil {
			f.stuck.Store(true) // bolt holds its own locks for ever
			err = damage(p)
		}
		if writable && err != nil {
			f.wrote()
		}
	}()
	if f.stuck.Load() {
		return nil, damage("file given up")
	}
	return f.db.Begin(writable)
}

// rollback ends a transaction of bolt without a commit.
func (f *file) rollback(tx *bolt.Tx) {
	defer func() {
		if p := recover(); p != nil {
			f.stuck.Store(true)
		}
	}()
	if tx.Writable() {
		defer f.wrote()
	}
	if !f.stuck.Load() {
		tx.Rollback()
	}
}

func (f *file) close() (err error) {
	defer guard(&err)
	f.writes() // no snapshot is kept from now on
	if f.stuck.Load() {
		f.abandon()
		return nil
	}
	return f.db.Close()
}

// abandon closes the file without bolt, which may wait for its own locks.
func (f *file) abandon() {
	if f.handle != nil {
		unlock(f.handle)
		f.handle.Close()
	}
}

// The file grows in steps of an eighth of its size within these bounds.
const (
	minGrowth = 1 << 20
	maxGrowth = 16 << 20
)

// commit commits a transaction of bolt. The caller holds the token.
func (s *Store) commit(f *file, tx *bolt.Tx) error {
	if err := s.refusal(); err != nil {
		f.rollback(tx)
		return err
	}
	id := tx.ID()
	f.db.AllocSize = int(min(max(tx.Size()/8, minGrowth), maxGrowth))
	err := f.commit(tx)
	if err == nil {
		return nil
	}
	if f.holds(id) {
		// The last page was written, but perhaps not to the disk.
		err = fmt.Errorf("%w: %w", store.ErrCommitUnknown, err)
	} else if harmless(err) {
		return err
	}
	s.broken = fmt.Errorf("no more writes before the store is opened again: %w", err)
	s.log.Error("store takes no more writes", "error", err)
	return err
}

func (f *file) commit(tx *bolt.Tx) (err error) {
	defer f.wrote()
	defer func() {
		if p := recover(); p != nil {
			f.rollback(tx)
			err = damage(p)
		}
	}()
	return tx.Commit()
}

// holds reports whether the transaction with that id can be seen.
func (f *file) holds(id int) bool {
	tx, err := f.begin(false)
	if err != nil {
		return false
	}
	defer f.rollback(tx)
	return tx.ID() >= id
}

// harmless reports whether a commit failed before anything was synced: then the
// file is as it was. After a failed sync the system may have dropped what was
// to be written, whatever later syncs say.
func harmless(err error) bool {
	var p *fs.PathError
	return errors.Is(err, berrors.ErrMaxSizeReached) ||
		errors.As(err, &p) && p.Op == "write" ||
		strings.HasPrefix(err.Error(), "file resize error") // bolt does not wrap it
}
