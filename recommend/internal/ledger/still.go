package ledger

import (
	"io"
	"slices"
)

// A Still is a ledger as it was at some time, whatever becomes of it since. It is
// safe for concurrent use, also while the ledger is changed.
type Still struct{ of Ledger }

// Still returns the ledger as it is now. It shares everything with the ledger, which
// copies what it changes from then on, some 40 kB at a time: changes of others need not
// wait until a log is made, or the ledger is written.
func (l *Ledger) Still() *Still {
	return &Still{Ledger{
		products: dictionary{names: l.products.names},
		ids:      l.ids.still(), baskets: l.baskets.still(), lines: shelf{pages: l.lines.still()},
		customers: l.customers.still(), first: l.first.still(), returns: l.returns.still(),
		counts: slices.Clone(l.counts), renamed: l.renamed, have: l.have,
	}}
}

// Log is [Ledger.Log].
func (s *Still) Log(kind Kind, catalog []string) *Log { return s.of.Log(kind, catalog) }

// Encode is [Ledger.Encode].
func (s *Still) Encode(w io.Writer) error { return s.of.Encode(w) }
