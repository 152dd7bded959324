package peerbench_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/peerbench"
)

// Both sides find the same people, and the same values of them, however DuckDB
// is asked.
func TestSame(t *testing.T) {
	const hour = 60 * 60 * 1000
	for _, test := range []struct {
		name  string
		seed  uint64
		grain int64
	}{
		{"facts at any time", 1, 1},
		{"facts on the hour, often at once", 2, hour},
		{"facts at midnight and noon", 3, 12 * hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := peerbench.Make(20_000, test.seed, test.grain)
			base := w.Base()
			engine := eval.New(base, &eval.Options{Digits: 2})
			duck, err := peerbench.OpenDuck(t.Context(), w, base)
			if err != nil {
				t.Fatal(err)
			}
			defer duck.Close()
			for _, s := range peerbench.Segments {
				rows := ours(t, engine, &s)
				if len(rows) == 0 || len(rows) == len(w.Customers) {
					t.Errorf("%s: %d of %d customers are no segment", s.Name, len(rows), len(w.Customers))
				}
				for _, q := range queries(&s) {
					if err := q.run(t.Context(), duck); err != nil {
						t.Fatalf("%s: %v", q.name, err)
					}
					same(t, q.name, rows, found(t, duck))
				}
			}
		})
	}
}

// A query is one that DuckDB may be asked.
type query struct {
	name, sql   string
	dense, kept bool
}

func (q *query) run(ctx context.Context, d *peerbench.Duck) error {
	return errors.Join(d.Dense(ctx, q.dense), d.Run(ctx, q.sql))
}

// queries returns all that find a segment.
func queries(s *peerbench.Segment) []query {
	var all []query
	for n, sql := range slices.Concat(s.Facts, s.Kept) {
		q := query{fmt.Sprintf("%s, facts %d", s.Name, n+1), sql, false, false}
		if n >= len(s.Facts) {
			q.name, q.kept = fmt.Sprintf("%s, kept %d", s.Name, n-len(s.Facts)+1), true
		}
		if all = append(all, q); s.Dense {
			q.name, q.dense = q.name+" dense", true
			all = append(all, q)
		}
	}
	return all
}

// ours returns the rows of a segment as DuckDB has them.
func ours(tb testing.TB, e *eval.Engine, s *peerbench.Segment) [][]int64 {
	tb.Helper()
	var rows [][]int64
	if s.Values == nil {
		members, err := peerbench.Members(tb.Context(), e, s.Rule)
		if err != nil {
			tb.Fatalf("%s: %v", s.Name, err)
		}
		for _, o := range members.ToArray() {
			rows = append(rows, []int64{int64(o)})
		}
		return rows
	}
	all, err := peerbench.Values(tb.Context(), e, s.Values)
	if err != nil {
		tb.Fatalf("%s: %v", s.Name, err)
	}
	for i, o := range all.Ordinals {
		row := []int64{int64(o)}
		for _, c := range all.Columns {
			row = append(row, c.Ints[i])
		}
		if !slices.Contains(row, column.Lacking) { // they bought something
			rows = append(rows, row)
		}
	}
	return rows
}

func found(tb testing.TB, d *peerbench.Duck) [][]int64 {
	tb.Helper()
	rows, err := d.Found(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

// same compares rows in the order of their ids.
func same(tb testing.TB, name string, ours, theirs [][]int64) {
	tb.Helper()
	if slices.EqualFunc(ours, theirs, slices.Equal) {
		return
	}
	for i := range min(len(ours), len(theirs)) {
		if !slices.Equal(ours[i], theirs[i]) {
			tb.Errorf("%s: row %d is %v, of %d; DuckDB has %v, of %d", name, i, ours[i], len(ours), theirs[i], len(theirs))
			return
		}
	}
	tb.Errorf("%s: %d rows, DuckDB has %d", name, len(ours), len(theirs))
}
