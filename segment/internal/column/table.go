package column

// ChunkSize is how many persons stand in a chunk.
const ChunkSize = 4096

// A Vec is a column of a page.
type Vec[T any] []T

func (v *Vec[T]) grow(n uint32)              { *v = append(*v, make([]T, n)...) }
func (v *Vec[T]) move(to, from, n uint32)    { copy((*v)[to:to+n], (*v)[from:from+n]) }
func (v *Vec[T]) lay(slots []Slot, n uint32) { *v = laid(*v, slots, n) }

// laid returns the rows of the slots one after another.
func laid[T any](v []T, slots []Slot, n uint32) []T {
	out := make([]T, 0, n)
	for _, s := range slots {
		out = append(out, v[s.Start:s.Start+s.Len]...)
	}
	return out
}

// column is a Vec of any type.
type vec interface {
	grow(n uint32)
	move(to, from, n uint32)
	lay(slots []Slot, n uint32)
}

// A Slot is where in a page the rows of a person stand.
type Slot struct {
	Start, Len uint32
	room       uint32
}

// A Page holds the rows of one table for the persons of a chunk. Those of a
// person stand together, in the order of time.
type Page struct {
	slots []Slot // of the persons, nil before there is a row
	rows  uint32 // with those that are free
	waste uint32 // rows that are in no slot
	vecs  []vec
	moved func(p uint32, from, to uint32) // called before a slot's Start changes
}

// Of returns where the rows of a person stand.
func (p *Page) Of(person uint32) Slot {
	if p.slots == nil {
		return Slot{}
	}
	return p.slots[person]
}

// Slots returns where the rows of each person of the chunk stand, nil when
// there are none.
func (p *Page) Slots() []Slot { return p.slots }

// Rows is how many rows there are in the page, free ones too.
func (p *Page) Rows() uint32 { return p.rows }

// open makes place for n rows of a person before the i-th and returns where the
// first of them stands.
func (p *Page) open(person, i, n uint32) uint32 {
	if p.slots == nil {
		p.slots = make([]Slot, ChunkSize)
	}
	s := &p.slots[person]
	if need := s.Len + n; need > s.room {
		if s.room > 0 && s.Start+s.room == p.rows {
			p.grow(need - s.room)
			s.room = need
		} else {
			room := need
			if s.Len > 0 {
				room += need / 2
			}
			to := p.rows
			p.grow(room)
			p.move(to, s.Start, s.Len)
			if p.moved != nil && s.Len > 0 {
				p.moved(person, s.Start, to)
			}
			p.waste += s.room
			s.Start, s.room = to, room
		}
	}
	if i < s.Len {
		p.move(s.Start+i+n, s.Start+i, s.Len-i)
	}
	s.Len += n
	return s.Start + i
}

func (p *Page) grow(n uint32) {
	for _, v := range p.vecs {
		v.grow(n)
	}
	p.rows += n
}

func (p *Page) move(to, from, n uint32) {
	for _, v := range p.vecs {
		v.move(to, from, n)
	}
}

// clear takes the rows of a person away. Its place is used again when it is
// filled next, if it is large enough.
func (p *Page) clear(person uint32) {
	if p.slots != nil {
		p.slots[person].Len = 0
	}
}

// drop takes the rows and the place of a person away.
func (p *Page) drop(person uint32) {
	if p.slots != nil {
		p.waste += p.slots[person].room
		p.slots[person] = Slot{}
	}
}

// tidy lays the page anew when more than half of it is waste, or, if all is
// true, when any of it is.
func (p *Page) tidy(all bool) {
	if p.slots == nil || !all && (p.waste <= 1024 || p.waste <= p.rows/2) {
		return
	}
	n := uint32(0)
	for _, s := range p.slots {
		n += s.Len
	}
	if all && n == p.rows {
		return
	}
	for _, v := range p.vecs {
		v.lay(p.slots, n)
	}
	n = 0
	for i := range p.slots {
		s := &p.slots[i]
		if p.moved != nil && s.Len > 0 {
			p.moved(uint32(i), s.Start, n)
		}
		s.Start, s.room = n, s.Len
		n += s.Len
	}
	p.rows, p.waste = n, 0
}
