package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// A mix works out, in the background, of what customers the shop consists: their
// groups, how they moved through the stages of their life, and who came back.
type mix struct {
	book    *crm.Book
	catalog *segment.Catalog
	zone    *time.Location
	blend   atomic.Pointer[blend]
}

// A blend is what the page of groups shows.
type blend struct {
	At        time.Time
	Groups    []*kindred
	Customers int // in all groups
	Orders    int64
	Net       crm.Money
	Rhythm    lifecycle.Rhythm
	Since     time.Time // of the month in which the moves were made
	Stages    []string  // heads of the moves
	Moves     []*heatRow
	Months    []int // heads of the cohorts: how many months later
	Cohorts   []*heatRow
	Later     []string // how many of all came back so many months later
}

// A kindred is a group of customers who buy alike, and what they brought.
type kindred struct {
	rfm.Summary
	Net crm.Money
}

// New is where to make a segment of the group.
func (g *kindred) New() string { return "/new-segment?" + url.Values{"group": {g.Name}}.Encode() }

// A heatRow is a row of a table of heat.
type heatRow struct {
	Name  string
	Size  int
	Cells []cell
}

// A cell is a number and how hot it is, from 0 to 5.
type cell struct {
	Text string
	Heat int
}

// mostMonths is how many cohorts are shown, and how many months of each.
const mostMonths = 12

// add works everything out.
func (m *mix) add(ctx context.Context) error {
	now := m.book.Now()
	b := &blend{At: now, Net: crm.Money{Currency: m.book.Currency()}}
	groups, err := m.catalog.Groups(ctx)
	if err != nil {
		return err
	}
	for _, s := range groups {
		g := &kindred{s, crm.Money{Amount: s.Spent, Currency: b.Net.Currency}}
		b.Groups = append(b.Groups, g)
		b.Customers, b.Orders = b.Customers+s.Customers, b.Orders+s.Orders
		if b.Net, err = b.Net.Add(g.Net); err != nil {
			return err
		}
	}
	if b.Rhythm, _, err = m.catalog.Rhythm(ctx); err != nil {
		return err
	}
	b.Since = monthBefore(now.In(m.zone))
	flow, err := m.catalog.Flow(ctx, b.Since, now)
	if err != nil {
		return err
	}
	b.Stages, b.Moves = moves(flow)
	cohorts, err := m.catalog.Cohorts(ctx, segment.Rule{})
	if err != nil {
		return err
	}
	b.cohorts(cohorts)
	m.blend.Store(b)
	return nil
}

// monthBefore is a month before, on the last day of a month that is too short.
func monthBefore(t time.Time) time.Time {
	before := t.AddDate(0, -1, 0)
	if before.Day() != t.Day() { // in the same month as t
		before = before.AddDate(0, 0, -before.Day())
	}
	return before
}

// stages are those of a customer's life, in its order; the first is of who was
// not there.
var stages = []lifecycle.Stage{"", lifecycle.Prospect, lifecycle.New, lifecycle.Active, lifecycle.WonBack, lifecycle.AtRisk, lifecycle.Lapsed, lifecycle.Lost}

// moves makes a table of who moved from which stage to which: rows from, columns
// to. Stages at which nobody was are left out.
func moves(flow lifecycle.Flow) (heads []string, rows []*heatRow) {
	to := slices.DeleteFunc(slices.Clone(stages), func(s lifecycle.Stage) bool { return flow.To(s) == 0 })
	for _, s := range to {
		heads = append(heads, stageName(s))
	}
	for _, from := range stages {
		all := flow.From(from)
		if all == 0 {
			continue
		}
		row := &heatRow{Name: stageName(from), Size: all, Cells: make([]cell, len(to))}
		for _, m := range flow {
			if m.From == from {
				row.Cells[slices.Index(to, m.To)] = cell{count(m.Customers), heat(float64(m.Customers) / float64(all))}
			}
		}
		rows = append(rows, row)
	}
	return heads, rows
}

func stageName(s lifecycle.Stage) string {
	if s == "" {
		return "Not there"
	}
	return capital(words(s))
}

// cohorts makes a table of who came back, the last months that there are.
func (b *blend) cohorts(t *lifecycle.Cohorts) {
	rows := t.Rows[max(0, len(t.Rows)-mostMonths):]
	months := 0
	for _, c := range rows {
		months = max(months, min(len(c.Active), mostMonths+1))
	}
	for later := 1; later < months; later++ {
		b.Months = append(b.Months, later)
		all, customers := t.Retention(later)
		if customers == 0 {
			b.Later = append(b.Later, "")
			continue
		}
		b.Later = append(b.Later, percent(all))
	}
	for _, c := range rows {
		row := &heatRow{Name: c.Month(), Size: c.Size}
		for _, later := range b.Months {
			rate, ok := t.Rate(c, later)
			if !ok {
				row.Cells = append(row.Cells, cell{"", 0})
				continue
			}
			row.Cells = append(row.Cells, cell{percent(rate), heat(rate * 2)}) // half of all coming back is much
		}
		b.Cohorts = append(b.Cohorts, row)
	}
}

// heat is how hot a share is, from 1 to 5, and 0 for none.
func heat(share float64) int {
	if share <= 0 {
		return 0
	}
	return min(5, 1+int(share*5))
}

// percent writes a share.
func percent(share float64) string { return strconv.FormatFloat(share*100, 'f', 0, 64) + "\u00a0%" }

// Told tells the shop's rhythm in a sentence.
func (b *blend) Told() string {
	r := b.Rhythm
	if !r.Learned {
		return fmt.Sprintf("There is too little history to learn how customers come back (%s), so they are at risk after %d days, lapsed after %d and lost after %d.", r.Why, r.AtRisk, r.Lapsed, r.Lost)
	}
	return fmt.Sprintf("Half of those who come back do so within %s. As few do later, customers are at risk after %s, lapsed after %s and lost after %s.",
		plural(r.Typical, "day"), plural(r.AtRisk, "day"), plural(r.Lapsed, "day"), plural(r.Lost, "day"))
}

// OfNet is what part of all a group brought.
func (b *blend) OfNet(g *kindred) string {
	if b.Net.Amount <= 0 {
		return "–"
	}
	return percent(float64(g.Net.Amount) / float64(b.Net.Amount))
}

// groups shows of what customers the shop consists.
func (o *office) groups(*http.Request) (*page, error) {
	return &page{name: "groups", Title: "Customers by group", Here: "segments", Data: o.mix.blend.Load()}, nil
}
