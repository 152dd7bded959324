package recommend

import "sync"

// A room is what a question is worked out in. It is used again by others.
type room struct {
	verdicts []verdict // by number among the goods
	scores   [][]float32
	taken    int // of scores
	causes   []cause
}

// A verdict says whether a product may be in a list.
type verdict uint8

const (
	unasked verdict = iota
	allowed
	forbidden
)

var rooms = sync.Pool{New: func() any { return new(room) }}

// judge returns verdicts of so many products, one for all.
func (r *room) judge(products int, all verdict) []verdict {
	if cap(r.verdicts) < products {
		r.verdicts = make([]verdict, products+products/8)
	}
	list := r.verdicts[:products]
	clear(list)
	if all != unasked {
		for n := range list {
			list[n] = all
		}
	}
	return list
}

// score returns room for the scores of so many products, which are anything.
func (r *room) score(products int) []float32 {
	if r.taken == len(r.scores) {
		r.scores = append(r.scores, nil)
	}
	list := &r.scores[r.taken]
	r.taken++
	if cap(*list) < products {
		*list = make([]float32, products)
	}
	return (*list)[:products]
}

// done gives the room back.
func (r *room) done() {
	r.taken = 0
	rooms.Put(r)
}
