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
// zero. The solution is unique and found by Newton's steps from the given
// weights, those of trials like these, or from the prior. Trials without a
// candidate that came true, or with only such, count for nothing.
func Fit(trials []Trial, prior []float64, strength float64, from []float32) []float32 {
	scale := spread(trials, len(prior))
	var heard []int // the models that say something
	for m, s := range scale {
		if s > 0 {
			heard = append(heard, m)
		}
	}
	out := make([]float32, len(prior))
	if len(heard) == 0 {
		return out
	}
	f := newFitting(trials, heard, scale)
	f.ridge = strength / (strength + float64(len(trials)))
	var begin []float64
	for _, m := range heard {
		f.prior = append(f.prior, prior[m])
		if from != nil {
			begin = append(begin, float64(from[m])*scale[m])
		}
	}
	if from == nil {
		begin = slices.Clone(f.prior)
	}
	for i, w := range f.fit(begin) {
		out[heard[i]] = float32(w / scale[heard[i]])
	}
	return out
}

// A fitting holds trials in the units of the weights that are looked for.
type fitting struct {
	prior  []float64
	ridge  float64
	trials []fitted

	step, mean, chance, gradient, hessian []float64
}

type fitted struct {
	rows []float64 // by candidate, the scores over their spread
	came []int     // candidates
	many []float32
}

func newFitting(trials []Trial, heard []int, scale []float64) *fitting {
	n := len(heard)
	f := &fitting{step: make([]float64, n), mean: make([]float64, n), gradient: make([]float64, n), hessian: make([]float64, n*n)}
	for _, t := range trials {
		if !t.asks() {
			continue
		}
		one := fitted{many: t.Many, rows: make([]float64, 0, n*len(t.Scores))}
		for i, s := range t.Scores {
			for _, m := range heard {
				one.rows = append(one.rows, float64(s[m])/scale[m])
			}
			if t.Came[i] {
				one.came = append(one.came, i)
			}
		}
		f.trials = append(f.trials, one)
	}
	return f
}

// fit returns the weights, by Newton's steps, until one foretells too little.
func (f *fitting) fit(weights []float64) []float64 {
	next := make([]float64, len(weights))
	best := f.loss(weights)
	for range 50 {
		step := solved(f.hessian, f.gradient)
		if scalar(step, f.gradient) < leastStep {
			break
		}
		better := false
		for shrink := 1.0; shrink > 1e-3 && !better; shrink /= 2 {
			for i, w := range weights {
				next[i] = w - shrink*step[i]
			}
			if l := f.loss(next); l < best {
				best, better = l, true
				weights, next = next, weights
			}
		}
		if !better {
			break
		}
	}
	return weights
}

// leastStep is twice how much the mean logarithm of the likelihood must rise.
const leastStep = 2e-6

// unlikely is the chance below which a candidate is left out of the second
// derivative. It makes the steps no more than a little worse.
const unlikely = 1e-4

// loss returns the mean of minus the logarithm of the likelihood, and works
// out its derivatives.
func (f *fitting) loss(weights []float64) float64 {
	n := len(weights)
	clear(f.gradient)
	clear(f.hessian)
	var total float64
	for i := range f.trials {
		t := &f.trials[i]
		f.chance = f.chance[:0]
		top := math.Inf(-1)
		for rows := t.rows; len(rows) > 0; rows = rows[n:] {
			v := scalar(weights, rows)
			f.chance = append(f.chance, v)
			top = max(top, v)
		}
		share := 1 / float64(len(t.came))
		for _, c := range t.came {
			total += (top - f.chance[c]) * share
		}
		var sum float64
		for k, v := range f.chance {
			v = math.Exp(v - top)
			if t.many != nil {
				v *= float64(t.many[k])
			}
			f.chance[k] = v
			sum += v
		}
		total += math.Log(sum)
		f.derive(t, sum, share)
	}
	count := max(1, float64(len(f.trials)))
	total /= count
	for a, w := range weights {
		d := w - f.prior[a]
		total += f.ridge * d * d / 2
		f.gradient[a] = f.gradient[a]/count + f.ridge*d
		for b := range a + 1 {
			f.hessian[a*n+b] /= count
			f.hessian[b*n+a] = f.hessian[a*n+b]
		}
		f.hessian[a*n+a] += f.ridge
	}
	return total
}

// derive adds the derivatives of a trial, whose chances come to sum.
func (f *fitting) derive(t *fitted, sum, share float64) {
	n := len(f.mean)
	clear(f.mean)
	for k, v := range f.chance {
		p := v / sum
		f.chance[k] = p
		for m, x := range t.rows[k*n : k*n+n] {
			f.mean[m] += p * x
		}
	}
	for m, v := range f.mean {
		f.gradient[m] += v
	}
	for _, c := range t.came {
		for m, x := range t.rows[c*n : c*n+n] {
			f.gradient[m] -= x * share
		}
	}
	for k, p := range f.chance {
		if p < unlikely {
			continue
		}
		for m, x := range t.rows[k*n : k*n+n] {
			f.step[m] = x - f.mean[m]
		}
		for a, v := range f.step {
			v *= p
			row := f.hessian[a*n : a*n+a+1]
			for b, x := range f.step[:len(row)] {
				row[b] += v * x
			}
		}
	}
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
