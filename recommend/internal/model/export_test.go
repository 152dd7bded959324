package model

import (
	"bufio"
	"bytes"
	"hash"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// LastGaps foretells the last gap of each rhythm that has two or more from all
// others that are not the last of theirs, and counts those that came within
// seven days or a quarter of the gap.
func LastGaps(l *ledger.Log, day int32) (right, asked int) {
	var earlier, whole [][]rhythm
	for c := range l.Customers {
		of := gapsOf(Past(l, int32(c), day))
		whole = append(whole, of)
		var cut []rhythm
		for _, r := range of {
			if len(r.days) >= 2 {
				r.days = r.days[:len(r.days)-1]
			}
			cut = append(cut, r)
		}
		earlier = append(earlier, cut)
	}
	d := newDue(slices.Values(earlier), len(l.Products), tuneDue(earlier, len(l.Products), DueOptions{}))
	for c, of := range whole {
		for i, r := range of {
			if len(r.days) < 2 {
				continue
			}
			asked++
			got, _ := d.foresee(r.product, earlier[c][i].days, gapsIn(earlier[c]))
			if was := float64(r.days[len(r.days)-1]); math.Abs(got-was) <= max(7, was/4) {
				right++
			}
		}
	}
	return right, asked
}

// What tests look into.
var Solved = solved

// ReadShopUnsummed reads a shop whatever its sum, so that fuzzing reaches
// beyond it.
func ReadShopUnsummed(data []byte) (*Shop, error) {
	c := &coder{from: bufio.NewReaderSize(bytes.NewReader(data), chunk), sum: zero{newSum()}, room: make([]byte, chunk)}
	s := &Shop{}
	if s.code(c); c.err != nil {
		return nil, c.err
	}
	return s, nil
}

// zero is a sum that is always 0.
type zero struct{ hash.Hash32 }

func (zero) Sum32() uint32 { return 0 }

// What tests of tuning look into.
var (
	Learned  = learned
	Prior    = priorOf
	MeanGain = meanGain
	OfHabit  = raw(habit)
	OfLately = raw(lately)
	OfCarts  = raw(baskets)
)

// Asked returns of whom tuning asks a question: what they had, and what came.
func Asked(g Goods, day int32, q Question) (past, came [][]int32) {
	_, ask, _ := g.asks(day, 30)
	for _, f := range ask {
		for _, a := range f.of {
			if a.question == q {
				var had []int32
				for _, i := range f.q.Past {
					had = append(had, i.Product)
				}
				past, came = append(past, had), append(came, a.targets)
			}
		}
	}
	return past, came
}

// Heard returns the products of a query that models of pairs hear.
func Heard(q *Query, products int) (list []int32) {
	a := prepare(q, products)
	defer a.done()
	for _, i := range a.heard {
		list = append(list, a.had[i].product)
	}
	return list
}

// Each is each.
func Each(n int, f func() func(i int)) { each(n, f) }
