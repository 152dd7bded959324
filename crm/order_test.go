package crm_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// tea is an order with something in every field that a source fills in.
func tea() crm.Order {
	return crm.Order{
		Ref: ref("1001"), Number: "#1001", CustomerID: "ada", Email: "ada@example.com", Phone: "020 7946 0018", Channel: crm.ChannelWeb,
		State: crm.StatePaid, Currency: "GBP",
		Items: []crm.Item{
			{SKU: "tea", Title: "Tea", Quantity: 2, Price: gbp(500), Discount: gbp(100), Tax: gbp(150)},
			{Kind: crm.ItemFee, Title: "Gift wrap", Quantity: 1, Price: gbp(200)},
		},
		Discount: gbp(50), Shipping: gbp(300), Tax: gbp(150), Coupons: []string{"TEA"},
		Billing: crm.Address{Name: "Ada Lovelace", City: "London"}, Delivery: crm.Address{Line1: "12 St James's Square", Country: "GB"},
		Shipments: []crm.Shipment{{Ref: "s1", Carrier: "post", Tracking: "T1", ShippedAt: day(2), PromisedAt: day(4), DeliveredAt: day(3)}},
		Tags:      []string{"b", "a", "b"}, Note: "ring twice", OccurredAt: day(1), Version: day(2),
	}
}

func TestOrdersRecord(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	product := putProduct(t, book, crm.Product{Variants: []crm.Variant{{SKU: "tea", UnitCost: gbp(120)}}})
	before := head(t, book)
	in := tea()
	got := putOrder(t, book, in)

	want := tea()
	want.ID, want.CreatedAt, want.UpdatedAt = got.ID, today, today
	want.Items[0].ProductID, want.Items[0].UnitCost, want.Items[0].Total = product.ID, gbp(120), gbp(900)
	want.Items[1].Total = gbp(200)
	want.States = []crm.StateChange{{State: crm.StatePaid, At: day(2)}}
	want.Total, want.BaseTotal = gbp(1500), gbp(1500)
	want.Tags = []string{"a", "b"}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tea(), in); diff != "" {
		t.Errorf("the argument was changed:\n%s", diff)
	}
	for name, lookup := range map[string]func() (*crm.Order, error){
		"Get":   func() (*crm.Order, error) { return book.Orders.Get(ctx, got.ID) },
		"ByRef": func() (*crm.Order, error) { return book.Orders.ByRef(ctx, ref("1001")) },
	} {
		o, err := lookup()
		if diff := cmp.Diff(&want, o); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	wantEvents := []*crm.Event{{Kind: crm.OrderRecorded, CustomerID: "ada", OrderID: got.ID, OccurredAt: day(1), CreatedAt: today}}
	if diff := cmp.Diff(wantEvents, since(t, book, before), facts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for name, again := range map[string]crm.Order{"equal content": tea(), "what was read": *got, "an older version": {Ref: ref("1001"), OccurredAt: day(1), Version: day(1)}} {
		before := head(t, book)
		o := putOrder(t, book, again)
		if diff := cmp.Diff(got, o); diff != "" || head(t, book) != before {
			t.Errorf("%s wrote %v (-want +got):\n%s", name, kinds(since(t, book, before)), diff)
		}
	}
}

// TestOrdersLeaveOut brings an order up to date with little more than its ref.
func TestOrdersLeaveOut(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	putCustomer(t, book, crm.Customer{ID: "ada"})
	first := tea()
	first.Currency, first.Items, first.Discount, first.Shipping, first.Tax = "EUR", []crm.Item{{SKU: "tea", Quantity: 1, Price: eur(1000)}}, crm.Money{}, crm.Money{}, crm.Money{}
	stored := putOrder(t, book, first)
	for _, tt := range []struct {
		name string
		in   crm.Order
	}{
		{"by ref", crm.Order{Ref: ref("1001"), OccurredAt: day(1), Version: day(3), State: crm.StateDelivered, Total: eur(1000)}},
		{"by id", crm.Order{ID: stored.ID, OccurredAt: day(1), Version: day(4), State: crm.StateDelivered, Total: eur(1000)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The book is opened without rates: the order keeps its own.
			book := open(t, book.Store(), nil)
			got := putOrder(t, book, tt.in)
			want := crm.Order{
				ID: stored.ID, Ref: ref("1001"), CustomerID: "ada", Email: "ada@example.com", Phone: "020 7946 0018", State: crm.StateDelivered,
				States:   []crm.StateChange{{State: crm.StatePaid, At: day(2)}, {State: crm.StateDelivered, At: day(3)}},
				Currency: "EUR", Rate: crm.Rate{Num: 17, Den: 20}, Adjustment: eur(1000), Total: eur(1000), BaseTotal: gbp(850),
				Shipments: first.Shipments, OccurredAt: day(1), Version: tt.in.Version, CreatedAt: today, UpdatedAt: today,
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("another ref", func(t *testing.T) {
		_, err := book.Orders.Record(t.Context(), crm.Order{ID: stored.ID, Ref: ref("1002"), OccurredAt: day(1)})
		if diff := cmp.Diff([]string{"ref"}, fields(err)); diff != "" {
			t.Errorf("got %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestOrdersAnonymous gives a buyer to an order that had none.
func TestOrdersAnonymous(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putOrder(t, book, crm.Order{ID: "1", OccurredAt: day(1), Total: gbp(100)})
	putOrder(t, book, crm.Order{ID: "1", OccurredAt: day(1), Total: gbp(100), CustomerID: "ada"})
	a, err := book.Customers.Aggregates(t.Context(), "ada")
	if err != nil || a.Orders != 1 || a.Base.Spent != gbp(100) {
		t.Errorf("got %+v, %v, want one order of 1.00 GBP", a, err)
	}
}

func TestOrdersTotals(t *testing.T) {
	item := func(f func(*crm.Item)) []crm.Item {
		it := crm.Item{SKU: "tea", Quantity: 3, Price: gbp(333)}
		if f != nil {
			f(&it)
		}
		return []crm.Item{it}
	}
	yen := func(n int64) crm.Money { return crm.Money{Amount: n, Currency: "JPY"} }
	fils := func(n int64) crm.Money { return crm.Money{Amount: n, Currency: "KWD"} }
	xts := func(n int64) crm.Money { return crm.Money{Amount: n, Currency: "XTS"} }
	for _, tt := range []struct {
		name                    string
		order                   crm.Order
		line                    crm.Money
		total, adjustment, base crm.Money
		warnings                int
	}{
		{"price × quantity", crm.Order{Items: item(nil)}, gbp(999), gbp(999), crm.Money{}, gbp(999), 0},
		{"less the line's discount", crm.Order{Items: item(func(it *crm.Item) { it.Discount = gbp(99) })}, gbp(900), gbp(900), crm.Money{}, gbp(900), 0},
		{"the line's total is authoritative", crm.Order{Items: item(func(it *crm.Item) { it.Total = gbp(1000) })}, gbp(1000), gbp(1000), crm.Money{}, gbp(1000), 0},
		{"and so is a total of nothing", crm.Order{Items: item(func(it *crm.Item) { it.Total = gbp(0) })}, gbp(0), gbp(0), crm.Money{}, gbp(0), 0},
		{"discount, shipping, tax", crm.Order{Items: item(nil), Discount: gbp(99), Shipping: gbp(300), Tax: gbp(200)}, gbp(999), gbp(1400), crm.Money{}, gbp(1400), 0},
		{"tax is included", crm.Order{Items: item(nil), Shipping: gbp(1), Tax: gbp(200), TaxIncluded: true}, gbp(999), gbp(1000), crm.Money{}, gbp(1000), 0},
		{"a total that adds up", crm.Order{Items: item(nil), Total: gbp(999)}, gbp(999), gbp(999), crm.Money{}, gbp(999), 0},
		{"one that does not", crm.Order{Items: item(nil), Total: gbp(1000)}, gbp(999), gbp(1000), gbp(1), gbp(1000), 1},
		{"one of nothing", crm.Order{Items: item(nil), Total: gbp(0)}, gbp(999), gbp(0), gbp(-999), gbp(0), 1},
		{"a total without items", crm.Order{Total: gbp(1000)}, crm.Money{}, gbp(1000), gbp(1000), gbp(1000), 1},
		{"nothing at all", crm.Order{}, crm.Money{}, gbp(0), crm.Money{}, gbp(0), 0},
		{"currency of the total", crm.Order{Total: eur(200)}, crm.Money{}, eur(200), eur(200), gbp(170), 1},
		{"yen", crm.Order{Currency: "JPY", Items: item(func(it *crm.Item) { it.Price = yen(333) })}, yen(999), yen(999), crm.Money{}, gbp(529), 0},
		{"dinars", crm.Order{Currency: "KWD", Items: item(func(it *crm.Item) { it.Price = fils(333) })}, fils(999), fils(999), crm.Money{}, gbp(250), 0},
		{"its own rate", crm.Order{Currency: "EUR", Rate: crm.Rate{Num: 1, Den: 2}, Total: eur(201)}, crm.Money{}, eur(201), eur(201), gbp(101), 1},
		{"no rate", crm.Order{Currency: "XTS", Items: item(func(it *crm.Item) { it.Price = xts(1) })}, xts(3), xts(3), crm.Money{}, crm.Money{}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
			tt.order.Ref, tt.order.OccurredAt = ref("1"), day(1)
			warnings := 0
			report, err := book.Import(t.Context(), sequence([]crm.Record{{Order: &tt.order}}, nil), &crm.ImportOptions{
				Warn: func(crm.Record, string) { warnings++ }, Reject: func(_ crm.Record, err error) { t.Error(err) },
			})
			if err != nil || report.Warnings != int64(tt.warnings) || warnings != tt.warnings {
				t.Errorf("%d warnings, %d reported, %v, want %d", warnings, report.Warnings, err, tt.warnings)
			}
			o, err := book.Orders.ByRef(t.Context(), ref("1"))
			if err != nil {
				t.Fatal(err)
			}
			var line crm.Money
			if len(o.Items) > 0 {
				line = o.Items[0].Total
			}
			got := [4]crm.Money{line, o.Total, o.Adjustment, o.BaseTotal}
			if diff := cmp.Diff([4]crm.Money{tt.line, tt.total, tt.adjustment, tt.base}, got); diff != "" {
				t.Errorf("line, total, adjustment, base total (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrdersOverflow(t *testing.T) {
	for name, o := range map[string]crm.Order{
		"line":  {Items: []crm.Item{{Quantity: 2, Price: gbp(math.MaxInt64)}}},
		"sum":   {Items: []crm.Item{{Total: gbp(math.MaxInt64)}, {Total: gbp(1)}}},
		"parts": {Shipping: gbp(math.MaxInt64), Tax: gbp(1)},
		"rate":  {Total: eur(math.MaxInt64), Rate: crm.Rate{Num: 2, Den: 1}},
	} {
		o.OccurredAt = day(1)
		if _, err := memory(t).Orders.Record(t.Context(), o); !errors.Is(err, crm.ErrOverflow) {
			t.Errorf("%s: got %v, want %v", name, err, crm.ErrOverflow)
		}
	}
	t.Run("aggregates", func(t *testing.T) {
		book := memory(t)
		putCustomer(t, book, crm.Customer{ID: "ada"})
		putOrder(t, book, crm.Order{CustomerID: "ada", OccurredAt: day(1), Total: gbp(math.MaxInt64)})
		before := read(t, book)
		if _, err := book.Orders.Record(t.Context(), crm.Order{CustomerID: "ada", OccurredAt: day(1), Total: gbp(1)}); !errors.Is(err, crm.ErrOverflow) {
			t.Errorf("got %v, want %v", err, crm.ErrOverflow)
		}
		if diff := cmp.Diff(before, read(t, book)); diff != "" {
			t.Errorf("something was written:\n%s", diff)
		}
	})
}

func TestOrdersInvalid(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	far := time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC)
	bad := crm.Order{
		ID: "a b", Ref: crm.Ref{Source: "a:b", ID: "x y"}, CustomerID: "ada@example.com", Kind: "gift", State: "lost", Currency: "gbp",
		OccurredAt: far, Version: far, Rate: crm.Rate{Num: 1}, Number: long, Email: "ada.example", Phone: long, Channel: crm.Channel(long), Note: long,
		Tags: []string{""}, Coupons: []string{"\xff"}, Billing: crm.Address{City: long}, Delivery: crm.Address{Line1: "\xff"},
		Discount: gbp(1), Shipping: gbp(1), Tax: gbp(1), Total: gbp(1),
		Items: []crm.Item{{}, {
			Kind: "gift", SKU: long, Title: long, Price: gbp(1), Discount: gbp(1), Tax: gbp(1), Total: gbp(1), UnitCost: crm.Money{Amount: 1},
		}},
		States:    []crm.StateChange{{State: crm.StatePaid, At: day(1)}, {}, {State: crm.StatePaid}},
		Shipments: []crm.Shipment{{Ref: long, Carrier: long, Tracking: "\xff"}},
	}
	want := []string{
		"id", "ref.source", "ref.id", "customer_id", "kind", "state", "occurred_at", "version", "currency", "rate", "number", "email",
		"phone", "channel", "note", "tags[0]", "coupons[0]", "discount", "shipping", "tax", "total", "items[1].kind", "items[1].sku",
		"items[1].title", "items[1].price", "items[1].discount", "items[1].tax", "items[1].total", "items[1].unit_cost.currency",
		"states[1]", "states[2]", "shipments[0].ref", "shipments[0].carrier", "shipments[0].tracking", "billing.city", "delivery.line1",
	}
	book := memory(t)
	ctx := t.Context()
	_, recorded := book.Orders.Record(ctx, bad)
	putOrder(t, book, crm.Order{ID: "1", OccurredAt: day(1)})
	_, updated := book.Orders.Update(ctx, "1", func(o *crm.Order) error {
		*o = bad
		return nil
	})
	for name, err := range map[string]error{"Record": recorded, "Update": updated} {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			want := want
			if name == "Update" {
				want = want[1:] // the id stays what it was
			}
			if diff := cmp.Diff(want, fields(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, personal := range []string{"ada", "xxxx"} {
				if strings.Contains(err.Error(), personal) {
					t.Errorf("the text tells %q:\n%v", personal, err)
				}
			}
		})
	}
	for name, tt := range map[string]struct {
		order crm.Order
		field string
	}{
		"no time":        {crm.Order{}, "occurred_at"},
		"too many items": {crm.Order{OccurredAt: day(1), Items: make([]crm.Item, 5001)}, "items"},
		"a long id":      {crm.Order{OccurredAt: day(1), ID: crm.OrderID(long)}, "id"},
		"a long ref":     {crm.Order{OccurredAt: day(1), Ref: ref(long)}, "ref.id"},
	} {
		_, err := book.Orders.Record(ctx, tt.order)
		if diff := cmp.Diff([]string{tt.field}, fields(err)); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestOrdersMissing(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	_, get := book.Orders.Get(ctx, "9")
	_, byRef := book.Orders.ByRef(ctx, ref("9"))
	_, update := book.Orders.Update(ctx, "9", func(*crm.Order) error { return nil })
	_, buyer := book.Orders.Record(ctx, crm.Order{Ref: ref("9"), CustomerID: "nobody", OccurredAt: day(1)})
	for want, err := range map[string]error{
		"crm: Orders.Get 9: not found": get, "crm: Orders.ByRef shop:9: not found": byRef,
		"crm: Orders.Update 9: not found": update, "crm: Orders.Record shop:9: customer nobody: not found": buyer,
	} {
		if !errors.Is(err, crm.ErrNotFound) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	putOrder(t, book, crm.Order{ID: "1", Ref: ref("1"), OccurredAt: day(1)})
	if _, err := book.Orders.Record(ctx, crm.Order{ID: "2", Ref: ref("1"), OccurredAt: day(1)}); !errors.Is(err, crm.ErrExists) {
		t.Errorf("another order's ref: got %v, want %v", err, crm.ErrExists)
	}
}

// TestOrdersStates walks an order through its states.
func TestOrdersStates(t *testing.T) {
	clock := day(5)
	book := open(t, memstore.New(nil), &crm.Options{Now: func() time.Time { return clock }})
	putCustomer(t, book, crm.Customer{ID: "ada"})
	o := putOrder(t, book, crm.Order{CustomerID: "ada", OccurredAt: day(1), Total: gbp(500)})
	history := []crm.StateChange(nil)
	for i, step := range []struct {
		state    crm.OrderState
		again    bool // it was in this state before
		orders   int
		canceled int
		spent    crm.Money
		events   []crm.EventKind
	}{
		{crm.StatePending, false, 1, 0, gbp(500), []crm.EventKind{crm.OrderUpdated}},
		{crm.StateCanceled, false, 0, 1, gbp(0), []crm.EventKind{crm.OrderUpdated, crm.OrderCanceled}},
		{crm.StateExpired, false, 0, 1, gbp(0), []crm.EventKind{crm.OrderUpdated}},
		{crm.StatePaid, false, 1, 0, gbp(500), []crm.EventKind{crm.OrderUpdated}},
		{crm.StateDraft, false, 0, 0, gbp(0), []crm.EventKind{crm.OrderUpdated, crm.OrderCanceled}},
		{crm.StateFulfilled, false, 1, 0, gbp(500), []crm.EventKind{crm.OrderUpdated}},
		{crm.StateDelivered, false, 1, 0, gbp(500), []crm.EventKind{crm.OrderUpdated}},
		{crm.StateDelivered, true, 1, 0, gbp(500), nil},
	} {
		clock = day(6 + i)
		before, was := head(t, book), o.State
		var err error
		if o, err = book.Orders.Update(t.Context(), o.ID, func(o *crm.Order) error { o.State = step.state; return nil }); err != nil {
			t.Fatal(err)
		}
		if !step.again {
			history = append(history, crm.StateChange{State: step.state, At: clock})
		}
		if diff := cmp.Diff(history, o.States); diff != "" {
			t.Errorf("%s: history (-want +got):\n%s", step.state, diff)
		}
		events := since(t, book, before)
		if diff := cmp.Diff(step.events, kinds(events)); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", step.state, diff)
		}
		for _, e := range events {
			want := []crm.Change{{Field: "state", From: string(was), To: string(step.state)}, {Field: "states"}}
			if diff := cmp.Diff(want, e.Changes); diff != "" || !e.OccurredAt.Equal(clock) {
				t.Errorf("%s: at %v, changes (-want +got):\n%s", step.state, e.OccurredAt, diff)
			}
		}
		a, err := book.Customers.Aggregates(t.Context(), "ada")
		if err != nil || a.Orders != step.orders || a.Canceled != step.canceled || a.Base.Spent != step.spent {
			t.Errorf("%s: got %+v, %v", step.state, a, err)
		}
	}
	t.Run("the source tells its history", func(t *testing.T) {
		told := putOrder(t, book, crm.Order{
			OccurredAt: day(1), Version: day(4), State: crm.StateDelivered,
			States: []crm.StateChange{{State: crm.StateDelivered, At: day(3)}, {State: crm.StatePaid, At: day(2)}},
		})
		want := []crm.StateChange{{State: crm.StatePaid, At: day(2)}, {State: crm.StateDelivered, At: day(3)}}
		if diff := cmp.Diff(want, told.States); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestOrdersCost changes what a product costs after it was sold.
func TestOrdersCost(t *testing.T) {
	book := memory(t)
	cost := func(pence int64) {
		putProduct(t, book, crm.Product{ID: "p", Variants: []crm.Variant{{SKU: "cup", UnitCost: gbp(pence)}, {SKU: "mug", UnitCost: gbp(pence)}}})
	}
	order := func(skus ...string) crm.Order {
		o := crm.Order{ID: "1", OccurredAt: day(1)}
		for _, sku := range skus {
			o.Items = append(o.Items, crm.Item{SKU: sku, Quantity: 1, Price: gbp(800)})
		}
		return o
	}
	cost(300)
	putOrder(t, book, order("cup", "mug"))
	cost(400)
	for _, tt := range []struct {
		name string
		skus []string
		want []crm.Money
	}{
		{"the same items", []string{"cup", "mug"}, []crm.Money{gbp(300), gbp(300)}},
		{"the other way round", []string{"mug", "cup"}, []crm.Money{gbp(300), gbp(300)}},
		{"one less", []string{"mug"}, []crm.Money{gbp(300)}},
		{"a new one beside it", []string{"cup", "mug"}, []crm.Money{gbp(400), gbp(300)}},
	} {
		var got []crm.Money
		for _, it := range putOrder(t, book, order(tt.skus...)).Items {
			got = append(got, it.UnitCost)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestOrdersMargin(t *testing.T) {
	item := func(total, cost, tax crm.Money) crm.Item {
		return crm.Item{SKU: "cup", Quantity: 2, Total: total, UnitCost: cost, Tax: tax}
	}
	none := crm.Money{}
	for _, tt := range []struct {
		name      string
		order     crm.Order
		own, base crm.Money
	}{
		{"cost in the order's currency", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(600), none)}}, gbp(800), gbp(800)},
		{"cost unknown", crm.Order{Items: []crm.Item{item(gbp(2000), none, none)}}, gbp(0), gbp(0)},
		{"cost of nothing", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(0), none)}}, gbp(2000), gbp(2000)},
		{"one known, one not", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(600), none), item(gbp(2000), none, none)}}, gbp(800), gbp(800)},
		{"tax comes on top", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(600), gbp(400))}, Tax: gbp(400)}, gbp(800), gbp(800)},
		{"tax of the line is included", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(600), gbp(333))}, Tax: gbp(333), TaxIncluded: true}, gbp(467), gbp(467)},
		{"tax of the order is included", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(600), none)}, Shipping: gbp(500), Tax: gbp(500), TaxIncluded: true}, gbp(400), gbp(400)},
		{"less the order's discount", crm.Order{Items: []crm.Item{item(gbp(2000), gbp(600), none)}, Discount: gbp(100)}, gbp(700), gbp(700)},
		{"sold below cost", crm.Order{Items: []crm.Item{item(gbp(1000), gbp(600), none)}}, gbp(-200), gbp(-200)},
		{"fees have none", crm.Order{Items: []crm.Item{{Kind: crm.ItemFee, Total: gbp(300), UnitCost: gbp(1)}}}, gbp(0), gbp(0)},
		{"cost in the book's currency", crm.Order{Currency: "EUR", Items: []crm.Item{item(eur(2000), gbp(510), none)}}, eur(800), gbp(680)},
		{"cost in euros too", crm.Order{Currency: "EUR", Items: []crm.Item{item(eur(2000), eur(600), none)}}, eur(800), gbp(680)},
		{"cost in a third currency", crm.Order{Currency: "EUR", Items: []crm.Item{item(eur(2000), crm.Money{Amount: 1, Currency: "JPY"}, none)}}, eur(0), gbp(0)},
		{"no rate", crm.Order{Currency: "XTS", Items: []crm.Item{item(crm.Money{Amount: 2000, Currency: "XTS"}, gbp(600), none)}}, crm.Money{Currency: "XTS"}, gbp(0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
			putCustomer(t, book, crm.Customer{ID: "ada"})
			tt.order.OccurredAt, tt.order.CustomerID = day(1), "ada"
			putOrder(t, book, tt.order)
			a, err := book.Customers.Aggregates(t.Context(), "ada")
			if err != nil || len(a.ByCurrency) != 1 {
				t.Fatalf("%+v, %v", a, err)
			}
			if diff := cmp.Diff([2]crm.Money{tt.own, tt.base}, [2]crm.Money{a.ByCurrency[0].Margin, a.Base.Margin}); diff != "" {
				t.Errorf("own and base (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrdersUpdate(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	o := putOrder(t, book, crm.Order{OccurredAt: day(1), Items: []crm.Item{{SKU: "cup", Quantity: 1, Price: gbp(800)}}})
	stop := errors.New("stop")
	if _, err := book.Orders.Update(ctx, o.ID, func(o *crm.Order) error { o.Items[0].Quantity = 9; return stop }); !errors.Is(err, stop) {
		t.Errorf("f's error: got %v", err)
	}
	got, err := book.Orders.Update(ctx, o.ID, func(o *crm.Order) error {
		o.ID, o.Shipping = "other", gbp(200)
		return nil
	})
	if err != nil || got.ID != o.ID || got.Total != gbp(800) || got.Adjustment != gbp(-200) {
		t.Errorf("the total stays: got %+v, %v", got, err)
	}
	got, err = book.Orders.Update(ctx, o.ID, func(o *crm.Order) error { o.Total = crm.Money{}; return nil })
	if err != nil || got.Total != gbp(1000) || !got.Adjustment.IsZero() {
		t.Errorf("the total anew: got %+v, %v", got, err)
	}
}

func TestOrdersPage(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putCustomer(t, book, crm.Customer{ID: "ben"})
	for i := range 10 {
		putOrder(t, book, crm.Order{CustomerID: []crm.CustomerID{"ada", "ben"}[i%2], OccurredAt: day(i)})
	}
	for _, tt := range []struct {
		name  string
		query crm.OrderQuery
		want  []int
	}{
		{"all", crm.OrderQuery{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"newest", crm.OrderQuery{Newest: true, Limit: 3}, []int{9, 8, 7}},
		{"of one", crm.OrderQuery{CustomerID: "ada"}, []int{0, 2, 4, 6, 8}},
		{"from", crm.OrderQuery{From: day(7)}, []int{7, 8, 9}},
		{"to", crm.OrderQuery{To: day(2)}, []int{0, 1}},
		{"of one, between", crm.OrderQuery{CustomerID: "ben", From: day(3), To: day(7), Newest: true}, []int{5, 3}},
		{"of nobody", crm.OrderQuery{CustomerID: "nobody"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []time.Time
			for _, n := range tt.want {
				want = append(want, day(n))
			}
			var listed, paged []time.Time
			for _, o := range all(t, book.Orders.List(ctx, tt.query)) {
				listed = append(listed, o.OccurredAt)
			}
			if diff := cmp.Diff(want, listed); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			q := tt.query
			q.Limit = 2
			for len(paged) < len(want) || len(paged) == 0 {
				p, err := book.Orders.Page(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range p.Items {
					paged = append(paged, o.OccurredAt)
				}
				if q.After = p.Next; p.Next == "" {
					break
				}
			}
			if diff := cmp.Diff(want, paged[:min(len(want), len(paged))]); diff != "" {
				t.Errorf("pages of two (-want +got):\n%s", diff)
			}
		})
	}
	p, err := book.Orders.Page(ctx, crm.OrderQuery{CustomerID: "ada", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Orders.Page(ctx, crm.OrderQuery{CustomerID: "ben", After: p.Next}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("a page of another customer: got %v, want %v", err, crm.ErrInvalid)
	}
}
