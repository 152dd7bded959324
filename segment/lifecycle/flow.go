package lifecycle

import (
	"encoding/json"
	"iter"
)

// A Flow counts who moved from which stage to which: [from][to]. The zero Stage
// is of who was not there at one of the two times. In JSON it is a list of
// moves, with those who stayed.
type Flow [stages][stages]int

// NewFlow counts the moves from the stages at one time to those at another, of
// the same customers in the same order. Who is beyond the end of a slice was
// not there.
func NewFlow(from, to []Stage) *Flow {
	f := new(Flow)
	for i := range max(len(from), len(to)) {
		f[stageAt(from, i)][stageAt(to, i)]++
	}
	f[0][0] = 0
	return f
}

func stageAt(list []Stage, i int) Stage {
	if i < len(list) && int(list[i]) < stages {
		return list[i]
	}
	return 0
}

// From returns how many were at a stage before.
func (f *Flow) From(s Stage) int {
	n := 0
	if int(s) < stages {
		for _, count := range f[s] {
			n += count
		}
	}
	return n
}

// To returns how many are at a stage after.
func (f *Flow) To(s Stage) int {
	n := 0
	if int(s) < stages {
		for _, row := range f {
			n += row[s]
		}
	}
	return n
}

// A Move is how many went from one stage to another.
type Move struct {
	From      Stage `json:"from"`
	To        Stage `json:"to"`
	Customers int   `json:"customers"`
}

// MarshalJSON returns a list of [Move] of all that somebody made, with those who
// stayed.
func (f *Flow) MarshalJSON() ([]byte, error) {
	list := []Move{}
	for from, row := range f {
		for to, n := range row {
			if n > 0 {
				list = append(list, Move{Stage(from), Stage(to), n})
			}
		}
	}
	return json.Marshal(list)
}

// Moves yields the moves that somebody made, by from and to. Who stayed has not
// moved.
func (f *Flow) Moves() iter.Seq[Move] {
	return func(yield func(Move) bool) {
		for from, row := range f {
			for to, n := range row {
				if n > 0 && from != to && !yield(Move{Stage(from), Stage(to), n}) {
					return
				}
			}
		}
	}
}
