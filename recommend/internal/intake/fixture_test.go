package intake_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A clock goes on when it is told to.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func day(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }

func eur(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }

// open opens a new book in euros.
func open(t testing.TB, c *clock) *crm.Book {
	t.Helper()
	st := memstore.New(nil)
	t.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Currency: "EUR", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// must returns what a call made, which must not fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// options have a calendar that is not that of UTC.
var options = intake.Options{Location: time.FixedZone("east", 9*3600), Pairs: 10}

func scan(t testing.TB, book *crm.Book) *intake.Keeper {
	t.Helper()
	return must(intake.Scan(t.Context(), book, options, nil))(t)
}

// bytesOf returns the ledger of a keeper as bytes, and its pairs behind it.
func bytesOf(k *intake.Keeper) (out string) {
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) { out = string(k.Pairs().AppendBinary(l.AppendBinary(nil))) })
	return out
}

// tell returns all baskets of somebody as text, without what is by chance.
func tell(k *intake.Keeper, who crm.CustomerID, kinds ...ledger.Kind) (out []string) {
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		for _, b := range l.Baskets(string(who), kinds...) {
			var s strings.Builder
			s.WriteString(fmt.Sprintf("%d:", b.Kind))
			for _, n := range b.Lines {
				s.WriteString(fmt.Sprintf(" %d %s", n.Quantity, n.Product))
			}
			out = append(out, s.String())
		}
	})
	return out
}

// since returns the events after a cursor.
func since(t testing.TB, book *crm.Book, after store.Cursor) (list []*crm.Event) {
	t.Helper()
	for e, err := range book.Events.List(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

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

var devices = []string{"d1", "d2", "d3", "d4"}

func newLife(t testing.TB, seed uint64) *life {
	c := &clock{day(1)}
	l := &life{Rand: rand.New(rand.NewPCG(seed, 7)), TB: t, book: open(t, c), clock: c}
	for n := range 3 {
		_, err := l.book.Products.Create(t.Context(), crm.Product{ID: crm.ProductID(fmt.Sprint("p", n)), Title: "Cup", Variants: []crm.Variant{{SKU: fmt.Sprint("s", n)}}})
		fine(t, err)
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

// when is a time before now, and often the same or a little later.
func (l *life) when() time.Time {
	return l.clock.Truncate(time.Hour).Add(-time.Duration(l.IntN(8))*12*time.Hour - time.Duration(l.IntN(4))*10*time.Minute)
}

func (l *life) come() {
	id := crm.CustomerID(l.name("c"))
	_, err := l.book.Customers.Create(l.Context(), crm.Customer{ID: id, GivenName: "Ada"})
	l.fine(err)
	l.ids = append(l.ids, id)
}

func (l *life) items(currency crm.Currency) (list []crm.Item) {
	for range l.IntN(4) {
		it := crm.Item{SKU: pick(l, "s0", "s1", "s2", "none"), Title: pick(l, "A thing", "Postage"), Quantity: l.Int64N(5) - 1, Price: crm.Money{Amount: l.Int64N(5000), Currency: currency}}
		it.Kind = pick(l, crm.ItemProduct, crm.ItemProduct, crm.ItemProduct, crm.ItemFee)
		list = append(list, it)
	}
	return list
}

func (l *life) order() {
	o := crm.Order{
		ID: crm.OrderID(l.name("o")), CustomerID: pick(l, l.anybody(), l.anybody(), l.anybody(), ""), OccurredAt: l.when(), Kind: pick(l, crm.KindSale, crm.KindSale, crm.KindSale, crm.KindSale, crm.KindAdjustment, crm.KindWriteOff),
		State: pick(l, crm.StatePlaced, crm.StatePaid, crm.StatePaid, crm.StateDraft, crm.StateCanceled, crm.StateExpired, crm.StateDelivered),
		Tags:  pick(l, nil, nil, []string{"Gift"}), Items: l.items("EUR"),
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
		switch l.IntN(6) {
		case 0:
			o.CustomerID = to
		case 1:
			o.Tags = pick(l, nil, []string{"gift"})
		case 2:
			o.Items, o.Total = l.items(o.Currency), crm.Money{}
		case 3:
			o.OccurredAt = l.when()
		default:
			o.State = pick(l, crm.StatePaid, crm.StateCanceled, crm.StateDraft)
		}
		return nil
	})
	l.fine(err)
}

func (l *life) refund() {
	r := crm.Refund{ID: crm.RefundID(l.name("r")), OccurredAt: l.when(), Currency: "EUR", Amount: eur(1 + l.Int64N(9000))}
	if len(l.orders) > 0 && l.IntN(4) > 0 {
		r.OrderID = pick(l, l.orders...)
	} else {
		r.CustomerID = l.anybody()
	}
	if l.IntN(4) == 0 {
		r.CustomerID = l.anybody()
	}
	if l.IntN(3) > 0 {
		r.Lines = []crm.RefundLine{{SKU: pick(l, "s0", "s1", "none"), Quantity: l.Int64N(3), Amount: eur(50)}}
		if len(l.orders) > 0 && l.IntN(2) == 0 {
			r.Lines = append(r.Lines, crm.RefundLine{OrderID: pick(l, l.orders...), SKU: "s1", Quantity: 1, Amount: eur(50)})
		}
	}
	_, err := l.book.Refunds.Record(l.Context(), r)
	l.fine(err)
	if err == nil {
		l.refunds = append(l.refunds, r)
	}
}

// regive gives a refund to somebody else, or another amount.
func (l *life) regive() {
	if len(l.refunds) == 0 {
		return
	}
	r := pick(l, l.refunds...)
	if l.IntN(2) == 0 {
		r.CustomerID = l.anybody()
	} else {
		r.Amount = eur(1 + l.Int64N(9000))
	}
	_, err := l.book.Refunds.Record(l.Context(), r)
	l.fine(err)
}

func (l *life) interaction() {
	i := crm.Interaction{
		Kind:       pick(l, crm.KindViewItem, crm.KindViewItem, crm.KindSelectItem, crm.KindAddToCart, crm.KindRemoveFromCart, crm.KindAddToWishlist, crm.KindSearch, crm.KindViewItemList, crm.KindReview, crm.KindPageView),
		OccurredAt: l.when(), SKU: pick(l, "s0", "s1", "s2", "other", ""), Rating: l.IntN(6),
	}
	if i.Kind != crm.KindReview {
		i.Rating = 0
	}
	if l.IntN(3) == 0 {
		i.Items = []crm.InteractionItem{{SKU: "s1", List: pick(l, "", "search_results")}, {SKU: "other"}}
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
		i.Kind, i.Rating = pick(l, crm.KindReview, crm.KindViewItem, crm.KindPageView), 1+l.IntN(5)
		return nil
	})
	l.fine(err)
}

func (l *life) identify() {
	device := crm.Identity{Kind: crm.IdentityDevice, Value: pick(l, devices...)}
	if l.IntN(4) == 0 {
		l.fine(l.book.Identities.Unlink(l.Context(), l.anybody(), device))
		return
	}
	_, err := l.book.Identities.Link(l.Context(), l.anybody(), device)
	l.fine(err)
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
	switch l.IntN(6) {
	case 0:
		_, err := l.book.Privacy.Erase(l.Context(), l.anybody())
		l.fine(err)
		l.come()
	case 1:
		_, err := l.book.Privacy.Erase(l.Context(), l.book.Consents.Visitor(pick(l, devices...)))
		l.fine(err)
	}
}

func (l *life) consent() {
	c := crm.Consent{CustomerID: l.anybody(), OccurredAt: l.when(), Purpose: pick(l, crm.PurposeProfiling, crm.PurposeProfiling, crm.PurposeMarketing), State: pick(l, crm.ConsentGranted, crm.ConsentWithdrawn, crm.ConsentDenied)}
	if l.IntN(3) == 0 {
		c.CustomerID = l.book.Consents.Visitor(pick(l, devices...))
	}
	_, err := l.book.Consents.Record(l.Context(), c)
	l.fine(err)
}

func (l *life) product() {
	_, err := l.book.Products.Update(l.Context(), crm.ProductID(pick(l, "p0", "p1")), func(p *crm.Product) error {
		p.Title, p.Brand = l.name("Cup "), pick(l, "", "North")
		p.Variants[0].Tracked, p.Variants[0].Stock = l.IntN(2) == 0, l.Int64N(2)
		if l.IntN(3) == 0 { // what was sold before the catalog had it comes, moves, and goes
			p.Variants = append(p.Variants[:1], pick(l, nil, nil, []crm.Variant{{SKU: pick(l, "none", "other")}})...)
		}
		return nil
	})
	l.fine(err)
	if l.IntN(8) == 0 {
		_, err := l.book.Products.Create(l.Context(), crm.Product{Title: "Pot", Variants: []crm.Variant{{SKU: pick(l, "none", "other")}}})
		l.fine(err)
	}
}

// step does something.
func (l *life) step() {
	l.clock.Time = l.clock.Add(time.Duration(l.IntN(10)) * time.Minute)
	if l.IntN(40) == 0 {
		l.clock.Time = l.clock.Add(24 * time.Hour)
	}
	steps := []func(){l.order, l.order, l.order, l.order, l.interaction, l.interaction, l.interaction, l.interaction, l.interaction, l.reorder, l.reorder, l.refund, l.refund, l.regive, l.rethink, l.identify, l.merge, l.consent, l.product, l.erase}
	if len(l.ids) < 8 {
		steps = append(steps, l.come)
	}
	pick(l, steps...)()
}
