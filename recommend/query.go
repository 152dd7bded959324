package recommend

import (
	"context"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Query says what a list is to be like. The zero value asks for the ten best
// products that may be sold now, those the customer bought before among them. What
// they rated with 1 or 2, and did not buy since, is in none of theirs.
type Query struct {
	// N is how many products; 0 is 10, and 100 the most.
	N int
	// At is when; zero is now, by the clock of the book.
	At time.Time
	// Repeat says what becomes of products that the customer bought before.
	Repeat Repeat
	// Rest is for how many days nothing is recommended again after it was bought;
	// 0 is none.
	Rest int
	// Only lets in what a filter matches, and Not leaves out what another one does.
	// What both say of goes out. The zero Only lets all in, the zero Not leaves
	// nothing out.
	Only, Not Filter
	// Seen are products that stand elsewhere on the same page or in the same mail, such
	// as [List.Products] of another list: they are not in this one.
	Seen []crm.ProductID
	// Place is where the list is shown, such as "home": the list of
	// [crm.InteractionItem]. It is written down by [Recommender.Show].
	Place string
	// Fresh is for how many days a product is not recommended again after it was
	// shown to this customer, wherever it was and unless they chose or bought it; 0
	// is none.
	Fresh int
	// PerBrand and PerCategory are how many products of one brand and of one
	// category, the first that a product names, may be in the list; 0 is any
	// number.
	PerBrand, PerCategory int
	// Variety is how much a product loses by being like those above it: from 0,
	// nothing, to 1, where unlike ones come first however little speaks for them.
	Variety float64
	// Pins are put at the head, in their order, as far as they may be sold to this
	// customer.
	Pins []crm.ProductID
	// Boosts make products more likely to be in the list, or keep places for them.
	Boosts []Boost
	// Among are the customers from whom popular and trending products are taken,
	// such as the Audience of a segment; nil is all. All purchases are gone through for
	// it at each call. A segment tells what is committed: within a transaction, where
	// [Recommender.In] asks, it is [crm.ErrNested].
	Among Audience
	// Country takes them from the customers of a country alone, by ISO 3166-1 alpha-2
	// code such as "DE"; "" is anywhere. Where somebody lives says the first of their
	// addresses that has a country, as it stood when anybody first asked by country
	// after models were made: then all customers are read, once.
	Country string
	// Days is how far [Recommender.Trending] and [Recommender.New] look back; 0 is
	// 30.
	Days int
	// Allow has the last word on a product, as its record stands; nil allows all.
	// It is called within a transaction: it must be quick, and must not call the
	// book.
	Allow func(*crm.Product) bool
}

// An Audience is some of the customers, such as those of a segment. Whoever was absorbed
// by another counts as the one who absorbed them.
type Audience interface {
	Members(ctx context.Context) iter.Seq2[crm.CustomerID, error]
}

// Repeat says what becomes of products that a customer bought before.
type Repeat string

// The policies of repeating. Shops that sell what is used up lose a third of
// what they could foresee when they leave out what was bought before. Where hardly
// anybody came back for what they had, it is behind all else in lists that may have it.
const (
	RepeatAllow   Repeat = ""        // they may be in the list
	RepeatExclude Repeat = "exclude" // they are left out
	RepeatOnly    Repeat = "only"    // nothing else is in the list
)

// A Boost makes products more likely to be recommended.
type Boost struct {
	Of Filter
	// Times is how many times as likely they are taken for; 0 is 1, and numbers
	// below 1 make them less likely.
	Times float64
	// Share is the part of the list, between 0 and 1, that is theirs at least, when
	// there are as many that may be sold. It is rounded down to whole places.
	Share float64
	// Name is what the reason says, such as the name of a promotion.
	Name string
}

// most is the longest list.
const most = 100

// filled returns q with what zero stands for, or everything that is wrong with
// it.
func (q Query) filled(now time.Time, currency crm.Currency) (Query, error) {
	var f faults
	if q.N < 0 || q.N > most {
		f.add("n", fmt.Sprint(q.N), fmt.Sprintf("0 to %d", most))
	}
	for _, x := range []struct {
		name  string
		value int
	}{{"rest", q.Rest}, {"fresh", q.Fresh}, {"per_brand", q.PerBrand}, {"per_category", q.PerCategory}, {"days", q.Days}} {
		if x.value < 0 || x.value > 100_000 {
			f.add(x.name, fmt.Sprint(x.value), "0 to 100000")
		}
	}
	if !(q.Variety >= 0 && q.Variety <= 1) {
		f.add("variety", fmt.Sprint(q.Variety), "0 to 1")
	}
	if q.Repeat != RepeatAllow && q.Repeat != RepeatExclude && q.Repeat != RepeatOnly {
		f.add("repeat", string(q.Repeat), `"", "exclude" or "only"`)
	}
	if len(q.Place) > 255 {
		f.add("place", q.Place[:40]+"…", "at most 255 bytes")
	}
	if q.Country != "" && !isCountry(q.Country) {
		f.add("country", q.Country, countryCode)
	}
	for _, x := range []struct {
		name string
		ids  []crm.ProductID
	}{{"seen", q.Seen}, {"pins", q.Pins}} {
		for i, id := range x.ids {
			if !crm.ValidID(string(id)) {
				f.add(fmt.Sprintf("%s[%d]", x.name, i), string(id), "an id of a product")
			}
		}
	}
	q.Only.check("only", currency, &f)
	q.Not.check("not", currency, &f)
	var shares float64
	for i, b := range q.Boosts {
		at := fmt.Sprintf("boosts[%d]", i)
		b.Of.check(at+".of", currency, &f)
		if !(b.Times >= 0) || math.IsInf(b.Times, 0) {
			f.add(at+".times", fmt.Sprint(b.Times), "0 or more")
		}
		if !(b.Share >= 0 && b.Share <= 1) {
			f.add(at+".share", fmt.Sprint(b.Share), "0 to 1")
		}
		shares += b.Share
	}
	if shares > 1+1e-9 {
		f.add("boosts", fmt.Sprint(shares), "shares that come to no more than 1")
	}
	if q.N == 0 {
		q.N = 10
	}
	if q.Days == 0 {
		q.Days = 30
	}
	if q.At.IsZero() {
		q.At = now
	}
	return q, f.err()
}

// faults are what is wrong with an input.
type faults []crm.FieldError

func (f *faults) add(field, value, want string) {
	*f = append(*f, crm.FieldError{Field: field, Value: value, Want: want})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &crm.InvalidError{Fields: f}
}
