package recommend

import "sync"

// A span is from one day to another, both included, of a country or of all.
type span struct {
	from, to int32
	land     land
}

// spans keep what was counted of some days, which is asked for again and again.
type spans struct {
	mu   sync.Mutex
	most int // how many are kept
	kept map[span]func() []int32
}

// newSpans returns those of a shop of so many products: those of a few numbers of days,
// for today and yesterday, and of a few countries, in some 16 MB.
func newSpans(products int) *spans {
	return &spans{most: max(16, (4<<20)/max(1, products)), kept: map[span]func() []int32{}}
}

// of returns what count counts, once for the same days: who asks for them meanwhile
// waits.
func (s *spans) of(days span, count func() []int32) []int32 {
	s.mu.Lock()
	n, ok := s.kept[days]
	if !ok {
		if len(s.kept) >= s.most {
			clear(s.kept)
		}
		n = sync.OnceValue(count)
		s.kept[days] = n
	}
	s.mu.Unlock()
	return n()
}
