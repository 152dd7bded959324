package eval_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// values returns the parsed values.
func values(t *testing.T, texts ...string) []rule.Expr {
	t.Helper()
	var all []rule.Expr
	for _, text := range texts {
		n := parse(t, text+" IS NULL")
		all = append(all, n.(*rule.Compare).X)
	}
	return all
}

func TestCompute(t *testing.T) {
	b := column.New()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	b.Put(&column.Person{ID: "none"})
	b.Put(&column.Person{ID: "some", Values: []column.Value{
		{Name: "customer_language", Type: rule.IsText, Text: "de"}, {Name: "customer_tags", Type: rule.IsList, List: []string{"a", "b"}},
		{Name: "attributes.points", Type: rule.IsNumber, Number: 2.5},
	}, Orders: []column.Order{{Time: at - 2, Amount: 1000, Channel: "web"}, {Time: at - 1, Amount: 1001}}})
	b.Put(&column.Person{ID: "other"})
	e := eval.New(b, &eval.Options{Digits: 2})
	p, err := e.CompileValues(values(t, "count(orders)", "average(orders.amount)", "last(orders.date)", "customer_language", "customer_tags", "attributes.points", "first(orders.channel)", "distinct(orders.month)")...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Compute(t.Context(), at, nil, roaring.BitmapOf(0, 1, 77))
	if err != nil {
		t.Fatal(err)
	}
	const none = column.Lacking
	want := &eval.Table{Ordinals: []uint32{0, 1}, Columns: []eval.Column{
		{Type: rule.IsNumber, Ints: []int64{0, 2}},
		{Type: rule.IsMoney, Scale: 2, Ints: []int64{none, 2001}, Of: []int64{0, 2}},
		{Type: rule.IsDate, Ints: []int64{none, at - 1}},
		{Type: rule.IsText, Ints: []int64{none, 1}, Texts: []string{"", "de"}},
		{Type: rule.IsList, Ints: []int64{none, 1}, Lists: [][]string{nil, {"a", "b"}}},
		{Type: rule.IsNumber, Real: true, Ints: []int64{none, int64(math.Float64bits(2.5))}},
		{Type: rule.IsText, Ints: []int64{none, 1}, Texts: []string{"", "web"}},
		{Type: rule.IsNumber, Ints: []int64{0, 1}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if got := got.Columns[1].Rounded(1); got != 1001 {
		t.Errorf("average of 1000 and 1001 is %d, want 1001", got)
	}
	all, err := p.Compute(t.Context(), at, nil, nil)
	if err != nil || len(all.Ordinals) != 3 {
		t.Errorf("of all: %v, %v", all, err)
	}
}

func TestExplain(t *testing.T) {
	b := column.New()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
	n := b.Put(&column.Person{ID: "a", Orders: []column.Order{{Time: at - 10*24*3600*1000, Amount: 1250}}})
	e := eval.New(b, &eval.Options{Digits: 2, Segment: func(string) (rule.Node, error) { return rule.Parse("number_of_orders = 1", nil) }})
	got, err := e.Explain(parse(t, "sum(orders.amount MATCHES (date >= -30d)) > 10 AND (segments CONTAINS 'one' OR customer_language = 'de')"), n, at, nil, rule.Print)
	if err != nil {
		t.Fatal(err)
	}
	exit := time.Date(2026, 3, 22, 0, 0, 0, 0, time.UTC).UnixMilli() // the order is of 19 February
	facts := int64(1)
	want := &eval.Explanation{
		Text: "sum(orders.amount MATCHES (date >= -30d)) > 10 AND (segments CONTAINS 'one' OR customer_language = 'de')", Holds: true, Until: exit,
		Nodes: []*eval.Explanation{
			{Text: "sum(orders.amount MATCHES (date >= -30d)) > 10", Holds: true, Until: exit, Facts: &facts, Value: &eval.Seen{Type: rule.IsMoney, There: true, Int: 1250, Scale: 2}},
			{Text: "segments CONTAINS 'one' OR customer_language = 'de'", Holds: true, Until: math.MaxInt64, Nodes: []*eval.Explanation{
				{Text: "segments CONTAINS 'one'", Holds: true, Until: math.MaxInt64, Nodes: []*eval.Explanation{
					{Text: "number_of_orders = 1", Segment: "one", Holds: true, Until: math.MaxInt64, Value: &eval.Seen{Type: rule.IsNumber, There: true, Int: 1}},
				}},
				{Text: "customer_language = 'de'", Until: math.MaxInt64},
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
	if got, err := e.Explain(parse(t, "EVERYONE"), 99, at, nil, rule.Print); got != nil || err != nil {
		t.Errorf("of nobody: %v, %v", got, err)
	}
}

// A turning context calls a function when it is asked for its error.
type turning struct {
	context.Context
	turn func()
}

func (c turning) Err() error { c.turn(); return c.Context.Err() }

// TestComputeBesideNewValues works values out while the first ones of a name
// come: each column has one of them for each person.
func TestComputeBesideNewValues(t *testing.T) {
	b := column.New()
	for n := range 3 * column.ChunkSize {
		b.Put(&column.Person{ID: fmt.Sprint(n)})
	}
	p, err := eval.New(b, nil).CompileValues(values(t, "attributes.a")...)
	if err != nil {
		t.Fatal(err)
	}
	var turns atomic.Int32
	table, err := p.Compute(turning{t.Context(), func() {
		if turns.Add(1) == 2 {
			b.SetValues(3*column.ChunkSize-1, []column.Value{{Name: "attributes.a", Type: rule.IsText, Text: "late"}})
		}
	}}, 5, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := table.Columns[0]
	if n := len(table.Ordinals); len(c.Ints) != n || len(c.Texts) != n || c.Texts[n-1] != "late" {
		t.Errorf("%d numbers and %d texts of %d persons", len(c.Ints), len(c.Texts), n)
	}
}

// TestExplainWithoutEnd explains segments of which each asks twice for the one
// before.
func TestExplainWithoutEnd(t *testing.T) {
	b := column.New()
	n := b.Put(&column.Person{ID: "a"})
	e := eval.New(b, &eval.Options{Segment: func(name string) (rule.Node, error) {
		i, _ := strconv.Atoi(name)
		if i == 0 {
			return rule.Parse("EVERYONE", nil)
		}
		return rule.Parse(fmt.Sprintf("segments CONTAINS '%d' AND NOT segments NOT CONTAINS '%[1]d'", i-1), nil)
	}})
	if x, err := e.Explain(parse(t, "segments CONTAINS '100'"), n, 5, nil, rule.Print); err != nil || !x.Holds {
		t.Errorf("of a hundred segments: %v", err)
	}
	x, err := e.Explain(parse(t, "segments CONTAINS '40'"), n, 5, nil, rule.Print)
	if err != nil || !x.Holds {
		t.Fatalf("%+v, %v", x, err)
	}
	var count func(x *eval.Explanation) int
	count = func(x *eval.Explanation) int {
		n := 1
		for _, x := range x.Nodes {
			n += count(x)
		}
		return n
	}
	if n := count(x); n < 1000 || n > 1500 {
		t.Errorf("%d conditions are explained", n)
	}
}

func TestUses(t *testing.T) {
	e := eval.New(column.New(), &eval.Options{Segment: func(string) (rule.Node, error) { return rule.Parse("age > 30", nil) }})
	for text, want := range map[string]eval.Uses{
		"customer_language = 'de'":                               {Fields: []string{"customer_language"}},
		"amount_spent > 5":                                       {Sources: []string{"spend"}},
		"last_order_date >= -30d":                                {Sources: []string{"orders"}},
		"last_order_date > 2026-01-01":                           {Sources: []string{"orders"}},
		"items MATCHES (brand = 'x')":                            {Sources: []string{"items"}, Products: true},
		"interactions MATCHES (kind IN ('b', 'a'), date >= -3d)": {Sources: []string{"interactions"}, Kinds: []string{"a", "b"}},
		"interactions MATCHES (channel = 'x') OR interactions MATCHES (kind = 'a')": {Sources: []string{"interactions"}},
		"segments CONTAINS 'x'":                              {Fields: []string{"birthday"}},
		"sum(orders.amount) IN TOP 5%":                       {Sources: []string{"orders"}, Extremes: true},
		"abandoned_checkout_date IS NOT NULL":                {Sources: []string{"interactions", "orders"}, Kinds: []string{"begin_checkout"}},
		"orders NOT FOLLOWED BY refunds WITHIN 30d":          {Sources: []string{"orders", "refunds"}},
		"distinct(items.categories) > 1 AND bucket('a') < 5": {Sources: []string{"items"}, Products: true},
	} {
		t.Run(text, func(t *testing.T) {
			p, err := e.Compile(parse(t, text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, p.Uses()); diff != "" {
				t.Errorf("uses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEdgesAreFrozen(t *testing.T) {
	b := column.New()
	for i := range int64(10) {
		b.Put(&column.Person{ID: fmt.Sprint(i), Orders: []column.Order{{Time: 1, Amount: 100 * i}}})
	}
	e := eval.New(b, &eval.Options{Digits: 2})
	p, err := e.Compile(parse(t, "amount_spent IN TOP 20%"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), 5, nil); err == nil {
		t.Error("no error without edges")
	}
	edges, err := p.Edges(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	n := b.Put(&column.Person{ID: "new", Orders: []column.Order{{Time: 1, Amount: 850}}})
	m, err := p.Run(t.Context(), 5, edges)
	if err != nil {
		t.Fatal(err)
	}
	has, err := p.Has(n, 5, edges, nil)
	if err != nil || !has[0] || m[0].GetCardinality() != 3 {
		t.Errorf("the new one has %v, %v; %v are in", has, err, m[0])
	}
}

// TestUpdates changes a base step by step, and holds it to a fresh one of the
// same persons.
func TestUpdates(t *testing.T) {
	for seed := range evaltest.Cases(uint64(6)) {
		d := evaltest.NewDraw(500 + seed)
		var nodes []rule.Node
		b, persons := column.New(), map[string]*column.Person{}
		options := &eval.Options{Location: d.Location, Digits: 2, Vocabulary: d.Vocabulary, Segment: func(string) (rule.Node, error) { return &rule.All{}, nil }}
		e := eval.New(b, options)
		for len(nodes) < 25 {
			n, err := d.Rule()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Compile(n); err == nil {
				nodes = append(nodes, n)
			}
		}
		p, err := e.Compile(nodes...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			b.SetProduct(d.Product(i + 1))
		}
		at := d.Now.UnixMilli()
		for step := range 300 {
			id := fmt.Sprint("c", d.IntN(25))
			q, there := persons[id]
			b.RLock()
			ordinal, _ := b.Ordinal(id)
			b.RUnlock()
			switch action := d.IntN(10); {
			case !there || action == 0:
				q = d.Person(id)
				persons[id] = q
				b.Put(q)
			case action == 1:
				delete(persons, id)
				b.Remove(ordinal)
			case action < 4:
				o := d.Order()
				q.Orders = append(q.Orders, o)
				b.AppendOrder(ordinal, &o)
			case action == 4:
				r := d.Refund()
				q.Refunds = append(q.Refunds, r)
				b.AppendRefund(ordinal, &r)
			default:
				i := d.Interaction()
				q.Interactions = append(q.Interactions, i)
				b.AppendInteraction(ordinal, &i)
			}
			if step%100 == 50 {
				b.Compact()
			}
			if step%60 != 59 {
				continue
			}
			fresh := column.New()
			for i := range 5 {
				fresh.SetProduct(productOf(b, i+1))
			}
			for _, q := range persons {
				fresh.Put(q)
			}
			same(t, at, p, b, eval.New(fresh, options), fresh, nodes, persons)
		}
	}
}

// productOf returns what a base knows of the product that a Draw numbers.
func productOf(b *column.Base, number int) *column.Product {
	b.RLock()
	defer b.RUnlock()
	w, p := b.Words(), b.Products()
	id := fmt.Sprint("prd_", number)
	code := p.IDs.Find(id)
	row := p.Of(code)
	list := func(d *column.Dictionary, code uint32) (all []string) {
		for _, c := range w.Lists.Of(code) {
			all = append(all, d.Text(c))
		}
		return all
	}
	return &column.Product{ID: id, Keys: p.Keys(code), Title: w.Titles.Text(row.Title), Brand: w.Brands.Text(row.Brand), Categories: list(w.Categories, row.Categories), Tags: list(w.ProductTags, row.Tags)}
}

// same holds the answers of a program to those over a fresh base.
func same(t *testing.T, at int64, p *eval.Program, b *column.Base, e *eval.Engine, fresh *column.Base, nodes []rule.Node, persons map[string]*column.Person) {
	t.Helper()
	q, err := e.Compile(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	edges, err := q.Edges(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	own, err := p.Edges(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(edges, own); diff != "" {
		t.Fatalf("edges (-want +got):\n%s", diff)
	}
	want, err := q.Run(t.Context(), at, edges)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Run(t.Context(), at, edges)
	if err != nil {
		t.Fatal(err)
	}
	for id := range persons {
		b.RLock()
		ordinal, _ := b.Ordinal(id)
		b.RUnlock()
		fresh.RLock()
		other, _ := fresh.Ordinal(id)
		fresh.RUnlock()
		for i, n := range nodes {
			if want[i].Contains(other) != got[i].Contains(ordinal) {
				t.Fatalf("%s: %s is in: %v, want %v", rule.Print(n), id, got[i].Contains(ordinal), want[i].Contains(other))
			}
		}
	}
	if got[0].GetCardinality() > uint64(len(persons)) {
		t.Errorf("%d members of %d persons", got[0].GetCardinality(), len(persons))
	}
}

func TestReadersBesideAWriter(t *testing.T) {
	d := evaltest.NewDraw(77)
	b := column.New()
	e := eval.New(b, &eval.Options{Location: d.Location, Digits: 2})
	p, err := e.Compile(
		parse(t, "interactions MATCHES (kind = 'view_item', date >= -30d) FOLLOWED BY orders WITHIN 30d"),
		parse(t, "sum(orders.amount MATCHES (date >= -90d)) > 5 AND items MATCHES (brand = 'acme')"),
		parse(t, "attributes.size = 'M' OR count(interactions) > 3"),
		parse(t, "distinct(items.brand) > 1"),
	)
	if err != nil {
		t.Fatal(err)
	}
	at := d.Now.UnixMilli()
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(1, 1))
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := p.Run(t.Context(), at, nil); err != nil {
					t.Error(err)
					return
				}
				if _, err := p.Ask(uint32(r.IntN(300)), at, nil, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 600 {
		n := b.Put(d.Person(fmt.Sprint("c", i%250)))
		o := d.Order()
		b.AppendOrder(n, &o)
		if i%10 == 0 {
			b.SetProduct(d.Product(1 + i%5))
			b.Remove(n)
		}
	}
	close(stop)
	readers.Wait()
}
