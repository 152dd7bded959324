package intake

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// deeds are the kinds of interactions that say what somebody likes.
var deeds = []crm.InteractionKind{
	crm.KindViewItem, crm.KindSelectItem, crm.KindAddToCart, crm.KindRemoveFromCart, crm.KindAddToWishlist,
	crm.KindSearch, crm.KindViewSearchResults, crm.KindARSession, crm.KindRating, crm.KindReview,
}

const (
	pause      = 30 * time.Minute // ends a session
	mostDeeds  = 1000             // of one person's day
	leastStars = 4
	fewStars   = 2
)

// A deed is what counts of an interaction.
type deed struct {
	id       crm.InteractionID
	at       int64 // milliseconds since 1970
	kind     ledger.Kind
	undone   bool // taken out of the cart
	products []string
}

// deedOf returns what counts of an interaction; false when nothing does.
func deedOf(i *crm.Interaction) (deed, bool) {
	d := deed{id: i.ID, at: i.OccurredAt.UnixMilli()}
	switch i.Kind {
	case crm.KindViewItem, crm.KindSelectItem:
		d.kind = ledger.Viewed
		if i.Kind == crm.KindSelectItem && len(i.Items) > 0 && strings.Contains(strings.ToLower(i.Items[0].List), "search") {
			d.kind = ledger.Searched
		}
	case crm.KindAddToCart, crm.KindRemoveFromCart:
		d.kind, d.undone = ledger.Carted, i.Kind == crm.KindRemoveFromCart
	case crm.KindAddToWishlist:
		d.kind = ledger.Wished
	case crm.KindSearch, crm.KindViewSearchResults:
		d.kind = ledger.Searched
	case crm.KindARSession:
		d.kind = ledger.Tried
		if s, _ := i.ARSession(); s.Error != "" {
			return d, false
		}
	case crm.KindRating, crm.KindReview:
		switch {
		case i.Rating >= leastStars:
			d.kind = ledger.Rated
		case i.Rating > 0 && i.Rating <= fewStars:
			d.kind = ledger.Disliked
		default:
			return d, false
		}
	default:
		return d, false
	}
	if d.at < 0 { // before there were shops like these, and ids that tell the time
		return d, false
	}
	add := func(id crm.ProductID, sku string) {
		if key := Key(id, sku); key != "" && !slices.Contains(d.products, key) {
			d.products = append(d.products, key)
		}
	}
	add(i.ProductID, i.SKU)
	if i.Kind != crm.KindSearch && i.Kind != crm.KindViewSearchResults { // whose items were only shown
		for n := range i.Items {
			add(i.Items[n].ProductID, i.Items[n].SKU)
		}
	}
	return d, len(d.products) > 0
}

// sessions returns the baskets of what a person did on a day.
func sessions(who crm.CustomerID, day int32, list []deed) []ledger.Basket {
	slices.SortFunc(list, func(a, b deed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	list = list[:min(len(list), mostDeeds)]
	var baskets []ledger.Basket
	var now [ledger.Disliked + 1]struct {
		basket int // plus one
		last   int64
	}
	for _, d := range list {
		s := &now[d.kind]
		if s.basket == 0 || d.at-s.last >= pause.Milliseconds() {
			baskets = append(baskets, ledger.Basket{ID: string(d.id), Customer: string(who), Kind: d.kind, Time: d.at / 1000, Day: day})
			s.basket = len(baskets)
		}
		s.last = d.at
		b := &baskets[s.basket-1]
		for _, p := range d.products {
			at := slices.IndexFunc(b.Lines, func(l ledger.Line) bool { return l.Product == p })
			switch {
			case at < 0 && !d.undone:
				b.Lines = append(b.Lines, ledger.Line{Product: p, Quantity: 1})
			case at >= 0 && d.undone:
				b.Lines = slices.Delete(b.Lines, at, at+1)
			}
		}
	}
	return slices.DeleteFunc(baskets, func(b ledger.Basket) bool { return len(b.Lines) == 0 })
}

// happened returns when an interaction was, by its id; false for an id that does
// not tell.
func happened(id crm.InteractionID) (time.Time, bool) {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	text, ok := strings.CutPrefix(string(id), "int_")
	if !ok || len(text) != 26 {
		return time.Time{}, false
	}
	ms := int64(0)
	for _, c := range []byte(text[:10]) {
		at := strings.IndexByte(alphabet, c)
		if at < 0 {
			return time.Time{}, false
		}
		ms = ms<<5 | int64(at)
	}
	return time.UnixMilli(ms), true
}
