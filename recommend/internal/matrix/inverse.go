package matrix

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// The width of a block of pivots, and the number of rows that a processor
// takes at a time.
const (
	width = 64
	strip = 32
)

// Invert puts the inverse of a positive definite matrix in its place, below
// the diagonal as above ([Symmetric.Mirror]). It sweeps blocks of pivots one
// after another, for size³/2 multiplications; sums within a block of pivots
// are float64, the rest is float32.
//
// It returns a [SingularError], or the error of ctx, which it asks before each
// block; what the matrix then holds is of no use.
func (m *Symmetric) Invert(ctx context.Context) error {
	n := m.Size
	panel := make([]float32, n*width) // the columns of the pivots, before
	swept := make([]float32, n*width) // and after their own block was swept
	pivot := make([]float64, width*width)
	for at := 0; at < n; at += width {
		if err := ctx.Err(); err != nil {
			return err
		}
		w := min(width, n-at)
		if row := m.pivots(pivot, at, w); row >= 0 {
			return &SingularError{at + row}
		}
		parallel(n, func(from, to int) { m.panels(panel, swept, pivot, at, w, from, to) })
		parallel(n, func(from, to int) { m.subtract(panel, swept, at, w, from, to) })
		for i := range w {
			row := m.Row(at + i)
			for j := range i + 1 {
				row[at+j] = float32(-pivot[i*w+j])
			}
		}
	}
	parallel(n, func(from, to int) {
		for i := from; i < to; i++ {
			row := m.Row(i)[:i+1]
			for j := range row {
				row[j] = -row[j]
			}
		}
	})
	m.Mirror()
	return nil
}

// pivots inverts the block of pivots into p, by Gauss and Jordan. It returns
// the row at which it failed, or -1.
func (m *Symmetric) pivots(p []float64, at, w int) int {
	for i := range w {
		for j := range w {
			p[i*w+j] = float64(m.At(at+i, at+j))
		}
	}
	for k := range w {
		d := p[k*w+k]
		if !(d > 1e-30 && d < 1e30) {
			return k
		}
		d = 1 / d
		row := p[k*w : k*w+w]
		for j := range row {
			row[j] *= d
		}
		row[k] = d
		for i := range w {
			if i == k {
				continue
			}
			f := p[i*w+k]
			p[i*w+k] = 0
			other := p[i*w : i*w+w]
			for j, v := range row {
				other[j] -= f * v
			}
		}
	}
	return -1
}

// panels copies the columns of the pivots of some rows into panel, and what
// becomes of them into swept and into the matrix.
func (m *Symmetric) panels(panel, swept []float32, pivot []float64, at, w, from, to int) {
	for i := from; i < to; i++ {
		if at <= i && i < at+w {
			continue
		}
		before, after := panel[i*width:i*width+w], swept[i*width:i*width+w]
		if i > at {
			copy(before, m.Row(i)[at:at+w])
		} else {
			for j := range before {
				before[j] = m.Values[(at+j)*m.Size+i]
			}
		}
		var sums [width]float64
		for k, v := range before {
			f := float64(v)
			for j, p := range pivot[k*w : k*w+w] {
				sums[j] += f * p
			}
		}
		for j := range after {
			after[j] = float32(sums[j])
		}
	}
	// Other rows' columns of pivots lie in this row or that of a pivot, where
	// nobody else writes.
	for i := from; i < to; i++ {
		if at <= i && i < at+w {
			continue
		}
		after := swept[i*width : i*width+w]
		if i > at {
			copy(m.Row(i)[at:at+w], after)
			continue
		}
		for j, v := range after {
			m.Values[(at+j)*m.Size+i] = v
		}
	}
}

// subtract takes swept × panel off the rest of some rows.
func (m *Symmetric) subtract(panel, swept []float32, at, w, from, to int) {
	for i := from; i < to; i++ {
		if at <= i && i < at+w {
			continue
		}
		if i+2 < to && (i+2 < at || i >= at+w) {
			m.subtract3(panel, swept, at, w, i)
			i += 2
			continue
		}
		row, left := m.Row(i), swept[i*width:i*width+w]
		for j := 0; j <= i; j++ {
			if j == at {
				j += w - 1
				continue
			}
			row[j] -= dot(left, panel[j*width:j*width+w])
		}
	}
}

// subtract3 does it for three rows, three columns at a time: as many sums as
// there are registers for.
func (m *Symmetric) subtract3(panel, swept []float32, at, w, i int) {
	r0, r1, r2 := m.Row(i), m.Row(i+1), m.Row(i+2)
	a0, a1, a2 := swept[i*width:i*width+w], swept[(i+1)*width:(i+1)*width+w], swept[(i+2)*width:(i+2)*width+w]
	for j := 0; j <= i+2; {
		if j == at {
			j += w
			continue
		}
		if end := i; j+2 > end || j < at && j+2 >= at { // at the diagonal, or before the pivots
			b := panel[j*width : j*width+w]
			if j <= i {
				r0[j] -= dot(a0, b)
			}
			if j <= i+1 {
				r1[j] -= dot(a1, b)
			}
			r2[j] -= dot(a2, b)
			j++
			continue
		}
		b0, b1, b2 := panel[j*width:j*width+w], panel[(j+1)*width:(j+1)*width+w], panel[(j+2)*width:(j+2)*width+w]
		s := dots(a0, a1, a2, b0, b1, b2)
		r0[j] -= s[0]
		r0[j+1] -= s[1]
		r0[j+2] -= s[2]
		r1[j] -= s[3]
		r1[j+1] -= s[4]
		r1[j+2] -= s[5]
		r2[j] -= s[6]
		r2[j+1] -= s[7]
		r2[j+2] -= s[8]
		j += 3
	}
}

// dots returns the products of three rows with three columns of equal length.
func dots(a0, a1, a2, b0, b1, b2 []float32) [9]float32 {
	var s00, s01, s02, s10, s11, s12, s20, s21, s22 float32
	n := len(a0)
	a1, a2, b0, b1, b2 = a1[:n], a2[:n], b0[:n], b1[:n], b2[:n]
	for k, x := range a0 {
		y, z := a1[k], a2[k]
		b := b0[k]
		s00 += x * b
		s10 += y * b
		s20 += z * b
		b = b1[k]
		s01 += x * b
		s11 += y * b
		s21 += z * b
		b = b2[k]
		s02 += x * b
		s12 += y * b
		s22 += z * b
	}
	return [9]float32{s00, s01, s02, s10, s11, s12, s20, s21, s22}
}

func dot(a, b []float32) float32 {
	var s float32
	b = b[:len(a)]
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// parallel calls f for strips of rows, the long ones first.
func parallel(n int, f func(from, to int)) {
	var next atomic.Int64
	strips := (n + strip - 1) / strip
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), strips) {
		wait.Go(func() {
			for {
				k := strips - int(next.Add(1))
				if k < 0 {
					return
				}
				f(k*strip, min((k+1)*strip, n))
				runtime.Gosched() // who is asked a question need not wait
			}
		})
	}
	wait.Wait()
}
