package eval

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The metrics of an [Outcome], none of which is one of a [Report]. The first three
// say how good lists are of those who see them, from 0 to 1. The last one says what
// they bring, as nobody is left out by whether they look: it is the one for a
// holdout.
const (
	ClickRate Metric = "click_rate" // clicks for each product shown
	OrderRate Metric = "order_rate" // of the products shown, those ordered within the window
	ClickSale Metric = "click_sale" // of the products clicked, those ordered within the window
	PerHead   Metric = "per_head"   // products ordered within the window after entering, for each customer
)

var measures = []Metric{ClickRate, OrderRate, ClickSale, PerHead}

// An Outcome is what came of what was shown, arm by arm. It is safe for concurrent
// use.
type Outcome struct {
	// Window is for how long after it was shown, clicked or entered an order
	// counts.
	Window time.Duration
	// Arms are in the order of their names.
	Arms []Result

	options Options
	acts    []Act // in order
	people  people
}

// people are the customers of each arm, by key.
type people map[string]map[string]*counts

// A Result is what came of one arm.
type Result struct {
	Arm string
	// Product is which one it is of, where it is of one: see [Outcome.Products].
	Product string
	// Customers are those who entered, or to whom anything was shown.
	Customers int
	// Shown counts products in lists, each time one was shown; Clicked those of
	// them that were chosen.
	Shown, Clicked int
	// AfterClick counts the products ordered within the window after they were
	// clicked, and AfterView those that were only shown. An order counts once: for
	// the last click on the product, else for the last time that it was shown.
	AfterClick, AfterView int
	// Ordered counts all products ordered within the window after the customer
	// entered, or was first shown something, whatever led to them.
	Ordered int
	// Rates are the metrics of an outcome, with intervals that draw customers, and
	// all of one customer together. One that divides by nothing is NaN.
	Rates map[Metric]Interval
}

// counts are those of one customer in one arm.
type counts struct {
	since                                          time.Time
	shown, clicked, afterClick, afterView, ordered float64
}

// part returns what a metric divides by what.
func (c *counts) part(m Metric) (of, by float64) {
	switch m {
	case ClickRate:
		return c.clicked, c.shown
	case OrderRate:
		return c.afterClick + c.afterView, c.shown
	case ClickSale:
		return c.afterClick, c.clicked
	}
	return c.ordered, 1
}

// Came returns what came of what was shown. Acts may be in any order. A click counts
// when the product was shown to the customer before, once for each time. Of opts
// it heeds Resamples, Level and Seed; nil is the zero Options.
func Came(acts []Act, window time.Duration, opts *Options) *Outcome {
	o := &Outcome{Window: window, acts: inOrder(acts)}
	if opts != nil {
		o.options = *opts
	}
	o.people = o.tally(func(arm, _ string) (string, bool) { return arm, true }, false)
	o.sum()
	return o
}

// Products returns what came of each product that was shown in an arm, those first that
// were ordered most, then chosen most: which of them earn their place. Customers and
// Ordered are those to whom the product was shown and their orders of it. There are no
// Rates: of one product there is seldom enough to tell it from chance.
func (o *Outcome) Products(arm string) []Result {
	var list []Result
	for product, of := range o.tally(func(of, product string) (string, bool) { return product, of == arm && product != "" }, true) {
		r := result(of)
		r.Arm, r.Product = arm, product
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.AfterClick+b.AfterView, a.AfterClick+a.AfterView), cmp.Compare(b.Clicked, a.Clicked), cmp.Compare(a.Product, b.Product))
	})
	return list
}

// tally counts under the keys of arms and products, as far as they are wanted. An order
// of a product counts for all keys of the customer, or for that of the product alone.
func (o *Outcome) tally(key func(arm, product string) (key string, wanted bool), alone bool) people {
	all := people{}
	of := func(arm string, a *Act) *counts {
		if k, wanted := key(arm, a.Product); wanted {
			return all.of(k, a.Customer)
		}
		return &counts{}
	}
	type pair struct{ customer, product string }
	type show struct {
		arm     string
		at      time.Time
		clicked time.Time
	}
	last := map[pair][]*show{} // the latest of each arm, the latest at the end
	arms := map[pair][]*counts{}
	within := func(at, since time.Time) bool { return !since.IsZero() && at.Sub(since) < o.Window }
	for _, a := range o.acts {
		at := pair{a.Customer, a.Product}
		who := pair{customer: a.Customer}
		if alone {
			who = at
		}
		shows := last[at]
		switch a.Kind {
		case Entered, Shown:
			c := of(a.Arm, &a)
			if c.since.IsZero() {
				c.since = a.Time
				arms[who] = append(arms[who], c)
			}
			if a.Kind == Shown {
				c.shown++
				var clicked time.Time
				if i := slices.IndexFunc(shows, func(s *show) bool { return s.arm == a.Arm }); i >= 0 {
					clicked = shows[i].clicked
					shows = slices.Delete(shows, i, i+1)
				}
				last[at] = append(shows, &show{a.Arm, a.Time, clicked}) // an order may still follow from it
			}
		case Clicked:
			for i := len(shows) - 1; i >= 0; i-- {
				if s := shows[i]; a.Arm == "" || s.arm == a.Arm {
					if s.clicked.Before(s.at) {
						of(s.arm, &a).clicked++
					}
					s.clicked = a.Time
					break
				}
			}
		case Ordered:
			for _, c := range arms[who] {
				if within(a.Time, c.since) {
					c.ordered++
				}
			}
			var by *show
			for _, s := range shows {
				if within(a.Time, s.clicked) && (by == nil || !s.clicked.Before(by.clicked)) {
					by = s
				}
			}
			if by != nil {
				of(by.arm, &a).afterClick++
			} else if len(shows) > 0 && within(a.Time, shows[len(shows)-1].at) {
				of(shows[len(shows)-1].arm, &a).afterView++
			}
			delete(last, at) // what led to one order does not lead to the next
		}
	}
	return all
}

func (p people) of(key, customer string) *counts {
	if p[key] == nil {
		p[key] = map[string]*counts{}
	}
	c := p[key][customer]
	if c == nil {
		c = &counts{}
		p[key][customer] = c
	}
	return c
}

// result adds up what came of some customers.
func result(of map[string]*counts) Result {
	r := Result{Customers: len(of)}
	for _, c := range of {
		r.Shown += int(c.shown)
		r.Clicked += int(c.clicked)
		r.AfterClick += int(c.afterClick)
		r.AfterView += int(c.afterView)
		r.Ordered += int(c.ordered)
	}
	return r
}

func (o *Outcome) sum() {
	for _, arm := range slices.Sorted(maps.Keys(o.people)) {
		r := result(o.people[arm])
		r.Arm, r.Rates = arm, map[Metric]Interval{}
		for _, m := range measures {
			r.Rates[m] = o.spread(o.ratios(arm, m))
		}
		o.Arms = append(o.Arms, r)
	}
}

// A ratio is what a customer has of a metric.
type ratio struct{ of, by float64 }

// ratios returns those of the customers of an arm, in the order of their keys.
func (o *Outcome) ratios(arm string, m Metric) []ratio {
	var list []ratio
	for _, customer := range slices.Sorted(maps.Keys(o.people[arm])) {
		of, by := o.people[arm][customer].part(m)
		if by > 0 {
			list = append(list, ratio{of, by})
		}
	}
	return list
}

// mean is the sum of what customers have over that by which it is divided.
func mean(list []ratio) float64 {
	var of, by float64
	for _, r := range list {
		of, by = of+r.of, by+r.by
	}
	return of / by
}

// resampled returns the means of lists drawn from a list.
func (o *Outcome) resampled(list []ratio, stream uint64) []float64 {
	draw := rand.New(rand.NewPCG(o.options.Seed, stream))
	means := make([]float64, o.options.resamples())
	for i := range means {
		var of, by float64
		for range list {
			r := list[draw.IntN(len(list))]
			of, by = of+r.of, by+r.by
		}
		means[i] = of / by
	}
	return means
}

func (o *Outcome) spread(list []ratio) Interval {
	if len(list) == 0 {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	return o.middle(mean(list), o.resampled(list, 0x61726d))
}

// middle returns the interval that holds the middle of some means.
func (o *Outcome) middle(of float64, means []float64) Interval {
	slices.Sort(means)
	tail := (1 - o.options.level()) / 2
	return Interval{of, quantile(means, tail), quantile(means, 1-tail)}
}

// Difference returns by how much arm a is better than arm b, with an interval that
// draws the customers of each (percentile bootstrap). It is for one look, at the end
// that was set before the experiment began: whoever looks every day until it does not
// hold 0 will see that sooner or later of two equal arms. For looking earlier there
// is [Outcome.Anytime]. All values are NaN for an arm that there is none of.
func (o *Outcome) Difference(a, b string, m Metric) Interval {
	one, two := o.ratios(a, m), o.ratios(b, m)
	if len(one) == 0 || len(two) == 0 || !slices.Contains(measures, m) {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	means := o.resampled(one, 0x61)
	for i, v := range o.resampled(two, 0x62) {
		means[i] -= v
	}
	return o.middle(mean(one)-mean(two), means)
}

// likely is the difference that [Outcome.Anytime] is quickest to tell, in standard
// deviations of what single customers differ by.
const likely = .1

// Anytime returns what [Outcome.Difference] does, with an interval that may be looked
// at as often as one likes, and at which an experiment may be ended: with the
// probability of the level it holds the truth at all looks together (a mixture
// sequential probability ratio test). It is the wider for that, and good from some
// hundred customers an arm on.
func (o *Outcome) Anytime(a, b string, m Metric) Interval {
	one, two := o.ratios(a, m), o.ratios(b, m)
	if len(one) < 2 || len(two) < 2 || !slices.Contains(measures, m) {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	difference := mean(one) - mean(two)
	v1, v2 := variance(one), variance(two)
	se2 := v1/float64(len(one)) + v2/float64(len(two))
	tau2 := likely * likely * (v1 + v2) / 2
	if se2 == 0 || tau2 == 0 { // nothing came of either: nothing can be told
		return Interval{difference, math.Inf(-1), math.Inf(1)}
	}
	half := math.Sqrt(2 * se2 * (se2 + tau2) / tau2 * math.Log(math.Sqrt((se2+tau2)/se2)/(1-o.options.level())))
	return Interval{difference, difference - half, difference + half}
}

// variance returns that of what single customers add to a mean of ratios.
func variance(list []ratio) float64 {
	n, m := float64(len(list)), mean(list)
	var by, s float64
	for _, r := range list {
		by += r.by / n
	}
	for _, r := range list {
		d := (r.of - m*r.by) / by
		s += d * d
	}
	return s / (n - 1)
}

// Needed returns how many customers each of two arms wants before a metric of
// something that customers do or do not, such as to order, can be compared once: so
// many that a rate that becomes better by a part of itself, such as .1, is told from
// chance in 4 of 5 experiments (a level of 95 %). It is 0 for what cannot be told.
func Needed(rate, better float64) int {
	to := rate * (1 + better)
	if !(rate > 0 && rate < 1 && to > 0 && to < 1) || better == 0 {
		return 0
	}
	const level, power = 1.959964, .841621
	mid := (rate + to) / 2
	root := level*math.Sqrt(2*mid*(1-mid)) + power*math.Sqrt(rate*(1-rate)+to*(1-to))
	return int(min(math.Ceil(root*root/((to-rate)*(to-rate))), 1<<31-1))
}

// Warning says that it is too early to compare arms, when any has fewer customers
// than were planned, such as [Needed] says; else "". What may be looked at earlier is
// [Outcome.Anytime].
func (o *Outcome) Warning(planned int) string {
	var early []string
	for _, r := range o.Arms {
		if r.Customers < planned {
			early = append(early, fmt.Sprintf("%q has %d", r.Arm, r.Customers))
		}
	}
	if len(early) == 0 {
		return ""
	}
	return fmt.Sprintf("too early to compare: of %d planned customers an arm %s; differences are for one look at the end", planned, strings.Join(early, " and "))
}

// String shows the outcome as a table of text.
func (o *Outcome) String() string {
	width := 8
	for _, r := range o.Arms {
		width = max(width, len(r.Arm))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "orders within %v, for one look at the end\n", o.Window)
	fmt.Fprintf(&b, "%-*s %9s %9s %9s %9s %9s  %-24s %-24s\n", width, "", "customers", "shown", "clicked", "by click", "by view", "click rate", "ordered per head")
	for _, r := range o.Arms {
		fmt.Fprintf(&b, "%-*s %9d %9d %9d %9d %9d  %-24v %-24v\n", width, r.Arm, r.Customers, r.Shown, r.Clicked, r.AfterClick, r.AfterView, r.Rates[ClickRate], r.Rates[PerHead])
	}
	return b.String()
}
