package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
)

// compactSuffix is appended to the name of a file for that of its copy. Who has
// the file locked may do with the copy as he likes.
const compactSuffix = ".compact"

// Compact implements [store.Compacter]. It copies everything to a new file,
// which then takes the place of the old one, and so gives back the space of
// what was deleted. Until then it needs disk space for both. Other transactions
// go on meanwhile, but for a moment at the end, and Views that began before may
// go on after it. When Compact fails, the old file stays in use.
//
// On Windows, where a file in use cannot be replaced, the error is
// [errors.ErrUnsupported].
func (s *Store) Compact(ctx context.Context) error {
	if runtime.GOOS == "windows" {
		return fmt.Errorf("boltstore: compact: %w", errors.ErrUnsupported)
	}
	ctx, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	select {
	case s.compacting <- struct{}{}:
		defer func() { <-s.compacting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	before, start := fileSize(s.path), time.Now()
	if err := s.compact(ctx); err != nil {
		if err == ctx.Err() {
			return err
		}
		return fmt.Errorf("boltstore: compact: %w", err)
	}
	s.log.Info("store compacted", "before", before, "after", fileSize(s.path), "duration", time.Since(start))
	return nil
}

// catchUps is how often the copy catches up with what was committed meanwhile
// before writers must wait for it to do so once more.
const catchUps = 3

func (s *Store) compact(ctx context.Context) (err error) {
	name := s.path + compactSuffix
	os.Remove(name)
	to, err := openBolt(name, time.Second, func(opts *bolt.Options) {
		opts.InitialMmapSize = reserve(fileSize(s.path))
		opts.NoSync, opts.NoGrowSync = true, true // there is one sync at the end
	})
	if err != nil {
		return err
	}
	c := &compaction{st: s, to: to}
	defer func() {
		if err != nil {
			c.lock(context.WithoutCancel(ctx))
			s.notes = nil
			c.unlock()
			to.close()
			os.Remove(name)
		}
	}()
	for range 1 + catchUps {
		if err := c.round(ctx); err != nil {
			return err
		}
	}
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.unlock()
	if err := c.round(ctx); err != nil {
		return err
	}
	to.db.NoSync, to.db.NoGrowSync = false, false
	if err := to.handle.Sync(); err != nil {
		return err
	}
	if err := os.Rename(name, s.path); err != nil {
		return err
	}
	s.notes = nil
	s.swap(to)
	if err := syncDir(filepath.Dir(s.path)); err != nil {
		// After a power cut the old file might be back.
		s.broken = fmt.Errorf("no more writes before the store is opened again: %w", err)
		s.log.Error("store takes no more writes", "error", err)
	}
	return nil
}

// swap puts a new file in use. The last one to use the old file closes it.
func (s *Store) swap(to *file) {
	s.mu.Lock()
	old := s.file
	s.file = to
	old.retired = true
	idle := old.users == 0
	s.mu.Unlock()
	if idle {
		old.close()
	}
}
