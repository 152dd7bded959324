package eval

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// matcher returns a function that tells whether a text stands to literals as a
// comparison says. Of a path CONTAINS and = are also true of its beginnings.
func matcher(op rule.Op, lits []rule.Literal, s shape) (func(b []byte) bool, error) {
	texts := make([]string, len(lits))
	for i, l := range lits {
		if l.Kind != rule.Text {
			return nil, fmt.Errorf("a text is compared with text")
		}
		texts[i] = l.Text
		if s.folded {
			texts[i] = column.Fold(texts[i])
		}
		if s.path {
			texts[i] = column.Path(texts[i])
		}
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("%d literals for %v", len(lits), op)
	}
	if s.kind == list && op != rule.Equal && op != rule.In && op != rule.Contains {
		return nil, fmt.Errorf("a list is not compared by %v", op)
	}
	if s.kind == list && op == rule.Contains {
		op = rule.Equal
	}
	one := texts[0]
	var f func(b []byte) bool
	switch op {
	case rule.Equal, rule.In:
		f = func(b []byte) bool { return string(b) == one }
		if op == rule.In && len(texts) > 4 {
			set := map[string]bool{}
			for _, t := range texts {
				set[t] = true
			}
			f = func(b []byte) bool { return set[string(b)] }
		} else if op == rule.In {
			f = func(b []byte) bool { return slices.Contains(texts, string(b)) }
		}
		if s.path {
			equal := f
			f = func(b []byte) bool {
				for {
					if equal(b) {
						return true
					}
					i := bytes.LastIndexByte(b, '>')
					if i < 0 {
						return false
					}
					b = bytes.TrimRight(b[:i], " ")
				}
			}
		}
	case rule.NotEqual:
		f = func(b []byte) bool { return string(b) != one }
	case rule.Contains:
		f = func(b []byte) bool { return strings.Contains(string(b), one) }
	case rule.StartsWith:
		f = func(b []byte) bool { return strings.HasPrefix(string(b), one) }
	case rule.EndsWith:
		f = func(b []byte) bool { return strings.HasSuffix(string(b), one) }
	default:
		return nil, fmt.Errorf("a text is not compared by %v", op)
	}
	if plain := f; s.folded {
		f = func(b []byte) bool { return plain([]byte(column.Fold(string(b)))) }
	}
	return f, nil
}

// texts are those of one dictionary.
type texts struct{ *column.Dictionary }

func (t texts) text(code int64) string { return t.Text(uint32(code)) }

func (t texts) elements(code int64, out []int64) []int64 {
	return append(out, int64(t.Class(uint32(code))))
}

// lists are lists of the texts of one dictionary.
type lists struct {
	sets *column.Sets
	dict *column.Dictionary
}

func (l lists) text(code int64) string {
	var all []string
	for _, c := range l.sets.Of(uint32(code)) {
		all = append(all, l.dict.Text(c))
	}
	return strings.Join(all, ", ")
}

func (l lists) elements(code int64, out []int64) []int64 {
	for _, c := range l.sets.Of(uint32(code)) {
		out = append(out, int64(l.dict.Class(c)))
	}
	return out
}

// periods are days, weeks or months by the number of their first day.
type periods struct{ unit rule.Unit }

func (p periods) text(day int64) string {
	y, m, d := date(day)
	switch p.unit {
	case rule.Month:
		return fmt.Sprintf("%04d-%02d", y, m)
	case rule.Week:
		y, w := time.Unix(day*(millisOfDay/1000), 0).UTC().ISOWeek()
		return fmt.Sprintf("%04d-W%02d", y, w)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func (p periods) elements(day int64, out []int64) []int64 { return append(out, day) }
