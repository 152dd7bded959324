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

func line(order crm.OrderID, sku string, units int64, amount crm.Money) crm.RefundLine {
	return crm.RefundLine{OrderID: order, SKU: sku, Quantity: units, Amount: amount}
}

func TestRefundsRecord(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putProduct(t, book, crm.Product{ID: "p", Variants: []crm.Variant{{SKU: "cup"}}})
	o := goods("ada", "1", day(1), "cup", 3, eur(1000))
	o.Rate = crm.Rate{Num: 9, Den: 10}
	putOrder(t, book, o)
	before := head(t, book)
	in := crm.Refund{Ref: ref("r1"), OrderID: "1", Lines: []crm.RefundLine{line("", "cup", 1, eur(1000))}, Currency: "EUR", Reason: "chipped", OccurredAt: day(5), Version: day(5)}
	given := in.Lines[0]
	got := putRefund(t, book, in)
	want := in
	want.ID, want.CustomerID, want.Rate, want.Amount, want.BaseAmount = got.ID, "ada", crm.Rate{Num: 9, Den: 10}, eur(1000), gbp(900)
	want.Lines = []crm.RefundLine{{ProductID: "p", SKU: "cup", Quantity: 1, Amount: eur(1000)}}
	want.CreatedAt, want.UpdatedAt = today, today
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if in.Lines[0] != given {
		t.Errorf("the argument was changed to %+v", in.Lines[0])
	}
	wantEvents := []*crm.Event{{Kind: crm.RefundRecorded, CustomerID: "ada", OrderID: "1", RefundID: got.ID, OccurredAt: day(5), CreatedAt: today}}
	if diff := cmp.Diff(wantEvents, since(t, book, before), facts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for name, lookup := range map[string]func() (*crm.Refund, error){
		"Get":   func() (*crm.Refund, error) { return book.Refunds.Get(ctx, got.ID) },
		"ByRef": func() (*crm.Refund, error) { return book.Refunds.ByRef(ctx, ref("r1")) },
	} {
		r, err := lookup()
		if diff := cmp.Diff(&want, r); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	for name, again := range map[string]crm.Refund{"equal content": in, "what was read": *got} {
		before := head(t, book)
		if r := putRefund(t, book, again); !cmp.Equal(got, r) || head(t, book) != before {
			t.Errorf("%s wrote %v (-want +got):\n%s", name, kinds(since(t, book, before)), cmp.Diff(got, r))
		}
	}
	changed := in
	changed.OrderID, changed.Amount, changed.Version = "", eur(1200), day(9)
	before = head(t, book)
	r := putRefund(t, book, changed)
	want.Amount, want.BaseAmount, want.Version = eur(1200), gbp(1080), day(9)
	if diff := cmp.Diff(&want, r); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	changes := []crm.Change{{Field: "amount"}, {Field: "base_amount"}}
	if e := since(t, book, before); len(e) != 1 || e[0].Kind != crm.RefundUpdated || !cmp.Equal(changes, e[0].Changes) || !e[0].OccurredAt.Equal(day(9)) {
		t.Errorf("changed: events %+v", e)
	}
	changed.Version, changed.Reason = day(8), "older"
	if r := putRefund(t, book, changed); !cmp.Equal(&want, r) {
		t.Errorf("an older version changed (-want +got):\n%s", cmp.Diff(&want, r))
	}
	a, err := book.Customers.Aggregates(ctx, "ada")
	wantTotals := []crm.Totals{{Spent: eur(3000), Refunded: eur(1200), Margin: eur(0)}}
	if diff := cmp.Diff(wantTotals, a.ByCurrency); err != nil || diff != "" || a.Refunds != 1 || a.Base.Net() != gbp(2700-1080) {
		t.Errorf("aggregates %+v, %v (-want +got):\n%s", a, err, diff)
	}
}

func TestRefundsInvalid(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	far := time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC)
	bad := crm.Refund{
		ID: "a b", Ref: crm.Ref{Source: "a:b", ID: "x y"}, OrderID: "a b", CustomerID: "ada@example.com", Currency: "gbp", Rate: crm.Rate{Den: -1},
		Amount: gbp(1), Reason: long, OccurredAt: far, Version: far,
		Lines: []crm.RefundLine{{}, {Kind: "gift", OrderID: "a b", SKU: long, Title: "\xff", Amount: gbp(1), Quantity: -1}},
	}
	want := []string{
		"id", "ref.source", "ref.id", "order_id", "customer_id", "currency", "rate", "amount", "reason", "occurred_at", "version",
		"lines[1].kind", "lines[1].order_id", "lines[1].sku", "lines[1].title", "lines[1].amount", "lines[1].quantity",
	}
	book := memory(t)
	ctx := t.Context()
	_, err := book.Refunds.Record(ctx, bad)
	if diff := cmp.Diff(want, fields(err)); diff != "" || !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if strings.Contains(err.Error(), "ada") || strings.Contains(err.Error(), "xxxx") {
		t.Errorf("the text tells too much: %v", err)
	}
	for name, r := range map[string]crm.Refund{
		"sum of the lines": {Lines: []crm.RefundLine{line("", "", 0, gbp(math.MaxInt64)), line("", "", 0, gbp(1))}},
		"rate":             {Amount: eur(math.MaxInt64), Rate: crm.Rate{Num: 2, Den: 1}},
	} {
		r.OccurredAt = day(1)
		if _, err := book.Refunds.Record(ctx, r); !errors.Is(err, crm.ErrOverflow) {
			t.Errorf("%s: got %v, want %v", name, err, crm.ErrOverflow)
		}
	}
	if _, err := book.Refunds.Record(ctx, crm.Refund{}); !cmp.Equal([]string{"occurred_at"}, fields(err)) {
		t.Errorf("no time: got %v", err)
	}
}

func TestRefundsMissing(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	_, get := book.Refunds.Get(ctx, "9")
	_, byRef := book.Refunds.ByRef(ctx, ref("9"))
	_, order := book.Refunds.Record(ctx, crm.Refund{ID: "r", OrderID: "9", OccurredAt: day(1), Amount: gbp(1)})
	_, lines := book.Refunds.Record(ctx, crm.Refund{ID: "r", OccurredAt: day(1), Lines: []crm.RefundLine{line("9", "cup", 1, gbp(1))}})
	_, customer := book.Refunds.Record(ctx, crm.Refund{Ref: ref("r"), CustomerID: "nobody", OccurredAt: day(1), Amount: gbp(1)})
	for _, tt := range []struct {
		want string
		err  error
	}{
		{"crm: Refunds.Get 9: not found", get}, {"crm: Refunds.ByRef shop:9: not found", byRef},
		{"crm: Refunds.Record r: order 9: not found", order}, {"crm: Refunds.Record r: order 9: not found", lines},
		{"crm: Refunds.Record shop:r: customer nobody: not found", customer},
	} {
		if !errors.Is(tt.err, crm.ErrNotFound) || tt.err.Error() != tt.want {
			t.Errorf("got %v, want %s", tt.err, tt.want)
		}
	}
	putRefund(t, book, crm.Refund{ID: "1", Ref: ref("1"), OccurredAt: day(1), Amount: gbp(1)})
	if _, err := book.Refunds.Record(ctx, crm.Refund{ID: "2", Ref: ref("1"), OccurredAt: day(1), Amount: gbp(1)}); !errors.Is(err, crm.ErrExists) {
		t.Errorf("another refund's ref: got %v, want %v", err, crm.ErrExists)
	}
}

// TestRefundsCount tells what of a refund counts for its customer.
func TestRefundsCount(t *testing.T) {
	for _, tt := range []struct {
		name     string
		refund   crm.Refund
		refunds  int
		refunded crm.Money // in the book's currency
	}{
		{"of an order", crm.Refund{OrderID: "good", Amount: gbp(300)}, 1, gbp(300)},
		{"of no order", crm.Refund{CustomerID: "ada", Amount: gbp(300)}, 1, gbp(300)},
		{"of a canceled order", crm.Refund{OrderID: "canceled", Amount: gbp(300)}, 0, gbp(0)},
		{"of a write-off", crm.Refund{OrderID: "lost", Amount: gbp(300)}, 0, gbp(0)},
		{"lines of several orders", crm.Refund{CustomerID: "ada", Lines: []crm.RefundLine{
			line("good", "cup", 1, gbp(100)), line("canceled", "cup", 1, gbp(20)), line("", "soap", 1, gbp(3)),
		}}, 1, gbp(103)},
		{"postage beside the lines", crm.Refund{OrderID: "good", Amount: gbp(150), Lines: []crm.RefundLine{line("", "cup", 1, gbp(100))}}, 1, gbp(150)},
		{"a line of a canceled order, postage of a good one", crm.Refund{OrderID: "good", Amount: gbp(150), Lines: []crm.RefundLine{line("canceled", "cup", 1, gbp(100))}}, 1, gbp(50)},
		{"in another currency", crm.Refund{OrderID: "good", Amount: eur(200)}, 1, gbp(170)},
		{"part of it in another currency", crm.Refund{CustomerID: "ada", Lines: []crm.RefundLine{
			line("good", "cup", 1, eur(100)), line("canceled", "cup", 1, eur(20)),
		}}, 1, gbp(85)},
		{"of an anonymous order", crm.Refund{OrderID: "anonymous", Amount: gbp(300)}, 0, gbp(0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
			putCustomer(t, book, crm.Customer{ID: "ada"})
			putOrder(t, book, goods("ada", "good", day(1), "cup", 5, gbp(100)))
			canceled := goods("ada", "canceled", day(2), "cup", 5, gbp(100))
			canceled.State = crm.StateCanceled
			putOrder(t, book, canceled)
			lost := goods("ada", "lost", day(2), "cup", 5, gbp(100))
			lost.Kind = crm.KindWriteOff
			putOrder(t, book, lost)
			putOrder(t, book, goods("", "anonymous", day(1), "cup", 1, gbp(100)))
			tt.refund.OccurredAt = day(5)
			if len(tt.refund.Lines) > 0 {
				tt.refund.Currency = tt.refund.Lines[0].Amount.Currency
			}
			putRefund(t, book, tt.refund)
			a, err := book.Customers.Aggregates(t.Context(), "ada")
			if err != nil || a.Refunds != tt.refunds || a.Base.Refunded != tt.refunded {
				t.Errorf("got %d, %v, %v, want %d, %v", a.Refunds, a.Base.Refunded, err, tt.refunds, tt.refunded)
			}
		})
	}
}

// TestRefundsFollow changes the order that a refund is of.
func TestRefundsFollow(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putCustomer(t, book, crm.Customer{ID: "ben"})
	putOrder(t, book, goods("ada", "1", day(1), "cup", 5, gbp(100)))
	putOrder(t, book, goods("ben", "2", day(1), "cup", 5, gbp(100)))
	r := putRefund(t, book, crm.Refund{Ref: ref("r"), OrderID: "1", Amount: gbp(300), OccurredAt: day(2)})
	for _, step := range []struct {
		name     string
		do       func() error
		ada, ben crm.Money // refunded
	}{
		{"as recorded", func() error { return nil }, gbp(300), gbp(0)},
		{"the order is canceled", func() error {
			_, err := book.Orders.Update(ctx, "1", func(o *crm.Order) error { o.State = crm.StateCanceled; return nil })
			return err
		}, gbp(0), gbp(0)},
		{"and opened again", func() error {
			_, err := book.Orders.Update(ctx, "1", func(o *crm.Order) error { o.State = crm.StatePaid; return nil })
			return err
		}, gbp(300), gbp(0)},
		{"it was somebody else's", func() error {
			_, err := book.Orders.Update(ctx, "1", func(o *crm.Order) error { o.CustomerID = "ben"; return nil })
			return err
		}, gbp(0), gbp(300)},
		{"nobody's", func() error {
			_, err := book.Orders.Update(ctx, "1", func(o *crm.Order) error { o.CustomerID = ""; return nil })
			return err
		}, gbp(0), gbp(0)},
		{"and hers after all", func() error {
			_, err := book.Orders.Update(ctx, "1", func(o *crm.Order) error { o.CustomerID = "ada"; return nil })
			return err
		}, gbp(300), gbp(0)},
		{"the refund is of another order", func() error {
			_, err := book.Refunds.Record(ctx, crm.Refund{Ref: ref("r"), OrderID: "2", Amount: gbp(300), OccurredAt: day(2)})
			return err
		}, gbp(0), gbp(300)},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		var got [2]crm.Money
		for i, id := range []crm.CustomerID{"ada", "ben"} {
			a, err := book.Customers.Aggregates(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = a.Base.Refunded
		}
		if diff := cmp.Diff([2]crm.Money{step.ada, step.ben}, got); diff != "" {
			t.Errorf("%s: refunded to ada and ben (-want +got):\n%s", step.name, diff)
		}
	}
	now, err := book.Refunds.Get(ctx, r.ID)
	if err != nil || now.CustomerID != "ben" || now.OrderID != "2" {
		t.Errorf("got %+v, %v", now, err)
	}
}

func TestRefundsPage(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putOrder(t, book, goods("ada", "1", day(1), "cup", 5, gbp(100)))
	putOrder(t, book, goods("", "2", day(1), "cup", 5, gbp(100)))
	for i, r := range []crm.Refund{{OrderID: "1"}, {OrderID: "2"}, {}, {CustomerID: "ada", Lines: []crm.RefundLine{line("2", "cup", 1, gbp(100))}}} {
		r.ID, r.OccurredAt, r.Amount = crm.RefundID("r"+string(rune('0'+i))), day(10+i), gbp(100)
		putRefund(t, book, r)
	}
	for _, tt := range []struct {
		name  string
		query crm.RefundQuery
		want  []crm.RefundID
	}{
		{"all", crm.RefundQuery{}, []crm.RefundID{"r0", "r1", "r2", "r3"}},
		{"newest", crm.RefundQuery{Newest: true, Limit: 2}, []crm.RefundID{"r3", "r2"}},
		{"between", crm.RefundQuery{From: day(11), To: day(13)}, []crm.RefundID{"r1", "r2"}},
		{"of a customer", crm.RefundQuery{CustomerID: "ada"}, []crm.RefundID{"r0", "r3"}},
		{"of a customer, from", crm.RefundQuery{CustomerID: "ada", From: day(11)}, []crm.RefundID{"r3"}},
		{"of an order, by a line too", crm.RefundQuery{OrderID: "2"}, []crm.RefundID{"r1", "r3"}},
		{"the order goes before the customer", crm.RefundQuery{OrderID: "1", CustomerID: "nobody", From: day(99)}, []crm.RefundID{"r0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []crm.RefundID
			for _, r := range all(t, book.Refunds.List(ctx, tt.query)) {
				got = append(got, r.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	p, err := book.Refunds.Page(ctx, crm.RefundQuery{Limit: 3})
	if err != nil || len(p.Items) != 3 || p.Next == "" {
		t.Fatalf("page of three: %+v, %v", p, err)
	}
	if p, err = book.Refunds.Page(ctx, crm.RefundQuery{After: p.Next}); err != nil || len(p.Items) != 1 || p.Next != "" {
		t.Errorf("the page after: %+v, %v", p, err)
	}
	if _, err := book.Refunds.Page(ctx, crm.RefundQuery{After: "?"}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("after nonsense: %v", err)
	}
	if n, err := book.Refunds.Count(ctx); n != 4 || err != nil {
		t.Errorf("Count is %d, %v", n, err)
	}
}

func TestRefundsCounted(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	putCustomer(t, book, crm.Customer{ID: "ada"})
	for id, state := range map[string]crm.OrderState{"paid": crm.StatePaid, "canceled": crm.StateCanceled} {
		o := goods("ada", id, day(1), "cup", 3, eur(1000))
		o.State, o.Rate = state, crm.Rate{Num: 9, Den: 10}
		putOrder(t, book, o)
	}
	for name, c := range map[string]struct {
		refund       crm.Refund
		amount, base crm.Money
	}{
		"of an order that counts":        {crm.Refund{OrderID: "paid", Amount: eur(500)}, eur(500), gbp(450)},
		"of an order that does not":      {crm.Refund{OrderID: "canceled", Amount: eur(500)}, crm.Money{}, crm.Money{}},
		"lines of both":                  {crm.Refund{CustomerID: "ada", Currency: "EUR", Rate: crm.Rate{Num: 9, Den: 10}, Lines: []crm.RefundLine{line("paid", "cup", 1, eur(1000)), line("canceled", "cup", 2, eur(2000))}}, eur(1000), gbp(900)},
		"what no line is of, and a line": {crm.Refund{OrderID: "paid", Currency: "EUR", Amount: eur(700), Lines: []crm.RefundLine{line("canceled", "cup", 1, eur(500))}}, eur(200), gbp(180)},
		"of no order, in pounds":         {crm.Refund{CustomerID: "ada", Amount: gbp(300)}, gbp(300), gbp(300)},
		"without a rate":                 {crm.Refund{CustomerID: "ada", Amount: crm.Money{Amount: 300, Currency: "SEK"}}, crm.Money{Amount: 300, Currency: "SEK"}, crm.Money{}},
	} {
		t.Run(name, func(t *testing.T) {
			c.refund.OccurredAt = day(2)
			r := putRefund(t, book, c.refund)
			amount, base, err := book.Refunds.Counted(t.Context(), r)
			if err != nil || amount != c.amount || base != c.base {
				t.Errorf("got %v, %v, %v; want %v, %v", amount, base, err, c.amount, c.base)
			}
		})
	}
}

func TestChangeOfHands(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putCustomer(t, book, crm.Customer{ID: "ben"})
	putOrder(t, book, goods("ada", "1", day(1), "cup", 3, gbp(1000)))
	r := putRefund(t, book, crm.Refund{CustomerID: "ada", Amount: gbp(10), OccurredAt: day(2)})
	before := head(t, book)
	putOrder(t, book, goods("ben", "1", day(1), "cup", 3, gbp(1000)))
	r.CustomerID = "ben"
	putRefund(t, book, *r)
	want := []*crm.Event{
		{Kind: crm.OrderUpdated, CustomerID: "ben", OtherID: "ada", OrderID: "1", Changes: []crm.Change{{Field: "customer_id"}}, OccurredAt: today, CreatedAt: today},
		{Kind: crm.RefundUpdated, CustomerID: "ben", OtherID: "ada", RefundID: r.ID, Changes: []crm.Change{{Field: "customer_id"}}, OccurredAt: today, CreatedAt: today},
	}
	if diff := cmp.Diff(want, since(t, book, before), facts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
