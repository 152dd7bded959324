package collect

import "sync/atomic"

// Counts are what a Handler did since it was made. Events are counted as their
// senders were answered.
type Counts struct {
	Requests   int64 // batches, those refused among them
	Accepted   int64 // events recorded
	Duplicates int64 // events known already
	Rejected   int64 // events with faults
	Dropped    int64 // events not kept, as they do not want it, or nobody looked
	Refused    int64 // requests answered with a 4xx as a whole, limited ones among them
	Limited    int64 // requests that came too fast
	Failed     int64 // requests answered with a 5xx: their senders try again
}

// counters are the only place where a Handler counts.
type counters struct {
	requests, accepted, duplicates, rejected, dropped, refused, limited, failed atomic.Int64
}

// Counts returns what the Handler did so far. It may be called at any time.
func (h *Handler) Counts() Counts {
	c := &h.counters
	return Counts{
		c.requests.Load(), c.accepted.Load(), c.duplicates.Load(), c.rejected.Load(),
		c.dropped.Load(), c.refused.Load(), c.limited.Load(), c.failed.Load(),
	}
}

// add counts the events of an answer.
func (c *counters) add(a *answer) {
	c.accepted.Add(int64(a.Accepted))
	c.duplicates.Add(int64(a.Duplicate))
	c.rejected.Add(int64(a.Rejected))
	c.dropped.Add(int64(a.Dropped))
}
