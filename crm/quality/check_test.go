package quality_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/quality"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// plant records persons with one fault each, beside sound ones.
func plant(t *testing.T, book *crm.Book) {
	t.Helper()
	for n := range 3 {
		put(t, book, n, nil)
	}
	for i, f := range []func(*crm.Customer){
		3:  func(c *crm.Customer) { c.GivenName, c.FamilyName = "", "" },
		4:  func(c *crm.Customer) { c.GivenName, c.FamilyName = "Test", "test" },
		5:  func(c *crm.Customer) { c.FamilyName = "0815" },
		6:  func(c *crm.Customer) { c.GivenName = "ada@shop.test" },
		7:  func(c *crm.Customer) { c.FamilyName = "Guest" }, // which is a name
		8:  func(c *crm.Customer) { c.Email = "" },
		9:  func(c *crm.Customer) { c.Email = "ada@localhost" },
		10: func(c *crm.Customer) { c.Email = "ada..l@shop.test" },
		11: func(c *crm.Customer) { c.Email = "noreply@shop.test" },
		12: func(c *crm.Customer) { c.Email = "Info@shop.test" },
		13: func(c *crm.Customer) { c.Email = "ada@throwaway.test" },
		14: func(c *crm.Customer) { c.Phone = "" },
		15: func(c *crm.Customer) { c.Phone = "0000000" },
		16: func(c *crm.Customer) { c.Phone = "020 7" },
		17: func(c *crm.Customer) { c.Phone, c.Addresses[0].Country = "030 901820", "" },
		18: func(c *crm.Customer) { c.Addresses = nil; c.Phone = "+442079460018" },
		19: func(c *crm.Customer) { c.Addresses[0].Country = "England" },
		20: func(c *crm.Customer) { c.Addresses[0].Postcode = "10115" },
		21: func(c *crm.Customer) { c.Addresses[0].Postcode = "" },
		22: func(c *crm.Customer) { c.Addresses[0].City = "" },
		23: func(c *crm.Customer) { c.Addresses[0].Line1 = "n/a" },
		24: func(c *crm.Customer) { c.Birthday = "" },
		25: func(c *crm.Customer) { c.Birthday = "2025-06-16" },
		26: func(c *crm.Customer) { c.Birthday = "1904-06-15" },
		27: func(c *crm.Customer) { c.Birthday = "--02-29" },
		28: func(c *crm.Customer) { c.Locale = "English (UK)" },
		29: func(c *crm.Customer) { c.TimeZone = "Mars/Base" },
		30: func(c *crm.Customer) { c.Email, c.Phone, c.Addresses = "", "", nil },
		31: func(c *crm.Customer) { c.Version = today.AddDate(-4, 0, 0) },
		32: func(c *crm.Customer) { c.Version = today.AddDate(-2, 0, 0) },
	} {
		if f != nil {
			put(t, book, i, f)
		}
	}
	ctx := t.Context()
	// Long unchanged, but heard of since: by an order, by a click, by a consent.
	for n := 33; n < 36; n++ {
		put(t, book, n, func(c *crm.Customer) { c.Version = today.AddDate(-5, 0, 0) })
	}
	do(t, func(context.Context) (*crm.Order, error) {
		return book.Orders.Record(ctx, crm.Order{CustomerID: "c33", OccurredAt: today.AddDate(0, -1, 0), Items: []crm.Item{{SKU: "mug", Quantity: 1, Price: crm.Money{Amount: 950, Currency: "EUR"}}}})
	})
	do(t, func(context.Context) (*crm.Interaction, error) {
		return book.Interactions.Record(ctx, crm.Interaction{CustomerID: "c34", Kind: "page_view", OccurredAt: today.AddDate(0, -1, 0)})
	})
	consent := func(id crm.CustomerID, state crm.ConsentState, proof crm.Proof) {
		do(t, func(context.Context) (*crm.Consent, error) {
			return book.Consents.Record(ctx, crm.Consent{CustomerID: id, Purpose: crm.PurposeMarketing, Channel: crm.ChannelEmail, State: state, Proof: proof, OccurredAt: today.AddDate(0, 0, -1)})
		})
	}
	consent("c35", crm.ConsentGranted, crm.Proof{TextVersion: "2025-01"})
	consent("c00", crm.ConsentGranted, crm.Proof{Source: "import"}) // which proves nothing
	consent("c01", crm.ConsentWithdrawn, crm.Proof{})               // and needs none

	// Two persons with one address, and three with one number; and one whose
	// second address is another's.
	put(t, book, 40, func(c *crm.Customer) { c.Email = "shared@shop.test" })
	put(t, book, 41, func(c *crm.Customer) { c.Email = "Shared@SHOP.test " })
	for n, number := range []string{"020 7946 5555", "+44 20 7946 5555", "0044 (0)20 7946-5555"} {
		put(t, book, 42+n, func(c *crm.Customer) { c.Phone = number })
	}
	link := func(id crm.CustomerID, i crm.Identity) {
		do(t, func(context.Context) (*crm.Identity, error) { return book.Identities.Link(ctx, id, i) })
	}
	put(t, book, 45, nil)
	link("c45", crm.Identity{Kind: crm.IdentityEmail, Value: "ada0@shop.test"})
	link("c45", crm.Identity{Kind: crm.IdentityLoyalty, Value: "4711"})

	// Four who are two: they share what they have, as one person.
	put(t, book, 50, nil)
	put(t, book, 51, func(c *crm.Customer) { c.Email, c.Birthday = "ada50@shop.test", "1904-01-01" })
	put(t, book, 52, func(c *crm.Customer) { c.Phone = "" })
	put(t, book, 53, func(c *crm.Customer) { c.Addresses = nil; c.Phone = "+442079460053" })
	for _, pair := range [][2]crm.CustomerID{{"c51", "c50"}, {"c53", "c52"}} {
		do(t, func(context.Context) (*crm.Customer, error) { return book.Customers.Merge(ctx, pair[0], pair[1]) })
	}
	// And one who is nobody any more.
	put(t, book, 54, func(c *crm.Customer) { c.Email = "shared@shop.test"; c.GivenName = "1" })
	do(t, func(context.Context) (*crm.Erasure, error) { return book.Privacy.Erase(ctx, "c54") })

	for n, email := range []string{"nobody@shop.test", "ada1@shop.test", ""} {
		o := crm.Order{ID: crm.OrderID(fmt.Sprint("stray", n)), Email: email, OccurredAt: today, Items: []crm.Item{{SKU: "mug", Quantity: 1, Price: crm.Money{Amount: 950, Currency: "EUR"}}}}
		do(t, func(context.Context) (*crm.Order, error) { return book.Orders.Record(ctx, o) })
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name  string
		chaos uint64
	}{{"calm", 0}, {"chaos", 3}} {
		t.Run(tc.name, func(t *testing.T) {
			book := open(t, memstore.New(&memstore.Options{Chaos: tc.chaos}))
			plant(t, book)
			progress := 0
			got, err := quality.Check(t.Context(), book, &quality.Options{
				Disposable: func(domain string) bool { return domain == "throwaway.test" },
				Progress:   func(n int) { progress = n },
			})
			if err != nil {
				t.Fatal(err)
			}
			find := func(field string, what quality.Fault, s quality.Severity, n int, ids ...crm.CustomerID) quality.Finding {
				return quality.Finding{Field: field, Fault: what, Severity: s, Count: n, Customers: ids}
			}
			strays := got.Find("order", quality.Stray)
			if strays == nil || len(strays.Orders) != 2 {
				t.Fatalf("strays are %+v, want two orders", strays)
			}
			want := &quality.Report{
				At: today, Persons: 44,
				Fields: []quality.Field{
					{"name", 43, 1, 3, 0},
					{"email", 42, 2, 4, 1},
					{"phone", 42, 2, 2, 1},
					{"address", 42, 2, 4, 1},
					{"birthday", 43, 1, 2, 0},
					{"locale", 44, 0, 0, 0},
					{"time_zone", 44, 0, 0, 0},
				},
				Findings: []quality.Finding{
					find("email", quality.Duplicate, quality.High, 2, "c40", "c41", "c00", "c45"),
					find("email", quality.Invalid, quality.High, 2, "c09", "c10"),
					find("consent", quality.Unproven, quality.High, 1, "c00"),
					find("email", quality.Placeholder, quality.High, 1, "c11"),
					find("name", quality.NotName, quality.Medium, 2, "c05", "c06"),
					{Field: "order", Fault: quality.Stray, Severity: quality.Medium, Count: 2, Orders: strays.Orders},
					find("address", quality.Incomplete, quality.Medium, 1, "c22"),
					find("address", quality.Placeholder, quality.Medium, 1, "c23"),
					find("address", quality.Stale, quality.Medium, 1, "c31"),
					find("address.country", quality.Unknown, quality.Medium, 1, "c19"),
					find("address.postcode", quality.Invalid, quality.Medium, 1, "c20"),
					find("birthday", quality.Future, quality.Medium, 1, "c25"),
					find("birthday", quality.TooOld, quality.Medium, 1, "c26"),
					find("customer", quality.Unreachable, quality.Medium, 1, "c30"),
					find("email", quality.Disposable, quality.Medium, 1, "c13"),
					find("email", quality.Stale, quality.Medium, 1, "c31"),
					find("name", quality.Placeholder, quality.Medium, 1, "c04"),
					find("phone", quality.Invalid, quality.Medium, 1, "c16"),
					find("phone", quality.Placeholder, quality.Medium, 1, "c15"),
					find("phone", quality.Stale, quality.Medium, 1, "c31"),
					find("address", quality.Missing, quality.Low, 2, "c18", "c30"),
					find("email", quality.Missing, quality.Low, 2, "c08", "c30"),
					find("phone", quality.Missing, quality.Low, 2, "c14", "c30"),
					find("phone", quality.Unknown, quality.Low, 2, "c17", "c19"),
					find("address.country", quality.Missing, quality.Low, 1, "c17"),
					find("address.postcode", quality.Missing, quality.Low, 1, "c21"),
					find("birthday", quality.Missing, quality.Low, 1, "c24"),
					find("email", quality.Role, quality.Low, 1, "c12"),
					find("identity.email", quality.Unverified, quality.Low, 1, "c45"),
					find("identity.loyalty", quality.Unverified, quality.Low, 1, "c45"),
					find("locale", quality.Invalid, quality.Low, 1, "c28"),
					find("name", quality.Missing, quality.Low, 1, "c03"),
					find("phone", quality.Duplicate, quality.Low, 1, "c42", "c43", "c44"),
					find("time_zone", quality.Unknown, quality.Low, 1, "c29"),
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if progress != want.Persons {
				t.Errorf("the last progress is %d persons, want %d", progress, want.Persons)
			}
		})
	}
}

// TestCheckPersonal leaves personal data out of all forms of a report.
func TestCheckPersonal(t *testing.T) {
	book := memory(t)
	plant(t, book)
	r, err := quality.Check(t.Context(), book, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{r.String(), string(data), fmt.Sprintf("%+v", r)} {
		for _, personal := range []string{"@", "Lovelace", "7946", "High Street", "SW1A", "1990", "4711"} {
			if strings.Contains(text, personal) {
				t.Errorf("the report holds %q:\n%s", personal, text)
			}
		}
	}
	var back quality.Report
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Errorf("read again from JSON (-want +got):\n%s", diff)
	}
}

// TestCheckSamples bounds the samples, and not the counts.
func TestCheckSamples(t *testing.T) {
	book := memory(t)
	for n := range 250 { // more than a page
		put(t, book, n, func(c *crm.Customer) { c.Birthday, c.Email = "", fmt.Sprintf("ada%d@shop.test", n/5) })
	}
	r, err := quality.Check(t.Context(), book, &quality.Options{Samples: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []quality.Finding{
		{Field: "birthday", Fault: quality.Missing, Severity: quality.Low, Count: 250, Customers: []crm.CustomerID{"c00", "c01", "c02"}},
		{Field: "email", Fault: quality.Duplicate, Severity: quality.High, Count: 50, Customers: []crm.CustomerID{"c00", "c01", "c02"}},
	} {
		got := r.Find(want.Field, want.Fault)
		if got == nil {
			t.Errorf("nothing is %s of %s", want.Fault, want.Field)
			continue
		}
		// Ids of three digits stand between those of two.
		if diff := cmp.Diff(want.Count, got.Count); diff != "" || len(got.Customers) != 3 {
			t.Errorf("%s %s = %+v, want %d with 3 samples", want.Field, want.Fault, got, want.Count)
		}
	}
	if f := r.Field("birthday"); f == nil || f.Missing != 250 || f.Have != 0 {
		t.Errorf("Field = %+v, want 250 missing", f)
	}
	if r.Field("shoe size") != nil || r.Find("birthday", quality.Role) != nil {
		t.Error("there is something that is not")
	}
}

// TestCheckDay tells ages by the shop's day.
func TestCheckDay(t *testing.T) {
	book := memory(t)
	put(t, book, 1, func(c *crm.Customer) { c.Birthday = "2025-06-16" })
	at := time.Date(2025, 6, 15, 20, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		loc    *time.Location
		future bool
	}{"in London": {nil, true}, "in Tokyo": {time.FixedZone("Tokyo", 9*60*60), false}} {
		t.Run(name, func(t *testing.T) {
			r, err := quality.Check(t.Context(), book, &quality.Options{At: at, Location: tc.loc})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Find("birthday", quality.Future) != nil; got != tc.future {
				t.Errorf("to come: %t, want %t", got, tc.future)
			}
		})
	}
}

// TestCheckVerified takes e-mail for confirmed when one address was verified
// lately.
func TestCheckVerified(t *testing.T) {
	book := memory(t)
	id := put(t, book, 1, func(c *crm.Customer) { c.Version = today.AddDate(-9, 0, 0) })
	do(t, func(ctx context.Context) (*crm.Identity, error) {
		return book.Identities.Link(ctx, id, crm.Identity{Kind: crm.IdentityEmail, Value: "ada@new.test", Verified: true, VerifiedAt: today.AddDate(0, -1, 0)})
	})
	r, err := quality.Check(t.Context(), book, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Find("email", quality.Stale) != nil || r.Find("address", quality.Stale) == nil {
		t.Errorf("findings are %+v, want a stale address and no stale e-mail address", r.Findings)
	}
}

func TestCheckEmpty(t *testing.T) {
	r, err := quality.Check(t.Context(), memory(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Persons != 0 || len(r.Findings) != 0 || !strings.Contains(r.String(), "nothing is wrong") {
		t.Errorf("the report of an empty book is %+v:\n%v", r, r)
	}
}

func TestCheckErrors(t *testing.T) {
	book := memory(t)
	put(t, book, 1, nil)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		name string
		ctx  context.Context
		opts *quality.Options
		want error
	}{
		{"canceled", canceled, nil, context.Canceled},
		{"a time below 0", t.Context(), &quality.Options{Stale: -1}, crm.ErrInvalid},
		{"too many samples", t.Context(), &quality.Options{Samples: 1001}, crm.ErrInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if r, err := quality.Check(tc.ctx, book, tc.opts); !errors.Is(err, tc.want) || r != nil {
				t.Errorf("Check = %v, %v, want %v and no report", r, err, tc.want)
			}
		})
	}
	if err := book.View(t.Context(), func(ctx context.Context, _ *crm.Tx) error {
		_, err := quality.Check(ctx, book, nil)
		return err
	}); !errors.Is(err, crm.ErrNested) {
		t.Errorf("Check within a transaction = %v, want %v", err, crm.ErrNested)
	}
}
