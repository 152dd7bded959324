package shopcsv

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

const (
	maxDocument = 50_000  // rows of one document
	maxClosed   = 500_000 // documents that are surely remembered as closed
)

// A Reader reads the records of one file. Records must be ranged over by one
// goroutine at a time; Report, Reject and Err may be called from any.
type Reader struct {
	format Preset
	header *header
	sheet  *sheet
	parser parser
	group  grouping
	rows   *scanner
	ledger *ledger

	drop   int // columns of a rejects file to pass over
	window int
	order  []*document          // open, the one with the oldest last row first
	byKey  map[string]*document // the same
	seed   maphash.Seed
	closed [2]map[uint64]struct{} // keys of documents closed lately
	ready  []crm.Record
	err    error // the end of the file, or what broke it off
}

// A document is a group of rows, such as those of an order.
type document struct {
	key  string
	rows []*row
	bad  bool // a row has a fault
	gone bool // its rows went straight to the rejects
}

// NewReader returns a Reader of a file in the format, or an error when the
// header does not fit it ([*HeaderError]), an option is missing or wrong
// ([crm.ErrInvalid]), or the file cannot be read. A gzip file is unpacked.
//
// It reads the header only; nothing is read ahead of the records but the
// documents that are open.
func NewReader(r io.Reader, f Format, opts *Options) (*Reader, error) {
	o := opts.orDefault()
	src, err := unpack(r)
	if err != nil {
		return nil, err
	}
	out := &Reader{
		rows: newScanner(src), window: o.Window, byKey: make(map[string]*document), seed: maphash.MakeSeed(),
	}
	names, err := out.readHeader()
	if err != nil {
		return nil, err
	}
	if f == nil {
		f = Any
	}
	if err := out.open(f, names, o); err != nil {
		return nil, err
	}
	out.group = out.parser.grouping()
	out.ledger = newLedger(names, o.Rejects)
	return out, nil
}

func (r *Reader) open(f Format, names []string, o Options) error {
	switch o.Decimal {
	case 0, '.', ',':
	default:
		return invalid("Decimal", string(rune(o.Decimal)), "'.', ',' or 0")
	}
	switch o.DateOrder {
	case "", DayFirst, MonthFirst:
	default:
		return invalid("DateOrder", string(o.DateOrder), "day_first, month_first or nothing")
	}
	if o.Currency != "" && !o.Currency.Valid() {
		return invalid("Currency", string(o.Currency), "three capital letters")
	}
	if o.ListStatus != "" && answers[fold(o.ListStatus)] == "" {
		return invalid("ListStatus", o.ListStatus, "subscribed, unsubscribed, cleaned, non-subscribed, pending, archived or nothing")
	}
	if o.Source != "" {
		if _, err := crm.ParseRef(o.Source + ":1"); err != nil || strings.Contains(o.Source, ":") {
			return invalid("Source", o.Source, "1 to 120 printable bytes without spaces, @ and colon")
		}
	}
	s := &sheet{header: newHeader(names, o.Columns), opts: o, stamps: make(map[string]time.Time)}
	r.header, r.sheet = s.header, s
	if p, ok := f.(Preset); ok {
		var err error
		if p, err = p.of(s.header); err != nil {
			return err
		}
		r.format, f = p, p
		r.rows.keep = p == OwnCustomers || p == OwnOrders
	}
	var err error
	r.parser, err = f.open(s)
	return err
}

// invalid reports a wrong option.
func invalid(option, value, want string) error {
	return fmt.Errorf("shopcsv: %w", &crm.InvalidError{Fields: []crm.FieldError{
		{Field: "Options." + option, Value: value, Want: want},
	}})
}

// unpack returns the text of r, unpacked when it is gzip.
func unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(2)
	switch {
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("shopcsv: %w", err)
	case len(head) == 2 && head[0] == 0x1F && head[1] == 0x8B:
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("shopcsv: %w", err)
		}
		return z, nil
	}
	return b, nil
}

// readHeader reads the first row that holds text, and what stands before it.
func (r *Reader) readHeader() ([]string, error) {
	s := r.rows
	s.at(2)
	switch head := s.buf[s.r:s.w]; {
	case len(head) >= 3 && string(head[:3]) == "\ufeff":
		s.r += 3
	case len(head) >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff"):
		return nil, fmt.Errorf("shopcsv: %w: the file is UTF-16: want UTF-8 or Windows-1252", crm.ErrInvalid)
	}
	for named := false; ; {
		if _, ok := s.at(0); ok && !named {
			s.sep = separator(s.buf[s.r : s.r+s.index(0, '\n')])
		}
		head, err := s.next()
		switch {
		case err == errLong:
			return nil, &HeaderError{Want: "a header of at most 4,096 columns", Header: head.cells}
		case err == io.EOF:
			return nil, &HeaderError{Want: "a header"}
		case err != nil:
			return nil, fmt.Errorf("shopcsv: %w", err)
		}
		if first := head.cells[0]; !named && strings.HasPrefix(first, "sep=") && len(strings.Join(head.cells, "")) <= 5 {
			if sep := strings.TrimPrefix(first, "sep="); len(sep) == 1 {
				s.sep = sep[0]
			}
			named = true // as spreadsheets do it
			continue
		}
		if head.blank() {
			continue
		}
		if ownRejects(head.cells) {
			r.drop = len(rejectColumns)
		}
		names := head.cells[r.drop:]
		for len(names) > 1 && strings.TrimSpace(names[len(names)-1]) == "" {
			names = names[:len(names)-1]
		}
		return names, nil
	}
}

// separator returns what the header's cells are parted with: the one of comma,
// semicolon and tab that occurs most outside quotes.
func separator(line []byte) byte {
	count, quoted := [256]int{}, false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			count[c]++
		}
	}
	sep := byte(',')
	for _, c := range []byte{';', '\t'} {
		if count[c] > count[sep] {
			sep = c
		}
	}
	return sep
}

// Records yields the records of the file in its order, each when it is
// complete. A row with a fault ends nothing: it goes to [Options].Rejects, and
// the other rows of its document with it. The only error that is yielded, as
// the last, is that the file cannot be read further or the rejects not be
// written. A loop that was left may be taken up by ranging again.
//
// Ranging without importing is the dry run: [Reader.Report] and the rejects
// tell what an import would meet.
//
// When a record has both Order and Refund, the refund is of that order.
func (r *Reader) Records() iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for {
			rec, err := r.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(crm.Record{}, fmt.Errorf("shopcsv: line %d: %w", r.rows.line, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// Report tells what became of the rows so far.
func (r *Reader) Report() Report {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	return r.ledger.report
}

// Format returns the preset that the file was read as, "" for a [Log].
func (r *Reader) Format() Preset { return r.format }

// Attributes returns the attributes of [Options].Attributes that the file has, in
// the order of the keys, for the book to know before the import:
//
//	err = book.Customers.Declare(ctx, r.Attributes()...)
func (r *Reader) Attributes() []crm.Attribute { return slices.Clone(r.sheet.attributes) }

// Warnings tells what of the file is left out, as its header shows: a line for
// each metafield that nothing reads, for each of [Options].Attributes that the
// file lacks, and for a list that does not tell who is subscribed.
func (r *Reader) Warnings() []string { return slices.Clone(r.sheet.warnings) }

// Reject writes the rows of a record that the book refused to
// [Options].Rejects and takes them from the rows imported. It has the form of
// [crm.ImportOptions].Reject. The rows of the last 32 MiB of records are at
// hand, more than a batch of an import; of an earlier record, and of a product
// that a transaction log only mentions, no more than the line is written.
func (r *Reader) Reject(rec crm.Record, err error) { r.ledger.refuse(rec, err) }

// Err returns the first error of writing to [Options].Rejects.
func (r *Reader) Err() error {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	return r.ledger.err
}

// next returns the next record.
func (r *Reader) next() (crm.Record, error) {
	for len(r.ready) == 0 {
		if err := r.Err(); err != nil {
			return crm.Record{}, err
		}
		if r.err == io.EOF && len(r.order) > 0 {
			r.close(r.order[0])
			continue
		}
		if r.err != nil {
			return crm.Record{}, r.err
		}
		in, err := r.rows.next()
		if err != nil && err != errLong {
			r.err = err
			continue
		}
		r.take(&in, err)
	}
	rec := r.ready[0]
	r.ready = r.ready[1:]
	return rec, nil
}

// take puts a row to its document.
func (r *Reader) take(in *row, err error) {
	if err == nil {
		in.cells = in.cells[min(r.drop, len(in.cells)):]
		if in.blank() {
			r.ledger.count(func(t *Report) { t.Rows++; t.Blank++ })
			return
		}
	}
	r.ledger.count(func(t *Report) { t.Rows++; t.Pending++ })
	if err != nil {
		in.fail("", "", "want "+err.Error())
		r.ledger.reject([]*row{in})
		return
	}
	want := len(r.header.names)
	for len(in.cells) > want && strings.TrimSpace(in.cells[len(in.cells)-1]) == "" {
		in.cells = in.cells[:len(in.cells)-1]
	}
	if len(in.cells) != want {
		in.fail("", "", fmt.Sprintf("want %d cells as in the header, not %d", want, len(in.cells)))
	}
	key := r.parser.key(in)
	switch {
	case r.group.rowed:
		r.finish([]*row{in}, in.faults != nil)
		return
	case key == "":
		if in.faults == nil {
			in.fail(r.header.names[max(0, int(r.group.named)-1)], "", "want the name of the document")
		}
		r.ledger.reject([]*row{in})
		return
	}
	d := r.document(key)
	switch {
	case d.gone:
		in.fail(r.header.names[max(0, int(r.group.named)-1)], key, fmt.Sprintf(
			"rows of a document must stand together: other rows came more than %d documents before, or are too many; "+
				"sort the file or raise Options.Window, and import all of it again", r.window))
		r.ledger.reject([]*row{in})
		return
	case len(d.rows) >= maxDocument:
		in.fail("", "", fmt.Sprintf("want at most %d rows of one document", maxDocument))
		r.ledger.reject(append(d.rows, in))
		d.rows, d.gone = nil, true
		return
	}
	d.rows = append(d.rows, in)
	d.bad = d.bad || in.faults != nil
	if len(r.order) > r.window+1 && !r.group.whole {
		r.close(r.order[0])
	}
}

// document returns the open document with the key, opened if need be, and
// makes it the last.
func (r *Reader) document(key string) *document {
	if n := len(r.order); n > 0 && r.order[n-1].key == key {
		return r.order[n-1]
	}
	d := r.byKey[key]
	if d != nil {
		if !r.group.whole {
			i := slices.Index(r.order, d)
			r.order = append(slices.Delete(r.order, i, i+1), d)
		}
		return d
	}
	d = &document{key: key, gone: r.wasClosed(key)}
	r.byKey[key] = d
	r.order = append(r.order, d)
	return d
}

// close ends a document.
func (r *Reader) close(d *document) {
	r.order = r.order[1:]
	delete(r.byKey, d.key)
	if r.err == nil {
		if r.closed[0] == nil || len(r.closed[0]) >= maxClosed {
			r.closed = [2]map[uint64]struct{}{make(map[uint64]struct{}), r.closed[0]}
		}
		r.closed[0][maphash.String(r.seed, d.key)] = struct{}{}
	}
	if len(d.rows) > 0 {
		r.finish(d.rows, d.bad)
	}
}

func (r *Reader) wasClosed(key string) bool {
	h := maphash.String(r.seed, key)
	_, now := r.closed[0][h]
	_, before := r.closed[1][h]
	return now || before
}

// finish makes records of the rows of a document.
func (r *Reader) finish(rows []*row, bad bool) {
	var recs []crm.Record
	if !bad {
		recs = r.parser.records(rows)
		for _, in := range rows {
			bad = bad || in.faults != nil
		}
	}
	if !bad && len(recs) == 0 {
		rows[0].fail("", "", "the rows hold nothing to import")
		bad = true
	}
	if bad {
		r.ledger.reject(rows)
		return
	}
	for i, rec := range recs {
		if i == len(recs)-1 {
			rec.Line = rows[0].line
			r.ledger.hand(rec, rows)
		} else {
			r.ledger.hand(rec, nil)
		}
		r.ready = append(r.ready, rec)
	}
}
