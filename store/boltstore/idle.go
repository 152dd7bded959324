package boltstore

import "sync"

// maxIdle is how many snapshots of a file are kept for Views to come.
const maxIdle = 8

// Idle snapshots are of a file as it is now: while nothing is written, a View
// can go on with the one that another has left, with its transaction and its
// buckets open. None is kept while there is a write transaction, which waits
// for readers when it moves the mapping, and never gets the pages that they see.
type idle struct {
	mu      sync.Mutex
	list    []*snapshot
	round   uint64 // goes up when a write transaction begins and when it ends
	writing bool
}

// snapshot returns a snapshot of the file as it is. It goes back with keep, or
// its transaction is rolled back.
func (f *file) snapshot() (*snapshot, error) {
	f.idle.mu.Lock()
	round := f.idle.round
	if n := len(f.idle.list); n > 0 && !f.stuck.Load() {
		s := f.idle.list[n-1]
		f.idle.list = f.idle.list[:n-1]
		f.idle.mu.Unlock()
		return s, nil
	}
	f.idle.mu.Unlock()
	tx, err := f.begin(false)
	if err != nil {
		return nil, err
	}
	return &snapshot{tx: tx, round: round}, nil
}

// keep gives back a snapshot that is no longer read.
func (f *file) keep(s *snapshot) {
	f.idle.mu.Lock()
	kept := !f.idle.writing && s.round == f.idle.round && len(f.idle.list) < maxIdle
	if kept {
		f.idle.list = append(f.idle.list, s)
	}
	f.idle.mu.Unlock()
	if !kept {
		f.rollback(s.tx)
	}
}

// writes says that a write transaction is about to begin.
func (f *file) writes() {
	f.idle.mu.Lock()
	f.idle.writing = true
	f.idle.round++
	list := f.idle.list
	f.idle.list = nil
	f.idle.mu.Unlock()
	for _, s := range list {
		f.rollback(s.tx)
	}
}

// wrote says that a write transaction has ended.
func (f *file) wrote() {
	f.idle.mu.Lock()
	f.idle.writing = false
	f.idle.round++
	f.idle.mu.Unlock()
}
