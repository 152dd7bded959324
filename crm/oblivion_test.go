package crm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestOldFilesBringNobodyBack imports, after an erasure, the files from which the
// person came, and what a shop goes on to tell of them.
func TestOldFilesBringNobodyBack(t *testing.T) {
	now := day(100)
	book := open(t, memory(t).Store(), &crm.Options{Now: func() time.Time { return now }})
	ada := func() *crm.Customer {
		return &crm.Customer{Refs: []crm.Ref{ref("5123")}, GivenName: "Adaseed", Email: "Ada.Seed@Example.com", Phone: "+44 20 7946 0018", FirstSeenAt: day(1)}
	}
	order := func(id string, at time.Time) *crm.Order {
		return &crm.Order{Ref: ref(id), OccurredAt: at, Email: "ada.seed@example.com", Note: "seed order note", Total: gbp(1000)}
	}
	file := []crm.Record{{Customer: ada()}, {Customer: ada(), Order: order("1", day(10))}, {Interaction: &crm.Interaction{Device: "device-seed-77", Kind: crm.KindPageView, OccurredAt: day(9)}}}
	load(t, book, file...)
	v, err := book.Customers.ByRef(t.Context(), ref("5123"))
	if err != nil {
		t.Fatal(err)
	}
	old := v.ID
	if _, err := book.Identities.Link(t.Context(), old, crm.Identity{Kind: crm.IdentityDevice, Value: "device-seed-77"}); err != nil {
		t.Fatal(err)
	}
	erase(t, book, old)
	now = day(101)

	nobody := func(what string, orders int) {
		t.Helper()
		if words := planted(contentsOf(t, book.Store())); words != nil {
			t.Errorf("%s brought %q back", what, words)
		}
		if n, err := book.Customers.Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: %d customers, %v; want none", what, n, err)
		}
		if a, err := book.Customers.Aggregates(t.Context(), old); err != nil || a.Orders != orders {
			t.Errorf("%s: %+v, %v; want %d orders of the erased id", what, a, err, orders)
		}
	}
	nobody("the erasure", 1)
	report := load(t, book, file...)
	nobody("the same file", 1)
	if report.Warnings == 0 {
		t.Error("the import does not warn that it left something out")
	}
	load(t, book, crm.Record{Customer: &crm.Customer{Email: "ADA.SEED@example.com", GivenName: "Adaseed"}})
	nobody("a list with the address in capitals", 1)
	load(t, book, crm.Record{Customer: &crm.Customer{Phone: "+442079460018", GivenName: "Adaseed"}})
	nobody("a list with the phone number alone", 1)
	load(t, book, crm.Record{Customer: ada(), Order: order("2", day(20))})
	nobody("an order that was not known", 2)
	late := order("1", day(10))
	late.CustomerID, late.State = old, crm.StateFulfilled
	if _, err := book.Orders.Record(t.Context(), *late); err != nil {
		t.Fatal(err)
	}
	nobody("the live update of an old order", 2)
	if _, err := book.Refunds.Record(t.Context(), crm.Refund{Ref: ref("9"), CustomerID: old, Amount: gbp(100), Reason: "seed reason", OccurredAt: day(102)}); err != nil {
		t.Fatal(err)
	}
	nobody("a live refund", 2)

	// They come back by themselves: with an order of today in the nightly file,
	// which is of a new customer. The old orders stay whose they are.
	now = day(110)
	load(t, book, crm.Record{Customer: ada(), Order: order("3", day(109))}, crm.Record{Customer: ada(), Order: order("1", day(10))})
	v, err = book.Customers.ByEmail(t.Context(), "ada.seed@example.com")
	if err != nil || v.ID == old {
		t.Fatalf("who came back is %+v, %v; want a new customer", v, err)
	}
	for id, want := range map[crm.CustomerID]int{old: 2, v.ID: 1} {
		if a, err := book.Customers.Aggregates(t.Context(), id); err != nil || a.Orders != want {
			t.Errorf("%s has %+v, %v; want %d orders", id, a, err, want)
		}
	}
}

// TestOldStraysBringNobodyBack tells, after an erasure, of old orders that name
// nobody but have the person's address: in files, and live.
func TestOldStraysBringNobodyBack(t *testing.T) {
	now := day(100)
	book := open(t, memory(t).Store(), &crm.Options{Now: func() time.Time { return now }})
	order := func(id string, at time.Time) *crm.Order {
		return &crm.Order{Ref: ref(id), OccurredAt: at, Email: "Ada.Seed@example.com", Phone: "+44 20 7946 0018", Note: "seed order note", Total: gbp(1000)}
	}
	refund := func(id string) *crm.Refund {
		return &crm.Refund{Ref: ref(id), Amount: gbp(100), Reason: "seed reason", OccurredAt: day(30)}
	}
	file := []crm.Record{{Order: order("1", day(10)), Refund: refund("1")}, {Order: &crm.Order{Ref: ref("till"), OccurredAt: day(11), Total: gbp(500)}, Refund: refund("till")}}
	load(t, book, file...)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Adaseed", Email: "ada.seed@example.com"})
	erase(t, book, ada.ID)
	now = day(101)

	load(t, book, file[0], crm.Record{Order: order("2", day(20))})
	late := order("3", day(21))
	late.State = crm.StateFulfilled
	putOrder(t, book, *late)
	putOrder(t, book, crm.Order{Ref: ref("till"), CustomerID: ada.ID, OccurredAt: day(11), Total: gbp(500)}) // whose it was turned out
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("old orders brought %q back", words)
	}
	if a, err := book.Customers.Aggregates(t.Context(), ada.ID); err != nil || a.Orders != 4 || a.Refunds != 2 {
		t.Errorf("the erased id has %+v, %v; want 4 orders and 2 refunds", a, err)
	}
	for _, o := range []*crm.Order{order("4", day(101)), {Ref: ref("5"), OccurredAt: day(10), Email: "bob@example.com", Total: gbp(1)}} {
		load(t, book, crm.Record{Order: o})
		if got, err := book.Orders.ByRef(t.Context(), o.Ref); err != nil || got.CustomerID != "" || got.Email != o.Email {
			t.Errorf("an order from after the erasure, or of somebody else, is %+v, %v", got, err)
		}
	}
}

// TestTypedAddressTellsNothing erases somebody who typed the address of somebody
// else, which nobody has verified: what is the other's is not exported, and stays.
func TestTypedAddressTellsNothing(t *testing.T) {
	book := memory(t)
	eve := putCustomer(t, book, crm.Customer{GivenName: "Eve", Email: "eve@example.com"})
	for _, i := range []crm.Identity{
		{Kind: crm.IdentityEmail, Value: "guest.seed@seedmail.net"}, {Kind: crm.IdentityPhone, Value: "+44 20 7946 0018"},
		{Kind: crm.IdentityExternal, Source: "shop", Value: "seed-5123"},
	} {
		if _, err := book.Identities.Link(t.Context(), eve.ID, i); err != nil {
			t.Fatal(err)
		}
	}
	o := putOrder(t, book, crm.Order{Email: "guest.seed@seedmail.net", OccurredAt: day(1), Total: gbp(100), Note: "seed order note"})
	if told, text := dossier(t, book, eve.ID); len(told.Tables["crm.orders"]) != 0 {
		t.Errorf("the export tells of somebody else's order: %s", text)
	}
	erase(t, book, eve.ID)
	if left, err := book.Orders.Get(t.Context(), o.ID); err != nil || left.Note != o.Note {
		t.Errorf("somebody else's order is %+v, %v; want it as it was", left, err)
	}
	for _, c := range []*crm.Customer{
		{Email: "guest.seed@seedmail.net", GivenName: "Adaseed"}, {Phone: "+44 20 7946 0018", GivenName: "Adaseed"}, {Refs: []crm.Ref{{Source: "shop", ID: "seed-5123"}}, GivenName: "Adaseed"},
	} {
		if report := load(t, book, crm.Record{Customer: c}); report.Customers.Created != 1 {
			t.Errorf("an import of %+v: %+v, want a new customer", c, report.Customers)
		}
	}
}

// TestErasedComesBackLive records somebody live after their erasure, by the ref,
// the e-mail address and the time of before: a new customer.
func TestErasedComesBackLive(t *testing.T) {
	for name, c := range map[string]crm.Customer{
		"ref":    {Refs: []crm.Ref{ref("5123")}, FirstSeenAt: day(1)},
		"e-mail": {Email: "ada@example.com", FirstSeenAt: day(1)},
	} {
		t.Run(name, func(t *testing.T) {
			book := memory(t)
			old := putCustomer(t, book, c)
			erase(t, book, old.ID)
			v := putCustomer(t, book, c)
			if v.ID == old.ID || !v.ErasedAt.IsZero() {
				t.Errorf("got %+v, want a new customer", v)
			}
			if again := putCustomer(t, book, c); again.ID != v.ID {
				t.Errorf("recorded again as %s, want %s", again.ID, v.ID)
			}
			erase(t, book, v.ID)
			if n, err := book.Customers.Count(t.Context()); n != 0 || err != nil {
				t.Errorf("%d customers, %v after the second erasure; want none", n, err)
			}
		})
	}
}

// TestErasedDevice erases a person once more, when somebody else has their
// device.
func TestErasedDevice(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putCustomer(t, book, crm.Customer{ID: "bob"})
	tablet := crm.Identity{Kind: crm.IdentityDevice, Value: "tablet"}
	view := func(at time.Time) {
		t.Helper()
		if _, err := book.Interactions.Record(t.Context(), crm.Interaction{Device: "tablet", Kind: crm.KindPageView, OccurredAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	view(day(5))
	link(t, book, "ada", tablet)
	erase(t, book, "ada")
	view(day(6))
	link(t, book, "bob", tablet)
	erase(t, book, "ada")
	n := 0
	for _, err := range book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: "bob"}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 1 {
		t.Errorf("bob is left %d interactions, want 1", n)
	}
}

// TestEraseVisitor erases what a device did, which was identified as nobody's.
func TestEraseVisitor(t *testing.T) {
	book := memory(t)
	look := crm.Interaction{Device: "device-seed-77", Kind: crm.KindPageView, OccurredAt: day(5)}
	i, err := book.Interactions.Record(t.Context(), look)
	if err != nil {
		t.Fatal(err)
	}
	if told, _ := dossier(t, book, i.CustomerID); len(told.Tables["crm.interactions"]) != 1 {
		t.Errorf("exported %v, want the interaction", told.Tables)
	}
	erase(t, book, i.CustomerID)
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("the store still holds %q", words)
	}
	if _, err := book.Privacy.Erase(t.Context(), i.CustomerID); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("erased again: %v, want %v", err, crm.ErrNotFound)
	}
	load(t, book, crm.Record{Interaction: &look})
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("an import brought %q back", words)
	}
	if _, err := book.Interactions.Record(t.Context(), look); err != nil {
		t.Errorf("the device cannot be used any more: %v", err)
	}
}

// TestEraseVisitorGoesOn interrupts the erasure of a visitor; the next sweep ends
// it, and the one after that finds nothing to do.
func TestEraseVisitorGoesOn(t *testing.T) {
	st := &weary{memstore.New(nil), -1}
	book := open(t, st, nil)
	i, err := book.Interactions.Record(t.Context(), crm.Interaction{Device: "device-seed-77", Kind: crm.KindPageView, OccurredAt: day(5)})
	if err != nil {
		t.Fatal(err)
	}
	st.left = 1
	if _, err := book.Privacy.Erase(t.Context(), i.CustomerID); !errors.Is(err, errWeary) {
		t.Fatal(err)
	}
	st.left = -1
	for _, want := range []crm.SweepReport{{Resumed: 1}, {}} {
		got, err := book.Privacy.Sweep(t.Context(), today, crm.Retention{})
		if diff := cmp.Diff(&want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if n := len(all(t, book.Privacy.Erasures(t.Context()))); n != 1 || planted(contentsOf(t, st)) != nil {
		t.Errorf("%d proofs, want 1; the store holds %q", n, planted(contentsOf(t, st)))
	}
}

// narrow is a store that takes a few thousand writes in one transaction.
type narrow struct{ store.Store }

func (n narrow) Unwrap() store.Store { return n.Store }

func (n narrow) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	return n.Store.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		w := &strait{Tx: tx}
		if err := f(ctx, w); err != nil {
			return err
		}
		if w.n > 4000 {
			return store.ErrTooLarge
		}
		return nil
	})
}

type strait struct {
	store.Tx
	n int
}

func (w *strait) Put(key, value []byte) { w.n++; w.Tx.Put(key, value) }
func (w *strait) Delete(key []byte)     { w.n++; w.Tx.Delete(key) }

// TestEraseManyOrders erases one by whose address thousands of orders are, half
// of which name nobody: no transaction takes them all.
func TestEraseManyOrders(t *testing.T) {
	book := open(t, narrow{memstore.New(nil)}, nil)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Adaseed", Email: "ada.seed@example.com"})
	const n = 2400
	for i := range n {
		o := crm.Order{OccurredAt: day(1 + i%300), Total: gbp(100), Email: "ada.seed@example.com", Note: "seed order note"}
		if i%2 == 0 {
			o.CustomerID = ada.ID
		}
		putOrder(t, book, o)
	}
	e := erase(t, book, ada.ID)
	if diff := cmp.Diff([]crm.ErasedTable{{Table: "crm.customers", Records: 1}, {Table: "crm.orders", Records: n}}, e.Tables); diff != "" {
		t.Errorf("the proof (-want +got):\n%s", diff)
	}
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("the store still holds %q", words)
	}
}

// TestEraseInTransaction erases with everything else that a transaction does, or
// not at all.
func TestEraseInTransaction(t *testing.T) {
	book := memory(t)
	p := seed(t, book)
	failed := errors.New("failed")
	before := contentsOf(t, book.Store())
	for _, want := range []error{failed, nil} {
		err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
			e, err := tx.Privacy.Erase(ctx, p.id)
			if err != nil {
				return err
			}
			if e.FinishedAt.IsZero() {
				t.Error("the erasure has not ended")
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Fatal(err)
		}
		after := contentsOf(t, book.Store())
		if same := string(before) == string(after); same != (want != nil) {
			t.Errorf("with %v, the store is the same: %v", want, same)
		}
	}
	check(t, book, p)
}

func TestPrivacyOfNobody(t *testing.T) {
	book := memory(t)
	for _, id := range []crm.CustomerID{"nobody", "vis_nobody", "ada@example.com", ""} {
		_, err := book.Privacy.Erase(t.Context(), id)
		if !errors.Is(err, crm.ErrNotFound) || strings.Contains(err.Error(), "ada@") {
			t.Errorf("Erase of %q: %v, want %v", id, err, crm.ErrNotFound)
		}
		if err := book.Privacy.Export(t.Context(), id, &strings.Builder{}); !errors.Is(err, crm.ErrNotFound) || strings.Contains(err.Error(), "ada@") {
			t.Errorf("Export of %q: %v, want %v", id, err, crm.ErrNotFound)
		}
	}
}

// The following are named after what users of other shops and CRMs complain of.

// TestTheliaCannotDeleteCustomerWithOrder erases one who has an order.
func TestTheliaCannotDeleteCustomerWithOrder(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Ada", Email: "ada@example.com"})
	o := putOrder(t, book, goods(ada.ID, "o1", day(1), "MUG", 2, gbp(500)))
	erase(t, book, ada.ID)
	left, err := book.Orders.Get(t.Context(), o.ID)
	if err != nil || left.Total != gbp(1000) || left.CustomerID != ada.ID {
		t.Errorf("the order is %+v, %v; want it of 10.00 GBP and the same id", left, err)
	}
}

// TestMagentoErasesAccountButNotOrders looks into every order of one who was
// erased, also those recorded without the account.
func TestMagentoErasesAccountButNotOrders(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Ada", Email: "ada@example.com", Phone: "+44 20 7946 0018"})
	address := crm.Address{Name: "Ada", Line1: "12 St James's Square"}
	for i, o := range []crm.Order{
		{CustomerID: ada.ID, Email: "ada@work.example"}, {Email: "ADA@example.com"}, {Phone: "(020) 7946-0018", Email: ""}, {Phone: "+442079460018"},
	} {
		o.ID, o.OccurredAt, o.Total, o.Billing, o.Delivery, o.Note = crm.OrderID(fmt.Sprint("o", i)), day(i+1), gbp(100), address, address, "for Ada"
		putOrder(t, book, o)
	}
	erase(t, book, ada.ID)
	for _, o := range all(t, book.Orders.List(t.Context(), crm.OrderQuery{})) {
		bare := crm.Order{ID: o.ID, CustomerID: o.CustomerID, Currency: o.Currency, Total: o.Total, BaseTotal: o.BaseTotal, Adjustment: o.Adjustment, OccurredAt: o.OccurredAt, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt}
		if o.ID == "o2" { // a national number, which may be another country's
			continue
		}
		if diff := cmp.Diff(&bare, o); diff != "" {
			t.Errorf("order %s (-want +got):\n%s", o.ID, diff)
		}
	}
}

// TestSpreeLeavesCopies erases one whose data was written in several places, by
// several calls, and looks for copies everywhere.
func TestSpreeLeavesCopies(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Adaseed", Email: "guest.seed@seedmail.net"})
	for _, email := range []string{"countess.seed@gmail.com", "ada.seed@example.com"} { // the old ones are kept as identities
		if _, err := book.Customers.Update(t.Context(), ada.ID, func(c *crm.Customer) error { c.Email = email; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	putOrder(t, book, crm.Order{ID: "guest", Email: "Guest.Seed@Seedmail.net", OccurredAt: day(1), Total: gbp(100)}) // before the account
	erase(t, book, ada.ID)
	for what, text := range map[string][]byte{"the store": contentsOf(t, book.Store()), "the feed": feedOf(t, book.Store()), "a backup": backupOf(t, book.Store())} {
		if words := planted(text); words != nil {
			t.Errorf("%s holds a copy of %q", what, words)
		}
	}
}

// TestSaleorKeepsNoProofOfErasure asks who was erased when and by whom.
func TestSaleorKeepsNoProofOfErasure(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{ID: "ada", GivenName: "Ada"})
	putOrder(t, book, goods(ada.ID, "o1", day(1), "MUG", 2, gbp(500)))
	if _, err := book.Privacy.Erase(crm.WithActor(t.Context(), "agent-7"), ada.ID); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all(t, book.Privacy.Erasures(t.Context())) {
		got = append(got, fmt.Sprint(e.IDs, e.Actor, e.StartedAt.Equal(today), e.FinishedAt.Equal(today), e.Tables))
	}
	want := []string{"[ada]agent-7true true [{crm.customers 1}]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("proofs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1 agent-7 customer.erased ada"}, said(t, book, crm.AuditQuery{})); diff != "" {
		t.Errorf("the audit log (-want +got):\n%s", diff)
	}
}
