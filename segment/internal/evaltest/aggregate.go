package evaltest

import (
	"math"
	"math/big"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// aggregate returns what facts of a person add up to.
func (w *World) aggregate(x *rule.Aggregate, p *column.Person) Value {
	facts := w.selected(x.Source, p)
	switch x.Func {
	case rule.Count:
		return exact(int64(len(facts)))
	case rule.Periods:
		return exact(int64(w.periodsWith(facts, x.Span)))
	case rule.First, rule.Last:
		if len(facts) == 0 {
			return Value{}
		}
		f := facts[0]
		if x.Func == rule.Last {
			f = facts[len(facts)-1]
		}
		return w.field(f, x.Field)
	}
	word, _ := w.Vocabulary.Field(x.Source.Name, x.Field)
	var values []Value
	for _, f := range facts {
		if v := w.field(f, x.Field); v.Type != 0 {
			values = append(values, v)
		}
	}
	if x.Func == rule.Distinct {
		return exact(int64(distinct(values, word.Folded)))
	}
	numbers := values[:0]
	for _, v := range values { // of a property, facts may have values of other types
		if v.Type == rule.IsNumber || v.Type == rule.IsMoney || v.Type == rule.IsDate && x.Func > rule.Average {
			numbers = append(numbers, v)
		}
	}
	if len(numbers) == 0 {
		if x.Func == rule.Sum {
			return Value{Type: sumType(word.Type), Exact: new(big.Rat)}
		}
		return Value{}
	}
	if x.Func == rule.Sum || x.Func == rule.Average {
		return sum(numbers, x.Func == rule.Average)
	}
	v := numbers[0]
	for _, n := range numbers {
		if x.Func == rule.Min && order(n, v) < 0 || x.Func == rule.Max && order(n, v) > 0 {
			v = n
		}
	}
	return v
}

// sumType returns the type of the sum of nothing.
func sumType(t rule.Type) rule.Type {
	if t == rule.IsMoney {
		return t
	}
	return rule.IsNumber
}

// sum returns the sum of values of one type, or their average.
func sum(values []Value, average bool) Value {
	v := Value{Type: values[0].Type}
	if values[0].Exact == nil {
		for _, n := range values {
			v.Float += n.Float
		}
		if average {
			v.Float /= float64(len(values))
		}
		return v
	}
	v.Exact = new(big.Rat)
	for _, n := range values {
		v.Exact.Add(v.Exact, n.Exact)
	}
	for _, end := range []int64{math.MaxInt64, math.MinInt64 + 1} { // the least int64 is lacking
		if e := big.NewRat(end, 1); v.Exact.Sign() == e.Sign() && v.Exact.Cmp(e) == e.Sign() {
			v.Exact = e
		}
	}
	if average {
		v.Exact.Quo(v.Exact, big.NewRat(int64(len(values)), 1))
	}
	return v
}

// distinct counts the different values, and elements of lists.
func distinct(values []Value, folded bool) int {
	seen := map[string]bool{}
	for _, v := range values {
		if v.Type != rule.IsText && v.Type != rule.IsList {
			seen[v.Type.String()+" "+v.String()] = true
			continue
		}
		for _, names := range v.Texts {
			s := names[0]
			if folded {
				s = fold(s)
			}
			seen["text "+s] = true
		}
	}
	return len(seen)
}

// periodsWith counts the periods back from today that have a fact. Each ends
// with the day that is so many units before today, which is in it, and begins
// after the last day of the one before it.
func (w *World) periodsWith(facts []fact, s rule.Span) int {
	n := 0
	for k := range s.N {
		end, before := w.today().add(rule.Span{N: -k, Unit: s.Unit}), w.today().add(rule.Span{N: -k - 1, Unit: s.Unit})
		for _, f := range facts {
			if d := w.dayOf(f.time).number(); before.number() < d && d <= end.number() {
				n++
				break
			}
		}
	}
	return n
}
