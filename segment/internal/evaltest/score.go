package evaltest

import (
	"cmp"
	"hash/fnv"
	"math/big"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// Scores are how the customers of a world are scored. The scores are worked out
// here, and not by package rfm; thresholds of stages are those that package
// lifecycle learns of the days that are found here.
type Scores struct {
	Scheme rfm.Scheme
	Groups rfm.Map // zero: ten
	Policy lifecycle.Policy
}

func (s *Scores) groups() rfm.Map {
	if s.Groups.IsZero() {
		return rfm.Ten()
	}
	return s.Groups
}

// A measured is what is scored of a person.
type measured struct {
	orders int64
	values [3]int64 // days, orders, money
	tie    int64
}

// measured returns what is scored of a person; no orders when they have none.
func (w *World) measured(p *column.Person) measured {
	var where rule.Node
	if n := w.Scores.Scheme.Days; n > 0 {
		where = &rule.Compare{X: &rule.Field{Name: "date"}, Op: rule.AtLeast, Y: []rule.Literal{{Kind: rule.Offset, Offsets: []rule.Span{{N: -int32(n), Unit: rule.Date}}}}}
	}
	orders := w.selected(&rule.Source{Name: "orders", Where: where}, p)
	m := measured{orders: int64(len(orders))}
	if len(orders) == 0 {
		return m
	}
	spent := new(big.Int)
	for _, f := range w.selected(&rule.Source{Name: "spend", Where: where}, p) {
		if v := w.field(f, "amount"); v.Type != 0 {
			spent.Add(spent, v.Exact.Num())
		}
	}
	if !spent.IsInt64() {
		limit := new(big.Int).Lsh(big.NewInt(1), 63)
		if spent.Sign() > 0 {
			spent = limit.Sub(limit, big.NewInt(1))
		} else {
			spent = limit.Neg(limit).Add(limit, big.NewInt(1)) // the least is lacking
		}
	}
	last := orders[len(orders)-1].time
	m.values = [3]int64{int64(w.today().number() - w.dayOf(last).number()), m.orders, spent.Int64()}
	h := fnv.New64a()
	h.Write([]byte(p.ID))
	k := h.Sum64()
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	k ^= k >> 33
	m.tie = int64(k >> 12)
	return m
}

// sample returns what is scored of everybody who has bought.
func (w *World) sample() []measured {
	if w.Edges != nil {
		return w.Edges.sample()
	}
	if w.bought == nil {
		w.bought = []measured{}
		for _, p := range w.People {
			if m := w.measured(p); m.orders > 0 {
				w.bought = append(w.bought, m)
			}
		}
	}
	return w.bought
}

// sorted returns the sample in an order, always the same one of a number.
func (w *World) sorted(number int, by func(a, b measured) int) []measured {
	if w.Edges != nil {
		return w.Edges.sorted(number, by)
	}
	if w.orders[number] == nil {
		w.orders[number] = slices.SortedFunc(slices.Values(w.sample()), by)
	}
	return w.orders[number]
}

// score returns a score of a person, 0 when there is none.
func (w *World) score(m measured, number int) int {
	sample := w.sample()
	if m.orders == 0 || len(sample) == 0 {
		return 0
	}
	scale := [...]rfm.Scale{w.Scores.Scheme.Recency, w.Scores.Scheme.Frequency, w.Scores.Scheme.Monetary}[number]
	bins, few, v := scale.Bins, number == 0, m.values[number]
	if bins == 0 {
		bins = 5
	}
	above := 0
	switch scale.Method {
	case rfm.Fixed:
		for _, e := range scale.Edges {
			if few && v <= e || !few && v >= e {
				above++
			}
		}
		return above + 1
	case rfm.RankFirst:
		worse := func(a, b measured) int { // of two, which is worse
			order := cmp.Compare(a.values[number], b.values[number])
			if few {
				order = -order
			}
			return cmp.Or(order, cmp.Compare(a.tie, b.tie))
		}
		list := w.sorted(number, worse)
		for end, bin := 0, 0; bin < bins-1; bin++ {
			if end += len(list) / bins; bin < len(list)%bins {
				end++
			}
			if worse(m, list[end-1]) > 0 {
				above++
			}
		}
		return above + 1
	}
	var values []int64
	for _, s := range w.sorted(number, func(a, b measured) int { return cmp.Compare(a.values[number], b.values[number]) }) {
		values = append(values, s.values[number])
	}
	for k := 1; k < bins; k++ {
		place := big.NewRat(int64((len(values)-1)*k), int64(bins))
		whole := new(big.Int).Quo(place.Num(), place.Denom()).Int64()
		low, high := values[whole], values[min(int(whole)+1, len(values)-1)]
		edge := new(big.Rat).Sub(big.NewRat(high, 1), big.NewRat(low, 1))
		edge.Mul(edge, place.Sub(place, big.NewRat(whole, 1))).Add(edge, big.NewRat(low, 1))
		if big.NewRat(v, 1).Cmp(edge) > 0 {
			above++
		}
	}
	if few {
		return bins - above
	}
	return above + 1
}

// scored returns a trait of room rfm.
func (w *World) scored(name string, p *column.Person) Value {
	m := w.measured(p)
	name = strings.TrimPrefix(name, "traits.rfm.")
	if i := slices.Index([]string{"recency", "frequency", "monetary"}, name); i >= 0 {
		if s := w.score(m, i); s > 0 {
			return exact(int64(s))
		}
		return Value{}
	}
	groups := w.Scores.groups()
	if w.score(m, 0) == 0 {
		return text(groups.None)
	}
	bins := groups.Bins
	if bins == 0 {
		bins = 5
	}
	var s [3]int
	for i, scale := range []rfm.Scale{w.Scores.Scheme.Recency, w.Scores.Scheme.Frequency, w.Scores.Scheme.Monetary} {
		from := scale.Bins
		if scale.Method == rfm.Fixed {
			from = len(scale.Edges) + 1
		} else if from == 0 {
			from = 5
		}
		half := new(big.Rat).SetFrac64(int64((w.score(m, i)-1)*(bins-1)), int64(from-1))
		half.Add(half, big.NewRat(1, 2))
		s[i] = 1 + int(new(big.Int).Quo(half.Num(), half.Denom()).Int64())
	}
	within := func(r rfm.Range, n int) bool { return r == rfm.Range{} || n >= r.From && n <= r.To }
	for _, g := range groups.Groups {
		if within(g.R, s[0]) && within(g.F, s[1]) && within(g.M, s[2]) && within(g.FM, (s[1]+s[2]+1)/2) {
			return text(g.Name)
		}
	}
	return Value{}
}

// days returns the calendar days on which a person bought, by number.
func (w *World) days(p *column.Person) []int64 {
	var days []int64
	for _, f := range w.facts("orders", p) {
		if n := int64(w.dayOf(f.time).number()); !slices.Contains(days, n) {
			days = append(days, n)
		}
	}
	slices.Sort(days)
	return days
}

// rhythm returns how long customers take to come back.
func (w *World) rhythm() *lifecycle.Rhythm {
	if w.Edges != nil {
		return w.Edges.rhythm()
	}
	if w.learned == nil {
		var gaps lifecycle.Gaps
		for _, p := range w.People {
			gaps.Add(w.days(p), int64(w.today().number()))
		}
		w.learned = new(w.Scores.Policy.Learn(&gaps))
	}
	return w.learned
}

// stage returns the stage of a person.
func (w *World) stage(p *column.Person) string {
	days := w.days(p)
	n := len(days)
	if n == 0 {
		return "prospect"
	}
	after := w.rhythm().Thresholds
	if w.Scores.Policy.Own {
		after = w.rhythm().Own(lifecycle.History{Orders: int64(n), First: days[0], Last: days[n-1]})
	}
	away := int64(w.today().number()) - days[n-1]
	won := after.WonBack
	if won == 0 {
		won = after.AtRisk
	}
	switch {
	case away > after.Lost:
		return "lost"
	case away > after.Lapsed:
		return "lapsed"
	case away > after.AtRisk:
		return "at_risk"
	case n == 1:
		return "new"
	case days[n-1]-days[n-2] > after.Lapsed && away <= won:
		return "won_back"
	}
	return "active"
}

// Scores draws how customers are scored.
func (d *Draw) Scores() *Scores {
	s := &Scores{}
	if d.one(3) {
		s.Scheme.Days = 1 + d.IntN(120)
	}
	for i, scale := range []*rfm.Scale{&s.Scheme.Recency, &s.Scheme.Frequency, &s.Scheme.Monetary} {
		switch d.IntN(4) {
		case 0:
			scale.Method = rfm.RankFirst
		case 1:
			scale.Method = rfm.Fixed
			for _, e := range [][]int64{{7, 30, 90}, {1, 2, 4, 8}, {999, 1000, 25_000}}[i] {
				scale.Edges = append(scale.Edges, e+int64(d.IntN(2)))
			}
			scale.Edges = slices.Compact(scale.Edges)
		}
		if scale.Method != rfm.Fixed && d.one(2) {
			scale.Bins = 2 + d.IntN(9)
		}
	}
	switch d.IntN(4) {
	case 0:
		s.Groups = rfm.Shopify()
	case 1:
		s.Groups = rfm.Map{Bins: 3, Groups: []rfm.Group{
			{Name: "gold", R: rfm.Range{From: 2, To: 3}, M: rfm.Range{From: 3, To: 3}}, {Name: "a", F: rfm.Range{From: 2, To: 3}}, {Name: "gold", FM: rfm.Range{From: 1, To: 2}}, {Name: "b"},
		}}
	}
	if !d.one(3) {
		s.Policy = lifecycle.Policy{Returns: 1, Customers: 1, Days: 1, Own: d.one(2)}
	}
	return s
}
