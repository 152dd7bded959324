package alike

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// A token is a product, brand, category or title that somebody bought.
type token struct {
	number uint32
	times  int32
	weight float64
}

// tokens number what can be bought, and tell what somebody did.
type tokens struct {
	base   *column.Base
	starts [5]uint32 // of products, brands, categories, titles, and the end
	of     []uint32  // of the lines that orders can have, one after another
	ends   []uint32  // of each line in of
	desks  []desk    // of workers
}

// A desk is where a worker counts.
type desk struct {
	place []uint32 // of each token in list, plus one; 0 is none
	list  []token
}

func workers() int { return max(1, runtime.GOMAXPROCS(0)) }

// newTokens numbers what a base knows now. The lock must be held.
func newTokens(b *column.Base) *tokens {
	w, p := b.Words(), b.Products()
	t := &tokens{base: b, desks: make([]desk, workers())}
	for i, d := range []*column.Dictionary{p.IDs, w.Brands, w.Categories, w.Titles} {
		t.starts[i+1] = t.starts[i] + d.Len() + 1
	}
	for _, line := range w.Lines.List {
		switch {
		case line.Product != 0:
			of := p.Of(line.Product)
			t.of = append(t.of, line.Product)
			if of.Brand != 0 {
				t.of = append(t.of, t.starts[1]+of.Brand)
			}
			for _, category := range w.Lists.Of(of.Categories) {
				t.of = append(t.of, t.starts[2]+category)
			}
		case line.Title != 0:
			t.of = append(t.of, t.starts[3]+line.Title)
		}
		t.ends = append(t.ends, uint32(len(t.of)))
	}
	return t
}

func (t *tokens) len() int { return int(t.starts[4]) }

// bought returns what somebody bought up to a time, each once, until a worker
// asks again.
func (t *tokens) bought(worker int, c *column.Chunk, p uint32, at int64) []token {
	d := &t.desks[worker]
	if d.place == nil {
		d.place = make([]uint32, t.len())
	}
	d.list = d.list[:0]
	s, late := c.Items.Of(p), c.Latest[p] > at
	for row := s.Start; row < s.Start+s.Len; row++ {
		if late && c.Sales.Time[c.Items.Order[row]] > at {
			continue
		}
		line := c.Items.Line[row]
		if int(line) >= len(t.ends) || line == 0 {
			continue // it came after the tokens were numbered, or is of nothing
		}
		for _, number := range t.of[t.ends[line-1]:t.ends[line]] {
			if n := d.place[number]; n > 0 {
				d.list[n-1].times++
				continue
			}
			d.list = append(d.list, token{number: number, times: 1})
			d.place[number] = uint32(len(d.list))
		}
	}
	for _, v := range d.list {
		d.place[v.number] = 0
	}
	return d.list
}

// feature returns what a token is. The lock must be held.
func (t *tokens) feature(number uint32) Feature {
	w, p := t.base.Words(), t.base.Products()
	switch {
	case number < t.starts[1]:
		return Feature{Kind: Product, Text: p.IDs.Text(number), Title: w.Titles.Text(p.Of(number).Title)}
	case number < t.starts[2]:
		return Feature{Kind: Brand, Text: w.Brands.Text(number - t.starts[1])}
	case number < t.starts[3]:
		return Feature{Kind: Category, Text: w.Categories.Text(number - t.starts[2])}
	}
	return Feature{Kind: Title, Text: w.Titles.Text(number - t.starts[3])}
}

// each calls f with everybody, each worker with some chunks, of which it holds
// the lock for one at a time.
func (f *finder) each(ctx context.Context, do func(worker int, c *column.Chunk, p uint32)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for worker := range f.tokens.desks {
		wait.Go(func() {
			var sel []uint32
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n*column.ChunkSize >= f.size {
					return
				}
				f.base.RLock()
				c := f.base.Chunk(n)
				sel = c.Live.Append(sel[:0])
				for _, p := range sel {
					do(worker, c, p)
				}
				f.base.RUnlock()
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}

// live calls do with everybody in their order.
func (f *finder) live(do func(ordinal uint32)) {
	var sel []uint32
	for n := 0; n*column.ChunkSize < f.size; n++ {
		f.base.RLock()
		sel = f.base.Chunk(n).Live.Append(sel[:0])
		f.base.RUnlock()
		for _, p := range sel {
			do(uint32(n)*column.ChunkSize + p)
		}
	}
}

// total adds up what workers counted.
func total(parts [][]int64, size int) []int64 {
	sum := make([]int64, size)
	for _, part := range parts {
		for i, n := range part {
			sum[i] += n
		}
	}
	return sum
}
