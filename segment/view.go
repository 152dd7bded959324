package segment

import (
	"context"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
)

// At returns the catalog as of a time, with the same verbs: whatever asks who is
// in a segment, of whom a rule is true, and what customers have, answers as of
// it. Facts later than it have not happened, and rules, tags, consents and
// everything else beside facts are as now, as is whom the book has. What follows
// from all customers, such as the top 5 % and the edges of scores, is worked out
// as of then; as of a time to come it is as now.
//
//	june, err := catalog.At(time.Date(2025, time.June, 30, 12, 0, 0, 0, zone)).Groups(ctx)
//
// Who was told to be in a segment at a time is another question: that is
// [Catalog.MembersAt]. Verbs that write do what they do now, but that
// [Catalog.Snapshot] writes down who was in a segment then. The zero time is now.
func (c *Catalog) At(at time.Time) *Catalog {
	then := *c
	then.asOf = at
	return &then
}

// now is as of when the catalog answers.
func (c *Catalog) now() time.Time {
	if c.asOf.IsZero() {
		return c.book.Now()
	}
	return c.asOf
}

// edges returns what a program asks for of all customers: see [known.edges].
func (c *Catalog) edges(ctx context.Context, k *known, p *eval.Program, at int64) (*eval.Edges, error) {
	now := c.book.Now().UnixMilli()
	if c.asOf.IsZero() || at >= now {
		return k.edges(ctx, p, min(at, now))
	}
	if !p.Uses().Extremes {
		return nil, nil
	}
	return p.Edges(ctx, at)
}
