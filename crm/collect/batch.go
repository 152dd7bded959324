package collect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A batch is what one request brings.
type batch struct {
	client  string // what the page made up for itself, "" for nothing
	app     string // what the app is known by, "" for a page
	consent []said
	version string // which wording of the question they saw
	events  []event

	received time.Time     // by our clock
	told     time.Time     // of events that tell no time of their own
	offset   time.Duration // what our clock is ahead of the device's

	currency crm.Currency
	query    []string
	maxAge   time.Duration
	most     int // events
}

// A said is what somebody said to the shop's question.
type said struct {
	purpose crm.Purpose
	state   crm.ConsentState
}

// A refusal is why a whole request is not taken.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// maxNesting is how deep arrays and objects may stand in each other: a list in a
// parameter of an item of an event is at 8.
const maxNesting = 10

// parse reads a body. What is wrong with single events stands beside them; its
// error is of the whole.
func (b *batch) parse(body []byte) error {
	if !utf8.Valid(body) {
		return refuse(400, "body: bytes that are no UTF-8: want JSON in UTF-8")
	}
	if nesting(body) > maxNesting {
		return refuse(400, "body: arrays and objects more than %d deep: want an object with events", maxNesting)
	}
	var root map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return refuse(400, "body: no JSON object, at byte %d: want an object with events", offset(d, err))
	}
	if _, err := d.Token(); err != io.EOF {
		return refuse(400, "body: more than one JSON value: want an object with events")
	}
	r := reader{}
	b.client = r.key("client_id", root["client_id"], 128)
	b.app = r.text("app_instance_id", root["app_instance_id"], 128)
	if s := b.app; s != "" && (len(s) < 8 || !printable(s)) {
		r.fault("app_instance_id", "others", "8 to 128 letters, digits and signs of ASCII, without spaces and @")
	}
	if v := root["timestamp_micros"]; v != nil {
		b.told = r.micros("timestamp_micros", v)
	}
	if sent := r.moment("sent_at", root["sent_at"]); !sent.IsZero() {
		if b.offset = b.received.Sub(sent); b.offset.Abs() < steady {
			b.offset = 0
		}
	}
	b.consents(&r, root["consent"])
	list, ok := root["events"].([]any)
	switch {
	case !ok && (root["events"] != nil || b.consent == nil) || ok && len(list) == 0 && b.consent == nil:
		r.fault("events", kindOf(root["events"]), "a list of 1 to "+strconv.Itoa(b.most))
	case len(list) > b.most:
		return refuse(413, "events: %d: want at most %d", len(list), b.most)
	}
	if len(r.faults) > 0 {
		f := r.faults[0]
		return refuse(400, "%s: %s: want %s", f.Field, f.Got, f.Want)
	}
	b.events = make([]event, len(list))
	for i, v := range list {
		b.events[i] = b.event(i, v)
	}
	return nil
}

// consents reads what somebody said to the shop's question. Marketing is of no
// page to grant: it wants proof that the address is theirs.
func (b *batch) consents(r *reader, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		if v != nil {
			r.fault("consent", kindOf(v), "an object")
		}
		return
	}
	b.version = r.text("consent.text_version", object["text_version"], 200)
	for _, purpose := range []crm.Purpose{crm.PurposeAnalytics, crm.PurposeProfiling, crm.PurposeSaleSharing} {
		v := object[string(purpose)]
		if v == nil {
			continue
		}
		state, _ := v.(string)
		switch state := crm.ConsentState(state); state {
		case crm.ConsentGranted, crm.ConsentDenied, crm.ConsentWithdrawn:
			b.consent = append(b.consent, said{purpose, state})
		default:
			r.fault("consent."+string(purpose), kindOf(v), `"granted", "denied" or "withdrawn"`)
		}
	}
}

// nesting returns how deep arrays and objects stand in each other in a text that
// may be JSON.
func nesting(body []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// offset tells where in a body the decoder failed.
func offset(d *json.Decoder, err error) int64 {
	switch e := err.(type) {
	case *json.SyntaxError:
		return e.Offset
	case *json.UnmarshalTypeError:
		return e.Offset
	}
	return d.InputOffset()
}
