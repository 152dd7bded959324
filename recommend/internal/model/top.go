package model

import "slices"

// Top appends the k best products to dst: those that keep lets in (nil lets
// all) and that have a score, by that, and of equal scores by number, which is by key.
func Top(dst []int32, scores []float32, k int, keep func(product int32) bool) []int32 {
	if k <= 0 {
		return dst
	}
	from := len(dst)
	dst = slices.Grow(dst, min(k, len(scores)))
	heap := dst[from:] // the worst on top
	worse := func(a, b int32) bool {
		return scores[a] < scores[b] || scores[a] == scores[b] && a > b
	}
	next := 0
	for ; next < len(scores) && len(heap) < k; next++ {
		p := int32(next)
		if s := scores[p]; s != s || keep != nil && !keep(p) {
			continue
		}
		heap = append(heap, p)
		for c := len(heap) - 1; c > 0; {
			up := (c - 1) / 2
			if !worse(heap[c], heap[up]) {
				break
			}
			heap[c], heap[up] = heap[up], heap[c]
			c = up
		}
	}
	if len(heap) == k {
		least := scores[heap[0]] // of equal scores the earlier is in already
		for ; next < len(scores); next++ {
			for next+4 <= len(scores) { // most are passed over
				if s := (*[4]float32)(scores[next:]); s[0] > least || s[1] > least || s[2] > least || s[3] > least {
					break
				}
				next += 4
			}
			p := int32(next)
			if next == len(scores) || !(scores[p] > least) || keep != nil && !keep(p) {
				continue
			}
			heap[0] = p
			for c := 0; ; {
				down := 2*c + 1
				if down >= k {
					break
				}
				if down+1 < k && worse(heap[down+1], heap[down]) {
					down++
				}
				if !worse(heap[down], heap[c]) {
					break
				}
				heap[c], heap[down] = heap[down], heap[c]
				c = down
			}
			least = scores[heap[0]]
		}
	}
	slices.SortFunc(heap, func(a, b int32) int {
		if worse(a, b) {
			return 1
		}
		return -1
	})
	return dst[:from+len(heap)]
}
