package rule_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// shop knows one name under each open prefix, and two texts in each field.
var shop = rule.Shop{
	Names: func(source, prefix string) []string { return []string{"known"} },
	Values: func(source string, w rule.Word, typed string) []rule.Option {
		if w.Name == "segments" && source == "" {
			return []rule.Option{{Text: "vip"}, {Text: "seg_1"}}
		}
		return []rule.Option{{Text: "whole sale"}, {Text: "it's"}}
	},
}

func texts(options []rule.Option) (list []string) {
	for _, o := range options {
		list = append(list, o.Text)
	}
	return list
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		text string // | is the place
		want string // the first options, in their order
		of   string // the text that they take the place of
	}{
		{"|", "number_of_orders amount_spent average_order_value", ""},
		{"numb|", "number_of_orders number_of_refunds", "numb"},
		{"NUMB|", "number_of_orders number_of_refunds", "NUMB"},
		{"numb|er_of_refunds > 1", "number_of_orders number_of_refunds", "number_of_refunds"},
		{"spent|", "amount_spent", "spent"},
		{"number_of_orders |", "= != < <= > >= BETWEEN", ""},
		{"number_of_orders > 1 |", "AND OR", ""},
		{"number_of_orders > 1 o|", "OR", "o"},
		{"number_of_orders > 1 AND |", "number_of_orders", ""},
		{"has_email = |", "true false", ""},
		{"last_order_date BETWEEN -30d AND |", "today yesterday -7d -30d", ""},
		{"last_order_date < -3|", "-30d", "-3"},
		{"customer_tags |", "CONTAINS = IN|( NOT|CONTAINS NOT|IN|( IS|NULL", ""},
		{"customer_tags NOT |", "CONTAINS IN|(", ""},
		{"customer_tags CONTAINS |", "'whole|sale' 'it''s'", ""},
		{"customer_tags CONTAINS 'WH|", "'whole|sale'", "'WH"},
		{"customer_tags CONTAINS wh|", "'whole|sale'", "wh"},
		{"customer_tags CONTAINS 'sa|", "'whole|sale'", "'sa"},
		{"customer_tags CONTAINS 'wh|' AND age > 1", "'whole|sale'", "'wh'"},
		{"customer_tags CONTAINS 'wh| AND customer_tags CONTAINS 'b'", "'whole|sale'", "'wh"},
		{"orders |", "MATCHES|( NOT|MATCHES|( FOLLOWED|BY", ""},
		{"orders MATCHES (|", "amount units discount", ""},
		{"orders MATCHES (date >= -30d, st|", "state", "st"},
		{"orders MATCHES (state = 'p|", "'placed' 'pending' 'paid'", "'p"},
		{"orders MATCHES (date >= -30d) |", "FOLLOWED|BY NOT|FOLLOWED|BY AND OR", ""},
		{"orders FOLLOWED BY orders AFTER 2d WITHIN |", "7d 30d", ""},
		{"sum(|", "orders.amount orders.units", ""},
		{"sum(spend.|", "spend.amount", "spend."},
		{"average(orders.amount MATCHES (channel = 'web')|", ")", ""},
		{"average(orders.amount MATCHES (channel = 'web') |", ")", ""},
		{"days_since(last(|", "orders.date canceled_orders.date", ""},
		{"amount_spent IN TOP |", "5% 10% 100", ""},
		{"attributes.club.level = |", "'gold' 'silver'", ""},
		{"attributes.sho|", "attributes.shoe-size", "attributes.sho"},
		{"stated.|", "stated.known", "stated."},
		{"segments CONTAINS |", "'vip' 'seg_1'", ""},
		// What is wrong before the place does not matter.
		{"numbr_of_orders > AND age >= 18 and custo|", "customer_added_date", "custo"},
		{"orders MATCHES (nonsense ??? , (date >= |", "today yesterday", ""},
		{"((age |", "= !=", ""},
		// Here nothing can stand, or nobody knows what.
		{"unknown |", "", ""},
		{"age > |", "", ""},
		{"customer_tags > |", "", ""},
		{"has_email = true true |", "", ""},
		{"customer_tags CONTAINS 'a'|", "AND OR", ""},
		{"age ?|", "", ""},
		{"age > 1 -- and |", "", ""},
		{"age > 1 -- and \n|", "AND OR", ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			offset := strings.IndexByte(tt.text, '|')
			text := tt.text[:offset] + tt.text[offset+1:]
			options, from, to := rule.Complete(text, offset, book, shop)
			want := strings.Fields(tt.want)
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], "|", " ")
			}
			got := texts(options)
			if len(want) > 0 && tt.text != "orders MATCHES (|" {
				got = got[:min(len(want), len(got))]
			} else if len(want) > 0 {
				got = slices.DeleteFunc(got, func(s string) bool { return !slices.Contains(want, s) })[:len(want)]
			}
			if diff := cmp.Diff(want, append([]string{}, got...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if text[from:to] != tt.of {
				t.Errorf("they take the place of %q, want %q", text[from:to], tt.of)
			}
			for _, o := range options {
				if o.Class == "" || o.Meaning == "" && o.Class != "value" {
					t.Errorf("%+v says nothing", o)
				}
			}
		})
	}
}

// open reports whether a word is one that only the shop can know.
func open(w string) bool {
	c := w[0]
	return c == '\'' || c == '-' || c == '+' || c >= '0' && c <= '9'
}

// words returns the words of a canonical text, and where they begin.
func words(text string) (list []string, at []int) {
	for i := 0; i < len(text); {
		j := i
		switch c := text[i]; {
		case c == ' ':
			i++
			continue
		case c == '\'':
			for j++; text[j] != '\'' || strings.HasPrefix(text[j:], "''"); j++ {
				if text[j] == '\'' || text[j] == '\\' {
					j++
				}
			}
			j++
		case strings.IndexByte("(),%", c) >= 0:
			j++
		default:
			for j < len(text) && strings.IndexByte(" (),%", text[j]) < 0 {
				j++
			}
		}
		list, at = append(list, text[i:j]), append(at, i)
		i = j
	}
	return list, at
}

// Wherever a rule is cut, its next word is among what is offered, or one that
// only the shop can know.
func TestCompleteKnowsTheNextWord(t *testing.T) {
	for _, name := range []string{"shopify", "rules"} {
		for _, text := range lines(t, name+".txt") {
			n, err := rule.Parse(text, nil)
			if err != nil {
				continue
			}
			text := rule.Print(n)
			list, at := words(text)
			for i, w := range list {
				options, from, _ := rule.Complete(text, at[i], nil, shop)
				found := open(w) || from != at[i]
				for _, o := range options {
					found = found || strings.HasPrefix(o.Text, w) || strings.HasSuffix(o.Text, ".") && strings.HasPrefix(w, o.Text)
				}
				if !found && (i == 0 || w != strings.ToUpper(w) || len(w) != 3) { // but for a currency
					t.Errorf("%s\nat %s: %q", text, text[at[i]:], texts(options))
				}
			}
		}
	}
}

// finish goes on with a text by what is offered until it is a rule.
func finish(text string, v *rule.Vocabulary) (string, error) {
	for range 40 {
		_, err := rule.Parse(text, v)
		if err == nil {
			return text, nil
		}
		options, from, to := rule.Complete(text, len(text), v, shop)
		if from != to {
			return text, fmt.Errorf("nothing follows: %w", err)
		}
		next := texts(options)
		best := func(s string) int {
			return slices.Index([]string{")", "IS NULL", "FOLLOWED BY", "CONTAINS", "=", ",", "orders", "date", "last_order_date", "orders.date", "orders.amount"}, s) & 0xff
		}
		slices.SortStableFunc(next, func(a, b string) int { return best(a) - best(b) })
		switch {
		case len(next) > 0:
			text += next[0] + " "
		default: // a number
			text += "99999 "
		}
	}
	return text, errors.New("no end")
}

// Whatever is offered, wherever a rule is cut, can be gone on with to a rule.
func TestCompleteOffersWhatParses(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	seen := map[string]bool{}
	tried := 0
	for _, name := range []string{"shopify", "rules"} {
		for _, text := range lines(t, name+".txt") {
			n, err := rule.Parse(text, book)
			if err != nil {
				continue
			}
			text := rule.Print(n)
			_, at := words(text)
			for _, offset := range at {
				start := strings.TrimRight(text[:offset], " ") + " "
				options, from, to := rule.Complete(start, len(start), book, shop)
				if from != len(start) || to != len(start) {
					t.Fatalf("%s: takes the place of %q", start, start[from:to])
				}
				for _, o := range options {
					if strings.HasSuffix(o.Text, ".") {
						o.Text += "x"
					}
					begun := start + o.Text + " "
					if seen[begun] || r.IntN(8) > 0 && len(begun) > 60 {
						continue
					}
					seen[begun] = true
					tried++
					if end, err := finish(begun, book); err != nil {
						t.Errorf("%s\n%s: %v", begun, end, err)
					}
				}
			}
		}
	}
	t.Logf("%d texts were gone on with", tried)
	if tried < 1000 {
		t.Errorf("%d texts were gone on with, want 1000", tried)
	}
}

// FuzzComplete completes any text at any place: it never panics, and what it
// offers takes the place of a part of the text.
func FuzzComplete(f *testing.F) {
	for _, name := range []string{"shopify.txt", "rules.txt", "faults.txt"} {
		for i, text := range lines(f, name) {
			f.Add(text, i*7%(len(text)+1))
		}
	}
	f.Fuzz(func(t *testing.T, text string, offset int) {
		options, from, to := rule.Complete(text, offset, book, shop)
		if from < 0 || to < from || to > len(text) || offset >= 0 && offset <= len(text) && len(text) < 64<<10 && (from > offset || to < offset) {
			t.Fatalf("%q at %d: takes the place of %d to %d", text, offset, from, to)
		}
		for i, o := range options {
			if o.Text == "" || slices.ContainsFunc(options[:i], func(p rule.Option) bool { return p.Text == o.Text }) {
				t.Fatalf("%q at %d: offers %q twice, or nothing", text, offset, o.Text)
			}
		}
	})
}

func BenchmarkComplete(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"empty", ""},
		{"field", "number_of_orders >= 2 AND orders NOT MATCHES (date >= -90d) AND cust"},
		{"long", strings.Repeat("sum(orders.amount MATCHES (date >= -90d, channel = 'web')) > 500 AND ", 20) + "cust"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rule.Complete(bb.text, len(bb.text), book, shop)
			}
		})
	}
}
