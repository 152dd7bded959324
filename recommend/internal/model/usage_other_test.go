//go:build !unix

package model_test

// cpu is not told here.
func cpu() float64 { return 0 }

// peak is not told here.
func peak() float64 { return 0 }
