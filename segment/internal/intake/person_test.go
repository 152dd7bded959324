package intake_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
)

// A mirror is a source of traits that must not be asked: it would ask itself.
type mirror struct{ testing.TB }

func (mirror) Room() string { return "segment" }

func (m mirror) Traits(context.Context, *crm.Tx, []crm.CustomerID) ([]crm.Trait, error) {
	m.Error("a source of traits is asked")
	return nil, nil
}

func TestPerson(t *testing.T) {
	c := &clock{day(20)}
	book := open(t, c)
	ctx := t.Context()
	must(0, book.RegisterTraits(mirror{t}))(t)
	must(0, book.Customers.Declare(ctx, crm.Attribute{Name: "size", Type: crm.TypeNumber}, crm.Attribute{Name: "fee", Type: crm.TypeMoney}, crm.Attribute{Name: "product_subscription_status", Type: crm.TypeText}))(t)
	must(book.Products.Create(ctx, crm.Product{ID: "cup", Variants: []crm.Variant{{SKU: "cup-1"}}}))(t)
	must(book.Customers.Create(ctx, crm.Customer{
		ID: "ada", Refs: []crm.Ref{{Source: "shop", ID: "7"}}, Account: true, Email: "Ada@Example.COM", Locale: "en_GB", TimeZone: "Europe/London",
		Birthday: "--02-29", Tags: []string{"vip"}, FirstSeenAt: day(2),
		Addresses:  []crm.Address{{City: "New York City", Region: "NY", Country: "us"}, {City: "Albany", Region: "US-NY", Country: "US"}, {City: "Bath", Country: "GB"}, {City: "Nowhere"}},
		Attributes: map[string]crm.Value{"size": crm.Number(42), "fee": crm.Amount(usd(1)), "product_subscription_status": crm.Text("SUBSCRIBED")},
	}))(t)
	must(book.Customers.Create(ctx, crm.Customer{ID: "guest", Refs: []crm.Ref{{Source: "till", ID: "9"}}, Tags: []string{"guest"}, FirstSeenAt: day(1)}))(t)
	must(book.Customers.Merge(ctx, "guest", "ada"))(t)
	must(book.Identities.Link(ctx, "ada", crm.Identity{Kind: crm.IdentityPhone, Value: "+442071234567", Verified: true}))(t)
	must(book.Identities.Link(ctx, "guest", crm.Identity{Kind: crm.IdentityDevice, Value: "browser"}))(t)
	must(book.Groups.Create(ctx, crm.Group{ID: "acme", Kind: crm.GroupCompany, Ref: crm.Ref{Source: "shop", ID: "77"}, Members: []crm.Member{{CustomerID: "guest"}}}))(t)
	for _, v := range []crm.Consent{
		{CustomerID: "ada", Channel: "email", Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: day(3), ExpiresAt: day(40)},
		{CustomerID: "ada", Channel: "sms", Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: day(3), ExpiresAt: day(4)},
		{CustomerID: "ada", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied, OccurredAt: day(3)},
	} {
		must(book.Consents.Record(ctx, v))(t)
	}
	must(0, book.Traits.Set(ctx, "guest", "rfm", day(3), map[string]crm.Value{"group": crm.Text("loyal"), "worth": crm.Amount(usd(100))}))(t)
	must(0, book.Traits.Set(ctx, "ada", "predict", day(3), map[string]crm.Value{"spend_tier": crm.Text("high")}))(t)
	must(0, book.Traits.State(ctx, "ada", map[string]crm.Value{"colors": crm.Words("red", "blue")}, "form", day(3)))(t)
	must(book.Orders.Record(ctx, crm.Order{
		ID: "o1", Ref: crm.Ref{Source: "shop", ID: "o1"}, CustomerID: "ada", OccurredAt: day(4), Currency: "USD", Channel: "web", Discount: usd(100), Shipping: usd(500),
		Coupons: []string{"TEN"}, Tags: []string{"gift"}, Billing: crm.Address{Country: "gb"},
		Items: []crm.Item{
			{SKU: "cup-1", Title: "Cup", Quantity: 2, Price: usd(1000), Discount: usd(200)},
			{Title: "Unpriced by one", Quantity: 3, Total: usd(900)},
			{Kind: crm.ItemFee, Title: "Wrapping", Quantity: 1, Total: usd(50)},
			{Kind: crm.ItemDiscount, Quantity: 1, Total: usd(-300)},
		},
	}))(t)
	must(book.Orders.Record(ctx, crm.Order{ID: "o2", CustomerID: "guest", OccurredAt: day(5), State: crm.StateCanceled, Delivery: crm.Address{Country: "DE"}, Billing: crm.Address{Country: "FR"}, Items: []crm.Item{{SKU: "x", Quantity: 1, Price: eur(100)}}}))(t)
	must(book.Orders.Record(ctx, crm.Order{ID: "o3", CustomerID: "guest", OccurredAt: day(6), Currency: "SEK", State: crm.StatePaid, Total: crm.Money{Amount: 5, Currency: "SEK"}}))(t)
	must(book.Orders.Record(ctx, crm.Order{ID: "o4", Kind: crm.KindAdjustment, CustomerID: "ada", OccurredAt: day(7), Total: eur(-77)}))(t)
	for n, o := range []crm.Order{{State: crm.StateDraft}, {Kind: crm.KindWriteOff}, {Kind: crm.KindAdjustment, State: crm.StateCanceled}} {
		o.ID, o.CustomerID, o.OccurredAt, o.Total = crm.OrderID(fmt.Sprint("none", n)), "ada", day(8), eur(1)
		must(book.Orders.Record(ctx, o))(t)
	}
	for n, r := range []crm.Refund{{OrderID: "o1", Amount: usd(100)}, {OrderID: "o2", Amount: eur(100)}, {CustomerID: "guest", Amount: crm.Money{Amount: 5, Currency: "SEK"}}} {
		r.ID, r.OccurredAt = crm.RefundID(fmt.Sprint("r", n)), day(9+n)
		must(book.Refunds.Record(ctx, r))(t)
	}
	must(book.Interactions.Record(ctx, crm.Interaction{
		Ref: crm.Ref{Source: "ga", ID: "1"}, Device: "browser", Kind: crm.KindViewItem, Channel: "web", SKU: "cup-1", Value: usd(1000), OccurredAt: day(1),
		Items:      []crm.InteractionItem{{SKU: "cup-1"}, {SKU: "other"}},
		Properties: map[string]crm.Value{"list": crm.Text("home"), "worth": crm.Amount(usd(10)), "lost": crm.Amount(crm.Money{Amount: 1, Currency: "SEK"})},
	}))(t)
	must(book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", Kind: crm.KindRating, Rating: 4, OccurredAt: day(2)}))(t)

	ms := func(t time.Time) int64 { return t.UnixMilli() }
	text := func(name, v string) column.Value { return column.Value{Name: name, Type: rule.IsText, Text: v} }
	list := func(name string, v ...string) column.Value {
		return column.Value{Name: name, Type: rule.IsList, List: v}
	}
	want := &column.Person{
		ID: "ada",
		Values: []column.Value{
			{Name: "attributes.size", Type: rule.IsNumber, Number: 42},
			text("attributes.product_subscription_status", "SUBSCRIBED"), text("product_subscription_status", "SUBSCRIBED"),
			{Name: "birthday", Type: rule.IsDate, Int: ms(time.Date(0, 2, 29, 0, 0, 0, 0, time.UTC))},
			list("companies", "acme", "77"),
			text("consents.email.marketing", "granted"), text("consents.profiling", "denied"),
			{Name: "consents.ended", Type: rule.IsDate, Int: ms(day(4))},
			{Name: "consents.ends", Type: rule.IsDate, Int: ms(day(40))},
			text("created_by_app_id", "shop"), list("sources", "shop", "till"),
			text("customer_account_status", "ENABLED"), {Name: "customer_added_date", Type: rule.IsDate, Int: ms(day(1))},
			list("customer_cities", "US-NY-NewYorkCity", "US-NY-Albany", "GB-Bath", "Nowhere"),
			list("customer_countries", "US", "GB"), list("customer_regions", "US-NY"),
			text("customer_email_domain", "example.com"), text("customer_language", "en-GB"), list("customer_tags", "guest", "vip"),
			text("email_subscription_status", "SUBSCRIBED"), text("sms_subscription_status", "NOT_SUBSCRIBED"),
			{Name: "has_email", Type: rule.IsBool, Int: 1}, {Name: "has_phone", Type: rule.IsBool, Int: 1},
			text("predicted_spend_tier", "HIGH"), list("stated.colors", "red", "blue"), text("time_zone", "Europe/London"),
			text("traits.predict.spend_tier", "high"), {Name: "traits.rfm.worth", Type: rule.IsMoney, Int: 90},
		},
		Orders: []column.Order{
			{
				Time: ms(day(4)), Amount: 2565, Discount: 540, Channel: "web", State: "placed", Source: "shop", Country: "GB", Coupons: []string{"TEN"}, Tags: []string{"gift"},
				Items: []column.Item{{Product: "cup", SKU: "cup-1", Quantity: 2, Amount: 1620, Price: 900, Discount: 180}, {Title: "Unpriced by one", Quantity: 3, Amount: 810, Price: 270}},
			},
			{Time: ms(day(6)), Unpriced: true, State: "paid"},
			{Time: ms(day(5)), Role: column.Canceled, Amount: 100, State: "canceled", Country: "DE", Items: []column.Item{{Quantity: 1}}},
			{Time: ms(day(7)), Role: column.Adjustment, Amount: -77},
		},
		Refunds: []column.Refund{{Time: ms(day(9)), Amount: 90}, {Time: ms(day(11)), Amount: column.Lacking}},
		Interactions: []column.Interaction{
			{
				Time: ms(day(1)), Kind: "view_item", Channel: "web", Direction: "inbound", Source: "ga", Products: []string{"cup"}, SKUs: []string{"cup-1", "other"}, Value: 900,
				Properties: []column.Value{text("properties.list", "home"), {Name: "properties.worth", Type: rule.IsMoney, Int: 9}},
			},
			{Time: ms(day(2)), Kind: "rating", Direction: "inbound", Rating: 4},
		},
	}
	for _, id := range []crm.CustomerID{"ada", "guest", book.Consents.Visitor("browser")} {
		got, err := person(t, book, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(clean(want), clean(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for _, id := range []crm.CustomerID{"nobody", book.Consents.Visitor("another browser")} {
		if _, err := person(t, book, id); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%s: got %v", id, err)
		}
	}
	must(book.Privacy.Erase(ctx, "guest"))(t)
	if _, err := person(t, book, "ada"); !errors.Is(err, crm.ErrErased) {
		t.Errorf("erased: got %v", err)
	}
}

// What follows from a person equals what the book adds up.
func TestAggregates(t *testing.T) {
	for seed := range evaltest.Cases(uint64(12)) {
		l := newLife(t, 1000+seed)
		for range 200 {
			l.step()
		}
		base, _ := scan(t, l.book)
		for v, err := range l.book.Customers.List(t.Context(), crm.CustomerQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			a := must(l.book.Customers.Aggregates(t.Context(), v.ID))(t)
			want := sums{
				a.Orders, a.Units, a.Canceled, a.Refunds, a.Unconverted, a.Base.Spent.Amount, a.Base.Refunded.Amount, stamp(a.FirstOrderAt), stamp(a.LastOrderAt),
				a.Base.Net().Amount, a.Base.Refunded.Amount, a.Units, stamp(a.FirstOrderAt), stamp(a.LastOrderAt),
			}
			p := must(person(t, l.book, v.ID))(t)
			if diff := gocmp.Diff(want, sumsOf(base, p)); diff != "" {
				t.Errorf("seed %d, %s (-book +person):\n%s", seed, v.ID, diff)
			}
		}
	}
}

// sums are what facts add up to, and what the columns keep of that.
type sums struct {
	Orders            int
	Units             int64
	Canceled          int
	Refunds           int
	Unconverted       int
	Spent, Refunded   int64
	First, Last       int64
	KeptSpent         int64
	KeptRefunded      int64
	KeptUnits         int64
	KeptFirst, KeptTo int64
}

func stamp(t time.Time) int64 {
	if t.IsZero() {
		return column.Lacking
	}
	return t.UnixMilli()
}

func sumsOf(base *column.Base, p *column.Person) sums {
	s := sums{First: column.Lacking, Last: column.Lacking}
	for _, o := range p.Orders {
		if o.Role == column.Canceled {
			s.Canceled++
			continue
		}
		if o.Unpriced {
			s.Unconverted++
		} else {
			s.Spent += o.Amount
		}
		if o.Role != column.Sale {
			continue
		}
		s.Orders++
		for _, it := range o.Items {
			s.Units += it.Quantity
		}
		if s.First == column.Lacking || o.Time < s.First {
			s.First = o.Time
		}
		s.Last = max(s.Last, o.Time)
	}
	for _, r := range p.Refunds {
		if s.Refunds++; r.Amount == column.Lacking {
			s.Unconverted++
		} else {
			s.Refunded += r.Amount
		}
	}
	base.RLock()
	defer base.RUnlock()
	ordinal, _ := base.Ordinal(p.ID)
	c, n := base.Chunk(int(ordinal/column.ChunkSize)), ordinal%column.ChunkSize
	s.KeptSpent, s.KeptRefunded, s.KeptUnits, s.KeptFirst, s.KeptTo = c.Spent[n], c.Refunded[n], c.Units[n], c.First[n], c.Last[n]
	return s
}

func TestLapse(t *testing.T) {
	c := &clock{day(1)}
	book := open(t, c)
	ctx := t.Context()
	must(book.Customers.Create(ctx, crm.Customer{ID: "ada"}))(t)
	must(book.Consents.Record(ctx, crm.Consent{CustomerID: "ada", Channel: "email", Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, ExpiresAt: day(5)}))(t)
	base, at := scan(t, book)
	k := intake.Keep(book, base, at, nil)
	if got := must(k.Lapse(ctx, nil))(t); len(got.Persons) != 0 {
		t.Errorf("before it ends: %+v", got.Persons[0])
	}
	c.Time = day(5)
	got := must(k.Lapse(ctx, nil))(t)
	if len(got.Persons) != 1 || !got.Persons[0].Touches("consents.email.marketing") || !got.Persons[0].Touches("email_subscription_status") {
		t.Errorf("when it ends: %+v", got)
	}
	same(t, "when it ended", book, base)
	if got := must(k.Lapse(ctx, nil))(t); len(got.Persons) != 0 {
		t.Errorf("afterwards: %+v", got.Persons[0])
	}
	c.Time = day(4)
	if got := must(k.Lapse(ctx, nil))(t); len(got.Persons) != 1 || !got.Persons[0].Touches("consents.email.marketing") {
		t.Errorf("when the clock was set back: %+v", got)
	}
	same(t, "when the clock was set back", book, base)
	c.Time = day(6)
	must(book.Orders.Record(ctx, crm.Order{ID: "o", CustomerID: "ada", OccurredAt: day(1), Total: eur(1)}))(t)
	must(book.Orders.Update(ctx, "o", func(o *crm.Order) error { o.State = crm.StatePaid; return nil }))(t)
	got = must(k.Apply(ctx, nil, since(t, book, k.Cursor())))(t)
	if len(got.Persons) != 1 || got.Persons[0].What&intake.Orders == 0 || !got.Persons[0].Touches("consents.email.marketing") {
		t.Errorf("when it ended, and something else happened: %+v", got)
	}
}

// What is told of a batch of events.
func TestChanges(t *testing.T) {
	c := &clock{day(20)}
	book := open(t, c)
	ctx := t.Context()
	for _, id := range []crm.CustomerID{"ada", "ben", "cy"} {
		must(book.Customers.Create(ctx, crm.Customer{ID: id}))(t)
	}
	must(book.Orders.Record(ctx, crm.Order{ID: "o", CustomerID: "ben", OccurredAt: day(1), Total: eur(5)}))(t)
	must(book.Refunds.Record(ctx, crm.Refund{ID: "r", OrderID: "o", CustomerID: "cy", OccurredAt: day(2), Amount: eur(5)}))(t)
	base, at := scan(t, book)
	k := intake.Keep(book, base, at, nil)
	ordinal := func(id string) uint32 {
		base.RLock()
		defer base.RUnlock()
		n, _ := base.Ordinal(id)
		return n
	}
	ada, ben, cy := ordinal("ada"), ordinal("ben"), ordinal("cy")
	for _, s := range []struct {
		name    string
		do      func() error
		want    map[uint32]intake.Change // without events
		removed []string
		product string
		declare string
	}{
		{name: "an order", do: func() error {
			_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: day(3), Total: eur(1)})
			return err
		}, want: map[uint32]intake.Change{ada: {What: intake.Orders}}},
		{name: "two interactions and a tag", do: func() error {
			_, err := book.Customers.Update(ctx, "ada", func(v *crm.Customer) error { v.Tags = []string{"vip"}; return nil })
			for _, kind := range []crm.InteractionKind{crm.KindViewItem, crm.KindCall} {
				_, more := book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", Kind: kind, OccurredAt: day(4)})
				err = errors.Join(err, more)
			}
			return err
		}, want: map[uint32]intake.Change{ada: {What: intake.Interactions | intake.Values, Kinds: []string{"view_item", "call"}, Names: []string{"customer_tags"}}}},
		{name: "a note", do: func() error {
			_, err := book.Customers.Update(ctx, "ada", func(v *crm.Customer) error { v.Note = "quiet"; return nil })
			return err
		}},
		{name: "an order is called off of which another got money back", do: func() error {
			_, err := book.Orders.Update(ctx, "o", func(o *crm.Order) error { o.State = crm.StateCanceled; return nil })
			return err
		}, want: map[uint32]intake.Change{ben: {What: intake.Orders | intake.Refunds}, cy: {What: intake.Refunds}}},
		{name: "an order changes hands", do: func() error {
			_, err := book.Orders.Update(ctx, "o", func(o *crm.Order) error { o.CustomerID, o.State = "ada", crm.StatePaid; return nil })
			return err
		}, want: map[uint32]intake.Change{ada: {What: intake.Orders | intake.Refunds}, ben: {What: intake.Orders | intake.Refunds}, cy: {What: intake.Refunds}}},
		{name: "a trait and what follows", do: func() error {
			return book.Traits.Set(ctx, "ada", "rfm", day(9), map[string]crm.Value{"group": crm.Text("loyal")})
		}, want: map[uint32]intake.Change{ada: {What: intake.Values, Names: []string{"traits.rfm.group"}}}},
		{name: "a visitor whom nobody knows", do: func() error {
			_, err := book.Interactions.Record(ctx, crm.Interaction{Device: "d", Kind: crm.KindViewItem, OccurredAt: day(4)})
			return err
		}},
		{name: "is identified", do: func() error {
			_, err := book.Identities.Link(ctx, "ben", crm.Identity{Kind: crm.IdentityDevice, Value: "d"})
			return err
		}, want: map[uint32]intake.Change{ben: {What: intake.Everything}}},
		{name: "a product", do: func() error {
			_, err := book.Products.Create(ctx, crm.Product{ID: "cup"})
			return err
		}, product: "cup"},
		{name: "an attribute", do: func() error {
			return book.Customers.Declare(ctx, crm.Attribute{Name: "size", Type: crm.TypeNumber})
		}, declare: "size"},
		{name: "a merge", do: func() error { _, err := book.Customers.Merge(ctx, "cy", "ada"); return err },
			want: map[uint32]intake.Change{ada: {What: intake.Everything}}, removed: []string{"cy"}},
		{name: "an un-merge", do: func() error { _, err := book.Customers.Unmerge(ctx, "cy"); return err },
			want: map[uint32]intake.Change{ada: {What: intake.Everything}, cy + 1: {What: intake.Everything}}},
		{name: "an erasure", do: func() error { _, err := book.Privacy.Erase(ctx, "ben"); return err }, removed: []string{"ben"}},
		{name: "something else", do: func() error {
			return book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
				return tx.Emit(crm.Event{Kind: "club.joined", CustomerID: "ada"})
			})
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			if err := s.do(); err != nil {
				t.Fatal(err)
			}
			events := since(t, book, k.Cursor())
			for _, again := range []bool{false, true} {
				c := must(k.Apply(ctx, nil, events))(t)
				got := map[uint32]intake.Change{}
				for _, p := range c.Persons {
					if len(p.Events) == 0 {
						t.Errorf("of %d no event is told", p.Ordinal)
					}
					got[p.Ordinal] = intake.Change{What: p.What, Kinds: p.Kinds, Names: p.Names}
				}
				if s.want == nil {
					s.want = map[uint32]intake.Change{}
				}
				if diff := gocmp.Diff(s.want, got); diff != "" {
					t.Errorf("again %t (-want +got):\n%s", again, diff)
				}
				var removed []string
				for _, r := range c.Removed {
					removed = append(removed, r.ID)
				}
				if diff := gocmp.Diff(s.removed, removed); diff != "" && !again {
					t.Errorf("removed (-want +got):\n%s", diff)
				}
				if p := fmt.Sprint(c.Products, c.Attributes); p != fmt.Sprintf("[%s] [%s]", s.product, s.declare) {
					t.Errorf("products and attributes %s", p)
				}
			}
			same(t, "afterwards", book, base)
		})
	}
	if k.Cursor() == (store.Cursor{}) {
		t.Error("the cursor stands still")
	}
}
