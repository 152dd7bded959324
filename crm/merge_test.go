package crm_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
)

// twoOfOne records two customers who turn out to be one: a guest with two
// orders and a refund, and an account with one order.
func twoOfOne(t failer, book *crm.Book) (guest, account crm.CustomerID) {
	t.Helper()
	g := putCustomer(t, book, crm.Customer{ID: "guest", GivenName: "Ada", FamilyName: "L.", Email: "ada@work.example", Phone: "+44 20 7946 0000", Tags: []string{"fair", "vip"}, FirstSeenAt: day(1)})
	a := putCustomer(t, book, crm.Customer{ID: "account", Refs: []crm.Ref{ref("7")}, Account: true, GivenName: "Ada", FamilyName: "Lovelace", Email: "ada@home.example", Tags: []string{"news"}, FirstSeenAt: day(5), Version: day(6)})
	putOrder(t, book, goods(g.ID, "o1", day(2), "mug", 2, gbp(500)))
	putOrder(t, book, goods(a.ID, "o2", day(3), "pot", 1, gbp(2000)))
	putOrder(t, book, goods(g.ID, "o3", day(4), "mug", 1, gbp(500)))
	putRefund(t, book, crm.Refund{ID: "r1", CustomerID: g.ID, OccurredAt: day(5), Amount: gbp(500), Lines: []crm.RefundLine{{SKU: "mug", Quantity: 1, Amount: gbp(500)}}})
	return g.ID, a.ID
}

func merge(t failer, book *crm.Book, from, into crm.CustomerID) *crm.Customer {
	t.Helper()
	v, err := book.Customers.Merge(t.Context(), from, into)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func unmerge(t failer, book *crm.Book, id crm.CustomerID) *crm.Customer {
	t.Helper()
	v, err := book.Customers.Unmerge(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// inspected returns the records of a table as JSON.
func inspected(t failer, book *crm.Book, table string) (list []string) {
	t.Helper()
	err := book.View(t.Context(), func(_ context.Context, tx *crm.Tx) error {
		for text, err := range crm.Inspect(tx.Store(), crm.InspectQuery{Table: table, Personal: true}) {
			if err != nil {
				return err
			}
			list = append(list, string(text))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestMergeGathers(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			ctx := t.Context()
			book := open(t, e.open(t), nil)
			guest, account := twoOfOne(t, book)
			whole := merge(t, book, guest, account)
			want := &crm.Customer{
				ID: account, Refs: []crm.Ref{ref("7")}, Account: true, GivenName: "Ada", FamilyName: "Lovelace",
				Email: "ada@home.example", Phone: "+44 20 7946 0000", Tags: []string{"fair", "news", "vip"},
				FirstSeenAt: day(1), Version: day(6), CreatedAt: today, UpdatedAt: today,
			}
			if diff := cmp.Diff(want, whole); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
			byPhone, err := book.Customers.ByPhone(ctx, "+44 2079460000")
			if err != nil || len(byPhone) != 1 {
				t.Fatalf("by phone: %d, %v", len(byPhone), err)
			}
			for _, id := range []crm.CustomerID{guest, account} {
				p, err := book.Customers.Profile(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, p.Customer); diff != "" {
					t.Errorf("profile of %s (-want +got):\n%s", id, diff)
				}
				if a := p.Aggregates; a.Orders != 3 || a.Units != 4 || a.Refunds != 1 || a.Base.Net() != gbp(3000) || !a.FirstOrderAt.Equal(day(2)) || !a.LastOrderAt.Equal(day(4)) {
					t.Errorf("aggregates of %s: %+v", id, *a)
				}
				var orders []crm.OrderID
				for _, o := range p.Orders {
					orders = append(orders, o.ID)
				}
				if diff := cmp.Diff([]crm.OrderID{"o3", "o2", "o1"}, orders); diff != "" {
					t.Errorf("orders of %s (-want +got):\n%s", id, diff)
				}
				if n := len(all(t, book.Refunds.List(ctx, crm.RefundQuery{CustomerID: id}))); n != 1 {
					t.Errorf("%d refunds of %s, want 1", n, id)
				}
				members, err := book.Customers.Members(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]crm.CustomerID{account, guest}, members); diff != "" {
					t.Errorf("members of %s (-want +got):\n%s", id, diff)
				}
			}
			for name, find := range map[string]func() (*crm.Customer, error){
				"id":          func() (*crm.Customer, error) { return book.Customers.Get(ctx, guest) },
				"ref":         func() (*crm.Customer, error) { return book.Customers.ByRef(ctx, ref("7")) },
				"one e-mail":  func() (*crm.Customer, error) { return book.Customers.ByEmail(ctx, "ada@home.example") },
				"the other's": func() (*crm.Customer, error) { return book.Customers.ByEmail(ctx, "Ada@Work.example") },
				"phone":       func() (*crm.Customer, error) { return byPhone[0], nil },
			} {
				got, err := find()
				if err != nil {
					t.Errorf("by %s: %v", name, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("by %s (-want +got):\n%s", name, diff)
				}
			}
			if list := all(t, book.Customers.List(ctx, crm.CustomerQuery{})); len(list) != 1 || list[0].ID != account {
				t.Errorf("list has %d customers, want the survivor only", len(list))
			}
			if n, err := book.Customers.Count(ctx); n != 1 || err != nil {
				t.Errorf("count %d, %v, want 1", n, err)
			}
			best, err := book.Customers.Best(ctx, crm.BestQuery{})
			if err != nil || len(best) != 1 || best[0].Aggregates.Base.Net() != gbp(3000) || best[0].Customer.ID != account {
				t.Errorf("best: %+v, %v", best, err)
			}
		})
	}
}

// Facts that come while two are merged are each recorded under the id that they
// name, and what a source says of either goes to the record that it knows.
func TestUnmergeGivesBothBack(t *testing.T) {
	book, twin := memory(t), memory(t)
	for _, b := range []*crm.Book{book, twin} {
		guest, account := twoOfOne(t, b)
		if b == book {
			merge(t, b, guest, account)
		}
		putOrder(t, b, goods(guest, "o4", day(20), "lid", 1, gbp(100)))
		putOrder(t, b, goods(account, "o5", day(21), "lid", 3, gbp(100)))
		putRefund(t, b, crm.Refund{ID: "r2", CustomerID: account, OccurredAt: day(30), Amount: gbp(500), Lines: []crm.RefundLine{{SKU: "mug", Quantity: 1, Amount: gbp(500)}}})
		putCustomer(t, b, crm.Customer{Refs: []crm.Ref{ref("7")}, Account: true, GivenName: "Ada", FamilyName: "King", Email: "ada@home.example", Version: day(25)})
		putCustomer(t, b, crm.Customer{Email: "ada@work.example", Company: "Analytical Engines"})
	}
	unmerge(t, book, "guest")
	if diff := cmp.Diff(read(t, twin), read(t, book)); diff != "" {
		t.Errorf("un-merged (-twin +book):\n%s", diff)
	}
	if _, err := book.Customers.Unmerge(t.Context(), "guest"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("un-merged twice: %v", err)
	}
}

func TestUpdateOfTheWhole(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	guest, account := twoOfOne(t, book)
	before, err := book.Customers.Get(ctx, guest)
	if err != nil {
		t.Fatal(err)
	}
	merge(t, book, guest, account)
	v, err := book.Customers.Update(ctx, guest, func(c *crm.Customer) error {
		c.Phone = ""                              // the guest's
		c.Tags = []string{"gold", "fair", "news"} // without the guest's vip
		c.Note = "prefers letters"                // new
		c.Email = "ada@new.example"               // the account's own
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if v.ID != account || v.Phone != "" || v.Note != "prefers letters" || v.Email != "ada@new.example" || !slices.Equal(v.Tags, []string{"fair", "gold", "news"}) {
		t.Errorf("the whole after the update: %+v", *v)
	}
	again, err := book.Customers.Get(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, again); diff != "" {
		t.Errorf("read again (-updated +got):\n%s", diff)
	}
	_, err = book.Customers.Update(ctx, account, func(c *crm.Customer) error {
		c.Tags, c.Phone = append(c.Tags, "vip"), "+1 212 555 0100"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if v, err = book.Customers.Get(ctx, guest); err != nil || !slices.Contains(v.Tags, "vip") || v.Phone != "+1 212 555 0100" {
		t.Errorf("given back: %+v, %v", v, err)
	}
	if diff := cmp.Diff(before, unmerge(t, book, guest)); diff != "" {
		t.Errorf("the guest after un-merging (-before +after):\n%s", diff)
	}
	v, err = book.Customers.Get(ctx, account)
	if err != nil || !slices.Equal(v.Tags, []string{"gold", "news", "vip"}) || v.Note != "prefers letters" {
		t.Errorf("the survivor after un-merging: %+v, %v", v, err)
	}
	if _, err := book.Customers.Update(ctx, account, func(c *crm.Customer) error { c.Phone = ""; return nil }); err != nil {
		t.Fatal(err)
	}
	if v := merge(t, book, guest, account); v.Phone != "+44 20 7946 0000" {
		t.Errorf("what was hidden once is hidden after a new merge: %+v", *v)
	}
}

func TestRefOfAMemberStays(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "a", Refs: []crm.Ref{{Source: "shop", ID: "1"}}, Version: day(1)})
	putCustomer(t, book, crm.Customer{ID: "b", Refs: []crm.Ref{{Source: "till", ID: "1"}}, Version: day(1)})
	merge(t, book, "a", "b")
	_, err := book.Customers.Update(t.Context(), "b", func(c *crm.Customer) error { c.Refs = c.Refs[:1]; return nil })
	var invalid *crm.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Field != "refs" {
		t.Errorf("took away the ref of a member: %v", err)
	}
}

// TestRefsOfTheWhole records a person by the refs of all who were merged, as an
// export of the whole has them: each keeps its own.
func TestRefsOfTheWhole(t *testing.T) {
	book := memory(t)
	till := crm.Ref{Source: "till", ID: "1"}
	putCustomer(t, book, crm.Customer{ID: "a", Refs: []crm.Ref{ref("1")}})
	putCustomer(t, book, crm.Customer{ID: "b", Refs: []crm.Ref{till}})
	whole := merge(t, book, "a", "b")
	whole.Note = "prefers letters"
	putCustomer(t, book, *whole)
	before := head(t, book)
	if got := putCustomer(t, book, *whole); got.Note != whole.Note || !slices.Equal(got.Refs, []crm.Ref{till, ref("1")}) || head(t, book) != before {
		t.Errorf("once more: %+v, wrote %v", *got, kinds(since(t, book, before)))
	}
	load(t, book, crm.Record{Customer: &crm.Customer{Refs: []crm.Ref{ref("1"), till}}, Order: &crm.Order{ID: "o1", OccurredAt: day(1), Total: gbp(100)}})
	if a := unmerge(t, book, "a"); !slices.Equal(a.Refs, []crm.Ref{ref("1")}) || a.Note != "" {
		t.Errorf("un-merged: %+v", *a)
	}
	if _, err := book.Customers.Record(t.Context(), *whole); !errors.Is(err, crm.ErrExists) {
		t.Errorf("of two who are apart: %v", err)
	}
}

func TestMergeChains(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	for i := range 5 {
		id := crm.CustomerID(fmt.Sprintf("c%d", i))
		putCustomer(t, book, crm.Customer{ID: id, Tags: []string{string(id)}, FirstSeenAt: day(i + 1)})
		putOrder(t, book, goods(id, "o"+string(id), day(i+1), "mug", 1, gbp(100)))
	}
	spent := func(id crm.CustomerID) int64 {
		a, err := book.Customers.Aggregates(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return a.Base.Spent.Amount
	}
	merge(t, book, "c0", "c1")
	merge(t, book, "c2", "c3")
	merge(t, book, "c0", "c2") // both stand for the persons they belong to: c1 into c3
	merge(t, book, "c4", "c0")
	members, err := book.Customers.Members(ctx, "c1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.CustomerID{"c3", "c2", "c1", "c0", "c4"}, members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	for i := range 5 {
		if got := spent(crm.CustomerID(fmt.Sprintf("c%d", i))); got != 500 {
			t.Errorf("c%d spent %d, want 500", i, got)
		}
	}
	for _, pair := range [][2]crm.CustomerID{{"c3", "c0"}, {"c0", "c3"}, {"c4", "c4"}} {
		if _, err := book.Customers.Merge(ctx, pair[0], pair[1]); !errors.Is(err, crm.ErrExists) {
			t.Errorf("merged %v into a circle: %v", pair, err)
		}
	}
	unmerge(t, book, "c1")
	if a, b := spent("c0"), spent("c4"); a != 200 || b != 300 {
		t.Errorf("after un-merging c1: c0 and c1 spent %d, the others %d, want 200 and 300", a, b)
	}
	for _, id := range []crm.CustomerID{"c0", "c2", "c4"} {
		unmerge(t, book, id)
	}
	for i := range 5 {
		id := crm.CustomerID(fmt.Sprintf("c%d", i))
		if v, err := book.Customers.Get(ctx, id); err != nil || spent(id) != 100 || v.ID != id || len(v.Tags) != 1 {
			t.Errorf("%s after un-merging everything: %+v, %v", id, v, err)
		}
	}
	if list := inspected(t, book, "crm.links"); len(list) != 0 {
		t.Errorf("links are left: %s", list)
	}
}

func TestMergeLimit(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	id := func(i int) crm.CustomerID { return crm.CustomerID(fmt.Sprintf("c%03d", i)) }
	for i := range 101 {
		putCustomer(t, book, crm.Customer{ID: id(i), FirstSeenAt: day(1)})
		if i > 0 && i < 100 {
			merge(t, book, id(i-1), id(i)) // a chain, as deep as can be
		}
	}
	if members, err := book.Customers.Members(ctx, id(0)); len(members) != 100 || err != nil {
		t.Errorf("%d members, %v, want 100", len(members), err)
	}
	if _, err := book.Customers.Merge(ctx, id(100), id(0)); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("merged 101: %v", err)
	}
	p, err := book.Customers.PreviewMerge(ctx, id(100), id(0))
	if err != nil || len(p.Blockers) != 1 || p.Blockers[0].Rule != "too_many" || p.Members != 101 || p.Customer != nil {
		t.Errorf("preview: %+v, %v", p, err)
	}
}

func TestPreviewMerge(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	guest, account := twoOfOne(t, book)
	other := putCustomer(t, book, crm.Customer{ID: "other", Account: true, Refs: []crm.Ref{ref("8")}, Birthday: "1990-01-02", Version: day(1), FirstSeenAt: day(2)}).ID
	at := head(t, book)
	p, err := book.Customers.PreviewMerge(ctx, account, guest)
	if err != nil {
		t.Fatal(err)
	}
	if p.Survivor != account || p.Absorbed != guest || p.Reason != "has an account" || len(p.Blockers)+len(p.Warnings) != 0 {
		t.Errorf("preview: %+v", *p)
	}
	if events := since(t, book, at); len(events) != 0 {
		t.Errorf("a preview wrote %v", kinds(events))
	}
	v := merge(t, book, p.Absorbed, p.Survivor)
	if diff := cmp.Diff(p.Customer, v); diff != "" {
		t.Errorf("merged (-preview +got):\n%s", diff)
	}
	a, err := book.Customers.Aggregates(ctx, guest)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Totals, a); diff != "" {
		t.Errorf("aggregates (-preview +got):\n%s", diff)
	}
	if p, err = book.Customers.PreviewMerge(ctx, guest, account); err != nil || len(p.Blockers) != 1 || p.Blockers[0].Rule != "same_person" {
		t.Errorf("preview of one person: %+v, %v", p, err)
	}
	if p, err = book.Customers.PreviewMerge(ctx, other, guest); err != nil {
		t.Fatal(err)
	}
	if p.Survivor != account || p.Reason != "ordered more" {
		t.Errorf("survivor %s, as it %s", p.Survivor, p.Reason)
	}
	var rules []string
	for _, c := range p.Warnings {
		rules = append(rules, c.Rule)
	}
	if diff := cmp.Diff([]string{"other_ref", "other_account"}, rules); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	for _, pair := range [][2]crm.CustomerID{{"nobody", guest}, {guest, "nobody"}} {
		if _, err := book.Customers.PreviewMerge(ctx, pair[0], pair[1]); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("preview of %v: %v", pair, err)
		}
		if _, err := book.Customers.Merge(ctx, pair[0], pair[1]); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("merge of %v: %v", pair, err)
		}
	}
}

// What one withdrew, everybody who is merged with them has withdrawn, also those
// who were part of the other before, and also afterwards.
func TestWithdrawalsStayAfterUnmerging(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	may := func(id crm.CustomerID) bool {
		ok, err := book.Consents.MaySend(ctx, id, crm.ChannelEmail, crm.PurposeMarketing, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for _, id := range []crm.CustomerID{"a", "b", "c"} {
		putCustomer(t, book, crm.Customer{ID: id})
		c := crm.Consent{CustomerID: id, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: day(10)}
		if id == "a" {
			c.State = crm.ConsentWithdrawn
		}
		if _, err := book.Consents.Record(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	merge(t, book, "c", "b")
	if !may("b") || !may("c") {
		t.Error("two who granted may not be written to")
	}
	merge(t, book, "a", "b")
	unmerge(t, book, "a")
	unmerge(t, book, "c")
	for _, id := range []crm.CustomerID{"a", "b", "c"} {
		if may(id) {
			t.Errorf("%s may be written to again", id)
		}
	}
}

func TestMergeEvents(t *testing.T) {
	book := memory(t)
	guest, account := twoOfOne(t, book)
	at := head(t, book)
	merge(t, book, guest, account)
	unmerge(t, book, guest)
	want := []*crm.Event{
		{Kind: crm.CustomerMerged, CustomerID: guest, OtherID: account, OccurredAt: today, CreatedAt: today},
		{Kind: crm.CustomerMerged, CustomerID: account, OtherID: guest, OccurredAt: today, CreatedAt: today},
		{Kind: crm.CustomerUnmerged, CustomerID: guest, OtherID: account, OccurredAt: today, CreatedAt: today},
		{Kind: crm.CustomerUnmerged, CustomerID: account, OtherID: guest, OccurredAt: today, CreatedAt: today},
	}
	if diff := cmp.Diff(want, since(t, book, at), facts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A page that begins before a merge goes on after it, without a double.
func TestPagesAcrossAMerge(t *testing.T) {
	ctx := t.Context()
	for _, newest := range []bool{false, true} {
		book := memory(t)
		for i := range 10 {
			id := crm.CustomerID([]string{"a", "b"}[i%2])
			if i < 2 {
				putCustomer(t, book, crm.Customer{ID: id})
			}
			putOrder(t, book, goods(id, fmt.Sprint("o", i), day(1+i/3), "mug", 1, gbp(1)))
		}
		merge(t, book, "a", "b")
		want := all(t, book.Orders.List(ctx, crm.OrderQuery{CustomerID: "a", Newest: newest}))
		if len(want) != 10 {
			t.Fatalf("%d orders of the whole, want 10", len(want))
		}
		unmerge(t, book, "a")
		q := crm.OrderQuery{CustomerID: "a", Newest: newest, Limit: 2}
		page, err := book.Orders.Page(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		merge(t, book, "a", "b")
		seen := map[crm.OrderID]bool{}
		for {
			for _, o := range page.Items {
				if seen[o.ID] {
					t.Errorf("newest %v: %s comes twice", newest, o.ID)
				}
				seen[o.ID] = true
			}
			if page.Next == "" {
				break
			}
			q.After = page.Next
			if page, err = book.Orders.Page(ctx, q); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range want {
			if o.CustomerID == "a" && !seen[o.ID] {
				t.Errorf("newest %v: %s is missing", newest, o.ID)
			}
		}
	}
}

// TestUpdateLaws changes persons who were merged, field by field in any order and
// by any id: each change takes effect, no other field changes, and un-merging
// gives all members but the survivor back.
func TestUpdateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := t.Context()
		book := memory(t)
		declare(t, book, declared...)
		draw := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
		change := func(c *crm.Customer) {
			switch field := draw("field", "given", "family", "email", "phone", "note", "account", "tags", "addresses", "style", "size", "seen"); field {
			case "given":
				c.GivenName = draw(field, "", "Ada", "Augusta")
			case "family":
				c.FamilyName = draw(field, "", "Byron", "King")
			case "email":
				c.Email = draw(field, "", "ada@mill.example", "king@mill.example")
			case "phone":
				c.Phone = draw(field, "", "+44 20 7946 0000", "+44 20 7946 0001")
			case "note":
				c.Note = draw(field, "", "prefers letters")
			case "account":
				c.Account = !c.Account
			case "tags":
				c.Tags = nil
				for _, w := range []string{"fair", "news", "vip"} {
					if rapid.Bool().Draw(t, w) {
						c.Tags = append(c.Tags, w)
					}
				}
			case "addresses":
				if c.Addresses = append(c.Addresses, crm.Address{City: draw(field, "London", "Ockham")}); rapid.Bool().Draw(t, "none") {
					c.Addresses = nil
				}
			case "style", "size":
				if c.Attributes == nil {
					c.Attributes = map[string]crm.Value{}
				}
				c.Attributes["style"] = crm.Text(draw(field, "plain", "loud"))
				if c.Attributes["shoe_size"] = crm.Number(38); field == "style" {
					delete(c.Attributes, "shoe_size")
				}
				if rapid.Bool().Draw(t, "none") {
					c.Attributes = nil
				}
			case "seen":
				c.FirstSeenAt = day(rapid.IntRange(1, 9).Draw(t, field))
			}
		}
		ids := []crm.CustomerID{"a", "b", "c", "d"}
		was := map[crm.CustomerID]*crm.Customer{}
		for _, id := range ids {
			c := crm.Customer{ID: id, FirstSeenAt: day(5)}
			for range rapid.IntRange(0, 6).Draw(t, "fields") {
				change(&c)
			}
			was[id] = putCustomer(t, book, c)
		}
		merge(t, book, "c", "b")
		merge(t, book, "b", "a")
		want := merge(t, book, "d", "a")
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			got, err := book.Customers.Update(ctx, rapid.SampledFrom(ids).Draw(t, "id"), func(c *crm.Customer) error {
				change(c)
				*want = *c
				want.Attributes = maps.Clone(c.Attributes)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("updated (-want +got):\n%s", diff)
			}
			again, err := book.Customers.Get(ctx, "c")
			if diff := cmp.Diff(got, again); diff != "" || err != nil {
				t.Fatalf("read again: %v (-updated +got):\n%s", err, diff)
			}
		}
		unmerge(t, book, "c")
		unmerge(t, book, "b")
		unmerge(t, book, "d")
		for _, id := range ids[1:] {
			got, err := book.Customers.Get(ctx, id)
			if diff := cmp.Diff(was[id], got); diff != "" || err != nil {
				t.Fatalf("un-merged: %v (-was +got):\n%s", err, diff)
			}
		}
	})
}

// TestOldIDs asks by the id of somebody who was merged into another, and records
// by it: old ids stay valid everywhere, until the person is erased.
func TestOldIDs(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	guest, account := twoOfOne(t, book)
	merge(t, book, guest, account)
	order := goods(guest, "o9", day(40), "mug", 1, gbp(500))
	card := crm.Identity{Kind: crm.IdentityLoyalty, Value: "L-1", Verified: true}
	calls := []struct {
		name string
		want error // once they were erased
		call func() error
	}{
		{"create", crm.ErrExists, func() error {
			_, err := book.Customers.Create(ctx, crm.Customer{ID: guest})
			if errors.Is(err, crm.ErrExists) && !errors.Is(err, crm.ErrErased) {
				return nil // as it should, before and after
			}
			return fmt.Errorf("created: %w", err)
		}},
		{"record", crm.ErrErased, func() error {
			v, err := book.Customers.Record(ctx, crm.Customer{ID: guest, Note: "by the old id"})
			if err == nil && (v.ID != account || v.Note != "by the old id") {
				return fmt.Errorf("got %+v", *v)
			}
			return err
		}},
		{"update", crm.ErrErased, func() error {
			v, err := book.Customers.Update(ctx, guest, func(c *crm.Customer) error { c.Locale = "en-GB"; return nil })
			if err == nil && (v.ID != account || v.Locale != "en-GB") {
				return fmt.Errorf("got %+v", *v)
			}
			return err
		}},
		{"order", nil, func() error { _, err := book.Orders.Record(ctx, order); return err }},
		{"interaction", crm.ErrErased, func() error {
			_, err := book.Interactions.Record(ctx, crm.Interaction{CustomerID: guest, Kind: crm.KindLogin})
			return err
		}},
		{"consent", crm.ErrErased, func() error {
			_, err := book.Consents.Record(ctx, crm.Consent{CustomerID: guest, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted})
			return err
		}},
		{"may send", crm.ErrErased, func() error {
			ok, err := book.Consents.MaySend(ctx, account, crm.ChannelEmail, crm.PurposeMarketing, time.Time{})
			if err == nil && !ok {
				return errors.New("no")
			}
			return err
		}},
		{"trait", crm.ErrErased, func() error {
			return book.Traits.Set(ctx, guest, "rfm", day(40), map[string]crm.Value{"score": crm.Number(5)})
		}},
		{"link", crm.ErrErased, func() error { _, err := book.Identities.Link(ctx, guest, card); return err }},
		{"token", crm.ErrErased, func() error { _, err := book.Identities.Token(ctx, guest, email("x@mill.example"), 0); return err }},
		{"identify", crm.ErrErased, func() error {
			r, err := book.Identities.Identify(ctx, []crm.Identity{card}, &crm.IdentifyOptions{CustomerID: guest})
			if err == nil && (r.CustomerID != account || r.Outcome != crm.IdentityAdd) {
				return fmt.Errorf("got %+v", *r)
			}
			return err
		}},
		{"group", crm.ErrErased, func() error {
			_, err := book.Groups.Record(ctx, crm.Group{Kind: crm.GroupHousehold, Ref: ref("home"), Name: "home", Members: []crm.Member{{CustomerID: guest}}})
			return err
		}},
		{"merge", crm.ErrErased, func() error {
			other := putCustomer(t, book, crm.Customer{Email: "new@mill.example"})
			if _, err := book.Customers.Merge(ctx, other.ID, guest); err != nil {
				return err
			}
			_, err := book.Customers.Unmerge(ctx, other.ID)
			return err
		}},
		{"unlink", crm.ErrErased, func() error { return book.Identities.Unlink(ctx, guest, card) }},
	}
	for _, c := range calls {
		if err := c.call(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if p, err := book.Customers.Profile(ctx, guest); err != nil || p.Customer.ID != account || p.Aggregates.Orders != 4 {
		t.Errorf("profile: %+v, %v", p, err)
	}
	if _, err := book.Privacy.Erase(ctx, guest); err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		if err := c.call(); c.name != "create" && !errors.Is(err, c.want) {
			t.Errorf("%s of one who was erased: %v, want %v", c.name, err, c.want)
		}
	}
	// What is left is told of either id, and nothing is taken apart wrongly.
	for _, id := range []crm.CustomerID{guest, account} {
		p, err := book.Customers.Profile(ctx, id)
		if err != nil || p.Aggregates.Orders != 4 || p.Customer.Name()+p.Customer.Email+p.Customer.Note != "" || p.Customer.ErasedAt.IsZero() {
			t.Errorf("profile of %s erased: %+v, %v", id, p, err)
		}
		if list, err := book.Identities.List(ctx, id); len(list) > 0 || err != nil {
			t.Errorf("identities of %s erased: %v, %v", id, list, err)
		}
	}
	n, err := book.Customers.Count(ctx)
	if list := all(t, book.Customers.List(ctx, crm.CustomerQuery{})); n != len(list) || err != nil {
		t.Errorf("counted %d, %v; %d are listed", n, err, len(list))
	}
	if v := unmerge(t, book, guest); v.ID != guest || v.ErasedAt.IsZero() {
		t.Errorf("un-merged: %+v", *v)
	}
}

// What is taken from the whole that only another member had is told of, too.
func TestEditOfTheWholeIsTold(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada", Tags: []string{"vip"}})
	putCustomer(t, book, crm.Customer{ID: "guest", Addresses: []crm.Address{{City: "Bath"}}, Tags: []string{"guest"}})
	merge(t, book, "guest", "ada")
	for _, c := range []struct {
		name string
		edit func(*crm.Customer)
		want []crm.Change // of all events
	}{
		{"another's field", func(v *crm.Customer) { v.Addresses = nil }, []crm.Change{{Field: "addresses"}}},
		{"another's tag, and an own field", func(v *crm.Customer) { v.Tags, v.Note = []string{"vip"}, "quiet" }, []crm.Change{{Field: "note"}, {Field: "tags"}}},
		{"an own tag", func(v *crm.Customer) { v.Tags = nil }, []crm.Change{{Field: "tags"}}},
		{"nothing", func(*crm.Customer) {}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := head(t, book)
			if _, err := book.Customers.Update(t.Context(), "ada", func(v *crm.Customer) error { c.edit(v); return nil }); err != nil {
				t.Fatal(err)
			}
			var got []crm.Change
			for _, e := range since(t, book, before) {
				if e.Kind != crm.CustomerUpdated || e.CustomerID != "ada" {
					t.Errorf("event %+v", e)
				}
				got = append(got, e.Changes...)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
