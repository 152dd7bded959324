package matrix

import "fmt"

// A Symmetric is a symmetric matrix of Size rows. Rows lie one after another
// in Values; only what is on and below the diagonal is read.
type Symmetric struct {
	Size   int
	Values []float32
}

// New returns a matrix of zeros. It panics when size is negative.
func New(size int) *Symmetric {
	return &Symmetric{Size: size, Values: make([]float32, size*size)}
}

// Row returns the row i, of which the first i+1 values are kept up.
func (m *Symmetric) Row(i int) []float32 { return m.Values[i*m.Size : (i+1)*m.Size] }

// At returns the value of row i and column j.
func (m *Symmetric) At(i, j int) float32 {
	if i < j {
		i, j = j, i
	}
	return m.Values[i*m.Size+j]
}

// Mirror copies what is below the diagonal to above it, so that every row is
// whole.
func (m *Symmetric) Mirror() {
	const tile = 32 // a tile stays in the cache while it is turned
	n := m.Size
	for top := 0; top < n; top += tile {
		for left := 0; left <= top; left += tile {
			for i := top; i < min(top+tile, n); i++ {
				for j := left; j < min(left+tile, i); j++ {
					m.Values[j*n+i] = m.Values[i*n+j]
				}
			}
		}
	}
}

// A SingularError says that a matrix has no inverse, or none that float32 can
// tell: it is not positive definite at the given row.
type SingularError struct{ Row int }

// Error names the row.
func (e *SingularError) Error() string {
	return fmt.Sprintf("matrix is not positive definite at row %d", e.Row)
}
