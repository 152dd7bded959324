package segment_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A hinge is a store in which one writes at a time, that can refuse to, and tells
// when somebody is about to.
type hinge struct {
	store.Store
	one   sync.Mutex
	shut  atomic.Bool
	tries chan struct{}
}

var errShut = errors.New("shut")

func (h *hinge) Unwrap() store.Store { return h.Store }

func (h *hinge) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	select {
	case h.tries <- struct{}{}:
	default:
	}
	if h.shut.Load() {
		return errShut
	}
	h.one.Lock()
	defer h.one.Unlock()
	return h.Store.Update(ctx, fn)
}

// hinged returns a catalog whose store is on a hinge, with ada, bob and a segment
// of all, of which something was asked already.
func hinged(t *testing.T) (*hinge, *crm.Book, *segment.Catalog, segment.ID) {
	t.Helper()
	h := &hinge{Store: memstore.New(nil), tries: make(chan struct{}, 1)}
	book, err := crm.New(h, &crm.Options{Currency: "GBP", Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	customers(t, book, "ada", "bob")
	id := create(t, c, "All", "EVERYONE").ID
	if n, err := c.Count(t.Context(), id); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	return h, book, c, id
}

// What could not be brought in is brought in later: no event is forgotten.
func TestBroughtInLater(t *testing.T) {
	h, book, c, _ := hinged(t)
	if _, err := book.Privacy.Erase(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	more := create(t, c, "More", "EVERYONE").ID
	h.shut.Store(true)
	if _, err := c.Count(t.Context(), more); !errors.Is(err, errShut) { // what was saved is to be dropped
		t.Fatalf("Count = %v, want %v", err, errShut)
	}
	h.shut.Store(false)
	if diff := cmp.Diff([]crm.CustomerID{"bob"}, all(t, c.Members(t.Context(), more))); diff != "" {
		t.Errorf("Members (-want +got):\n%s", diff)
	}
}

// Whoever asks within a transaction is told so at once, and does not wait for one
// who waits for the transaction.
func TestNobodyWaits(t *testing.T) {
	h, book, c, id := hinged(t)
	ctx := t.Context()
	if _, err := book.Privacy.Erase(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		for len(h.tries) > 0 {
			<-h.tries
		}
		go func() {
			_, err := c.Count(t.Context(), id)
			done <- err
		}()
		<-h.tries // it has the turn, and wants to write
		_, err := c.Count(ctx, id)
		return err
	})
	if !errors.Is(err, crm.ErrNested) {
		t.Errorf("Count in a transaction = %v, want %v", err, crm.ErrNested)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
