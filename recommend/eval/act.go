package eval

import (
	"cmp"
	"slices"
	"time"
)

// An Act is a line of the log of what was shown and what came of it.
type Act struct {
	Kind ActKind
	// Arm is which arm of an experiment the customer entered, or where the product
	// was shown, such as "home". A click of "" counts for the arm that showed the
	// product last; that of an order is not looked at.
	Arm string
	// Customer is who. Acts of "" are left out.
	Customer string
	// Product is what was shown, chosen or ordered; of Entered it is not looked at.
	Product string
	// Time is when. Acts without a time are left out.
	Time time.Time
}

// An ActKind says what an [Act] is.
type ActKind string

// The kinds of acts.
const (
	// Entered says that the customer is in an arm from then on, whether anything
	// is shown to them or not: so those of a holdout are counted.
	Entered ActKind = "entered"
	Shown   ActKind = "shown"
	Clicked ActKind = "clicked"
	Ordered ActKind = "ordered"
)

// Arm returns in which arm of an experiment a customer is, for ever the same: the
// place in shares of the one that is theirs, or -1 for the holdout, which has what
// the shares lack to 1. Shares are between 0 and 1; with more than 1 in all the
// last arms have less. Experiments of other names divide customers anew. It
// returns -1 for a customer of "", who cannot be told again.
func Arm(experiment, customer string, shares ...float64) int {
	if customer == "" {
		return -1
	}
	at := drawn(experiment+"\x00"+customer, uint64(len(experiment)))
	for i, share := range shares {
		if share > 0 {
			if at < share {
				return i
			}
			at -= share
		}
	}
	return -1
}

// inOrder puts acts into the order of time; of one time what is shown is before what is
// chosen and that before what is ordered.
func inOrder(acts []Act) []Act {
	kinds := []ActKind{Entered, Shown, Clicked, Ordered}
	list := slices.DeleteFunc(slices.Clone(acts), func(a Act) bool { return a.Customer == "" || a.Time.IsZero() || !slices.Contains(kinds, a.Kind) })
	slices.SortStableFunc(list, func(a, b Act) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Arm, b.Arm), cmp.Compare(a.Product, b.Product))
	})
	return list
}
