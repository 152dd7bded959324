package recommend

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/crm"
)

// countryCode is what a country is asked for by.
const countryCode = "two capital letters, such as DE"

func isCountry(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}

// countryOf returns the country of the first address that has one.
func countryOf(c *crm.Customer) string {
	for _, a := range c.Addresses {
		if a.Country != "" {
			return a.Country
		}
	}
	return ""
}

// A land is a country in two letters; the zero land is none, or any.
type land [2]byte

func landOf(country string) land {
	if country = strings.ToUpper(country); isCountry(country) {
		return land{country[0], country[1]}
	}
	return land{}
}

// lands are the countries of the customers of the models, once anybody asked by
// country.
type lands struct {
	turn chan struct{}          // one reads them
	of   atomic.Pointer[[]land] // by customer of the log
}

func newLands() *lands { return &lands{turn: make(chan struct{}, 1)} }

// lands returns where the customers of some models live, by their numbers.
func (r *Recommender) lands(ctx context.Context, st *state) ([]land, error) {
	if r.tx != nil { // what it wrote is not for others
		return st.where(r.tx.Customers.List(ctx, crm.CustomerQuery{}))
	}
	l := st.lands
	if of := l.of.Load(); of != nil {
		return *of, nil
	}
	if err := r.queue(ctx, l.turn); err != nil {
		return nil, err
	}
	defer func() { <-l.turn }()
	if of := l.of.Load(); of != nil {
		return *of, nil
	}
	of, err := st.where(r.book.Customers.List(ctx, crm.CustomerQuery{}))
	if err != nil {
		return nil, err
	}
	l.of.Store(&of)
	return of, nil
}

// where returns where customers live, by their numbers in the log.
func (s *state) where(customers iter.Seq2[*crm.Customer, error]) ([]land, error) {
	of := make([]land, len(s.log.Customers))
	for c, err := range customers {
		if err != nil {
			return nil, err
		}
		if n := s.log.Who(string(c.ID)); n >= 0 {
			of[n] = landOf(countryOf(c))
		}
	}
	return of, nil
}
