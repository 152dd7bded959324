package intake_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A life is a book in which anything happens, by chance.
type life struct {
	*rand.Rand
	testing.TB
	book    *crm.Book
	clock   *clock
	ids     []crm.CustomerID
	orders  []crm.OrderID
	seen    []crm.InteractionID
	refunds []crm.Refund
	n       int
}

var devices = []string{"d1", "d2", "d3", "d4", "d5"}

func newLife(t testing.TB, seed uint64) *life {
	c := &clock{day(1)}
	l := &life{Rand: rand.New(rand.NewPCG(seed, 7)), TB: t, book: open(t, c), clock: c}
	if err := l.book.Customers.Declare(t.Context(),
		crm.Attribute{Name: "size", Type: crm.TypeNumber}, crm.Attribute{Name: "fee", Type: crm.TypeMoney}, crm.Attribute{Name: "joined", Type: crm.TypeTime},
		crm.Attribute{Name: "likes", Type: crm.TypeWords}, crm.Attribute{Name: "vip", Type: crm.TypeBool}, crm.Attribute{Name: "rfm_group", Type: crm.TypeText},
	); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if _, err := l.book.Products.Create(t.Context(), crm.Product{ID: crm.ProductID(fmt.Sprint("p", n)), Title: "Cup", Variants: []crm.Variant{{SKU: fmt.Sprint("s", n)}}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		l.come()
	}
	return l
}

// fine ends the test at any error but those of what cannot be done to somebody.
func (l *life) fine(err error) {
	l.Helper()
	for _, known := range []error{nil, crm.ErrNotFound, crm.ErrErased, crm.ErrExists, crm.ErrInvalid} {
		if errors.Is(err, known) {
			return
		}
	}
	l.Fatal(err)
}

func pick[T any](l *life, list ...T) T { return list[l.IntN(len(list))] }

func (l *life) anybody() crm.CustomerID { return pick(l, l.ids...) }

func (l *life) name(prefix string) string {
	l.n++
	return fmt.Sprint(prefix, l.n)
}

// when is a time before now, and often the same.
func (l *life) when() time.Time {
	return l.clock.Truncate(time.Hour).Add(-time.Duration(l.IntN(20)) * 12 * time.Hour)
}

func (l *life) come() {
	id := crm.CustomerID(l.name("c"))
	v := crm.Customer{ID: id, GivenName: "Ada", Tags: []string{pick(l, "vip", "new")}, Account: l.IntN(2) == 0}
	if l.IntN(2) == 0 {
		v.Email, v.Refs = string(id)+"@Example.com", []crm.Ref{{Source: pick(l, "shop", "till"), ID: string(id)}}
	}
	if l.IntN(2) == 0 {
		v.Addresses = []crm.Address{{City: "New York City", Region: "NY", Country: "US"}, {City: "Bath", Country: "gb"}}
	}
	_, err := l.book.Customers.Create(l.Context(), v)
	l.fine(err)
	l.ids = append(l.ids, id)
}

func (l *life) order() {
	o := crm.Order{
		ID: crm.OrderID(l.name("o")), CustomerID: l.anybody(), OccurredAt: l.when(), Kind: pick(l, crm.KindSale, crm.KindSale, crm.KindSale, crm.KindAdjustment, crm.KindWriteOff),
		State:    pick(l, crm.StatePlaced, crm.StatePaid, crm.StateDraft, crm.StateCanceled, crm.StateExpired, crm.StateDelivered),
		Currency: pick[crm.Currency](l, "EUR", "EUR", "USD", "SEK"), Channel: pick[crm.Channel](l, "", "web"), Coupons: pick(l, nil, []string{"TEN"}), Tags: pick(l, nil, []string{"gift"}),
		Delivery: crm.Address{Country: pick(l, "US", "GB")},
	}
	for range l.IntN(3) {
		it := crm.Item{SKU: pick(l, "s0", "s1", "none"), Title: "A thing", Quantity: l.Int64N(4), Price: crm.Money{Amount: l.Int64N(5000), Currency: o.Currency}}
		it.Kind = pick(l, crm.ItemProduct, crm.ItemProduct, crm.ItemFee, crm.ItemDiscount)
		o.Items = append(o.Items, it)
	}
	if _, err := l.book.Orders.Record(l.Context(), o); err == nil {
		l.orders = append(l.orders, o.ID)
	} else {
		l.fine(err)
	}
}

func (l *life) reorder() {
	if len(l.orders) == 0 {
		return
	}
	to := l.anybody()
	_, err := l.book.Orders.Update(l.Context(), pick(l, l.orders...), func(o *crm.Order) error {
		switch l.IntN(4) {
		case 0:
			o.CustomerID = to
		case 1:
			o.Channel = pick[crm.Channel](l, "app", "store")
		default:
			o.State = pick(l, crm.StatePaid, crm.StateCanceled, crm.StateDraft)
		}
		return nil
	})
	l.fine(err)
}

func (l *life) refund() {
	r := crm.Refund{ID: crm.RefundID(l.name("r")), OccurredAt: l.when(), Currency: "EUR", Amount: eur(1 + l.Int64N(900))}
	if l.IntN(3) == 0 {
		r.Currency, r.Amount = "SEK", crm.Money{Amount: 100, Currency: "SEK"}
	}
	if len(l.orders) > 0 && l.IntN(4) > 0 {
		r.OrderID = pick(l, l.orders...)
	} else {
		r.CustomerID = l.anybody()
	}
	if l.IntN(3) == 0 {
		r.CustomerID = l.anybody()
	}
	if len(l.orders) > 0 && l.IntN(2) == 0 {
		r.Lines = []crm.RefundLine{{OrderID: pick(l, l.orders...), SKU: "s1", Quantity: 1, Amount: crm.Money{Amount: 50, Currency: r.Currency}}}
	}
	_, err := l.book.Refunds.Record(l.Context(), r)
	l.fine(err)
	if err == nil {
		l.refunds = append(l.refunds, r)
	}
}

// regive gives a refund to somebody else.
func (l *life) regive() {
	if len(l.refunds) == 0 {
		return
	}
	r := pick(l, l.refunds...)
	r.CustomerID = l.anybody()
	_, err := l.book.Refunds.Record(l.Context(), r)
	l.fine(err)
}

func (l *life) interaction() {
	i := crm.Interaction{
		Kind: pick(l, crm.KindViewItem, crm.KindBeginCheckout, crm.KindMessageOpened), Channel: "web", OccurredAt: l.when(), SKU: pick(l, "s0", "s2", ""),
		Value: pick(l, crm.Money{}, eur(5), usd(100), crm.Money{Amount: 7, Currency: "SEK"}),
	}
	if l.IntN(3) == 0 {
		i.Items = []crm.InteractionItem{{SKU: "s1"}, {SKU: "other"}}
	}
	if l.IntN(3) == 0 {
		i.Properties = map[string]crm.Value{"color": crm.Text("red"), "depth": crm.Number(0.5), "worth": crm.Amount(usd(10)), "words": crm.Words("a", "b")}
	}
	if l.IntN(2) == 0 {
		i.CustomerID = l.anybody()
	} else {
		i.Device = pick(l, devices...)
	}
	v, err := l.book.Interactions.Record(l.Context(), i)
	l.fine(err)
	if err == nil {
		l.seen = append(l.seen, v.ID)
	}
}

func (l *life) rethink() {
	if len(l.seen) == 0 {
		return
	}
	id := pick(l, l.seen...)
	if l.IntN(2) == 0 {
		l.fine(l.book.Interactions.Delete(l.Context(), id))
		return
	}
	_, err := l.book.Interactions.Update(l.Context(), id, func(i *crm.Interaction) error {
		i.Kind, i.Rating = pick(l, crm.KindReview, crm.KindViewItem), 1+l.IntN(5)
		return nil
	})
	l.fine(err)
}

func (l *life) identify() {
	device := crm.Identity{Kind: crm.IdentityDevice, Value: pick(l, devices...)}
	switch l.IntN(6) {
	case 0:
		l.fine(l.book.Identities.Unlink(l.Context(), l.anybody(), device))
	case 4:
		id := l.anybody()
		list, err := l.book.Identities.List(l.Context(), id)
		l.fine(err)
		if len(list) > 0 {
			l.fine(l.book.Identities.Unlink(l.Context(), id, pick(l, list...)))
		}
	case 5:
		id := l.anybody()
		_, err := l.book.Identities.Link(l.Context(), id, crm.Identity{Kind: crm.IdentityExternal, Source: pick(l, "app", "till"), Value: "x" + string(id), Verified: true})
		l.fine(err)
	case 1:
		_, err := l.book.Identities.Link(l.Context(), l.anybody(), crm.Identity{Kind: pick(l, crm.IdentityEmail, crm.IdentityPhone), Value: pick(l, "ada@example.org", "+4915112345678"), Verified: true})
		l.fine(err)
	default:
		_, err := l.book.Identities.Link(l.Context(), l.anybody(), device)
		l.fine(err)
	}
}

func (l *life) merge() {
	if l.IntN(2) == 0 {
		_, err := l.book.Customers.Unmerge(l.Context(), l.anybody())
		l.fine(err)
		return
	}
	_, err := l.book.Customers.Merge(l.Context(), l.anybody(), l.anybody())
	l.fine(err)
}

func (l *life) erase() {
	if l.IntN(4) == 0 {
		_, err := l.book.Privacy.Erase(l.Context(), l.anybody())
		l.fine(err)
		l.come()
	}
}

func (l *life) change() {
	_, err := l.book.Customers.Update(l.Context(), l.anybody(), func(v *crm.Customer) error {
		switch l.IntN(8) {
		case 0:
			v.Tags = pick(l, nil, []string{"vip", "Loud"})
		case 1:
			v.Attributes = pick(l, nil, map[string]crm.Value{
				"size": crm.Number(42), "fee": crm.Amount(pick(l, eur(100), usd(5))), "joined": crm.Moment(day(3)), "likes": crm.Words("tea", "cake"), "vip": crm.Bool(true), "rfm_group": crm.Text("own"),
			})
		case 2:
			v.Addresses = nil
		case 3:
			v.Birthday = pick(l, "", "1990-05-01", "--02-29")
		case 4:
			v.Email = ""
		case 5:
			v.Locale, v.TimeZone = pick(l, "", "de_AT"), "Europe/Vienna"
		case 6:
			v.Note = l.name("note")
		case 7:
			v.Phone = pick(l, "", "+442071234567")
		}
		return nil
	})
	l.fine(err)
}

func (l *life) consent() {
	c := crm.Consent{CustomerID: l.anybody(), OccurredAt: l.when(), Channel: pick[crm.Channel](l, "email", "sms", "", "store"), Purpose: pick(l, crm.PurposeMarketing, crm.PurposeMarketing, crm.PurposeAnalytics, crm.PurposeProfiling), State: pick(l, crm.ConsentGranted, crm.ConsentGranted, crm.ConsentPending, crm.ConsentWithdrawn, crm.ConsentDenied)}
	if c.State == crm.ConsentGranted && l.IntN(3) == 0 {
		c.ExpiresAt = c.OccurredAt.Add(time.Duration(1+l.IntN(400)) * time.Hour)
	}
	if l.IntN(3) == 0 {
		c.CustomerID = l.book.Consents.Visitor(pick(l, devices...))
	}
	_, err := l.book.Consents.Record(l.Context(), c)
	l.fine(err)
}

func (l *life) trait() {
	id := l.anybody()
	if l.IntN(4) == 0 {
		id = l.book.Consents.Visitor(pick(l, devices...))
	}
	switch l.IntN(4) {
	case 0:
		l.fine(l.book.Traits.Clear(l.Context(), id, pick(l, "rfm", "predict", crm.Stated)))
	case 1:
		l.fine(l.book.Traits.State(l.Context(), id, map[string]crm.Value{pick(l, "color", "store"): pick(l, crm.Text("red"), crm.Text("blue"), crm.Value{})}, "form", l.when()))
	case 2:
		l.fine(l.book.Traits.Set(l.Context(), id, "predict", l.when(), map[string]crm.Value{"spend_tier": crm.Text(pick(l, "high", "low"))}))
	case 3:
		l.fine(l.book.Traits.Set(l.Context(), id, "rfm", l.when(), pick(l, map[string]crm.Value{"group": crm.Text("loyal")}, map[string]crm.Value{"recency": crm.Number(3)})))
	}
}

func (l *life) group() {
	id := crm.GroupID(pick(l, "g1", "g2"))
	switch l.IntN(5) {
	case 0:
		l.fine(l.book.Groups.Delete(l.Context(), id))
	default:
		g := crm.Group{ID: id, Kind: pick(l, crm.GroupCompany, crm.GroupHousehold), Ref: pick(l, crm.Ref{}, crm.Ref{Source: "shop", ID: string(id) + "7"})}
		for _, c := range l.ids {
			if l.IntN(3) == 0 {
				g.Members = append(g.Members, crm.Member{CustomerID: c})
			}
		}
		_, err := l.book.Groups.Record(l.Context(), g)
		l.fine(err)
	}
}

func (l *life) product() {
	_, err := l.book.Products.Update(l.Context(), crm.ProductID(pick(l, "p0", "p1")), func(p *crm.Product) error {
		p.Title, p.Categories = l.name("Cup "), pick(l, nil, []string{"Home > Kitchen"})
		return nil
	})
	l.fine(err)
}

// step does something.
func (l *life) step() {
	l.clock.Time = l.clock.Add(time.Duration(l.IntN(10)) * time.Minute)
	switch l.IntN(40) {
	case 0:
		l.clock.Time = l.clock.Add(24 * time.Hour)
	case 1:
		l.clock.Time = l.clock.Add(-2 * time.Hour) // somebody set it right
	}
	steps := []func(){l.order, l.order, l.order, l.interaction, l.interaction, l.interaction, l.interaction, l.reorder, l.refund, l.regive, l.rethink, l.identify, l.merge, l.change, l.consent, l.trait, l.group, l.product, l.erase}
	if len(l.ids) < 12 {
		steps = append(steps, l.come)
	}
	pick(l, steps...)()
}
