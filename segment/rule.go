package segment

import (
	"bytes"
	"encoding/json"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Rule says of every customer whether a segment has them. It has three
// faces, of which each can be made of each other: a text, which [Parse] reads
// and String returns; a tree built in Go with [All], [Any], [Not] and what
// [Field] and [Facts] give; and JSON, either a tree or the text in a string.
//
// The logic is two-valued: a comparison with something that a customer lacks
// is false, with != too, and [Not] turns the answer of the whole that it
// stands before.
//
// The zero Rule is none: nothing takes it for a rule, and it has no text. A
// Rule is a value that is never changed; several goroutines may use it.
type Rule struct {
	node    rule.Node
	checked bool   // node is as rule.Check returns it
	text    string // that it was parsed from; "" for none
}

// Parse reads the text of a rule:
//
//	number_of_orders >= 2 AND orders NOT MATCHES (date >= -90d)
//
// What Shopify documents of its segment query language can be read, in the
// older form too. It takes time in proportion to the text, which has at most
// 64 KiB. Its errors are [*RuleError], which lists everything that is wrong.
//
// Parse knows no book: attributes, traits and segments may have any name here,
// and a catalog holds them to those that there are.
func Parse(text string) (Rule, error) { return parse(text, nil) }

// parse reads a rule with the names that a book gives; nil lets them be any.
func parse(text string, v *rule.Vocabulary) (Rule, error) {
	n, err := rule.Parse(text, v)
	if err != nil {
		return Rule{}, ruleError(err)
	}
	return Rule{n, true, text}, nil
}

// MustParse is [Parse] for a text in a program, and panics when it is no rule.
func MustParse(text string) Rule {
	r, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return r
}

// All is the rule that all of these are true; of none, that there is a
// customer.
func All(rules ...Rule) Rule { return Rule{node: &rule.All{Nodes: nodes(rules)}} }

// Any is the rule that one of these is true; of none, it is true of nobody.
func Any(rules ...Rule) Rule { return Rule{node: &rule.Any{Nodes: nodes(rules)}} }

// Not is the rule that r is false.
func Not(r Rule) Rule { return Rule{node: &rule.Not{Node: r.node}} }

func nodes(rules []Rule) []rule.Node {
	list := make([]rule.Node, len(rules))
	for i, r := range rules {
		list[i] = r.node
	}
	return list
}

// Check returns what is wrong with a rule that was built in Go, as a
// [*RuleError] whose faults have paths; nil when nothing is. A rule that was
// parsed has no faults.
func (r Rule) Check() error {
	_, err := r.check()
	return err
}

// check returns the rule as Parse would.
func (r Rule) check() (Rule, error) {
	if r.checked {
		return r, nil
	}
	return r.in(nil)
}

// in returns the rule with the names that a book gives. Faults of what was
// parsed have their places in the text.
func (r Rule) in(v *rule.Vocabulary) (Rule, error) {
	n, err := rule.Check(r.node, v)
	if list, ok := err.(rule.Faults); ok && r.text != "" {
		err = list.In(r.text)
	}
	if err != nil {
		return Rule{}, ruleError(err)
	}
	return Rule{node: n, checked: true}, nil
}

// String returns the text of the rule on one line. It is canonical: [Parse]
// makes an equal rule of it, and equal rules have one text. Names of Shopify's
// are those of this package in it. Of a rule with faults it returns a text that
// shows them.
func (r Rule) String() string {
	if r.IsZero() {
		return ""
	}
	if c, err := r.check(); err == nil {
		r = c
	}
	return rule.Print(r.node)
}

// Wrap returns the text of the rule on lines of about so many characters, as
// people edit it: of what does not fit on one line each condition has its own.
func (r Rule) Wrap(width int) string {
	if r.IsZero() {
		return ""
	}
	if c, err := r.check(); err == nil {
		r = c
	}
	return rule.Wrap(r.node, width)
}

// IsZero reports whether r is the zero Rule.
func (r Rule) IsZero() bool { return r.node == nil }

// Equal reports whether two rules have one text.
func (r Rule) Equal(s Rule) bool { return r.String() == s.String() }

// MarshalText returns the canonical text, of the zero Rule none. Its errors
// are those of Check.
func (r Rule) MarshalText() ([]byte, error) {
	if r.IsZero() {
		return nil, nil
	}
	r, err := r.check()
	if err != nil {
		return nil, err
	}
	return []byte(rule.Print(r.node)), nil
}

// UnmarshalText is [Parse]; an empty text is the zero Rule.
func (r *Rule) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = Rule{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}

// MarshalJSON returns the rule as a tree of objects:
//
//	{"all": [
//	  {"field": "number_of_orders", "op": "at_least", "value": 2},
//	  {"not": {"match": {"source": "orders", "where":
//	    {"field": "date", "op": "at_least", "value": {"date": "-90d"}}}}}
//	]}
//
// The zero Rule is null. Its errors are those of Check.
func (r Rule) MarshalJSON() ([]byte, error) {
	if r.IsZero() {
		return []byte("null"), nil
	}
	r, err := r.check()
	if err != nil {
		return nil, err
	}
	return rule.Encode(r.node), nil
}

// UnmarshalJSON reads what MarshalJSON returns, or the text of a rule in a
// string; null leaves r as it is. Keys that it does not know are refused. Its
// errors are [*RuleError], whose faults have paths, or places in the text.
func (r *Rule) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	var text string
	if json.Unmarshal(data, &text) == nil { // so that faults have their places in it, also later
		parsed, err := Parse(text)
		if err == nil {
			*r = parsed
		}
		return err
	}
	n, err := rule.Decode(data, nil)
	if err != nil {
		return ruleError(err)
	}
	*r = Rule{node: n, checked: true}
	return nil
}
