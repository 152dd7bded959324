package memstore

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/seed-9cb3708a/clientele/store"
)

// A generation is the state of a store after one commit. It never changes.
type generation struct {
	tree    *btree.Map[string, value]
	number  uint64        // counts commits
	feed    []entry       // what was not trimmed
	trimmed uint64        // how many entries were
	size    int64         // bytes of keys, values, topics, payloads
	grown   chan struct{} // closed when a later generation has more entries
}

// A value is one write; number is that of the generation it came with. Two
// values of a key are the same write when their numbers are equal.
type value struct {
	data   string
	number uint64
}

// An entry is one record of the feed. Its place in the feed is its cursor.
type entry struct {
	topic, payload string
}

func newGeneration() *generation {
	return &generation{tree: new(btree.Map[string, value]), grown: make(chan struct{})}
}

// head returns the number of entries that there ever were.
func (g *generation) head() uint64 { return g.trimmed + uint64(len(g.feed)) }

// apply returns the generation that follows when b is committed.
func (g *generation) apply(b *store.Buffer) *generation {
	next := *g
	next.number++
	next.tree = g.tree.Copy()
	for r := range b.Deleted() {
		var keys []string
		g.walk(r, func(key string, _ value) bool {
			keys = append(keys, key)
			return true
		})
		for _, key := range keys {
			next.remove(key)
		}
	}
	for key, v := range b.Writes() {
		if v == nil {
			next.remove(string(key))
		} else {
			next.set(string(key), string(v))
		}
	}
	for _, e := range b.Entries() {
		next.feed = append(next.feed, entry{e.Topic, string(e.Payload)})
		next.size += int64(len(e.Topic) + len(e.Payload))
	}
	if len(next.feed) > len(g.feed) {
		next.grown = make(chan struct{})
	}
	return &next
}

// trim returns the generation that follows when the first n entries there
// ever were are dropped.
func (g *generation) trim(n uint64) *generation {
	next := *g
	drop := n - g.trimmed
	for _, e := range g.feed[:drop] {
		next.size -= int64(len(e.topic) + len(e.payload))
	}
	next.feed = slices.Clone(g.feed[drop:])
	next.trimmed = n
	return &next
}

func (g *generation) set(key, data string) {
	old, had := g.tree.Set(key, value{data, g.number})
	if had {
		g.size -= int64(len(key) + len(old.data))
	}
	g.size += int64(len(key) + len(data))
}

func (g *generation) remove(key string) {
	if old, had := g.tree.Delete(key); had {
		g.size -= int64(len(key) + len(old.data))
	}
}

// walk visits the pairs of a range in its order, whatever its limit.
func (g *generation) walk(r store.Range, visit func(key string, v value) bool) {
	from, to := string(r.From), string(r.To)
	switch {
	case !r.Reverse:
		g.tree.Ascend(from, func(key string, v value) bool {
			return (r.To == nil || key < to) && visit(key, v)
		})
	case r.To == nil:
		g.tree.Reverse(func(key string, v value) bool {
			return key >= from && visit(key, v)
		})
	default:
		g.tree.Descend(to, func(key string, v value) bool {
			return key == to || key >= from && visit(key, v)
		})
	}
}
