package ledger

import "slices"

// Call makes products count as others: as returns the product that a key counts
// as, and "" when as itself; that product counts as itself. Baskets stay under the
// keys that they were put under, and are saved so; all that is made of them, logs,
// histories and pairs, has the products that they count as. as is asked once a key,
// and again by [Ledger.Recall]. Call comes before [Ledger.Pairs].
func (l *Ledger) Call(as func(key string) string) {
	l.as, l.counts, l.renamed = as, nil, 0
	l.ask()
}

// ask asks what those products count as that came since it was called last.
func (l *Ledger) ask() {
	for n := int32(len(l.counts)); l.as != nil && int(n) < len(l.products.names); n++ {
		l.counts = append(l.counts, n)
		l.rename(n, l.target(n))
	}
}

// target returns what a product counts as now.
func (l *Ledger) target(n int32) int32 {
	key := l.products.names[n]
	if to := l.as(key); to != "" && to != key {
		return l.products.number(to)
	}
	return n
}

func (l *Ledger) rename(n, to int32) {
	if l.counts[n] != n {
		l.renamed--
	}
	if l.counts[n] = to; to != n {
		l.renamed++
	}
}

// A Renaming is a change of what some keys count as. It is found where that matters,
// and then made step by step; meanwhile the ledger must not be changed otherwise.
type Renaming struct {
	of     *Ledger
	to     map[int32]int32
	places []int32
	done   int            // of the places, first those taken off, then those added
	whole  map[int32]bool // customers who gave something back and were counted again
}

// renamedAtOnce is how many baskets are counted anew in a step.
const renamedAtOnce = 500

// Recall asks again what some keys count as. It returns nil when all is as it was.
func (l *Ledger) Recall(keys ...string) *Renaming {
	r := &Renaming{of: l, to: map[int32]int32{}}
	for _, key := range keys {
		if n, ok := l.products.numbers[key]; ok && int(n) < len(l.counts) {
			if to := l.target(n); to != l.counts[n] {
				r.to[n] = to
			}
		}
	}
	if l.ask(); len(r.to) == 0 {
		return nil
	}
	return r
}

// Find looks at all baskets and returns how many have one of the keys. It only reads
// the ledger, which others may do at the same time.
func (r *Renaming) Find() int {
	l := r.of
	for i := range int32(l.baskets.size) {
		if slices.ContainsFunc(l.of(l.baskets.at(i)), func(n line) bool { _, ok := r.to[n.product]; return ok }) {
			r.places = append(r.places, i)
		}
	}
	return len(r.places)
}

// Step makes a part of the change, in the middle of which it takes effect, and reports
// whether there is more to be done. Pairs are right when there is not.
func (r *Renaming) Step() bool {
	l, all := r.of, len(r.places)
	from, by := r.done, int32(-1)
	if r.done >= all {
		from, by = r.done-all, 1
	}
	if from == 0 {
		r.whole = map[int32]bool{}
	}
	part := r.places[from:min(from+renamedAtOnce, all)]
	if by == 1 && from == 0 {
		for n, to := range r.to {
			l.rename(n, to)
		}
	}
	l.recount(part, r.whole, by)
	r.done += len(part)
	return r.done < 2*all
}

// counted returns the lines of a basket as they count, in the order of products.
// They must not be changed.
func (l *Ledger) counted(b *basket) []line {
	own := l.of(b)
	if l.renamed == 0 || !slices.ContainsFunc(own, func(n line) bool { return l.counts[n.product] != n.product }) {
		return own
	}
	lines := slices.Clone(own)
	for i := range lines {
		lines[i].product = l.counts[lines[i].product]
	}
	return ordered(lines)
}

// ordered puts lines into the order of their products, each once.
func ordered(lines []line) []line {
	slices.SortFunc(lines, func(a, b line) int { return int(a.product) - int(b.product) })
	return sum(lines)
}
