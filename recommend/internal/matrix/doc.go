// Package matrix inverts large symmetric matrices of float32, on all
// processors and in the memory of the matrix itself.
package matrix
