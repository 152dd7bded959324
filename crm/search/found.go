package search

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// What is read for one look at most. Of what more people have, who was recorded
// last is looked at: nobody reads beyond.
const (
	maxBytes  = 2 << 20 // of postings
	maxFirst  = 50_000  // postings of the rarest unit, or of all where some are enough
	maxRows   = 4000    // of terms that begin so
	maxTypos  = 48      // words that are like one
	maxOrders = 50      // whose numbers begin so
)

// A chunk is the documents of one block that match a look.
type chunk struct {
	data []byte
	base int // how much the match counts, of 100
}

// A finding is the postings of one look.
type finding struct {
	blocks map[uint64][]chunk
	bytes  int
	more   bool            // there are further ones
	orders map[uint64]Kind // of a look for orders: whose they are
}

// A finder answers one query in one snapshot.
type finder struct {
	tables *tables
	tx     *crm.Tx
	r      store.Reader
	found  map[look]*finding // looks are shared between units
}

// look reads the postings of a look. Those of terms that begin so are read from
// the first; those of a single term from the last.
func (f *finder) look(ctx context.Context, l look) (*finding, error) {
	if got := f.found[l]; got != nil {
		return got, nil
	}
	got := &finding{blocks: map[uint64][]chunk{}}
	f.found[l] = got
	if l.text[0] == classOrder {
		return got, f.ordered(ctx, l, got)
	}
	rg := f.tables.of(l.text)
	if l.open {
		rg = f.tables.beginning(l.text)
		rg.Limit = maxRows
	} else {
		rg.Reverse = true
	}
	start := f.tables.postings.Key()
	rows := 0
	for kv, err := range f.r.Scan(rg) {
		if err != nil {
			return nil, err
		}
		rows++
		n := bytes.Index(kv.Key[len(start):], endOfText)
		if n < 0 {
			return nil, errBlock
		}
		key := store.ReadKey(kv.Key[len(start)+n:])
		block := key.Uint()
		if err := key.Err(); err != nil {
			return nil, err
		}
		kind := l.kind
		if n == len(l.text)+1 && l.isExact() {
			kind = KindExact
		}
		data, err := bytesOf(kv.Value)
		if err != nil {
			return nil, err
		}
		got.blocks[block] = append(got.blocks[block], chunk{slices.Clone(data), kind.base(l.typos)})
		if got.bytes += len(data); got.bytes > maxBytes {
			got.more = true
			break
		}
	}
	got.more = got.more || l.open && rows == maxRows
	return got, nil
}

// endOfText ends a string in a key: two bytes, as long as the numbers of a table
// and an index, which a reader of keys passes over. No term has a zero byte.
var endOfText = []byte{0x00, 0x01}

// isExact reports whether a term that equals the look's is an exact match.
func (l look) isExact() bool {
	return l.typos == 0 && l.text[0] != classStart && l.text[0] != classNumbers
}

// ordered finds whose orders have a number.
func (f *finder) ordered(ctx context.Context, l look, got *finding) error {
	rg := f.tables.beginning(l.text)
	rg.Limit, rg.KeysOnly = maxOrders, true
	got.orders = map[uint64]Kind{}
	for kv, err := range f.r.Scan(rg) {
		if err != nil {
			return err
		}
		text, _, err := f.tables.parse(kv.Key)
		if err != nil {
			return err
		}
		number, id, _ := strings.Cut(text[1:], " ")
		o, err := f.tx.Orders.Get(ctx, crm.OrderID(id))
		if errors.Is(err, crm.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !slices.Contains(numbersOf(o.Number), number) {
			continue // it has another number by now
		}
		kind := l.kind
		if string(rune(classOrder))+number == l.text {
			kind = KindExact
		}
		if err := f.owner(o.CustomerID, kind, got); err != nil {
			return err
		}
		got.more = len(got.orders) == maxOrders
	}
	got.fill()
	return nil
}

// owner notes whose an order is.
func (f *finder) owner(id crm.CustomerID, kind Kind, got *finding) error {
	rows, err := f.tables.personsOf(f.r, id)
	for _, row := range rows {
		if got.orders[row.Value.Doc] != KindExact {
			got.orders[row.Value.Doc] = kind
		}
	}
	return err
}

// fill makes postings of orders.
func (got *finding) fill() {
	for _, doc := range slices.Sorted(maps.Keys(got.orders)) {
		b := blockOf(doc)
		data := appendBlock(nil, []entry{{lowOf(doc), inOrder}})
		got.blocks[b] = append(got.blocks[b], chunk{data, got.orders[doc].base(0)})
		got.bytes += len(data)
	}
}

// A candidate is a document with how well it matches, as far as the postings tell.
type candidate struct {
	doc   uint64
	score float32
}

// A pool keeps the best candidates: of equal ones those that come first.
type pool struct {
	size  int
	list  []candidate
	least float32 // what a further one has to exceed
	full  bool
}

func (p *pool) add(c candidate) {
	if p.full && c.score <= p.least {
		return
	}
	if p.list = append(p.list, c); len(p.list) >= 8*p.size {
		p.trim()
	}
}

// trim sorts the candidates and drops those beyond size.
func (p *pool) trim() {
	slices.SortFunc(p.list, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		case a.doc > b.doc: // recorded later
			return -1
		case a.doc < b.doc:
			return 1
		}
		return 0
	})
	if len(p.list) > p.size {
		p.list = p.list[:p.size]
	}
	if len(p.list) == p.size {
		p.full, p.least = true, p.list[p.size-1].score
	}
}

// A tally is what a pass over the postings gives.
type tally struct {
	pool
	total   int // how many match
	more    bool
	weights []float32 // of the units: the rarer the more
	order   []int     // the units, the rarest first
	found   [][]*finding
	need    int // how many units have to match
	seen    int // postings that were looked at
}

// A board is where the documents of one block are counted.
type board struct {
	quality [blockSize]uint8
	matched [blockSize]uint8
	score   [blockSize]float32
	any     [blockSize / 64]uint64 // which have a unit, a bit each
	touched []uint16               // which have the unit that is counted
}

var boards = sync.Pool{New: func() any { return new(board) }}

// pass goes over the postings of all units, block by block, the newest documents
// first, and keeps the best of those who have all of them or, if told so, at
// least half.
func (f *finder) pass(ctx context.Context, units []unit, docs uint64, best int, half bool) (*tally, error) {
	t := &tally{pool: pool{size: best}, found: make([][]*finding, len(units)), need: len(units)}
	if half {
		t.need = (len(units) + 1) / 2
	}
	sizes := make([]int, len(units))
	numbers := map[uint64]bool{}
	for i, u := range units {
		for _, l := range u.looks {
			got, err := f.look(ctx, l)
			if err != nil {
				return nil, err
			}
			if len(got.blocks) == 0 || slices.Contains(t.found[i], got) {
				continue
			}
			t.found[i] = append(t.found[i], got)
			sizes[i] += got.bytes
			t.more = t.more || got.more
			for b := range got.blocks {
				numbers[b] = true
			}
		}
		rarity := math.Log2(float64(docs+2) / (float64(sizes[i])/2 + 1))
		t.weights, t.order = append(t.weights, float32(min(max(rarity, 1), 20))), append(t.order, i)
	}
	slices.SortStableFunc(t.order, func(i, j int) int { return sizes[i] - sizes[j] })
	if !half && sizes[t.order[0]] == 0 {
		return t, nil
	}
	m := boards.Get().(*board)
	for _, b := range slices.Backward(slices.Sorted(maps.Keys(numbers))) {
		if t.seen > maxFirst {
			t.more = true
			break
		}
		if err := t.block(m, b); err != nil {
			return nil, err // with m, which is not clean
		}
	}
	boards.Put(m)
	t.trim()
	return t, nil
}

// block counts the documents of one block. When all units have to match, only
// those count of a unit that have the ones before it.
func (t *tally) block(m *board, b uint64) error {
	all := t.need == len(t.order)
	for k, i := range t.order {
		m.touched = m.touched[:0]
		for _, got := range t.found[i] {
			for _, c := range got.blocks[b] {
				if err := walkBlock(c.data, func(low uint16, in mask) {
					if all && int(m.matched[low]) != k {
						return
					}
					if m.quality[low] == 0 {
						m.touched = append(m.touched, low)
					}
					m.quality[low] = max(m.quality[low], uint8(c.base*int(in.weight())/100))
				}); err != nil {
					return err
				}
			}
		}
		for _, low := range m.touched {
			m.any[low/64] |= 1 << (low % 64)
			m.matched[low]++
			m.score[low] += t.weights[i] * float32(m.quality[low])
			m.quality[low] = 0
		}
		if k == 0 || !all {
			t.seen += len(m.touched)
		}
		if all && len(m.touched) == 0 {
			break // nobody in this block has all
		}
	}
	for i, set := range slices.Backward(m.any[:]) {
		for m.any[i] = 0; set != 0; {
			bit := bits.Len64(set) - 1
			set &^= 1 << bit
			low := i*64 + bit
			if int(m.matched[low]) >= t.need {
				t.total++
				t.add(candidate{b<<blockBits | uint64(low), m.score[low]})
			}
			m.matched[low], m.score[low] = 0, 0
		}
	}
	return nil
}
