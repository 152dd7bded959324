package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Fault is one thing that is wrong with a rule.
type Fault struct {
	At           Pos    // 0 in a rule that was never a text
	Line, Column int    // of At, both from 1, columns in characters; 0 without a text
	Path         string // of the fault in the rule as JSON, where there is no text: "all[1].not.value"
	Got          string // what stands there; "" for the end of the text
	Want         string // what could stand there instead
	Suggestion   string // what was perhaps meant; "" when nothing is like it
}

// String tells where, what and what instead.
func (f Fault) String() string {
	var b strings.Builder
	switch {
	case f.Line > 0:
		fmt.Fprintf(&b, "%d:%d: ", f.Line, f.Column)
	case f.Path != "":
		fmt.Fprintf(&b, "%s: ", f.Path)
	}
	switch {
	case f.Got == "" && f.Line == 0:
		b.WriteString("missing")
	case f.Got == "":
		b.WriteString("unexpected end")
	default:
		fmt.Fprintf(&b, "unexpected `%s`", shorten(f.Got))
	}
	fmt.Fprintf(&b, ": want %s", f.Want)
	if f.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean `%s`?", shorten(f.Suggestion))
	}
	return b.String()
}

// shorten cuts a text to 60 characters and puts it on one line.
func shorten(s string) string {
	n := 0
	for i := range s {
		if n++; n > 60 {
			s = s[:i] + "…"
			break
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// Faults are all that is wrong with a rule, in the order of its text. They are
// the errors of this package.
type Faults []Fault

// Error lists the faults.
func (f Faults) Error() string {
	list := make([]string, len(f))
	for i := range f {
		list[i] = f[i].String()
	}
	return strings.Join(list, "; ")
}

// In returns the faults of a tree that a text was read as, with their places in
// the text.
func (f Faults) In(text string) error {
	l := &ledger{list: slices.Clone(f)}
	return l.of(text)
}

// What a rule can be at most, so that none takes long.
const (
	maxText    = 64 << 10 // bytes of a rule as text, as written and as printed
	maxJSON    = 512 << 10
	maxPrint   = 1 << 20 // of a tree that was not checked
	maxDepth   = 64      // of nodes in nodes
	maxNodes   = 1_000   // conditions, values and sources
	maxList    = 500     // values of IN
	maxLiteral = 1 << 10
	maxOffsets = 8       // spans of an offset
	maxSteps   = 16      // of a sequence
	maxFaults  = 50      // that are told
	maxTried   = 1 << 20 // bytes of names that are held against names, to suggest one
)

// A ledger collects faults.
type ledger struct {
	list Faults
}

// full reports whether more faults would not be told.
func (l *ledger) full() bool { return len(l.list) >= maxFaults }

// add adds a fault, unless there is one at the same place.
func (l *ledger) add(f Fault) {
	same := func(g Fault) bool {
		return f.At == g.At && (f.At != 0 || f.Path != "" && f.Path == g.Path || f == g)
	}
	if !l.full() && !slices.ContainsFunc(l.list, same) {
		l.list = append(l.list, f)
	}
}

// err returns the faults, nil when there is none.
func (l *ledger) err() error {
	if len(l.list) == 0 {
		return nil
	}
	return l.list
}

// of returns the faults in the order of the text that they stand in, with line
// and column.
func (l *ledger) of(text string) error {
	slices.SortStableFunc(l.list, func(a, b Fault) int { return int(a.At) - int(b.At) })
	line, column, seen := 1, 1, 0
	for i := range l.list {
		f := &l.list[i]
		end := min(max(int(f.At)-1, 0), len(text))
		for seen < end {
			r, n := utf8.DecodeRuneInString(text[seen:])
			if column++; r == '\n' {
				line, column = line+1, 1
			}
			seen += n
		}
		f.Line, f.Column, f.Path = line, column, ""
	}
	return l.err()
}
