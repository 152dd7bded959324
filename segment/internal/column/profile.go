package column

import (
	"math"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Column holds the values that persons have under one name, in one type.
type Column struct {
	Name  string
	Type  rule.Type
	Texts *Dictionary // of IsText, and of the elements of IsList
	Lists *Sets       // of IsList

	ints   [][]int64  // of IsMoney, IsDate and, as the bits of a float, IsNumber
	codes  [][]uint32 // of IsText and IsList
	truths [][]uint8  // of IsBool
}

// What a column of IsBool holds.
const (
	Unknown uint8 = iota // lacking
	No
	Yes
)

func newColumn(name string, kind rule.Type) *Column {
	return &Column{Name: name, Type: kind, Texts: newDictionary(false), Lists: newSets()}
}

// Ints returns the amounts or dates of the persons of a chunk, Lacking where
// there is none, or nil when nobody has one.
func (c *Column) Ints(chunk int) []int64 { return of(c.ints, chunk) }

// Number returns the number that Ints holds as bits.
func Number(bits int64) float64 { return math.Float64frombits(uint64(bits)) }

// Codes returns the codes of the texts or lists of the persons of a chunk, 0
// where there is none, or nil when nobody has one.
func (c *Column) Codes(chunk int) []uint32 { return of(c.codes, chunk) }

// Truths returns Unknown, No or Yes of the persons of a chunk, or nil when
// nobody has one.
func (c *Column) Truths(chunk int) []uint8 { return of(c.truths, chunk) }

func of[T any](chunks [][]T, n int) []T {
	if n < len(chunks) {
		return chunks[n]
	}
	return nil
}

// at returns where the value of a person stands, which is made if need be.
func at[T any](chunks *[][]T, chunk int, person uint32, none T) *T {
	for len(*chunks) <= chunk {
		*chunks = append(*chunks, nil)
	}
	if (*chunks)[chunk] == nil {
		(*chunks)[chunk] = filled(none)
	}
	return &(*chunks)[chunk][person]
}

func filled[T any](v T) []T {
	s := make([]T, ChunkSize)
	for i := range s {
		s[i] = v
	}
	return s
}

// clear takes the value of a person away.
func (c *Column) clear(chunk int, person uint32) {
	if v := c.Ints(chunk); v != nil {
		v[person] = Lacking
	}
	if v := c.Codes(chunk); v != nil {
		v[person] = 0
	}
	if v := c.Truths(chunk); v != nil {
		v[person] = Unknown
	}
}

func (c *Column) set(chunk int, person uint32, v Value) {
	value, ok := pack(v, c.Texts, c.Lists)
	if !ok {
		c.clear(chunk, person)
		return
	}
	switch c.Type {
	case rule.IsText, rule.IsList:
		*at(&c.codes, chunk, person, 0) = uint32(value)
	case rule.IsBool:
		*at(&c.truths, chunk, person, Unknown) = No + uint8(value)
	default:
		*at(&c.ints, chunk, person, Lacking) = value
	}
}

// setValues changes values of a person. One that was of another type before is
// of the new one.
func (b *Base) setValues(c *Chunk, n uint32, values []Value) {
	for _, v := range values {
		var own *Column
		for _, col := range b.named[v.Name] {
			if col.Type == v.Type {
				own = col
			} else {
				col.clear(c.Number, n)
			}
		}
		if v.Type < rule.IsBool || v.Type >= rule.IsAny {
			continue
		}
		if own == nil {
			own = newColumn(v.Name, v.Type)
			b.columns = append(b.columns, own)
			b.named[v.Name] = append(b.named[v.Name], own)
		}
		own.set(c.Number, n, v)
	}
}
