package crm

import (
	"fmt"

	"github.com/seed-9cb3708a/clientele/store"
)

// A sieve fills pages with what a query keeps of the records at stops.
type sieve[T any] struct {
	gather func(span) (stops []stop, next string, err error)
	read   func([]stop) ([]*T, error) // the records, in the same order
	keep   func(*T) bool              // nil keeps all
}

// maxSifted is how many records a page is sifted from at most.
const maxSifted = 2000

// page returns a page. One that is sifted may end early: with a Next, and fewer
// records than asked for.
func (s sieve[T]) page(w span) (page Page[T], err error) {
	if w.limit <= 0 {
		w.limit = 100
	}
	limit, left := w.limit, maxSifted
	if s.keep != nil {
		w.limit = min(max(w.limit, 50), left)
	}
	for {
		stops, next, err := s.gather(w)
		if err != nil {
			return Page[T]{}, err
		}
		records, err := s.read(stops)
		if err != nil {
			return Page[T]{}, err
		}
		for n, v := range records {
			if s.keep != nil && !s.keep(v) {
				continue
			}
			if page.Items = append(page.Items, v); len(page.Items) < limit {
				continue
			}
			if n+1 < len(stops) || next != "" {
				page.Next = w.token(stops[n])
			}
			return page, nil
		}
		if left -= len(stops); next == "" || left <= 0 {
			page.Next = next
			return page, nil
		}
		w.after, w.limit = next, min(2*w.limit, 500, left)
	}
}

// along is gather over lanes.
func (tx *Tx) along(lanes []lane) func(span) ([]stop, string, error) {
	return func(w span) ([]stop, string, error) { return tx.gather(lanes, w) }
}

// there returns the records at stops, which indexes say are there.
func there[T any](tx *Tx, t *store.Table[T], stops []stop) ([]*T, error) {
	ids := make([]string, len(stops))
	for i, s := range stops {
		ids[i] = s.id
	}
	records, err := many(tx, t, ids)
	for i, v := range records {
		if v == nil {
			return nil, fmt.Errorf("table %s: an index names %s, which is not there: %w", t.Name(), ids[i], store.ErrCorrupt)
		}
	}
	return records, err
}
