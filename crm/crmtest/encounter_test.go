package crmtest_test

import (
	"cmp"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

// TestAllHoldsTheOthers: All tells what Records and Behavior do, in the order of
// time, and every kind of what else a shop knows.
func TestAllHoldsTheOthers(t *testing.T) {
	shop := crmtest.Shop(1200, 8)
	var back []crm.Record // what the back office has
	kinds, states := map[crm.InteractionKind]int{}, map[crm.ConsentState]int{}
	identities := map[crm.IdentityKind]int{}
	refs, owner := map[crm.Ref]bool{}, map[string]crm.Ref{}
	purchases := map[string]time.Time{}
	all, anonymous, behavior := 0, 0, 0
	var last time.Time
	for r, err := range shop.All() {
		if err != nil {
			t.Fatal(err)
		}
		if all++; r.Line != int64(all) {
			t.Fatalf("line %d, want %d", r.Line, all)
		}
		i := r.Interaction
		if i == nil {
			if r.Line = 0; len(r.Identities)+len(r.Consents) > 0 {
				t.Errorf("a record without an interaction has %v and %v", r.Identities, r.Consents)
			}
			back = append(back, r)
			if r.Order != nil {
				last = cmp.Or(map[bool]time.Time{true: r.Order.OccurredAt}[r.Order.OccurredAt.After(last)], last)
			}
			continue
		}
		if i.OccurredAt.Before(last) {
			t.Fatalf("%v of %v comes after %v", i.Ref, i.OccurredAt, last)
		}
		last = i.OccurredAt
		if refs[i.Ref] {
			t.Errorf("%v comes twice", i.Ref)
		}
		refs[i.Ref] = true
		kinds[i.Kind]++
		if i.Ref.ID[0] == 'b' {
			behavior++
		}
		if r.Customer == nil {
			anonymous++
			if i.Device == "" || len(r.Identities)+len(r.Consents) > 0 {
				t.Errorf("%+v is of nobody", r)
			}
		}
		for _, c := range r.Consents {
			states[c.State]++
			if !c.OccurredAt.Equal(i.OccurredAt) {
				t.Errorf("consent of %v in a record of %v", c.OccurredAt, i.OccurredAt)
			}
		}
		for _, id := range r.Identities {
			identities[id.Kind]++
			if id.Kind != crm.IdentityDevice {
				continue
			}
			if of, ok := owner[id.Value]; ok {
				t.Errorf("a device of %v is told of again, of %v", of, r.Customer.Refs[0])
			}
			owner[id.Value] = r.Customer.Refs[0]
		}
		if of, ok := owner[i.Device]; ok && r.Customer != nil && of != r.Customer.Refs[0] {
			t.Errorf("%v uses the device of %v", r.Customer.Refs[0], of)
		}
		if i.Kind == crm.KindPurchase {
			purchases[i.Properties["transaction_id"].Text()] = i.OccurredAt
		}
	}

	var want []crm.Record
	for r, err := range shop.Records() {
		if err != nil {
			t.Fatal(err)
		}
		r.Line = 0
		want = append(want, r)
		if o := r.Order; o != nil {
			if at, ok := purchases[o.Ref.ID]; ok && !at.Equal(o.OccurredAt) {
				t.Errorf("order %v of %v was a purchase at %v", o.Ref, o.OccurredAt, at)
			}
		}
	}
	if diff := gocmp.Diff(want, back); diff != "" {
		t.Errorf("Records are not among All (-want +got):\n%s", diff)
	}
	seen := 0
	for b := range shop.Behavior() {
		if b.Name != "store_visit" {
			seen++
			if !refs[b.Ref] {
				t.Fatalf("%v is not among All", b.Ref)
			}
		}
	}
	if behavior < seen {
		t.Errorf("%d of behavior among All, want at least %d", behavior, seen)
	}
	t.Logf("%d records, %d anonymous: %v, %v, %v", all, anonymous, kinds, states, identities)
	if anonymous < all/3 {
		t.Errorf("%d of %d records are anonymous", anonymous, all)
	}
	for _, k := range []crm.InteractionKind{
		crm.KindPageView, crm.KindSearch, crm.KindViewItem, crm.KindAddToCart, crm.KindBeginCheckout, crm.KindPurchase,
		crm.KindStoreVisit, crm.KindARSession, crm.KindSignUp, crm.KindLogin, crm.KindCall, crm.KindRating, crm.KindReview,
		crm.KindMessageSent, crm.KindMessageOpened, crm.KindMessageClicked,
	} {
		if kinds[k] < 15 {
			t.Errorf("%d of %s", kinds[k], k)
		}
	}
	for _, s := range []crm.ConsentState{crm.ConsentGranted, crm.ConsentPending, crm.ConsentWithdrawn, crm.ConsentDenied} {
		if states[s] < 10 {
			t.Errorf("%d consents are %s", states[s], s)
		}
	}
	if identities[crm.IdentityLoyalty] < 20 || identities[crm.IdentityLoyalty]%2 != 0 {
		t.Errorf("%d customer cards, want two tellings of each of some", identities[crm.IdentityLoyalty])
	}
}

// TestImportAll gives everything to a book, which finds nothing wrong with it,
// the second time nothing new, and the same customers and sums as without.
func TestImportAll(t *testing.T) {
	ctx := t.Context()
	shop := crmtest.Shop(300, 6)
	refuse := &crm.ImportOptions{
		Reject: func(r crm.Record, err error) { t.Errorf("record %d: %v", r.Line, err) },
		Warn:   func(r crm.Record, text string) { t.Errorf("record %d: %s", r.Line, text) },
	}
	plain, book := crmtest.New(t), crmtest.New(t)
	if _, err := plain.Import(ctx, shop.Records(), refuse); err != nil {
		t.Fatal(err)
	}
	first, err := book.Import(ctx, shop.All(), refuse)
	if err != nil {
		t.Fatal(err)
	}
	if n := first.Interactions.Created; n < 3000 || first.Consents.Created < 60 || first.Identities.Created < 150 {
		t.Errorf("%+v", first)
	}
	sums := func(book *crm.Book) map[crm.Ref]*crm.Aggregates {
		m := map[crm.Ref]*crm.Aggregates{}
		for c, err := range book.Customers.List(ctx, crm.CustomerQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			if m[c.Refs[0]], err = book.Customers.Aggregates(ctx, c.ID); err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	once := sums(book)
	if diff := gocmp.Diff(sums(plain), once, crmtest.Options()); diff != "" {
		t.Errorf("sums with and without behavior (-without +with):\n%s", diff)
	}
	second, err := book.Import(ctx, shop.All(), refuse)
	if err != nil {
		t.Fatal(err)
	}
	for kind, c := range map[string]crm.ImportCount{
		"customers": second.Customers, "products": second.Products, "orders": second.Orders, "refunds": second.Refunds,
		"interactions": second.Interactions, "consents": second.Consents, "identities": second.Identities,
	} {
		if c.Created+c.Updated != 0 {
			t.Errorf("the second time: %s %+v", kind, c)
		}
	}
	if diff := gocmp.Diff(once, sums(book)); diff != "" {
		t.Errorf("sums after the second time (-first +second):\n%s", diff)
	}

	_, end := shop.Period()
	for ref, want := range map[string]crm.DecisionReason{"ada": crm.ReasonGranted, "george": crm.ReasonWithdrawn, "mary": crm.ReasonNoConsent} {
		c, err := book.Customers.ByRef(ctx, crm.Ref{Source: "demo", ID: ref})
		if err != nil {
			t.Fatal(err)
		}
		d, err := book.Consents.Decide(ctx, c.ID, crm.ChannelEmail, crm.PurposeMarketing, end)
		if err != nil {
			t.Fatal(err)
		}
		if d.Reason != want {
			t.Errorf("a newsletter to %s: %s, want %s", ref, d.Reason, want)
		}
	}
	merged, joined, signaled := 0, 0, 0
	for c, err := range book.Customers.List(ctx, crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range c.Refs {
			if r.Source == "till" {
				merged++
			}
		}
		held, err := book.Consents.List(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range held {
			if p.Purpose == crm.PurposeSaleSharing && p.State == crm.ConsentDenied {
				signaled++
			}
		}
		page, err := book.Interactions.Page(ctx, crm.InteractionQuery{CustomerID: c.ID, Limit: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			if i.CustomerID != c.ID && i.Device != "" {
				joined++
			}
		}
	}
	if merged < 3 || joined < 300 || signaled < 2 {
		t.Errorf("%d cards made two one, %d things were done before somebody was known, %d browsers sent a signal", merged, joined, signaled)
	}
}
