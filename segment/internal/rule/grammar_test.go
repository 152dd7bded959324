package rule_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/exp/ebnf"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// grammar reads rule.ebnf.
func grammar(t testing.TB) ebnf.Grammar {
	t.Helper()
	data, err := os.ReadFile("rule.ebnf")
	if err != nil {
		t.Fatal(err)
	}
	g, err := ebnf.Parse("rule.ebnf", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A writer makes texts that a grammar has.
type writer struct {
	strings.Builder
	g     ebnf.Grammar
	r     *rand.Rand
	depth int
	tight bool // within a word: no white space
}

// write returns a text of the grammar.
func write(g ebnf.Grammar, r *rand.Rand) string {
	w := &writer{g: g, r: r}
	w.name("Rule")
	return strings.TrimSpace(w.String())
}

// fixed are words for which the grammar alone would have some that there are
// not, such as the 77th of a month, or that mean nothing.
var fixed = map[string][]string{
	"day":      {"2024-01-31", "1999-12-01", "2024-02-29"},
	"time":     {"2024-01-31T16:00:00", "2023-03-26T02:30:00"},
	"span":     {"7d", "6m", "12h", "30min", "2w", "1y"},
	"currency": {"GBP", "EUR", "TOP"},
	"whole":    {"1", "25", "1000"},
	"number":   {"0", "1", "2", "12.50", "100", "4.5", "999999999999999999", "0.000000001"},
	"function": {"products_purchased", "orders_placed", "shopify_email.opened", "orders", "x"},
	"name": {
		"number_of_orders", "amount_spent", "last_order_date", "first_order_date", "customer_tags", "customer_language", "has_email", "age",
		"attributes.size", "metafields.a.b-c", "traits.rfm.recency", "consents.email.marketing", "segments", "orders", "items", "interactions",
		"products_purchased", "orders_placed", "shopify_email.opened", "orders.amount", "items.product", "interactions.properties.x", "date",
		"amount", "kind", "product", "id", "tag", "count", "channel", "refunds", "x", "birthday",
	},
}

func (w *writer) name(name string) {
	if words, ok := fixed[name]; ok {
		w.put(words[w.r.IntN(len(words))])
		return
	}
	w.depth++
	outer := w.tight
	if c := name[0]; c >= 'a' && c <= 'z' && !outer {
		w.put("")
		w.tight = true
	}
	w.expression(w.g[name].Expr)
	w.tight = outer
	w.depth--
}

// put writes a word, behind white space unless it is a part of one.
func (w *writer) put(s string) {
	if !w.tight {
		w.WriteString([...]string{" ", " ", " ", "  ", "\n", "\t", " -- remark\n"}[w.r.IntN(7)])
	}
	w.WriteString(s)
}

func (w *writer) expression(x ebnf.Expression) {
	switch x := x.(type) {
	case ebnf.Alternative:
		n := w.r.IntN(len(x))
		if name := map[bool]string{true: "Comparison"}[w.depth > 14]; name != "" {
			for i := range x { // come to an end
				if of, ok := x[i].(*ebnf.Name); ok && of.String == name {
					n = i
				}
			}
		}
		w.expression(x[n])
	case ebnf.Sequence:
		for _, x := range x {
			w.expression(x)
		}
	case *ebnf.Name:
		w.name(x.String)
	case *ebnf.Token:
		s := x.String
		if !w.tight && w.r.IntN(8) == 0 && s == strings.ToUpper(s) {
			s = strings.ToLower(s)
		}
		w.put(s)
	case *ebnf.Range:
		low, _ := utf8.DecodeRuneInString(x.Begin.String)
		high, _ := utf8.DecodeRuneInString(x.End.String)
		w.WriteRune(low + w.r.Int32N(min(high-low, 200)+1))
	case *ebnf.Group:
		w.expression(x.Body)
	case *ebnf.Option:
		if w.r.IntN(2) == 0 {
			w.expression(x.Body)
		}
	case *ebnf.Repetition:
		for range w.r.IntN(3) {
			if w.depth < 14 {
				w.expression(x.Body)
			}
		}
	}
}

func TestGrammar(t *testing.T) {
	g := grammar(t)
	if err := ebnf.Verify(g, "Rule"); err != nil {
		t.Fatal(err)
	}
	t.Run("what it has can be read", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		good, texts := 0, evaltest.Cases(4_000)
		for range texts {
			text := write(g, r)
			if _, err := rule.Syntax(text); err != nil {
				t.Fatalf("%s\n%v", text, err)
			}
			n, err := rule.Parse(text, nil)
			if _, ok := errors.AsType[rule.Faults](err); err != nil && !ok {
				t.Fatalf("%s\n%v", text, err)
			}
			if err == nil {
				good++
				roundTrip(t, n)
			}
		}
		if good < texts/20 {
			t.Errorf("%d of %d texts are rules, want %d", good, texts, texts/20)
		}
		t.Logf("%d of %d texts are rules", good, texts)
	})
	t.Run("it has all keywords", func(t *testing.T) {
		data, err := os.ReadFile("rule.ebnf")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range rule.Keywords() {
			if !bytes.Contains(data, []byte(`"`+k+`"`)) {
				t.Errorf("rule.ebnf has no %s", k)
			}
		}
	})
}
