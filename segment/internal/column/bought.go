package column

// bought are who bought what on which days UTC: a day, a person and the code of
// a line in one number, for each item. They may name items that are gone.
type bought struct{ dated[uint64] }

const lineBits = 32

func lineDay(t int64, person, line uint32) uint64 {
	return uint64(dayOf(t)<<personBits|person)<<lineBits | uint64(line)
}

// Buyers sets the bits of all persons who bought at least so many items of some
// lines from one time to another, both included, and of some others who did so
// on these days. The lines are bits by code, below known; from there on, is
// tells. The lock must be held.
func (c *Chunk) Buyers(from, to int64, lines []uint64, known uint32, is func(line uint32) bool, least int64, set *Bits) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bought == nil {
		c.indexBought()
	}
	var counts [ChunkSize]uint32
	low, high := lineDay(from, 0, 0), lineDay(to, ChunkSize-1, 1<<lineBits-1)
	for _, list := range [][]uint64{c.bought.between(low, high), c.bought.recent} {
		for _, v := range list {
			line, yes := uint32(v), uint32(0)
			if line < known {
				yes = uint32(lines[line/64] >> (line % 64) & 1)
			} else if is(line) {
				yes = 1
			}
			if v < low || v > high {
				yes = 0
			}
			counts[v>>lineBits%ChunkSize] += yes
		}
	}
	for p, n := range counts {
		if int64(n) >= least {
			set.Set(uint32(p))
		}
	}
}

// indexBought works out what all persons of the chunk bought when.
func (c *Chunk) indexBought() {
	list := make([]uint64, 0, c.Items.Rows())
	for p, s := range c.Items.Slots() {
		for row := s.Start; row < s.Start+s.Len; row++ {
			list = append(list, lineDay(c.Sales.Time[c.Items.Order[row]], uint32(p), c.Items.Line[row]))
		}
	}
	c.bought = &bought{dated[uint64]{sorted: byDay(list, lineBits+personBits)}}
}

// buys notes items of a person. The writer's lock must be held.
func (c *Chunk) buys(person, from, to uint32) {
	for row := from; row < to && c.bought != nil; row++ {
		if c.bought.note(lineDay(c.Sales.Time[c.Items.Order[row]], person, c.Items.Line[row])) && len(c.bought.sorted) > 1024+2*int(c.Items.Rows()) {
			c.bought = nil // most are of items that were put anew
		}
	}
}
