package eval

import (
	"math"
	"sync"
	"weak"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// recent are the values of which a program has just worked the edges out, and
// which it asks for again when it runs, as the base was then. Nothing but the
// one who does both holds them: they are gone when memory is wanted.
type recent struct {
	at      int64
	version uint64
	values  map[int][][]int64 // of extremes, by chunk and person
}

// remembered holds the values of the last edges.
type remembered struct {
	mu   sync.Mutex
	last weak.Pointer[recent]
}

func (m *remembered) keep(r *recent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = weak.Make(r)
}

// of returns the values as of an instant, nil when they are gone.
func (m *remembered) of(at int64) *recent {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.last.Value(); r != nil && r.at == at {
		return r
	}
	return nil
}

// remembers reports whether the values of an extreme are kept: whole numbers and
// instants, that follow from no other edges.
func (p *plan) remembers(e expr) bool {
	_, ratio := unshared(e).(*average)
	return !ratio && e.shape().kind != real && p.scores == nil && !p.stages
}

// byPerson lays values out by person.
func byPerson(sel []uint32, v []int64) []int64 {
	out := make([]int64, column.ChunkSize)
	for i, id := range sel {
		out[id] = v[i]
	}
	return out
}

// recent returns the values of an extreme of the persons of the chunk, nil when
// they have to be read.
func (x *frame) recent(number int) []int64 {
	r := x.known
	if r == nil || r.version != x.base.Version() || r.values[number] == nil || x.chunk.Number >= len(r.values[number]) {
		return nil
	}
	return r.values[number][x.chunk.Number]
}

// beyond keeps those of a selection whose value is at the edge or beyond it.
func beyond(v []int64, sel []uint32, edge int64, lowest bool) []uint32 {
	low, high := edge, int64(math.MaxInt64)
	if lowest {
		low, high = column.Lacking+1, edge
	}
	n := 0
	for _, id := range sel {
		sel[n] = id
		n += one(v[id] >= low) & one(v[id] <= high)
	}
	return sel[:n]
}
