package lifecycle

import (
	"slices"
	"time"
)

// Cohorts is a table of who came back: customers, not orders. Periods are
// numbered one after the other, calendar months for one, by the caller. Set
// Last and Open, then add one customer after the other, by one goroutine at a
// time.
type Cohorts struct {
	Last int      `json:"last"`          // the last period
	Open bool     `json:"open,omitzero"` // it is not over: who has not bought in it may yet
	Rows []Cohort `json:"rows,omitzero"` // that have somebody, by period

	buf []int
}

// A Cohort is who bought first in one period.
type Cohort struct {
	Period int   `json:"period"`
	Size   int   `json:"size"`   // how many they are
	Active []int `json:"active"` // how many of them bought so many periods later, from 0 to the table's last period
}

// Month numbers the calendar months, one after the other: 24,306 is July 2025.
func Month(year int, month time.Month) int { return year*12 + int(month) - 1 }

// Month is the period as a calendar month that [Month] numbered: "2025-07".
func (c Cohort) Month() string {
	return time.Date(0, time.Month(c.Period+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

// mostPeriods is how many periods a table has at most.
const mostPeriods = 1 << 16

// Add adds the periods of all orders of one customer, in any order. Those after
// the last period have not happened. A customer whose first is more than 65,535
// periods before it is left out.
func (t *Cohorts) Add(periods []int) {
	t.buf = append(t.buf[:0], periods...)
	if !slices.IsSorted(t.buf) {
		slices.Sort(t.buf)
	}
	distinct := slices.Compact(t.buf)
	if len(distinct) == 0 || distinct[0] > t.Last || less(int64(t.Last), int64(distinct[0])) >= mostPeriods {
		return
	}
	c := t.row(distinct[0])
	c.Size++
	for _, p := range distinct {
		if p > t.Last {
			break
		}
		c.Active[p-c.Period]++
	}
}

// row returns the cohort of a period, which is made if need be.
func (t *Cohorts) row(period int) *Cohort {
	i, found := slices.BinarySearchFunc(t.Rows, period, func(c Cohort, period int) int { return c.Period - period })
	if !found {
		t.Rows = slices.Insert(t.Rows, i, Cohort{Period: period, Active: make([]int, t.Last-period+1)})
	}
	return &t.Rows[i]
}

// Rate returns what share of a cohort bought so many periods later, from 0 to
// 1. ok is false beyond the table, and of a period that is not over.
func (t *Cohorts) Rate(c Cohort, later int) (share float64, ok bool) {
	over := len(c.Active)
	if t.Open {
		over--
	}
	if c.Size == 0 || later < 0 || later >= over {
		return 0, false
	}
	return float64(c.Active[later]) / float64(c.Size), true
}

// Retention returns what share of all customers bought so many periods after
// their first, of the cohorts for which that period is over, and how many
// customers these have; of 0 customers the share says nothing.
func (t *Cohorts) Retention(later int) (share float64, customers int) {
	active := 0
	for _, c := range t.Rows {
		if _, ok := t.Rate(c, later); ok {
			active += c.Active[later]
			customers += c.Size
		}
	}
	if customers == 0 {
		return 0, 0
	}
	return float64(active) / float64(customers), customers
}
