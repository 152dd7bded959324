package collect

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Options adjust a Handler. The zero value of every field is a good default.
type Options struct {
	// Source is that of the refs of what is recorded: 1 to 32 printable bytes
	// without spaces, @ and colon. "" is collect.
	Source string
	// Customer tells who sends a request, such as by the shop's session, and
	// false for an anonymous visitor. It is called once a request, outside of
	// any transaction. One who is not in the book, or was erased, counts as
	// anonymous. Nil knows nobody.
	Customer func(*http.Request) (crm.CustomerID, bool)

	// Origins are the other origins whose pages may report, each as browsers
	// send it: "https://www.shop.example". Pages of the handler's own host
	// always may; list it where a proxy calls the handler by another host's
	// name and browsers, as on plain http, do not say what is its own.
	Origins []string
	// Proxies are the addresses of the shop's own proxies. Only from these is
	// X-Forwarded-For believed: whoever the last of them was called by is the
	// sender. Nil takes the connection's own address.
	Proxies []netip.Prefix

	// ConsentFirst keeps nothing, and sets no cookie, before somebody has
	// granted [crm.PurposeAnalytics]. False keeps it until they object.
	ConsentFirst bool
	// DNT treats the header "DNT: 1" as an objection that holds for the request.
	DNT bool
	// DropHeadless leaves browsers out that say that nobody looks at them.
	DropHeadless bool
	// Drop reports whether a request is to be left out of account beside
	// robots: the shop's own staff, say. Nil leaves nobody out.
	Drop func(*http.Request) bool

	// Cookie is the name of the visitors' cookie; "" is clientele.
	Cookie string
	// CookieDomain lets the hosts of a domain share the cookie, such as
	// "shop.example"; "" is the host alone.
	CookieDomain string
	// CookieAge is how long a visitor is known, from the first visit on: later
	// ones do not prolong it. 0 is 390 days, about 13 months; browsers cut it
	// at 400 days.
	CookieAge time.Duration
	// Query names the parameters of page addresses that are kept beside those
	// that begin with utm_. All others are cut off: they may hold anything.
	Query []string

	// MaxAge is how long ago something may have happened that comes in now; 0
	// is 30 days, at most 365. For as long a retry is known for one.
	MaxAge time.Duration
	// MaxBody is how long a body may be, in bytes, unpacked; 0 is 1 MiB, at
	// most 2 MiB.
	MaxBody int
	// MaxEvents is how many events a batch may have; 0 is 500, at most 2,000.
	MaxEvents int
	// Visitor limits how fast one visitor may report, and Address how fast all
	// who share an address may: a /64 of IPv6. Of an address a KiB of a body,
	// unpacked, counts as an event at least. Zero is 50 a second and 1,000 at
	// once, and 1,000 a second and 20,000 at once.
	Visitor, Address Rate

	// Now is the clock, and should be the book's; nil is time.Now.
	Now func() time.Time
	// Logger is told of what fails here: not of bad input. It gets no personal
	// data. Nil is silence.
	Logger *slog.Logger
}

// A Rate limits events. The zero Rate stands for a default.
type Rate struct {
	PerSecond float64 // negative: no limit
	Burst     int     // how many at once; a larger batch is taken when none was for a while
}

const day = 24 * time.Hour

// complete returns opts with their defaults, or an [*crm.InvalidError] that
// lists what is wrong.
func (o *Options) complete() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	var invalid crm.InvalidError
	bad := func(field, value, want string) {
		invalid.Fields = append(invalid.Fields, crm.FieldError{Field: field, Value: value, Want: want})
	}
	if c.Source == "" {
		c.Source = "collect"
	}
	if _, err := crm.ParseRef(c.Source + ":x"); err != nil || len(c.Source) > 32 || strings.Contains(c.Source, ":") {
		bad("source", c.Source, "1 to 32 printable bytes without spaces, @ and colon")
	}
	if c.Cookie == "" {
		c.Cookie = "clientele"
	}
	if probe := (&http.Cookie{Name: c.Cookie, Value: "x", Domain: c.CookieDomain}); probe.Valid() != nil {
		bad("cookie", c.Cookie, "a name and a domain that a cookie may have")
	}
	for i, s := range c.Origins {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || s != u.Scheme+"://"+strings.ToLower(u.Host) {
			bad(fmt.Sprintf("origins[%d]", i), s, `an origin as browsers send it, such as "https://www.shop.example"`)
		}
	}
	for i, p := range c.Proxies {
		if !p.IsValid() {
			bad(fmt.Sprintf("proxies[%d]", i), p.String(), "a range of addresses")
		}
	}
	within := func(field string, v *int, zero, most int) {
		if *v == 0 {
			*v = zero
		}
		if *v < 1 || *v > most {
			bad(field, fmt.Sprint(*v), fmt.Sprintf("1 to %d", most))
		}
	}
	within("max_body", &c.MaxBody, 1<<20, 2<<20)
	within("max_events", &c.MaxEvents, 500, 2000)
	span := func(field string, v *time.Duration, zero, least, most time.Duration) {
		if *v == 0 {
			*v = zero
		}
		if *v < least || *v > most {
			bad(field, v.String(), fmt.Sprintf("%v to %v", least, most))
		}
	}
	span("max_age", &c.MaxAge, 30*day, time.Minute, 365*day)
	span("cookie_age", &c.CookieAge, 390*day, time.Second, 400*day)
	rate := func(field string, r *Rate, zero Rate) {
		if *r == (Rate{}) {
			*r = zero
		}
		if r.PerSecond >= 0 && (r.PerSecond < 0.001 || r.Burst < 1) || r.PerSecond != r.PerSecond {
			bad(field, fmt.Sprint(*r), "at least 0.001 a second and 1 at once, or a negative PerSecond for no limit")
		}
	}
	rate("visitor", &c.Visitor, Rate{50, 1000})
	rate("address", &c.Address, Rate{1000, 20_000})
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if len(invalid.Fields) > 0 {
		return c, &crm.Error{Op: "collect.New", Kind: "options", Err: &invalid}
	}
	return c, nil
}
