package segment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// complete returns the texts that could stand where | does.
func complete(t *testing.T, c *segment.Catalog, text string) []string {
	t.Helper()
	offset := strings.IndexByte(text, '|')
	text = text[:offset] + text[offset+1:]
	list, err := c.Complete(t.Context(), text, offset)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, o := range list {
		if o.From > offset || o.To < offset || o.Kind == "" {
			t.Errorf("%+v at %d of %s", o, offset, text)
		}
		texts = append(texts, o.Text)
	}
	return texts
}

func TestComplete(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(book.Customers.Declare(ctx, crm.Attribute{Name: "shoe_size", Type: crm.TypeNumber, Title: "Size of shoes"}, crm.Attribute{Name: "style", Type: crm.TypeText}))
	for id, tags := range map[crm.CustomerID][]string{"ada": {"VIP", "press"}, "bob": {"vip", "it's"}, "cyd": {"vip"}} {
		_, err := book.Customers.Create(ctx, crm.Customer{ID: id, Tags: tags, Attributes: map[string]crm.Value{"style": crm.Text("plain")}})
		do(err)
	}
	_, err := book.Products.Create(ctx, crm.Product{ID: "mug", Title: "Blue mug", Brand: "Halma", Categories: []string{"Home > Kitchen"}})
	do(err)
	for i, channel := range []crm.Channel{"web", "store", "web"} {
		_, err := book.Orders.Record(ctx, crm.Order{
			CustomerID: "ada", OccurredAt: noon.Add(-time.Hour * time.Duration(i)), Channel: channel, Coupons: []string{"SPRING"},
			Items: []crm.Item{{ProductID: "mug", Quantity: 1, Price: crm.Money{Amount: 100, Currency: "GBP"}}},
		})
		do(err)
	}
	_, err = book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", Kind: "quiz_taken", Channel: "web", Properties: map[string]crm.Value{"skin": crm.Text("dry")}})
	do(err)
	create(t, c, "Very important", "amount_spent > 500")
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"attr|", []string{"attributes.shoe_size", "attributes.style"}},
		{"attributes.style = |", []string{"'plain'"}},
		{"attributes.shoe_size |", []string{"=", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN (", "IN TOP", "IN BOTTOM", "NOT BETWEEN", "NOT IN (", "IS NULL", "IS NOT NULL"}},
		{"customer_tags CONTAINS |", []string{"'vip'", "'it''s'", "'press'"}},
		{"customer_tags CONTAINS 'V|", []string{"'vip'"}},
		{"orders MATCHES (channel = |", []string{"'web'", "'store'"}},
		{"orders MATCHES (coupons CONTAINS s|", []string{"'SPRING'"}},
		{"items MATCHES (categories CONTAINS 'k|", []string{"'Home > Kitchen'"}},
		{"items MATCHES (brand = |", []string{"'Halma'"}},
		{"items MATCHES (product = |", []string{"'mug'"}},
		{"items MATCHES (channel = |", []string{"'web'", "'store'"}},
		{"last(orders.channel) = |", []string{"'web'", "'store'"}},
		{"interactions MATCHES (kind = 'q|", []string{"'quiz_taken'"}},
		{"interactions MATCHES (prop|", []string{"properties.skin", "properties."}},
		{"interactions MATCHES (properties.skin = |", []string{"true", "false", "today", "yesterday", "-7d", "-30d", "-90d", "-6m", "-12m", "now", "'dry'"}},
		{"last(interactions.properties.skin) IN ('|", []string{"'dry'"}},
		{"segments CONTAINS |", []string{"'Very important'"}},
		{"segments CONTAINS imp|", []string{"'Very important'"}},
		{"amount_spent > 5 G|", []string{"GBP"}},
		{"customer_id = |", nil},
	} {
		if diff := cmp.Diff(tt.want, complete(t, c, tt.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
	list, err := c.Complete(ctx, "items MATCHES (product = 'm') AND age > 1", 26)
	do(err)
	want := []segment.Completion{{Text: "'mug'", Kind: "value", Meaning: "Blue mug", From: 25, To: 28}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("Complete (-want +got):\n%s", diff)
	}

	// What is new is known within a minute, and a new segment at once.
	_, err = book.Customers.Update(ctx, "cyd", func(v *crm.Customer) error { v.Tags = []string{"press"}; return nil })
	do(err)
	create(t, c, "Very new", "EVERYONE")
	if _, err := c.Count(ctx, create(t, c, "New", "EVERYONE").ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"'New'", "'Very important'", "'Very new'"}, complete(t, c, "segments CONTAINS |")); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
	clk.set(noon.Add(time.Minute))
	if diff := cmp.Diff([]string{"'VIP'", "'press'", "'it''s'"}, complete(t, c, "customer_tags CONTAINS |")); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	_, err = book.Privacy.Erase(ctx, "bob") // whose word nobody else has
	do(err)
	clk.set(noon.Add(2 * time.Minute))
	if _, err := c.Count(ctx, create(t, c, "Newest", "EVERYONE").ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"'press'", "'VIP'"}, complete(t, c, "customer_tags CONTAINS |")); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// Each value that is offered of the demo shop selects somebody.
func TestCompleteValues(t *testing.T) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Import(t.Context(), crmtest.Shop(200, 1).All(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"customer_countries = ", "customer_language = ", "items MATCHES (categories CONTAINS ", "items MATCHES (brand = ", "items MATCHES (title = ",
		"orders MATCHES (channel = ", "orders MATCHES (source = ", "orders MATCHES (country = ", "interactions MATCHES (kind = ", "interactions MATCHES (channel = ",
	} {
		values := complete(t, c, text+"|")
		if len(values) == 0 {
			t.Errorf("%s: no values", text)
		}
		for _, v := range values {
			rule := text + v
			if strings.Contains(text, "(") {
				rule += ")"
			}
			r, err := segment.Parse(rule)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Preview(t.Context(), r, 0)
			if err != nil || p.Count == 0 {
				t.Errorf("%s selects nobody: %v", rule, err)
			}
		}
	}
}

func BenchmarkComplete(b *testing.B) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := book.Import(b.Context(), crmtest.Shop(1000, 1).All(), nil); err != nil {
		b.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{"", "number_of_orders >= 2 AND items MATCHES (title = '"} {
		b.Run(map[bool]string{true: "field", false: "value"}[text == ""], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if list, err := c.Complete(b.Context(), text, len(text)); err != nil || len(list) == 0 {
					b.Fatal(list, err)
				}
			}
		})
	}
}
