package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/matrix"
)

// random returns a positive definite matrix as a shop has it: counts of
// products in few baskets, and the same number added to the diagonal.
func random(n int, seed uint64) *matrix.Symmetric {
	draw := rand.New(rand.NewPCG(seed, 1))
	m := matrix.New(n)
	for range 4 * n {
		var items []int
		for range 2 + draw.IntN(8) {
			items = append(items, int(float64(n)*math.Pow(draw.Float64(), 2)))
		}
		for _, i := range items {
			for _, j := range items {
				if j <= i {
					m.Row(i)[j]++
				}
			}
		}
	}
	for i := range n {
		m.Row(i)[i] += 20
	}
	return m
}

func TestInverse(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 31, 63, 64, 65, 127, 129, 200, 331} {
		m := random(n, uint64(n))
		was := matrix.New(n)
		copy(was.Values, m.Values)
		if err := m.Invert(t.Context()); err != nil {
			t.Fatal(n, err)
		}
		worst := 0.0
		for i := range n {
			for j := range n {
				var s float64
				for k := range n {
					s += float64(was.At(i, k)) * float64(m.Row(k)[j])
				}
				if i == j {
					s--
				}
				worst = max(worst, math.Abs(s))
			}
		}
		if worst > 1e-4 {
			t.Errorf("size %d: the product with the inverse is %g away from one", n, worst)
		}
	}
}

func BenchmarkInverse(b *testing.B) {
	const n = 1500
	m := random(n, 1)
	for b.Loop() {
		w := matrix.New(n)
		copy(w.Values, m.Values)
		if err := w.Invert(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*n*n/2*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gmul/s")
}
