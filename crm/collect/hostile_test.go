package collect_test

import (
	"bytes"
	"compress/gzip"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm/collect"
)

// packed returns a text in gzip.
func packed(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

// A request that is wrong as a whole gets a 4xx that says why, and records
// nothing.
func TestRefused(t *testing.T) {
	good := batch(object{"id": "1", "name": "login"})
	const zip = "Content-Encoding"
	for _, tt := range []struct {
		name    string
		body    string
		headers []string
		code    int
		want    string // in the answer's error
	}{
		{"nothing", "", nil, 400, "body: no JSON object, at byte 0"},
		{"no JSON", "events=1", nil, 400, "at byte 1"},
		{"cut off", good[:20], nil, 400, "no JSON object"},
		{"two values", good + good, nil, 400, "more than one JSON value"},
		{"a list", "[1]", nil, 400, "no JSON object"},
		{"null", "null", nil, 400, "events: nothing: want a list of 1 to 500"},
		{"NaN", `{"events":[{"name":"login","params":{"value":NaN}}]}`, nil, 400, "at byte 46"},
		{"Infinity", `{"events":[{"name":"login","params":{"value":-Infinity}}]}`, nil, 400, "no JSON object"},
		{"invalid UTF-8", `{"events":[{"name":"lo` + "\xff" + `gin"}]}`, nil, 400, "no UTF-8"},
		{"deep", `{"events":[{"params":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}]}`, nil, 400, "more than 10 deep"},
		{"deep, in a member that nobody knows", `{"x":` + strings.Repeat(`{"x":`, 20) + "1" + strings.Repeat("}", 21), nil, 400, "more than 10 deep"},
		{"no events", `{}`, nil, 400, "events: nothing"},
		{"an empty list", `{"events":[]}`, nil, 400, "events: a list of 0"},
		{"events that are none", `{"events":"login"}`, nil, 400, "events: a text of 5 bytes: want a list"},
		{"too many events", `{"events":[` + strings.Repeat("1,", 500) + `1]}`, nil, 413, "events: 501: want at most 500"},
		{"too long", `{"events":[` + strings.Repeat(" ", 1<<20) + `]}`, nil, 413, "body: more than 1048576 bytes"},
		{"too long, unpacked", packed(`{"events":[` + strings.Repeat(" ", 1<<20) + `]}`), []string{zip, "gzip"}, 413, "body: more than 1048576 bytes"},
		{"a bomb", packed(strings.Repeat("\x00", 20<<20)), []string{zip, "gzip"}, 413, "body: more than 1048576 bytes"},
		{"not packed", good, []string{zip, "gzip"}, 400, "not packed"},
		{"packed, cut off", packed(good)[:30], []string{zip, "gzip"}, 400, "cut off"},
		{"packed, damaged", packed(good)[:40] + "x" + packed(good)[41:], []string{zip, "gzip"}, 400, "body"},
		{"packed otherwise", good, []string{zip, "br"}, 415, "content-encoding"},
		{"packed twice", packed(packed(good)), []string{zip, "gzip, gzip"}, 415, "content-encoding"},
		{"a form", good, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "content-type"},
		{"no type at all", good, []string{"Content-Type", "???"}, 415, "content-type"},
		{"another charset", good, []string{"Content-Type", "text/plain; charset=utf-16"}, 415, "charset"},
		{"a stranger's page", good, []string{"Origin", "https://evil.test"}, 403, "origin"},
		{"a page of nowhere", good, []string{"Origin", "null"}, 403, "origin"},
		{"a page whose host ends alike", good, []string{"Origin", "https://evilshop.test"}, 403, "origin"},
		{"an app id that is none", body(object{"app_instance_id": "00000000-0000-0000"}, object{"name": "login"}), nil, 400, "app_instance_id"},
		{"an app id that is an address", body(object{"app_instance_id": "ada@example.com"}, object{"name": "login"}), nil, 400, "app_instance_id"},
		{"an app id that is everybody's", body(object{"app_instance_id": "undefined"}, object{"name": "login"}), nil, 400, "app_instance_id: a value that many have"},
		{"an app id of another type", body(object{"app_instance_id": 1}, object{"name": "login"}), nil, 400, "app_instance_id: a number: want a text"},
		{"sent_at of another type", body(object{"sent_at": true}, object{"name": "login"}), nil, 400, "sent_at: true or false: want a time"},
		{"sent_at before 1970", body(object{"sent_at": -1}, object{"name": "login"}), nil, 400, "sent_at: a number: want a time"},
		{"sent_at beyond all time", body(object{"sent_at": 1e300}, object{"name": "login"}), nil, 400, "sent_at: a number"},
		{"consent of another type", body(object{"consent": "yes"}, object{"name": "login"}), nil, 400, "consent: a text of 3 bytes: want an object"},
		{"consent to what is no answer", body(object{"consent": object{"analytics": "maybe"}}, object{"name": "login"}), nil, 400, `consent.analytics: a text of 5 bytes: want "granted"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memory(t, nil)
			w, a := s.post(t, tt.body, tt.headers...)
			if w.Code != tt.code || !strings.Contains(a.Error, tt.want) || len(a.Results) != 0 {
				t.Errorf("%d %+v, want %d with %q", w.Code, a, tt.code, tt.want)
			}
			if n := len(s.story(t)); n > 0 || s.cookie != nil {
				t.Errorf("%d are recorded, the cookie is %v", n, s.cookie)
			}
			if _, a := s.post(t, good); a.Accepted != 1 {
				t.Errorf("afterwards, what is right is answered %+v", a)
			}
			if got := s.Counts(); got.Refused != 1 || got.Requests != 2 || got.Accepted != 1 {
				t.Errorf("counts %+v", got)
			}
		})
	}
}

// What is wrong with an event is told by field, type and expectation, beside
// the events that are right and recorded. No value comes back.
func TestRejected(t *testing.T) {
	event := func(params object) object { return object{"id": "1", "name": "view_item", "params": params} }
	at := func(d time.Duration) int64 { return today.Add(d).UnixMilli() }
	const wantProperty = "a text of at most 4096 bytes, a number that a float64 holds, true or false, or a list of texts"
	for _, tt := range []struct {
		name  string
		event any
		want  []fault
	}{
		{"no object", "secret", []fault{{"events[1]", "a text of 6 bytes", "an object"}}},
		{"no name", object{"id": "1"}, []fault{{"events[1].name", "nothing", "1 to 64 small letters, digits and _, a letter first"}}},
		{"a name that is none", object{"name": "Secret!"}, []fault{{"events[1].name", "a text of 7 bytes", "1 to 64 small letters, digits and _, a letter first"}}},
		{"what only the shop records", object{"name": "ticket_resolved"}, []fault{{"events[1].name", "what only the shop records", "an event of a page or an app"}}},
		{"an id of another type", object{"id": 1.5, "name": "login"}, []fault{{"events[1].id", "a number", "a text of at most 64 bytes, or a whole number"}}},
		{"an id that is an address", object{"id": "ada@example.com", "name": "login"}, []fault{{"events[1].id", "others", "1 to 64 letters, digits and signs of ASCII, without spaces and @"}}},
		{"params of another type", object{"name": "login", "params": []int{1}}, []fault{{"events[1].params", "a list of 1", "an object"}}},
		{"a value as text", event(object{"value": "secret"}), []fault{{"events[1].params.value", "a text of 6 bytes", "a number"}}},
		{"a value that is NaN", event(object{"value": "NaN"}), []fault{{"events[1].params.value", "a text of 3 bytes", "a number"}}},
		{"a value beyond floats", event(object{"value": rawNumber("1e999")}), []fault{{"events[1].params.value", "a number out of range", "an amount of money"}}},
		{"a value beyond money", event(object{"value": 1e15}), []fault{{"events[1].params.value", "a number out of range", "an amount of money"}}},
		{"a number beyond floats", event(object{"n": rawNumber("-1e999")}), []fault{{"events[1].params.n", "a number", wantProperty}}},
		{"a currency that is none", event(object{"currency": "euro", "value": 1}), []fault{{"events[1].params.currency", "a text of 4 bytes", "three letters of ISO 4217"}}},
		{"items of another type", event(object{"items": object{}}), []fault{{"events[1].params.items", "an object", "a list of at most 200 items"}}},
		{"an item of another type", event(object{"items": []any{1}}), []fault{{"events[1].params.items[0]", "a number", "an object"}}},
		{"too many items", event(object{"items": make([]object, 201)}), []fault{{"events[1].params.items", "a list of 201", "a list of at most 200 items"}}},
		{"an item that is nothing", event(object{"items": []object{{"quantity": 1}}}), []fault{{"events[1].params.items[0]", "neither item_id nor item_name", "at least one of them"}}},
		{"several faults of items", event(object{"items": []object{{"item_id": "A", "quantity": -1, "price": true}, {"item_id": []int{}, "item_name": "B", "index": 1.5}}}), []fault{
			{"events[1].params.items[0].quantity", "a number", "a whole number from 0 on"},
			{"events[1].params.items[0].price", "true or false", "a number"},
			{"events[1].params.items[1].item_id", "a list of 0", "a text of at most 200 bytes, or a whole number"},
			{"events[1].params.items[1].index", "a number", "a whole number from 0 on"},
		}},
		{"a parameter that is an object", event(object{"x": object{"y": 1}}), []fault{{"events[1].params.x", "an object", wantProperty}}},
		{"a list of other things", event(object{"x": []any{"a", 1}}), []fault{{"events[1].params.x", "a list of 2", "a list of at most 200 texts of at most 255 bytes"}}},
		{"a long text", event(object{"x": strings.Repeat("x", 5000)}), []fault{{"events[1].params.x", "a text of 5000 bytes", wantProperty}}},
		{"a name of a parameter", event(object{"ada@example.com": 1}), []fault{{"events[1].params.ada…", "another name", "1 to 64 letters and digits of ASCII, or _ - . after the first"}}},
		{"an address that is none", event(object{"page_location": 1}), []fault{{"events[1].params.page_location", "a number", "the address of a page"}}},
		{"a time to come", object{"name": "login", "time": at(25 * time.Hour)}, []fault{{"events[1].time", "a time to come", "when it happened; and sent_at, when it was sent, by the same clock"}}},
		{"a time long gone", object{"name": "login", "time": at(-31 * 24 * time.Hour)}, []fault{{"events[1].time", "a time too long ago", "at most 30 days ago; and sent_at, when it was sent, by the same clock"}}},
		{"a time of another type", object{"name": "login", "time": object{}}, []fault{{"events[1].time", "an object", "a time as of RFC 3339, or milliseconds since 1970"}}},
		{"a time that is none", object{"name": "login", "time": "yesterday"}, []fault{{"events[1].time", "a text of 9 bytes", "a time as of RFC 3339, or milliseconds since 1970"}}},
		{"a time beyond all", object{"name": "login", "timestamp_micros": rawNumber("1e400")}, []fault{{"events[1].timestamp_micros", "a number", "microseconds since 1970"}}},
		{"what the book refuses", object{"id": "1", "name": "ar_session", "params": object{"mode": "vto", "face": "round"}}, []fault{{"events[1].params.face", "others", "no such property with ar_session"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memory(t, nil)
			text := strings.Replace(batch(object{"id": "a", "name": "login"}, object{"name": "HERE"}, object{"id": "b", "name": "login"}), `{"name":"HERE"}`, asJSON(tt.event), 1)
			w, a := s.post(t, text)
			if diff := cmp.Diff([]string{"accepted", "rejected", "accepted"}, a.statuses()); diff != "" || w.Code != 200 {
				t.Fatalf("%d (-want +got):\n%s", w.Code, diff)
			}
			if diff := cmp.Diff(tt.want, a.Results[1].Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if strings.Contains(strings.ToLower(w.Body.String()), "secret") {
				t.Errorf("a value comes back: %s", w.Body)
			}
			if n := len(s.story(t)); n != 2 {
				t.Errorf("%d are recorded, want 2", n)
			}
			s.post(t, text)
			if n := len(s.story(t)); n != 2 {
				t.Errorf("%d are recorded after a retry, want 2", n)
			}
			if w, a := s.post(t, `{"events":[`+asJSON(tt.event)+`]}`); w.Code != 400 || a.Rejected != 1 {
				t.Errorf("alone it is answered %d %+v", w.Code, a)
			}
		})
	}
}

// Who comes too fast is told when to come again, and nothing is lost by it.
func TestLimits(t *testing.T) {
	now := today
	for _, tt := range []struct {
		name string
		opts collect.Options
		ok   bool // whether another visitor of the same address may
	}{
		{"a visitor", collect.Options{Visitor: collect.Rate{PerSecond: 2, Burst: 4}}, true},
		{"an address", collect.Options{Address: collect.Rate{PerSecond: 2, Burst: 6}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Now = func() time.Time { return now }
			s := memory(t, &tt.opts)
			send := func(app string, n int) (int, string) {
				events := make([]object, n)
				for i := range events {
					events[i] = object{"name": "login"}
				}
				w, _ := s.post(t, body(object{"app_instance_id": app}, events...))
				return w.Code, w.Header().Get("Retry-After")
			}
			if code, _ := send("app-0001", 4); code != 200 {
				t.Fatalf("the first four are answered %d", code)
			}
			if code, after := send("app-0001", 4); code != 429 || after != "2" && after != "1" {
				t.Errorf("four more are answered %d, to come again after %q", code, after)
			}
			if code, _ := send("app-0002", 4); (code == 200) != tt.ok {
				t.Errorf("another visitor is answered %d", code)
			}
			if n := len(s.story(t)); n != 4 && n != 8 || s.Counts().Limited == 0 {
				t.Errorf("%d are recorded, counts are %+v", n, s.Counts())
			}
			now = now.Add(10 * time.Second)
			if code, _ := send("app-0001", 4); code != 200 {
				t.Errorf("later, four are answered %d", code)
			}
			now = now.Add(10 * time.Second)
			if code, _ := send("app-0003", 50); code != 200 {
				t.Errorf("a batch larger than a bucket is answered %d, which is for ever", code)
			}
		})
	}
}

// Who says that it is a robot may not come as fast as it likes either.
func TestRobotsLimit(t *testing.T) {
	s := memory(t, &collect.Options{Address: collect.Rate{PerSecond: 1, Burst: 3}})
	for i := range 5 {
		w, _ := s.post(t, batch(object{"name": "login"}), "User-Agent", "Tea-Bot/1.0")
		if want := map[bool]int{true: 200, false: 429}[i < 3]; w.Code != want {
			t.Errorf("batch %d is answered %d, want %d", i, w.Code, want)
		}
	}
}

// Large bodies with next to nothing in them are no way around the limit.
func TestBodiesLimit(t *testing.T) {
	for name, text := range map[string]string{
		"wrong": packed(strings.Repeat(" ", 1<<20)),
		"right": packed(`{"x":[` + strings.Repeat("0,", 500_000) + `0],"events":[{"name":"login"}]}`),
	} {
		s := memory(t, &collect.Options{Address: collect.Rate{PerSecond: 1, Burst: 2000}})
		var codes []int
		for range 4 {
			w, _ := s.post(t, text, "Content-Encoding", "gzip")
			codes = append(codes, w.Code)
		}
		if codes[0] == 429 || codes[3] != 429 {
			t.Errorf("%s: the answers are %d, want 429 in the end", name, codes)
		}
	}
}

// A failing store is a 503, after which nothing is lost or doubled.
func TestFailure(t *testing.T) {
	s := open(t, bolt(t), nil, nil)
	text := batch(object{"id": "1", "name": "login"})
	s.post(t, text)
	s.book.Store().Close()
	w, a := s.post(t, text)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || a.Error == "" || s.Counts().Failed != 1 {
		t.Errorf("%d %+v", w.Code, a)
	}
}

func FuzzBatch(f *testing.F) {
	for _, s := range []string{
		batch(object{"id": "1", "name": "login"}), `{"events":[{"name":"purchase","timestamp_micros":"1750000000000000","params":{"value":1e-9,"currency":"jpy","items":[{"item_id":1,"price":-0}]}}]}`,
		`{"client_id":1,"sent_at":"2025-06-15T12:00:00+02:00","timestamp_micros":1,"consent":{"analytics":"denied"},"events":[{"name":"a","time":1e12,"params":{"page_location":"http://[::1%25x]/?utm_=%zz"}}]}`,
		`{"events":[null,{},[],"",1,true,{"name":"ar_session","params":{"mode":"vto","duration_ms":0.5}}]}`, "\x1f\x8b", `{"events":[{"name":"x","params":{"y":["a"]}}]}`,
		`{"events":[{"id":"\ud800","name":"search","params":{"search_term":"\u0000"}}]}`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, zip bool) {
		s := memory(t, &collect.Options{Visitor: collect.Rate{PerSecond: -1}, Address: collect.Rate{PerSecond: -1}})
		headers := []string{"Content-Encoding", ""}
		if zip {
			headers[1] = "gzip"
		}
		w, a := s.post(t, string(data), headers...)
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Fatalf("%d %+v", w.Code, a)
		}
		if n := len(s.story(t)); n != a.Accepted || len(a.Results) != a.Accepted+a.Duplicate+a.Rejected+a.Dropped {
			t.Fatalf("%d are recorded, the answer is %+v", n, a)
		}
	})
}

// X-Forwarded-For counts only as far as the shop's own proxies wrote it.
func TestProxies(t *testing.T) {
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		proxies    []string
		same       string // whose limit it shares
	}{
		{"none", "192.0.2.1:1", nil, nil, "192.0.2.1:2"},
		{"none, and a lie", "192.0.2.1:1", []string{"198.51.100.7"}, nil, "192.0.2.1:2"},
		{"a stranger's proxy", "192.0.2.1:1", []string{"198.51.100.7"}, []string{"10.0.0.0/8"}, "192.0.2.1:2"},
		{"the shop's", "10.0.0.1:1", []string{"198.51.100.7"}, []string{"10.0.0.0/8"}, "198.51.100.7:2"},
		{"two of the shop's, and a lie", "10.0.0.1:1", []string{"203.0.113.9, 198.51.100.7", "10.0.0.2"}, []string{"10.0.0.0/8"}, "198.51.100.7:2"},
		{"the shop's, which says nothing", "10.0.0.1:1", nil, []string{"10.0.0.0/8"}, "10.0.0.1:2"},
		{"the shop's, which says nonsense", "10.0.0.1:1", []string{"198.51.100.7, unknown"}, []string{"10.0.0.0/8"}, "10.0.0.1:2"},
		{"a socket", "@", []string{"198.51.100.7"}, []string{"10.0.0.0/8"}, "198.51.100.7:2"},
		{"IPv6, of one connection", "[2001:db8::1]:1", nil, nil, "[2001:db8::2]:2"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:1", nil, nil, "192.0.2.1:2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts := &collect.Options{Address: collect.Rate{PerSecond: 1, Burst: 1}}
			for _, p := range tt.proxies {
				opts.Proxies = append(opts.Proxies, prefix(p))
			}
			s := memory(t, opts)
			send := func(peer string, forwarded []string) int {
				r := httptest.NewRequest("POST", "http://shop.test/", strings.NewReader(batch(object{"name": "login"})))
				r.RemoteAddr = peer
				for _, f := range forwarded {
					r.Header.Add("X-Forwarded-For", f)
				}
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				return w.Code
			}
			first, again := send(tt.peer, tt.forwarded), send(tt.same, nil)
			if other := send("203.0.113.50:3", nil); first != 200 || again != 429 || other != 200 {
				t.Errorf("answered %d, then %d to %s, and %d to others", first, again, tt.same, other)
			}
		})
	}
}
