package quality

import (
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Options adjust [Check]. The zero value of every field is a good default.
type Options struct {
	// At is when it is: ages and stale data are told for it. Zero is now.
	At time.Time
	// Location is the shop's, whose calendar day At is in; nil is UTC.
	Location *time.Location
	// Stale is after how long an address, a phone number or an e-mail address is
	// stale that nobody confirmed. 0 is three years.
	Stale time.Duration
	// Samples is how many ids a finding has at most; 0 is 10, at most 1,000.
	Samples int
	// Disposable tells of the domain of an e-mail address, in lower case,
	// whether it is one of throw-away addresses. Such lists age within weeks, so
	// none is built in: nil knows none.
	Disposable func(domain string) bool
	// Progress is called now and then with how many persons are done, from the
	// calling goroutine. Nil is not called.
	Progress func(persons int)
}

// complete returns options without zero values, or lists what is wrong.
func (o *Options) complete() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	var faults []crm.FieldError
	if c.Stale < 0 {
		faults = append(faults, crm.FieldError{Field: "stale", Value: c.Stale.String(), Want: "0 or more"})
	}
	if c.Samples < 0 || c.Samples > 1000 {
		faults = append(faults, crm.FieldError{Field: "samples", Value: fmt.Sprint(c.Samples), Want: "0 to 1000"})
	}
	if faults != nil {
		return c, &crm.InvalidError{Fields: faults}
	}
	if c.Stale == 0 {
		c.Stale = 3 * 365 * 24 * time.Hour
	}
	if c.Samples == 0 {
		c.Samples = 10
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	return c, nil
}
