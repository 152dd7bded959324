package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
)

func TestNthOf(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	draws := map[string]func() int64{
		"few values": func() int64 { return r.Int64N(5) - 2 },
		"all equal":  func() int64 { return 7 },
		"amounts":    func() int64 { return int64(math.Exp(r.Float64() * 16)) },
		"one far away": func() int64 {
			return []int64{r.Int64N(1000), r.Int64N(1000), math.MaxInt64, math.MinInt64 + 1}[r.IntN(4)]
		},
		"anything": func() int64 { return int64(r.Uint64()) },
	}
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				var lists [][]int64
				var all []int64
				for range 1 + r.IntN(4) {
					list := make([]int64, r.IntN(300))
					for i := range list {
						list[i] = draw()
					}
					lists, all = append(lists, list), append(all, list...)
				}
				if slices.Sort(all); len(all) == 0 {
					continue
				}
				place := r.IntN(len(all))
				if got := eval.NthOf(lists, place); got != all[place] {
					t.Fatalf("number %d of %v is %d, want %d", place, all, got, all[place])
				}
			}
		})
	}
}

// A run uses the values again of which the edges before it were worked out, but
// not when somebody has bought meanwhile, and not at another time.
func TestRunAfterEdges(t *testing.T) {
	const day = 24 * 60 * 60 * 1000
	at := clock(t, time.UTC, "2026-03-01T12:00")
	base := column.New()
	for i := range 300 {
		base.Put(&column.Person{ID: fmt.Sprint("c", i), Orders: []column.Order{{Time: at - day, Amount: int64(100 + i)}}})
	}
	p, err := eval.New(base, nil).Compile(parse(t, "sum(orders.amount MATCHES (date >= -30d)) IN TOP 10%"))
	if err != nil {
		t.Fatal(err)
	}
	edges, err := p.Edges(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(when string, at int64, want uint64) {
		t.Helper()
		sets, err := p.Run(t.Context(), at, edges)
		if err != nil {
			t.Fatal(err)
		}
		if got := sets[0].GetCardinality(); got != want {
			t.Errorf("%s: %d are in the top, want %d", when, got, want)
		}
	}
	expect("at once", at, 30)
	expect("when their orders are long ago", at+40*day, 0)
	base.AppendOrder(0, &column.Order{Time: at - day, Amount: 10_000})
	expect("when another has bought", at, 31)
	base.Remove(299)
	expect("when one has gone", at, 30)
}
