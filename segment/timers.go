package segment

import "math"

// hour is how long a bucket of timers is, in milliseconds.
const hour = int64(60 * 60 * 1000)

// timers tell whose answers may change when, by time alone: one time a person,
// in buckets of an hour. A person's time may come early; then they are asked,
// and get another.
type timers struct {
	next    []int64 // by ordinal: when it comes; the zero value is never
	buckets map[int64][]uint32
	first   int64 // no bucket is earlier
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
}

// lower sets the time of a person if it is sooner than the one they have.
func (t *timers) lower(ordinal uint32, at int64) {
	if int(ordinal) >= len(t.next) || t.next[ordinal] == 0 || at < t.next[ordinal] {
		t.set(ordinal, at)
	}
}

// due takes out whose time has come.
func (t *timers) due(now int64) []uint32 {
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
			}
		}
		if len(later) > 0 {
			t.buckets[t.first] = later
			break // it is the bucket of now
		}
		delete(t.buckets, t.first)
	}
	return list
}

// soonest returns a time before which none comes, the highest int64 when there
// is none.
func (t *timers) soonest() int64 {
	if len(t.buckets) == 0 {
		return math.MaxInt64
	}
	for ; t.buckets[t.first] == nil; t.first++ {
	}
	soonest := int64(math.MaxInt64)
	for _, ordinal := range t.buckets[t.first] {
		if at := t.next[ordinal]; at != 0 && at/hour == t.first {
			soonest = min(soonest, at)
		}
	}
	return min(soonest, (t.first+1)*hour) // they may all have been set anew
}
