package model_test

import (
	"math/rand/v2"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// drawn returns trials of sixty candidates of which that came true whose
// signals come to the most under some weights, and some noise.
func drawn(draw *rand.Rand, n int, weights []float64, noise float64) []model.Trial {
	list := make([]model.Trial, n)
	for i := range list {
		best, at := -1e9, 0
		for k := range 60 {
			row, sum := make([]float32, len(weights)), noise*draw.NormFloat64()
			for s := range row {
				row[s] = float32(draw.NormFloat64())
				sum += weights[s] * float64(row[s])
			}
			list[i].Scores = append(list[i].Scores, row)
			if sum > best {
				best, at = sum, k
			}
		}
		list[i].Came = make([]bool, 60)
		list[i].Came[at] = true
	}
	return list
}

// Few trials do not make worse what was thought good before, and many make it
// better where it was wrong.
func TestLearned(t *testing.T) {
	for _, q := range []model.Question{model.Any} {
		prior := model.Prior(q)
		before := make([]float32, len(prior))
		other := make([]float64, len(prior))
		for i, w := range prior {
			before[i], other[len(other)-1-i] = float32(w), w
		}
		for _, n := range []int{0, 3, 25, 100} {
			var got, was float64
			for seed := range uint64(4) {
				draw := rand.New(rand.NewPCG(seed, uint64(n)))
				w := model.Learned(drawn(draw, n, prior, 1), prior, true)
				test := drawn(draw, 150, prior, 1)
				if n == 0 {
					for i := range w { // of no trials the spread is not known
						w[i] = before[i]
					}
				}
				got += model.MeanGain(test, w) / 4
				was += model.MeanGain(test, before) / 4
			}
			if got < was-.015 {
				t.Errorf("question %d: %d trials make %.3f of %.3f", q, n, got, was)
			}
		}
		draw := rand.New(rand.NewPCG(1, 1))
		w := model.Learned(drawn(draw, 450, other, .5), prior, true)
		test := drawn(draw, 150, other, .5)
		if got, was := model.MeanGain(test, w), model.MeanGain(test, before); got < was+.05 {
			t.Errorf("question %d: many trials make %.3f of %.3f", q, got, was)
		}
	}
	for _, w := range model.Learned(nil, model.Prior(model.Any), false) {
		if w < 0 || w-w != 0 {
			t.Errorf("of no trials a weight is %v", w)
		}
	}
}
