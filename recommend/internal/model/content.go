package model

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Content tells which products are described in the same words: those of their
// titles, brands, categories and attributes, rare words counting more than
// frequent ones. It knows products that nobody has bought yet.
type Content struct {
	words    []cell  // by product, the words ascending; trust is the weight over the product's length
	starts   []int32 // of the products' words
	products []cell  // by word, the products
	posted   []int32 // of the words' products
	halfLife float64
}

// NewContent reads a text for each product, in the order of their numbers.
// Attributes are words too; whoever wants "brand: north" to be another word
// than the north of a title writes it without the space. halfLife is the days
// after which what a customer took counts half; 0 counts all the same.
func NewContent(texts []string, halfLife float64) *Content {
	c := &Content{starts: []int32{0}, halfLife: halfLife}
	numbers := map[string]int32{}
	var count []int32 // by word, the products
	lists := make([][]int32, len(texts))
	for p, text := range texts {
		list := lists[p]
		for w := range strings.FieldsFuncSeq(strings.ToLower(text), between) {
			n, ok := numbers[w]
			if !ok {
				n = int32(len(count))
				numbers[w] = n
				count = append(count, 0)
			}
			list = append(list, n)
		}
		slices.Sort(list)
		lists[p] = slices.Compact(list)
		for _, w := range lists[p] {
			count[w]++
		}
	}
	c.posted = make([]int32, len(count)+1)
	for p := range lists {
		from := len(c.words)
		var square float64
		for _, w := range lists[p] {
			// A word of one product links it to none, one of every third says nothing.
			if count[w] < 2 || int(count[w]) > max(2, len(texts)/3) {
				continue
			}
			v := math.Log(float64(len(texts)+1) / float64(count[w]))
			square += v * v
			c.words = append(c.words, cell{w, float32(v)})
			c.posted[w+1]++
		}
		for i := from; i < len(c.words); i++ {
			c.words[i].trust /= float32(math.Sqrt(square))
		}
		c.starts = append(c.starts, int32(len(c.words)))
	}
	for i := 1; i < len(c.posted); i++ {
		c.posted[i] += c.posted[i-1]
	}
	c.products = make([]cell, len(c.words))
	at := slices.Clone(c.posted)
	for p := range texts {
		for _, w := range c.of(int32(p)) {
			c.products[at[w.at]] = cell{int32(p), w.trust}
			at[w.at]++
		}
	}
	return c
}

// between reports whether a rune stands between words.
func between(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ':' && r != '_'
}

func (c *Content) of(product int32) []cell { return c.words[c.starts[product]:c.starts[product+1]] }

// Score writes how like each product is to those of the query, a mean.
func (c *Content) Score(q *Query, out []float32) {
	clear(out)
	words := map[int32]float32{}
	var total float32
	c.each(q, func(p int32, w float32, _ bool) {
		total += w
		for _, x := range c.of(p) {
			words[x.at] += w * x.trust
		}
	})
	if total <= 0 {
		return
	}
	for _, w := range sortedNumbers(words) {
		v := words[w] / total
		for _, x := range c.products[c.posted[w]:c.posted[w+1]] {
			out[x.at] += v * x.trust
		}
	}
}

// Reason returns to which products of the query a product is like.
func (c *Content) Reason(q *Query, product int32) []Part {
	var parts []Part
	var total float32
	c.each(q, func(p int32, w float32, cart bool) {
		total += w
		if s := c.Like(p, product); s != 0 && w > 0 {
			parts = append(parts, Part{p, w * s, cart})
		}
	})
	for i := range parts {
		parts[i].Score /= total
	}
	return sorted(parts)
}

// Like returns how like two products are, between 0 and 1.
func (c *Content) Like(a, b int32) float32 {
	var sum float32
	x, y := c.of(a), c.of(b)
	for len(x) > 0 && len(y) > 0 {
		switch cmp.Compare(x[0].at, y[0].at) {
		case -1:
			x = x[1:]
		case 1:
			y = y[1:]
		default:
			sum += x[0].trust * y[0].trust
			x, y = x[1:], y[1:]
		}
	}
	return sum
}

func (c *Content) each(q *Query, f func(product int32, weight float32, cart bool)) {
	for _, p := range q.Cart {
		f(p, 1, true)
	}
	if len(q.Cart) > 0 {
		return
	}
	for _, i := range last(q) {
		f(i.Product, float32(fade(q.Day-i.Day, c.halfLife)), false)
	}
}

func sortedNumbers(m map[int32]float32) []int32 {
	list := make([]int32, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// Goods are the products and what was done with them, as models see them.
type Goods struct {
	Log *ledger.Log
	// Texts describe the products of the log, in the order of their numbers;
	// nil when nothing is known of them.
	Texts []string
}
