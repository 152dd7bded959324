package column

import (
	"slices"
	"sort"
)

// The tables that have days of active persons. Those of interactions are one a
// kind, of which the code is added.
const (
	sales        = -1
	interactions = 0
)

// days are who was active on which days UTC: a day and a person in one number,
// for each of them once. They may name persons whose facts are gone.
type days struct{ dated[uint32] }

// A dated list is of numbers whose highest bits are a day.
type dated[T uint32 | uint64] struct {
	sorted []T
	recent []T // in no order
}

// between returns those of the sorted that are from one to another, both
// included.
func (d *dated[T]) between(low, high T) []T {
	i := sort.Search(len(d.sorted), func(i int) bool { return d.sorted[i] >= low })
	j := sort.Search(len(d.sorted), func(i int) bool { return d.sorted[i] > high })
	return d.sorted[i:max(i, j)]
}

// note adds a number. It reports whether the recent ones were sorted in.
func (d *dated[T]) note(v T) bool {
	if d.recent = append(d.recent, v); len(d.recent) <= 64+len(d.sorted)/8 {
		return false
	}
	d.sorted, d.recent = append(d.sorted, d.recent...), nil
	slices.Sort(d.sorted)
	return true
}

// A day is counted from one long ago, so that it is positive and fits beside a
// person. Times too far away are on the first and the last day.
const (
	dayBits     = 20
	firstDay    = -1 << (dayBits - 1)
	millisOfDay = 24 * 60 * 60 * 1000
	personBits  = 12
)

func dayOf(t int64) uint32 {
	d := t / millisOfDay
	if t%millisOfDay < 0 {
		d--
	}
	return uint32(max(0, min(d-firstDay, 1<<dayBits-1)))
}

// ActiveBuyers sets the bits of all persons who had a sale from one time to
// another, both included, and of some others who had one on these days. The
// lock must be held. It returns false when there are more than most of them on
// some days: then it is not worth it, and some bits are not set.
func (c *Chunk) ActiveBuyers(from, to int64, most int, set *Bits) bool {
	return c.activeIn(sales, from, to, most, set)
}

// Active does that for interactions of one kind, by its code.
func (c *Chunk) Active(kind uint32, from, to int64, most int, set *Bits) bool {
	return c.activeIn(interactions+int(kind), from, to, most, set)
}

func (c *Chunk) activeIn(table int, from, to int64, most int, set *Bits) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.days == nil {
		c.index()
	}
	d := c.days[table]
	if d == nil || from > to {
		return true
	}
	low, high := dayOf(from)<<personBits, dayOf(to)<<personBits|(1<<personBits-1)
	sorted := d.between(low, high)
	if len(sorted) > most {
		return false
	}
	for _, v := range sorted {
		set.Set(v % ChunkSize)
	}
	for _, v := range d.recent {
		if low <= v && v <= high {
			set.Set(v % ChunkSize)
		}
	}
	return true
}

// active notes that a person was active. The writer's lock must be held.
func (c *Chunk) active(table int, person uint32, t int64) {
	if c.days == nil {
		return
	}
	d := c.days[table]
	if d == nil {
		d = &days{}
		c.days[table] = d
	}
	v := dayOf(t)<<personBits | person
	if n := len(d.recent); n > 0 && d.recent[n-1] == v {
		return
	}
	if d.note(v) {
		d.sorted = slices.Compact(d.sorted)
	}
}

// reindex notes all days of a person.
func (c *Chunk) reindex(b *Base, n uint32) {
	s := c.Items.Of(n)
	c.buys(n, s.Start, s.Start+s.Len)
	c.resold(n)
	if c.days == nil {
		return
	}
	s = c.Sales.Of(n)
	for _, t := range c.Sales.Time[s.Start : s.Start+s.Len] {
		c.active(sales, n, t)
	}
	s = c.Interactions.Of(n)
	for row := s.Start; row < s.Start+s.Len; row++ {
		c.active(interactions+int(b.words.Contacts.List[c.Interactions.Contact[row]].Kind), n, c.Interactions.Time[row])
	}
}

// index works out the days of all persons of the chunk.
func (c *Chunk) index() {
	lists := map[int][]uint32{}
	var bought []uint32
	for p, s := range c.Sales.Slots() {
		bought = appendDays(bought, c.Sales.Time[s.Start:s.Start+s.Len], uint32(p))
	}
	if bought != nil {
		lists[sales] = bought
	}
	kinds := make([][]uint32, c.words.Kinds.Len()+1)
	for p, s := range c.Interactions.Slots() {
		times := c.Interactions.Time[s.Start : s.Start+s.Len]
		for i, contact := range c.Interactions.Contact[s.Start : s.Start+s.Len] {
			list := &kinds[c.words.Contacts.List[contact].Kind]
			*list = appendDays(*list, times[i:i+1], uint32(p))
		}
	}
	for kind, list := range kinds {
		if list != nil {
			lists[interactions+kind] = list
		}
	}
	c.days = map[int]*days{}
	for table, list := range lists {
		c.days[table] = &days{dated[uint32]{sorted: byDay(list, personBits)}}
	}
}

// appendDays appends the days of ascending times.
func appendDays(list []uint32, times []int64, person uint32) []uint32 {
	for _, t := range times {
		v := dayOf(t)<<personBits | person
		if n := len(list); n == 0 || list[n-1] != v {
			list = append(list, v)
		}
	}
	return list
}

// byDay sorts numbers above whose lowest bits stands a day, and of which those
// of one day are in order, or may be in any.
func byDay[T uint32 | uint64](list []T, bits int) []T {
	first, last := T(1)<<dayBits, T(0)
	for _, v := range list {
		first, last = min(first, v>>bits), max(last, v>>bits)
	}
	if last-first > 1<<16 {
		out := slices.Clone(list)
		slices.Sort(out)
		return out
	}
	starts := make([]uint32, last-first+2)
	for _, v := range list {
		starts[v>>bits-first+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	out := make([]T, len(list))
	for _, v := range list {
		i := &starts[v>>bits-first]
		out[*i] = v
		*i++
	}
	return out
}
