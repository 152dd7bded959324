package column_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

func TestSold(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(6, 6))}
	const people = 700
	b, persons := column.New(), map[string]*column.Person{}
	order := func() column.Order {
		o := m.order()
		switch m.IntN(200) {
		case 0:
			o.Amount = m.Int64() // beyond 32 bits
		case 1:
			o.Amount = math.MinInt32 + m.Int64N(2) - 1
		case 2:
			o.Time = m.Int64() * int64(m.IntN(2)*2-1)
		case 3:
			o.Time = o.Time / day * day
		case 4:
			o.Time = o.Time/day*day - 1
		}
		if o.Unpriced {
			o.Amount = 0
		}
		return o
	}
	put := func(id string) {
		p := &column.Person{ID: id}
		for range m.IntN(4) {
			p.Orders = append(p.Orders, order())
		}
		persons[id] = p
		b.Put(p)
	}
	for n := range people {
		put(fmt.Sprint("c", n))
	}
	told, most := 0, 0 // of whom something is told
	for round := range 3000 {
		from, to := m.time(), m.time()
		switch m.IntN(6) {
		case 0:
			from, to = from/day*day, to/day*day-1
		case 1:
			from = math.MinInt64
		case 2:
			to = math.MaxInt64
		case 3:
			to = from + m.Int64N(2*day)
		case 4:
			from = from / day * day
			to = from + day - 1
		}
		var (
			counts, sums [column.ChunkSize]int64
			other, same  column.Bits
		)
		b.RLock()
		c := b.Chunk(0)
		if !c.Sold(from, to, math.MaxInt, false, &counts, &other) || !c.Sold(from, to, math.MaxInt, true, &sums, &same) {
			t.Fatalf("round %d: there are more than %d", round, math.MaxInt)
		}
		if other != same {
			t.Fatalf("round %d: counts are told of others than sums", round)
		}
		for id, p := range persons {
			n, _ := b.Ordinal(id)
			if other.Has(n) {
				continue
			}
			var count, sum int64
			for _, o := range p.Orders {
				if o.Role == column.Sale && from <= o.Time && o.Time <= to {
					count++
					sum += o.Amount
				}
			}
			if counts[n] != count || sums[n] != sum {
				t.Fatalf("round %d, %d to %d: %s bought %d for %d, want %d for %d", round, from, to, id, counts[n], sums[n], count, sum)
			}
			told++
		}
		b.RUnlock()
		most = max(most, other.Count())
		id := fmt.Sprint("c", m.IntN(people))
		p := persons[id]
		ordinal, there := uint32(0), p != nil
		if there {
			b.RLock()
			ordinal, _ = b.Ordinal(id)
			b.RUnlock()
		}
		switch action := m.IntN(12); {
		case !there || action < 3:
			put(id)
		case action == 3:
			delete(persons, id)
			b.Remove(ordinal)
		case action == 4 && round%50 == 0:
			b.Compact()
		default:
			o := order()
			p.Orders = append(p.Orders, o)
			b.AppendOrder(ordinal, &o)
		}
	}
	if told < 3000*people/4 {
		t.Errorf("%d persons of %d are told of", told, 3000*people)
	}
	if limit := column.ChunkSize/8 + people/8; most > limit {
		t.Errorf("%d persons of %d are not told of, want at most %d", most, people, limit)
	}
}

func TestSoldOfMost(t *testing.T) {
	b := column.New()
	for n := range 10 {
		b.Put(&column.Person{ID: fmt.Sprint("c", n), Orders: []column.Order{{Time: 5 * day, Amount: 7}}})
	}
	for _, c := range []struct {
		name     string
		from, to int64
		most     int
		want     bool
	}{
		{"all", 0, 9 * day, 10, true},
		{"too many", 0, 9 * day, 9, false},
		{"of another day", 0, 5*day - 1, 0, true},
		{"of the day", 5*day + 1, 6 * day, 9, false},
	} {
		var counts [column.ChunkSize]int64
		var other column.Bits
		b.RLock()
		if got := b.Chunk(0).Sold(c.from, c.to, c.most, false, &counts, &other); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		b.RUnlock()
	}
}
