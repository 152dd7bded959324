package rule

import (
	"strings"
	"unicode/utf8"
)

// Wrap returns the text of a rule on lines of about so many characters: of
// what does not fit on one, each condition has its own. Parse makes the same
// tree of it as of what Print returns.
func Wrap(n Node, width int) string {
	w := &wrapper{width: width}
	w.node(n, lowest)
	return w.String()
}

// A wrapper prints a tree on several lines, indented by two spaces a level.
type wrapper struct {
	printer
	width  int
	indent int
}

// line begins a line, and says what it begins with.
func (w *wrapper) line(words string) { w.put("\n", strings.Repeat("  ", w.indent), words) }

// block prints parentheses around lines.
func (w *wrapper) block(lines func()) {
	w.put("(")
	w.indent++
	lines()
	w.indent--
	w.line(")")
}

// node prints a condition on one line if it fits.
func (w *wrapper) node(n Node, outer int) {
	if w.Len() > maxPrint {
		return
	}
	var one printer
	one.node(n, outer)
	text := one.String()
	if 2*w.indent+utf8.RuneCountInString(text) > w.width && w.parts(n, outer) {
		return
	}
	w.put(text)
}

// parts prints a condition on several lines, and reports whether it can be.
func (w *wrapper) parts(n Node, outer int) bool {
	switch n := n.(type) {
	case *All:
		return w.list(n.Nodes, "AND ", and, outer)
	case *Any:
		return w.list(n.Nodes, "OR ", or, outer)
	case *Match:
		return w.match(n, "")
	case *Sequence:
		w.sequence(n)
		return true
	case *Not:
		switch of := n.Node.(type) {
		case *Match:
			return w.match(of, " NOT")
		case *Compare, *Extreme:
			return false
		}
		w.put("NOT ")
		w.node(n.Node, not)
		return true
	}
	return false
}

// sequence prints a step a line.
func (w *wrapper) sequence(n *Sequence) {
	w.indent++
	for i, s := range n.Steps {
		if i > 0 {
			w.line("")
		}
		w.put(strings.TrimPrefix(s.text(i), " "))
	}
	w.indent--
}

// list prints conditions a line each, with what joins them before each but the
// first.
func (w *wrapper) list(nodes []Node, joint string, inner, outer int) bool {
	if len(nodes) == 0 {
		return false
	}
	lines := func(first bool) {
		for i, n := range nodes {
			words := joint
			if i == 0 {
				words = ""
			}
			if i > 0 || first {
				w.line(words)
			}
			if w.node(n, inner); w.Len() > maxPrint {
				break
			}
		}
	}
	if outer > inner || outer == comma {
		w.block(func() { lines(true) })
		return true
	}
	lines(false)
	return true
}

// match prints the filters of a source a line each.
func (w *wrapper) match(n *Match, not string) bool {
	if n.Source == nil || n.Source.Where == nil {
		return false
	}
	w.put(n.Source.Name, not, " MATCHES ")
	w.block(func() {
		nodes, outer := []Node{n.Source.Where}, lowest
		if all, ok := n.Source.Where.(*All); ok {
			nodes, outer = all.Nodes, comma
		}
		for i, n := range nodes {
			if i > 0 {
				w.put(",")
			}
			w.line("")
			w.node(n, outer)
		}
	})
	return true
}
