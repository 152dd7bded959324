package column_test

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

const day = 24 * 60 * 60 * 1000

// A maker makes persons by chance.
type maker struct{ *rand.Rand }

func (m maker) pick(words ...string) string { return words[m.IntN(len(words))] }

func (m maker) some(words ...string) []string {
	var list []string
	for _, w := range words {
		if m.IntN(3) == 0 {
			list = append(list, w)
		}
	}
	return list
}

func (m maker) time() int64 { return 20_000*day + m.Int64N(100*day) }

func (m maker) order() column.Order {
	o := column.Order{
		Time: m.time(), Role: column.Role(m.IntN(3)), Unpriced: m.IntN(9) == 0, Amount: m.Int64N(20_000) - 100, Discount: m.Int64N(500),
		Channel: m.pick("web", "store", ""), State: m.pick("paid", "placed"), Source: m.pick("shop", "till"),
		Country: m.pick("US", "GB", ""), Coupons: m.some("TEN", "ten", "FREE"), Tags: m.some("gift", "rush"),
	}
	if o.Role == column.Sale {
		for range m.IntN(4) {
			o.Items = append(o.Items, column.Item{
				Product: m.pick("p1", "p2", "p3", ""), SKU: m.pick("s1", "s2", ""), Quantity: m.Int64N(5),
				Amount: m.Int64N(10_000), Price: m.Int64N(5_000), Discount: m.Int64N(100),
			})
			if i := &o.Items[len(o.Items)-1]; i.Product == "" {
				i.Title = m.pick("Tea", "Pot")
			}
		}
	}
	if o.Unpriced { // as the base keeps it
		o.Amount, o.Discount = 0, 0
		for i := range o.Items {
			o.Items[i].Amount, o.Items[i].Price, o.Items[i].Discount = 0, 0, 0
		}
	}
	if o.Role == column.Adjustment {
		o = column.Order{Time: o.Time, Role: o.Role, Unpriced: o.Unpriced, Amount: o.Amount}
	}
	return o
}

func (m maker) refund() column.Refund {
	return column.Refund{Time: m.time(), Amount: m.Int64N(5_000)}
}

func (m maker) interaction() column.Interaction {
	i := column.Interaction{
		Time: m.time(), Kind: m.pick("view_item", "add_to_cart", "begin_checkout"), Channel: m.pick("web", "email"),
		Direction: m.pick("inbound", "outbound"), Source: "shop", Products: m.some("p1", "p2", "p9"), SKUs: m.some("s1"),
		Value: m.Int64N(3) * 100, Rating: m.IntN(6),
	}
	for n := range m.IntN(3) {
		i.Properties = append(i.Properties, m.value(fmt.Sprint("properties.", n)))
	}
	return i
}

func (m maker) value(name string) column.Value {
	v := column.Value{Name: name, Type: rule.Type(1 + m.IntN(6))}
	switch v.Type {
	case rule.IsBool:
		v.Int = m.Int64N(2)
	case rule.IsMoney, rule.IsDate:
		v.Int = m.Int64N(1_000_000) - 1000
	case rule.IsNumber:
		v.Number = m.Float64()
	case rule.IsText:
		v.Text = m.pick("a", "b", "c")
	case rule.IsList:
		v.List = append(m.some("x", "y"), "z")
	}
	return v
}

func (m maker) person(id string) *column.Person {
	p := &column.Person{ID: id}
	for range m.IntN(4) {
		p.Orders = append(p.Orders, m.order())
	}
	for range m.IntN(2) {
		p.Refunds = append(p.Refunds, m.refund())
	}
	for range m.IntN(6) {
		p.Interactions = append(p.Interactions, m.interaction())
	}
	for _, name := range m.some("customer_tags", "attributes.a", "attributes.b") {
		p.Values = append(p.Values, m.value(name))
	}
	return p
}

// read returns a person as the base has them, in the form in which clean
// returns what it was given.
func read(b *column.Base, ordinal uint32) *column.Person {
	b.RLock()
	defer b.RUnlock()
	c, n, w := b.Chunk(int(ordinal/column.ChunkSize)), ordinal%column.ChunkSize, b.Words()
	p := &column.Person{ID: b.ID(ordinal)}
	list := func(d *column.Dictionary, code uint32) (texts []string) {
		for _, c := range w.Lists.Of(code) {
			texts = append(texts, d.Text(c))
		}
		return texts
	}
	order := func(t *column.Orders, row uint32, role column.Role) column.Order {
		k := w.Orders.List[t.Words[row]]
		o := column.Order{
			Time: t.Time[row], Role: role, Amount: t.Amount[row], Discount: t.Discount[row],
			Channel: w.Channels.Text(k.Channel), State: w.States.Text(k.State), Source: w.Sources.Text(k.Source), Country: w.Countries.Text(k.Country),
			Coupons: list(w.Coupons, k.Coupons), Tags: list(w.Tags, k.Tags),
		}
		if o.Amount == column.Lacking {
			o.Unpriced, o.Amount, o.Discount = true, 0, 0
		}
		return o
	}
	s := c.Sales.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		o := order(&c.Sales, row, column.Sale)
		t := c.Items.Of(n)
		for i := t.Start; i < t.Start+t.Len; i++ {
			if c.Items.Order[i] != row {
				continue
			}
			l := w.Lines.List[c.Items.Line[i]]
			item := column.Item{
				Product: b.Products().IDs.Text(l.Product), SKU: w.SKUs.Text(l.SKU), Title: w.Titles.Text(l.Title), Quantity: c.Items.Quantity[i],
				Amount: c.Items.Amount[i], Price: c.Items.Price[i], Discount: c.Items.Discount[i],
			}
			if o.Unpriced {
				item.Amount, item.Price, item.Discount = 0, 0, 0
			}
			o.Items = append(o.Items, item)
		}
		p.Orders = append(p.Orders, o)
	}
	s = c.Canceled.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		p.Orders = append(p.Orders, order(&c.Canceled, row, column.Canceled))
	}
	s = c.Adjustments.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		o := column.Order{Time: c.Adjustments.Time[row], Role: column.Adjustment, Amount: c.Adjustments.Amount[row]}
		if o.Amount == column.Lacking {
			o.Unpriced, o.Amount = true, 0
		}
		p.Orders = append(p.Orders, o)
	}
	s = c.Refunds.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		p.Refunds = append(p.Refunds, column.Refund{Time: c.Refunds.Time[row], Amount: c.Refunds.Amount[row]})
	}
	s = c.Interactions.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		k, on := w.Contacts.List[c.Interactions.Contact[row]], w.Subjects.List[c.Interactions.Subject[row]]
		i := column.Interaction{
			Time: c.Interactions.Time[row], Kind: w.Kinds.Text(k.Kind), Channel: w.Channels.Text(k.Channel), Direction: w.Directions.Text(k.Direction),
			Source: w.Sources.Text(k.Source), Rating: int(k.Rating), Value: max(0, c.Interactions.Value[row]),
			Products: list(b.Products().IDs, on.Products), SKUs: list(w.SKUs, on.SKUs),
		}
		for number, q := range w.Properties {
			if v, ok := c.Interactions.Find(row, uint32(number)); ok {
				i.Properties = append(i.Properties, unpack(q.Name, q.Type, q.Texts, q.Lists, v))
			}
		}
		p.Interactions = append(p.Interactions, i)
	}
	for _, name := range []string{"customer_tags", "attributes.a", "attributes.b"} {
		for _, col := range b.Named(name) {
			var v int64
			switch {
			case col.Truths(c.Number) != nil && col.Truths(c.Number)[n] != column.Unknown:
				v = int64(col.Truths(c.Number)[n] - column.No)
			case col.Codes(c.Number) != nil && col.Codes(c.Number)[n] != 0:
				v = int64(col.Codes(c.Number)[n])
			case col.Ints(c.Number) != nil && col.Ints(c.Number)[n] != column.Lacking:
				v = col.Ints(c.Number)[n]
			default:
				continue
			}
			p.Values = append(p.Values, unpack(name, col.Type, col.Texts, col.Lists, v))
		}
	}
	return clean(p)
}

func unpack(name string, kind rule.Type, d *column.Dictionary, s *column.Sets, v int64) column.Value {
	value := column.Value{Name: name, Type: kind}
	switch kind {
	case rule.IsNumber:
		value.Number = column.Number(v)
	case rule.IsText:
		value.Text = d.Text(uint32(v))
	case rule.IsList:
		for _, c := range s.Of(uint32(v)) {
			value.List = append(value.List, d.Text(c))
		}
	default:
		value.Int = v
	}
	return value
}

// clean puts what has no order into one.
func clean(p *column.Person) *column.Person {
	q := *p
	q.Orders, q.Refunds, q.Interactions, q.Values = slices.Clone(p.Orders), slices.Clone(p.Refunds), slices.Clone(p.Interactions), slices.Clone(p.Values)
	byName := func(a, b column.Value) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(q.Values, byName)
	slices.SortStableFunc(q.Orders, func(a, b column.Order) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Time, b.Time))
	})
	slices.SortStableFunc(q.Refunds, func(a, b column.Refund) int { return cmp.Compare(a.Time, b.Time) })
	slices.SortStableFunc(q.Interactions, func(a, b column.Interaction) int { return cmp.Compare(a.Time, b.Time) })
	for i := range q.Interactions {
		q.Interactions[i].Properties = slices.Clone(q.Interactions[i].Properties)
		slices.SortFunc(q.Interactions[i].Properties, byName)
	}
	return &q
}

// kept is what a chunk keeps of a person.
type kept struct {
	Turnover, Units, Refunded, Spent, First, Last, Checkout, Seen, Latest int64
	Priced                                                                uint32
}

func keptOf(b *column.Base, ordinal uint32) kept {
	b.RLock()
	defer b.RUnlock()
	c, n := b.Chunk(int(ordinal/column.ChunkSize)), ordinal%column.ChunkSize
	return kept{c.Turnover[n], c.Units[n], c.Refunded[n], c.Spent[n], c.First[n], c.Last[n], c.Checkout[n], c.Seen[n], c.Latest[n], c.Priced[n]}
}

// expect holds a base against persons, and what it keeps against a fresh one.
func expect(t *testing.T, b *column.Base, persons map[string]*column.Person) {
	t.Helper()
	if got := b.Len(); got != len(persons) {
		t.Fatalf("Len is %d, want %d", got, len(persons))
	}
	fresh := column.New()
	for id, p := range persons {
		b.RLock()
		ordinal, ok := b.Ordinal(id)
		b.RUnlock()
		if !ok {
			t.Fatalf("%s has no ordinal", id)
		}
		if diff := gocmp.Diff(clean(p), read(b, ordinal), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("person (-want +got):\n%s", diff)
		}
		if diff := gocmp.Diff(keptOf(fresh, fresh.Put(p)), keptOf(b, ordinal)); diff != "" {
			t.Fatalf("kept (-want +got):\n%s", diff)
		}
	}
}

func TestBaseAgainstModel(t *testing.T) {
	for seed := range uint64(5) {
		m := maker{rand.New(rand.NewPCG(seed, 1))}
		b, persons := column.New(), map[string]*column.Person{}
		for step := range 1500 {
			id := fmt.Sprint("c", m.IntN(40))
			p, there := persons[id]
			b.RLock()
			ordinal, ok := b.Ordinal(id)
			b.RUnlock()
			if ok != there {
				t.Fatalf("%s: Ordinal says %v, want %v", id, ok, there)
			}
			switch action := m.IntN(12); {
			case !there || action == 0:
				p = m.person(id)
				persons[id] = p
				b.Put(p)
			case action == 1:
				delete(persons, id)
				b.Remove(ordinal)
			case action == 2:
				v := m.value(m.pick("customer_tags", "attributes.a"))
				p.Values = slices.DeleteFunc(p.Values, func(w column.Value) bool { return w.Name == v.Name })
				if m.IntN(3) == 0 {
					v = column.Value{Name: v.Name}
				} else {
					p.Values = append(p.Values, v)
				}
				b.SetValues(ordinal, []column.Value{v})
			case action < 6:
				o := m.order()
				p.Orders = append(p.Orders, o)
				b.AppendOrder(ordinal, &o)
			case action == 6:
				r := m.refund()
				p.Refunds = append(p.Refunds, r)
				b.AppendRefund(ordinal, &r)
			case action == 7 && step%100 == 0:
				b.Compact()
			case action == 8 && step%50 == 0:
				b = recode(t, b)
			default:
				i := m.interaction()
				p.Interactions = append(p.Interactions, i)
				b.AppendInteraction(ordinal, &i)
			}
		}
		expect(t, b, persons)
		b.Compact()
		expect(t, b, persons)
		expect(t, recode(t, b), persons)
	}
}

func TestActive(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 3))}
	b, persons := column.New(), map[string]*column.Person{}
	for n := range 60 {
		p := m.person(fmt.Sprint("c", n))
		persons[p.ID] = p
		b.Put(p)
	}
	for range 2000 {
		b.RLock()
		c, w := b.Chunk(0), b.Words()
		from := m.time()
		to := from + m.Int64N(10*day)
		var buyers, viewers column.Bits
		c.ActiveBuyers(from, to, math.MaxInt, &buyers)
		c.Active(w.Kinds.Find("view_item"), from, to, math.MaxInt, &viewers)
		for id, p := range persons {
			n, _ := b.Ordinal(id)
			for _, o := range p.Orders {
				if o.Role == column.Sale && from <= o.Time && o.Time <= to && !buyers.Has(n) {
					t.Fatalf("%s bought, and is not among the buyers", id)
				}
			}
			for _, i := range p.Interactions {
				if i.Kind == "view_item" && from <= i.Time && i.Time <= to && !viewers.Has(n) {
					t.Fatalf("%s viewed, and is not among the viewers", id)
				}
			}
		}
		if buyers.Count() == len(persons) {
			t.Fatal("ten days have all persons")
		}
		b.RUnlock()
		p := persons[fmt.Sprint("c", m.IntN(60))]
		n, _ := b.Ordinal(p.ID)
		if m.IntN(2) == 0 {
			o := m.order()
			p.Orders = append(p.Orders, o)
			b.AppendOrder(n, &o)
		} else {
			i := m.interaction()
			p.Interactions = append(p.Interactions, i)
			b.AppendInteraction(n, &i)
		}
		if m.IntN(20) == 0 {
			p = m.person(p.ID)
			persons[p.ID] = p
			b.Put(p)
		}
	}
}

func TestOrdinalsAreNotUsedAgain(t *testing.T) {
	b := column.New()
	first := b.Put(&column.Person{ID: "a"})
	b.Put(&column.Person{ID: "b"})
	b.Remove(first)
	if again := b.Put(&column.Person{ID: "a"}); again != 2 || b.ID(2) != "a" || b.ID(first) != "" {
		t.Errorf("a came back as %d, ids %q and %q", again, b.ID(first), b.ID(again))
	}
	b.Remove(7_000_000) // of nobody
	if got := b.Put(&column.Person{}); got != math.MaxUint32 {
		t.Errorf("a person without an id is %d", got)
	}
}

func TestSumsBeyondInt64(t *testing.T) {
	b := column.New()
	n := b.Put(&column.Person{ID: "a", Orders: []column.Order{{Time: 1, Amount: math.MaxInt64}, {Time: 2, Amount: math.MaxInt64}}})
	if got := keptOf(b, n).Spent; got != math.MaxInt64 {
		t.Errorf("spent %d", got)
	}
	for _, want := range []int64{math.MaxInt64, 0} {
		b.AppendRefund(n, &column.Refund{Time: 3, Amount: math.MaxInt64})
		if got := keptOf(b, n).Spent; got != want {
			t.Errorf("spent %d after a refund, want %d", got, want)
		}
	}
}

// TestSumsOfExtremes adds fact after fact of amounts about the ends of int64,
// and holds the sums against those of a base that is given all at once.
func TestSumsOfExtremes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	amounts := []int64{math.MaxInt64, math.MinInt64 + 1, math.MinInt64, math.MaxInt64 / 2, math.MinInt64 / 2, 1, -1, 100}
	b, p := column.New(), &column.Person{ID: "a"}
	n := b.Put(p)
	for i := range int64(300) {
		amount := amounts[r.IntN(len(amounts))]
		if r.IntN(3) == 0 {
			p.Refunds = append(p.Refunds, column.Refund{Time: i, Amount: amount})
			b.AppendRefund(n, &p.Refunds[len(p.Refunds)-1])
		} else {
			p.Orders = append(p.Orders, column.Order{Time: i, Role: column.Role(r.IntN(3)), Amount: amount, Items: []column.Item{{Quantity: amounts[r.IntN(len(amounts))]}}})
			b.AppendOrder(n, &p.Orders[len(p.Orders)-1])
		}
		fresh := column.New()
		if diff := gocmp.Diff(keptOf(fresh, fresh.Put(p)), keptOf(b, n)); diff != "" {
			t.Fatalf("after %d facts (-want +got):\n%s", i+1, diff)
		}
	}
}

func TestManyFactsOfOnePerson(t *testing.T) {
	b := column.New()
	n := b.Put(&column.Person{ID: "a"})
	b.Put(&column.Person{ID: "b", Orders: []column.Order{{Time: 1}}})
	const many = 100_000
	for i := range int64(many) {
		b.AppendOrder(n, &column.Order{Time: i, Amount: 1, Items: []column.Item{{Product: "p", Quantity: 1}}})
	}
	b.RLock()
	defer b.RUnlock()
	c := b.Chunk(0)
	if got := c.Sales.Of(n).Len; got != many || c.Spent[n] != many {
		t.Errorf("%d sales of %d, want %d", got, c.Spent[n], many)
	}
	if got := c.Sales.Rows(); got > 4*many {
		t.Errorf("%d rows hold %d", got, many)
	}
}

func TestReadersAndAWriter(t *testing.T) {
	b := column.New()
	m := maker{rand.New(rand.NewPCG(5, 5))}
	var done, began sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		began.Add(1)
		done.Go(func() {
			began.Done()
			for n := uint32(0); ; n = (n + 1) % 50 {
				select {
				case <-stop:
					return
				default:
				}
				b.RLock()
				there := b.Has(n)
				b.RUnlock()
				if there {
					read(b, n)
				}
				if err := b.Encode(io.Discard); err != nil {
					t.Error(err)
				}
			}
		})
	}
	began.Wait()
	for n := range 200 {
		p := m.person(fmt.Sprint("c", n%50))
		ordinal := b.Put(p)
		o := m.order()
		b.AppendOrder(ordinal, &o)
	}
	close(stop)
	done.Wait()
}
