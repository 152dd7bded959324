package boltstore

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
