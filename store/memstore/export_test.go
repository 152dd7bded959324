package memstore

import "sync/atomic"

// FailCommit makes a Store a storetest.Injector, in tests only.
func (s *Store) FailCommit(err error, times int) {
	var left atomic.Int64
	left.Store(int64(times))
	s.writer <- struct{}{}
	defer s.unlock()
	s.refuse = func() error {
		if left.Add(-1) < 0 {
			return nil
		}
		return err
	}
}

// OneAtATime makes a Store run one Update at a time, as other engines do.
func (s *Store) OneAtATime() { s.beside = 0 }
