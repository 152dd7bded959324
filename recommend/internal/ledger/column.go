package ledger

import "slices"

// Pages are the parts of a long list. A copy of it shares them: one that may be
// shared is copied before it is changed.
type pages[T any] struct {
	list [][]T
	own  []bool // by page: nobody else has it
}

// still returns the pages as they are now.
func (p *pages[T]) still() pages[T] {
	clear(p.own)
	return pages[T]{list: slices.Clone(p.list)}
}

// page returns one to be changed.
func (p *pages[T]) page(i int) []T {
	if !p.own[i] {
		p.list[i], p.own[i] = append(make([]T, 0, cap(p.list[i])), p.list[i]...), true
	}
	return p.list[i]
}

// begin adds a page with room for so much.
func (p *pages[T]) begin(room int) {
	p.list, p.own = append(p.list, make([]T, 0, room)), append(p.own, true)
}

// A column is a list by number. To add to it moves none of what is in it.
type column[T any] struct {
	pages[T]
	size int
}

const (
	pageBits = 10
	pageSize = 1 << pageBits
)

func (c *column[T]) still() column[T] { return column[T]{c.pages.still(), c.size} }

// at returns what has a number, which must not be changed.
func (c *column[T]) at(i int32) *T { return &c.list[i>>pageBits][i&(pageSize-1)] }

// edit returns what has a number, to be changed before the column is copied.
func (c *column[T]) edit(i int32) *T { return &c.page(int(i >> pageBits))[i&(pageSize-1)] }

// push adds one more.
func (c *column[T]) push(v T) {
	last := c.size >> pageBits
	if last == len(c.list) {
		c.begin(min(pageSize, last<<pageBits)) // a short list is short
	}
	c.list[last] = append(c.page(last), v)
	c.size++
}

// pop takes the last one off.
func (c *column[T]) pop() {
	c.size--
	last := c.size >> pageBits
	page := c.page(last)[:c.size&(pageSize-1)]
	clear(page[len(page) : len(page)+1])
	c.list[last] = page
	if last+2 < len(c.list) { // one page is kept for those to come
		clear(c.list[last+2:])
		c.list, c.own = c.list[:last+2], c.own[:last+2]
	}
}

// A shelf holds the lines of baskets, those of each side by side.
type shelf struct {
	pages[line]
	free map[int][]uint32 // places where as many lines stood, by how many
}

const (
	shelfBits = 12 // of the place of a line: where in its page it is
	shelfSize = 1 << shelfBits
)

// of returns the lines from a place on.
func (s *shelf) of(start uint32, size int) []line {
	page, at := s.list[start>>shelfBits], int(start&(shelfSize-1))
	return page[at : at+size : at+size]
}

// put keeps lines and returns where.
func (s *shelf) put(lines []line) uint32 {
	if places := s.free[len(lines)]; len(places) > 0 {
		last := len(places) - 1
		start := places[last]
		s.free[len(lines)] = places[:last]
		copy(s.page(int(start >> shelfBits))[start&(shelfSize-1):], lines)
		return start
	}
	last := len(s.list) - 1
	if last < 0 || len(s.list[last])+len(lines) > shelfSize {
		last++
		s.begin(max(len(lines), min(shelfSize, last<<shelfBits)))
	}
	page := s.page(last)
	start := uint32(last<<shelfBits | len(page))
	s.list[last] = append(page, lines...)
	return start
}

// remove gives the place of lines free.
func (s *shelf) remove(start uint32, size int) {
	if s.free == nil {
		s.free = map[int][]uint32{}
	}
	s.free[size] = append(s.free[size], start)
}
