package main

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A page elsewhere whose name points here gets nothing.
func TestRebinding(t *testing.T) {
	book := shop(t, 5)
	local := sit(t, book)
	far, err := newOffice(book, &officeOptions{anyAddress: true, hosts: []string{"Shop.internal"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host       string
		local, far int
	}{
		{"127.0.0.1:8080", 200, 200},
		{"127.0.0.1", 200, 200},
		{"localhost:8080", 200, 200},
		{"LOCALHOST.", 200, 200},
		{"[::1]:8080", 200, 200},
		{"[::ffff:127.0.0.1]:8080", 200, 200},
		{"192.168.1.7:8080", 421, 200},
		{"shop.internal:8080", 421, 200},
		{"shop.internal.evil.example", 421, 421},
		{"evil.example:8080", 421, 421},
		{"localhost.evil.example", 421, 421},
		{"127.0.0.1.evil.example", 421, 421},
		{"", 421, 421},
	} {
		t.Run(c.host, func(t *testing.T) {
			for o, want := range map[*office]int{local.office: c.local, far: c.far} {
				r := httptest.NewRequest("GET", "/", nil)
				r.Host = c.host
				w := httptest.NewRecorder()
				o.ServeHTTP(w, r)
				if w.Code != want {
					t.Errorf("status %d, want %d", w.Code, want)
				}
				if strings.Contains(w.Body.String(), "Ada Byron") != (want == 200) || (w.Header().Get("Set-Cookie") != "") != (want == 200) {
					t.Errorf("a refused browser sees something:\n%s", w.Body)
				}
			}
		})
	}
}

// Every answer carries the policy, pages of people are kept nowhere, and what
// they hold is never taken for anything but a page.
func TestHeaders(t *testing.T) {
	d := sit(t, shop(t, 5))
	want := map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		"Content-Type": "text/html; charset=utf-8",
	}
	for path, change := range map[string][2]string{
		"/": {}, "/search?q=ada": {}, "/duplicates": {}, "/customers/nobody": {}, "/nothing": {}, "/merge": {},
		"/style.css": {"Content-Type", "text/css; charset=utf-8"},
		"/icon.svg":  {"Content-Type", "image/svg+xml"},
		"/editor.js": {"Content-Type", "text/javascript; charset=utf-8"},
		"/segments":  {}, "/segments/vip": {}, "/segments/nothing/edit": {},
	} {
		t.Run(path, func(t *testing.T) {
			a := d.get(t, path)
			got, want := map[string]string{}, cloned(want)
			if change[0] != "" {
				want[change[0]], want["Cache-Control"] = change[1], "no-cache"
			}
			for name := range want {
				got[name] = a.header.Get(name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %q", policy, part)
		}
	}
	// The editor's page has the one script, and asks this server only.
	for _, path := range []string{"/new-segment", "/segments/vip/edit"} {
		if got, want := d.get(t, path).header.Get("Content-Security-Policy"), policy+"; script-src 'self'; connect-src 'self'"; got != want {
			t.Errorf("%s: the policy is %q, want %q", path, got, want)
		}
	}
	d.client.Jar = nil
	if c := d.get(t, "/").header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || strings.Contains(c, "Expires") {
		t.Errorf("the cookie is %q, want one of the session that no script and no other site gets", c)
	}
	style := d.get(t, "/style.css")
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.url+"/style.css", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", style.header.Get("ETag"))
	if a := d.do(t, req); a.status != http.StatusNotModified || a.body != "" {
		t.Errorf("the style sheet once more: status %d with %d bytes, want 304 with none", a.status, len(a.body))
	}
}

func cloned(m map[string]string) map[string]string {
	n := map[string]string{}
	maps.Copy(n, m)
	return n
}

// Only a form of a page that was shown in the same session changes anything.
func TestForgery(t *testing.T) {
	book := shop(t, 5)
	d := sit(t, book)
	ada, george := ref(t, book, "ada"), ref(t, book, "george")
	form := func(token string) url.Values {
		return url.Values{"from": {string(george.ID)}, "into": {string(ada.ID)}, "sure": {"yes"}, "a": {string(ada.ID)}, "b": {string(george.ID)}, "id": {"vip"}, "in": {string(ada.ID)}, "name": {"Forged"}, "do": {"save"}, "token": {token}}
	}
	good := d.token(t)
	other := sit(t, book)
	for _, c := range []struct {
		name   string
		token  string
		header map[string]string
		cookie bool
	}{
		{"no token", "", nil, true},
		{"a wrong token", strings.Repeat("A", len(good)), nil, true},
		{"the token of another session", other.token(t), nil, true},
		{"no session", good, nil, false},
		{"another site", good, map[string]string{"Sec-Fetch-Site": "cross-site"}, true},
		{"another port of this machine", good, map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"}, true},
		{"another origin, from an old browser", good, map[string]string{"Sec-Fetch-Site": "", "Origin": "http://evil.example"}, true},
		{"a sandbox, from an old browser", good, map[string]string{"Sec-Fetch-Site": "", "Origin": "null"}, true},
	} {
		for _, path := range []string{"/merge", "/unmerge", "/distinct", "/segments/preset", "/segments/edit", "/segments/look", "/segments/offers", "/segments/delete", "/segments/pick", "/segments/snapshot"} {
			t.Run(c.name+path, func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), "POST", d.url+path, strings.NewReader(form(c.token).Encode()))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("Sec-Fetch-Site", "same-origin")
				for k, v := range c.header {
					if req.Header.Set(k, v); v == "" {
						req.Header.Del(k)
					}
				}
				client := *d.client
				if !c.cookie {
					client.Jar = nil
				}
				resp, err := client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusForbidden {
					t.Errorf("status %d, want 403", resp.StatusCode)
				}
			})
		}
	}
	ids, err := book.Customers.Members(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != 1 {
		t.Errorf("a forged form merged %v", ids)
	}
	if _, err := d.roster.Get(t.Context(), "vip"); err != nil {
		t.Errorf("a forged form deleted a segment: %v", err)
	}
	if in, out, err := d.roster.Picks(t.Context(), "vip"); err != nil || len(in)+len(out) > 0 {
		t.Errorf("a forged form put %v in and %v out: %v", in, out, err)
	}
	if _, err := d.roster.ByName(t.Context(), "Forged"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("a forged form made a segment: %v", err)
	}
	if a := d.get(t, "/merge?from="+string(george.ID)+"&into="+string(ada.ID)); a.status != 400 {
		t.Errorf("a merge by a link: status %d, want 400", a.status)
	}
	if a := d.post(t, "/merge", url.Values{"from": {strings.Repeat("x", 1<<20)}}); a.status != 400 {
		t.Errorf("a form of a megabyte: status %d, want 400", a.status)
	}
	if a := d.post(t, "/merge", form(good)); a.status != 200 || a.path != customerPath(ada.ID)+"?done=merged" {
		t.Errorf("the form itself: status %d at %s", a.status, a.path)
	}
}

// ref returns one of the people who are in every made-up shop.
func ref(tb testing.TB, book *crm.Book, id string) *crm.Customer {
	tb.Helper()
	c, err := book.Customers.ByRef(tb.Context(), crm.Ref{Source: "demo", ID: id})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
