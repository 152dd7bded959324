package model

import (
	"cmp"
	"context"
	"slices"
)

// rows are a sparse matrix: for each product the products that it has to do
// with, ascending, and how much.
type rows struct {
	starts []int32
	at     []int32
	values []float32
}

// of returns a row.
func (r *rows) of(product int32) ([]int32, []float32) {
	from, to := r.starts[product], r.starts[product+1]
	at, values := r.at[from:to], r.values[from:to]
	return at, values[:len(at)]
}

// add adds a row, weighted, to out.
func (r *rows) add(out []float32, product int32, weight float32) {
	at, values := r.of(product)
	for len(at) >= 4 && len(values) >= 4 {
		out[at[0]] += weight * values[0]
		out[at[1]] += weight * values[1]
		out[at[2]] += weight * values[2]
		out[at[3]] += weight * values[3]
		at, values = at[4:], values[4:]
	}
	for i, p := range at {
		out[p] += weight * values[i]
	}
}

// addTimes adds a row, weighted, times what there is for each product, to out.
func (r *rows) addTimes(out []float32, product int32, weight float32, gains []float32) {
	at, values := r.of(product)
	gains = gains[:len(out)]
	for len(at) >= 4 && len(values) >= 4 {
		a, b, c, d := at[0], at[1], at[2], at[3]
		out[a] += weight * values[0] * gains[a]
		out[b] += weight * values[1] * gains[b]
		out[c] += weight * values[2] * gains[c]
		out[d] += weight * values[3] * gains[d]
		at, values = at[4:], values[4:]
	}
	for i, p := range at {
		out[p] += weight * values[i] * gains[p]
	}
}

// find calls f for what a row has for the products that have a slot.
func (r *rows) find(product int32, slots []int32, f func(slot int32, value float32)) {
	at, values := r.of(product)
	for i := 0; i < len(at); i++ {
		for i+4 <= len(at) { // most are passed over
			if p := (*[4]int32)(at[i:]); slots[p[0]]|slots[p[1]]|slots[p[2]]|slots[p[3]] != 0 {
				break
			}
			i += 4
		}
		if i < len(at) {
			if slot := slots[at[i]]; slot != 0 {
				f(slot, values[i])
			}
		}
	}
}

// value returns what a row has for a product.
func (r *rows) value(from, to int32) float32 {
	at, values := r.of(from)
	if len(at) == 0 {
		return 0
	}
	base := 0
	for n := len(at); n > 1; {
		half := n / 2
		if at[base+half] <= to {
			base += half
		}
		n -= half
	}
	if at[base] != to {
		return 0
	}
	return values[base]
}

// makeRows makes n rows, of which f adds the cells of one, in any order and
// each product once. Only the most cells farthest from zero are kept; 0 keeps
// all. It returns the error of ctx when it ends first.
func makeRows(ctx context.Context, n, most int, f func() func(row int, add func(at int32, value float32))) (*rows, error) {
	made := make([][]cell, n)
	each(n, func() func(int) {
		one := f()
		var cells []cell
		var sizes []float32
		var kept []int32
		add := func(at int32, value float32) {
			if value != 0 {
				cells = append(cells, cell{at, value})
			}
		}
		return func(i int) {
			if ctx.Err() != nil {
				return
			}
			cells = cells[:0]
			one(i, add)
			slices.SortFunc(cells, func(a, b cell) int { return cmp.Compare(a.at, b.at) })
			if most > 0 && len(cells) > most {
				sizes = sizes[:0]
				for _, c := range cells {
					sizes = append(sizes, max(c.trust, -c.trust))
				}
				kept = Top(kept[:0], sizes, most, nil)
				slices.Sort(kept)
				for to, from := range kept {
					cells[to] = cells[from]
				}
				cells = cells[:len(kept)]
			}
			made[i] = slices.Clone(cells)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	size := 0
	for _, row := range made {
		size += len(row)
	}
	r := &rows{make([]int32, 1, n+1), make([]int32, 0, size), make([]float32, 0, size)}
	for _, row := range made {
		for _, c := range row {
			r.at, r.values = append(r.at, c.at), append(r.values, c.trust)
		}
		r.starts = append(r.starts, int32(len(r.at)))
	}
	return r, nil
}

// A linear model's scores are sums of rows, of one for each source that it
// hears.
type linear interface {
	Scorer
	hears(a *asked, dst []source) []source
	table() *rows
	products() int
}

// An explainer is a linear model that tells from which products of a query a
// score comes.
type explainer interface {
	linear
	// explain appends what each product adds to the score of one, times by.
	// sources are what the model hears.
	explain(a *asked, sources []source, dst []Part, product int32, by float32) []Part
}

// linearly is the Score of a linear model.
func linearly(m linear, q *Query, out []float32) {
	clear(out)
	a := prepare(q, m.products())
	defer a.done()
	t := m.table()
	a.sources = m.hears(a, a.sources[:0])
	for _, s := range a.sources {
		t.add(out, s.product, s.weight)
	}
}

// explained is the Reason of an explainer.
func explained(m explainer, q *Query, product int32) []Part {
	if uint32(product) >= uint32(m.products()) {
		return nil
	}
	a := prepare(q, m.products())
	defer a.done()
	a.sources = m.hears(a, a.sources[:0])
	return sorted(m.explain(a, a.sources, nil, product, 1))
}

// pairs is a linear model whose sources are products.
type pairs struct{ *rows }

func (p pairs) ofProducts()   {}
func (p pairs) table() *rows  { return p.rows }
func (p pairs) products() int { return len(p.starts) - 1 }

func (p pairs) explain(_ *asked, sources []source, dst []Part, product int32, by float32) []Part {
	for _, s := range sources {
		if v := by * s.weight * p.value(s.product, product); v != 0 {
			dst = append(dst, Part{s.product, v, s.cart})
		}
	}
	return dst
}

// A direct model scores few products, those of the query itself.
type direct interface {
	Scorer
	scores(a *asked, dst []source) []source
}

// directly is the Score of a direct model.
func directly(m direct, q *Query, out []float32) {
	clear(out)
	a := prepare(q, len(out))
	defer a.done()
	a.sources = m.scores(a, a.sources[:0])
	for _, s := range a.sources {
		out[s.product] = s.weight
	}
}

// directReason is the Reason of a direct model: that which its score is made
// of.
func directReason(m direct, q *Query, product int32, products int) []Part {
	if uint32(product) >= uint32(products) {
		return nil
	}
	a := prepare(q, products)
	defer a.done()
	a.sources = m.scores(a, a.sources[:0])
	for _, s := range a.sources {
		if s.product == product && s.weight != 0 {
			return []Part{{product, s.weight, s.cart}}
		}
	}
	return nil
}

// only returns what a query has of one product, which becomes product 0.
func (q *Query) only(product int32) *Query {
	one := &Query{Day: q.Day}
	for _, i := range q.Past {
		if i.Product == product {
			i.Product = 0
			one.Past = append(one.Past, i)
		}
	}
	for _, s := range q.Seen {
		if s.Product == product {
			s.Product = 0
			one.Seen = append(one.Seen, s)
		}
	}
	return one
}

// alone is the Reason of a direct model that looks at nothing but the product.
func alone(m direct, q *Query, product int32) []Part {
	parts := directReason(m, q.only(product), 0, 1)
	for i := range parts {
		parts[i].Product = product
	}
	return parts
}

// A listing is lists of numbers, one for each product, in one piece.
type listing struct {
	starts, ends []int32
	numbers      []int32
}

// lists returns empty lists with room for so many numbers each.
func lists(sizes []int32) *listing {
	l := &listing{make([]int32, len(sizes)), make([]int32, len(sizes)), nil}
	total := int32(0)
	for i, s := range sizes {
		l.starts[i], l.ends[i] = total, total
		total += s
	}
	l.numbers = make([]int32, total)
	return l
}

func (l *listing) add(product, number int32) {
	l.numbers[l.ends[product]] = number
	l.ends[product]++
}

func (l *listing) of(product int32) []int32 { return l.numbers[l.starts[product]:l.ends[product]] }

// width returns how many columns there are.
func (r *rows) width() int {
	width := 0
	for _, c := range r.at {
		width = max(width, int(c)+1)
	}
	return width
}

// turned returns the rows of the columns, of which there are so many.
func (r *rows) turned(columns int) *rows {
	sizes := make([]int32, columns)
	for _, c := range r.at {
		sizes[c]++
	}
	t := &rows{make([]int32, columns+1), make([]int32, len(r.at)), make([]float32, len(r.at))}
	for c, s := range sizes {
		t.starts[c+1] = t.starts[c] + s
	}
	at := slices.Clone(t.starts)
	for row := range int32(len(r.starts) - 1) {
		columns, values := r.of(row)
		for i, c := range columns {
			t.at[at[c]], t.values[at[c]] = row, values[i]
			at[c]++
		}
	}
	return t
}

// A row can be sorted by its columns.
type row struct {
	at     []int32
	values []float32
}

func (r *row) Len() int           { return len(r.at) }
func (r *row) Less(i, j int) bool { return r.at[i] < r.at[j] }
func (r *row) Swap(i, j int) {
	r.at[i], r.at[j] = r.at[j], r.at[i]
	r.values[i], r.values[j] = r.values[j], r.values[i]
}
