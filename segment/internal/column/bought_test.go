package column_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

func TestBuyers(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(4, 4))}
	b, persons := column.New(), map[string]*column.Person{}
	for n := range 60 {
		p := m.person(fmt.Sprint("c", n))
		persons[p.ID] = p
		b.Put(p)
	}
	some := false // were many enough for two
	for round := range 2000 {
		b.RLock()
		c, w := b.Chunk(0), b.Words()
		product := m.pick("p1", "p2", "p3")
		is := func(line uint32) bool { return b.Products().IDs.Text(w.Lines.List[line].Product) == product }
		known := uint32(m.IntN(len(w.Lines.List) + 1))
		lines := make([]uint64, known/64+1)
		for line := range known {
			if is(line) {
				lines[line/64] |= 1 << (line % 64)
			}
		}
		from := m.time()
		to := from + m.Int64N(10*day)
		least := 1 + m.Int64N(2)
		var buyers column.Bits
		c.Buyers(from, to, lines, known, is, least, &buyers)
		for id, p := range persons {
			ordinal, _ := b.Ordinal(id)
			n := int64(0)
			for _, o := range p.Orders {
				for _, i := range o.Items {
					if from <= o.Time && o.Time <= to && i.Product == product {
						n++
					}
				}
			}
			if n >= least && !buyers.Has(ordinal) {
				t.Fatalf("round %d: %s bought %d of %s, and is not among those of %d", round, id, n, product, least)
			}
			some = some || n > 1
		}
		if buyers.Count() == len(persons) {
			t.Fatalf("round %d: everybody bought at least %d of %s in ten days", round, least, product)
		}
		b.RUnlock()
		p := persons[fmt.Sprint("c", m.IntN(60))]
		if m.IntN(3) > 0 {
			p = m.person(p.ID)
			persons[p.ID] = p
			b.Put(p)
			continue
		}
		ordinal, _ := b.Ordinal(p.ID)
		o := m.order()
		p.Orders = append(p.Orders, o)
		b.AppendOrder(ordinal, &o)
	}
	if !some {
		t.Error("nobody bought two")
	}
}
