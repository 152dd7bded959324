package crm

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// JSONLOptions tell how to import a whole book. The zero value is a good
// default.
type JSONLOptions struct {
	// Progress is called after every transaction, from the calling goroutine.
	Progress func(JSONLReport)
	// Reject is called for each line that the book refuses, with its number and
	// text and the reason, from the calling goroutine; the import goes on. Nil
	// ends the import at the first, so that nothing is lost unnoticed. The text
	// is the shop's to keep: it may be personal.
	Reject func(line int64, text []byte, err error)
}

// A JSONLReport tells what an import of a whole book did.
type JSONLReport struct {
	Records   int64         `json:"records"` // read so far
	Written   int64         `json:"written"`
	Unchanged int64         `json:"unchanged"` // in the book as they are
	Rejected  int64         `json:"rejected"`
	Elapsed   time.Duration `json:"elapsed"`
}

// ImportJSONL makes an empty book what [Book.ExportJSONL] wrote of another: all
// records with their ids and times, so that an export of it is the same again.
// Rooms register their tables first ([Book.Register]). It writes in short
// transactions. An import that was stopped, by ctx, an error or a crash, is
// simply run again: what is in the book already writes nothing. Until it ends
// nobody else should write to the book, whose aggregates need not be true.
// With each record goes the event that tells of it, marked Backfill; the audit
// log comes with the book, and an actor in ctx is not noted in it.
//
// A book that has records of its own takes none that differs from them: that is
// [ErrExists]. ImportJSONL returns an error that wraps [ErrInvalid] for what is
// no export, or one in another currency or namespace, [ErrNewer] for one of a
// newer release, [ErrIncomplete] for one that was cut (what there is of it is in
// the book: run the whole of it), r's error, ctx's, or one of the store. For a
// line that is no JSON, of an unknown table or that the table refuses, see
// [JSONLOptions]. Errors tell the line. The report is returned also with an error:
// what it counts is committed.
func (b *Book) ImportJSONL(ctx context.Context, r io.Reader, opts *JSONLOptions) (*JSONLReport, error) {
	if opts == nil {
		opts = &JSONLOptions{}
	}
	im := &filling{book: b, opts: opts, started: time.Now(), now: b.now()}
	err := wrap("ImportJSONL", "", "", im.run(ctx, r))
	im.report.Elapsed = time.Since(im.started)
	b.opts.Logger.Info("import of a book ended", "records", im.report.Records, "written", im.report.Written,
		"rejected", im.report.Rejected, "elapsed", im.report.Elapsed, "error", err)
	return &im.report, err
}

// A filling is an import of a whole book.
type filling struct {
	book    *Book
	opts    *JSONLOptions
	started time.Time
	now     time.Time
	report  JSONLReport
	own     bool // the book was empty: it is ours to write to
}

// A filler is one line of an export.
type filler struct {
	line   int64
	text   []byte
	shelf  store.Shelf
	record json.RawMessage
	fault  error // why it is refused whatever the book holds
}

func (im *filling) run(ctx context.Context, r io.Reader) error {
	in := &lines{r: bufio.NewReaderSize(r, 64<<10)}
	text, err := in.next()
	if err != nil && err != io.EOF {
		return err
	}
	if err := im.book.readHeader(text); err != nil {
		return err
	}
	if err := im.begin(ctx); err != nil {
		return err
	}
	shelves := map[string]store.Shelf{}
	for _, s := range im.book.portable() {
		shelves[s.Name()] = s
	}
	var batch []filler
	size := 0
	flush := func() error {
		err := im.flush(ctx, batch)
		batch, size = nil, 0
		return cmp.Or(err, ctx.Err())
	}
	for {
		text, err := in.next()
		if err == io.EOF {
			return cmp.Or(flush(), fmt.Errorf("line %d: the export was cut: %w", in.n+1, ErrIncomplete))
		}
		if err != nil {
			return cmp.Or(flush(), err)
		}
		if len(text) == 0 {
			continue
		}
		if n, ok := readFooter(text); ok {
			if err := flush(); err != nil {
				return err
			}
			if n != im.report.Records {
				return fmt.Errorf("line %d: %d records, want %d: %w", in.n, im.report.Records, n, ErrIncomplete)
			}
			return im.end(ctx)
		}
		l := filler{line: in.n, text: text}
		l.shelf, l.record, l.fault = readLine(text, shelves)
		batch = append(batch, l)
		if size += len(text); len(batch) == batchRecords || size > batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// begin marks an empty book as being filled. One with records of its own, and
// no mark, is left as it is.
func (im *filling) begin(ctx context.Context) error {
	return im.update(ctx, func(tx *Tx) error {
		im.own = true
		_, err := im.book.settings.Update(tx.st, im.book.settings.Key(), func(s *setting) error {
			if s.Filling {
				return nil
			}
			for _, t := range tables {
				if settled[t.Name()] || t.Name() == attributeTable.Name() { // which programs declare when they start
					continue
				}
				for _, err := range t.At(im.book.space).Read(tx.st, store.Range{Limit: 1}) {
					im.own = false
					return err
				}
			}
			s.Filling = true
			return nil
		})
		return err
	})
}

// end takes the mark away.
func (im *filling) end(ctx context.Context) error {
	if !im.own {
		return nil
	}
	return im.update(ctx, func(tx *Tx) error {
		_, err := im.book.settings.Update(tx.st, im.book.settings.Key(), func(s *setting) error {
			s.Filling = false
			return nil
		})
		return err
	})
}

// update is Book.Update without the audit log, which comes with the book.
func (im *filling) update(ctx context.Context, f func(tx *Tx) error) error {
	return im.book.st.Update(ctx, func(_ context.Context, st store.Tx) error { return f(im.book.begin(st)) })
}

// flush writes a batch in one transaction, or in several when it is too large
// for one.
func (im *filling) flush(ctx context.Context, batch []filler) error {
	if len(batch) == 0 {
		return nil
	}
	report, refused, err := im.try(ctx, batch)
	if errors.Is(err, store.ErrTooLarge) {
		if n := len(batch) / 2; n > 0 {
			if err := im.flush(ctx, batch[:n]); err != nil {
				return err
			}
			return im.flush(ctx, batch[n:])
		}
		batch[0].fault = err
		report, refused, err = im.try(ctx, batch)
	}
	if err != nil {
		return err
	}
	report.Elapsed = time.Since(im.started)
	im.book.imported(report.Records-im.report.Records, report.Rejected-im.report.Rejected)
	im.report = report
	for i, fault := range refused {
		switch {
		case fault == nil:
		case im.opts.Reject == nil:
			return fmt.Errorf("line %d: %w", batch[i].line, fault)
		default:
			im.opts.Reject(batch[i].line, batch[i].text, fault)
		}
	}
	if im.opts.Progress != nil {
		im.opts.Progress(report)
	}
	return nil
}

// try writes a batch in one transaction. It returns what the report will be,
// and why which lines are refused. Where there is no Reject the first of them
// is the last that is looked at.
func (im *filling) try(ctx context.Context, batch []filler) (report JSONLReport, refused []error, err error) {
	err = im.update(ctx, func(tx *Tx) error {
		report, refused = im.report, make([]error, len(batch))
		tx.backfill, tx.now = true, im.now
		relisted := false
		for i := range batch {
			l := &batch[i]
			changed, fault := false, l.fault
			if fault == nil {
				if changed, fault = im.write(tx, l); fault != nil && !refusal(fault) {
					return fault
				}
			}
			report.Records++
			switch {
			case fault != nil:
				report.Rejected++
				if refused[i] = fault; im.opts.Reject == nil {
					return im.relist(tx, relisted)
				}
			case changed && !im.own:
				return fmt.Errorf("line %d: the book has records of its own, and this one not or otherwise: %w", l.line, ErrExists)
			case changed:
				report.Written++
				relisted = relisted || l.shelf.Name() == listingTable.Name()
			default:
				report.Unchanged++
			}
		}
		return im.relist(tx, relisted)
	})
	return report, refused, err
}

// relist makes whoever remembers listings read them again.
func (im *filling) relist(tx *Tx, changed bool) error {
	if !changed {
		return nil
	}
	return tx.renew()
}

// write writes a record, and the events that tell of it.
func (im *filling) write(tx *Tx, l *filler) (changed bool, err error) {
	var events []Event
	if tell := told[l.shelf.Name()]; tell != nil {
		if events, err = tell(l.record); err != nil {
			return false, err
		}
	}
	if changed, err = l.shelf.Write(tx.st, l.record); changed {
		for _, e := range events {
			tx.emit(e)
		}
		if l.shelf.Name() == consentTable.Name() {
			tx.tally(consentRecorded)
		}
	}
	return changed, err
}
