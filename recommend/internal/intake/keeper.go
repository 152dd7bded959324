package intake

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/store"
)

// Options say how a Keeper keeps what it does. The zero value is good.
type Options struct {
	// Location is the shop's, whose calendar days count; nil is UTC.
	Location *time.Location
	// Pairs is how many products a basket has at most of which pairs are
	// counted; 0 counts none. See [ledger.Ledger.Pairs].
	Pairs int
}

// A Keeper keeps a ledger and goods true to a book by the events of its feed. It
// reads the book as it is, which may be ahead of the events that it is given:
// what they tell later is found to be there, and events may come again. Apply
// stays on one goroutine at a time; everything else is safe for concurrent use.
type Keeper struct {
	book    *crm.Book
	days    calendar
	at      atomic.Pointer[store.Cursor] // up to which events were applied
	changed atomic.Uint64

	mu     sync.RWMutex
	ledger *ledger.Ledger
	goods  *goods.Goods
	pairs  *ledger.Pairs
}

func newKeeper(book *crm.Book, o Options) *Keeper {
	if o.Location == nil {
		o.Location = time.UTC
	}
	return &Keeper{book: book, days: calendar{o.Location}, ledger: ledger.New(), goods: goods.New(book.Convert)}
}

// Cursor returns up to which event the keeper holds everything.
func (k *Keeper) Cursor() store.Cursor {
	if at := k.at.Load(); at != nil {
		return *at
	}
	return store.Cursor{}
}

// Reach notes that the feed tells nothing up to a cursor that was not applied.
func (k *Keeper) Reach(to store.Cursor) {
	if at := k.Cursor(); at.IsZero() || to.Compare(at) > 0 {
		k.at.Store(&to)
	}
}

// Changed returns how many baskets were put in or taken out since the keeper was
// made: who built something of it can tell how much is new.
func (k *Keeper) Changed() uint64 { return k.changed.Load() }

// Read calls f with what is kept, which does not change before f returns. f must
// neither keep it nor change it, and should be short: changes wait.
func (k *Keeper) Read(f func(*ledger.Ledger, *goods.Goods)) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	f(k.ledger, k.goods)
}

// called returns the product that a key counts as, by what the catalog has now.
func (k *Keeper) called(key string) string {
	if sku, ok := strings.CutPrefix(key, skuPrefix); ok {
		if n, ok := k.goods.SKU(sku); ok {
			return string(k.goods.ID(n))
		}
	}
	return ""
}

// Pairs returns the pairs of what was bought, nil when none are counted. They may
// be read within Read alone.
func (k *Keeper) Pairs() *ledger.Pairs { return k.pairs }

// write calls f with the lock to change what is kept.
func (k *Keeper) write(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f()
}

// Apply brings in events that follow each other in the feed, in their order. It
// reads in the transaction tx, or, when that is nil, in short Views of its own.
// Events that were applied already change nothing; kinds that it does not know it
// passes over. When it returns an error, of ctx or the store, the same events are
// to be given again.
func (k *Keeper) Apply(ctx context.Context, tx *crm.Tx, events []*crm.Event) error {
	b := &batch{keeper: k, view: k.book.View}
	if tx != nil {
		b.view = func(ctx context.Context, f func(context.Context, *crm.Tx) error) error { return f(ctx, tx) }
	}
	b.plan(events)
	if err := b.read(ctx); err != nil {
		return err
	}
	if n := len(events); n > 0 {
		k.Reach(events[n-1].Cursor)
	}
	return nil
}
