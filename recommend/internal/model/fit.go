package model

import (
	"math"
	"slices"
)

// A Trial is a question whose answer is known, as all models see it: for each
// candidate the scores of the models, and whether it came true.
type Trial struct {
	Scores [][]float32
	Came   []bool
	// Many says how many products each candidate stands for; nil says 1.
	Many []float32
	// Missed is how many came true that are no candidates.
	Missed int
}

// Fit returns the weights under which what came true is most likely to be
// chosen among the candidates (multinomial logit, a trial counting as one
// however many of its candidates came true). The prior holds the weights that
// are thought good before, in units of the spread of each model's scores, and
// counts as much as the given number of trials, above zero: with few trials
// the weights stay near it. A model that says the same of all candidates gets
// zero. The solution is unique and found by Newton's steps. Trials without a
// candidate that came true, or with only such, count for nothing.
func Fit(trials []Trial, prior []float64, strength float64) []float32 {
	models := len(prior)
	scale := spread(trials, models)
	weights := slices.Clone(prior) // of scores over their spread
	ridge := strength / (strength + float64(len(trials)))
	loss := func(weights, gradient, hessian []float64) float64 {
		return loss(trials, weights, scale, prior, ridge, gradient, hessian)
	}
	best := loss(weights, nil, nil)
	for range 50 {
		gradient, hessian := make([]float64, models), make([]float64, models*models)
		loss(weights, gradient, hessian)
		step := solved(hessian, gradient)
		moved := false
		for shrink := 1.0; shrink > 1e-3; shrink /= 2 {
			next := slices.Clone(weights)
			for i := range next {
				next[i] -= shrink * step[i]
			}
			if l := loss(next, nil, nil); l < best-1e-10 {
				moved = best-l > 1e-7
				weights, best = next, l
				break
			}
		}
		if !moved {
			break
		}
	}
	out := make([]float32, models)
	for i := range out {
		if scale[i] > 0 {
			out[i] = float32(weights[i] / scale[i])
		}
	}
	return out
}

// spread returns the standard deviation of each model's scores within trials;
// 0 where it is nothing or not a number.
func spread(trials []Trial, models int) []float64 {
	scale := make([]float64, models)
	for m := range scale {
		var sum, n float64
		for _, t := range trials {
			if len(t.Scores) < 2 {
				continue
			}
			var mean, square float64
			for _, s := range t.Scores {
				mean += float64(s[m])
			}
			mean /= float64(len(t.Scores))
			for _, s := range t.Scores {
				d := float64(s[m]) - mean
				square += d * d
			}
			sum += square / float64(len(t.Scores))
			n++
		}
		if n > 0 && sum > 1e-18 && !math.IsInf(sum, 0) {
			scale[m] = math.Sqrt(sum / n)
		}
	}
	return scale
}

// loss returns the mean of minus the logarithm of the likelihood, and adds its
// derivatives to gradient and hessian unless they are nil.
func loss(trials []Trial, weights, scale, prior []float64, ridge float64, gradient, hessian []float64) float64 {
	n := len(weights)
	var total, count float64
	x := make([]float64, n)
	mean := make([]float64, n)
	var chance []float64
	for _, t := range trials {
		came := 0
		for _, c := range t.Came {
			if c {
				came++
			}
		}
		if came == 0 || came == len(t.Came) {
			continue
		}
		count++
		chance = chance[:0]
		top := math.Inf(-1)
		for _, s := range t.Scores {
			var v float64
			for m, w := range weights {
				if scale[m] > 0 {
					v += w * float64(s[m]) / scale[m]
				}
			}
			chance = append(chance, v)
			top = max(top, v)
		}
		var sum float64
		for i, v := range chance {
			if t.Came[i] {
				total += (top - v) / float64(came)
			}
			chance[i] = math.Exp(v - top)
			if t.Many != nil {
				chance[i] *= float64(t.Many[i])
			}
			sum += chance[i]
		}
		total += math.Log(sum)
		if gradient == nil {
			continue
		}
		clear(mean)
		for i, s := range t.Scores {
			p := chance[i] / sum
			for m := range x {
				x[m] = 0
				if scale[m] > 0 {
					x[m] = float64(s[m]) / scale[m]
				}
				mean[m] += p * x[m]
				if t.Came[i] {
					gradient[m] -= x[m] / float64(came)
				}
			}
			for a, v := range x {
				if v == 0 {
					continue
				}
				row := hessian[a*n : a*n+a+1]
				for b := range row {
					row[b] += p * v * x[b]
				}
			}
		}
		for a, v := range mean {
			gradient[a] += v
			for b := range a + 1 {
				hessian[a*n+b] -= v * mean[b]
			}
		}
	}
	if count == 0 {
		count = 1
	}
	total /= count
	for a, w := range weights {
		d := w - prior[a]
		total += ridge * d * d / 2
		if gradient == nil {
			continue
		}
		gradient[a] = gradient[a]/count + ridge*d
		for b := range a + 1 {
			hessian[a*n+b] /= count
			hessian[b*n+a] = hessian[a*n+b]
		}
		hessian[a*n+a] += ridge
	}
	return total
}

// solved returns x with a x = b for a positive definite a, by Cholesky.
func solved(a, b []float64) []float64 {
	n := len(b)
	x := slices.Clone(b)
	for i := range n {
		for j := range i + 1 {
			s := a[i*n+j] - scalar(a[i*n:i*n+j], a[j*n:j*n+j])
			if i == j {
				a[i*n+i] = math.Sqrt(max(s, 1e-12))
			} else {
				a[i*n+j] = s / a[j*n+j]
			}
		}
		x[i] = (x[i] - scalar(a[i*n:i*n+i], x[:i])) / a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[k*n+i] * x[k]
		}
		x[i] /= a[i*n+i]
	}
	return x
}
