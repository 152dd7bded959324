package model

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Due tells when a customer takes a product again, and how likely within some
// days. Gaps between two takings of a product are few for one customer and one
// product, and their mean misleads; so the gaps of the customer with other
// products, those of other customers with the product, and those of all are
// heard too, each the less the more is known of the nearer ones.
type Due struct {
	o         DueOptions
	starts    []int32 // by customer, into customers; none of the later ones
	customers []gap   // of all their products
	products  [][]gap // by product, of all customers
	all       []gap
}

// DueOptions are the settings of a Due.
type DueOptions struct {
	// Slack is how many days, and Share how much of the true gap, a date may
	// be off to be of use; 0 is 7 days and a quarter.
	Slack, Share float64
	// Own, Customer, Product and All are how much each of the sources is
	// heard; all 0 is what would have been best for the last gaps.
	Own, Customer, Product, All float64
}

// A gap is how many days lay between two takings of a product.
type gap struct {
	days  float32
	count float32 // how many times it was seen
}

// mostGaps is how many different gaps of a source are kept.
const mostGaps = 32

// mostDue is how many gaps are asked for, and mostDueOf of how many customers,
// to find out how much each source is heard.
const (
	mostDue   = 5000
	mostDueOf = 20_000
)

// NewDue learns from the baskets of a log before a day.
func NewDue(l *ledger.Log, day int32, o DueOptions) *Due {
	if o.Own+o.Customer+o.Product+o.All <= 0 {
		var some [][]rhythm
		step := max(1, (len(l.Customers)+mostDueOf-1)/mostDueOf)
		for c := 0; c < len(l.Customers); c += step {
			some = append(some, gapsOf(Past(l, int32(c), day)))
		}
		o = tuneDue(some, len(l.Products), o)
	}
	return newDue(func(yield func([]rhythm) bool) {
		for c := range l.Customers {
			if !yield(gapsOf(Past(l, int32(c), day))) {
				return
			}
		}
	}, len(l.Products), o)
}

// tuneDue finds out how much each source is to be heard, by the last gap of
// each rhythm that has two.
func tuneDue(rhythms [][]rhythm, products int, o DueOptions) DueOptions {
	best, found := -1, o
	var earlier [][]rhythm
	for _, of := range rhythms {
		earlier = append(earlier, nil)
		for _, r := range of {
			if len(r.days) >= 2 {
				r.days = r.days[:len(r.days)-1]
			}
			earlier[len(earlier)-1] = append(earlier[len(earlier)-1], r)
		}
	}
	d := newDue(slices.Values(earlier), products, o)
	for _, heard := range [...][4]float64{{.2, 3, 1, .5}, {1, 3, 1, .5}, {.05, 3, 1, .5}, {.2, 3, .3, .2}, {.2, 1, 3, .5}} {
		d.o.Own, d.o.Customer, d.o.Product, d.o.All = heard[0], heard[1], heard[2], heard[3]
		right := 0
		asked := 0
		for c, of := range rhythms {
			for i, r := range of {
				if len(r.days) < 2 || asked > mostDue {
					continue
				}
				asked++
				days, _ := d.Gap(int32(c), r.product, earlier[c][i].days)
				if was := float64(r.days[len(r.days)-1]); math.Abs(days-was) <= max(d.o.Slack, d.o.Share*was) {
					right++
				}
			}
		}
		if right > best {
			best, found = right, d.o
		}
	}
	return found
}

func newDue(rhythms iter.Seq[[]rhythm], size int, o DueOptions) *Due {
	if !(o.Slack > 0) {
		o.Slack = 7
	}
	if !(o.Share > 0) {
		o.Share = .25
	}
	d := &Due{o: o, starts: []int32{0}}
	products := make([][]float32, size)
	var all, own []float32
	for of := range rhythms {
		own = own[:0]
		for _, g := range of {
			own = append(own, g.days...)
			products[g.product] = append(products[g.product], g.days...)
		}
		all = append(all, own...)
		d.customers = append(d.customers, thin(own)...)
		d.starts = append(d.starts, int32(len(d.customers)))
	}
	d.products = make([][]gap, len(products))
	for p, days := range products {
		d.products[p] = thin(days)
	}
	d.all = thin(all)
	return d
}

// A rhythm is the gaps of one product, in the order of time, and when it was
// last taken.
type rhythm struct {
	product int32
	days    []float32
	last    int32
	times   int32 // days on which it was taken
}

// gapsOf returns the rhythm of each product of a past, in the order of
// products. What is taken twice on one day is taken once.
func gapsOf(past []Item) []rhythm {
	list := slices.Clone(past)
	slices.SortStableFunc(list, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Day, b.Day)) })
	var out []rhythm
	for i, item := range list {
		if i == 0 || item.Product != list[i-1].Product {
			out = append(out, rhythm{product: item.Product, last: item.Day, times: 1})
			continue
		}
		r := &out[len(out)-1]
		if item.Day > r.last {
			r.days = append(r.days, float32(item.Day)-float32(r.last))
			r.last = item.Day
			r.times++
		}
	}
	return out
}

// thin returns the gaps sorted, and where there are many a few that stand for
// them.
func thin(days []float32) []gap {
	slices.Sort(days)
	if len(days) <= mostGaps {
		out := make([]gap, len(days))
		for i, d := range days {
			out[i] = gap{d, 1}
		}
		return out
	}
	out := make([]gap, mostGaps)
	for i := range out {
		from, to := i*len(days)/mostGaps, (i+1)*len(days)/mostGaps
		out[i] = gap{days[(from+to)/2], float32(to - from)}
	}
	return out
}

// Gap returns the gap in days that is foreseen after the given ones of a
// customer with a product: that which is right for the most of what is heard.
// confidence is how much of it, between 0 and 1. customer is -1 for one whom
// the log does not know; the result is 0 when nothing was ever taken twice.
func (d *Due) Gap(customer, product int32, own []float32) (days, confidence float64) {
	heard := d.heard(customer, product, own)
	if len(heard) == 0 {
		return 0, 0
	}
	// A gap g is met by all answers between its bounds; the answer wanted lies
	// between the bounds of the most.
	type bound struct{ at, weight float64 }
	bounds := make([]bound, 0, 2*len(heard))
	var total float64
	for _, g := range heard {
		off := max(d.o.Slack, d.o.Share*g.days)
		bounds = append(bounds, bound{g.days - off, g.weight}, bound{g.days + off, -g.weight})
		total += g.weight
	}
	slices.SortFunc(bounds, func(a, b bound) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.weight, a.weight)) })
	var sum, best, from, to float64
	for i, b := range bounds {
		sum += b.weight
		if b.weight > 0 && sum > best+1e-12 && i+1 < len(bounds) {
			best, from, to = sum, b.at, bounds[i+1].at
		}
	}
	return max(1, (from+to)/2), best / total
}

// A voice is a gap with how much it is heard.
type voice struct{ days, weight float64 }

func (d *Due) heard(customer, product int32, own []float32) []voice {
	var out []voice
	for _, g := range own {
		out = append(out, voice{float64(g), d.o.Own})
	}
	hear := func(gaps []gap, weight float64) {
		var n float64
		for _, g := range gaps {
			n += float64(g.count)
		}
		for _, g := range gaps { // a source with many gaps is heard in full, one with one gap is not
			out = append(out, voice{float64(g.days), weight * float64(g.count) / (n + 1)})
		}
	}
	if customer >= 0 && int(customer) < len(d.starts)-1 {
		hear(d.customers[d.starts[customer]:d.starts[customer+1]], d.o.Customer)
	}
	if product >= 0 && int(product) < len(d.products) {
		hear(d.products[product], d.o.Product)
	}
	hear(d.all, d.o.All)
	return out
}

// A Date says when a customer takes a product again.
type Date struct {
	Product    int32
	Last       int32   // the day on which it was last taken
	Day        int32   // the day on which it is due
	Times      int32   // on how many days it was taken
	Confidence float64 // the share of the gaps heard for which the date is right
}

// Dates returns when the products of a past are due again, in the order of
// products: those taken on at least least days. customer is as in Gap.
func (d *Due) Dates(customer int32, past []Item, least int32) []Date {
	var out []Date
	for _, r := range gapsOf(past) {
		if r.times < least {
			continue
		}
		days, confidence := d.Gap(customer, r.product, r.days)
		if days > 0 {
			out = append(out, Date{r.product, r.last, saturated(int64(r.last) + int64(math.Round(days))), r.times, confidence})
		}
	}
	return out
}
