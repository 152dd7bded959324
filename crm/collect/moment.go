package collect

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// steady is by how much a device's clock may differ from ours without being
// corrected: the request took a part of it.
const steady = 10 * time.Second

// ahead is how far ahead of now something may claim to have happened, and count
// as happening now. Further is an error.
const ahead = day

// when reads when an event happened, by the device's clock, and corrects it.
func (e *event) when(r *reader, at string, object map[string]any, b *batch) {
	field := at + ".time"
	switch {
	case object["time"] != nil:
		e.told = r.moment(field, object["time"])
	case object["timestamp_micros"] != nil:
		field = at + ".timestamp_micros"
		e.told = r.micros(field, object["timestamp_micros"])
	default:
		field, e.told = "timestamp_micros", b.told
	}
	if e.told.IsZero() {
		e.what.OccurredAt = b.received
		return
	}
	t := e.told.Add(b.offset)
	switch {
	case t.Sub(b.received) > ahead:
		r.fault(field, "a time to come", "when it happened; and sent_at, when it was sent, by the same clock")
	case t.After(b.received):
		t = b.received
	case b.received.Sub(t) > b.maxAge:
		r.fault(field, "a time too long ago", "at most "+span(b.maxAge)+" ago; and sent_at, when it was sent, by the same clock")
	}
	e.what.OccurredAt = t
}

func span(d time.Duration) string {
	if d >= 2*day {
		return strconv.Itoa(int(d/day)) + " days"
	}
	return d.String()
}

// The years within which a device's clock may stand.
var first, last = time.Unix(0, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

const wantMoment = "a time as of RFC 3339, or milliseconds since 1970"

// moment reads a time: a text, or milliseconds.
func (r *reader) moment(field string, v any) time.Time {
	var t time.Time
	switch v := v.(type) {
	case nil:
		return t
	case string:
		p, err := time.Parse(time.RFC3339Nano, v)
		if err == nil {
			t = p
		}
	case json.Number:
		t = fromNumber(v, 1e3)
	}
	if t.Before(first) || t.After(last) {
		r.fault(field, kindOf(v), wantMoment)
		return time.Time{}
	}
	return t.UTC()
}

// micros reads microseconds since 1970, as a number or, as some write it, a text
// of digits.
func (r *reader) micros(field string, v any) time.Time {
	var t time.Time
	switch v := v.(type) {
	case string:
		if n := json.Number(v); whole(n) {
			t = fromNumber(n, 1e6)
		}
	case json.Number:
		t = fromNumber(v, 1e6)
	}
	if t.Before(first) || t.After(last) {
		r.fault(field, kindOf(v), "microseconds since 1970")
		return time.Time{}
	}
	return t.UTC()
}

// fromNumber returns the time so many parts of a second after 1970, or the zero
// time.
func fromNumber(n json.Number, parts float64) time.Time {
	f, err := n.Float64()
	if err != nil || f < 0 || f/parts > float64(last.Unix()) {
		return time.Time{}
	}
	seconds, rest := math.Modf(f / parts)
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil { // exactly
		p := int64(parts)
		return time.Unix(i/p, i%p*(int64(time.Second)/p))
	}
	return time.Unix(int64(seconds), int64(rest*1e9))
}
