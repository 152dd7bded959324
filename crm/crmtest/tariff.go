package crmtest

import (
	"fmt"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A tariff is what a currency is worth, and what the shop rounds prices to.
type tariff struct {
	currency crm.Currency
	num, den int64 // minor units for a euro cent
	step     int64 // prices are a multiple of it
	less     int64 // less this
	rates    []crm.Rate
}

// newTariff works out a currency against the base, for months from the start.
func newTariff(c, base crm.Currency, days int) (tariff, error) {
	t := tariff{currency: c, step: 50, less: 5}
	one, err := euros(c)
	if err != nil {
		return t, err
	}
	other, err := euros(base)
	if err != nil {
		return t, err
	}
	t.num, t.den = 10000, one
	switch c {
	case "JPY":
		t.step, t.less = 10, 0
		t.den *= 100
	case "SEK", "DKK":
		t.step, t.less = 500, 0
	}
	for m := range days/30 + 1 {
		r := crm.Rate{}
		if c != base {
			d := throw(uint64(one), streamRate, m, 0)
			r = reduce(one*int64(1000+d.between(-15, 15)), other*1000)
		}
		t.rates = append(t.rates, r)
	}
	return t, nil
}

func euros(c crm.Currency) (int64, error) {
	for _, p := range prices {
		if p.currency == c {
			return p.euros, nil
		}
	}
	return 0, fmt.Errorf("crmtest: currency %q: %w: the demo shop does not know its price", c, crm.ErrInvalid)
}

func reduce(num, den int64) crm.Rate {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return crm.Rate{Num: num / a, Den: den / a}
}

// of returns what so many euro cents are.
func (t *tariff) of(cents int64) int64 { return (cents*t.num + t.den/2) / t.den }

// tag returns what a price tag says for so many euro cents.
func (t *tariff) tag(cents int64) int64 {
	return max((t.of(cents)+t.step/2)/t.step*t.step, t.step) - t.less
}

func (g *generator) price(x *good, variant int, t *tariff) crm.Money {
	return crm.Money{Amount: t.tag(x.euros * x.variants[variant].factor / 1000), Currency: t.currency}
}

func (g *generator) cost(x *good, variant int, t *tariff) crm.Money {
	cents := x.euros * x.variants[variant].factor / 1000 * int64(sections[x.section].cost) / 1000
	return crm.Money{Amount: t.of(cents), Currency: t.currency}
}
