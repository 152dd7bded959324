package segment

import (
	"context"
	"math"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/alike"
)

// A Likeness tells how like the members of a segment somebody is who is none.
type Likeness struct {
	CustomerID crm.CustomerID `json:"customer_id"`
	// Score is the share of the members who are less like them all, from 0 to 1:
	// at 0.5 somebody could as well be one of them.
	Score float64 `json:"score"`
	// Why holds what they have in common with the members rather than with
	// everybody, as rules that are true of them: what counts most first, at most
	// three.
	Why []Rule `json:"why,omitzero"`
}

// Lookalike returns who is most like the members of a segment without being one,
// at most n of them and the most like first: by what they bought (products,
// brands, categories), when last, how often and for how much. For equal likeness
// they are in the order in which the catalog came to know them. It looks at no
// interactions, so of a segment whose members bought nothing it can tell little;
// of one without members it returns nil.
//
// What somebody bought is compared with the mean of the members less that of
// everybody, in the vectors of tf-idf (J. J. Rocchio, Relevance feedback in
// information retrieval, 1971); recency, frequency and money by the tenths of all
// buyers, which outliers do not move. How much each of the two counts follows from
// how well it sets the members apart (R. A. Fisher, The use of multiple
// measurements in taxonomic problems, 1936). Nothing in it is by chance.
//
// Lookalike returns [crm.ErrNotFound] for a segment that there is not.
func (c *Catalog) Lookalike(ctx context.Context, id ID, n int) ([]Likeness, error) {
	k, seed, err := c.members(ctx, id)
	if err != nil {
		return nil, wrap("Lookalike", id, err)
	}
	found, err := alike.Find(ctx, k.base, c.now().UnixMilli(), seed, n)
	if err != nil {
		return nil, wrap("Lookalike", id, err)
	}
	var list []Likeness
	for _, f := range found {
		k.base.RLock()
		customer := k.base.ID(f.Ordinal)
		k.base.RUnlock()
		if customer == "" { // who has left the book meanwhile
			continue
		}
		l := Likeness{CustomerID: crm.CustomerID(customer), Score: f.Likeness}
		for _, feature := range f.Why {
			if r, err := c.common(feature).in(k.vocabulary); err == nil {
				l.Why = append(l.Why, r)
			}
		}
		list = append(list, l)
	}
	return list, nil
}

// common is the rule that somebody has a feature.
func (c *Catalog) common(f alike.Feature) Rule {
	switch f.Kind {
	case alike.Product:
		if f.Title != "" {
			return Items(Field("title").Is(f.Title)).Exist()
		}
		return Items(Field("product").Is(f.Text)).Exist()
	case alike.Brand:
		return Items(Field("brand").Is(f.Text)).Exist()
	case alike.Category:
		return Items(Field("categories").Contains(f.Text)).Exist()
	case alike.Title:
		return Items(Field("title").Is(f.Text)).Exist()
	case alike.Recency:
		return between("last_order_date", f, func(ms int64) any {
			year, month, day := time.UnixMilli(ms).In(c.opts.Location).Date()
			return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		})
	case alike.Frequency:
		if f.High != math.MaxInt64 {
			f.High--
		}
		return between("number_of_orders", f, func(n int64) any { return n })
	}
	return between("amount_spent", f, func(n int64) any {
		return Decimal(crm.Money{Amount: n, Currency: c.book.Currency()}.Decimal())
	})
}

// between is the rule that a field is in a range, whose ends may be open.
func between(field string, f alike.Feature, value func(int64) any) Rule {
	x := Field(field)
	switch {
	case f.Low == math.MinInt64 && f.High == math.MaxInt64:
		return Not(x.IsNull())
	case f.Low == math.MinInt64:
		return x.AtMost(value(f.High))
	case f.High == math.MaxInt64:
		return x.AtLeast(value(f.Low))
	}
	if f.Low == f.High {
		return x.Is(value(f.Low))
	}
	return x.Between(value(f.Low), value(f.High))
}
