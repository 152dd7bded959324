package recommend

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
)

// A Filter matches products for which all that it says holds. Names are compared
// without regard to case. The zero Filter says nothing: it is as if it were not
// there.
type Filter struct {
	// Products are the products themselves, one of which it must be.
	Products []crm.ProductID
	// Categories are paths, such as "Home > Kitchen"; what is in one that is below
	// is in it too. The product must be in one of them.
	Categories []string
	// Brands and Tags: the product must have one of each.
	Brands, Tags []string
	// From and To bound the price of some variant that may be sold, both included;
	// zero is open. They are in the book's currency, into which other prices are
	// converted by its rates. What has no price is beyond any bound.
	From, To crm.Money
	// Units is how many must be in stock of the variants whose stock is kept, such
	// as for what there is too much of; 0 is any number.
	Units int64
	// Since lets in what is for sale since then or later; zero is any time.
	Since time.Time
}

// zero reports whether the filter says nothing.
func (f *Filter) zero() bool {
	return len(f.Products)+len(f.Categories)+len(f.Brands)+len(f.Tags) == 0 && f.From.IsZero() && f.To.IsZero() && f.Units == 0 && f.Since.IsZero()
}

// check adds what is wrong with the filter, whose amounts are to be in a currency.
func (f *Filter) check(at string, currency crm.Currency, out *faults) {
	for _, m := range []struct {
		name  string
		money crm.Money
	}{{".from", f.From}, {".to", f.To}} {
		if m.money.Amount < 0 || !m.money.IsZero() && m.money.Currency != currency {
			out.add(at+m.name, m.money.String(), fmt.Sprintf("0 or more, in %s", currency))
		}
	}
	if !f.To.IsZero() && f.To.Amount < f.From.Amount {
		out.add(at+".to", f.To.String(), "an amount that is not below from")
	}
	if f.Units < 0 {
		out.add(at+".units", fmt.Sprint(f.Units), "0 or more")
	}
	for _, l := range []struct {
		name string
		list []string
	}{{".categories", f.Categories}, {".brands", f.Brands}, {".tags", f.Tags}} {
		for _, s := range l.list {
			if strings.Trim(s, "> \t") == "" {
				out.add(at+l.name, s, "a name")
			}
		}
	}
	for i, id := range f.Products {
		if !crm.ValidID(string(id)) {
			out.add(fmt.Sprintf("%s.products[%d]", at, i), string(id), "an id of a product")
		}
	}
}

// on returns the filter as a function of the numbers of a catalog.
func (f *Filter) on(g *goods.Goods) func(n int32) bool {
	if f.zero() {
		return func(int32) bool { return true }
	}
	var products map[int32]bool
	if len(f.Products) > 0 {
		products = make(map[int32]bool, len(f.Products))
	}
	for _, id := range f.Products {
		if n, ok := g.Number(id); ok {
			products[n] = true
		}
	}
	categories, brands, tags := numbers(f.Categories, g.FindCategory), numbers(f.Brands, g.FindBrand), numbers(f.Tags, g.FindTag)
	return func(n int32) bool {
		return (products == nil || products[n]) &&
			(len(f.Categories) == 0 || slices.ContainsFunc(categories, func(c int32) bool { return g.In(n, c) })) &&
			(len(f.Brands) == 0 || slices.Contains(brands, g.Brand(n))) &&
			(len(f.Tags) == 0 || slices.ContainsFunc(g.Tags(n), func(t int32) bool { return slices.Contains(tags, t) })) &&
			(f.From.IsZero() && f.To.IsZero() || f.near(g.Price(n)) && slices.ContainsFunc(g.Variants(n), f.priced)) &&
			g.Units(n) >= f.Units && (f.Since.IsZero() || !g.Since(n).Before(f.Since))
	}
}

// near reports whether any price of a product may be within the bounds.
func (f *Filter) near(low, high int64, priced bool) bool {
	return priced && high >= f.From.Amount && (f.To.IsZero() || low <= f.To.Amount)
}

// priced reports whether a variant may be sold within the bounds.
func (f *Filter) priced(v crm.Variant) bool {
	return sellable(&v) && !v.Price.IsZero() && v.Price.Amount >= f.From.Amount && (f.To.IsZero() || v.Price.Amount <= f.To.Amount)
}

// sellable reports whether a variant is in stock, or its stock is not kept.
func sellable(v *crm.Variant) bool { return !v.Tracked || v.Stock > 0 }

func numbers(names []string, find func(string) (int32, bool)) []int32 {
	var list []int32
	for _, name := range names {
		if n, ok := find(name); ok {
			list = append(list, n)
		}
	}
	return list
}
