package recommend_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// Orders that come one by one, with questions in between, give the lists that the
// same models give who read the whole book at once.
func TestStream(t *testing.T) {
	at := hand{at: closing}
	st := small(t, at.now)
	book, rec := process(t, st, at.now, nil)
	if err := rec.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	products := asked(t, book, rec)["Trending"].Items
	for i, id := range buyers(t, book, 12) {
		at.put(at.now().Add(time.Minute))
		order(t, book, id, at.now(), products[i%len(products)].ProductID, products[(i+1)%len(products)].ProductID)
		if _, err := rec.ForCustomer(t.Context(), id, nil); err != nil {
			t.Fatal(err)
		}
		if i%4 > 0 {
			continue
		}
		saved := store.Snapshot{Name: fmt.Sprintf("recommend/%d/ledger", book.Space())}
		if err := saved.Drop(t.Context(), st); err != nil { // the book is read anew
			t.Fatal(err)
		}
		other, fresh := process(t, st, at.now, nil)
		if diff := cmp.Diff(asked(t, other, fresh), asked(t, book, rec)); diff != "" {
			t.Fatalf("lists after %d orders (-fresh +streamed):\n%s", i+1, diff)
		}
	}
}
