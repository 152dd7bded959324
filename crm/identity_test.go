package crm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// ruled opens a book in memory with rules of identities.
func ruled(t failer, rules *crm.IdentityRules) *crm.Book {
	t.Helper()
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "GBP", Identities: rules, Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// The following are identities that somebody proved, and some that were typed.

func proven(kind crm.IdentityKind, value string) crm.Identity {
	return crm.Identity{Kind: kind, Value: value, Verified: true}
}

func login(id string) crm.Identity {
	return crm.Identity{Kind: crm.IdentityExternal, Source: "shop", Value: id, Verified: true}
}

func email(address string) crm.Identity { return proven(crm.IdentityEmail, address) }
func phone(number string) crm.Identity  { return proven(crm.IdentityPhone, number) }
func device(id string) crm.Identity     { return crm.Identity{Kind: crm.IdentityDevice, Value: id} }

func typed(i crm.Identity) crm.Identity {
	i.Verified = false
	return i
}

// identify must succeed.
func identify(t failer, book *crm.Book, ids ...crm.Identity) *crm.Resolution {
	t.Helper()
	res, err := book.Identities.Identify(t.Context(), ids, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func link(t failer, book *crm.Book, id crm.CustomerID, i crm.Identity) {
	t.Helper()
	if _, err := book.Identities.Link(t.Context(), id, i); err != nil {
		t.Fatal(err)
	}
}

// known writes what a customer is recognized by, such as "email ada@mill.example".
func known(t failer, book *crm.Book, id crm.CustomerID) []string {
	t.Helper()
	list, err := book.Identities.List(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, i := range list {
		word := string(i.Kind) + " " + i.Value
		if i.Kind == crm.IdentityExternal {
			word = i.Source + " " + i.Value
		}
		if !i.Verified {
			word += "?"
		}
		words = append(words, word)
	}
	return words
}

func owners(t failer, book *crm.Book, i crm.Identity) []crm.CustomerID {
	t.Helper()
	ids, err := book.Identities.Find(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestNormalize(t *testing.T) {
	for _, tt := range []struct {
		kind        crm.IdentityKind
		region      string
		value, want string
	}{
		{crm.IdentityEmail, "", " Ada@Mill.Example ", "ada@mill.example"},
		{crm.IdentityEmail, "", "Ada.L+shop@mill.example", "ada.l+shop@mill.example"},
		{crm.IdentityEmail, "", "A.d.a+shop@Gmail.com", "ada@gmail.com"},
		{crm.IdentityEmail, "", "ada@googlemail.com", "ada@gmail.com"},
		{crm.IdentityEmail, "", "a.da@gmail.com.example", "a.da@gmail.com.example"},
		{crm.IdentityEmail, "", "+x@gmail.com", "+x@gmail.com"},
		{crm.IdentityEmail, "", "ΑΣ@ΠΟΛΙΣ.example", "ασ@πολισ.example"},
		{crm.IdentityEmail, "", "ÄDA@MÜHLE.example", "äda@mühle.example"},
		{crm.IdentityEmail, "", "\u212Aim@mill.example", "kim@mill.example"}, // the sign for Kelvin
		{crm.IdentityEmail, "", "no address", ""},
		{crm.IdentityEmail, "", "two@mill.example, three@mill.example", ""},
		{crm.IdentityEmail, "", "", ""},

		{crm.IdentityPhone, "", "+49 (0)171 / 123-4567", "+491711234567"},
		{crm.IdentityPhone, "", "+49 171 1234567", "+491711234567"},
		{crm.IdentityPhone, "", "0049 171 1234567", "+491711234567"},
		{crm.IdentityPhone, "", "＋４９ １７１ １２３４５６７", "+491711234567"},
		{crm.IdentityPhone, "", "+٤٩ ١٧١ ١٢٣٤٥٦٧", "+491711234567"},
		{crm.IdentityPhone, "", "0171 1234567", "01711234567"},
		{crm.IdentityPhone, "DE", "0171 1234567", "+491711234567"},
		{crm.IdentityPhone, "DE", "171 1234567", "+491711234567"},
		{crm.IdentityPhone, "DE", "49 171 1234567", "+491711234567"},
		{crm.IdentityPhone, "DE", "0043 1 5134567", "+4315134567"},
		{crm.IdentityPhone, "GB", "07700 900123", "+447700900123"},
		{crm.IdentityPhone, "GB", "020 7946 0018 ext. 12", "+442079460018"},
		{crm.IdentityPhone, "US", "(415) 555-2671", "+14155552671"},
		{crm.IdentityPhone, "US", "1-415-555-2671", "+14155552671"},
		{crm.IdentityPhone, "US", "011 44 7700 900123", "+447700900123"},
		{crm.IdentityPhone, "CA", "+1 415 555 2671 x9", "+14155552671"},
		{crm.IdentityPhone, "IT", "06 698 12345", "+390669812345"}, // the zero is part of it
		{crm.IdentityPhone, "", "+39 06 698 12345", "+390669812345"},
		{crm.IdentityPhone, "FR", "06 12 34 56 78", "+33612345678"},
		{crm.IdentityPhone, "ES", "612 345 678", "+34612345678"},
		{crm.IdentityPhone, "HU", "06 20 123 4567", "+36201234567"},
		{crm.IdentityPhone, "RU", "8 912 345-67-89", "+79123456789"},
		{crm.IdentityPhone, "RU", "800 123 45 67", "+78001234567"},
		{crm.IdentityPhone, "JP", "090-1234-5678", "+819012345678"},
		{crm.IdentityPhone, "JP", "010 49 171 1234567", "+491711234567"},
		{crm.IdentityPhone, "AU", "0412 345 678", "+61412345678"},
		{crm.IdentityPhone, "DE", "12345", "12345"},            // too short for a German number
		{crm.IdentityPhone, "", "+999 123456", "+999123456"},   // no country we know
		{crm.IdentityPhone, "", "+49 171 123456789012345", ""}, // more than can be
		{crm.IdentityPhone, "", "1234", ""},
		{crm.IdentityPhone, "DE", "call me", ""},

		{crm.IdentityDevice, "", " a1b2 ", "a1b2"},
		{crm.IdentityDevice, "", "A1B2", "A1B2"},
		{crm.IdentityDevice, "", " ", ""},
		{crm.IdentityLoyalty, "", "ab 12-34–x", "AB1234X"},
		{crm.IdentityLoyalty, "", "--", ""},
		{crm.IdentityExternal, "", "5123", "5123"},
		{crm.IdentityExternal, "", "ada@mill.example", ""},
		{"fidelity.card", "", " X 1 ", "X 1"},
		{"Fidelity", "", "1", ""},
		{"", "", "1", ""},
	} {
		t.Run(fmt.Sprintf("%s %s %q", tt.kind, tt.region, tt.value), func(t *testing.T) {
			book := ruled(t, &crm.IdentityRules{Region: tt.region})
			i := crm.Identity{Kind: tt.kind, Value: tt.value}
			if tt.kind == crm.IdentityExternal {
				i.Source = "shop"
			}
			got, err := book.Identities.Normalize(i)
			if _, invalid := errors.AsType[*crm.InvalidError](err); invalid != (tt.want == "") || invalid != (err != nil) {
				t.Fatalf("error %v", err)
			}
			if err != nil && tt.value != "" && tt.value != "1" && tt.value != " " && strings.Contains(err.Error(), tt.value) {
				t.Errorf("the error tells the value: %v", err)
			}
			if err == nil && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPhoneRegion finds national numbers of records by the country of the first
// address, else by the book's region.
func TestPhoneRegion(t *testing.T) {
	book := ruled(t, &crm.IdentityRules{Region: "GB"})
	number := func(id, text, country string) crm.CustomerID {
		c := crm.Customer{ID: crm.CustomerID(id), Phone: text}
		if country != "" {
			c.Addresses = []crm.Address{{City: "Mill", Country: country}}
		}
		return putCustomer(t, book, c).ID
	}
	number("german", "0171 1234567", "DE")
	number("british", "0171 1234567", "")
	number("written", "+49 (0) 171 1234567", "FR")
	number("american", "(415) 555-2671", "US")
	number("elsewhere", "(415) 555-2671", "Atlantis")
	for _, tt := range []struct {
		number string
		want   []crm.CustomerID
	}{
		{"+49 171 1234567", []crm.CustomerID{"german", "written"}},
		{"0171 1234567", []crm.CustomerID{"british"}},
		{"+44 171 1234567", []crm.CustomerID{"british"}},
		{"+1 415 555 2671", []crm.CustomerID{"american"}},
		{"+33 171 123456", nil},
	} {
		if diff := cmp.Diff(tt.want, owners(t, book, phone(tt.number))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.number, diff)
		}
	}
}

// TestGmail finds one mailbox however its address is written, in records and
// beside them, and keeps addresses of others apart.
func TestGmail(t *testing.T) {
	book := memory(t)
	for id, address := range map[crm.CustomerID]string{
		"dots": "A.da@gmail.com", "plain": "ada@gmail.com", "tag": "ada+shop@googlemail.com",
		"other": "a.da@mill.example", "other-plain": "ada@mill.example",
	} {
		putCustomer(t, book, crm.Customer{ID: id, Email: address})
	}
	putCustomer(t, book, crm.Customer{ID: "beside"})
	link(t, book, "beside", typed(email("a.d.a@gmail.com")))
	for _, tt := range []struct {
		address string
		want    []crm.CustomerID
	}{
		{"ada@gmail.com", []crm.CustomerID{"dots", "plain", "tag", "beside"}},
		{"AD.A+x@googlemail.com", []crm.CustomerID{"dots", "plain", "tag", "beside"}},
		{"A.da@mill.example", []crm.CustomerID{"other"}},
		{"ada@mill.example", []crm.CustomerID{"other-plain"}},
		{"ada+x@mill.example", nil},
	} {
		if diff := cmp.Diff(tt.want, owners(t, book, email(tt.address))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.address, diff)
		}
	}
	c, err := book.Customers.ByEmail(t.Context(), "ada@gmail.com")
	if err != nil || c.ID != "plain" {
		t.Errorf("ByEmail got %v, %v: folding is for identities only", c, err)
	}
}

func TestBlocked(t *testing.T) {
	rules := &crm.IdentityRules{Blocked: []string{"Walk-In", "^internal-", "^.*@spam\\.example$"}, Unblocked: []string{"0000", "test@mill.example"}}
	book := ruled(t, rules)
	for value, kind := range map[string]crm.IdentityKind{
		"0": "a", "000-000": "a", "00000000-0000-0000-0000-000000000000": "a", "---": "a", "-1": "a", "null": "a", "NULL": "a",
		"nil": "a", "none": "a", "undefined": "a", "n/a": "a", "anonymous": "a", "Guest": "a", "unknown": "a", "void": "a",
		"walk-in": "a", "Internal-77": "a", "0000000": crm.IdentityPhone, "test@shop.example": crm.IdentityEmail,
		"NoReply@shop.example": crm.IdentityEmail, "ada@example.com": crm.IdentityEmail, "x@spam.example": crm.IdentityEmail,
	} {
		res := identify(t, book, proven(kind, value))
		if got := res.Matches[0].Refused; got != crm.RefusedBlocked || res.Outcome != crm.IdentityNobody {
			t.Errorf("%s %q: %s, refused %q, want it blocked", kind, value, res.Outcome, got)
		}
	}
	for value, kind := range map[string]crm.IdentityKind{
		"-10": "a", "0a": "a", "nullable": "a", "0000": "a", "1": "a", "test@mill.example": crm.IdentityEmail, "anonymous@mill.example": crm.IdentityEmail,
		"ada@shop-example.com": crm.IdentityEmail,
	} {
		if res := identify(t, book, proven(kind, value)); res.Outcome != crm.IdentityCreate {
			t.Errorf("%s %q: %s, refused %q, want it taken", kind, value, res.Outcome, res.Matches[0].Refused)
		}
	}
	c := putCustomer(t, book, crm.Customer{GivenName: "Ada"})
	_, err := book.Identities.Link(t.Context(), c.ID, email("noreply@mill.example"))
	if !errors.Is(err, crm.ErrInvalid) || strings.Contains(err.Error(), "mill") {
		t.Errorf("Link of what is blocked: %v", err)
	}
}

func TestRulesInvalid(t *testing.T) {
	_, err := crm.New(memstore.New(nil), &crm.Options{Identities: &crm.IdentityRules{
		Blocked: []string{"^("}, Region: "Germany", Limits: map[crm.IdentityKind]crm.IdentityLimit{"x": {}},
	}})
	invalid, ok := errors.AsType[*crm.InvalidError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, f := range invalid.Fields {
		fields = append(fields, f.Field)
	}
	if diff := cmp.Diff([]string{"identities.blocked", "identities.limits", "identities.region"}, fields); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// TestIdentityList lists what the record says and what is beside it, once each,
// and what the record said before.
func TestIdentityList(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	c := putCustomer(t, book, crm.Customer{
		Refs: []crm.Ref{ref("7")}, Email: "ada@mill.example", Phone: "+44 7700 900123", FirstSeenAt: day(3),
	})
	at := head(t, book)
	link(t, book, c.ID, crm.Identity{Kind: crm.IdentityLoyalty, Source: "till", Value: "ab-1", Verified: true, FirstSeenAt: day(9)})
	link(t, book, c.ID, typed(email("lovelace@mill.example")))
	link(t, book, c.ID, device("phone-1"))
	link(t, book, c.ID, email("ADA@mill.example")) // the record has it
	link(t, book, c.ID, typed(crm.Identity{Kind: crm.IdentityLoyalty, Value: "AB1"}))
	if _, err := book.Customers.Update(ctx, c.ID, func(c *crm.Customer) error { c.Email = "countess@mill.example"; return nil }); err != nil {
		t.Fatal(err)
	}
	want := []crm.Identity{
		{Kind: crm.IdentityExternal, Source: "shop", Value: "7", Verified: true, FirstSeenAt: day(3), LastSeenAt: today},
		{Kind: crm.IdentityEmail, Source: "shop", Value: "ada@mill.example", Verified: true, VerifiedAt: today, FirstSeenAt: day(3), LastSeenAt: today},
		{Kind: crm.IdentityEmail, Source: "shop", Value: "countess@mill.example", Verified: true, FirstSeenAt: day(3), LastSeenAt: today},
		{Kind: crm.IdentityEmail, Value: "lovelace@mill.example", FirstSeenAt: today, LastSeenAt: today},
		{Kind: crm.IdentityDevice, Value: "phone-1", Verified: true, VerifiedAt: today, FirstSeenAt: today, LastSeenAt: today},
		{Kind: crm.IdentityLoyalty, Source: "till", Value: "ab-1", Verified: true, VerifiedAt: today, FirstSeenAt: day(9), LastSeenAt: today},
		{Kind: crm.IdentityPhone, Source: "shop", Value: "+44 7700 900123", Verified: true, FirstSeenAt: day(3), LastSeenAt: today},
	}
	got, err := book.Identities.List(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(crm.Identity{}, "CustomerID")); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	var linked []string
	for _, e := range since(t, book, at) {
		if e.Kind == crm.IdentityLinked {
			linked = append(linked, e.Name)
		}
	}
	if diff := cmp.Diff([]string{"loyalty", "email", "device"}, linked); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	// The old address still tells who it is.
	if diff := cmp.Diff([]crm.CustomerID{c.ID}, owners(t, book, email("ada@mill.example"))); diff != "" {
		t.Errorf("the address that was (-want +got):\n%s", diff)
	}
	before := head(t, book)
	for _, i := range got {
		link(t, book, c.ID, i)
	}
	if head(t, book) != before {
		t.Errorf("linking it all again wrote %v", kinds(since(t, book, before)))
	}
}

func TestLinkRefused(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{Email: "ada@mill.example", Phone: "+44 7700 900123"})
	ben := putCustomer(t, book, crm.Customer{Email: "ben@mill.example"})
	link(t, book, ada.ID, device("ipad"))
	for _, tt := range []struct {
		name string
		id   crm.CustomerID
		i    crm.Identity
		want error
	}{
		{"nobody", "nobody", email("x@mill.example"), crm.ErrNotFound},
		{"of another", ben.ID, email("ada@mill.example"), crm.ErrExists},
		{"a device of another", ben.ID, device("ipad"), crm.ErrExists},
		{"malformed", ben.ID, email("ada"), crm.ErrInvalid},
		{"typed, of another", ben.ID, typed(email("ada@mill.example")), nil},
		{"a family's phone", ben.ID, phone("+44 7700 900123"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := book.Identities.Link(t.Context(), tt.id, tt.i); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if err := book.Identities.Unlink(t.Context(), ben.ID, device("ipad")); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Unlink of what is another's: %v", err)
	}
}

// TestLinkDevices links devices until they would leave no room for customers.
func TestLinkDevices(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{FirstSeenAt: day(1)}).ID
	for n := range 49 { // and ada herself
		link(t, book, ada, device(fmt.Sprint("phone-", n)))
	}
	link(t, book, ada, device("phone-7")) // once more
	if _, err := book.Identities.Link(t.Context(), ada, device("phone-49")); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("one too many: %v", err)
	}
	if got := owners(t, book, device("phone-49")); got != nil {
		t.Errorf("of %v", got)
	}
	wide := ruled(t, &crm.IdentityRules{Limits: map[crm.IdentityKind]crm.IdentityLimit{crm.IdentityDevice: {Count: 1000}}})
	ids := []crm.Identity{email("ada@mill.example")}
	for n := range 120 {
		ids = append(ids, device(fmt.Sprint("phone-", n)))
	}
	identify(t, wide, ids...)
	res := identify(t, wide, ids...)
	linked := 0
	for _, m := range res.Matches[1:] {
		if len(m.Holders) > 0 {
			linked++
		}
	}
	if linked != 50 {
		t.Errorf("%d devices at once, want 50", linked)
	}
}

// TestDeviceOfAMember links a device to somebody who was merged with its owner:
// when they are un-merged it is still of one person.
func TestDeviceOfAMember(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{FirstSeenAt: day(1)}).ID
	ben := putCustomer(t, book, crm.Customer{FirstSeenAt: day(2)}).ID
	link(t, book, ada, device("ipad"))
	merge(t, book, ben, ada)
	link(t, book, ben, device("ipad"))
	unmerge(t, book, ben)
	if diff := cmp.Diff([]crm.CustomerID{ada}, owners(t, book, device("ipad"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzNormalize: what is compared is compared as itself, and nothing panics.
func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"A.da+x@Gmail.com", "+.@googlemail.com", "\u212A\u017F\u03C2\u0130\u0131@x", "+49 (0)171 1234567", "8 800 123 45 67", "00000000", "011 44 7700 900123", "ab 12-34", "\xff@\xff", "０１２３４５"} {
		for _, kind := range []string{"email", "phone", "device", "loyalty", "external", "x.y"} {
			f.Add(kind, s, "DE")
			f.Add(kind, s, "US")
		}
	}
	f.Fuzz(func(t *testing.T, kind, value, region string) {
		book, err := crm.New(memstore.New(nil), &crm.Options{Identities: &crm.IdentityRules{Region: region}})
		if err != nil {
			book = memory(t)
		}
		i := crm.Identity{Kind: crm.IdentityKind(kind), Source: "shop", Value: value}
		form, err := book.Identities.Normalize(i)
		if err != nil {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		i.Value = form
		if again, err := book.Identities.Normalize(i); err != nil || again != form {
			t.Fatalf("%s %q: %q, then %q, %v", kind, value, form, again, err)
		}
	})
}

// BenchmarkResolve3 resolves a login with an address and a phone number, among
// 100,000 customers.
func BenchmarkResolve3(b *testing.B) {
	customers := sized(100_000)
	book := openBook(b, "shop.db", nil)
	if _, err := book.Import(b.Context(), func(yield func(crm.Record, error) bool) {
		for n := range customers {
			c := benchBuyer(n, customers)
			c.Email, c.Phone = strings.Replace(c.Email, "example.com", "mill.example", 1), fmt.Sprintf("+44 7700 %06d", n)
			if !yield(crm.Record{Customer: c}, nil) {
				return
			}
		}
	}, nil); err != nil {
		b.Fatal(err)
	}
	list := all(b, book.Customers.List(b.Context(), crm.CustomerQuery{}))
	resolve := func(b *testing.B, last func(n int, c *crm.Customer) crm.Identity, want crm.IdentityOutcome) {
		n := 0
		b.ReportAllocs()
		for b.Loop() {
			c := list[n*7919%customers]
			ids := []crm.Identity{login(c.Refs[0].ID), email(c.Email), last(n, c)}
			res, err := book.Identities.Resolve(b.Context(), ids)
			if err != nil || res.Outcome != want || res.CustomerID != c.ID {
				b.Fatalf("%+v, %v", res, err)
			}
			n++
		}
	}
	b.Run("known", func(b *testing.B) {
		resolve(b, func(_ int, c *crm.Customer) crm.Identity { return phone(c.Phone) }, crm.IdentityAdd)
	})
	b.Run("new", func(b *testing.B) {
		resolve(b, func(n int, _ *crm.Customer) crm.Identity { return proven(crm.IdentityLoyalty, fmt.Sprint("card", n)) }, crm.IdentityAdd)
	})
}
