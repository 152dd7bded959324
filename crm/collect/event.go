package collect

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// An event is one of a batch, on its way into the book.
type event struct {
	id     string // "" for none
	known  string // by what a retry is known for one, "" for nothing
	told   time.Time
	what   crm.Interaction
	faults []fault
}

// shopOnly are the kinds that the shop itself records: what pages say of them is
// not to be believed.
var shopOnly = []crm.InteractionKind{
	crm.KindStoreVisit, crm.KindCall, crm.KindChat, crm.KindDeviceReading, crm.KindMessageSent, crm.KindMessageOpened,
	crm.KindMessageClicked, crm.KindNote, crm.KindRating, crm.KindReview, crm.KindTicketOpened, crm.KindTicketReplied,
	crm.KindTicketResolved, crm.KindTicketReopened, crm.KindSurveyAnswered, crm.KindReturnRequested,
}

// The limits of an event, beside those of a [crm.Interaction].
const (
	maxID     = 64
	maxParams = 50
	maxAddr   = 1000 // bytes of a page's address
	longID    = 22   // an id that is so long is nobody else's: 128 bits in base 64
)

// event reads an element of events. Where it stands is only worked out for
// faults.
func (b *batch) event(i int, v any) event {
	var e event
	r := reader{}
	at := "events[" + strconv.Itoa(i) + "]"
	object, ok := v.(map[string]any)
	if !ok {
		r.fault(at, kindOf(v), "an object")
		return event{faults: r.faults}
	}
	if e.id = r.key(at+".id", object["id"], maxID); e.id != "" && !printable(e.id) {
		r.fault(at+".id", "others", "1 to 64 letters, digits and signs of ASCII, without spaces and @")
		e.id = ""
	}
	e.name(&r, at+".name", object["name"])
	e.when(&r, at, object, b)
	params, ok := object["params"].(map[string]any)
	if !ok && object["params"] != nil {
		r.fault(at+".params", kindOf(object["params"]), "an object")
	}
	e.params(&r, at+".params", params, b)
	if e.known = e.id; e.id == "" && !e.told.IsZero() { // the same, said again, is the same
		if text, err := json.Marshal(object); err == nil {
			e.known = "=" + digest(string(text))
		}
	}
	e.faults = r.faults
	return e
}

func (e *event) name(r *reader, field string, v any) {
	s, ok := v.(string)
	word := ok && s != "" && len(s) <= 64 && s[0] >= 'a' && s[0] <= 'z'
	for i := 0; word && i < len(s); i++ {
		word = s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9' || s[i] == '_'
	}
	e.what.Kind = crm.InteractionKind(s)
	switch {
	case !word:
		r.fault(field, kindOf(v), "1 to 64 small letters, digits and _, a letter first")
	case slices.Contains(shopOnly, e.what.Kind):
		r.fault(field, "what only the shop records", "an event of a page or an app")
	}
}

// params takes the parameters of an event apart: what an interaction has a field
// for, and properties.
func (e *event) params(r *reader, at string, params map[string]any, b *batch) {
	if len(params) > maxParams {
		r.fault(at, kindOf(params)+" of "+strconv.Itoa(len(params)), "at most "+strconv.Itoa(maxParams)+" parameters")
		return
	}
	currency := r.currency(at+".currency", params["currency"])
	if currency == "" {
		currency = b.currency
	}
	e.what.Value = r.money(at+".value", params["value"], currency)
	e.items(r, at+".items", params["items"], currency)
	for _, name := range sorted(params) {
		v := params[name]
		switch name {
		case "currency", "value", "items":
			continue
		case "page_location", "page_referrer":
			v = b.address(r, at+"."+name, v, name == "page_location")
		case "item_id":
			if params["items"] == nil {
				e.what.SKU = r.key(at+".item_id", v, 200)
				continue
			}
		}
		if p, ok := r.property(at+"."+name, name, v); ok {
			if e.what.Properties == nil {
				e.what.Properties = make(map[string]crm.Value, len(params))
			}
			e.what.Properties[name] = p
		}
	}
}

// property reads a parameter that an interaction has no field for.
func (r *reader) property(field, name string, v any) (crm.Value, bool) {
	if !named(name) {
		r.fault(field, "another name", "1 to 64 letters and digits of ASCII, or _ - . after the first")
		return crm.Value{}, false
	}
	switch v := v.(type) {
	case nil:
		return crm.Value{}, false
	case bool:
		return crm.Bool(v), true
	case string:
		if len(v) <= 4<<10 {
			return crm.Text(v), v != ""
		}
	case json.Number:
		f, err := v.Float64()
		if err != nil || math.IsInf(f, 0) {
			break
		}
		if whole(v) && strconv.FormatFloat(f, 'f', -1, 64) != string(v) { // a long id
			return crm.Text(string(v)), len(v) <= 255
		}
		return crm.Number(f), true
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			s, ok := w.(string)
			if !ok || len(s) > 255 || len(v) > 200 {
				r.fault(field, kindOf(v), "a list of at most 200 texts of at most 255 bytes")
				return crm.Value{}, false
			}
			words[i] = s
		}
		return crm.Words(words...), len(words) > 0
	}
	r.fault(field, kindOf(v), "a text of at most 4096 bytes, a number that a float64 holds, true or false, or a list of texts")
	return crm.Value{}, false
}

// address reads the address of a page, and cuts off what may be personal: all of
// a referrer but where it was, and of a page's own parameters those that are not
// known to say where somebody came from.
func (b *batch) address(r *reader, field string, v any, own bool) any {
	s, ok := v.(string)
	if v == nil || s == "" && ok {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case !ok || len(s) > 16<<10:
		r.fault(field, kindOf(v), "the address of a page")
		return nil
	case err != nil || u.Opaque != "":
		return nil // pages have odd ones; it is not worth the event
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	query := u.Query()
	u.RawQuery, u.ForceQuery = "", false
	if own {
		for name := range query {
			if !strings.HasPrefix(name, "utm_") && !slices.Contains(b.query, name) {
				delete(query, name)
			}
		}
		u.RawQuery = query.Encode()
	}
	if s = u.String(); len(s) > maxAddr {
		s = strings.ToValidUTF8(s[:maxAddr], "")
	}
	return s
}

// printable reports whether s may be the id of an event.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '@' {
			return false
		}
	}
	return s != ""
}

// named reports whether s may name a property.
func named(s string) bool {
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] >= '0' && s[i] <= '9'
		if !letter && (i == 0 || s[i] != '_' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var base = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// digest returns 26 characters that stand for some texts, and from which these
// cannot be read.
func digest(parts ...string) string {
	h := sha256.New()
	for _, s := range parts {
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	return base.EncodeToString(h.Sum(nil)[:16])
}
