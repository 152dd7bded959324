package crm

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Options adjust a Book. The zero value of every field is a good default.
type Options struct {
	// Currency is the book's own, in which amounts of several currencies add
	// up. "" is what the book was made with, and EUR for a new one.
	Currency Currency
	// Namespace keeps several books apart in one store, such as brands.
	Namespace string
	// Rate tells what one unit of a currency cost in the book's at a time, for
	// orders that bring no rate of their own. It must be quick and always give
	// the same answer; the zero Rate is unknown. Nil knows none.
	Rate func(from Currency, at time.Time) Rate
	// Identities say which identities make whom one person. Nil is the zero
	// value.
	Identities *IdentityRules
	// GPCPurposes are what the Global Privacy Control of a browser denies beside
	// sale_sharing, such as profiling. Nil is nothing.
	GPCPurposes []Purpose
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger is told how imports end, and what was recorded but is odd, such as
	// totals that do not add up. It gets no personal data. Nil is silence.
	Logger *slog.Logger
	// Observe is told of counters and lag, for whatever metrics the shop has; a
	// [Measurement] says of which. It is called on many goroutines, after commits
	// and on their way, so it must be quick, and safe for concurrent use. Nil
	// costs nothing.
	Observe func(Measurement)
}

// A Book is the customer book of a shop: its customers, products, orders and
// refunds, in one store. It is safe for concurrent use.
type Book struct {
	Customers    *Customers
	Identities   *Identities
	Groups       *Groups
	Products     *Products
	Orders       *Orders
	Refunds      *Refunds
	Interactions *Interactions
	Consents     *Consents
	Traits       *Traits
	Timeline     *Timeline
	Privacy      *Privacy
	Events       *Events
	Followers    *Followers

	st       store.Store
	opts     Options
	currency Currency
	topic    string
	space    uint64 // the number of its namespace
	secret   []byte // signs tokens
	rules    *rules // of identities
	rooms    register

	traits       *store.Table[sheet]
	traitHistory *store.Table[sheet]
	sources      atomic.Pointer[[]TraitSource] // of traits
	groups       *store.Table[Group]

	settings    *store.Table[setting]
	customers   *store.Table[Customer]
	aggregates  *store.Table[standing]
	products    *store.Table[Product]
	orders      *store.Table[Order]
	refunds     *store.Table[Refund]
	listings    *store.Table[listing]
	links       *store.Table[link]
	consents    *store.Table[Consent]
	permissions *store.Table[permissions]
	identities  *store.Table[identityRow]
	followings  *store.Table[following]
	letters     *store.Table[DeadLetter]
	progress    progress
	attributes  *store.Table[declarations]

	interactions *store.Table[Interaction]
	audits       *store.Table[AuditEntry]
	auditHeads   *store.Table[auditHead]
	erasures     *store.Table[erasure]
	erasureKeys  *store.Table[erasureKey]
}

// New opens the book in a store, and makes one where there is none. It reads
// and writes the store: a store of an older release is brought up to date, in
// small steps that other processes need not wait for. New returns an error that
// wraps [ErrInvalid] for a currency or namespace that cannot be (or a currency
// other than the book's), [ErrNewer] for a store that a newer release wrote, or
// an error of the store.
func New(st store.Store, opts *Options) (*Book, error) {
	if opts == nil {
		opts = &Options{}
	}
	b := &Book{st: st, opts: *opts, topic: "crm"}
	if b.opts.Now == nil {
		b.opts.Now = time.Now
	}
	if b.opts.Logger == nil {
		b.opts.Logger = slog.New(slog.DiscardHandler)
	}
	var f faults
	b.rules = opts.Identities.compile(&f)
	if opts.Currency != "" && !opts.Currency.Valid() {
		f.add("currency", string(opts.Currency), "three capital letters of ISO 4217")
	}
	if opts.Namespace != "" {
		f.id("namespace", opts.Namespace)
		b.topic += "/" + opts.Namespace
	}
	for i, p := range opts.GPCPurposes {
		f.in("gpc_purposes", i)
		f.aim("", p, ConsentDenied)
	}
	if err := f.err(); err != nil {
		return nil, wrap("New", "book", "", err)
	}
	return b, wrap("New", "book", "", b.open(context.Background()))
}

func (b *Book) open(ctx context.Context) error {
	space, err := store.Namespace(ctx, b.st, b.opts.Namespace)
	if err != nil {
		return err
	}
	b.space = space
	b.settings = bookTable.In(space)
	b.traits, b.traitHistory, b.groups = traitTable.In(space), traitHistoryTable.In(space), groupTable.In(space)
	b.customers, b.aggregates = customerTable.In(space), aggregatesTable.In(space)
	b.products, b.listings = productTable.In(space), listingTable.In(space)
	b.orders, b.refunds = orderTable.In(space), refundTable.In(space)
	b.links, b.identities = linkTable.In(space), identityTable.In(space)
	b.followings, b.letters = followingTable.In(space), letterTable.In(space)
	b.consents, b.permissions = consentTable.In(space), permissionTable.In(space)
	b.attributes = attributeTable.In(space)
	b.interactions = interactionTable.In(space)
	b.audits, b.auditHeads = auditTable.In(space), auditHeadTable.In(space)
	b.erasures, b.erasureKeys = erasureTable.In(space), erasureKeyTable.In(space)
	for _, s := range b.shelves() {
		if err := s.Prepare(ctx, b.st); err != nil {
			return err
		}
	}
	load := func(r store.Reader) error {
		s, err := b.settings.Get(r, b.settings.Key())
		if err == nil {
			b.currency, b.secret = s.Currency, s.Secret
		}
		if err == nil && len(s.Secret) == 0 { // of a release that signed nothing
			err = ErrNotFound
		}
		return err
	}
	err = b.st.View(ctx, func(_ context.Context, r store.Reader) error { return load(r) })
	if errors.Is(err, ErrNotFound) {
		err = b.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
			if err := load(tx); !errors.Is(err, ErrNotFound) {
				return err
			}
			s, err := b.settings.Get(tx, b.settings.Key())
			if errors.Is(err, ErrNotFound) {
				s, err = &setting{Currency: cmp.Or(b.opts.Currency, "EUR")}, nil
			}
			if err != nil {
				return err
			}
			s.Secret = make([]byte, 32)
			rand.Read(s.Secret)
			b.currency, b.secret = s.Currency, s.Secret
			return b.settings.Put(tx, s)
		})
	}
	if err != nil {
		return err
	}
	if b.opts.Currency != "" && b.opts.Currency != b.currency {
		return &InvalidError{Fields: []FieldError{{Field: "currency", Value: string(b.opts.Currency), Want: fmt.Sprintf("%s, in which this book was made", b.currency)}}}
	}
	on := collectionsOn(conn{b, nil})
	b.Customers, b.Identities, b.Groups = &on.Customers, &on.Identities, &on.Groups
	b.Products, b.Orders, b.Refunds = &on.Products, &on.Orders, &on.Refunds
	b.Interactions, b.Consents, b.Traits = &on.Interactions, &on.Consents, &on.Traits
	b.Timeline, b.Privacy = &on.Timeline, &on.Privacy
	b.Events, b.Followers = &Events{b}, &Followers{b}
	return nil
}

// Currency returns the book's own currency.
func (b *Book) Currency() Currency { return b.currency }

// Convert returns what an amount was in the book's currency at a time, by
// [Options.Rate]; the same amount when it is of that currency, or of none. It is
// false when no rate is known, or the amount is out of range. Orders and refunds
// have rates of their own.
func (b *Book) Convert(m Money, at time.Time) (Money, bool) {
	if m.Currency == b.currency || m.IsZero() {
		return m, true
	}
	if b.opts.Rate == nil {
		return Money{}, false
	}
	rate := b.opts.Rate(m.Currency, at)
	if rate.IsZero() {
		return Money{}, false
	}
	converted, err := rate.Convert(m, b.currency)
	return converted, err == nil
}

// Store returns the store that the book is in.
func (b *Book) Store() store.Store { return b.st }

// A Tx is a transaction of a Book. Its collections are of the same types as
// the Book's, and see and make all their changes in the transaction. A Tx is
// valid until its callback returns, and must stay on the callback's goroutine.
type Tx struct {
	Customers    *Customers
	Identities   *Identities
	Groups       *Groups
	Products     *Products
	Orders       *Orders
	Refunds      *Refunds
	Interactions *Interactions
	Consents     *Consents
	Traits       *Traits
	Timeline     *Timeline
	Privacy      *Privacy

	book     *Book
	st       store.Tx
	now      time.Time
	backfill bool   // events are of imported history
	by       string // name of the follower that writes
	readOnly bool
	buyer    CustomerID // known to exist
	scratch  []byte     // for encoding events
	catalog  *catalog   // read in this transaction
	shared   *catalog   // of an import, for its transactions
	warn     func(string)
	actor    string // who changes things, "" for nobody named
	audits   []*AuditEntry
	told     time.Time // when what is imported happened, zero for a customer alone
	marks    [][]byte  // the keys of erasures, when marking
	marking  bool

	declared *declarations // read in this transaction
	tallies  *[]tally      // of records written, nil for none
}

// View calls f with one snapshot of the book, which neither blocks writers nor
// waits for them. Writes in it return [ErrReadOnly]. View returns f's error as
// it is, or [ErrNested] when ctx comes from another transaction of the store.
func (b *Book) View(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	return b.st.View(ctx, func(ctx context.Context, r store.Reader) error {
		ro := &readOnly{Reader: r}
		tx := b.begin(ro)
		tx.readOnly = true
		err := f(ctx, tx)
		if err == nil && ro.wrote {
			err = ErrReadOnly
		}
		return err
	})
}

// Update calls f with a transaction and commits it when f returns nil. All or
// nothing is written, and the outcome is as if transactions ran one after the
// other. f may be called again after a conflict, so it has no effects outside
// of tx but for [Tx.AfterCommit]. Update returns f's error as it is, and else
// what [store.Store] says.
func (b *Book) Update(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	actor, err := actorOf(ctx)
	if err != nil {
		return wrap("Update", "", "", err)
	}
	run := func(ctx context.Context, st store.Tx) error {
		tx := b.begin(st)
		tx.actor = actor
		if err := f(ctx, tx); err != nil {
			return err
		}
		return tx.closeAudit()
	}
	if b.opts.Observe == nil {
		return b.st.Update(ctx, run)
	}
	start := time.Now()
	err = b.st.Update(ctx, run)
	outcome := map[bool]string{true: "committed", false: "failed"}[err == nil]
	b.observe("transaction_seconds", "histogram", "outcome", outcome, time.Since(start).Seconds())
	return err
}

func (b *Book) begin(st store.Tx) *Tx {
	tx := &Tx{book: b, st: st, now: b.now()}
	tx.warn = func(text string) {
		st.AfterCommit(func() { b.opts.Logger.Warn("recorded with a warning", "warning", text) })
	}
	on := collectionsOn(conn{b, tx})
	tx.Customers, tx.Identities, tx.Groups = &on.Customers, &on.Identities, &on.Groups
	tx.Products, tx.Orders, tx.Refunds = &on.Products, &on.Orders, &on.Refunds
	tx.Interactions, tx.Consents, tx.Traits = &on.Interactions, &on.Consents, &on.Traits
	tx.Timeline, tx.Privacy = &on.Timeline, &on.Privacy
	return tx
}

// collections are those of a book or of a transaction, in one piece of memory.
type collections struct {
	Customers
	Identities
	Groups
	Products
	Orders
	Refunds
	Interactions
	Consents
	Traits
	Timeline
	Privacy
}

func collectionsOn(c conn) *collections {
	return &collections{
		Customers{c}, Identities{c}, Groups{c}, Products{c}, Orders{c}, Refunds{c},
		Interactions{c}, Consents{c}, Traits{c}, Timeline{c}, Privacy{c},
	}
}

// Now returns the time by [Options.Now] as it is recorded: UTC, to the
// millisecond.
func (b *Book) Now() time.Time { return b.now() }

func (b *Book) now() time.Time { return utc(b.opts.Now()) }

// utc brings a time into the form in which times are stored.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// Book returns the book that the transaction is of.
func (tx *Tx) Book() *Book { return tx.book }

// Store returns the transaction of the store, for tables of rooms and shops.
// In a View its writes make View return [ErrReadOnly].
func (tx *Tx) Store() store.Tx { return tx.st }

// Now returns the time of the transaction, which everything that it records
// carries as CreatedAt and UpdatedAt.
func (tx *Tx) Now() time.Time { return tx.now }

// AfterCommit calls f once after the commit, on the goroutine that called
// Update, and never when the transaction fails.
func (tx *Tx) AfterCommit(f func()) { tx.st.AfterCommit(f) }

// readOnly makes a Reader a Tx whose writes are remembered as a fault.
type readOnly struct {
	store.Reader
	wrote bool
}

func (r *readOnly) Put([]byte, []byte)         { r.wrote = true }
func (r *readOnly) Delete([]byte)              { r.wrote = true }
func (r *readOnly) DeleteRange([]byte, []byte) { r.wrote = true }
func (r *readOnly) Emit(string, []byte)        { r.wrote = true }
func (r *readOnly) AfterCommit(func())         { r.wrote = true }
