package crm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// The bounds of one transaction of an import.
const (
	batchRecords = 2000
	batchBytes   = 3 << 20
)

// Import records whatever the sequence yields, in batches of which each is one
// transaction: indexes, aggregates and events are true after every one. A
// record with a Ref is recorded once, however often it is imported, so an
// import that was stopped, by ctx, an error or a crash, is simply run again.
// Events are marked Backfill. What the book refuses goes to opts.Reject, and
// the import goes on.
//
// A sequence that yields an error ends the import with it. Import returns the
// report also when it fails: what it counts is committed, but in a dry run.
func (b *Book) Import(ctx context.Context, records iter.Seq2[Record, error], opts *ImportOptions) (*ImportReport, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	im := &importer{book: b, opts: opts, started: time.Now(), now: b.now()}
	var fault error
	for rec, err := range records {
		if err != nil {
			fault = err
			break
		}
		im.batch = append(im.batch, rec)
		if im.size += rec.size(); len(im.batch) == batchRecords || im.size > batchBytes {
			if fault = im.flush(ctx); fault != nil {
				return im.done(fault)
			}
		}
	}
	return im.done(errors.Join(im.flush(ctx), fault))
}

// An importer gathers records into batches.
type importer struct {
	book    *Book
	opts    *ImportOptions
	started time.Time
	now     time.Time // of the run: what a source without versions speaks of
	report  ImportReport
	batch   []Record
	size    int
	refused map[int]error // records of the batch that fail
}

var errDryRun = errors.New("dry run")

func (im *importer) done(err error) (*ImportReport, error) {
	im.report.Elapsed = time.Since(im.started)
	return &im.report, wrap("Import", "", "", err)
}

// flush commits the batch. A record that fails after it wrote something spoils
// the transaction, which is then run again without it.
func (im *importer) flush(ctx context.Context) error {
	im.refused = map[int]error{}
	for len(im.batch) > 0 {
		report, warnings, err := im.try(ctx, im.batch)
		switch {
		case err == nil:
		case errors.Is(err, store.ErrTooLarge) && len(im.batch) > 1:
			if err := im.halve(ctx); err != nil {
				return err
			}
			continue
		case errors.Is(err, store.ErrTooLarge):
			im.refused[0] = err
			continue
		case errors.Is(err, errAgain):
			continue
		default:
			return err
		}
		im.report = report
		for i, rec := range im.batch {
			if err := im.refused[i]; err != nil && im.opts.Reject != nil {
				im.opts.Reject(rec, err)
			}
		}
		for _, w := range warnings {
			if im.opts.Warn != nil {
				im.opts.Warn(im.batch[w.record], w.text)
			}
		}
		im.batch, im.size = im.batch[:0], 0
		if im.opts.Progress != nil {
			im.report.Elapsed = time.Since(im.started)
			im.opts.Progress(im.report)
		}
	}
	return ctx.Err()
}

// halve flushes the first half of a batch that is too large for a transaction.
func (im *importer) halve(ctx context.Context) error {
	batch := im.batch
	half := len(batch) / 2
	im.batch = append([]Record(nil), batch[:half]...)
	if err := im.flush(ctx); err != nil {
		return err
	}
	im.batch, im.refused = append([]Record(nil), batch[half:]...), map[int]error{}
	return nil
}

// errAgain says that the batch is to be run again, as im.refused has grown.
var errAgain = errors.New("again")

type warning struct {
	record int
	text   string
}

// try runs a batch in one transaction, and returns what the report will be.
func (im *importer) try(ctx context.Context, batch []Record) (report ImportReport, warnings []warning, err error) {
	err = im.book.Update(ctx, func(ctx context.Context, tx *Tx) error {
		report, warnings = im.report, warnings[:0]
		tx.backfill, tx.now = true, im.now
		for i := range batch {
			if i%100 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			report.Records++
			if im.refused[i] != nil {
				report.Rejected++
				continue
			}
			tx.warn = func(text string) {
				report.Warnings++
				warnings = append(warnings, warning{i, text})
			}
			if err := tx.importRecord(&batch[i], &report); err != nil {
				if !refusal(err) {
					return err
				}
				im.refused[i] = err
				return errAgain
			}
		}
		if im.opts.DryRun {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return report, warnings, err
}

// refusal reports whether an error is the record's and not the store's.
func refusal(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrExists) || errors.Is(err, ErrOverflow)
}

// importRecord records what a Record holds.
func (tx *Tx) importRecord(rec *Record, report *ImportReport) error {
	if rec.Customer == nil && rec.Product == nil && rec.Order == nil && rec.Refund == nil {
		return &InvalidError{Fields: []FieldError{{Field: "record", Want: "a customer, a product, an order or a refund"}}}
	}
	if rec.Product != nil {
		_, what, err := tx.recordProduct(*rec.Product)
		if err != nil {
			return within("product", err)
		}
		report.Products.count(what)
	}
	var buyer CustomerID
	if rec.Customer != nil {
		record := tx.recordCustomer
		if rec.Order != nil || rec.Refund != nil {
			record = tx.ensureCustomer
		}
		stored, what, err := record(*rec.Customer)
		if err != nil {
			return within("customer", err)
		}
		report.Customers.count(what)
		buyer, tx.buyer = stored.ID, stored.ID
	}
	var order *Order
	if rec.Order != nil {
		o := *rec.Order
		if o.CustomerID == "" {
			o.CustomerID = buyer
		}
		stored, what, err := tx.recordOrder(o)
		if err != nil {
			return within("order", err)
		}
		report.Orders.count(what)
		order = stored
	}
	if rec.Refund != nil {
		r := *rec.Refund
		if order != nil && r.OrderID == "" {
			r.OrderID = order.ID
		}
		if r.CustomerID == "" && r.OrderID == "" {
			r.CustomerID = buyer
		}
		_, what, err := tx.recordRefund(r)
		if err != nil {
			return within("refund", err)
		}
		report.Refunds.count(what)
	}
	return nil
}

// within tells which part of a record an error is of.
func within(part string, err error) error {
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("%s: %w", part, err)
	}
	fields := make([]FieldError, len(invalid.Fields))
	for i, f := range invalid.Fields {
		f.Field = part + "." + f.Field
		fields[i] = f
	}
	return &InvalidError{Fields: fields}
}

func (c *ImportCount) count(what outcome) {
	switch what {
	case created:
		c.Created++
	case updated:
		c.Updated++
	default:
		c.Unchanged++
	}
}

// size is about what a record takes in a transaction.
func (rec *Record) size() int {
	n := 0
	if rec.Customer != nil {
		n += 1000 + len(rec.Customer.Note)
	}
	if p := rec.Product; p != nil {
		n += 1000 + len(p.Description) + 300*len(p.Variants)
	}
	if rec.Order != nil {
		n += 1000 + 150*len(rec.Order.Items)
	}
	if rec.Refund != nil {
		n += 500 + 100*len(rec.Refund.Lines)
	}
	return n
}
