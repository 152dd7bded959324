package eval

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// stageNames are the stages; their codes are one more than their places.
var stageNames = named{
	string(lifecycle.Prospect), string(lifecycle.New), string(lifecycle.Active), string(lifecycle.AtRisk),
	string(lifecycle.Lapsed), string(lifecycle.Lost), string(lifecycle.WonBack),
}

// A stageOf is the stage of persons, as a code.
type stageOf struct {
	own bool // people of four orders and more have thresholds of their own
}

func (e *stageOf) shape() shape { return shape{kind: text, words: stageNames} }
func (e *stageOf) weight() int  { return 8 }

func (e *stageOf) values(x *frame, sel []uint32, out []int64) {
	for i, id := range sel {
		h := x.history(id, e.own)
		s, _, _ := x.thresholds(h, e.own).Stage(x.today, h)
		out[i] = int64(slices.Index(stageNames, string(s))) + 1
	}
}

func (e *stageOf) change(x *frame, id uint32) int64 {
	until := int64(never)
	if s := x.chunk.Sales.Of(id); s.Len > 0 && x.chunk.Latest[id] > x.at {
		if row := lower(x.chunk.Sales.Time, s.Start, s.Start+s.Len, x.at+1); row < s.Start+s.Len {
			until = x.chunk.Sales.Time[row]
		}
	}
	h := x.history(id, e.own)
	if _, day, ok := x.thresholds(h, e.own).Stage(x.today, h); ok {
		until = min(until, x.cal.start(min(day, farthest+1)))
	}
	return until
}

// thresholds are those of a person.
func (x *frame) thresholds(h lifecycle.History, own bool) lifecycle.Thresholds {
	if own {
		return x.rhythm.Own(h)
	}
	return x.rhythm.Thresholds
}

// history is what the stage of a person follows from, in calendar days. Only
// when it is whole are all orders counted: else two are as good as many.
func (x *frame) history(id uint32, whole bool) lifecycle.History {
	var h lifecycle.History
	times := x.chunk.Sales.Time
	s := x.chunk.Sales.Of(id)
	low, high := s.Start, s.Start+s.Len
	if x.chunk.Latest[id] > x.at {
		high = lower(times, low, high, x.at+1)
	}
	if low >= high {
		return h
	}
	h.Orders, h.Last = 1, x.cal.day(times[high-1])
	h.First = h.Last
	begin := x.cal.start(h.Last)
	for row := high - 1; row > low; row-- {
		t := times[row-1]
		if t >= begin {
			continue
		}
		h.First = x.cal.day(t)
		if h.Orders++; h.Orders == 2 {
			if h.Gap = h.Last - h.First; !whole {
				break
			}
		}
		begin = x.cal.start(h.First)
	}
	return h
}

// Days calls f for those of members who are in the base, or for everybody when
// members is nil, with the calendar days on which they bought until an instant:
// each once, ascending, not to be kept, and none of who has not. The base is
// locked while f runs. It returns ctx's error.
func (e *Engine) Days(ctx context.Context, at int64, members *roaring.Bitmap, f func(ordinal uint32, days []int64)) error {
	var days []int64
	for number := 0; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !e.daysIn(number, at, members, func(ordinal uint32, times []int64) {
			days = days[:0]
			end := int64(always)
			for _, t := range times {
				if t >= end {
					day := e.cal.day(t)
					days, end = append(days, day), e.cal.start(day+1)
				}
			}
			f(ordinal, days)
		}) {
			return nil
		}
	}
}

// daysIn calls f for the people of a chunk with the times of their sales; it is
// false when there is no such chunk.
func (e *Engine) daysIn(number int, at int64, members *roaring.Bitmap, f func(ordinal uint32, times []int64)) bool {
	e.base.RLock()
	defer e.base.RUnlock()
	if number >= e.base.Chunks() {
		return false
	}
	c := e.base.Chunk(number)
	for _, id := range c.Live.Append(nil) {
		ordinal := uint32(number)*column.ChunkSize + id
		if members != nil && !members.Contains(ordinal) {
			continue
		}
		s := c.Sales.Of(id)
		high := s.Start + s.Len
		if c.Latest[id] > at {
			high = lower(c.Sales.Time, s.Start, high, at+1)
		}
		f(ordinal, c.Sales.Time[s.Start:high])
	}
	return true
}

// Day returns the number of the calendar day of an instant, as Days counts.
func (e *Engine) Day(at int64) int64 { return e.cal.day(at) }
