package boltstore

import bolt "go.etcd.io/bbolt"

// An Injector is a Store whose commits can be made to fail.
type Injector struct{ *Store }

// FailCommit makes the next commits fail, so many times.
func (s Injector) FailCommit(err error, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = func() error {
		if times == 0 {
			return nil
		}
		times--
		return err
	}
}

// SetFormat returns a change of the format that a file claims to have.
func SetFormat(n byte) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		return tx.Bucket(metaBucket).Put(formatKey, seal(nil, formatKey, []byte{n}))
	}
}

// SetMaxSize makes the disk full at a size of the file.
func (s *Store) SetMaxSize(n int) { s.current().db.MaxSize = n }

// Commits returns the number of commits of bolt so far.
func (s *Store) Commits() (n int) {
	s.read(func(snap *snapshot) error {
		n = snap.tx.ID()
		return nil
	})
	return n
}

// Reserves tells whether long readers never stall a writer.
var Reserves = reserve(0) > 0
