package recommend

import "sync"

// spans keep what was counted of some days, which is asked for again and again.
type spans struct {
	mu   sync.Mutex
	kept map[[2]int32][]int32 // by the first and the last day
}

// mostSpans is how many are kept: those of a shop that asks for a few numbers of
// days, for today and yesterday.
const mostSpans = 16

// of returns what count counts, once for the same days. Who asks meanwhile waits.
func (s *spans) of(from, to int32, count func() []int32) []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	days := [2]int32{from, to}
	if n, ok := s.kept[days]; ok {
		return n
	}
	if s.kept == nil || len(s.kept) == mostSpans {
		s.kept = make(map[[2]int32][]int32, mostSpans)
	}
	n := count()
	s.kept[days] = n
	return n
}
