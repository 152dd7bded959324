package model

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// ErrCorrupt is returned for bytes that are no shop.
var ErrCorrupt = errors.New("model: corrupt")

// A coder writes values, or reads them into the same variables, so that both
// directions are told once. After a failure it does nothing.
type coder struct {
	to   *bufio.Writer // nil when it reads
	from *bufio.Reader
	sum  hash.Hash32
	size int64
	err  error
	room []byte
}

// chunk is how many bytes are read or written at a time: what is read is no
// larger than what came, but for one.
const chunk = 1 << 16

func (c *coder) fail(text string) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s", ErrCorrupt, text)
	}
}

// bytes writes p, or reads as many.
func (c *coder) bytes(p []byte) {
	if c.err != nil {
		clear(p)
		return
	}
	if c.to != nil {
		_, c.err = c.to.Write(p)
	} else if _, err := io.ReadFull(c.from, p); err != nil {
		clear(p)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			c.fail("it ends too soon")
			return
		}
		c.err = err
		return
	}
	c.sum.Write(p)
	c.size += int64(len(p))
}

// head writes or reads what begins a value; its last byte is the version.
func (c *coder) head(magic string) {
	head := []byte(magic)
	c.bytes(head)
	if string(head) != magic {
		c.fail("another version")
	}
}

// checksum ends a value.
func (c *coder) checksum() {
	sum := uint64(c.sum.Sum32())
	was := sum
	c.uint64(&sum)
	if sum != was {
		c.fail("another sum")
	}
}

func (c *coder) uint64(v *uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], *v)
	c.bytes(b[:])
	*v = binary.LittleEndian.Uint64(b[:])
}

func (c *coder) int32(v *int32) {
	u := uint64(uint32(*v))
	c.uint64(&u)
	*v = int32(uint32(u))
}

func (c *coder) int(v *int) {
	u := uint64(int64(*v))
	c.uint64(&u)
	if int64(u) != int64(int(int64(u))) {
		c.fail("a number too large")
		u = 0
	}
	*v = int(int64(u))
}

func (c *coder) float(v *float64) {
	u := math.Float64bits(*v)
	c.uint64(&u)
	if *v = math.Float64frombits(u); c.err == nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
		c.fail("no number")
	}
}

// words writes or reads a list of 4 bytes each. want is how many there must
// be, -1 for any number.
func words[T int32 | float32](c *coder, v *[]T, want int, to func(T) uint32, from func(uint32) T) {
	n := len(*v)
	c.int(&n)
	if n < 0 || want >= 0 && n != want {
		c.fail("a list of another length")
	}
	if c.err != nil {
		return
	}
	if c.to == nil {
		*v = make([]T, 0, min(n, chunk/4))
	}
	for at := 0; at < n && c.err == nil; at += chunk / 4 {
		part := min(chunk/4, n-at)
		if c.to != nil {
			for i, x := range (*v)[at : at+part] {
				binary.LittleEndian.PutUint32(c.room[4*i:], to(x))
			}
		}
		c.bytes(c.room[:4*part])
		if c.to == nil && c.err == nil {
			for i := range part {
				*v = append(*v, from(binary.LittleEndian.Uint32(c.room[4*i:])))
			}
		}
	}
	if c.to == nil {
		*v = slices.Clip(*v)
	}
}

func (c *coder) ints(v *[]int32, want int) {
	words(c, v, want, func(x int32) uint32 { return uint32(x) }, func(x uint32) int32 { return int32(x) })
}

func (c *coder) floats(v *[]float32, want int) {
	words(c, v, want, math.Float32bits, math.Float32frombits)
	for _, x := range *v {
		if x-x != 0 { // neither infinite nor no number
			c.fail("no number")
			return
		}
	}
}

// names writes or reads keys, which ascend.
func (c *coder) names(v *[]string) {
	n := len(*v)
	c.int(&n)
	if n < 0 || n > math.MaxInt32 {
		c.fail("a list of another length")
	}
	if c.err != nil {
		return
	}
	if c.to == nil {
		*v = nil
	}
	for i := 0; i < n && c.err == nil; i++ {
		if c.to != nil {
			c.name((*v)[i])
			continue
		}
		name := c.name("")
		if i > 0 && name <= (*v)[i-1] {
			c.fail("names that do not ascend")
		}
		*v = append(*v, name)
	}
}

func (c *coder) name(s string) string {
	n := len(s)
	c.int(&n)
	if n < 0 {
		c.fail("a name of another length")
	}
	var read []byte
	for at := 0; at < n && c.err == nil; at += chunk {
		part := c.room[:min(chunk, n-at)]
		copy(part, s[min(at, len(s)):])
		c.bytes(part)
		if c.to == nil {
			read = append(read, part...)
		}
	}
	return string(read)
}

// rows writes or reads rows: so many, of so many columns.
func (c *coder) rows(r **rows, n, columns int) {
	if *r == nil {
		*r = &rows{}
	}
	x := *r
	want := n
	if n >= 0 {
		want++
	}
	c.ints(&x.starts, want)
	c.ints(&x.at, -1)
	c.floats(&x.values, len(x.at))
	if c.err != nil || c.to != nil {
		return
	}
	if len(x.starts) == 0 || x.starts[0] != 0 || int(x.starts[len(x.starts)-1]) != len(x.at) || !slices.IsSorted(x.starts) {
		c.fail("rows that do not follow each other")
		return
	}
	for row := range len(x.starts) - 1 {
		last := int32(-1)
		for _, at := range x.at[x.starts[row]:x.starts[row+1]] {
			if at <= last || int(at) >= columns {
				c.fail("a row that does not ascend")
				return
			}
			last = at
		}
	}
}

func (c *coder) decay(d *decay) {
	c.float(&d.halfLife)
	if c.to == nil {
		*d = newDecay(d.halfLife)
	}
}

func newSum() hash.Hash32 { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }
