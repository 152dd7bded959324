package crm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestTwin runs shops' lives at random on a book in which customers are merged
// and un-merged all the time, and the same without it on a twin. On the way what
// is asked of the whole is what its parts add up to; and when all is un-merged in
// the end, the two books are equal, record by record.
func TestTwin(t *testing.T) {
	runs := 10_000
	if testing.Short() {
		runs = 200
	}
	const parts = 20
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for i := range runs / parts {
				if seed := uint64(part*runs/parts + i); !twins(t, seed) {
					t.Fatalf("with seed %d", seed)
				}
			}
		})
	}
}

// A life is the books of one shop, and its clock.
type life struct {
	*testing.T
	rng        *rand.Rand
	now        time.Time
	book, twin *crm.Book
	ids        []crm.CustomerID
	orders     int
	erased     []crm.CustomerID
}

func twins(t *testing.T, seed uint64) bool {
	l := &life{T: t, rng: rand.New(rand.NewPCG(seed, 1)), now: today}
	opts := &crm.Options{Rate: rates, Now: func() time.Time { return l.now }}
	var chaos uint64
	if seed%10 == 0 {
		chaos = seed + 1
	}
	l.book, l.twin = open(t, memstore.New(&memstore.Options{Chaos: chaos}), opts), open(t, memstore.New(nil), opts)
	for i := range 5 {
		id := crm.CustomerID(fmt.Sprintf("c%d", i))
		l.ids = append(l.ids, id)
		l.both(func(b *crm.Book) error {
			_, err := b.Customers.Record(l.Context(), crm.Customer{ID: id, Refs: []crm.Ref{ref(string(id))}, Version: day(1), FirstSeenAt: day(i + 1), Email: string(id) + "@example.com"})
			return err
		})
	}
	steps := []func(){l.order, l.order, l.order, l.restate, l.refund, l.source, l.merge, l.merge, l.unmerge, l.interact, l.interact, l.device, l.grant, l.trait, l.group, l.erase}
	for range 8 + l.rng.IntN(25) {
		l.now = l.now.Add(time.Minute)
		steps[l.rng.IntN(len(steps))]()
		if l.rng.IntN(3) == 0 {
			l.adds(l.one())
		}
		if t.Failed() {
			return false
		}
	}
	for _, id := range l.ids {
		if _, err := l.book.Customers.Unmerge(l.Context(), id); err != nil && !errors.Is(err, crm.ErrNotFound) {
			t.Error(err)
		}
	}
	for _, table := range tables(t, l.twin) {
		if diff := cmp.Diff(inspected(t, l.twin, table), inspected(t, l.book, table)); diff != "" {
			t.Errorf("%s of the book that merged and un-merged (-twin +book):\n%s", table, diff)
		}
	}
	return !t.Failed()
}

// tables names the tables of a book, without those that tell of the way that
// things took.
func tables(t failer, book *crm.Book) (names []string) {
	t.Helper()
	err := book.View(t.Context(), func(_ context.Context, tx *crm.Tx) error {
		list, err := store.Tables(tx.Store())
		for _, table := range list {
			switch table.Name {
			case "crm.erasures", "crm.erasure_keys": // which tell of persons
			default:
				names = append(names, table.Name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// both does the same to both books, which must answer the same.
func (l *life) both(f func(*crm.Book) error) {
	l.Helper()
	a, b := f(l.book), f(l.twin)
	if (a == nil) != (b == nil) {
		l.Errorf("the book answers %v, the twin %v", a, b)
	}
}

func (l *life) one() crm.CustomerID { return l.ids[l.rng.IntN(len(l.ids))] }

// moment is some time in the past, in any order.
func (l *life) moment() time.Time {
	return day(1 + l.rng.IntN(280)).Add(time.Duration(l.rng.IntN(1000)) * time.Second)
}

func (l *life) order() {
	id, customer, at, units, price := l.rng.IntN(l.orders+2), l.one(), l.moment(), 1+l.rng.Int64N(3), l.rng.Int64N(5000)
	currency := currencies[l.rng.IntN(len(currencies))]
	state := states[l.rng.IntN(len(states))]
	l.orders = max(l.orders, id+1)
	l.both(func(b *crm.Book) error {
		o := goods(customer, "", at, skus[id%len(skus)], units, crm.Money{Amount: price, Currency: currency})
		o.Ref, o.State = ref(fmt.Sprint(id)), state
		_, err := b.Orders.Record(l.Context(), o)
		return err
	})
}

func (l *life) restate() {
	r, state := ref(fmt.Sprint(l.rng.IntN(l.orders+1))), states[l.rng.IntN(len(states))]
	l.both(func(b *crm.Book) error {
		o, err := b.Orders.ByRef(l.Context(), r)
		if err != nil {
			return err
		}
		_, err = b.Orders.Update(l.Context(), o.ID, func(o *crm.Order) error { o.State = state; return nil })
		return err
	})
}

func (l *life) refund() {
	r := crm.Refund{Ref: ref(fmt.Sprint(l.rng.IntN(6))), CustomerID: l.one(), OccurredAt: l.moment()}
	of, sku, units := ref(fmt.Sprint(l.rng.IntN(l.orders+1))), skus[l.rng.IntN(len(skus))], 1+l.rng.Int64N(3)
	linked, amount := l.rng.IntN(2) == 0, 1+l.rng.Int64N(3000)
	l.both(func(b *crm.Book) error {
		r := r
		if linked {
			o, err := b.Orders.ByRef(l.Context(), of)
			if err != nil {
				return err
			}
			r.OrderID, r.CustomerID, r.Currency = o.ID, "", o.Currency
		}
		r.Lines = []crm.RefundLine{{SKU: sku, Quantity: units, Amount: crm.Money{Amount: amount, Currency: max(r.Currency, "GBP")}}}
		r.Currency = max(r.Currency, "GBP")
		_, err := b.Refunds.Record(l.Context(), r)
		return err
	})
}

// source is what the shop says anew of a customer, by its ref or by e-mail.
func (l *life) source() {
	id, version := l.one(), l.now.Add(-time.Duration(l.rng.IntN(100))*time.Hour)
	if slices.Contains(l.erased, id) {
		return // who comes back gets an id by chance
	}
	v := crm.Customer{Version: version, FamilyName: fmt.Sprint("name", l.rng.IntN(9)), Tags: []string{fmt.Sprint("tag", l.rng.IntN(3))}}
	if v.Email = string(id) + "@example.com"; l.rng.IntN(2) == 0 {
		v.Refs = []crm.Ref{ref(string(id))}
	}
	l.both(func(b *crm.Book) error {
		_, err := b.Customers.Record(l.Context(), v)
		return err
	})
}

// interact is something that a customer, or a visitor with a device of theirs,
// did, told early, late or twice.
func (l *life) interact() {
	v := crm.Interaction{Ref: ref(fmt.Sprint("visit", l.rng.IntN(8))), Kind: crm.KindViewItem, SKU: skus[l.rng.IntN(len(skus))], CustomerID: l.one()}
	if l.rng.IntN(2) == 0 {
		v.Device, v.CustomerID = "device of "+string(v.CustomerID), ""
	}
	v.OccurredAt = day(1 + l.rng.IntN(30))
	l.both(func(b *crm.Book) error {
		_, err := b.Interactions.Record(l.Context(), v)
		return err
	})
}

// device links or unlinks the device of a customer.
func (l *life) device() {
	id := l.one()
	i := crm.Identity{Kind: crm.IdentityDevice, Value: "device of " + string(id), Verified: true}
	link := l.rng.IntN(3) > 0
	l.both(func(b *crm.Book) error {
		if link {
			_, err := b.Identities.Link(l.Context(), id, i)
			return err
		}
		return b.Identities.Unlink(l.Context(), id, i)
	})
}

// grant is a consent; withdrawals are shared for good, so they are not here.
func (l *life) grant() {
	c := crm.Consent{CustomerID: l.one(), Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: l.moment()}
	if l.rng.IntN(3) == 0 {
		c.State = crm.ConsentPending
	}
	l.both(func(b *crm.Book) error {
		_, err := b.Consents.Record(l.Context(), c)
		return err
	})
}

// trait is what a room says of a customer, another value each time: the same
// again would write nothing, unless it has to count among what others have.
func (l *life) trait() {
	id, room, at, n := l.one(), []string{"rfm", "predict"}[l.rng.IntN(2)], l.moment(), l.now.Unix()
	l.both(func(b *crm.Book) error {
		return b.Traits.Set(l.Context(), id, room, at, map[string]crm.Value{"score": crm.Number(float64(n))})
	})
}

// group takes a customer into a household.
func (l *life) group() {
	g := crm.Group{Kind: crm.GroupHousehold, Ref: ref(fmt.Sprint("home", l.rng.IntN(2))), Name: "home", Version: l.now, Members: []crm.Member{{CustomerID: l.one()}}}
	l.both(func(b *crm.Book) error {
		_, err := b.Groups.Record(l.Context(), g)
		return err
	})
}

// erase erases a person now and then: in the twin, all that were merged into it.
func (l *life) erase() {
	if l.rng.IntN(4) > 0 || len(l.erased) > 0 {
		return
	}
	id := l.one()
	members, err := l.book.Customers.Members(l.Context(), id)
	if err != nil {
		l.Fatal(err)
	}
	if _, err := l.book.Privacy.Erase(l.Context(), id); err != nil {
		l.Error(err)
	}
	for _, m := range members {
		if _, err := l.twin.Privacy.Erase(l.Context(), m); err != nil {
			l.Error(err)
		}
	}
	l.erased = members
}

func (l *life) merge() {
	a, b := l.one(), l.one()
	p, err := l.book.Customers.PreviewMerge(l.Context(), a, b)
	if err != nil {
		l.Error(err)
		return
	}
	if l.rng.IntN(2) == 0 {
		a, b = p.Absorbed, p.Survivor
	}
	v, err := l.book.Customers.Merge(l.Context(), a, b)
	switch {
	case len(p.Blockers) > 0 && err == nil:
		l.Errorf("merged %s into %s in spite of %v", a, b, p.Blockers)
	case len(p.Blockers) == 0 && err != nil:
		l.Error(err)
	case err == nil && v.ID == p.Survivor:
		if diff := cmp.Diff(p.Customer, v); diff != "" {
			l.Errorf("merged (-preview +got):\n%s", diff)
		}
	}
}

func (l *life) unmerge() {
	id := l.one()
	members, err := l.book.Customers.Members(l.Context(), id)
	if err != nil {
		l.Error(err)
		return
	}
	_, err = l.book.Customers.Unmerge(l.Context(), id)
	if (err == nil) != (members[0] != id) {
		l.Errorf("un-merged %s of %v: %v", id, members, err)
	}
}

// adds checks that what is told of the person whom an id is of is what the
// records of all their ids add up to.
func (l *life) adds(id crm.CustomerID) {
	ctx := l.Context()
	members, err := l.book.Customers.Members(ctx, id)
	if err != nil {
		l.Fatal(err)
	}
	var orders []*crm.Order
	for _, o := range all(l, l.book.Orders.List(ctx, crm.OrderQuery{})) {
		if slices.Contains(members, o.CustomerID) {
			o.CustomerID = id
			orders = append(orders, o)
		}
	}
	everything := all(l, l.book.Orders.List(ctx, crm.OrderQuery{}))
	var refunds []*crm.Refund
	for _, r := range all(l, l.book.Refunds.List(ctx, crm.RefundQuery{})) {
		if slices.Contains(members, r.CustomerID) {
			r.CustomerID = id
			refunds = append(refunds, r)
		}
	}
	for _, o := range everything {
		if !slices.Contains(members, o.CustomerID) {
			orders = append(orders, o) // a refund may be of somebody else's order
		}
	}
	got, err := l.book.Customers.Aggregates(ctx, id)
	if err != nil {
		l.Fatal(err)
	}
	if diff := cmp.Diff(naive(l.book.Currency(), id, orders, refunds), got); diff != "" {
		l.Errorf("aggregates of %v (-want +got):\n%s", members, diff)
	}
	// The timeline of the whole is what the twin tells of its parts.
	var want []string
	for _, m := range members {
		for _, e := range all(l, l.twin.Timeline.List(ctx, m, crm.TimelineQuery{})) {
			want = append(want, fmt.Sprint(e.At.UnixMilli(), " ", e.Kind, " ", e.CustomerID))
		}
	}
	var told []string
	story := all(l, l.book.Timeline.List(ctx, id, crm.TimelineQuery{}))
	if !slices.IsSortedFunc(story, func(a, b *crm.Entry) int { return b.At.Compare(a.At) }) {
		l.Errorf("the timeline of %v is out of order", members)
	}
	for _, e := range story {
		told = append(told, fmt.Sprint(e.At.UnixMilli(), " ", e.Kind, " ", e.CustomerID))
	}
	slices.Sort(want)
	slices.Sort(told)
	if diff := cmp.Diff(want, told); diff != "" {
		l.Errorf("timeline of %v (-parts +whole):\n%s", members, diff)
	}
}
