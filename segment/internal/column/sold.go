package column

import "sort"

// sold are the days UTC of sales: a day, the amount and the person in one
// number, for each of them. Of some persons it tells nothing: of those whose
// sales have changed since, and of those with an amount that has no place in it.
type sold struct {
	sorted []uint64
	other  Bits // those persons
	size   int  // of other, at first
}

const amountBits = 32

// soldDay begins the numbers of a day.
func soldDay(day int64) uint64 { return uint64(day) << (amountBits + personBits) }

// Sold works out for each person of the chunk how many sales they had from one
// time to another, both included, or if amounts is true, what those cost whose
// amount is known. Those whose bits are set in other have to be looked at
// themselves. The lock must be held. It returns false when there are more than
// most sales on these days: then it works out nothing.
func (c *Chunk) Sold(from, to int64, most int, amounts bool, out *[ChunkSize]int64, other *Bits) bool {
	s := c.salesByDay()
	first, last := int64(dayOf(from)), int64(dayOf(to))
	list := s.between(first, last)
	if len(list) > most {
		return false
	}
	clear(out[:])
	*other = s.other
	// What happened on a day that is not in it as a whole is looked at. The first
	// and the last of all days have no end.
	if first == 0 || from != (first+firstDay)*millisOfDay {
		setAll(other, s.between(first, first))
		first++
	}
	if last == 1<<dayBits-1 || to != (last+1+firstDay)*millisOfDay-1 {
		setAll(other, s.between(last, last))
		last--
	}
	list = s.between(first, last)
	if !amounts {
		for _, v := range list {
			out[v%ChunkSize]++
		}
		return true
	}
	for _, v := range list {
		out[v%ChunkSize] += int64(int32(v >> personBits)) // never beyond int64: there are less than 1<<32
	}
	return true
}

func setAll(b *Bits, list []uint64) {
	for _, v := range list {
		b.Set(uint32(v % ChunkSize))
	}
}

// between returns the sales from one day to another, both included.
func (s *sold) between(first, last int64) []uint64 {
	if first > last {
		return nil
	}
	low, high := soldDay(first), soldDay(last)|(1<<(amountBits+personBits)-1)
	i := sort.Search(len(s.sorted), func(i int) bool { return s.sorted[i] >= low })
	n := sort.Search(len(s.sorted)-i, func(n int) bool { return s.sorted[i+n] > high })
	return s.sorted[i : i+n]
}

// salesByDay returns the sales of the chunk, worked out anew when those of many
// persons have changed.
func (c *Chunk) salesByDay() *sold {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sold; s != nil && s.other.Count() <= s.size+ChunkSize/8 {
		return s
	}
	s, n := &sold{}, uint32(0)
	for _, slot := range c.Sales.Slots() {
		n += slot.Len
	}
	list := make([]uint64, 0, n)
	for p, slot := range c.Sales.Slots() {
		begin := len(list)
		for row := slot.Start; row < slot.Start+slot.Len; row++ {
			a := c.Sales.Amount[row]
			if a == Lacking {
				a = 0
			}
			if int64(int32(a)) != a {
				list = list[:begin]
				s.other.Set(uint32(p))
				break
			}
			list = append(list, soldDay(int64(dayOf(c.Sales.Time[row])))|uint64(uint32(a))<<personBits|uint64(p))
		}
	}
	s.sorted, s.size = byDay(list, amountBits+personBits), s.other.Count()
	c.sold = s
	return s
}

// resold notes that the sales of a person have changed. The writer's lock must
// be held.
func (c *Chunk) resold(person uint32) {
	if c.sold != nil {
		c.sold.other.Set(person)
	}
}
