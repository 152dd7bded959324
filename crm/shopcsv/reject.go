package shopcsv

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-9cb3708a/clientele/crm"
)

// rejectColumns stand before the columns of the file itself.
var rejectColumns = []string{"reject_line", "reject_field", "reject_value", "reject_reason"}

// maxKept is how many bytes of rows are kept for records handed over, in case
// the book refuses them.
const maxKept = 32 << 20

// A ledger accounts for the rows of a file and keeps those that may yet be
// rejected. It is safe for concurrent use, so that a book may refuse records
// on one goroutine while they are read on another.
type ledger struct {
	mu     sync.Mutex
	report Report
	header []string
	out    *csvWriter // nil: rejects are only counted
	opened bool
	err    error // the first of out
	kept   map[place]*entry
	queue  []place // of kept, oldest first
	size   int
}

// A place names a record handed over.
type place struct {
	line    int64
	product bool
}

// An entry holds the rows of a record handed over.
type entry struct {
	rows           []*row
	imported, fees int64
	size           int
}

func newLedger(header []string, w io.Writer) *ledger {
	l := &ledger{header: header, kept: make(map[place]*entry)}
	if w != nil {
		l.out = newCSVWriter(w)
	}
	return l
}

// count changes the report.
func (l *ledger) count(f func(*Report)) {
	l.mu.Lock()
	f(&l.report)
	l.mu.Unlock()
}

func placeOf(rec crm.Record) place {
	return place{rec.Line, rec.Product != nil && rec.Order == nil && rec.Refund == nil}
}

// hand accounts for the rows of a record that is handed over, and keeps them.
func (l *ledger) hand(rec crm.Record, rows []*row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &entry{rows: rows, size: 128}
	for _, r := range rows {
		if r.fee {
			e.fees++
		} else {
			e.imported++
		}
		for _, cell := range r.cells {
			e.size += len(cell) + 16
		}
		e.size += 64
	}
	l.report.Pending -= int64(len(rows))
	l.report.Imported += e.imported
	l.report.Fees += e.fees
	l.report.Consents += int64(len(rec.Consents))
	switch {
	case rec.Order != nil:
		l.report.Orders++
		if rec.Refund != nil {
			l.report.Refunds++
		}
	case rec.Refund != nil:
		l.report.Refunds++
	case rec.Product != nil:
		l.report.Products++
	case rec.Customer != nil:
		l.report.Customers++
	}
	if len(rows) == 0 {
		return
	}
	at := placeOf(rec)
	l.kept[at] = e
	l.queue = append(l.queue, at)
	l.size += e.size
	for l.size > maxKept && len(l.queue) > 1 {
		if old := l.kept[l.queue[0]]; old != nil {
			l.size -= old.size
			delete(l.kept, l.queue[0])
		}
		l.queue = l.queue[1:]
	}
}

// refuse rejects a record that was handed over.
func (l *ledger) refuse(rec crm.Record, err error) {
	f := &fault{reason: err.Error()}
	if invalid := (*crm.InvalidError)(nil); errors.As(err, &invalid) && len(invalid.Fields) > 0 {
		f = nil
		for i := len(invalid.Fields) - 1; i >= 0; i-- {
			e := invalid.Fields[i]
			f = &fault{field: e.Field, value: e.Value, reason: "want " + e.Want, next: f}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := placeOf(rec)
	e := l.kept[at]
	if e == nil {
		l.write(&row{line: rec.Line, faults: f})
		return
	}
	l.report.Imported -= e.imported
	l.report.Fees -= e.fees
	l.report.Rejected += int64(len(e.rows))
	l.size -= e.size
	e.size = 0
	delete(l.kept, at)
	for i, r := range e.rows {
		r.faults = f
		if i > 0 {
			r.faults = sibling(rec.Line)
		}
		l.write(r)
	}
}

// sibling is what is wrong with a row whose document has a fault elsewhere.
func sibling(line int64) *fault {
	return &fault{reason: "the document is rejected for its line " + strconv.FormatInt(line, 10)}
}

// reject rejects the rows of a document, of which at least one has a fault.
// A document is imported whole or not at all: its rows stay together.
func (l *ledger) reject(rows []*row) {
	first := rows[0].line
	for _, r := range rows {
		if r.faults != nil {
			first = r.line
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Pending -= int64(len(rows))
	l.report.Rejected += int64(len(rows))
	for _, r := range rows {
		if r.faults == nil {
			r.faults = sibling(first)
		}
		l.write(r)
	}
}

func (l *ledger) write(r *row) {
	if l.out == nil || l.err != nil {
		return
	}
	if !l.opened {
		l.opened = true
		l.out.row(append(append([]string(nil), rejectColumns...), l.header...))
	}
	cells := []string{strconv.FormatInt(r.line, 10), "", "", ""}
	if f := r.faults; f != nil {
		cells[1], cells[2], cells[3] = f.field, f.value, f.reason
		for f = f.next; f != nil; f = f.next {
			cells[3] += "; " + f.field + " " + strconv.Quote(f.value) + ": " + f.reason
		}
	}
	for _, cell := range r.cells {
		cells = append(cells, infuse(cell)) // the writer defuses
	}
	if r.cells == nil {
		cells = append(cells, make([]string, len(l.header))...)
	}
	l.out.row(cells)
	l.err = l.out.flush()
}

// ownRejects reports whether a header is that of a rejects file.
func ownRejects(header []string) bool {
	if len(header) < len(rejectColumns) {
		return false
	}
	for i, name := range rejectColumns {
		if !strings.EqualFold(strings.TrimSpace(header[i]), name) {
			return false
		}
	}
	return true
}
