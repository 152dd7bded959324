package shopcsv_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// TestAttributes reads columns as attributes of each type.
func TestAttributes(t *testing.T) {
	for _, c := range []struct {
		kind   crm.ValueType
		cell   string
		want   crm.Value
		reason string // of the reject
	}{
		{"", "Red", crm.Text("Red"), ""},
		{crm.TypeText, "'+1", crm.Text("+1"), ""},
		{crm.TypeNumber, "42.5", crm.Number(42.5), ""},
		{crm.TypeNumber, "-0.1", crm.Number(-0.1), ""},
		{crm.TypeNumber, "12 EUR", crm.Value{}, "want a decimal"},
		{crm.TypeNumber, "-9007199254740992", crm.Number(-1 << 53), ""},
		{crm.TypeNumber, "9007199254740993", crm.Value{}, "longer ones as text"},
		{crm.TypeBool, "No", crm.Bool(false), ""},
		{crm.TypeBool, "subscribed", crm.Value{}, "want yes or no"},
		{crm.TypeTime, "2024-01-02", crm.Moment(listed.AddDate(0, -6, 1)), ""},
		{crm.TypeTime, "soon", crm.Value{}, "want a time"},
		{crm.TypeMoney, "12.50 EUR", crm.Amount(crm.Money{Amount: 1250, Currency: "EUR"}), ""},
		{crm.TypeMoney, `{"amount":"3","currency_code":"JPY"}`, crm.Amount(crm.Money{Amount: 3, Currency: "JPY"}), ""},
		{crm.TypeMoney, `{"amount":"3"}`, crm.Value{}, "want an amount with its currency"},
		{crm.TypeMoney, "12.50", crm.Value{}, "want an amount with its currency"},
		{crm.TypeMoney, "0.5 JPY", crm.Value{}, "want at most 0 decimals"},
		{crm.TypeWords, `["a, b","c","c",""]`, crm.Words("a, b", "c"), ""},
		{crm.TypeWords, `"a, b", c ,,c`, crm.Words("a, b", "c"), ""},
		{crm.TypeWords, `[a, b`, crm.Words("[a", "b"), ""},
		{crm.TypeText, "  ", crm.Value{}, ""},
	} {
		var rejects strings.Builder
		text := "First Name,Last Name,Email,Tax Exempt,Its title (customer.metafields.custom.thing)\n" +
			`Ann,Dyke,ann@example.com,no,"` + strings.ReplaceAll(c.cell, `"`, `""`) + "\"\n"
		r, err := shopcsv.NewReader(strings.NewReader(text), shopcsv.Shopify, &shopcsv.Options{
			Rejects: &rejects, Attributes: map[string]crm.Attribute{"custom.thing": {Name: "thing", Type: c.kind}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, rec.Customer.Attributes["thing"]); diff != "" {
				t.Errorf("%s %q (-want +got):\n%s", c.kind, c.cell, diff)
			}
		}
		if got := r.Report().Rejected; got > 0 != (c.reason != "") || !strings.Contains(rejects.String(), c.reason) {
			t.Errorf("%s %q: %d rejected, want for %q:\n%s", c.kind, c.cell, got, c.reason, rejects.String())
		}
		if w := r.Warnings(); w != nil {
			t.Errorf("%s %q: warnings %q", c.kind, c.cell, w)
		}
	}
}

// TestAttributesLeftOut reads metafields of which nobody was told.
func TestAttributesLeftOut(t *testing.T) {
	text := "First Name,Last Name,Email,Tax Exempt,Size (customer.metafields.custom.size),Birth date (customer.metafields.facts.birth_date)\n" +
		"Ann,Dyke,ann@example.com,no,38,1990-02-28\nBob,Ray,bob@example.com,no,39,\n"
	b := book(t, "EUR")
	r, err := shopcsv.NewReader(strings.NewReader(text), shopcsv.Any, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := b.Import(t.Context(), r.Records(), nil)
	if err != nil || report.Customers.Created != 2 || report.Rejected != 0 || report.Warnings != 0 {
		t.Fatalf("report %+v, %v", report, err)
	}
	want := []string{`the metafield "Size (customer.metafields.custom.size)" is left out: Options.Attributes can take it`}
	if diff := cmp.Diff(want, r.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if got := r.Attributes(); got != nil {
		t.Errorf("to declare: %v", got)
	}
	ann, err := b.Customers.ByEmail(t.Context(), "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if ann.Birthday != "1990-02-28" || ann.Attributes != nil {
		t.Errorf("got %q, %v", ann.Birthday, ann.Attributes)
	}
}

func TestAttributesOptions(t *testing.T) {
	for name, list := range map[string]map[string]crm.Attribute{
		"no name":   {"Tax Exempt": {}},
		"no type":   {"Tax Exempt": {Name: "tax", Type: "date"}},
		"one twice": {"Tax Exempt": {Name: "tax"}, "Email": {Name: "tax"}},
	} {
		for format, header := range map[shopcsv.Preset]string{
			shopcsv.ShopifyCustomers: "First Name,Last Name,Email,Tax Exempt\n", shopcsv.Mailchimp: "Email Address,Status,Email,Tax Exempt\n",
			shopcsv.Klaviyo: "Email,Klaviyo ID,Tax Exempt\n", shopcsv.WooCommerceCustomers: "email,user_id,Tax Exempt\n",
		} {
			_, err := shopcsv.NewReader(strings.NewReader(header), format, &shopcsv.Options{Attributes: list})
			if !errors.Is(err, crm.ErrInvalid) || !strings.Contains(err.Error(), "Options.Attributes") {
				t.Errorf("%s, %s: %v", name, format, err)
			}
		}
	}
}
