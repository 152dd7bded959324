package crmtest

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// dice draws whole numbers. Nothing in this package computes with floats while
// it generates, so that a shop is the same on every platform.
type dice struct{ pcg rand.PCG }

// The streams keep what is drawn for one purpose apart from the others: a
// change to baskets leaves names as they are.
const (
	streamGood = iota + 1
	streamTraits
	streamPerson
	streamShopper
	streamNext
	streamBasket
	streamFate
	streamSession
	streamRate
	streamAgreement
	streamLetter
	streamOpinion
	streamDuplicate
)

// throw returns the dice for one purpose and one thing. The same arguments
// draw the same numbers, in whichever order things are asked for.
func throw(seed uint64, stream, a, b int) dice {
	var d dice
	x := mix(seed ^ mix(uint64(stream)))
	y := mix(uint64(uint32(a))<<32 | uint64(uint32(b)))
	d.pcg.Seed(x^y, mix(x+y))
	return d
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns one of 0 to n-1.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between returns one of lo to hi, both included.
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance is true permille times in a thousand.
func (d *dice) chance(permille int) bool { return d.below(1000) < permille }

// one is the unit of expo and square.
const one = 1 << 20

// logs holds -ln(x)·one for x from 1/2 to 1 in 256 steps. Rounding hides the
// last bits, in which platforms may differ.
var logs = func() (table [257]int64) {
	for i := range table {
		table[i] = int64(math.Round(-math.Log(0.5+float64(i)/512) * one))
	}
	return table
}()

// expo returns an exponentially distributed number of mean one.
func (d *dice) expo() int64 {
	const ln2 = 726817 // ln(2)·one
	u := d.pcg.Uint64() | 1
	zeros := bits.LeadingZeros64(u)
	u <<= zeros // the first bit stands for 1/2
	i, rest := u>>55&0xFF, int64(u>>39&0xFFFF)
	return int64(zeros)*ln2 + logs[i] - (logs[i]-logs[i+1])*rest>>16
}

// square returns the square of a nearly normal number: gamma distributed with
// shape 1/2 and mean one.
func (d *dice) square() int64 {
	u := d.pcg.Uint64()
	x := int64(u&0xFFFF+u>>16&0xFFFF+u>>32&0xFFFF+u>>48) - 2*0xFFFF
	return 3 * x * x >> 12
}
