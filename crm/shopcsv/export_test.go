package shopcsv

import (
	"io"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// What the tests reach of the inside.
var (
	Defuse    = defuse
	Infuse    = infuse
	RefID     = refID
	SplitName = splitName
	Fold      = fold
)

const (
	MaxRow      = maxRow
	MaxDocument = maxDocument
	MaxKept     = maxKept
)

// ParseMoney reads a number as an amount.
func ParseMoney(s string, mark byte, c crm.Currency) (crm.Money, error) {
	d, _, err := parseDecimal(s, mark)
	if err != nil {
		return crm.Money{}, err
	}
	return d.money(c)
}

// LineTotal multiplies and rounds as a Log does.
func LineTotal(price string, n int64, c crm.Currency) (crm.Money, error) {
	d, _, err := parseDecimal(price, '.')
	if err != nil {
		return crm.Money{}, err
	}
	return d.times(n, c)
}

// ParseTime reads a time.
func ParseTime(s string, o DateOrder, loc *time.Location) (time.Time, error) {
	return parseTime(s, o, loc)
}

// Cut returns the rows of a text.
func Cut(r io.Reader, sep byte) (rows [][]string, lines []int64, err error) {
	s := newScanner(r)
	s.sep = sep
	for {
		in, err := s.next()
		if err == io.EOF {
			return rows, lines, nil
		}
		if err != nil && err != errLong {
			return rows, lines, err
		}
		rows, lines = append(rows, in.cells), append(lines, in.line)
	}
}
