package model

import (
	"bufio"
	"io"
	"math"
)

// magic is what a saved shop begins with; its last byte is the version.
const magic = "models\x00\x01"

// WriteTo writes the shop, so that [ReadShop] makes one that gives equal
// scores, to the last bit. Equal shops give equal bytes.
func (s *Shop) WriteTo(w io.Writer) (int64, error) { return write(w, s.code) }

// ReadShop reads what [Shop.WriteTo] wrote, and nothing after it from a
// [bufio.Reader] of 64 KiB or more. It returns ErrCorrupt for other bytes, of which it
// never keeps more than came, and errors of r as they are.
func ReadShop(r io.Reader) (*Shop, error) {
	s := &Shop{}
	if err := read(r, s.code); err != nil {
		return nil, err
	}
	return s, nil
}

// write writes what code codes.
func write(w io.Writer, code func(*coder)) (int64, error) {
	c := &coder{to: bufio.NewWriterSize(w, chunk), sum: newSum(), room: make([]byte, chunk)}
	code(c)
	if c.err == nil {
		c.err = c.to.Flush()
	}
	return c.size, c.err
}

// read reads what code codes.
func read(r io.Reader, code func(*coder)) error {
	c := &coder{from: bufio.NewReaderSize(r, chunk), sum: newSum(), room: make([]byte, chunk)}
	code(c)
	return c.err
}

// code writes or reads the whole shop.
func (s *Shop) code(c *coder) {
	c.head(magic)
	c.names(&s.Products)
	c.int32(&s.Day)
	s.Settings.code(c)
	of := make([]Scorer, models)
	if c.to != nil {
		of = s.Blends[Any].Models
	}
	codeModels(c, of, len(s.Products))
	c.checksum()
	if c.err == nil && c.to == nil {
		*s = *s.Settings.shop(s.Products, s.Day, of)
	}
}

func (s *Settings) code(c *coder) {
	c.int32(&s.Window)
	c.int(&s.Head)
	c.float(&s.Customers)
	c.float(&s.Baskets)
	c.float(&s.Factors)
	c.int(&s.Rank)
	n := len(s.Weights)
	c.int(&n)
	if n != 0 && n != int(questions) {
		c.fail("other questions")
		return
	}
	if c.to == nil && n > 0 {
		s.Weights = make([][]float32, n)
	}
	for i := range s.Weights {
		c.floats(&s.Weights[i], len(signals))
	}
	n = len(s.Strangers)
	c.int(&n)
	if n != 0 {
		c.floats(&s.Strangers, len(signals))
	}
}

// codeModels writes or reads the models of a shop of n products.
func codeModels(c *coder, of []Scorer, n int) {
	for m := range of {
		if c.err != nil {
			return
		}
		switch m {
		case popular, month, week, days:
			x := model[Popularity](of, m)
			c.floats(&x.scores, n)
		case habit:
			x := model[Habit](of, m)
			if c.to == nil {
				x.again = nil
			}
			c.chances(&x.again, n)
		case own, lately, season:
			c.decay(&model[Own](of, m).decay)
		case looked, wanted, tried:
			x := model[Seen](of, m)
			kinds := int32(x.kinds)
			c.int32(&kinds)
			x.kinds = uint16(kinds)
			c.decay(&x.decay)
		case customers, baskets:
			x := model[Ease](of, m)
			sets := int32(x.of)
			c.int32(&sets)
			x.of = Sets(sets)
			c.decay(&x.decay)
			c.rows(&x.rows, n, n)
		case factors:
			model[Factors](of, m).code(c, n)
		case neighbors:
			model[Neighbors](of, m).code(c, n)
		case follow, paths:
			x := model[Follow](of, m)
			kind := int32(x.kind)
			c.int32(&kind)
			x.kind = hearing(kind)
			c.int(&x.steps)
			c.decay(&x.decay)
			c.rows(&x.rows, n, n)
		case together, sessions:
			x := model[Together](of, m)
			kind := int32(x.kind)
			c.int32(&kind)
			x.kind = hearing(kind)
			c.decay(&x.decay)
			c.rows(&x.rows, n, n)
		case leads:
			x := model[Lead](of, m)
			c.decay(&x.decay)
			c.rows(&x.rows, n, n)
		case content:
			model[Content](of, m).code(c, n)
		}
	}
}

// model returns the model at a place, a new one when there is none yet.
func model[T any, P interface {
	*T
	Scorer
}](of []Scorer, m int) *T {
	if of[m] == nil {
		of[m] = P(new(T))
	}
	return (*T)(of[m].(P))
}

// chances writes or reads n numbers.
func (c *coder) chances(v *[]float64, n int) {
	for i := range n {
		if c.err != nil {
			return
		}
		var x float64
		if c.to != nil {
			x = (*v)[i]
		}
		c.float(&x)
		if c.to == nil {
			*v = append(*v, x)
		}
	}
}

func (f *Factors) code(c *coder, n int) {
	c.int(&f.rank)
	c.float(&f.o.Trust)
	c.decay(&f.decay)
	if f.rank < 0 || int64(f.rank)*int64(max(1, n)) > math.MaxInt32 {
		c.fail("vectors of another length")
		return
	}
	c.floats(&f.vectors, n*f.rank)
}

func (x *Neighbors) code(c *coder, n int) {
	c.int(&x.o.Most)
	c.decay(&x.decay)
	c.floats(&x.rare, n)
	c.rows(&x.taken, -1, n)
	if c.err == nil {
		c.rows(&x.posts, n, len(x.taken.starts)-1)
	}
}

func (x *Content) code(c *coder, n int) {
	c.decay(&x.decay)
	c.rows(&x.words, n, math.MaxInt32)
	if c.err != nil || c.to != nil {
		return
	}
	width := x.words.width()
	if width > len(x.words.at) {
		c.fail("words that no product has")
		return
	}
	x.posts = x.words.turned(width)
}
