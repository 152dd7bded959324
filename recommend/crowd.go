package recommend

import (
	"context"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A crowd is whose purchases make products popular; the zero crowd is everybody.
type crowd struct {
	among []bool // by customer of the models; nil: all
	lands []land // where they live
	land  land   // where they must live
}

// all reports whether it is everybody.
func (c *crowd) all() bool { return c.among == nil && c.land == land{} }

// has reports whether a customer of the models belongs to it; -1 is nobody known.
func (c *crowd) has(customer int32) bool {
	return c.all() || customer >= 0 && (c.among == nil || c.among[customer]) && (c.land == land{} || c.lands[customer] == c.land)
}

// crowd returns the one of a query.
func (r *Recommender) crowd(ctx context.Context, st *state, q *Query) (c crowd, err error) {
	if q.Country != "" {
		if c.land = landOf(q.Country); r.book == nil {
			return c, &crm.InvalidError{Fields: []crm.FieldError{{Field: "country", Value: q.Country, Want: `"", as rows tell of no countries`}}}
		}
		if c.lands, err = r.lands(ctx, st); err != nil {
			return c, err
		}
	}
	c.among, err = r.among(ctx, st, q.Among)
	return c, err
}

// among returns which customers of some models are in an audience; nil is all.
func (r *Recommender) among(ctx context.Context, st *state, a Audience) ([]bool, error) {
	if a == nil {
		return nil, nil
	}
	in := make([]bool, len(st.log.Customers))
	var others []crm.CustomerID // who may be part of somebody else
	for id, err := range a.Members(ctx) {
		if err != nil {
			return nil, err
		}
		if c := st.log.Who(string(id)); c >= 0 {
			in[c] = true
		}
		others = append(others, id)
	}
	for batch := range slices.Chunk(others, buyersAtOnce) {
		st.known.Read(func(l *ledger.Ledger, _ *goods.Goods) {
			batch = slices.DeleteFunc(batch, func(id crm.CustomerID) bool { return l.Any(string(id)) })
		})
		if len(batch) == 0 {
			continue
		}
		err := r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
			if tx == nil {
				return nil
			}
			for _, id := range batch {
				ids, err := tx.Customers.Members(ctx, id)
				if err != nil {
					return err
				}
				if len(ids) > 0 {
					if c := st.log.Who(string(ids[0])); c >= 0 {
						in[c] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return in, nil
}
