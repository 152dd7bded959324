package collect_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// ask sends a request without a body.
func (s *shop) ask(method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://shop.test"+path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// Pages of other origins may report when the shop lists them, and browsers are
// told so; nobody else's may.
func TestCORS(t *testing.T) {
	const www = "https://www.shop.example"
	for _, tt := range []struct {
		name, method, origin string
		code                 int
		want                 map[string]string
	}{
		{"a question", "OPTIONS", www, 204, map[string]string{
			"Access-Control-Allow-Origin": www, "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Methods": "POST",
			"Access-Control-Allow-Headers": "Content-Type, Content-Encoding", "Access-Control-Max-Age": "7200", "Vary": "Origin",
		}},
		{"a batch", "POST", www, 200, map[string]string{"Access-Control-Allow-Origin": www, "Access-Control-Allow-Credentials": "true", "Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin"}},
		{"the shop's own", "POST", "http://shop.test", 200, map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}},
		{"an app", "POST", "", 200, map[string]string{"Access-Control-Allow-Origin": ""}},
		{"a stranger's question", "OPTIONS", "https://evil.test", 403, map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}},
		{"a stranger's batch", "POST", "https://evil.test", 403, map[string]string{"Access-Control-Allow-Origin": ""}},
		{"another scheme", "POST", "http://www.shop.example", 403, map[string]string{"Access-Control-Allow-Origin": ""}},
		{"a name that goes on", "POST", www + ".evil.test", 403, map[string]string{"Access-Control-Allow-Origin": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memory(t, &collect.Options{Origins: []string{www}})
			var w *httptest.ResponseRecorder
			if tt.method == "POST" {
				w, _ = s.post(t, batch(object{"name": "login"}), "Origin", tt.origin)
			} else {
				w = s.ask(tt.method, "/collect/events", "Origin", tt.origin)
			}
			got := map[string]string{}
			for name := range tt.want {
				got[name] = w.Header().Get(name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || w.Code != tt.code {
				t.Errorf("%d, want %d (-want +got):\n%s", w.Code, tt.code, diff)
			}
		})
	}
}

// A proxy may call the handler by another host's name: browsers say themselves
// what is the shop's own.
func TestProxiedHost(t *testing.T) {
	for site, want := range map[string]int{"same-origin": 200, "same-site": 403, "cross-site": 403, "": 403} {
		w, _ := memory(t, nil).post(t, batch(object{"name": "login"}), "Origin", "https://www.shop.example", "Sec-Fetch-Site", site)
		if w.Code != want {
			t.Errorf("a page that is %q is answered %d, want %d", site, w.Code, want)
		}
	}
}

// The script is small, and browsers ask for it once: under its own name never
// again.
func TestScript(t *testing.T) {
	s := memory(t, nil)
	plain, named := s.ask("GET", "/collect/clientele.js"), s.ask("GET", "/collect/"+s.Script())
	text := plain.Body.String()
	if n := len(text); n < 1000 || n >= 4<<10 {
		t.Errorf("the script has %d bytes, want less than 4096", n)
	}
	for _, word := range []string{"eval(", "Function(", "document.cookie", "innerHTML", "CONSENT_FIRST", "DNT"} {
		if strings.Contains(text, word) {
			t.Errorf("the script has %s", word)
		}
	}
	if named.Body.String() != text {
		t.Error("the script is another under its own name")
	}
	tag := plain.Header().Get("ETag")
	for _, tt := range []struct {
		name    string
		w       *httptest.ResponseRecorder
		code    int
		caching string
	}{
		{"plain", plain, 200, "public, max-age=3600"},
		{"under its own name", named, 200, "public, max-age=31536000, immutable"},
		{"of another release", s.ask("GET", "/collect/clientele-0000.js"), 200, "public, max-age=3600"},
		{"asked for", s.ask("HEAD", "/collect/clientele.js"), 200, "public, max-age=3600"},
		{"known already", s.ask("GET", "/clientele.js", "If-None-Match", `"x", W/`+tag), 304, "public, max-age=3600"},
		{"changed since", s.ask("GET", "/clientele.js", "If-None-Match", `"x"`), 200, "public, max-age=3600"},
		{"something else", s.ask("GET", "/collect/"), 404, "no-store"},
		{"another method", s.ask("PUT", "/collect/events"), 405, "no-store"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.w.Header().Get("Cache-Control"); tt.w.Code != tt.code || got != tt.caching {
				t.Errorf("%d %q, want %d %q", tt.w.Code, got, tt.code, tt.caching)
			}
		})
	}
	if got := s.ask("PUT", "/").Header().Get("Allow"); got != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow is %q", got)
	}
	if other := memory(t, &collect.Options{ConsentFirst: true}); other.Script() == s.Script() {
		t.Error("with other options the script has the same name")
	}
}

// Options that cannot be are all listed.
func TestOptions(t *testing.T) {
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect.New(book, &collect.Options{
		Source: "a b", Origins: []string{"https://www.shop.example", "https://shop.example/", "*"}, Cookie: "a;b",
		MaxAge: -1, MaxBody: 3 << 20, MaxEvents: -1, CookieAge: 500 * 24 * 60 * 60 * 1e9, Visitor: collect.Rate{Burst: 1},
	})
	var got []string
	if e, ok := err.(*crm.Error); ok {
		if invalid, ok := e.Err.(*crm.InvalidError); ok {
			for _, f := range invalid.Fields {
				got = append(got, f.Field)
			}
		}
	}
	want := []string{"source", "cookie", "origins[1]", "origins[2]", "max_body", "max_events", "max_age", "cookie_age", "visitor"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for range 2 { // as two handlers of one book may be
		if _, err := collect.New(book, nil); err != nil {
			t.Error(err)
		}
	}
	var _ http.Handler = (*collect.Handler)(nil)
}
