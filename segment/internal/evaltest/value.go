package evaltest

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Value is what an expression is of a person, or a field of a fact.
type Value struct {
	Type  rule.Type // 0: it is lacking
	Bool  bool
	Exact *big.Rat   // of IsNumber, and of IsMoney in minor units; nil of a float
	Float float64    // of IsNumber that is a float
	Time  int64      // of IsDate, in milliseconds since 1970
	Texts [][]string // of IsText: one, or several where a fact is about several things; each with its other names; of IsList: its elements
}

func exact(n int64) Value { return Value{Type: rule.IsNumber, Exact: big.NewRat(n, 1)} }
func money(n int64) Value { return Value{Type: rule.IsMoney, Exact: big.NewRat(n, 1)} }
func date(ms int64) Value { return Value{Type: rule.IsDate, Time: ms} }

// text returns a text, or several, of which empty ones are left out.
func text(texts ...string) Value { return texted(rule.IsText, texts) }

// list returns a list of the texts that are not empty.
func list(texts []string) Value { return texted(rule.IsList, texts) }

func texted(t rule.Type, texts []string) Value {
	v := Value{Type: t}
	for _, s := range texts {
		if s != "" {
			v.Texts = append(v.Texts, []string{s})
		}
	}
	if v.Texts == nil {
		return Value{}
	}
	return v
}

// String returns the value for people who read failures.
func (v Value) String() string {
	switch {
	case v.Type == 0:
		return "lacking"
	case v.Type == rule.IsBool:
		return fmt.Sprint(v.Bool)
	case v.Type == rule.IsDate:
		return time.UnixMilli(v.Time).UTC().Format(time.RFC3339Nano)
	case v.Type >= rule.IsText:
		return fmt.Sprintf("%q", v.Texts)
	case v.Exact != nil:
		return v.Type.String() + " " + v.Exact.RatString()
	}
	return fmt.Sprintf("float %v", v.Float)
}

// given returns a value as a person or an interaction was given it.
func given(values []column.Value, name string) Value {
	i := slices.IndexFunc(values, func(v column.Value) bool { return v.Name == name })
	if i < 0 {
		return Value{}
	}
	switch v := values[i]; {
	case v.Type == rule.IsBool:
		return Value{Type: rule.IsBool, Bool: v.Int == 1}
	case v.Type == rule.IsNumber && !math.IsNaN(v.Number):
		return Value{Type: rule.IsNumber, Float: v.Number}
	case v.Type == rule.IsMoney && v.Int != column.Lacking:
		return money(v.Int)
	case v.Type == rule.IsDate && v.Int != column.Lacking:
		return date(v.Int)
	case v.Type == rule.IsText:
		return text(v.Text)
	case v.Type == rule.IsList:
		return list(v.List)
	}
	return Value{}
}

// Value returns what an expression is of a person. Of the field "segments" it
// is lacking.
func (w *World) Value(x rule.Expr, p *column.Person) Value {
	switch x := x.(type) {
	case *rule.Field:
		return w.customer(x.Name, p)
	case *rule.Aggregate:
		return w.aggregate(x, p)
	case *rule.Days:
		from, to := w.Value(x.From, p), date(w.At.UnixMilli())
		if x.To != nil {
			to = w.Value(x.To, p)
		}
		if from.Type != rule.IsDate || to.Type != rule.IsDate {
			return Value{}
		}
		return exact(int64(w.dayOf(to.Time).number() - w.dayOf(from.Time).number()))
	case *rule.Bucket:
		return Value{Type: rule.IsNumber, Exact: big.NewRat(bucket(x.Salt, p.ID), 1_000_000)}
	}
	return Value{}
}

// bucket returns a number of millionths from 0 to 99,999,999.
func bucket(salt, id string) int64 {
	h := fnv.New64a()
	h.Write([]byte(salt + "\x00" + id))
	k := h.Sum64()
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	k ^= k >> 33
	return int64(k % 100_000_000)
}

// customer returns a field of a person.
func (w *World) customer(name string, p *column.Person) Value {
	of := func(f rule.Func, source, field string) Value {
		return w.aggregate(&rule.Aggregate{Func: f, Source: &rule.Source{Name: source}, Field: field}, p)
	}
	switch name {
	case "number_of_orders":
		return of(rule.Count, "orders", "")
	case "amount_spent":
		return of(rule.Sum, "spend", "amount")
	case "average_order_value":
		return of(rule.Average, "orders", "amount")
	case "units_bought":
		return of(rule.Sum, "orders", "units")
	case "amount_refunded":
		return of(rule.Sum, "refunds", "amount")
	case "number_of_refunds":
		return of(rule.Count, "refunds", "")
	case "canceled_orders":
		return of(rule.Count, "canceled_orders", "")
	case "first_order_date":
		return of(rule.Min, "orders", "date")
	case "last_order_date":
		return of(rule.Max, "orders", "date")
	case "abandoned_checkout_date":
		return w.abandoned(p)
	case "last_seen_date":
		return w.lastSeen(p)
	case "customer_id":
		return text(p.ID)
	case "segments":
		return Value{}
	case "birthday":
		return w.birthday(p)
	case "age":
		return w.age(p)
	case "rfm_group", "traits.rfm.group", "traits.rfm.recency", "traits.rfm.frequency", "traits.rfm.monetary":
		return w.scored(name, p)
	case "life_cycle_stage", "traits.life_cycle.stage":
		return text(w.stage(p))
	}
	return given(p.Values, name)
}

// abandoned returns when the latest checkout began, when no sale was later.
func (w *World) abandoned(p *column.Person) Value {
	var v Value
	for _, f := range w.facts("interactions", p) {
		if f.interaction.Kind == "begin_checkout" {
			v = date(f.time)
		}
	}
	for _, f := range w.facts("orders", p) {
		if v.Type != 0 && f.time >= v.Time {
			return Value{}
		}
	}
	return v
}

// lastSeen returns when the person last did something.
func (w *World) lastSeen(p *column.Person) Value {
	var v Value
	for _, source := range []string{"orders", "canceled_orders", "interactions"} {
		for _, f := range w.facts(source, p) {
			if source == "interactions" && f.interaction.Direction != "inbound" {
				continue
			}
			if v.Type == 0 || f.time > v.Time {
				v = date(f.time)
			}
		}
	}
	return v
}

// born returns the day of birth, and whether it is known and has come.
func (w *World) born(p *column.Person) (day, bool) {
	v := given(p.Values, "birthday")
	if v.Type != rule.IsDate {
		return day{}, false
	}
	t := time.UnixMilli(v.Time).UTC()
	d := day{t.Year(), t.Month(), t.Day()}
	return d, d.number() <= w.today().number()
}

// birthday returns the beginning of the next birthday, today's included. Who is
// born on 29 February has it on 1 March in common years.
func (w *World) birthday(p *column.Person) Value {
	b, ok := w.born(p)
	if !ok {
		return Value{}
	}
	today := w.today()
	next := day{today.year, b.month, b.day}.normal()
	if next.number() < today.number() {
		next = day{today.year + 1, b.month, b.day}.normal()
	}
	return date(w.start(next))
}

// age returns the full years of a person on this day.
func (w *World) age(p *column.Person) Value {
	b, ok := w.born(p)
	if !ok || b.year == 0 {
		return Value{}
	}
	today := w.today()
	years := today.year - b.year
	if (day{today.year, b.month, b.day}.normal().number() > today.number()) {
		years--
	}
	return exact(int64(years))
}

// path returns a category as it is compared: without blanks about the >.
func path(s string) string {
	parts := strings.Split(s, ">")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ">")
}

// within reports whether a category is another one or below it.
func within(category, other string) bool {
	parts := strings.Split(category, ">")
	for i := range parts {
		if strings.EqualFold(strings.Join(parts[:i+1], ">"), path(other)) {
			return true
		}
	}
	return false
}
