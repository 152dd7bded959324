package linkage

import (
	"slices"
	"sync"
)

// A pass puts records into blocks by a key, and compares all pairs of a block.
type pass struct {
	name  string
	about []Field // what the key is made of: says nothing in EM
	slots int     // of how many of each kind of thing a record has there are keys
	key   func(x *Index, r *record, slot int) uint64
}

// key mixes parts into one, 0 when one of them is missing.
func key(parts ...uint64) uint64 {
	k := uint64(len(parts))
	for _, p := range parts {
		if p == 0 {
			return 0
		}
		k = mix(k ^ p)
	}
	return k
}

func (x *Index) sound(name uint32) uint64 {
	if name == 0 {
		return 0
	}
	var b [maxLetters]byte
	s := x.names.of(name)
	return hash(skeleton(b[:0], s[:min(len(s), maxLetters)]))
}

// first is the first letter of a name.
func (x *Index) first(name uint32) uint64 {
	if name == 0 {
		return 0
	}
	return uint64(x.names.of(name)[0])
}

// number is what a house is found by in a line: its numbers, and how its longest
// words sound.
func (x *Index) number(line uint32) uint64 {
	if line == 0 {
		return 0
	}
	var b [3][2 * maxLetters]byte
	s := x.lines.of(line)
	digits, letters := figures(s[:min(len(s), maxLetters)], b[0][:0], b[1][:0])
	sound := skeleton(b[2][:0], letters)
	return hash(append(digits, sound[:min(len(sound), 2)]...))
}

var passes = []pass{
	{"phone", []Field{Phone}, 2, func(x *Index, r *record, i int) uint64 { return uint64(r.phones[i]) }},
	{"e-mail", []Field{Email}, 2, func(x *Index, r *record, i int) uint64 {
		if local := r.mails[i].local; local == 0 || len(x.locals.of(local)) >= 4 {
			return uint64(local)
		}
		return 1<<32 | uint64(r.mails[i].box)
	}},
	{"given name and birth date", []Field{Given, Birth}, 1, func(x *Index, r *record, _ int) uint64 {
		return key(uint64(r.birth), x.sound(r.given))
	}},
	{"family name and birth date", []Field{Family, Birth}, 1, func(x *Index, r *record, _ int) uint64 {
		return key(uint64(r.birth), x.sound(r.family))
	}},
	{"family name and postcode", []Field{Family, Address}, 2, func(x *Index, r *record, i int) uint64 {
		return key(x.sound(r.family), uint64(r.places[i].postcode))
	}},
	{"given name and postcode", []Field{Given, Address}, 2, func(x *Index, r *record, i int) uint64 {
		return key(x.sound(r.given), uint64(r.places[i].postcode))
	}},
	{"house", []Field{Address}, 2, func(x *Index, r *record, i int) uint64 {
		p := &r.places[i]
		town := uint64(p.postcode)
		if town == 0 {
			town = 1<<32 | uint64(p.city)
		}
		return key(x.number(p.line), town)
	}},
	{"both names", []Field{Given, Family}, 1, func(x *Index, r *record, _ int) uint64 {
		a, b := x.sound(r.given), x.sound(r.family)
		return key(min(a, b), max(a, b))
	}},
	{"both names and city", []Field{Given, Family, Address}, 2, func(x *Index, r *record, i int) uint64 {
		a, b := x.sound(r.given), x.sound(r.family)
		return key(min(a, b), max(a, b), uint64(r.places[i].city))
	}},
	{"given name and house", []Field{Given, Address}, 2, func(x *Index, r *record, i int) uint64 {
		return key(x.first(r.given), x.number(r.places[i].line), x.sound(r.given))
	}},
	{"family name and house", []Field{Family, Address}, 2, func(x *Index, r *record, i int) uint64 {
		return key(x.sound(r.family), x.number(r.places[i].line))
	}},
	{"company and family name", []Field{Company, Family}, 1, func(x *Index, r *record, _ int) uint64 {
		return key(uint64(r.company), x.sound(r.family))
	}},
}

// blocks are the blocks of one pass.
type blocks struct {
	members []uint32   // block by block
	starts  []uint32   // of blocks in members, and the end
	of      [][]uint32 // by slot and record: the number of the block, counted from 1; 0 is none
	keys    []uint64   // of the blocks, ascending
	limit   int        // the most members of a block that is compared
	skipped int        // blocks that have more
}

// The pairs of a pass are at most so many for each record, and a block is never
// larger than maxBlock nor skipped when it has no more than minBlock members.
const (
	perRecord = 4
	maxBlock  = 100
	minBlock  = 8
)

type entry struct {
	key uint64
	rec uint32
}

func (x *Index) block(p *pass, singles bool) *blocks {
	n := len(x.records)
	list := make([]entry, 0, n)
	for i := range x.records {
		r := &x.records[i]
		for slot := range p.slots {
			if k := p.key(x, r, slot); k != 0 {
				list = append(list, entry{k, uint32(i)})
			}
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return int(a.rec) - int(b.rec)
	})
	list = slices.Compact(list)
	b := &blocks{of: make([][]uint32, p.slots)}
	for i := range b.of {
		b.of[i] = make([]uint32, n)
	}
	b.limit = limitOf(list, n)
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].key == list[i].key {
			j++
		}
		if j-i > b.limit {
			b.skipped++
		} else if j-i > 1 || singles {
			b.keys = append(b.keys, list[i].key)
			b.starts = append(b.starts, uint32(len(b.members)))
			for _, e := range list[i:j] {
				slot := 0
				for b.of[slot][e.rec] != 0 {
					slot++
				}
				b.of[slot][e.rec] = uint32(len(b.keys))
				b.members = append(b.members, e.rec)
			}
		}
		i = j
	}
	b.starts = append(b.starts, uint32(len(b.members)))
	return b
}

// limitOf measures how large a block may be so that all pairs of a pass are no
// more than perRecord for each of n records.
func limitOf(list []entry, n int) int {
	var sizes [maxBlock + 1]int
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].key == list[i].key {
			j++
		}
		if j-i <= maxBlock {
			sizes[j-i]++
		}
		i = j
	}
	pairs := 0
	for size := 2; size <= maxBlock; size++ {
		pairs += sizes[size] * size * (size - 1) / 2
		if pairs > perRecord*n && size > minBlock {
			return max(size-1, minBlock)
		}
	}
	return maxBlock
}

// together returns the first block that two records share, 0 for none.
func (b *blocks) together(i, j uint32) uint32 {
	first := uint32(0)
	for _, s := range b.of {
		k := s[i]
		if k == 0 || first != 0 && k > first {
			continue
		}
		for _, t := range b.of {
			if t[j] == k {
				first = k
			}
		}
	}
	return first
}

// An order is records sorted, of which those that stand close are compared.
type order struct {
	sorted []uint32
	rank   []uint32 // of records that are in it, counted from 1
}

// neighbors is how far apart in an order two records may stand.
const neighbors = 3

// sortBy sorts records by words; those without the first are left out.
func (x *Index) sortBy(by func(r *record) (first, second, third uint32), w, v, u []uint32) *order {
	type item struct {
		key   uint64
		third uint32
		rec   uint32
	}
	var list []item
	for i := range x.records {
		if a, b, c := by(&x.records[i]); a != 0 && b != 0 {
			list = append(list, item{uint64(w[a])<<32 | uint64(v[b]), u[c], uint32(i)})
		}
	}
	slices.SortFunc(list, func(a, b item) int {
		switch {
		case a.key != b.key:
			if a.key < b.key {
				return -1
			}
			return 1
		case a.third != b.third:
			return int(a.third) - int(b.third)
		}
		return int(a.rec) - int(b.rec)
	})
	o := &order{sorted: make([]uint32, len(list)), rank: make([]uint32, len(x.records))}
	for i, e := range list {
		o.sorted[i], o.rank[e.rec] = e.rec, uint32(i+1)
	}
	return o
}

// ranks returns the place of each word in alphabetical order.
func (w *words) ranks() []uint32 {
	ids := make([]uint32, len(w.ends))
	for i := range ids {
		ids[i] = uint32(i)
	}
	slices.SortFunc(ids, func(a, b uint32) int { return slices.Compare(w.of(a), w.of(b)) })
	rank := make([]uint32, len(ids))
	for i, id := range ids {
		rank[id] = uint32(i)
	}
	return rank
}

func (o *order) close(i, j uint32) bool {
	a, b := o.rank[i], o.rank[j]
	return a != 0 && b != 0 && a-b+neighbors <= 2*neighbors
}

// candidates are all that is compared.
type candidates struct {
	blocks []*blocks
	orders []*order
}

// gather builds the blocks of all passes, two at a time; with singles also those
// of one record.
func (x *Index) gather(singles bool) *candidates {
	c := &candidates{blocks: make([]*blocks, len(passes)), orders: make([]*order, 2)}
	var wg sync.WaitGroup
	todo := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range todo {
				switch i {
				case 0:
					names, codes := x.names.ranks(), x.postcodes.ranks()
					c.orders[0] = x.sortBy(func(r *record) (uint32, uint32, uint32) { return r.family, r.given, r.places[0].postcode }, names, names, codes)
				case 1:
					names, lines, codes := x.names.ranks(), x.lines.ranks(), x.postcodes.ranks()
					c.orders[1] = x.sortBy(func(r *record) (uint32, uint32, uint32) {
						return r.places[0].line, r.given, r.places[0].postcode
					}, lines, names, codes)
				default:
					c.blocks[i-2] = x.block(&passes[i-2], singles)
				}
			}
		})
	}
	for i := range len(passes) + 2 {
		todo <- i
	}
	close(todo)
	wg.Wait()
	return c
}

// workers is how many goroutines compare.
const workers = 2
