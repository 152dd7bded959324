package eval

import (
	"hash/fnv"
	"slices"
	"time"
)

// A Split divides rows into those from which a recommender may learn and those
// that it is asked to foresee. It is not changed once tasks were made of it.
type Split struct {
	// Train and Test are in the order of time.
	Train, Test []Row
	// Cut is when the test begins and End when it is over; both are zero
	// when rows were drawn.
	Cut, End time.Time
	// Catalog is what can be recommended, in the order of its keys: the
	// products of Train. Who tests how products without sales are found adds
	// these before asking for a task. Tests rows of other products are left
	// out, and counted.
	Catalog []string
}

// Cut divides rows at an instant: what came before is for training, what came
// in the window after it for the test. Rows after the window, rows without a
// product and rows below zero are left out. A window of 0 has no end.
func Cut(rows []Row, at time.Time, window time.Duration) *Split {
	s := &Split{Cut: at}
	if window > 0 {
		s.End = at.Add(window)
	}
	for _, r := range ordered(rows) {
		switch {
		case r.Time.Before(at):
			s.Train = append(s.Train, r)
		case window <= 0 || r.Time.Before(s.End):
			s.Test = append(s.Test, r)
		}
	}
	s.Catalog = products(s.Train)
	return s
}

// Draw divides rows that have no times: about the given share of the baskets,
// between 0 and 1 and chosen by the hash of their keys and the seed, is for
// the test. With times use [Cut]: whoever learns from tomorrow's baskets
// foresees today's too easily.
func Draw(rows []Row, share float64, seed uint64) *Split {
	s := &Split{}
	for _, r := range ordered(rows) {
		if drawn(r.basket(), seed) < share {
			s.Test = append(s.Test, r)
		} else {
			s.Train = append(s.Train, r)
		}
	}
	s.Catalog = products(s.Train)
	return s
}

// drawn returns a number in [0, 1) that depends on the key and the seed only.
func drawn(key string, seed uint64) float64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	x := h.Sum64() ^ seed*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // neighboring keys shall not be drawn together
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

func products(rows []Row) []string {
	list := make([]string, len(rows))
	for i := range rows {
		list[i] = rows[i].Product
	}
	slices.Sort(list)
	return slices.Compact(list)
}
