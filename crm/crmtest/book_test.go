package crmtest_test

import (
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

func TestNewClosesItself(t *testing.T) {
	var book *crm.Book
	t.Run("inner", func(t *testing.T) {
		book = crmtest.New(t)
		if _, err := book.Customers.Create(t.Context(), crmtest.Customer()); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := book.Customers.Count(t.Context()); !errors.Is(err, crm.ErrClosed) {
		t.Errorf("after the test: %v, want ErrClosed", err)
	}
}

// TestImport gives a whole shop to a book, which finds nothing wrong with it,
// and the second time nothing new.
func TestImport(t *testing.T) {
	book := crmtest.New(t)
	shop := crmtest.Shop(400, 6)
	refuse := &crm.ImportOptions{
		Reject: func(r crm.Record, err error) { t.Errorf("record %d: %v", r.Line, err) },
		Warn:   func(r crm.Record, text string) { t.Errorf("record %d: %s", r.Line, text) },
	}
	want := struct{ customers, products, orders, refunds int64 }{}
	orders, customers := map[crm.Ref]bool{}, map[crm.Ref]bool{}
	for r := range shop.Records() {
		if r.Product != nil {
			want.products++
		}
		if r.Refund != nil {
			want.refunds++
		}
		if r.Order != nil && !orders[r.Order.Ref] {
			orders[r.Order.Ref] = true
			want.orders++
		}
		if r.Customer != nil && !customers[r.Customer.Refs[0]] {
			customers[r.Customer.Refs[0]] = true
			want.customers++
		}
	}
	report, err := book.Import(t.Context(), shop.Records(), refuse)
	if err != nil {
		t.Fatal(err)
	}
	got := want
	got.customers, got.products = report.Customers.Created, report.Products.Created
	got.orders, got.refunds = report.Orders.Created, report.Refunds.Created
	if got != want || report.Warnings != 0 || report.Rejected != 0 {
		t.Errorf("got %+v, want %+v: %+v", got, want, report)
	}
	report, err = book.Import(t.Context(), shop.Records(), refuse)
	if err != nil {
		t.Fatal(err)
	}
	for kind, c := range map[string]crm.ImportCount{"customers": report.Customers, "products": report.Products, "orders": report.Orders, "refunds": report.Refunds} {
		if c.Created+c.Updated != 0 {
			t.Errorf("the second time: %s %+v", kind, c)
		}
	}
	ada, err := book.Customers.ByRef(t.Context(), crm.Ref{Source: "demo", ID: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	sums, err := book.Customers.Aggregates(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if sums.Orders != 30 || sums.Canceled != 1 || sums.Refunds < 1 || sums.Unconverted != 0 {
		t.Errorf("Ada: %+v", sums)
	}
}

// TestFixtures: what is recorded comes back as it was given.
func TestFixtures(t *testing.T) {
	book := crmtest.New(t)
	ctx := t.Context()
	customer, product, order, refund := crmtest.Customer(), crmtest.Product(), crmtest.Order(), crmtest.Refund()
	review, grant := crmtest.Interaction(), crmtest.Consent()
	records := func(yield func(crm.Record, error) bool) {
		_ = yield(crm.Record{Product: &product}, nil) && yield(crm.Record{Customer: &customer}, nil) &&
			yield(crm.Record{Customer: &customer, Order: &order}, nil) && yield(crm.Record{Order: &order, Refund: &refund}, nil) &&
			yield(crm.Record{Customer: &customer, Interaction: &review, Consents: []crm.Consent{grant}}, nil)
	}
	report, err := book.Import(ctx, iter.Seq2[crm.Record, error](records), &crm.ImportOptions{
		Reject: func(r crm.Record, err error) { t.Error(err) },
		Warn:   func(r crm.Record, text string) { t.Error(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Refunds.Created != 1 || report.Orders.Created != 1 || report.Customers.Created != 1 {
		t.Errorf("%+v", report)
	}
	gotCustomer, err := book.Customers.ByEmail(ctx, customer.Email)
	if err != nil {
		t.Fatal(err)
	}
	want := crmtest.Customer()
	want.FirstSeenAt = gotCustomer.FirstSeenAt // the book works it out
	if diff := cmp.Diff(&want, gotCustomer, crmtest.Options()); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	gotOrder, err := book.Orders.ByRef(ctx, order.Ref)
	if err != nil {
		t.Fatal(err)
	}
	wantOrder := crmtest.Order()
	wantOrder.BaseTotal, wantOrder.Rate = gotOrder.BaseTotal, gotOrder.Rate
	wantOrder.Version = gotOrder.Version
	if diff := cmp.Diff(&wantOrder, gotOrder, crmtest.Options()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	story, err := book.Timeline.Page(ctx, gotCustomer.ID, crm.TimelineQuery{Kinds: []crm.EntryKind{crm.EntryInteraction, crm.EntryConsent}})
	if err != nil {
		t.Fatal(err)
	}
	wantReview, wantGrant := crmtest.Interaction(), crmtest.Consent()
	wantGrant.Backfill = true
	wantStory := []*crm.Entry{
		{Kind: crm.EntryInteraction, At: review.OccurredAt, Channel: review.Channel, Interaction: &wantReview},
		{Kind: crm.EntryConsent, At: grant.OccurredAt, Channel: grant.Channel, Consent: &wantGrant},
	}
	if diff := cmp.Diff(wantStory, story.Items, crmtest.Options()); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	gotProduct, err := book.Products.BySKU(ctx, "MUG-RED")
	if err != nil {
		t.Fatal(err)
	}
	wantProduct := crmtest.Product()
	wantProduct.Version = gotProduct.Version
	if diff := cmp.Diff(&wantProduct, gotProduct, crmtest.Options()); diff != "" {
		t.Errorf("product (-want +got):\n%s", diff)
	}
}

func TestFixturesAreTheCallersOwn(t *testing.T) {
	i := crmtest.Interaction()
	i.Properties["helpful"] = crm.Number(9)
	if got := crmtest.Interaction().Properties["helpful"].Number(); got != 3 {
		t.Errorf("%v found the next one helpful, want 3", got)
	}
	a := crmtest.Order()
	a.Items[0].Quantity, a.States[0].State = 9, crm.StateDraft
	b := crmtest.Customer()
	b.Refs[0].ID, b.Tags[0] = "x", "x"
	p := crmtest.Product()
	p.Variants[0].Options[0].Value = "x"
	if crmtest.Order().Items[0].Quantity != 2 || crmtest.Customer().Tags[0] == "x" || crmtest.Product().Variants[0].Options[0].Value == "x" {
		t.Error("a change to one fixture shows in the next")
	}
}

func TestOptions(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	made := crm.CustomerID("cus_0123456789abcdefghjkmnpqrs")
	for _, c := range []struct {
		name  string
		a, b  crm.Customer
		equal bool
	}{
		{"recorded times", crm.Customer{CreatedAt: now, UpdatedAt: now}, crm.Customer{}, true},
		{"times in the world", crm.Customer{FirstSeenAt: now}, crm.Customer{}, false},
		{"an id and none", crm.Customer{ID: made}, crm.Customer{}, true},
		{"an id and a supplied one", crm.Customer{ID: made}, crm.Customer{ID: "grace"}, false},
		{"two supplied ids", crm.Customer{ID: "ada"}, crm.Customer{ID: "grace"}, false},
		{"no tags", crm.Customer{Tags: []string{}}, crm.Customer{}, true},
		{"names", crm.Customer{GivenName: "Ada"}, crm.Customer{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cmp.Equal(c.a, c.b, crmtest.Options()); got != c.equal {
				t.Errorf("equal is %t, want %t", got, c.equal)
			}
		})
	}
}

// TestNoGoroutine: a shop given up halfway leaves nothing running.
func TestNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range crmtest.Shop(50, 1).Records() {
			break
		}
		for range crmtest.Shop(50, 1).Behavior() {
			break
		}
		for range crmtest.Shop(50, 1).All() {
			break
		}
	})
}
