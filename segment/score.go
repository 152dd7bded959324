package segment

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// Groups tells of the groups of recency, frequency and money that customers are
// in now, nobody's too, in the order of [Options.Groups]: how many they are, how
// often and for how much they bought, and how many days ago, in the middle. Who
// has not bought is in a last row, when there is anybody. It counts whom the rule
// rfm_group = 'at_risk' is true of.
func (c *Catalog) Groups(ctx context.Context) ([]rfm.Summary, error) {
	k, edges, at, err := c.scored(ctx, true, false)
	if err != nil {
		return nil, wrap("Groups", "", err)
	}
	rows, err := k.engine.Summarize(ctx, at, edges, nil)
	return rows, wrap("Groups", "", err)
}

// Rhythm tells how the shop's customers come back and which thresholds of stages
// are in force, in calendar days, and since when.
func (c *Catalog) Rhythm(ctx context.Context) (lifecycle.Rhythm, time.Time, error) {
	_, edges, _, err := c.scored(ctx, false, true)
	if err != nil {
		return lifecycle.Rhythm{}, time.Time{}, wrap("Rhythm", "", err)
	}
	return *edges.Rhythm, time.UnixMilli(edges.At).UTC(), nil
}

// scored returns the edges of scores and of stages.
func (c *Catalog) scored(ctx context.Context, scores, stages bool) (*known, *eval.Edges, int64, error) {
	k, err := c.fresh(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	p, err := k.scores(scores, stages)
	if err != nil {
		return nil, nil, 0, err
	}
	at := c.now().UnixMilli()
	edges, err := c.edges(ctx, k, p, at)
	return k, edges, at, err
}

// Cohorts tells who of those of whom a rule is true came back when: a row for
// each calendar month in which some of them bought first, with how many bought
// again so many months later. The zero Rule is true of everybody. The last month
// is this one, which is not over. What is wrong with the rule it returns as a
// [*RuleError].
func (c *Catalog) Cohorts(ctx context.Context, r Rule) (*lifecycle.Cohorts, error) {
	var members *roaring.Bitmap
	k, err := c.fresh(ctx)
	at := c.now()
	if err == nil && !r.IsZero() {
		k, members, at, err = c.answer(ctx, r)
	}
	if err != nil {
		return nil, wrap("Cohorts", "", err)
	}
	month := func(t time.Time) int { return lifecycle.Month(t.Year(), t.Month()) }
	table := &lifecycle.Cohorts{Last: month(at.In(c.opts.Location)), Open: true}
	months := map[int64]int{} // of days
	var list []int
	err = k.engine.Days(ctx, at.UnixMilli(), members, func(_ uint32, days []int64) {
		list = list[:0]
		for _, day := range days {
			m, ok := months[day]
			if !ok {
				m = month(time.Unix(day*24*60*60, 0).UTC())
				months[day] = m
			}
			list = append(list, m)
		}
		table.Add(list)
	})
	return table, wrap("Cohorts", "", err)
}

// Flow counts who moved from which stage of their life in the shop to which
// between two times, by the thresholds that are in force now (see
// [Catalog.Rhythm]) and by the facts as the book has them now. The zero Stage is
// of who was not there yet: had neither bought nor been added.
func (c *Catalog) Flow(ctx context.Context, from, to time.Time) (lifecycle.Flow, error) {
	k, edges, _, err := c.scored(ctx, false, true)
	if err != nil {
		return nil, wrap("Flow", "", err)
	}
	p, err := k.engine.CompileValues(&rule.Field{Name: "life_cycle_stage"}, &rule.Field{Name: "customer_added_date"})
	if err != nil {
		return nil, wrap("Flow", "", err)
	}
	var stages [2][]lifecycle.Stage // by ordinal
	for i, at := range [2]time.Time{from, to} {
		table, err := p.Compute(ctx, at.UnixMilli(), edges, nil)
		if err != nil {
			return nil, wrap("Flow", "", err)
		}
		for j, ordinal := range table.Ordinals {
			s := lifecycle.Stage(table.Columns[0].Texts[j])
			if s == lifecycle.Prospect && table.Columns[1].Ints[j] > at.UnixMilli() {
				s = ""
			}
			if n := int(ordinal) + 1 - len(stages[i]); n > 0 {
				stages[i] = append(stages[i], make([]lifecycle.Stage, n)...)
			}
			stages[i][ordinal] = s
		}
	}
	return lifecycle.NewFlow(stages[0], stages[1]), nil
}
