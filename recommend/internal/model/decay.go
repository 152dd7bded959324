package model

import "math"

// A decay tells what a day counts for after some days: half after each
// half-life, nothing in the future. Without a half-life all days count 1.
type decay struct {
	halfLife float64
	table    []float32 // by age
}

// tabled is for how many days a decay is worked out beforehand.
const tabled = 1024

func newDecay(halfLife float64) decay {
	d := decay{halfLife: halfLife}
	if halfLife > 0 {
		d.table = make([]float32, tabled)
		for age := range d.table {
			d.table[age] = float32(fade(int32(age), halfLife))
		}
	}
	return d
}

func (d *decay) at(age int32) float32 {
	if uint32(age) < uint32(len(d.table)) {
		return d.table[age]
	}
	return float32(fade(age, d.halfLife))
}

// fade returns what a day counts for after some days.
func fade(age int32, halfLife float64) float64 {
	switch {
	case age < 0:
		return 0
	case !(halfLife > 0):
		return 1
	}
	return math.Exp2(-float64(age) / halfLife)
}
