package model

import (
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// Content tells which products are described in the same words: those of their
// titles, brands, categories and attributes, rare words counting more than
// frequent ones. It knows products that nobody has bought yet.
type Content struct {
	words *rows // by product, the words; the weight is over the product's length
	posts *rows // by word, the products
	decay decay
}

// NewContent reads a text for each product, in the order of their numbers.
// Attributes are words too; whoever wants "brand: north" to be another word
// than the north of a title writes it without the space. halfLife is the days
// after which what a customer took counts half; 0 counts all the same.
func NewContent(texts []string, halfLife float64) *Content {
	c := &Content{words: &rows{starts: []int32{0}}, decay: newDecay(halfLife)}
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
	kept := make([]int32, len(count)) // the new number of a word, plus one
	last := int32(0)
	for p := range lists {
		from := len(c.words.at)
		var square float64
		for _, w := range lists[p] {
			// A word of one product links it to none, one of every third says nothing.
			if count[w] < 2 || int(count[w]) > max(2, len(texts)/3) {
				continue
			}
			v := math.Log(float64(len(texts)+1) / float64(count[w]))
			square += v * v
			if kept[w] == 0 {
				last++
				kept[w] = last
			}
			c.words.at = append(c.words.at, kept[w]-1)
			c.words.values = append(c.words.values, float32(v))
		}
		for i := from; i < len(c.words.at); i++ {
			c.words.values[i] /= float32(math.Sqrt(square))
		}
		sort.Sort(&row{c.words.at[from:], c.words.values[from:]})
		c.words.starts = append(c.words.starts, int32(len(c.words.at)))
	}
	c.posts = c.words.turned(int(last))
	return c
}

// between reports whether a rune stands between words.
func between(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ':' && r != '_'
}

// Score writes how like each product is to those of the query, a mean.
func (c *Content) Score(q *Query, out []float32) { linearly(c, q, out) }

func (c *Content) table() *rows  { return c.posts }
func (c *Content) products() int { return len(c.words.starts) - 1 }

// mostRead is of how many products of a query the words are read.
const mostRead = 40

// heard appends the products that are heard, with their share of all.
func (c *Content) heard(a *asked, dst []source) []source {
	from := len(dst)
	for _, p := range a.cart {
		dst = append(dst, source{p, 1, true})
	}
	for _, s := range a.seen {
		if w := c.decay.at(a.day - s.Day); w > 0 && a.marks[s.Product]&inCart == 0 {
			dst = append(dst, source{s.Product, w, false})
		}
	}
	if len(a.cart) == 0 {
		day := a.heardOn(&c.decay)
		for k := len(a.heard) - 1; k >= 0; k-- {
			h := &a.had[a.heard[k]]
			if w := c.decay.at(day - h.day); w > 0 {
				dst = append(dst, source{h.product, w, false})
			}
		}
	}
	dst = dst[:min(len(dst), from+mostRead)]
	var total float32
	for _, s := range dst[from:] {
		total += s.weight
	}
	for i := from; i < len(dst); i++ {
		dst[i].weight /= total
	}
	return dst
}

// hears appends the words of the products that are heard.
func (c *Content) hears(a *asked, dst []source) []source {
	a.more = c.heard(a, a.more[:0])
	if len(a.words) < len(c.posts.starts)-1 {
		a.words = make([]int32, len(c.posts.starts)-1)
	}
	from := len(dst)
	for _, s := range a.more {
		at, values := c.words.of(s.product)
		for i, w := range at {
			if a.words[w] == 0 {
				dst = append(dst, source{product: w})
				a.words[w] = int32(len(dst) - from)
			}
			dst[from+int(a.words[w])-1].weight += s.weight * values[i]
		}
	}
	for _, s := range dst[from:] {
		a.words[s.product] = 0
	}
	return dst
}

// Reason returns to which products of the query a product is like.
func (c *Content) Reason(q *Query, product int32) []Part { return explained(c, q, product) }

func (c *Content) explain(a *asked, _ []source, dst []Part, product int32, by float32) []Part {
	a.more = c.heard(a, a.more[:0])
	for _, s := range a.more {
		if v := by * s.weight * c.Like(s.product, product); v != 0 {
			dst = append(dst, Part{s.product, v, s.cart})
		}
	}
	return dst
}

// Like returns how like two products are, between 0 and 1; 0 when it does not
// know them.
func (c *Content) Like(a, b int32) float32 {
	if uint32(a) >= uint32(c.products()) || uint32(b) >= uint32(c.products()) {
		return 0
	}
	var sum float32
	x, of := c.words.of(a)
	y, with := c.words.of(b)
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			sum += of[i] * with[j]
			i, j = i+1, j+1
		}
	}
	return sum
}

// Goods are the products and what was done with them, as models see them.
type Goods struct {
	Log *ledger.Log
	// Texts describe the products of the log, in the order of their numbers;
	// nil when nothing is known of them.
	Texts []string
	// Seen are what was done with products beside buying them, by kind, with
	// numbers of their own; nil when nothing is known.
	Seen map[ledger.Kind]*ledger.Log
}
