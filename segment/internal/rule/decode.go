package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Decode reads a rule from JSON: an object as Encode writes it, or the text of
// a rule in a string. Its errors are [Faults]; of an object each tells its path.
func Decode(data []byte, v *Vocabulary) (Node, error) {
	d := &decoder{checker: checker{ledger: &ledger{}, v: v}}
	if len(data) > maxJSON {
		d.fault(0, fmt.Sprintf("%d bytes", len(data)), fmt.Sprintf("JSON of at most %d KiB", maxJSON>>10), "")
		return nil, d.err()
	}
	value, err := readJSON(data, 3*maxDepth)
	switch {
	case errors.Is(err, errDeep):
		d.fault(0, "more", fmt.Sprintf("at most %d conditions in conditions", maxDepth), "")
		return nil, d.err()
	case err != nil:
		d.fault(0, err.Error(), "JSON", "")
		return nil, d.err()
	}
	if text, ok := value.(string); ok {
		return Parse(text, v)
	}
	n := d.condition(value)
	n = check(n, v, d.ledger)
	if err := d.err(); err != nil {
		return nil, err
	}
	return n, nil
}

// A decoder makes a tree of JSON. Names and types are the business of check.
type decoder struct{ checker }

// open returns a value as an object with these keys at most, whose first are
// needed. It tells of keys that are not among them.
func (d *decoder) open(v any, needed int, keys ...string) (object, bool) {
	o, ok := v.(object)
	if !ok {
		d.fault(0, show(v), "an object", "")
		return nil, false
	}
	for i, m := range o {
		if i > maxFaults { // then it has keys that it must not have, and they are told
			break
		}
		d.push(shorten(m.key), -1)
		if !slices.Contains(keys, m.key) {
			d.fault(0, m.key, "no other key than "+strings.Join(keys, ", "), closest(m.key, keys))
			ok = false
		} else if _, twice := o[:i].get(m.key); twice {
			d.fault(0, m.key, "each key once", "")
			ok = false
		}
		d.pop()
	}
	for _, key := range keys[:needed] {
		if _, there := o.get(key); !there {
			d.push(key, -1)
			d.fault(0, "", "a value", "")
			d.pop()
			ok = false
		}
	}
	return o, ok
}

// forms are the members of conditions, by the one that tells which it is.
var forms = []struct {
	key  string
	keys []string // the first is key
	expr bool     // the condition is about a value
}{
	{"all", []string{"all"}, false},
	{"any", []string{"any"}, false},
	{"not", []string{"not"}, false},
	{"match", []string{"match"}, false},
	{"sequence", []string{"sequence"}, false},
	{"aggregate", []string{"aggregate", "source", "where", "field", "span"}, true},
	{"days_since", []string{"days_since"}, true},
	{"days_between", []string{"days_between"}, true},
	{"bucket", []string{"bucket"}, true},
	{"field", []string{"field"}, true},
}

// form returns the index in forms of what an object is.
func (d *decoder) form(v any, expr bool) (object, int) {
	o, ok := v.(object)
	if !ok {
		d.fault(0, show(v), "an object", "")
		return nil, -1
	}
	var keys []string
	for i, f := range forms {
		if _, ok := o.get(f.key); ok && (f.expr || !expr) {
			return o, i
		}
		if f.expr || !expr {
			keys = append(keys, f.key)
		}
	}
	if len(o) == 0 {
		d.fault(0, "{}", "one of "+strings.Join(keys, ", "), "")
		return nil, -1
	}
	d.push(shorten(o[0].key), -1)
	d.fault(0, o[0].key, "one of "+strings.Join(keys, ", "), closest(o[0].key, keys))
	d.pop()
	return nil, -1
}

// condition reads an object, or a condition that is faulty and was told.
func (d *decoder) condition(v any) Node {
	o, i := d.form(v, false)
	if i < 0 {
		return nil
	}
	f := forms[i]
	if f.expr {
		return d.compare(o, i)
	}
	if _, ok := d.open(o, 1, f.keys...); !ok {
		return nil
	}
	value, _ := o.get(f.key)
	switch f.key {
	case "not":
		d.push("not", -1)
		defer d.pop()
		return negate(d.condition(value), true)
	case "match":
		d.push("match", -1)
		defer d.pop()
		if o, ok := d.open(value, 1, "source", "where"); ok {
			return &Match{d.source(o)}
		}
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		d.push(f.key, -1)
		d.fault(0, show(value), "a list", "")
		d.pop()
		return nil
	}
	if f.key == "sequence" {
		return d.sequence(list)
	}
	var nodes []Node
	for i, v := range list {
		d.push(f.key, i)
		nodes = append(nodes, d.condition(v)) // nil, when faulty: check never drops one that nobody told of
		d.pop()
	}
	if f.key == "all" {
		return &All{nodes}
	}
	return &Any{nodes}
}

// string returns a member that is a string.
func (d *decoder) string(o object, key string) (string, bool) {
	v, _ := o.get(key)
	s, ok := v.(string)
	if !ok {
		d.push(key, -1)
		d.fault(0, show(v), "a string", "")
		d.pop()
	}
	return s, ok
}

// source reads the members source and where.
func (d *decoder) source(o object) *Source {
	name, ok := d.string(o, "source")
	s := &Source{Name: name}
	if where, filtered := o.get("where"); filtered {
		d.push("where", -1)
		s.Where = d.condition(where)
		d.pop()
	}
	if !ok {
		return nil
	}
	return s
}

func (d *decoder) sequence(list []any) Node {
	n := &Sequence{}
	for i, v := range list {
		d.push("sequence", i)
		if o, ok := d.open(v, 1, "source", "where", "not", "after", "within"); ok {
			s := Step{Source: d.source(o), After: d.span(o, "after"), Within: d.span(o, "within")}
			if not, there := o.get("not"); there {
				if s.Not, ok = not.(bool); !ok {
					d.push("not", -1)
					d.fault(0, show(not), "true or false", "")
					d.pop()
				}
			}
			n.Steps = append(n.Steps, s)
		}
		d.pop()
	}
	if len(n.Steps) < len(list) {
		return nil
	}
	return n
}

// span reads a member that is a length of time, when it is there.
func (d *decoder) span(o object, key string) Span {
	v, there := o.get(key)
	if !there {
		return Span{}
	}
	text, _ := v.(string)
	s, ok := parseSpan(text)
	if !ok || s.N == 0 {
		d.push(key, -1)
		d.fault(0, show(v), `a length of time, such as "7d"`, "")
		d.pop()
	}
	return s
}

// compare reads a condition about a value of this form.
func (d *decoder) compare(o object, form int) Node {
	keys := forms[form].keys
	_, top := o.get("top")
	_, bottom := o.get("bottom")
	if top || bottom {
		key := map[bool]string{true: "top", false: "bottom"}[top]
		if _, ok := d.open(o, 0, append(slices.Clone(keys), key)...); !ok {
			return nil
		}
		return d.extreme(d.expr(o, form), o, key)
	}
	if _, ok := d.open(o, 0, append(slices.Clone(keys), "op", "value", "values", "top", "bottom")...); !ok {
		return nil
	}
	n := &Compare{X: d.expr(o, form)}
	op, ok := d.string(o, "op")
	if !ok || n.X == nil {
		return nil
	}
	i := max(slices.Index(tags[:], op), slices.Index(operators[:Between], op))
	if op == "" || i <= 0 {
		d.push("op", -1)
		d.fault(0, show(op), "an operator: "+strings.Join(tags[1:], ", "), closest(op, tags[1:]))
		d.pop()
		return nil
	}
	n.Op = Op(i)
	key, other := "value", "values"
	if n.Op == Between || n.Op == In {
		key, other = other, key
	}
	if v, there := o.get(other); there {
		d.push(other, -1)
		d.fault(0, show(v), "no "+other+" with "+tags[i]+", but "+key, "")
		d.pop()
		return nil
	}
	return d.operands(n, o, key)
}

// operands reads what a value is compared with.
func (d *decoder) operands(n *Compare, o object, key string) Node {
	v, there := o.get(key)
	if n.Op == IsNull && !there {
		return n
	}
	list, ok := v.([]any)
	if key == "value" && there {
		list, ok = []any{v}, true
	}
	if !ok {
		d.push(key, -1)
		got := show(v)
		if !there {
			got = ""
		}
		d.fault(0, got, map[string]string{"value": "a value", "values": "a list of values"}[key], "")
		d.pop()
		return nil
	}
	for i, v := range list {
		if i > maxList {
			break // check tells of one more than there may be
		}
		if key == "value" {
			i = -1
		}
		d.push(key, i)
		l, fine := d.literal(v)
		d.pop()
		n.Y = append(n.Y, l)
		ok = ok && fine
	}
	if !ok {
		return nil
	}
	return n
}

func (d *decoder) extreme(x Expr, o object, key string) Node {
	n := &Extreme{X: x, Lowest: key == "bottom"}
	v, _ := o.get(key)
	d.push(key, -1)
	defer d.pop()
	switch v := v.(type) {
	case json.Number:
		if c, ok := ParseDecimal(v.String()); ok && c.Scale == 0 && c.Digits > 0 && x != nil {
			n.Count = c.Digits
			return n
		}
	case string:
		number, percent := strings.CutSuffix(v, "%")
		if p, ok := ParseDecimal(number); ok && percent && p.Digits > 0 && x != nil {
			n.Percent = p
			return n
		}
	}
	if x != nil {
		d.fault(0, show(v), `how many, such as 100 or "5%"`, "")
	}
	return nil
}

// expr reads the members that make a value, nil when one is faulty.
func (d *decoder) expr(o object, form int) Expr {
	switch key := forms[form].key; key {
	case "field":
		if name, ok := d.string(o, key); ok {
			return &Field{Name: name}
		}
	case "bucket":
		if salt, ok := d.string(o, key); ok {
			return &Bucket{Salt: salt}
		}
	case "aggregate":
		return d.aggregate(o)
	case "days_since":
		v, _ := o.get(key)
		if from := d.inner(v, key, -1); from != nil {
			return &Days{From: from}
		}
	case "days_between":
		v, _ := o.get(key)
		list, ok := v.([]any)
		if !ok || len(list) != 2 {
			d.push(key, -1)
			d.fault(0, show(v), "a list of two values", "")
			d.pop()
			return nil
		}
		from, to := d.inner(list[0], key, 0), d.inner(list[1], key, 1)
		if from != nil && to != nil {
			return &Days{From: from, To: to}
		}
	}
	return nil
}

// inner reads a value within another.
func (d *decoder) inner(v any, key string, index int) Expr {
	d.push(key, index)
	defer d.pop()
	o, form := d.form(v, true)
	if form < 0 {
		return nil
	}
	if _, ok := d.open(o, 1, forms[form].keys...); !ok {
		return nil
	}
	return d.expr(o, form)
}

func (d *decoder) aggregate(o object) Expr {
	name, ok := d.string(o, "aggregate")
	a := &Aggregate{Func: Func(slices.Index(funcs[1:], name) + 1), Span: d.span(o, "span")}
	if ok && a.Func == 0 {
		d.push("aggregate", -1)
		d.fault(0, show(name), "one of "+strings.Join(funcs[1:], ", "), closest(name, funcs[1:]))
		d.pop()
		ok = false
	}
	if a.Source = d.source(o); a.Source == nil || !ok {
		return nil
	}
	if _, there := o.get("field"); there {
		if a.Field, ok = d.string(o, "field"); !ok {
			return nil
		}
	}
	return a
}

// literal reads a value.
func (d *decoder) literal(v any) (Literal, bool) {
	switch v := v.(type) {
	case string:
		return Literal{Kind: Text, Text: v}, true
	case bool:
		return Literal{Kind: Bool, Bool: v}, true
	case json.Number:
		if n, ok := ParseDecimal(v.String()); ok {
			return Literal{Kind: Number, Number: n}, true
		}
		d.fault(0, v.String(), wantNumber, "")
		return Literal{}, false
	case object:
		if _, ok := v.get("date"); ok {
			return d.date(v)
		}
		return d.amount(v)
	}
	d.fault(0, show(v), `a value: a string, a number, true, false, {"date": "-30d"} or {"amount": 12.50, "currency": "GBP"}`, "")
	return Literal{}, false
}

func (d *decoder) date(o object) (Literal, bool) {
	if _, ok := d.open(o, 1, "date"); !ok {
		return Literal{}, false
	}
	text, ok := d.string(o, "date")
	if !ok {
		return Literal{}, false
	}
	if l, ok := parseDate(text); ok {
		return l, true
	}
	d.push("date", -1)
	d.fault(0, show(text), "a date, such as 2024-01-31, -30d or today", "")
	d.pop()
	return Literal{}, false
}

// parseDate reads a date as it stands in the text of a rule.
func parseDate(text string) (Literal, bool) {
	if len(text) > maxLiteral {
		return Literal{}, false
	}
	p := &parser{lexer: lexer{ledger: &ledger{}, text: text}}
	p.next()
	l, ok := p.literal()
	l.At = 0
	return l, ok && l.Kind >= Day && p.tok.class == end && len(p.ledger.list) == 0
}

func (d *decoder) amount(o object) (Literal, bool) {
	if _, ok := d.open(o, 2, "amount", "currency"); !ok {
		return Literal{}, false
	}
	v, _ := o.get("amount")
	n, _ := v.(json.Number)
	number, fine := ParseDecimal(n.String())
	if !fine {
		d.push("amount", -1)
		d.fault(0, show(v), wantNumber, "")
		d.pop()
	}
	currency, ok := d.string(o, "currency")
	if ok && currency == "" {
		d.push("currency", -1)
		d.fault(0, "", "a currency, such as GBP", "")
		d.pop()
		ok = false
	}
	return Literal{Kind: Number, Number: number, Currency: currency}, ok && fine
}
