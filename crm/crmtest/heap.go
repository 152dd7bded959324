package crmtest

// ordered is a pointer to something that comes before others.
type ordered[T any] interface {
	*T
	less(*T) bool
}

// A heap gives back the least first.
type heap[T any, P ordered[T]] []T

func (h *heap[T, P]) push(x T) {
	s := append(*h, x)
	*h = s
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if !P(&s[i]).less(&s[up]) {
			break
		}
		s[i], s[up] = s[up], s[i]
		i = up
	}
}

// pop panics on an empty heap.
func (h *heap[T, P]) pop() T {
	s := *h
	first := s[0]
	s[0] = s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < len(s) && P(&s[down+1]).less(&s[down]) {
			down++
		}
		if down >= len(s) || !P(&s[down]).less(&s[i]) {
			return first
		}
		s[i], s[down] = s[down], s[i]
		i = down
	}
}
