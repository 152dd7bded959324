package recommend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Recommender tells what customers of a shop take next. It is safe for
// concurrent use.
type Recommender struct {
	book *crm.Book // nil: it was made of rows
	tx   *crm.Tx   // of In, else nil
	opts Options
	*memory
}

// A memory is what a process keeps of the book to answer from. Who asks brings it
// up to date first, and so sees whatever was committed before.
type memory struct {
	turn   chan struct{} // one brings it up to date at a time
	making chan struct{} // one makes models, loads or saves them at a time; it may wait for the turn
	rows   *still        // instead of the keeper
	token  string        // this process

	swap   sync.Mutex // held while one of these is put in place
	keeper atomic.Pointer[intake.Keeper]
	state  atomic.Pointer[state]
	opened atomic.Pointer[store.Cursor] // where the keeper stood when it was put in place

	running atomic.Int32              // how many Runs there are
	next    atomic.Pointer[time.Time] // when Run has something to do; nil: at once
	stale   atomic.Bool               // another process made models
	unsaved atomic.Bool               // this one did, and they are not saved
	left    atomic.Bool               // somebody left who is in the models
	purge   atomic.Bool               // somebody left who may be in what is saved
	took    atomic.Int64              // how long it took to make them
	told    atomic.Pointer[telling]   // when it was last told of all that is due

	usual atomic.Pointer[usual] // what is bought in the shop

	reminders *store.Table[reminder]

	mu    sync.Mutex
	tally map[string]Tally
}

// A telling is a day on which it was told of all that is due by some models.
type telling struct {
	day int32
	by  *state
}

// known is what is known of customers and products. f must only read it, and not
// keep it; pairs, how many orders products share, are to be read within Read.
type known interface {
	Read(f func(*ledger.Ledger, *goods.Goods))
	Pairs() *ledger.Pairs
}

// A still is what does not change.
type still struct {
	ledger *ledger.Ledger
	goods  *goods.Goods
	pairs  *ledger.Pairs
}

func (s *still) Read(f func(*ledger.Ledger, *goods.Goods)) { f(s.ledger, s.goods) }
func (s *still) Pairs() *ledger.Pairs                      { return s.pairs }

// put puts models in place, bound to the catalog that is.
func (m *memory) put(s *state) {
	m.swap.Lock()
	defer m.swap.Unlock()
	if k := m.keeper.Load(); k != nil && s.known != known(k) {
		s = s.boundTo(k)
	}
	m.state.Store(s)
}

// adopt puts a keeper in place, whose products have other numbers than those of the
// one before. Who is being answered goes on with that.
func (m *memory) adopt(k *intake.Keeper) {
	m.swap.Lock()
	defer m.swap.Unlock()
	if s := m.state.Load(); s != nil {
		m.state.Store(s.boundTo(k))
	}
	at := k.Cursor()
	m.opened.Store(&at)
	m.keeper.Store(k)
}

// New returns the recommender of a book. It reads nothing yet and starts nothing:
// who asks first waits until the book is read and models are made, which takes
// milliseconds for a small shop and minutes for a large one, unless [Recommender.Run]
// or [Recommender.Rebuild] did so before. New returns an [*crm.InvalidError] that
// lists everything that is wrong with the options, or an error of the store. Nil
// opts are the zero ones.
func New(book *crm.Book, opts *Options) (*Recommender, error) {
	r, err := made(opts, book.Currency())
	if err != nil {
		return nil, wrap("New", "", err)
	}
	r.book, r.token, r.reminders = book, crm.NewID("rec_", book.Now()), reminderTable.In(book.Space())
	shelf := reminderShelf{r.reminders}
	if err := book.Register(shelf); err != nil {
		return nil, wrap("New", "", err)
	}
	if err := shelf.Prepare(context.Background(), book.Store()); err != nil {
		return nil, wrap("New", "", err)
	}
	if err := book.RegisterTraits(affinitySource{r}); err != nil && !errors.Is(err, crm.ErrExists) {
		return nil, wrap("New", "", err)
	}
	return r, nil
}

// Learn returns a recommender of rows, without a book: what [Recommender.Recommend]
// and the questions say that need none. Rows without a weight count once, those
// with one as many times, rounded, but once at least; whatever is below zero was
// given back. Times may be zero when nothing is known of them. Of a basket the
// earliest counts.
//
// It returns an [*crm.InvalidError] for options, and the error of ctx when it ends
// first.
func Learn(ctx context.Context, rows iter.Seq[eval.Row], opts *Options) (*Recommender, error) {
	r, err := made(opts, "")
	if err != nil {
		return nil, wrap("Learn", "", err)
	}
	if rows == nil {
		return nil, wrap("Learn", "", &crm.InvalidError{Fields: []crm.FieldError{{Field: "rows", Value: "nil", Want: "an iterator"}}})
	}
	at := time.Time{}
	r.rows, at = taken(rows, r.opts.Location)
	s, err := r.learn(ctx, at)
	if err != nil {
		return nil, wrap("Learn", "", err)
	}
	r.put(s)
	return r, nil
}

func made(opts *Options, currency crm.Currency) (*Recommender, error) {
	r := &Recommender{memory: &memory{turn: make(chan struct{}, 1), making: make(chan struct{}, 1), tally: map[string]Tally{}}}
	if opts != nil {
		r.opts = *opts
	}
	if err := r.opts.check(currency); err != nil {
		return nil, err
	}
	r.opts.Horizon = cmp.Or(r.opts.Horizon, 30)
	r.opts.Every = cmp.Or(r.opts.Every, 24*time.Hour)
	r.opts.Location = cmp.Or(r.opts.Location, time.UTC)
	if r.opts.Logger == nil {
		r.opts.Logger = slog.New(slog.DiscardHandler)
	}
	return r, nil
}

// In returns the recommender as a transaction of the book sees it: what tx wrote
// counts. Models and the catalog they choose from stand where the last question
// outside of transactions, or Run, left them, so there must be some; records and what
// the customer bought are read in tx. So what sells out in tx, is withdrawn or becomes
// dearer is in no list any more, but what came, or came into stock, is in lists only
// once tx is committed. Like tx it stays on the goroutine of its
// callback.
func (r *Recommender) In(tx *crm.Tx) *Recommender {
	in := *r
	in.tx = tx
	return &in
}

// view calls f with the transaction of In, or with one of its own; with nil when
// there is no book.
func (r *Recommender) view(ctx context.Context, f func(ctx context.Context, tx *crm.Tx) error) error {
	switch {
	case r.book == nil:
		return f(ctx, nil)
	case r.tx != nil:
		return f(ctx, r.tx)
	}
	return r.book.View(ctx, f)
}

// now is the time by the clock of the book; of rows, that of the last one.
func (r *Recommender) now() time.Time {
	if r.book == nil {
		return r.state.Load().at
	}
	return r.book.Now()
}

func (r *Recommender) currency() crm.Currency {
	if r.book == nil {
		return ""
	}
	return r.book.Currency()
}

// noProduct is the error of a call with a product that is not in the catalog.
func noProduct(op string, id crm.ProductID) error {
	if !crm.ValidID(string(id)) {
		return &crm.Error{Op: "recommend." + op, Kind: "product", Err: fmt.Errorf("%w: %.120q is an id of none", crm.ErrNotFound, id)}
	}
	return &crm.Error{Op: "recommend." + op, Kind: "product", ID: string(id), Err: crm.ErrNotFound}
}

// wrap names the call that failed, once, and whom it was about.
func wrap(op string, id crm.CustomerID, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*crm.Error](err); ok {
		return err
	}
	if !crm.ValidID(string(id)) { // one that was given wrongly may be anything
		id = ""
	}
	return &crm.Error{Op: "recommend." + op, Kind: "recommendation", ID: string(id), Err: err}
}
