package rfm

import (
	"fmt"
	"slices"
)

// Measures are what is scored, of each customer at one instant: index i of each
// slice is one customer.
type Measures struct {
	Recency   []int64 // how long ago the last order was; negative: after the instant
	Frequency []int64 // how many orders; 0 or less: has not bought, and counts in nothing
	Monetary  []int64 // what they cost less refunds, in minor units; may be negative

	// Ties are numbers by which [RankFirst] tells equal values apart, such as a
	// hash of an id; nil: the index.
	Ties []int64
}

// tie returns the number of one customer.
func (m *Measures) tie(i int) int64 {
	if i < len(m.Ties) {
		return m.Ties[i]
	}
	return int64(i)
}

// Scores are three, from 1 to the number of bins. The zero Scores are of who has
// not bought.
type Scores struct {
	R uint8 `json:"r"` // of recency
	F uint8 `json:"f"` // of frequency
	M uint8 `json:"m"` // of money
}

// String returns "543", or "10-4-3" where a score has two digits, or "".
func (s Scores) String() string {
	switch {
	case s == Scores{}:
		return ""
	case max(s.R, s.F, s.M) > 9:
		return fmt.Sprintf("%d-%d-%d", s.R, s.F, s.M)
	}
	return fmt.Sprintf("%d%d%d", s.R, s.F, s.M)
}

// Edges are the frozen edges of a scheme. They may be kept and scored with at
// any later time: they are plain data, JSON included. The zero Edges score
// nobody.
//
// Recency is an age, so that scores fall by time alone, and [Cuts.Next] of
// Recency tells when. Who wants them to stand still measures ages at the
// instant of freezing: who buys after it has a negative age, and scores best.
type Edges struct {
	Recency   Cuts `json:"recency,omitzero"`
	Frequency Cuts `json:"frequency,omitzero"`
	Monetary  Cuts `json:"monetary,omitzero"`
}

// IsZero reports whether the edges score nobody.
func (e Edges) IsZero() bool { return e.Frequency.Bins() == 0 }

// Freeze returns the edges of a scheme for what customers have now. Of nobody,
// and where nobody has bought, it returns the zero Edges. It returns [Faults]
// of the scheme, or when the slices differ in length.
func (s Scheme) Freeze(m Measures) (Edges, error) {
	if err := s.Check(); err != nil {
		return Edges{}, err
	}
	n := len(m.Frequency)
	var faults Faults
	want := fmt.Sprintf("%d values, as many as of frequency", n)
	if len(m.Recency) != n {
		faults.add("recency", want, "%d", len(m.Recency))
	}
	if len(m.Monetary) != n {
		faults.add("monetary", want, "%d", len(m.Monetary))
	}
	if m.Ties != nil && len(m.Ties) != n {
		faults.add("ties", want, "%d", len(m.Ties))
	}
	if len(faults) > 0 {
		return Edges{}, faults
	}
	if slices.ContainsFunc(m.Frequency, func(n int64) bool { return n > 0 }) {
		return Edges{
			Recency:   s.Recency.cut(true, m.Recency, &m),
			Frequency: s.Frequency.cut(false, m.Frequency, &m),
			Monetary:  s.Monetary.cut(false, m.Monetary, &m),
		}, nil
	}
	return Edges{}, nil
}

// Score returns the scores of one customer: what Scores returns of them. The tie
// is theirs of [Measures], and matters for [RankFirst] only.
func (e Edges) Score(recency, frequency, monetary, tie int64) Scores {
	if frequency <= 0 {
		return Scores{}
	}
	s := Scores{
		R: uint8(e.Recency.Score(recency, tie)),
		F: uint8(e.Frequency.Score(frequency, tie)),
		M: uint8(e.Monetary.Score(monetary, tie)),
	}
	if s.R == 0 || s.F == 0 || s.M == 0 {
		return Scores{}
	}
	return s
}

// Scores returns the scores of all customers. Customers beyond the shortest
// slice have none.
func (e Edges) Scores(m Measures) []Scores {
	scores := make([]Scores, len(m.Frequency))
	for i := range min(len(m.Recency), len(m.Frequency), len(m.Monetary)) {
		scores[i] = e.Score(m.Recency[i], m.Frequency[i], m.Monetary[i], m.tie(i))
	}
	return scores
}

// Best returns the highest score of each: the number of bins.
func (e Edges) Best() Scores {
	return Scores{R: uint8(e.Recency.Bins()), F: uint8(e.Frequency.Bins()), M: uint8(e.Monetary.Bins())}
}
