package collect

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

// A status is what became of an event. All but a 5xx and a 429 of the whole
// request are final: the device may forget the event.
type status string

const (
	accepted  status = "accepted"
	duplicate status = "duplicate" // it was accepted before
	rejected  status = "rejected"
	dropped   status = "dropped" // not kept, as they do not want it, or nobody looked
)

// A result tells what became of an event.
type result struct {
	ID     string  `json:"id,omitzero"`
	Status status  `json:"status"`
	Faults []fault `json:"faults,omitzero"`
}

// An answer tells a device what became of its events, in their order.
type answer struct {
	Accepted  int      `json:"accepted"`
	Duplicate int      `json:"duplicate"`
	Rejected  int      `json:"rejected"`
	Dropped   int      `json:"dropped"`
	Results   []result `json:"results,omitzero"`
	Error     string   `json:"error,omitzero"` // of the whole request
}

func answerOf(results []result) *answer {
	a := &answer{Results: results}
	for _, r := range results {
		switch r.Status {
		case accepted:
			a.Accepted++
		case duplicate:
			a.Duplicate++
		case rejected:
			a.Rejected++
		case dropped:
			a.Dropped++
		}
	}
	return a
}

// reply writes an answer: 400 when nothing of it was right.
func (h *Handler) reply(w http.ResponseWriter, a *answer) {
	h.counters.add(a)
	status := http.StatusOK
	if len(a.Results) > 0 && a.Rejected == len(a.Results) {
		status = http.StatusBadRequest
	}
	write(w, status, a)
}

// fail answers a request that is not taken as a whole. What is not the sender's
// fault is logged, and the sender told to come again.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if no, ok := errors.AsType[*refusal](err); ok {
		h.counters.refused.Add(1)
		write(w, no.status, &answer{Error: no.text})
		return
	}
	h.counters.failed.Add(1)
	h.opts.Logger.ErrorContext(r.Context(), "recording a batch failed", "error", err)
	w.Header().Set("Retry-After", "5")
	write(w, http.StatusServiceUnavailable, &answer{Error: "not recorded: try again"})
}

// limit answers a request that came too fast.
func (h *Handler) limit(w http.ResponseWriter, wait time.Duration) {
	h.counters.refused.Add(1)
	h.counters.limited.Add(1)
	w.Header().Set("Retry-After", strconv.Itoa(int(max(1, math.Ceil(wait.Seconds())))))
	write(w, http.StatusTooManyRequests, &answer{Error: "too many events: try again later"})
}

func write(w http.ResponseWriter, status int, a *answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(a) // a device that is gone comes again
}
