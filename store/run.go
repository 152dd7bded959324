package store

import (
	"cmp"
	"slices"
	"strings"
)

// A run holds the writes of a Buffer whose keys begin with the same two bytes:
// those of one table, or one of its indexes. So what one index gets does not
// disturb the order of another.
type run struct {
	start  int      // what keys begin with, in their order: see startOf
	sorted []*write // newest write of every key, in key order, but for
	tail   []*write // these, in the order they came
	twice  bool     // a key may stand in tail more than once
}

// startOf makes a number of the first two bytes of a key. A key of one byte
// comes before all that begin with it.
func startOf(key string) int {
	if len(key) < 2 {
		return int(key[0]) << 9
	}
	return int(key[0])<<9 | 1<<8 | int(key[1])
}

// run returns the run that a key belongs to.
func (b *Buffer) run(key string) *run {
	start := startOf(key)
	i, ok := slices.BinarySearchFunc(b.runs, start, func(r *run, start int) int { return cmp.Compare(r.start, start) })
	if !ok {
		b.runs = slices.Insert(b.runs, i, &run{start: start})
	}
	return b.runs[i]
}

// sort merges the tail of a run into sorted. While a scan runs, which may have
// the old array, it makes a new one.
func (b *Buffer) sort(r *run) {
	if len(r.tail) == 0 {
		return
	}
	if r.twice { // a key that was written again while a scan ran
		r.tail = slices.DeleteFunc(r.tail, func(w *write) bool { return b.latest[w.key] != w })
		r.twice = false
	}
	slices.SortFunc(r.tail, func(v, w *write) int { return strings.Compare(v.key, w.key) })
	old := r.sorted
	if b.scans > 0 {
		old = slices.Clip(old)
	}
	switch n := len(old); {
	case n == 0 || old[n-1].key < r.tail[0].key: // ascending: the usual case
		r.sorted = append(old, r.tail...)
	case b.scans == 0 && len(r.tail) <= 32: // a few writes between two scans
		for _, w := range r.tail {
			if i, same := find(r.sorted, w.key); same {
				r.sorted[i] = w
			} else {
				r.sorted = slices.Insert(r.sorted, i, w)
			}
		}
	default:
		merged := make([]*write, 0, n+len(r.tail))
		for _, w := range r.tail {
			i, same := find(old, w.key)
			merged = append(append(merged, old[:i]...), w)
			if same {
				i++
			}
			old = old[i:]
		}
		r.sorted = append(merged, old...)
	}
	r.tail = r.tail[:0]
}

// within returns where the keys with from <= key < to stand in sorted; a nil
// to is the open end.
func (r *run) within(from, to []byte) (first, end int) {
	first, _ = find(r.sorted, string(from))
	if end = len(r.sorted); to != nil {
		end, _ = find(r.sorted, string(to))
	}
	return first, max(first, end)
}

// within returns the writes of a range, in key order.
func (b *Buffer) within(rg Range) []*write {
	var all []*write
	for _, r := range b.runs {
		if len(rg.From) > 0 && r.start < startOf(string(rg.From)) || len(rg.To) > 0 && r.start > startOf(string(rg.To)) {
			continue
		}
		b.sort(r)
		first, end := r.within(rg.From, rg.To)
		switch {
		case first == end:
		case all == nil:
			all = slices.Clip(r.sorted[first:end]) // the usual case: no copy
		default:
			all = append(all, r.sorted[first:end]...)
		}
	}
	return all
}

// find returns where key is, or would be, in a sorted list of writes.
func find(list []*write, key string) (at int, found bool) {
	return slices.BinarySearchFunc(list, key, func(w *write, key string) int {
		return strings.Compare(w.key, key)
	})
}
