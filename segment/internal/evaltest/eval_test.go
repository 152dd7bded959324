package evaltest_test

import (
	"errors"
	"fmt"
	"math/big"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// An asked is a base of the people of a world, and what was asked of it.
type asked struct {
	base     *column.Base
	ordinals map[string]uint32
	program  *eval.Program
	engine   *eval.Engine
	edges    *eval.Edges
}

// ask puts the people of a world into a base and compiles rules over it.
func ask(t *testing.T, w *evaltest.World, rules ...rule.Node) (*asked, error) {
	t.Helper()
	a := settle(w)
	return a, a.compile(t, w, rules...)
}

// settle puts the people of a world into a base.
func settle(w *evaltest.World) *asked {
	a := &asked{base: column.New(), ordinals: map[string]uint32{}}
	for _, p := range w.Products {
		a.base.SetProduct(p)
	}
	for _, p := range w.People {
		a.ordinals[p.ID] = a.base.Put(p)
	}
	a.engine = eval.New(a.base, &eval.Options{Location: w.Location, Digits: uint8(w.Digits), Vocabulary: w.Vocabulary, Segment: func(name string) (rule.Node, error) {
		if n, ok := w.Segments[name]; ok {
			return n, nil
		}
		return nil, errors.New("no such segment")
	}, RFM: w.Scores.Scheme, Groups: w.Scores.Groups, LifeCycle: w.Scores.Policy})
	return a
}

// compile compiles rules, and finds where the highest and the lowest end.
func (a *asked) compile(t *testing.T, w *evaltest.World, rules ...rule.Node) error {
	t.Helper()
	var err error
	if a.program, err = a.engine.Compile(rules...); err == nil {
		a.edges, err = a.program.Edges(t.Context(), w.At.UnixMilli())
	}
	return err
}

// difference tells where the engine and the world differ about rules, "" when
// they say the same of everybody, each way that the engine can be asked.
func (a *asked) difference(t *testing.T, w *evaltest.World, rules ...rule.Node) (diff string) {
	t.Helper()
	defer caught(&diff)
	at := w.At.UnixMilli()
	bitmaps, err := a.program.Run(t.Context(), at, a.edges)
	if err != nil {
		return err.Error()
	}
	members := make([]int, len(rules))
	for _, p := range w.People {
		o := a.ordinals[p.ID]
		has, err := a.program.Has(o, at, a.edges, nil)
		if err != nil {
			return err.Error()
		}
		answers, err := a.program.Ask(o, at, a.edges, nil)
		if err != nil {
			return err.Error()
		}
		for i, n := range rules {
			want := w.Is(n, p)
			if want {
				members[i]++
			}
			switch {
			case bitmaps[i].Contains(o) != want:
				return fmt.Sprintf("%s of %s: Run tells %t, want %t", rule.Print(n), p.ID, !want, want)
			case has[i] != want:
				return fmt.Sprintf("%s of %s: Has tells %t, want %t", rule.Print(n), p.ID, !want, want)
			case answers[i].Holds != want:
				return fmt.Sprintf("%s of %s: Ask tells %t, want %t", rule.Print(n), p.ID, !want, want)
			case answers[i].Until <= at:
				return fmt.Sprintf("%s of %s: until %d, which is not after %d", rule.Print(n), p.ID, answers[i].Until, at)
			}
			if o%4 != 0 {
				continue
			}
			switch e, err := a.engine.Explain(n, o, at, a.edges, rule.Print); {
			case err != nil:
				return fmt.Sprintf("%s of %s: Explain: %v", rule.Print(n), p.ID, err)
			case e.Holds != want || e.Until != answers[i].Until:
				return fmt.Sprintf("%s of %s: Explain tells %t until %d, want %t until %d", rule.Print(n), p.ID, e.Holds, e.Until, want, answers[i].Until)
			}
		}
	}
	for i, n := range rules {
		if got := bitmaps[i].GetCardinality(); got != uint64(members[i]) {
			return fmt.Sprintf("%s: Run tells of %d, want %d", rule.Print(n), got, members[i])
		}
	}
	return ""
}

// caught makes a difference of a panic.
func caught(diff *string) {
	if p := recover(); p != nil {
		stack := strings.Split(string(debug.Stack()), "\n")
		*diff = fmt.Sprintf("panic: %v %v", p, stack[min(len(stack)-1, 9):min(len(stack)-1, 13)])
	}
}

// shrunk tells what differs in as small a case as there is.
func shrunk(t *testing.T, w *evaltest.World, n rule.Node, differs func(c evaltest.Case) string) string {
	t.Helper()
	c := evaltest.Case{World: w, Rule: n}
	if differs(c) == "" {
		return "not when it is asked alone: " + rule.Print(n)
	}
	c = evaltest.Shrink(c, func(c evaltest.Case) bool { return differs(c) != "" })
	return differs(c) + "\n" + c.String()
}

// differs builds a base of a case and tells what differs.
func differs(t *testing.T) func(c evaltest.Case) string {
	return func(c evaltest.Case) string {
		a, err := ask(t, c.World, c.Rule)
		if err != nil {
			return err.Error()
		}
		return a.difference(t, c.World, c.Rule)
	}
}

// draw returns a world and rules.
func draw(t *testing.T, seed uint64, people, rules int) (*evaltest.Draw, *evaltest.World, []rule.Node) {
	t.Helper()
	d := evaltest.NewDraw(seed)
	w := d.World(people)
	var nodes []rule.Node
	for range rules {
		n, err := d.Rule()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		nodes = append(nodes, n)
	}
	return d, w, nodes
}

// TestEvalRun holds the engine to the slow answers: for everybody at once and
// for one person, before changes and after.
func TestEvalRun(t *testing.T) {
	compared, faults := 0, 0
	for seed := range scale(40, 20_000) {
		d, w, rules := draw(t, seed, 30, 8)
		a, err := ask(t, w, rules...)
		if err != nil {
			for _, n := range rules {
				if one := differs(t)(evaltest.Case{World: w, Rule: n}); one != "" {
					t.Logf("%s", shrunk(t, w, n, differs(t)))
				}
			}
			t.Errorf("seed %d: %v", seed, err)
			if faults++; faults == 5 {
				t.FailNow()
			}
			continue
		}
		for round := range 3 {
			compared += len(rules) * len(w.People)
			if diff := a.difference(t, w, rules...); diff != "" {
				t.Errorf("seed %d, after %d changes: %s", seed, round, diff)
				for _, n := range rules {
					if one := differs(t)(evaltest.Case{World: w, Rule: n}); one != "" {
						t.Logf("%s", shrunk(t, w, n, differs(t)))
					}
				}
				if faults++; faults == 5 {
					t.FailNow()
				}
				break
			}
			w = change(d, w, a, 12)
			if a.edges, err = a.program.Edges(t.Context(), w.At.UnixMilli()); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d answers compared", compared)
}

// TestEvalMany holds the engine to the slow answers about more people than it
// looks at one by one, and more than stand in one chunk.
func TestEvalMany(t *testing.T) {
	compared := 0
	for _, crowd := range []struct {
		people, changes int
		seeds           uint64
	}{{300, 40, scale(8, 2_000)}, {column.ChunkSize + 500, 300, scale(1, 200)}} {
		for seed := range crowd.seeds {
			d, w, rules := draw(t, 1_000_000+seed, crowd.people, evaltest.Cases(8))
			a, err := ask(t, w, rules...)
			for round := 0; err == nil && round < 2; round++ {
				compared += len(rules) * len(w.People)
				if diff := a.difference(t, w, rules...); diff != "" {
					t.Fatalf("seed %d, after %d changes of %d people: %s", seed, round, crowd.people, diff)
				}
				w = change(d, w, a, crowd.changes)
				a.edges, err = a.program.Edges(t.Context(), w.At.UnixMilli())
			}
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
	t.Logf("%d answers compared", compared)
}

// change does the same changes to the people of a world and to its base.
func change(d *evaltest.Draw, w *evaltest.World, a *asked, changes int) *evaltest.World {
	w = w.Again(w.At)
	w.People, w.Products = slices.Clone(w.People), slices.Clone(w.Products)
	for range changes {
		if d.IntN(10) == 0 {
			i := d.IntN(len(w.Products))
			w.Products[i] = d.Product(i + 1)
			a.base.SetProduct(w.Products[i])
			continue
		}
		i := d.IntN(len(w.People))
		p := *w.People[i]
		o := a.ordinals[p.ID]
		switch d.IntN(8) {
		case 0:
			p = *d.Person(p.ID)
			if got := a.base.Put(&p); got != o {
				panic("another ordinal")
			}
		case 1: // leaves, and another one comes
			a.base.Remove(o)
			delete(a.ordinals, p.ID)
			p = *d.Person(fmt.Sprintf("cus_%d", 100+d.IntN(1_000_000)))
			a.ordinals[p.ID] = a.base.Put(&p)
		case 2, 3:
			f := d.Order()
			p.Orders = append(slices.Clip(p.Orders), f)
			a.base.AppendOrder(o, &f)
		case 4:
			f := d.Refund()
			p.Refunds = append(slices.Clip(p.Refunds), f)
			a.base.AppendRefund(o, &f)
		case 5, 6:
			f := d.Interaction()
			p.Interactions = append(slices.Clip(p.Interactions), f)
			a.base.AppendInteraction(o, &f)
		case 7:
			values := d.Values()
			for j := range values {
				if d.IntN(3) == 0 {
					values[j] = column.Value{Name: values[j].Name}
				}
			}
			kept := slices.DeleteFunc(slices.Clone(p.Values), func(v column.Value) bool {
				return slices.ContainsFunc(values, func(n column.Value) bool { return n.Name == v.Name })
			})
			p.Values = append(kept, values...)
			a.base.SetValues(o, values)
		}
		w.People[i] = &p
	}
	return w
}

// TestEvalCompute holds the values that the engine works out to the slow ones.
func TestEvalCompute(t *testing.T) {
	compared, faults := 0, 0
	for seed := range scale(40, 10_000) {
		_, w, rules := draw(t, seed, 20, 8)
		var compares []rule.Node
		for _, n := range rules {
			rule.Walk(n, func(x any) {
				if x := valued(x); x != nil {
					compares = append(compares, x)
				}
			})
		}
		a := settle(w)
		for _, n := range compares {
			compared += len(w.People)
			if diff := a.computed(t, evaltest.Case{World: w, Rule: n}); diff != "" {
				t.Errorf("seed %d: %s", seed, shrunk(t, w, n, computed(t)))
				if faults++; faults == 5 {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("%d values compared", compared)
}

// valued returns a condition of which the value is one of customers.
func valued(x any) rule.Node {
	n, ok := x.(*rule.Compare)
	if !ok {
		return nil
	}
	if f, ok := n.X.(*rule.Field); ok {
		word, ok := (*rule.Vocabulary)(nil).Field("", f.Name)
		if !ok || f.Name == "segments" || word.Type == rule.IsAny { // of facts, or not worked out
			return nil
		}
	}
	if x, ok := n.X.(*rule.Aggregate); ok && x.Field == "properties.mixed" && x.Func >= rule.First { // a column is of one type
		return nil
	}
	return n
}

// computed builds a base of a case and compares the value of the condition that
// is its rule.
func computed(t *testing.T) func(c evaltest.Case) string {
	return func(c evaltest.Case) string { return settle(c.World).computed(t, c) }
}

func (a *asked) computed(t *testing.T, c evaltest.Case) (diff string) {
	t.Helper()
	defer caught(&diff)
	n, ok := valued(c.Rule).(*rule.Compare)
	if !ok {
		return ""
	}
	program, err := a.engine.CompileValues(n.X)
	if err != nil {
		return err.Error()
	}
	edges, err := program.Edges(t.Context(), c.World.At.UnixMilli())
	if err != nil {
		return err.Error()
	}
	table, err := program.Compute(t.Context(), c.World.At.UnixMilli(), edges, nil)
	if err != nil {
		return err.Error()
	}
	if len(table.Ordinals) != len(c.World.People) || len(table.Columns) != 1 {
		return fmt.Sprintf("%d values of %d people", len(table.Ordinals), len(c.World.People))
	}
	for _, p := range c.World.People {
		i := slices.Index(table.Ordinals, a.ordinals[p.ID])
		if i < 0 {
			return "nothing of " + p.ID
		}
		if want := c.World.Value(n.X, p); !equal(&table.Columns[0], i, want) {
			return fmt.Sprintf("value of %s: %s, want %s", p.ID, shown(&table.Columns[0], i), want)
		}
	}
	return ""
}

// equal reports whether a column has a value.
func equal(c *eval.Column, i int, want evaltest.Value) bool {
	switch {
	case c.Type == rule.IsText:
		if want.Type == 0 {
			return c.Texts[i] == ""
		}
		return want.Type == rule.IsText && c.Texts[i] == want.Texts[0][0]
	case c.Type == rule.IsList:
		var elements []string
		for _, e := range want.Texts {
			elements = append(elements, e[0])
		}
		got := slices.Clone(c.Lists[i])
		for j := range got { // categories, with or without blanks
			got[j] = strings.ReplaceAll(strings.ReplaceAll(got[j], " >", ">"), "> ", ">")
		}
		for _, e := range got { // of a fact about several products, those of the first are shown
			if !slices.Contains(elements, e) {
				return false
			}
		}
		return (len(got) == 0) == (len(elements) == 0)
	case want.Type == 0 || c.Ints[i] == column.Lacking:
		return want.Type == 0 && c.Ints[i] == column.Lacking
	case c.Real:
		return column.Number(c.Ints[i]) == want.Float // 0 where want.Exact is: of nothing
	case c.Type == rule.IsBool:
		return want.Type == rule.IsBool && (c.Ints[i] == 1) == want.Bool
	case c.Type == rule.IsDate:
		return want.Type == rule.IsDate && c.Ints[i] == want.Time
	case want.Exact == nil:
		return false
	}
	got := big.NewRat(c.Ints[i], 1)
	if c.Of != nil {
		got.Quo(got, big.NewRat(c.Of[i], 1))
	}
	if c.Type == rule.IsNumber { // amounts are in minor units
		for range c.Scale {
			got.Quo(got, big.NewRat(10, 1))
		}
	}
	return got.Cmp(want.Exact) == 0
}

// shown tells what a column has.
func shown(c *eval.Column, i int) string {
	switch {
	case c.Texts != nil:
		return c.Texts[i]
	case c.Lists != nil:
		return fmt.Sprint(c.Lists[i])
	case c.Of != nil:
		return fmt.Sprintf("%s %d/%d, scale %d", c.Type, c.Ints[i], c.Of[i], c.Scale)
	}
	return fmt.Sprintf("%s %d, scale %d, real %t", c.Type, c.Ints[i], c.Scale, c.Real)
}

// TestEvalUntil holds answers to what they promise: that they cannot change
// before an instant by time alone. It asks at these instants one after the
// other, as what keeps segments true does, and compares at every hour between.
func TestEvalUntil(t *testing.T) {
	compared, chains, asks, faults := 0, 0, 0, 0
	for seed := range scale(8, 2_000) {
		_, w, rules := draw(t, seed, 12, 6)
		a := settle(w)
		for _, n := range rules {
			c := evaltest.Case{World: w, Rule: n}
			diff, hours, asked := a.kept(t, c)
			compared, chains, asks = compared+hours, chains+len(w.People), asks+asked
			if diff != "" {
				t.Errorf("seed %d: %s", seed, shrunk(t, w, n, func(c evaltest.Case) string { diff, _, _ := settle(c.World).kept(t, c); return diff }))
				if faults++; faults == 5 {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("%d answers compared, %d asked for in %d chains", compared, asks, chains)
}

// kept tells where an answer that was kept until it could change differs from
// the slow one, in the sixty days after a case's time, or the first of them. Its edges stay as they
// were in the beginning.
func (a *asked) kept(t *testing.T, c evaltest.Case) (diff string, hours, asks int) {
	t.Helper()
	defer caught(&diff)
	if err := a.compile(t, c.World, c.Rule); err != nil {
		return err.Error(), 0, 0
	}
	begin := c.World.At.UnixMilli()
	end := begin + int64(evaltest.Cases(60))*86_400_000
	for _, p := range c.World.People {
		var answer eval.Answer
		for at := begin; at < end; {
			if at >= answer.Until || at == begin {
				answers, err := a.program.Ask(a.ordinals[p.ID], at, a.edges, nil)
				if err != nil {
					return err.Error(), hours, asks
				}
				if answer = answers[0]; answer.Until <= at {
					return fmt.Sprintf("%s at %d: until %d", p.ID, at, answer.Until), hours, asks
				}
				asks++
			}
			w := c.World.Again(time.UnixMilli(at))
			w.Edges = c.World
			if hours++; w.Is(c.Rule, p) != answer.Holds {
				return fmt.Sprintf("%s is %t at %s, want %t; kept until %s", p.ID, answer.Holds, time.UnixMilli(at).In(w.Location).Format(time.RFC3339Nano), !answer.Holds, time.UnixMilli(answer.Until).In(w.Location).Format(time.RFC3339Nano)), hours, asks
			}
			switch next := at - at%3_600_000 + 3_600_000; {
			case at < answer.Until-1 && answer.Until-1 < next:
				at = answer.Until - 1 // the last instant at which it cannot have changed
			default:
				at = min(next, max(answer.Until, at+1))
			}
		}
	}
	return "", hours, asks
}
