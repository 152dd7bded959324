package shopcsv

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxRow  = 1 << 20 // bytes of one row
	maxCell = 1 << 12 // cells of one row
)

// errLong tells that a row passes maxRow or maxCell.
var errLong = errors.New("a row of at most 1 MiB and 4,096 cells")

// A scanner cuts bytes into rows of cells as RFC 4180 has it, and goes on
// where the text does not keep to it:
//   - a quote inside an unquoted cell is a letter;
//   - a quoted cell may run over several lines only when it is quoted properly
//     to its end; otherwise its first quote is a letter and the row ends with
//     the line, so that a lone quote never swallows the rows behind it.
//
// Whether a row holds an odd run of quotes decides both, so that no byte is
// looked at more than a few times, whatever the text.
type scanner struct {
	src  io.Reader
	sep  byte
	buf  []byte // buf[r:w] is read and not yet handed out
	r, w int
	line int64 // number of the line at buf[r], from 1
	err  error // of src, when it has ended
	slab []string
	keep bool   // line ends within cells stay as they are, else they become line feeds
	cut  []span // of the row in work
}

// A span is a cell within its row, with what to do about it.
type span struct {
	from, to       int
	quoted, escape bool
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: src, sep: ',', line: 1, buf: make([]byte, 64<<10)}
}

// fill reads more behind buf[w] and reports whether there was any. Offsets
// from r stay what they are.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	if s.w == len(s.buf) {
		if s.r > 0 {
			copy(s.buf, s.buf[s.r:s.w])
			s.w -= s.r
			s.r = 0
		} else {
			s.buf = append(s.buf, make([]byte, len(s.buf))...)
		}
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.w:])
		s.w += n
		if err != nil {
			s.err = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// at returns the byte at offset i from r; false at the end of the text.
func (s *scanner) at(i int) (byte, bool) {
	for s.r+i >= s.w {
		if !s.fill() {
			return 0, false
		}
	}
	return s.buf[s.r+i], true
}

// index returns the offset of the first c at or behind offset i, or the end of
// the text or maxRow, whichever comes first.
func (s *scanner) index(i int, c byte) int {
	for {
		if s.r+i < s.w {
			if n := bytes.IndexByte(s.buf[s.r+i:s.w], c); n >= 0 {
				return i + n
			}
			i = s.w - s.r
		}
		if i > maxRow || !s.fill() {
			return min(i, s.w-s.r)
		}
	}
}

// next returns the next row. Its error is io.EOF or that of the source, with
// which the text ends, or errLong for one row, whose beginning comes as its
// only cell; the next call goes on behind it.
func (s *scanner) next() (row, error) {
	out := row{line: s.line}
	if _, ok := s.at(0); !ok {
		if s.err == nil {
			s.err = io.EOF
		}
		return out, s.err
	}
	end := s.index(0, '\n')
	if end > maxRow {
		return s.long(out, end)
	}
	s.cut = s.cut[:0]
	if bytes.IndexByte(s.buf[s.r:s.r+end], '"') < 0 {
		s.plain(end)
	} else {
		var ok bool
		if end, ok = s.quoted(); !ok {
			return s.long(out, end)
		}
	}
	// A read error cuts the row short: it is not handed out as if it were whole.
	if _, ok := s.at(end); !ok && s.err != io.EOF {
		return out, s.err
	}
	if len(s.cut) > maxCell {
		return s.long(out, end)
	}
	out.cells = s.cells(string(s.buf[s.r : s.r+end]))
	s.skip(end)
	return out, nil
}

// skip drops the row that ends at offset end, and its line feed.
func (s *scanner) skip(end int) {
	if _, ok := s.at(end); ok {
		end++
	}
	s.line += int64(bytes.Count(s.buf[s.r:s.r+end], []byte{'\n'}))
	if s.r+end == s.w && end > 0 && s.buf[s.w-1] != '\n' {
		s.line++
	}
	s.r += end
}

// long drops a row that is too long, of which the bytes before offset i have
// been looked at, to the end of the line.
func (s *scanner) long(out row, i int) (row, error) {
	end := s.index(i, '\n')
	text := string(s.buf[s.r : s.r+min(end, maxRow)])
	for {
		if c, ok := s.at(end); !ok || c == '\n' {
			break
		}
		s.line += int64(bytes.Count(s.buf[s.r:s.r+end], []byte{'\n'}))
		s.r += end
		end = s.index(0, '\n')
	}
	s.skip(end)
	out.cells = []string{decode(text)}
	return out, errLong
}

// plain cuts a row without quotes.
func (s *scanner) plain(end int) {
	text := s.buf[s.r : s.r+end]
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	for from := 0; ; {
		n := bytes.IndexByte(text[from:], s.sep)
		if n < 0 {
			s.cut = append(s.cut, span{from: from, to: len(text)})
			return
		}
		s.cut = append(s.cut, span{from: from, to: from + n})
		from += n + 1
	}
}

// quoted cuts a row with quotes and returns where it ends, or false and how far
// it looked when it is too long.
func (s *scanner) quoted() (int, bool) {
	for i := 0; ; {
		c, ok := s.at(i)
		cell := span{from: i}
		if !ok || c != '"' || !s.quotedCell(&cell) {
			cell = span{from: i}
			for {
				c, ok = s.at(i)
				if !ok || c == s.sep || c == '\n' || i > maxRow {
					break
				}
				i++
			}
			cell.to = i
			if i > cell.from && s.buf[s.r+i-1] == '\r' && (!ok || c == '\n') {
				cell.to--
			}
		} else {
			i = cell.to + 1
			if c, ok = s.at(i); ok && c == '\r' {
				i++
				c, ok = s.at(i)
			}
		}
		s.cut = append(s.cut, cell)
		if i > maxRow || len(s.cut) > maxCell {
			return i, false
		}
		if !ok || c == '\n' {
			return i, true
		}
		i++
	}
}

// quotedCell finds the end of the cell whose first quote is at cell.from. It
// returns false when the quote is a letter.
func (s *scanner) quotedCell(cell *span) bool {
	cell.quoted = true
	loose, lines := false, false
	cell.from++
	for i := cell.from; ; {
		n := s.index(i, '"')
		if n > maxRow || s.r+n >= s.w {
			return false
		}
		lines = lines || bytes.IndexByte(s.buf[s.r+i:s.r+n], '\n') >= 0
		if lines && loose {
			return false
		}
		c, ok := s.at(n + 1)
		if ok && c == '\r' {
			if c, ok = s.at(n + 2); ok && c != '\n' {
				c = '\r'
			}
		}
		switch {
		case !ok || c == s.sep || c == '\n':
			cell.to = n
			return true
		case c == '"':
			cell.escape = true
			i = n + 2
		case lines:
			return false
		default:
			loose = true
			i = n + 1
		}
	}
}

// cells makes strings of the spans of text.
func (s *scanner) cells(text string) []string {
	if len(s.slab) < len(s.cut) {
		s.slab = make([]string, max(1024, len(s.cut)))
	}
	cells := s.slab[:len(s.cut):len(s.cut)]
	s.slab = s.slab[len(s.cut):]
	valid := utf8.ValidString(text)
	for i, c := range s.cut {
		cell := text[c.from:c.to]
		if c.escape {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		if c.quoted && !s.keep && strings.Contains(cell, "\r\n") {
			cell = strings.ReplaceAll(cell, "\r\n", "\n")
		}
		if !valid {
			cell = decode(cell)
		}
		cells[i] = cell
	}
	return cells
}
