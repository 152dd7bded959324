package eval_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

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
