package crm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// ada has something in every field.
func ada() crm.Customer {
	return crm.Customer{
		Refs: []crm.Ref{ref("1")}, Account: true, GivenName: "Ada", FamilyName: "Lovelace", Company: "Engines Ltd",
		Email: "Ada@Example.com", Phone: "+44 20 7946 0018", Locale: "en-GB", TimeZone: "Europe/London", Birthday: "1815-12-10",
		Addresses: []crm.Address{{
			Name: "A. Lovelace", Company: "Engines Ltd", Line1: "12 St James's Square", Line2: "attic", City: "London",
			Region: "Greater London", Postcode: "SW1Y 4JH", Country: "GB", Phone: "020 7946 0018",
		}},
		Tags: []string{"vip", "math", "vip"}, Note: "likes punched cards", FirstSeenAt: day(1), Version: day(2),
	}
}

func TestCustomersCreate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		make  crm.Customer
		taken string // the id that the error names
		err   error
	}{
		{"nobody in particular", crm.Customer{}, "", nil},
		{"a new one", crm.Customer{ID: "new", Refs: []crm.Ref{ref("2")}, Email: "grace@example.com"}, "", nil},
		{"the id is taken", crm.Customer{ID: "ada"}, "ada", crm.ErrExists},
		{"a ref is taken", crm.Customer{Refs: []crm.Ref{{Source: "other", ID: "1"}, ref("1")}}, "ada", crm.ErrExists},
		{"a ref is taken, the id is not", crm.Customer{ID: "new", Refs: []crm.Ref{ref("1")}}, "new", crm.ErrExists},
		{"the address is taken", crm.Customer{Email: "ADA@example.COM"}, "ada", crm.ErrExists},
		{"the address is taken, the id is not", crm.Customer{ID: "new", Email: "ada@example.com"}, "ada", crm.ErrExists},
		{"the address is taken, the ref is not", crm.Customer{Refs: []crm.Ref{ref("2")}, Email: "ada@example.com"}, "ada", crm.ErrExists},
		{"invalid", crm.Customer{ID: "ada@example.com"}, "", crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			v := ada()
			v.ID = "ada"
			if _, err := book.Customers.Create(t.Context(), v); err != nil {
				t.Fatal(err)
			}
			made, err := book.Customers.Create(t.Context(), tt.make)
			if !errors.Is(err, tt.err) || (made == nil) != (err != nil) {
				t.Fatalf("got %v, %v, want %v", made, err, tt.err)
			}
			if e, ok := errors.AsType[*crm.Error](err); err != nil && (!ok || e.Op != "Customers.Create" || e.Kind != "customer" || e.ID != tt.taken) {
				t.Errorf("got %#v, want one of Customers.Create and %q", err, tt.taken)
			}
			if n, err := book.Customers.Count(t.Context()); err != nil || n != len(all(t, book.Customers.List(t.Context(), crm.CustomerQuery{}))) {
				t.Errorf("Count is %d, %v", n, err)
			}
		})
	}
}

func TestCustomersInvalid(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	bad := crm.Customer{
		ID: "ada@example.com", Refs: []crm.Ref{{Source: "a b", ID: "ada@example.com"}, ref("1"), ref("2")},
		GivenName: long, FamilyName: "\xff", Company: long, Email: "ada.example.com", Phone: long, Locale: long, TimeZone: long,
		Birthday: "10 Dec 1815", Addresses: []crm.Address{{}, {Line1: "\xff", City: long}}, Tags: []string{"", long},
		Note: long, FirstSeenAt: time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC), Version: time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	want := []string{
		"id", "refs[0].source", "refs[0].id", "refs[2].source", "email", "given_name", "family_name", "company", "phone", "locale",
		"time_zone", "note", "birthday", "addresses[1].line1", "addresses[1].city", "tags[0]", "tags[1]", "first_seen_at", "version",
	}
	book := memory(t)
	ctx := t.Context()
	_, created := book.Customers.Create(ctx, bad)
	_, recorded := book.Customers.Record(ctx, bad)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	_, updated := book.Customers.Update(ctx, "ada", func(c *crm.Customer) error { *c = bad; return nil })
	for name, err := range map[string]error{"Create": created, "Record": recorded, "Update": updated} {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(want, fields(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, personal := range []string{"ada@", "ada.example", "1815", "xxxx"} {
				if strings.Contains(err.Error(), personal) {
					t.Errorf("the text tells %q:\n%v", personal, err)
				}
			}
		})
	}
	for name, tt := range map[string]struct {
		customer crm.Customer
		ok       bool
	}{
		"leap day":          {crm.Customer{Birthday: "--02-29"}, true},
		"leap day of 2000":  {crm.Customer{Birthday: "2000-02-29"}, true},
		"no leap year":      {crm.Customer{Birthday: "2001-02-29"}, false},
		"no such day":       {crm.Customer{Birthday: "--04-31"}, false},
		"two years":         {crm.Customer{Birthday: "2000-2001-02"}, false},
		"two addresses":     {crm.Customer{Email: "a@example.com, b@example.com"}, false},
		"a name with it":    {crm.Customer{Email: "Ada <ada@example.com>"}, false},
		"quoted at":         {crm.Customer{Email: `"a@b"@example.com`}, true},
		"spaces around it":  {crm.Customer{Email: " ada@example.com "}, true},
		"nothing before at": {crm.Customer{Email: "@example.com"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := memory(t).Customers.Create(t.Context(), tt.customer); (err == nil) != tt.ok {
				t.Errorf("got %v, want it taken: %t", err, tt.ok)
			}
		})
	}
}

func TestCustomersLookup(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	first := putCustomer(t, book, ada())
	second := putCustomer(t, book, crm.Customer{ID: "son", Phone: "0044 20-7946-0018", FirstSeenAt: day(3)})
	byRef, err := book.Customers.ByRef(ctx, ref("1"))
	if diff := cmp.Diff(first, byRef); err != nil || diff != "" {
		t.Errorf("ByRef: %v (-want +got):\n%s", err, diff)
	}
	byEmail, err := book.Customers.ByEmail(ctx, " ada@EXAMPLE.com ")
	if diff := cmp.Diff(first, byEmail); err != nil || diff != "" {
		t.Errorf("ByEmail: %v (-want +got):\n%s", err, diff)
	}
	byPhone, err := book.Customers.ByPhone(ctx, "+44 (20) 7946 0018")
	if diff := cmp.Diff([]*crm.Customer{first, second}, byPhone); err != nil || diff != "" {
		t.Errorf("ByPhone: %v (-want +got):\n%s", err, diff)
	}
	for _, no := range []string{"", "007", "+44 20 7946 0019"} {
		if list, err := book.Customers.ByPhone(ctx, no); list != nil || err != nil {
			t.Errorf("ByPhone(%q) = %v, %v", no, list, err)
		}
	}
	_, get := book.Customers.Get(ctx, "nobody")
	_, ref := book.Customers.ByRef(ctx, ref("9"))
	_, email := book.Customers.ByEmail(ctx, "nobody@example.com")
	_, empty := book.Customers.ByEmail(ctx, "")
	_, profile := book.Customers.Profile(ctx, "nobody")
	_, update := book.Customers.Update(ctx, "nobody", func(*crm.Customer) error { return nil })
	for want, err := range map[string]error{
		"crm: Customers.Get nobody: not found": get, "crm: Customers.ByRef shop:9: not found": ref,
		"crm: Customers.ByEmail: not found": email, "crm: Customers.Profile nobody: not found": profile,
		"crm: Customers.Update nobody: not found": update,
	} {
		if !errors.Is(err, crm.ErrNotFound) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if !errors.Is(empty, crm.ErrNotFound) {
		t.Errorf("ByEmail of nothing: %v", empty)
	}
	if a, err := book.Customers.Aggregates(ctx, "nobody"); err != nil || a.Orders != 0 || a.Base.Spent != gbp(0) {
		t.Errorf("Aggregates of nobody: %+v, %v", a, err)
	}
}

func TestCustomersRecord(t *testing.T) {
	older, newer := ada(), ada()
	older.Version, older.GivenName = day(1), "Augusta"
	newer.Version, newer.GivenName, newer.Email = day(3), "Augusta Ada", ""
	moved := ada()
	moved.Version, moved.Email, moved.FirstSeenAt = day(3), "ada@lovelace.example", time.Time{}
	partner := crm.Customer{
		Refs: []crm.Ref{{Source: "till", ID: "7"}}, Email: "ada@example.com", GivenName: "A.", Note: "from the till",
		TimeZone: "Europe/Paris", Tags: []string{"till"}, FirstSeenAt: day(-9),
	}
	completed := ada()
	completed.Refs = append(completed.Refs, crm.Ref{Source: "till", ID: "7"})
	completed.Tags, completed.FirstSeenAt = []string{"math", "till", "vip"}, day(-9)
	namesake := crm.Customer{Refs: []crm.Ref{ref("2")}, Email: "ada@example.com", GivenName: "Another"}
	for _, tt := range []struct {
		name   string
		record crm.Customer
		want   func() crm.Customer
		events []crm.EventKind
	}{
		{"equal content writes nothing", ada(), ada, nil},
		{"an older version changes nothing", older, ada, nil},
		{"a newer one replaces", newer, func() crm.Customer { return newer }, []crm.EventKind{crm.CustomerUpdated}},
		{"first seen stays", moved, func() crm.Customer { moved.FirstSeenAt = day(1); return moved }, []crm.EventKind{crm.CustomerUpdated}},
		{"another source completes", partner, func() crm.Customer { return completed }, []crm.EventKind{crm.CustomerUpdated}},
		{"another ref of the source is another customer", namesake, func() crm.Customer { namesake.FirstSeenAt = today; return namesake }, []crm.EventKind{crm.CustomerCreated}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			putCustomer(t, book, ada())
			before := head(t, book)
			got, err := book.Customers.Record(t.Context(), tt.record)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want()
			want.ID = got.ID
			want.Tags = slices.Compact(slices.Sorted(slices.Values(want.Tags)))
			if diff := cmp.Diff(&want, got, written); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			stored, err := book.Customers.Get(t.Context(), got.ID)
			if diff := cmp.Diff(stored, got); err != nil || diff != "" {
				t.Errorf("stored is another: %v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(tt.events, kinds(since(t, book, before))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			before = head(t, book)
			if _, err := book.Customers.Record(t.Context(), tt.record); err != nil || head(t, book) != before {
				t.Errorf("once more: %v, wrote %v", err, kinds(since(t, book, before)))
			}
		})
	}
	t.Run("refs of two customers", func(t *testing.T) {
		book := memory(t)
		putCustomer(t, book, ada())
		putCustomer(t, book, crm.Customer{Refs: []crm.Ref{{Source: "till", ID: "7"}}})
		_, err := book.Customers.Record(t.Context(), crm.Customer{Refs: []crm.Ref{ref("1"), {Source: "till", ID: "7"}}})
		if !errors.Is(err, crm.ErrExists) {
			t.Errorf("got %v, want %v", err, crm.ErrExists)
		}
	})
}

// TestCustomersAddressChanged imports a guest by e-mail address once more after
// the shop has changed the address.
func TestCustomersAddressChanged(t *testing.T) {
	book := memory(t)
	guest := crm.Record{
		Customer: &crm.Customer{Email: "ada@example.com", FirstSeenAt: day(1)},
		Order:    &crm.Order{Ref: ref("1"), OccurredAt: day(1), Total: gbp(500)},
	}
	load(t, book, guest)
	c, err := book.Customers.ByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Update(t.Context(), c.ID, func(c *crm.Customer) error { c.Email = "ada@new.example"; return nil }); err != nil {
		t.Fatal(err)
	}
	before := read(t, book)
	load(t, book, guest)
	if diff := cmp.Diff(before, read(t, book)); diff != "" {
		t.Errorf("the same import changed (-want +got):\n%s", diff)
	}
}

func TestCustomersUpdate(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	c := putCustomer(t, book, ada())
	stop := errors.New("stop")
	if _, err := book.Customers.Update(ctx, c.ID, func(c *crm.Customer) error { c.Note = "no"; return stop }); !errors.Is(err, stop) {
		t.Errorf("f's error: got %v", err)
	}
	before := head(t, book)
	got, err := book.Customers.Update(ctx, c.ID, func(c *crm.Customer) error {
		c.ID, c.Note, c.Refs, c.Email, c.CreatedAt = "other", "yes", nil, " ada@lovelace.example ", day(0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := *c
	want.Note, want.Refs, want.Email = "yes", nil, "ada@lovelace.example"
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantEvents := []*crm.Event{{
		Kind: crm.CustomerUpdated, CustomerID: c.ID, OccurredAt: today, CreatedAt: today,
		Changes: []crm.Change{{Field: "refs"}, {Field: "email"}, {Field: "note"}},
	}}
	if diff := cmp.Diff(wantEvents, since(t, book, before), facts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for name, lookup := range map[string]func() (*crm.Customer, error){
		"old ref":     func() (*crm.Customer, error) { return book.Customers.ByRef(ctx, ref("1")) },
		"old address": func() (*crm.Customer, error) { return book.Customers.ByEmail(ctx, "ada@example.com") },
	} {
		if v, err := lookup(); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("by the %s: %v, %v", name, v, err)
		}
	}
}

func TestCustomersPage(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	var want []*crm.Customer
	for i := range 450 { // more than List reads at once
		want = append(want, putCustomer(t, book, crm.Customer{FirstSeenAt: day(i)}))
	}
	if diff := cmp.Diff(want, all(t, book.Customers.List(ctx, crm.CustomerQuery{}))); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:201], all(t, book.Customers.List(ctx, crm.CustomerQuery{Limit: 201}))); diff != "" {
		t.Errorf("List of 201 (-want +got):\n%s", diff)
	}
	var got []*crm.Customer
	q := crm.CustomerQuery{}
	for pages := 1; ; pages++ {
		p, err := book.Customers.Page(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Items...)
		if q.After = p.Next; p.Next == "" {
			if pages != 5 {
				t.Errorf("%d pages, want 5 of 100 at most", pages)
			}
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	orders := putOrder(t, book, crm.Order{OccurredAt: day(1)})
	putOrder(t, book, crm.Order{OccurredAt: day(2)})
	p, err := book.Orders.Page(ctx, crm.OrderQuery{Limit: 1})
	if err != nil || p.Next == "" || p.Items[0].ID != orders.ID {
		t.Fatalf("page of orders: %+v, %v", p, err)
	}
	for _, after := range []string{"nonsense!", p.Next, "AAAA"} {
		if _, err := book.Customers.Page(ctx, crm.CustomerQuery{After: after}); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("after %q: got %v, want %v", after, err, crm.ErrInvalid)
		}
	}
}

func TestCustomersBest(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	for i, id := range []crm.CustomerID{"ada", "ben", "cleo", "dan", "eve"} {
		putCustomer(t, book, crm.Customer{ID: id})
		putOrder(t, book, goods(id, "", day(10+i), "cup", 1, gbp(1000)))
	}
	putCustomer(t, book, crm.Customer{ID: "never"})
	putRefund(t, book, crm.Refund{CustomerID: "ada", OccurredAt: day(20), Amount: gbp(400)})
	putOrder(t, book, goods("ben", "", day(1), "cup", 1, eur(100)))
	putOrder(t, book, crm.Order{CustomerID: "eve", Kind: crm.KindAdjustment, Total: gbp(-1), OccurredAt: day(30)})
	for _, tt := range []struct {
		name  string
		query crm.BestQuery
		want  []crm.CustomerID
	}{
		{"all", crm.BestQuery{}, []crm.CustomerID{"ben", "cleo", "dan", "eve", "ada"}},
		{"two", crm.BestQuery{Limit: 2}, []crm.CustomerID{"ben", "cleo"}},
		{"lapsed", crm.BestQuery{LastOrderBefore: day(12)}, []crm.CustomerID{"ben", "ada"}},
		{"nobody", crm.BestQuery{LastOrderBefore: day(2)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			best, err := book.Customers.Best(t.Context(), tt.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []crm.CustomerID
			for _, p := range best {
				got = append(got, p.Customer.ID)
				if a, err := book.Customers.Aggregates(t.Context(), p.Customer.ID); err != nil || !cmp.Equal(a, p.Aggregates) {
					t.Errorf("aggregates of %s: %v", p.Customer.ID, cmp.Diff(a, p.Aggregates))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCustomersProfile(t *testing.T) {
	book := memory(t)
	c := putCustomer(t, book, ada())
	var want []*crm.Order
	for i := range 25 {
		want = append(want, putOrder(t, book, goods(c.ID, "", day(i), "cup", 1, gbp(100))))
	}
	slices.Reverse(want)
	p, err := book.Customers.Profile(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	a := &crm.Aggregates{
		Orders: 25, Units: 25, FirstOrderAt: day(0), LastOrderAt: day(24),
		Base:       crm.Totals{Spent: gbp(2500), Refunded: gbp(0), Margin: gbp(0)},
		ByCurrency: []crm.Totals{{Spent: gbp(2500), Refunded: gbp(0), Margin: gbp(0)}},
	}
	if diff := cmp.Diff(&crm.Profile{Customer: c, Aggregates: a, Orders: want[:20]}, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCustomerName(t *testing.T) {
	for want, c := range map[string]crm.Customer{
		"Ada Lovelace": ada(), "Ada": {GivenName: "Ada", Company: "Engines"}, "Lovelace": {FamilyName: "Lovelace"}, "Engines": {Company: "Engines"}, "": {},
	} {
		if got := c.Name(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestErasedAtIsNotTold takes a customer whom a copy of another book has erased
// for what else it says: to erase is not for whoever records.
func TestErasedAtIsNotTold(t *testing.T) {
	book := memory(t)
	c := putCustomer(t, book, crm.Customer{Refs: []crm.Ref{ref("1")}, ErasedAt: day(1)})
	if _, err := book.Customers.Update(t.Context(), c.ID, func(c *crm.Customer) error { c.GivenName, c.ErasedAt = "Ada", day(2); return nil }); err != nil {
		t.Fatal(err)
	}
	if list := all(t, book.Customers.List(t.Context(), crm.CustomerQuery{})); len(list) != 1 || list[0].GivenName != "Ada" || !list[0].ErasedAt.IsZero() {
		t.Errorf("got %+v", list)
	}
}
