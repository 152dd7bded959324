package shopcsv

import (
	"cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Format says what a file holds: a [Preset], or a [Log] with columns of the
// caller's.
type Format interface {
	open(s *sheet) (parser, error)
}

// A parser turns the rows of one format into records.
type parser interface {
	// key names the document that the row belongs to, "" when it names none.
	key(r *row) string
	// grouping tells how rows make up documents.
	grouping() grouping
	// records makes the records of one document. The last of them stands for
	// the rows; the others are by-products. What is wrong with the rows it
	// notes on them.
	records(rows []*row) []crm.Record
}

// grouping tells how rows make up documents.
type grouping struct {
	rowed bool // every row is one
	whole bool // none is complete before the end of the file
	named col  // the column that holds the document's name
}

// A Preset is the name of a format that is built in.
type Preset string

// The presets.
const (
	Any          Preset = ""             // whichever the header fits
	OnlineRetail Preset = "onlineretail" // a transaction log, see the package documentation
)

func (p Preset) of(h *header) (Preset, error) {
	return OnlineRetail, nil
}

func (p Preset) open(s *sheet) (parser, error) {
	s.opts.Source = cmp.Or(s.opts.Source, "onlineretail")
	s.opts.Currency = cmp.Or(s.opts.Currency, "GBP")
	s.opts.Decimal = cmp.Or(s.opts.Decimal, '.')
	return onlineRetail().open(s)
}
