package collect

import (
	"encoding/json"
	"strconv"
)

// A fault is one thing that is wrong with an event: in which field, what came,
// and what was expected. It never holds a value: that may be anything.
type fault struct {
	Field string `json:"field"` // as in the body: "events[2].params.value"
	Got   string `json:"got"`
	Want  string `json:"want"`
}

// maxFaults is how many faults of one event are told.
const maxFaults = 10

// A reader takes the members of a JSON value apart, and lists what is wrong.
type reader struct {
	faults []fault
}

func (r *reader) fault(field, got, want string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, fault{clean(field), got, want})
	}
}

// clean returns what may be told of a name that came in.
func clean(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '@' || i == 100 {
			return s[:i] + "…"
		}
	}
	return s
}

// kindOf names what a JSON value is.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text of " + strconv.Itoa(len(v)) + " bytes"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list of " + strconv.Itoa(len(v))
	}
	return "an object"
}

// text reads an optional text.
func (r *reader) text(field string, v any, most int) string {
	s, ok := v.(string)
	if v != nil && (!ok || len(s) > most) {
		r.fault(field, kindOf(v), "a text of at most "+strconv.Itoa(most)+" bytes")
		return ""
	}
	return s
}

// key reads a text or a whole number, as ids are written both ways.
func (r *reader) key(field string, v any, most int) string {
	switch v := v.(type) {
	case string:
		if len(v) <= most {
			return v
		}
	case json.Number:
		if whole(v) && len(v) <= most {
			return string(v)
		}
	case nil:
		return ""
	}
	r.fault(field, kindOf(v), "a text of at most "+strconv.Itoa(most)+" bytes, or a whole number")
	return ""
}

// count reads an optional whole number from 0 on.
func (r *reader) count(field string, v any) int64 {
	if v == nil {
		return 0
	}
	if s, ok := v.(json.Number); ok {
		if n, err := strconv.ParseInt(string(s), 10, 64); err == nil && n >= 0 {
			return n
		}
		if f, err := s.Float64(); err == nil && f >= 0 && f <= 1<<53 && f == float64(int64(f)) { // 2.0, 1e3
			return int64(f)
		}
	}
	r.fault(field, kindOf(v), "a whole number from 0 on")
	return 0
}

// whole reports whether a number is written with nothing but digits.
func whole(n json.Number) bool {
	for i := range len(n) {
		if (n[i] < '0' || n[i] > '9') && (i > 0 || n[i] != '-') {
			return false
		}
	}
	return n != ""
}
