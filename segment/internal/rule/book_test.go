package rule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

var book = &rule.Vocabulary{
	Currency:   "GBP",
	Attributes: []rule.Word{{Name: "shoe-size", Type: rule.IsNumber}, {Name: "club.level", Type: rule.IsText, Values: []string{"gold", "silver"}}, {Name: "colors", Type: rule.IsList}},
	Traits:     []rule.Word{{Name: "rfm.recency", Type: rule.IsNumber}},
	Segments:   []string{"vip", "Größte"},
	IDs:        []string{"seg_1"},
}

func TestVocabulary(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"attributes.shoe-size > 41.5", "attributes.shoe-size > 41.5"},
		{"metafields.club.level = 'gold'", "attributes.club.level = 'gold'"},
		{"attributes.colors = 'red'", "attributes.colors CONTAINS 'red'"},
		{"traits.rfm.recency >= 4 AND stated.anything = 'x'", "traits.rfm.recency >= 4 AND stated.anything = 'x'"},
		{"segments CONTAINS 'vip' AND NOT segments = 'seg_1'", "segments CONTAINS 'vip' AND segments NOT CONTAINS 'seg_1'"},
		{"segments IN ('VIP', 'GRÖSSTE')", "1:21: unexpected `'GRÖSSTE'`: want a segment of the catalog; did you mean `'Größte'`?"},
		{"segments IN ('VIP', 'gRÖßTE')", "segments IN ('vip', 'Größte')"},
		{"segments CONTAINS 'SEG_1'", "1:19: unexpected `'SEG_1'`: want a segment of the catalog; did you mean `'seg_1'`?"},
		{"segments CONTAINS ''", "1:19: unexpected `''`: want a segment of the catalog"},
		{"amount_spent > 5 GBP", "amount_spent > 5 GBP"},
		{"attributes.shoesize > 41", "1:1: unexpected `attributes.shoesize`: want a field of customers; did you mean `attributes.shoe-size`?"},
		{"attribute.shoe-size > 41", "1:1: unexpected `attribute.shoe-size`: want a field of customers; did you mean `attributes.shoe-size`?"},
		{"attributes.shoe-size = 'big'", "1:24: unexpected `'big'`: want a number, such as 2"},
		{"attributes.club.level = 'Gold'", "1:25: unexpected `'Gold'`: want 'gold' or 'silver'; did you mean `'gold'`?"},
		{"attributes.colors > 5", "1:19: unexpected `>`: want what a list is compared by: CONTAINS, =, IN or IS NULL"},
		{"traits.rfm.recncy = 4", "1:1: unexpected `traits.rfm.recncy`: want a field of customers; did you mean `traits.rfm.recency`?"},
		{"segments IN ('vip', 'vipp')", "1:21: unexpected `'vipp'`: want a segment of the catalog; did you mean `'vip'`?"},
		{"amount_spent > 5 EUR", "1:16: unexpected `5 EUR`: want an amount in GBP, the currency of the book"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			n, err := rule.Parse(tt.text, book)
			got := fmt.Sprint(err)
			if err == nil {
				got = rule.Print(n)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestCheckOfText checks a rule that was read without the book.
func TestCheckOfText(t *testing.T) {
	n, err := rule.Parse("age > 1 AND (attributes.shoesize > 41 OR attributes.colors = 'red')", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = rule.Check(n, book)
	const want = "all[1].any[0].field: unexpected `attributes.shoesize`: want a field of customers; did you mean `attributes.shoe-size`?"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestWords(t *testing.T) {
	for _, source := range append([]rule.Word{{}}, rule.Sources()...) {
		t.Run(source.Name, func(t *testing.T) {
			fields := rule.Fields(source.Name)
			if len(fields) == 0 {
				t.Fatal("no fields")
			}
			for i, w := range fields {
				if w.Type == 0 || w.Meaning == "" {
					t.Errorf("%+v", w)
				}
				if slices.ContainsFunc(fields[:i], func(o rule.Word) bool { return o.Name == w.Name }) {
					t.Errorf("%s twice", w.Name)
				}
				name := w.Name
				if w.Prefix() {
					name += "x"
				}
				var nothing *rule.Vocabulary
				got, ok := nothing.Field(source.Name, name)
				w.Name = name
				if diff := cmp.Diff(w, got); !ok || diff != "" {
					t.Errorf("%s: %v (-want +got):\n%s", name, ok, diff)
				}
			}
			if source.Name != "" && !slices.ContainsFunc(fields, func(w rule.Word) bool { return w.Name == "date" && w.Type == rule.IsDate }) {
				t.Error("no date")
			}
		})
	}
}

func TestFunctions(t *testing.T) {
	for _, f := range rule.Functions() {
		example, _, _ := strings.Cut(f.Meaning, ":")
		example = strings.ReplaceAll(example, "…", "date >= -30d")
		if _, err := rule.Parse(example+" IS NULL", nil); err != nil || !strings.HasPrefix(example, f.Name+"(") {
			t.Errorf("%s: %s: %v", f.Name, example, err)
		}
	}
}

func TestSegments(t *testing.T) {
	n, err := rule.Parse("segments CONTAINS 'b' OR NOT (segments IN ('c', 'a') AND segments NOT CONTAINS 'b') OR customer_tags CONTAINS 'd'", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, rule.Segments(n)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestManyNames suggests nothing when a book has so many names that to look for
// the one that was meant would take long.
func TestManyNames(t *testing.T) {
	for _, tt := range []struct {
		attributes int
		want       string
	}{{100, "attributes.shoe_size"}, {200_000, ""}} {
		v := &rule.Vocabulary{Attributes: []rule.Word{{Name: "shoe_size", Type: rule.IsNumber}}}
		for i := range tt.attributes {
			v.Attributes = append(v.Attributes, rule.Word{Name: fmt.Sprintf("a_name_of_another_%d", i), Type: rule.IsText})
		}
		_, err := rule.Parse("attributes.shoe_sise > 40", v)
		faults, _ := err.(rule.Faults)
		if len(faults) != 1 || faults[0].Suggestion != tt.want {
			t.Errorf("of %d attributes: %v, want to suggest %q", tt.attributes, err, tt.want)
		}
	}
}
