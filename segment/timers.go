package segment

import (
	"maps"
	"math"
	"slices"
)

// hour is how long a bucket of timers is, in milliseconds.
const hour = int64(60 * 60 * 1000)

// timers tell whose answers may change when, by time alone: one time a person,
// in buckets of an hour. A person's time may come early; then they are asked,
// and get another.
type timers struct {
	next    []int64 // by ordinal: when it comes; the zero value is never
	buckets map[int64][]uint32
	first   int64 // no bucket is earlier
	soonest int64 // nobody's time comes before; the highest int64: nobody's comes
}

// set sets the time of a person, in milliseconds; the highest int64 is never.
func (t *timers) set(ordinal uint32, at int64) {
	if at == math.MaxInt64 {
		at = 0
	}
	for int(ordinal) >= len(t.next) {
		t.next = append(t.next, 0)
	}
	was := t.next[ordinal]
	t.next[ordinal] = at
	if at == 0 || was != 0 && was/hour == at/hour {
		return // they are in that bucket, or need to be in none
	}
	if t.buckets == nil {
		t.buckets = map[int64][]uint32{}
	}
	b := at / hour
	t.buckets[b] = append(t.buckets[b], ordinal)
	if t.first == 0 || b < t.first {
		t.first = b
	}
	t.soonest = min(t.soonest, at)
}

// lower sets the time of a person if it is sooner than the one they have.
func (t *timers) lower(ordinal uint32, at int64) {
	if int(ordinal) >= len(t.next) || t.next[ordinal] == 0 || at < t.next[ordinal] {
		t.set(ordinal, at)
	}
}

// due takes out whose time has come.
func (t *timers) due(now int64) []uint32 {
	if now < t.soonest {
		return nil
	}
	t.soonest = math.MaxInt64
	var list []uint32
	for ; len(t.buckets) > 0 && t.first <= now/hour; t.first++ {
		var later []uint32
		for _, ordinal := range t.buckets[t.first] {
			switch at := t.next[ordinal]; {
			case at == 0 || at/hour != t.first: // it was set anew since
			case at <= now:
				t.next[ordinal] = 0
				list = append(list, ordinal)
			default:
				later = append(later, ordinal)
				t.soonest = min(t.soonest, at)
			}
		}
		if len(later) > 0 {
			t.buckets[t.first] = later
			return list // it is the bucket of now
		}
		delete(t.buckets, t.first)
	}
	if len(t.buckets) > 0 {
		t.first = slices.Min(slices.Collect(maps.Keys(t.buckets)))
		t.soonest = t.first * hour // whose times these are is looked at then
	}
	return list
}
