package model

import (
	"cmp"
	"context"
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
	o        DueOptions
	products [][]gap // by product, of all customers
	all      []gap
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

// NewDue learns from the baskets of a log before a day. It returns the error of
// ctx when it ends first.
func NewDue(ctx context.Context, l *ledger.Log, day int32, o DueOptions) (*Due, error) {
	// every yields the rhythms of every so manieth customer, until ctx ends.
	every := func(step int) iter.Seq[[]rhythm] {
		return func(yield func([]rhythm) bool) {
			for c := 0; c < len(l.Customers); c += step {
				if c/step%1024 == 0 && ctx.Err() != nil || !yield(gapsOf(Past(l, int32(c), day))) {
					return
				}
			}
		}
	}
	if o.Own+o.Customer+o.Product+o.All <= 0 {
		o = tuneDue(slices.Collect(every(max(1, (len(l.Customers)+mostDueOf-1)/mostDueOf))), len(l.Products), o)
	}
	return newDue(every(1), len(l.Products), o), ctx.Err()
}

// code writes or reads it, of n products.
func (d *Due) code(c *coder, n int) {
	for _, v := range []*float64{&d.o.Slack, &d.o.Share, &d.o.Own, &d.o.Customer, &d.o.Product, &d.o.All} {
		c.float(v)
	}
	if c.to == nil {
		d.products = make([][]gap, 0, min(n, chunk))
	}
	for p := 0; p < n && c.err == nil; p++ {
		if c.to == nil {
			d.products = append(d.products, nil)
		}
		c.gaps(&d.products[p])
	}
	c.gaps(&d.all)
}

func (c *coder) gaps(v *[]gap) {
	var days, counts []float32
	for _, g := range *v {
		days, counts = append(days, g.days), append(counts, g.count)
	}
	c.floats(&days, -1)
	c.floats(&counts, len(days))
	if c.err != nil || c.to != nil {
		return
	}
	*v = make([]gap, len(days))
	for i := range days {
		(*v)[i] = gap{days[i], counts[i]}
	}
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
			customer := gapsIn(earlier[c])
			for i, r := range of {
				if len(r.days) < 2 || asked > mostDue {
					continue
				}
				asked++
				days, _ := d.foresee(r.product, earlier[c][i].days, customer)
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
	products := make([][]float32, size)
	var all []float32
	for of := range rhythms {
		for _, g := range of {
			all = append(all, g.days...)
			products[g.product] = append(products[g.product], g.days...)
		}
	}
	d := &Due{o: o, products: make([][]gap, size)}
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

// gapsIn returns the gaps of all products of a customer.
func gapsIn(rhythms []rhythm) []gap {
	var days []float32
	for _, r := range rhythms {
		days = append(days, r.days...)
	}
	return thin(days)
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
// customer with a product, own, and with all products: that which is right for
// the most of what is heard. confidence is how much of it, between 0 and 1. The
// result is 0 when nothing was ever taken twice.
func (d *Due) Gap(product int32, own, all []float32) (days, confidence float64) {
	return d.foresee(product, own, thin(slices.Clone(all)))
}

func (d *Due) foresee(product int32, own []float32, customer []gap) (days, confidence float64) {
	// A gap is met by all answers between its bounds, which ascend with the
	// gaps; the answer wanted lies between the bounds of the most.
	var room [4 * mostGaps]voice
	heard := d.heard(room[:0], product, own, customer)
	var total, sum, best, from, to float64
	for _, v := range heard {
		total += v.weight
	}
	if total == 0 {
		return 0, 0
	}
	ended := 0
	for i, v := range heard {
		for ; ended < i && heard[ended].to < v.from; ended++ {
			sum -= heard[ended].weight
		}
		if sum += v.weight; sum > best+1e-12 {
			best, from, to = sum, v.from, heard[ended].to
			if i+1 < len(heard) {
				to = min(to, heard[i+1].from)
			}
		}
	}
	return max(1, (from+to)/2), best / total
}

// A voice is a gap as it is heard: between which bounds an answer meets it, and
// how much it counts.
type voice struct{ from, to, weight float64 }

// heard appends the gaps of all sources, the shortest first.
func (d *Due) heard(dst []voice, product int32, own []float32, customer []gap) []voice {
	type source struct {
		gaps  []gap
		share float64 // of one
	}
	var room [mostGaps]gap
	of := [4]source{{room[:0], d.o.Own}, {customer, d.o.Customer}, {nil, d.o.Product}, {d.all, d.o.All}}
	for _, days := range own {
		of[0].gaps = append(of[0].gaps, gap{days, 1})
	}
	slices.SortFunc(of[0].gaps, func(a, b gap) int { return cmp.Compare(a.days, b.days) })
	if product >= 0 && int(product) < len(d.products) {
		of[2].gaps = d.products[product]
	}
	for i := range of[1:] { // a source with many gaps is heard in full, one with one gap is not
		n := 1.
		for _, g := range of[1+i].gaps {
			n += float64(g.count)
		}
		of[1+i].share /= n
	}
	for {
		next := -1
		for i := range of {
			if g := of[i].gaps; len(g) > 0 && (next < 0 || g[0].days < of[next].gaps[0].days) {
				next = i
			}
		}
		if next < 0 {
			return dst
		}
		s := &of[next]
		days := float64(s.gaps[0].days)
		off := max(d.o.Slack, d.o.Share*days)
		dst = append(dst, voice{days - off, days + off, s.share * float64(s.gaps[0].count)})
		s.gaps = s.gaps[1:]
	}
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
// products: those taken on at least least days. The past is all that is known of
// the customer, whether the log knows them or not.
func (d *Due) Dates(past []Item, least int32) []Date {
	rhythms := gapsOf(past)
	customer := gapsIn(rhythms)
	var out []Date
	for _, r := range rhythms {
		if r.times < least {
			continue
		}
		days, confidence := d.foresee(r.product, r.days, customer)
		if days > 0 {
			out = append(out, Date{r.product, r.last, saturated(int64(r.last) + int64(math.Round(days))), r.times, confidence})
		}
	}
	return out
}
