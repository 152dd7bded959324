package recommend

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Options adjust a Recommender. The zero value of every field is a good default.
type Options struct {
	// Location is the shop's: days are those of its calendar. Nil is UTC.
	Location *time.Location
	// Horizon is how many days ahead lists look: what a customer takes within them
	// is what models are made to foresee. 0 is 30.
	Horizon int
	// Every is after how long models are made anew; 0 is a day.
	Every time.Duration
	// Limits say what may not be sold to everybody.
	Limits []Limit
	// Logger is told when the book is read and models are made, when something saved is
	// of no use, or waits, as the store does, and of whom a batch passes over, whose
	// record is damaged. It gets ids, but no personal data. Nil is silence.
	Logger *slog.Logger
}

// A Limit says to whom some products may be recommended. Nobody of whom the shop
// does not know that they are allowed to have them gets one.
type Limit struct {
	Of Filter
	// MinAge is how old a customer must be, in full years; 0 is any age.
	MinAge int
	// Countries are where the products may be sent, by ISO 3166-1 alpha-2 code such
	// as "DE"; nil is anywhere. The country of a customer is that of the first
	// address that has one.
	Countries []string
}

func (o *Options) check(currency crm.Currency) error {
	var f faults
	if o.Horizon < 0 || o.Horizon > 3660 {
		f.add("horizon", fmt.Sprint(o.Horizon), "0 to 3660 days")
	}
	if o.Every < 0 {
		f.add("every", o.Every.String(), "0 or more")
	}
	for i, l := range o.Limits {
		at := fmt.Sprintf("limits[%d]", i)
		l.Of.check(at+".of", currency, &f)
		if l.MinAge < 0 || l.MinAge > 150 {
			f.add(at+".min_age", fmt.Sprint(l.MinAge), "0 to 150 years")
		}
		for _, c := range l.Countries {
			if !isCountry(c) {
				f.add(at+".countries", c, countryCode)
			}
		}
	}
	return f.err()
}
