package model

import (
	"math"
	"slices"
)

// What a change of a weight must gain to be made, how many times all weights
// are gone over, and how many trials tell too little.
const (
	leastGain = .0003
	rounds    = 3
	fewTrials = 100 // so many are too few to spare a model
)

// Polish searches near the weights for those under which what came true stands
// higher on the lists of ten (NDCG), one weight after another. The likelihood
// that [Fit] raises cares for all that came true, the lists only for their
// heads.
func Polish(trials []Trial, weights []float32) []float32 {
	scale := spread(trials, len(weights))
	weights = slices.Clone(weights)
	sums := make([][]float32, len(trials))
	for i, t := range trials {
		sums[i] = make([]float32, len(t.Scores))
		for k, s := range t.Scores {
			for m, w := range weights {
				sums[i][k] += w * s[m]
			}
		}
	}
	gains := make([]float64, len(trials))
	gain := func(m int, by float32) float64 {
		each(len(trials), func() func(int) {
			var moved []float32
			return func(i int) {
				moved = moved[:0]
				for k, s := range trials[i].Scores {
					moved = append(moved, sums[i][k]+by*s[m])
				}
				gains[i] = trials[i].gain(moved)
			}
		})
		return mean(gains)
	}
	if len(weights) == 0 {
		return weights
	}
	best := gain(0, 0)
	size := 0.0
	for m, w := range weights {
		size = max(size, math.Abs(float64(w))*scale[m])
	}
	for round := range rounds {
		step := size / math.Exp2(float64(round+1))
		changed := false
		for m := range weights {
			if scale[m] == 0 {
				continue
			}
			at := float32(0)
			for _, f := range []float64{1, -1, .3, -.3} {
				by := float32(f * step / scale[m])
				if g := gain(m, by); g > best+leastGain {
					best, at = g, by
				}
			}
			if at != 0 {
				changed = true
				weights[m] += at
				for i, t := range trials {
					for k, s := range t.Scores {
						sums[i][k] += at * s[m]
					}
				}
			}
		}
		if !changed && round > 0 {
			break
		}
	}
	return weights
}

// Prune sets the weights of models to zero that can be spared: those without
// which the lists are as good. of says which model a weight
// belongs to. The last models are tried first. Few trials spare none.
func Prune(trials []Trial, weights []float32, of []int) []float32 {
	weights = slices.Clone(weights)
	if len(trials) < fewTrials {
		return weights
	}
	best := meanGain(trials, weights)
	for model := slices.Max(append(slices.Clone(of), 0)); model >= 0; model-- {
		less, used := slices.Clone(weights), false
		for i, m := range of {
			if m == model {
				used = used || less[i] != 0
				less[i] = 0
			}
		}
		if !used {
			continue
		}
		if g := meanGain(trials, less); g >= best {
			weights, best = less, g
		}
	}
	return weights
}

// meanGain returns the mean NDCG under some weights.
func meanGain(trials []Trial, weights []float32) float64 { return mean(eachGain(trials, weights)) }

// eachGain returns the NDCG of each trial under some weights.
func eachGain(trials []Trial, weights []float32) []float64 {
	gains := make([]float64, len(trials))
	each(len(trials), func() func(int) {
		return func(i int) {
			sums := make([]float32, len(trials[i].Scores))
			for k, s := range trials[i].Scores {
				for m, w := range weights {
					sums[k] += w * s[m]
				}
			}
			gains[i] = trials[i].gain(sums)
		}
	})
	return gains
}

// gain returns the NDCG of a list of ten.
func (t *Trial) gain(scores []float32) float64 {
	targets := t.Missed
	var right [len(discounts)]bool
	for at, came := range t.Came {
		if !came {
			continue
		}
		targets++
		place, score := 0, scores[at]
		for i, v := range scores {
			if v > score || v == score && i < at {
				if place++; place == len(right) {
					break
				}
			}
		}
		if place < len(right) && score == score {
			right[place] = true
		}
	}
	return ndcg(&right, targets)
}
