package rule

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A class tells what a token is.
type class uint8

const (
	end      class = iota // of the text
	word                  // a name or a keyword
	quoted                // 'vip'; text is what is within
	number                // 12.50
	clock                 // 2024-01-31, with a time or without
	span                  // 30d, min, h, d, w, m, y
	signed                // -30d, +30d; also -12.50
	ago                   // 7_days_ago
	mark                  // = != < <= > >= ( ) , : %
	nonsense              // was told
)

// A token is a word of a text.
type token struct {
	class class
	at    Pos
	text  string
	upper string // of a word, in capitals: what a keyword is compared with
}

// A lexer cuts a text into tokens.
type lexer struct {
	*ledger
	text  string
	i     int
	steps int // bytes and tokens that were looked at
}

func (l *lexer) fault(at int, got, want, suggestion string) {
	l.add(Fault{At: Pos(at + 1), Got: got, Want: want, Suggestion: suggestion})
}

// next returns the next token.
func (l *lexer) next() token {
	l.space()
	start := l.i
	if start == len(l.text) {
		return token{class: end, at: Pos(start + 1)}
	}
	t := l.token()
	t.at = Pos(start + 1)
	l.steps += l.i - start
	return t
}

// space skips white space and comments, which go from -- to the line's end.
func (l *lexer) space() {
	start := l.i
	for l.i < len(l.text) {
		switch c := l.text[l.i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.i++
		case strings.HasPrefix(l.text[l.i:], "--"):
			if n := strings.IndexByte(l.text[l.i:], '\n'); n >= 0 {
				l.i += n
			} else {
				l.i = len(l.text)
			}
		case strings.HasPrefix(l.text[l.i:], "\u00a0"): // of a text that was copied from a page
			l.i += len("\u00a0")
		default:
			l.steps += l.i - start
			return
		}
	}
	l.steps += l.i - start
}

func (l *lexer) token() token {
	switch c := l.text[l.i]; {
	case letter(c) || c == '_':
		return l.word()
	case digit(c):
		return l.digits("")
	case (c == '-' || c == '+') && l.i+1 < len(l.text) && digit(l.text[l.i+1]):
		l.i++
		return l.digits(string(c))
	case c == '\'' || c == '"':
		return l.quoted(c)
	case strings.IndexAny(l.text[l.i:min(l.i+3, len(l.text))], curly) == 0:
		return l.curly()
	}
	return l.mark()
}

// word reads a name. After its first point it has all that a shop can name.
func (l *lexer) word() token {
	start, point := l.i, false
	for l.i < len(l.text) {
		c := l.text[l.i]
		point = point || c == '.'
		if !letter(c) && !digit(c) && c != '_' && c != '.' && (c != '-' || !point) {
			break
		}
		l.i++
	}
	s := l.text[start:l.i]
	t := token{class: word, text: s}
	if len(s) <= len("YESTERDAY") {
		t.upper = strings.ToUpper(s)
	}
	return t
}

// digits reads what begins with a digit, behind its sign.
func (l *lexer) digits(sign string) token {
	start := l.i
	for l.i < len(l.text) && digit(l.text[l.i]) {
		l.i++
	}
	c, year := byte(0), l.i-start == 4
	if l.i < len(l.text) {
		c = l.text[l.i]
	}
	switch {
	case year && c == '-' && l.i+1 < len(l.text) && digit(l.text[l.i+1]):
		l.run(func(c byte) bool { return digit(c) || letter(c) || c == '-' || c == ':' })
		return token{class: clock, text: sign + l.text[start:l.i]}
	case c == '.':
		l.i++
		l.run(func(c byte) bool { return digit(c) || letter(c) || c == '.' || c == '_' })
	case letter(c) || c == '_':
		l.run(func(c byte) bool { return digit(c) || letter(c) || c == '_' })
		switch s := l.text[start:l.i]; {
		case sign != "":
			return token{class: signed, text: sign + s}
		case strings.Contains(s, "_"):
			return token{class: ago, text: s}
		default:
			return token{class: span, text: s}
		}
	}
	if sign == "+" {
		return token{class: signed, text: sign + l.text[start:l.i]}
	}
	return token{class: number, text: sign + l.text[start:l.i]}
}

func (l *lexer) run(f func(byte) bool) {
	for l.i < len(l.text) && f(l.text[l.i]) {
		l.i++
	}
}

// quoted reads a text in quotes. A quote within is doubled, or follows a
// backslash, as a backslash does.
func (l *lexer) quoted(q byte) token {
	start := l.i
	var b strings.Builder
	for l.i++; l.i < len(l.text); l.i++ {
		c := l.text[l.i]
		next := byte(0)
		if l.i+1 < len(l.text) {
			next = l.text[l.i+1]
		}
		switch {
		case c == q && next == q, c == '\\' && (next == q || next == '\\'):
			b.WriteByte(next)
			l.i++
		case c == q:
			l.i++
			if q == '"' {
				l.fault(start, l.text[start:l.i], "a text in single quotes", quote(b.String()))
			}
			return token{class: quoted, text: b.String()}
		case c == '\n':
			l.fault(start, l.text[start:l.i], "a quote at the end of the text, on the same line", "")
			return token{class: nonsense}
		default:
			b.WriteByte(c)
		}
	}
	l.fault(start, l.text[start:], "a quote at the end of the text", "")
	return token{class: nonsense}
}

// curly are the quotes that word processors make.
const curly = "‘’“”"

// curly reads a text in such quotes, and tells of them.
func (l *lexer) curly() token {
	start := l.i
	rest := l.text[start+len("‘"):]
	n := strings.IndexAny(rest, curly+"\n")
	if n < 0 || rest[n] == '\n' {
		l.i += len("‘")
		l.fault(start, l.text[start:l.i], "a text in single quotes, such as 'vip'", "")
		return token{class: nonsense}
	}
	l.i += len("‘") + n + len("’")
	l.fault(start, l.text[start:l.i], "a text in single quotes", quote(rest[:n]))
	return token{class: quoted, text: rest[:n]}
}

// others are what other languages write, and what that is here.
var others = [...][2]string{{"==", "="}, {"<>", "!="}, {"&&", "AND"}, {"||", "OR"}}

func (l *lexer) mark() token {
	start := l.i
	rest := l.text[start:]
	for _, o := range others {
		if strings.HasPrefix(rest, o[0]) {
			l.i += len(o[0])
			l.fault(start, o[0], "a word of the language", o[1])
			if letter(o[1][0]) {
				return token{class: word, text: o[1], upper: o[1]}
			}
			return token{class: mark, text: o[1]}
		}
	}
	for _, m := range [...]string{"!=", "<=", ">=", "<", ">", "=", "(", ")", ",", ":", "%"} {
		if strings.HasPrefix(rest, m) {
			l.i += len(m)
			return token{class: mark, text: m}
		}
	}
	// One fault tells of all that makes no sense, or of a word in other letters.
	first, _ := utf8.DecodeRuneInString(rest)
	for l.i < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.i:])
		if l.i > start && unicode.IsLetter(first) && (unicode.IsLetter(r) || r < utf8.RuneSelf && digit(byte(r)) || r == '_') {
			l.i += n
			continue
		}
		if r < utf8.RuneSelf && (letter(byte(r)) || digit(byte(r)) || strings.ContainsRune(" \t\r\n'\"()=<>,", r)) {
			break
		}
		l.i += n
	}
	if l.i == start {
		l.i++
	}
	l.fault(start, l.text[start:l.i], "a word of the language", "")
	return token{class: nonsense}
}
