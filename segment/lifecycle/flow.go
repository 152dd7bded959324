package lifecycle

import (
	"iter"
	"slices"
)

// A Flow tells who moved from which stage to which, by from and to, and who
// stayed. The zero Stage is of who was not there at one of the two times.
type Flow []Move

// A Move is how many went from one stage to another.
type Move struct {
	From      Stage `json:"from"`
	To        Stage `json:"to"`
	Customers int   `json:"customers"`
}

// order is that of moves.
var order = [...]Stage{"", Prospect, New, Active, AtRisk, Lapsed, Lost, WonBack}

// NewFlow counts the moves from the stages at one time to those at another, of
// the same customers in the same order. Who is beyond the end of a slice was
// not there, nor who is at no stage that there is.
func NewFlow(from, to []Stage) Flow {
	var counts [len(order)][len(order)]int
	for i := range max(len(from), len(to)) {
		counts[place(from, i)][place(to, i)]++
	}
	f := Flow{}
	for i, row := range counts {
		for j, n := range row {
			if n > 0 && i+j > 0 { // else they were never there
				f = append(f, Move{order[i], order[j], n})
			}
		}
	}
	return f
}

// place is where the i-th stage of a list stands in the order.
func place(list []Stage, i int) int {
	if i >= len(list) {
		return 0
	}
	return max(slices.Index(order[:], list[i]), 0)
}

// From returns how many were at a stage before.
func (f Flow) From(s Stage) int {
	n := 0
	for _, m := range f {
		if m.From == s {
			n += m.Customers
		}
	}
	return n
}

// To returns how many are at a stage after.
func (f Flow) To(s Stage) int {
	n := 0
	for _, m := range f {
		if m.To == s {
			n += m.Customers
		}
	}
	return n
}

// Moves yields the moves of those who have not stayed.
func (f Flow) Moves() iter.Seq[Move] {
	return func(yield func(Move) bool) {
		for _, m := range f {
			if m.From != m.To && !yield(m) {
				return
			}
		}
	}
}
