package crm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// spent is what a customer's orders are worth.
func spent(t failer, book *crm.Book, id crm.CustomerID) crm.Money {
	t.Helper()
	a, err := book.Customers.Aggregates(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a.Base.Spent
}

// views returns what somebody looked at.
func views(t failer, book *crm.Book, id crm.CustomerID) (skus []string) {
	t.Helper()
	for _, i := range all(t, book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: id})) {
		skus = append(skus, i.SKU)
	}
	return skus
}

func look(t failer, book *crm.Book, device string, at time.Time, sku string) {
	t.Helper()
	_, err := book.Interactions.Record(t.Context(), crm.Interaction{Device: device, Kind: crm.KindViewItem, SKU: sku, OccurredAt: at})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVisitorHistory: what an anonymous visitor did joins the customer who
// identifies on the device, before and after, and leaves with the device.
func TestVisitorHistory(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			look(t, book, "phone-1", day(1), "cup")
			if res := identify(t, book, device("phone-1")); res.Outcome != crm.IdentityNobody {
				t.Fatalf("a device alone: %s", res.Outcome)
			}
			ada := identify(t, book, login("1"), device("phone-1")).CustomerID
			look(t, book, "phone-1", day(2), "tea")
			if diff := cmp.Diff([]string{"cup", "tea"}, views(t, book, ada)); diff != "" {
				t.Errorf("views (-want +got):\n%s", diff)
			}
			if res := identify(t, book, device(" phone-1 ")); res.CustomerID != ada {
				t.Errorf("the device tells %q, want %q", res.CustomerID, ada)
			}
			at := head(t, book)
			if err := book.Identities.Unlink(t.Context(), ada, device("phone-1")); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]crm.EventKind{crm.IdentityUnlinked}, kinds(since(t, book, at))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if got := views(t, book, ada); got != nil {
				t.Errorf("views %v, want none", got)
			}
			ben := identify(t, book, login("2"), device("phone-1")).CustomerID
			if diff := cmp.Diff([]string{"cup", "tea"}, views(t, book, ben)); diff != "" {
				t.Errorf("views of the next owner (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSharedTabletInStore: customers log in on the shop's own tablet one after
// the other. The second one's login moves and merges nothing, however little is
// known of either.
func TestSharedTabletInStore(t *testing.T) {
	for _, tt := range []struct {
		name       string
		ada, ben   crm.Identity
		benIsKnown bool
	}{
		{"both have accounts", login("1"), login("2"), true},
		{"the second is new", login("1"), login("2"), false},
		{"both have an address only", email("ada@mill.example"), email("ben@mill.example"), true},
		{"an account, then an address", login("1"), email("ben@mill.example"), false},
		{"an address, then a card", email("ada@mill.example"), proven(crm.IdentityLoyalty, "B-2"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			look(t, book, "tablet", day(1), "cup")
			ada := identify(t, book, tt.ada, device("tablet")).CustomerID
			if tt.benIsKnown {
				identify(t, book, tt.ben)
			}
			res := identify(t, book, tt.ben, device("tablet"))
			if m := res.Matches[1]; m.Refused != crm.RefusedShared || m.Added || res.Merged != nil || res.CustomerID == ada {
				t.Errorf("got %+v", res)
			}
			if diff := cmp.Diff([]crm.CustomerID{ada}, owners(t, book, device("tablet"))); diff != "" {
				t.Errorf("whose the tablet is (-want +got):\n%s", diff)
			}
			if n, err := book.Customers.Count(t.Context()); n != 2 || err != nil {
				t.Errorf("%d customers, error %v, want 2", n, err)
			}
			if got := views(t, book, res.CustomerID); got != nil {
				t.Errorf("the second one looked at %v, want nothing", got)
			}
		})
	}
}

// TestFamilyPhone: people who share a number stay apart, whoever proves it.
func TestFamilyPhone(t *testing.T) {
	book := memory(t)
	home := phone("+44 20 7946 0018")
	ada := putCustomer(t, book, crm.Customer{ID: "ada", Email: "ada@mill.example", Phone: home.Value})
	ben := identify(t, book, email("ben@mill.example"), home)
	if ben.Outcome != crm.IdentityCreate || !ben.Matches[1].Added || ben.Matches[1].Refused != crm.RefusedShared {
		t.Errorf("the second: %+v", ben)
	}
	if diff := cmp.Diff([]crm.CustomerID{ada.ID}, ben.Probable); diff != "" {
		t.Errorf("probable (-want +got):\n%s", diff)
	}
	res := identify(t, book, home)
	if res.Outcome != crm.IdentityNobody || res.Matches[0].Refused != crm.RefusedShared || len(res.Probable) != 2 {
		t.Errorf("the number alone: %+v", res)
	}
	// One person's number tells who it is; a shop may say that all do.
	one := ruled(t, &crm.IdentityRules{Shared: []crm.IdentityKind{}})
	identify(t, one, email("ada@mill.example"), home)
	if res := identify(t, one, login("1"), home); res.Outcome != crm.IdentityAdd {
		t.Errorf("a number that is not shared: %s, want %s", res.Outcome, crm.IdentityAdd)
	}
}

// guest records somebody who ordered without an account.
func guest(t failer, book *crm.Book, address string) crm.CustomerID {
	t.Helper()
	c := putCustomer(t, book, crm.Customer{Email: address, GivenName: "Ada"})
	putOrder(t, book, goods(c.ID, "", day(2), "cup", 1, gbp(1250)))
	return c.ID
}

// TestVendureHistoryByEmailAlone: whoever registers with another's address sees
// nothing of theirs (vendurehq/vendure 1699, 762).
func TestVendureHistoryByEmailAlone(t *testing.T) {
	book := memory(t)
	ada := guest(t, book, "ada@mill.example")
	eve := identify(t, book, login("66"), typed(email("Ada@mill.example")), device("eve-1"))
	if eve.Outcome != crm.IdentityCreate || eve.Matches[1].Refused != crm.RefusedUnverified || !eve.Matches[1].Added {
		t.Errorf("got %+v", eve)
	}
	if diff := cmp.Diff([]crm.CustomerID{ada}, eve.Probable); diff != "" {
		t.Errorf("probable (-want +got):\n%s", diff)
	}
	if got := spent(t, book, eve.CustomerID); got.Amount != 0 {
		t.Errorf("the account shows %v of another's", got)
	}
	// Nor does the address that was typed tell who somebody is, later.
	if res := identify(t, book, email("ada@mill.example")); res.CustomerID != ada {
		t.Errorf("the address is of %s, want %s", res.CustomerID, ada)
	}
	c, err := book.Customers.Get(t.Context(), eve.CustomerID)
	if err != nil || c.Email != "" {
		t.Errorf("the record has a typed address: %v", err)
	}
}

// TestMedusaGuestAndAccount: the history of a guest comes to the account when
// the address is proven, without a double in the end (medusajs/medusa 9999,
// 11147, 11827, 14113).
func TestMedusaGuestAndAccount(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	ada := guest(t, book, "ada@mill.example")
	res, err := book.Identities.Identify(ctx, []crm.Identity{login("1"), typed(email("ada@mill.example"))}, &crm.IdentifyOptions{
		Customer: crm.Customer{GivenName: "Ada", FamilyName: "Lovelace", Account: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	account := res.CustomerID
	token, err := book.Identities.Token(ctx, account, email("ada@mill.example"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(token, "ada") || strings.ContainsAny(token, "@+/= ") {
		t.Errorf("token %s", token)
	}
	got, err := book.Identities.Verify(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != crm.IdentityMerge || got.CustomerID != account {
		t.Errorf("%s %s, want %s %s", got.Outcome, got.CustomerID, crm.IdentityMerge, account)
	}
	for _, id := range []crm.CustomerID{ada, account} {
		if got := spent(t, book, id); got != gbp(1250) {
			t.Errorf("%s spent %v", id, got)
		}
	}
	if n, err := book.Customers.Count(ctx); n != 1 || err != nil {
		t.Errorf("%d customers, error %v, want 1", n, err)
	}
	at := head(t, book)
	if again, err := book.Identities.Verify(ctx, token); err != nil || again.CustomerID != account || head(t, book) != at {
		t.Errorf("again: %+v, %v, wrote %v", again, err, kinds(since(t, book, at)))
	}
	if _, err := book.Customers.Unmerge(ctx, ada); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"email ada@mill.example"}, known(t, book, ada)); diff != "" {
		t.Errorf("the guest apart (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shop 1", "email ada@mill.example"}, known(t, book, account)); diff != "" {
		t.Errorf("the account apart (-want +got):\n%s", diff)
	}
}

// TestPrestaShopDuplicates: whoever comes back with what is proven is the same,
// and duplicates of the years before become one (PrestaShop/PrestaShop 10122,
// 17493).
func TestPrestaShopDuplicates(t *testing.T) {
	book := memory(t)
	var ids []crm.CustomerID
	for n := range 3 { // as an import of doubles leaves them
		c := putCustomer(t, book, crm.Customer{ID: crm.CustomerID(rune('a' + n)), FirstSeenAt: day(n + 1)})
		if _, err := book.Customers.Update(t.Context(), c.ID, func(c *crm.Customer) error { c.Email = "Ada@mill.example"; return nil }); err != nil {
			t.Fatal(err)
		}
		putOrder(t, book, goods(c.ID, "", day(n+1), "cup", 1, gbp(100)))
		ids = append(ids, c.ID)
	}
	for range 3 {
		res := identify(t, book, email("ada@mill.example"))
		if res.CustomerID != ids[0] {
			t.Errorf("%s %s, want %s", res.Outcome, res.CustomerID, ids[0])
		}
	}
	if n, err := book.Customers.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d customers, error %v, want 1", n, err)
	}
	if got := spent(t, book, ids[2]); got != gbp(300) {
		t.Errorf("spent %v", got)
	}
}

// TestTwoAccountsOneAddress: an address of two whom the source keeps apart tells
// who was there first, and makes nobody one.
func TestTwoAccountsOneAddress(t *testing.T) {
	book := memory(t)
	first := putCustomer(t, book, crm.Customer{ID: "a", Refs: []crm.Ref{ref("1")}, Email: "ada@mill.example"}).ID
	second := putCustomer(t, book, crm.Customer{ID: "b", Refs: []crm.Ref{ref("2")}, Email: "ada@mill.example"}).ID
	for _, tt := range []struct {
		name     string
		ids      []crm.Identity
		want     crm.CustomerID
		probable []crm.CustomerID
	}{
		{"the address", []crm.Identity{email("ada@mill.example")}, first, []crm.CustomerID{second}},
		{"the second account", []crm.Identity{login("2"), email("ada@mill.example")}, second, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := identify(t, book, tt.ids...)
			if res.Outcome != crm.IdentityAdd || res.CustomerID != tt.want {
				t.Errorf("%s %s, want %s", res.Outcome, res.CustomerID, tt.want)
			}
			if diff := cmp.Diff(tt.probable, res.Probable); diff != "" {
				t.Errorf("probable (-want +got):\n%s", diff)
			}
		})
	}
}

// TestToken refuses what proves nothing.
func TestToken(t *testing.T) {
	now := today
	book := open(t, memstore.New(nil), &crm.Options{Now: func() time.Time { return now }})
	other := memory(t)
	ctx := t.Context()
	token := func(book *crm.Book, id crm.CustomerID, i crm.Identity) string {
		t.Helper()
		s, err := book.Identities.Token(ctx, id, i, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ada := putCustomer(t, book, crm.Customer{ID: "ada"}).ID
	mail := email("ada@mill.example")
	good := token(book, ada, mail)
	if diff := cmp.Diff([]string{"email ada@mill.example?"}, known(t, book, ada)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	putCustomer(t, other, crm.Customer{ID: "ada"})
	for name, s := range map[string]string{"empty": "", "text": "ada", "cut": good[1:], "of another book": token(other, ada, mail)} {
		if _, err := book.Identities.Verify(ctx, s); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%s: got %v, want %v", name, err, crm.ErrInvalid)
		}
	}
	now = today.Add(24 * time.Hour)
	if _, err := book.Identities.Verify(ctx, good); !errors.Is(err, crm.ErrExpired) {
		t.Errorf("late: got %v, want %v", err, crm.ErrExpired)
	}
	now = today
	if err := book.Identities.Unlink(ctx, ada, mail); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Identities.Verify(ctx, good); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("unlinked: got %v, want %v", err, crm.ErrNotFound)
	}
	if _, err := book.Identities.Token(ctx, ada, mail, -1); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("negative: got %v, want %v", err, crm.ErrInvalid)
	}
	good = token(book, ada, mail)
	ben := putCustomer(t, book, crm.Customer{ID: "ben"}).ID
	if _, err := book.Customers.Merge(ctx, ada, ben); err != nil {
		t.Fatal(err)
	}
	if res, err := book.Identities.Verify(ctx, good); err != nil || res.CustomerID != ben {
		t.Errorf("of one who was merged: %+v, %v", res, err)
	}
	if diff := cmp.Diff([]string{"email ada@mill.example"}, known(t, book, ben)); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}

// TestVerifyApart marks an address verified although the rules keep those who
// have it apart.
func TestVerifyApart(t *testing.T) {
	book := memory(t)
	first := putCustomer(t, book, crm.Customer{ID: "a", Refs: []crm.Ref{ref("1")}, Email: "ada@mill.example"}).ID
	second := putCustomer(t, book, crm.Customer{ID: "b", Refs: []crm.Ref{ref("2")}}).ID
	token, err := book.Identities.Token(t.Context(), second, email("ada@mill.example"), 0)
	if err != nil {
		t.Fatal(err)
	}
	res, err := book.Identities.Verify(t.Context(), token)
	if err != nil || res.Outcome != crm.IdentityAdd || res.CustomerID != second || res.Matches[0].Refused != crm.RefusedLimit {
		t.Errorf("got %+v, %v", res, err)
	}
	if diff := cmp.Diff([]crm.CustomerID{first, second}, owners(t, book, email("ada@mill.example"))); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shop 2", "email ada@mill.example"}, known(t, book, second)); diff != "" {
		t.Errorf("the second (-want +got):\n%s", diff)
	}
}

// TestIdentifyOptions leaves what it is told to leave, and heeds who is known.
func TestIdentifyOptions(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	try := func(opts crm.IdentifyOptions, ids ...crm.Identity) *crm.Resolution {
		t.Helper()
		res, err := book.Identities.Identify(ctx, ids, &opts)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	at := head(t, book)
	if res := try(crm.IdentifyOptions{NoCreate: true}, login("1")); res.Outcome != crm.IdentityCreate || res.CustomerID != "" {
		t.Errorf("NoCreate: %+v", res)
	}
	if head(t, book) != at {
		t.Error("NoCreate wrote something")
	}
	ada, ben := identify(t, book, login("1")).CustomerID, identify(t, book, email("ben@mill.example")).CustomerID
	at = head(t, book)
	if res := try(crm.IdentifyOptions{NoMerge: true}, login("1"), email("ben@mill.example")); res.Outcome != crm.IdentityMerge || len(res.Merged) != 1 {
		t.Errorf("NoMerge: %+v", res)
	}
	if head(t, book) != at {
		t.Error("NoMerge wrote something")
	}
	res := try(crm.IdentifyOptions{CustomerID: ada}, device("phone-1"), typed(email("ben@mill.example")))
	if res.Outcome != crm.IdentityAdd || res.CustomerID != ada || !res.Matches[0].Added {
		t.Errorf("CustomerID: %+v", res)
	}
	if diff := cmp.Diff([]crm.CustomerID{ben}, res.Probable); diff != "" {
		t.Errorf("probable (-want +got):\n%s", diff)
	}
	if _, err := book.Identities.Identify(ctx, nil, &crm.IdentifyOptions{CustomerID: "nobody"}); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	_, err := book.Identities.Identify(ctx, []crm.Identity{login("9")}, &crm.IdentifyOptions{Customer: crm.Customer{Birthday: "soon"}})
	if invalid, ok := errors.AsType[*crm.InvalidError](err); !ok || invalid.Fields[0].Field != "customer.birthday" {
		t.Errorf("a customer that cannot be: %v", err)
	}
}

// TestIdentifyRecord puts what a record has a place for into the record of a new
// customer, and a key of a source into that of one who is known, so that the
// source's next import finds them.
func TestIdentifyRecord(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	id := identify(t, book, email("ada@mill.example"), email("a@mill.example"), phone("+44 7700 900123"), proven(crm.IdentityLoyalty, "7")).CustomerID
	identify(t, book, login("1"), email("a@mill.example"))
	got, err := book.Customers.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	want := &crm.Customer{ID: id, Refs: []crm.Ref{ref("1")}, Email: "ada@mill.example", Phone: "+44 7700 900123", FirstSeenAt: today}
	if diff := cmp.Diff(want, got, written); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	again := putCustomer(t, book, crm.Customer{Refs: []crm.Ref{ref("1")}, GivenName: "Ada"})
	if again.ID != id {
		t.Errorf("the import made %s, want %s", again.ID, id)
	}
	for _, i := range []crm.Identity{login("1"), email("ada@mill.example"), email("a@mill.example"), phone("+447700900123"), proven(crm.IdentityLoyalty, "7")} {
		if err := book.Identities.Unlink(ctx, id, i); err != nil {
			t.Errorf("%s: %v", i.Kind, err)
		}
	}
	if got := known(t, book, id); got != nil {
		t.Errorf("left: %v", got)
	}
	if got := owners(t, book, email("ada@mill.example")); got != nil {
		t.Errorf("found: %v", got)
	}
}

// TestUnlinkGivesBack links much to two who were merged, and takes it away: what
// is left, and what un-merging gives back, is what was.
func TestUnlinkGivesBack(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	ada := putCustomer(t, book, crm.Customer{ID: "ada", Email: "ada@mill.example", Refs: []crm.Ref{ref("1")}}).ID
	ben := putCustomer(t, book, crm.Customer{ID: "ben", Email: "ben@mill.example"}).ID
	link(t, book, ben, device("phone-2"))
	look(t, book, "phone-2", day(2), "tea")
	look(t, book, "phone-3", day(3), "cup")
	state := func() map[crm.CustomerID]any {
		m := map[crm.CustomerID]any{}
		for _, id := range []crm.CustomerID{ada, ben} {
			c, err := book.Customers.Get(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			m[id] = []any{c, known(t, book, id), views(t, book, id)}
		}
		return m
	}
	before := state()
	if _, err := book.Customers.Merge(ctx, ben, ada); err != nil {
		t.Fatal(err)
	}
	merged := state()
	extra := []crm.Identity{device("phone-3"), proven(crm.IdentityLoyalty, "7"), phone("+44 7700 900123"), typed(email("x@mill.example")),
		{Kind: crm.IdentityExternal, Source: "till", Value: "9", Verified: true}}
	for _, owner := range []crm.Identity{login("1"), email("ben@mill.example")} {
		if res := identify(t, book, append([]crm.Identity{owner}, extra...)...); res.CustomerID != ada {
			t.Fatalf("%+v", res)
		}
		if got, want := len(known(t, book, ben)), 4+len(extra); got != want {
			t.Errorf("%d identities, want %d: %v", got, want, known(t, book, ben))
		}
		for _, i := range extra {
			if err := book.Identities.Unlink(ctx, ada, i); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(merged, state(), written); diff != "" {
			t.Errorf("unlinked (-want +got):\n%s", diff)
		}
	}
	// What Ben's address brings while they are merged is Ben's.
	identify(t, book, email("ben@mill.example"), device("phone-3"))
	if _, err := book.Customers.Unmerge(ctx, ben); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"tea", "cup"}, views(t, book, ben)); diff != "" {
		t.Errorf("views of one apart (-want +got):\n%s", diff)
	}
	if err := book.Identities.Unlink(ctx, ben, device("phone-3")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, state(), written, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("un-merged (-want +got):\n%s", diff)
	}
}

// TestIdentityLogs: an identity logs as its kind.
func TestIdentityLogs(t *testing.T) {
	if got := email("ada@mill.example").LogValue().String(); got != "email" {
		t.Errorf("got %q", got)
	}
}
