package segment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Options adjust a Catalog. The zero value of every field is a good default.
type Options struct {
	// Location is the shop's: days, weeks and months are those of its calendar.
	// Nil is UTC.
	Location *time.Location
	// RFM says how recency, frequency and money are scored, for the words
	// rfm_group and traits.rfm.recency of rules and [Catalog.Groups]. Recency is in
	// calendar days, money in minor units of the book's currency. Zero makes five
	// quantiles of each, over the whole history. Edges are worked out once a day.
	RFM rfm.Scheme
	// Groups names the groups of these scores; zero is [rfm.Ten].
	Groups rfm.Map
	// LifeCycle says how the stages of customers follow from the shop's rhythm, in
	// calendar days, for the word life_cycle_stage of rules and [Catalog.Rhythm].
	LifeCycle lifecycle.Policy
	// Logger is told when columns are built and memberships are brought up to
	// date. It gets no personal data. Nil is silence.
	Logger *slog.Logger
}

// A Catalog is the segments of a book. It is safe for concurrent use.
type Catalog struct {
	book *crm.Book
	tx   *crm.Tx   // of In, else nil
	asOf time.Time // of At, else zero
	opts Options

	tables
	columns *columns
}

// tables are those of the catalog in the book's namespace.
type tables struct {
	segments    *store.Table[definition]
	picks       *store.Table[pick]
	transitions *store.Table[Transition]
	days        *store.Table[Day]
	rolls       *store.Table[census]
	sheets      *store.Table[sheet]
	turns       *store.Table[turn]
	standings   *store.Table[standing]
	drafts      *store.Table[draft]
}

func tablesIn(space uint64) tables {
	return tables{
		definitionTable.In(space), pickTable.In(space), transitionTable.In(space), dayTable.In(space),
		rollTable.In(space), sheetTable.In(space), turnTable.In(space), standingTable.In(space), draftTable.In(space),
	}
}

func (t *tables) shelves() []store.Shelf {
	return []store.Shelf{t.segments, t.picks, t.transitions, t.days, t.rolls, sheetShelf{t.sheets, t.rolls}, turnShelf{t.turns}, t.standings, t.drafts}
}

// New opens the catalog of a book, registers its tables with the book, and makes
// them where there are none. It reads and writes the store, and starts nothing:
// see [Catalog.Run]. New returns an [*crm.InvalidError] that lists everything that is
// wrong with the options, [crm.ErrNewer] for tables that a newer release
// wrote, or an error of the store. Nil opts are the zero ones.
func New(book *crm.Book, opts *Options) (*Catalog, error) {
	if opts == nil {
		opts = &Options{}
	}
	if err := opts.check(); err != nil {
		return nil, wrap("New", "", err)
	}
	c := &Catalog{book: book, opts: *opts, tables: tablesIn(book.Space()), columns: &columns{turn: make(chan struct{}, 1), frozen: &frozen{}}}
	if c.opts.Groups.IsZero() {
		c.opts.Groups = rfm.Ten()
	}
	c.columns.live = newLive(c)
	if c.opts.Location == nil {
		c.opts.Location = time.UTC
	}
	if c.opts.Logger == nil {
		c.opts.Logger = slog.New(slog.DiscardHandler)
	}
	shelves := c.shelves()
	if err := book.Register(shelves...); err != nil {
		return nil, wrap("New", "", err)
	}
	for _, s := range shelves {
		if err := s.Prepare(context.Background(), book.Store()); err != nil {
			return nil, wrap("New", "", err)
		}
	}
	if err := c.register(); err != nil {
		return nil, wrap("New", "", err)
	}
	return c, nil
}

// In returns the catalog as a transaction of the book sees it: with the same
// verbs, which write and read in the transaction. Like that, it stays on the
// goroutine of its callback.
func (c *Catalog) In(tx *crm.Tx) *Catalog {
	in := *c
	in.tx = tx
	return &in
}

// view calls f with the transaction of In, or with one of its own.
func (c *Catalog) view(ctx context.Context, op string, id ID, f func(ctx context.Context, tx *crm.Tx) error) error {
	if c.tx != nil {
		return wrap(op, id, f(ctx, c.tx))
	}
	return wrap(op, id, c.book.View(ctx, f))
}

// update calls f with the transaction of In, or with one of its own.
func (c *Catalog) update(ctx context.Context, op string, id ID, f func(ctx context.Context, tx *crm.Tx) error) error {
	if c.tx != nil {
		return wrap(op, id, f(ctx, c.tx))
	}
	return wrap(op, id, c.book.Update(ctx, f))
}

// wrap names the call that failed, once, and the segment.
func wrap(op string, id ID, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*crm.Error](err); ok {
		return err
	}
	if !crm.ValidID(string(id)) { // one that was given wrongly may be anything
		id = ""
	}
	return &crm.Error{Op: "segment." + op, Kind: "segment", ID: string(id), Err: err}
}

// faults are what is wrong with an input.
type faults []crm.FieldError

func (f *faults) add(field, value, want string) {
	*f = append(*f, crm.FieldError{Field: field, Value: value, Want: want})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &crm.InvalidError{Fields: f}
}

// check returns what is wrong with options, all at once.
func (o *Options) check() error {
	var f faults
	if err, ok := errors.AsType[rfm.Faults](o.RFM.Check()); ok {
		for _, x := range err {
			f.add("rfm."+x.Path, x.Got, x.Want)
		}
	}
	if !o.Groups.IsZero() || o.Groups.Bins != 0 || o.Groups.None != "" {
		if err, ok := errors.AsType[rfm.Faults](o.Groups.Check()); ok {
			for _, x := range err {
				f.add("groups."+x.Path, x.Got, x.Want)
			}
		}
	}
	if err, ok := errors.AsType[lifecycle.Faults](o.LifeCycle.Check()); ok {
		for _, x := range err {
			f.add("life_cycle."+x.Path, x.Got, x.Want)
		}
	}
	if o.LifeCycle.Day > 1 {
		f.add("life_cycle.day", fmt.Sprint(o.LifeCycle.Day), "0 or 1: times are in calendar days")
	}
	return f.err()
}

// The events of the catalog. Name is the segment's id.
const (
	Created crm.EventKind = "segment.created"
	Updated crm.EventKind = "segment.updated" // Changes name the fields
	Deleted crm.EventKind = "segment.deleted"
)

// ErrUsed says that a segment cannot be deleted because rules of others name it:
// see [Catalog.Uses].
var ErrUsed = errors.New("used by rules")
