package crm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// The bounds of one transaction of an import: short, so that whoever else
// writes does not wait long: 20 ms at 25,000 orders a second.
const (
	batchRecords = 500
	batchBytes   = 2 << 20
)

// Import records whatever the sequence yields, in batches of which each is one
// transaction: indexes, aggregates and events are true after every one. A
// record with a Ref is recorded once, however often it is imported, so an
// import that was stopped, by ctx, an error or a crash, is simply run again.
// Events are marked Backfill. What the book refuses goes to opts.Reject, and
// the import goes on.
//
// The sequence is drawn from ahead of what is being committed, on a goroutine
// that ends before Import returns; it must leave alone what it has yielded. An
// error that it yields ends the import. Import returns the report also when it
// fails: what it counts is committed, but in a dry run.
func (b *Book) Import(ctx context.Context, records iter.Seq2[Record, error], opts *ImportOptions) (*ImportReport, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	im := &importer{book: b, opts: opts, started: time.Now(), now: b.now(), buyers: map[Ref]buyer{}, ensured: map[Ref]buyer{}, seed: maphash.MakeSeed()}
	var fault error
	for batch, err := range ahead(records) {
		if fault = err; fault == nil {
			im.batch = batch
			fault = im.flush(ctx)
		}
		if fault != nil {
			break
		}
	}
	im.report.Elapsed = time.Since(im.started)
	fault = wrap("Import", "", "", cmp.Or(fault, ctx.Err()))
	b.opts.Logger.Info("import ended", "records", im.report.Records, "rejected", im.report.Rejected,
		"warnings", im.report.Warnings, "elapsed", im.report.Elapsed, "error", fault)
	return &im.report, fault
}

// An importer records batches.
type importer struct {
	book    *Book
	opts    *ImportOptions
	started time.Time
	now     time.Time // of the run: what a source without versions speaks of
	report  ImportReport
	batch   []Record
	refused map[int]error // records of the batch that fail
	buyers  map[Ref]buyer // whom committed batches have ensured
	ensured map[Ref]buyer // whom this transaction has
	seed    maphash.Seed
	catalog catalog
}

// A buyer is a customer as they stood beside an order.
type buyer struct {
	id  CustomerID
	sum uint64 // of what was said of them
}

const maxBuyers = 100_000

var errDryRun = errors.New("dry run")

// flush commits the batch. A record that fails after it wrote something spoils
// the transaction, which is then run again without it and whatever else was
// found to fail.
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
		if !im.opts.DryRun {
			im.book.imported(report.Records-im.report.Records, report.Rejected-im.report.Rejected)
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
		im.batch = im.batch[:0]
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
	refused := im.refused
	err = im.book.Update(ctx, func(ctx context.Context, tx *Tx) error {
		report, warnings, refused = im.report, warnings[:0], maps.Clone(im.refused)
		clear(im.ensured)
		tx.backfill, tx.now, tx.shared = true, im.now, &im.catalog
		writes := &writes{Tx: tx.st}
		tx.st = writes
		spoiled := false
		for i := range batch {
			if i%100 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			report.Records++
			if refused[i] != nil {
				report.Rejected++
				continue
			}
			tx.warn = func(text string) {
				report.Warnings++
				warnings = append(warnings, warning{i, text})
			}
			before, warned, wrote := report, len(warnings), writes.n
			if err := im.record(tx, &batch[i], &report); err != nil {
				if !refusal(err) {
					return err
				}
				// What is invalid is so in any transaction; the rest may be
				// the fault of one that is spoiled.
				if _, invalid := errors.AsType[*InvalidError](err); invalid || !spoiled {
					refused[i] = err
				}
				spoiled = spoiled || writes.n > wrote
				report, warnings = before, warnings[:warned]
				report.Rejected++
			}
		}
		if spoiled {
			return errAgain
		}
		if im.opts.DryRun {
			return errDryRun
		}
		return nil
	})
	im.refused = refused
	switch {
	case err == nil:
		if len(im.buyers) > maxBuyers {
			clear(im.buyers)
		}
		maps.Copy(im.buyers, im.ensured)
	case errors.Is(err, errDryRun):
		err = nil
	}
	return report, warnings, err
}

// writes counts what is written to a transaction.
type writes struct {
	store.Tx
	n int
}

func (w *writes) Put(key, value []byte)             { w.n++; w.Tx.Put(key, value) }
func (w *writes) Delete(key []byte)                 { w.n++; w.Tx.Delete(key) }
func (w *writes) DeleteRange(from, to []byte)       { w.n++; w.Tx.DeleteRange(from, to) }
func (w *writes) Emit(topic string, payload []byte) { w.n++; w.Tx.Emit(topic, payload) }

// refusal reports whether an error is the record's and not the store's.
func refusal(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrExists) || errors.Is(err, ErrOverflow)
}

// record records what a Record holds.
func (im *importer) record(tx *Tx, rec *Record, report *ImportReport) error {
	if rec.Customer == nil && rec.Product == nil && rec.Order == nil && rec.Refund == nil && rec.Interaction == nil && len(rec.Consents) == 0 && len(rec.Identities) == 0 {
		return &InvalidError{Fields: []FieldError{{Field: "record", Want: "a customer, a product, an order, a refund, an interaction, consents or identities"}}}
	}
	if rec.Product != nil {
		_, what, err := tx.recordProduct(*rec.Product)
		if err != nil {
			return within("product", err)
		}
		report.Products.count(what)
	}
	var id CustomerID
	tx.told = rec.told()
	if rec.Customer != nil {
		record := tx.recordCustomer
		beside := rec.Order != nil || rec.Refund != nil || rec.Interaction != nil || rec.names()
		if beside {
			record = func(v Customer) (*Customer, outcome, error) { return im.ensure(tx, v) }
		}
		stored, what, err := record(*rec.Customer)
		if err != nil {
			return within("customer", err)
		}
		report.Customers.count(what)
		if id, tx.buyer = stored.ID, stored.ID; !beside && what == updated {
			clear(im.buyers) // what was said beside an order may be gone
			clear(im.ensured)
		}
		if !stored.ErasedAt.IsZero() {
			tx.buyer = ""
		}
	}
	if len(rec.Identities) > 0 {
		if err := tx.importIdentities(id, rec, &report.Identities); err != nil {
			return within("identities", err)
		}
	}
	var order *Order
	if rec.Order != nil {
		o := *rec.Order
		if o.CustomerID == "" {
			o.CustomerID = id
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
			r.CustomerID = id
		}
		_, what, err := tx.recordRefund(r)
		if err != nil {
			return within("refund", err)
		}
		report.Refunds.count(what)
	}
	if rec.Interaction != nil {
		i := *rec.Interaction
		i.CustomerID = cmp.Or(i.CustomerID, id)
		_, what, err := tx.recordInteraction(i)
		if err != nil {
			return within("interaction", err)
		}
		report.Interactions.count(what)
	}
	for i, c := range rec.Consents {
		c.CustomerID = cmp.Or(c.CustomerID, id)
		what, err := tx.importConsent(c)
		if err != nil {
			return within(fmt.Sprintf("consents[%d]", i), err)
		}
		report.Consents.count(what)
	}
	return nil
}

// names reports whether the Customer only says whose consents or identities a
// record has.
func (rec *Record) names() bool {
	c := rec.Customer
	return len(rec.Consents)+len(rec.Identities) > 0 && reflect.DeepEqual(*c, Customer{ID: c.ID, Refs: c.Refs})
}

// importIdentities gives the customer of a record what the source knows them by.
func (tx *Tx) importIdentities(id CustomerID, rec *Record, n *ImportCount) error {
	if id == "" {
		return &InvalidError{Fields: []FieldError{{Field: "customer", Want: "whose they are"}}}
	}
	given := slices.Clone(rec.Identities)
	for i := range given {
		given[i].Verified = true
		if refs := rec.Customer.Refs; given[i].Source == "" && len(refs) > 0 {
			given[i].Source = refs[0].Source
		}
	}
	r, err := tx.identify(given, &IdentifyOptions{CustomerID: id})
	if errors.Is(err, ErrErased) {
		tx.warn("identities of a customer who was erased are left out")
		return nil
	}
	if err != nil {
		return err
	}
	for i, m := range r.Matches {
		switch {
		case m.Added:
			n.Created++
		case m.Refused != "" && m.Refused != RefusedRepeated:
			tx.warn(fmt.Sprintf("identities[%d] is left out: it is refused as %s", i, m.Refused))
		default:
			n.Unchanged++
		}
	}
	return nil
}

// ensure is Tx.ensureCustomer, which has nothing to do for a buyer of whom the
// same was said before.
func (im *importer) ensure(tx *Tx, v Customer) (*Customer, outcome, error) {
	if len(v.Refs) == 0 {
		return tx.ensureCustomer(v)
	}
	tx.scratch = store.Encode(tx.scratch[:0], &v, customerFields)
	sum := maphash.Bytes(im.seed, tx.scratch)
	b, ok := im.ensured[v.Refs[0]]
	if !ok {
		b, ok = im.buyers[v.Refs[0]]
	}
	if ok && b.sum == sum && tx.lives(b.id) {
		return &Customer{ID: b.id}, unchanged, nil
	}
	stored, what, err := tx.ensureCustomer(v)
	if err == nil && stored.ErasedAt.IsZero() {
		im.ensured[v.Refs[0]] = buyer{stored.ID, sum}
	}
	return stored, what, err
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
	if i := rec.Interaction; i != nil {
		n += 500 + len(i.Text) + 200*len(i.Items)
		for _, v := range i.Properties {
			n += 50 + len(v.text)
		}
	}
	for _, c := range rec.Consents {
		n += 1000 + len(c.Proof.Note)
	}
	for _, i := range rec.Identities {
		n += 500 + 2*len(i.Value)
	}
	return n
}
