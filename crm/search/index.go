package search

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Options adjust an Index. The zero value of every field is a good default.
type Options struct {
	// Logger is told when the index is being built and when it is. It gets no
	// personal data. Nil is silence.
	Logger *slog.Logger
	// Lease is how long whoever keeps the index, and gives no sign of life, keeps
	// other processes from doing it; 0 is 10 seconds.
	Lease time.Duration
	// Memory is how many bytes building the index takes, about; 0 is 128 MiB. With
	// less it goes over all customers more often.
	Memory int
}

// An Index finds customers. It is safe for concurrent use.
type Index struct {
	book   *crm.Book
	tx     *crm.Tx // of In, else nil
	opts   Options
	tables *tables
	holder string
}

// follower is the name by which the index follows the book.
const follower = "search"

// New opens the index of a book, registers its tables with the book, and makes
// them where there are none. It reads and writes the store. The index is empty
// until [Index.Run] or [Index.Tick] has built it. New returns an error that
// wraps [crm.ErrInvalid] for options that cannot be, [crm.ErrNewer] for tables
// that a newer release wrote, or an error of the store. Nil opts are the zero
// ones.
func New(book *crm.Book, opts *Options) (*Index, error) {
	if opts == nil {
		opts = &Options{}
	}
	x := &Index{book: book, opts: *opts, tables: tablesIn(book.Space()), holder: "idx_" + rand.Text()}
	var faults []crm.FieldError
	if opts.Lease < 0 {
		faults = append(faults, crm.FieldError{Field: "lease", Value: opts.Lease.String(), Want: "0 or more"})
	}
	if opts.Memory < 0 {
		faults = append(faults, crm.FieldError{Field: "memory", Value: fmt.Sprint(opts.Memory), Want: "0 or more"})
	}
	if len(faults) > 0 {
		return nil, failed("search.New", &crm.InvalidError{Fields: faults})
	}
	x.opts.Lease = cmp.Or(x.opts.Lease, 10*time.Second)
	x.opts.Memory = cmp.Or(x.opts.Memory, 128<<20)
	if x.opts.Logger == nil {
		x.opts.Logger = slog.New(slog.DiscardHandler)
	}
	shelves := x.tables.shelves()
	if err := book.Register(shelves...); err != nil {
		return nil, failed("search.New", err)
	}
	for _, s := range shelves {
		if err := s.Prepare(context.Background(), book.Store()); err != nil {
			return nil, failed("search.New", err)
		}
	}
	return x, nil
}

// In returns the index as a transaction of the book sees it: what it finds and
// what is read in the transaction are of one snapshot. Like the transaction, it
// stays on the goroutine of its callback. Its Run, Tick and Sync return
// [crm.ErrNested].
func (x *Index) In(tx *crm.Tx) *Index {
	y := *x
	y.tx = tx
	return &y
}

// view calls f with the transaction of In, or one of its own.
func (x *Index) view(ctx context.Context, op string, f func(ctx context.Context, tx *crm.Tx) error) error {
	if x.tx != nil {
		return failed(op, f(ctx, x.tx))
	}
	return failed(op, x.book.View(ctx, f))
}

// failed names the call that failed.
func failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &crm.Error{Op: op, Err: err}
}
