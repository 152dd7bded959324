package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A desk is an office that is open, and a browser before it.
type desk struct {
	*office
	url    string
	client *http.Client
}

var noon = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// sit opens an office on a book, with everything worked out that works in the
// background.
func sit(tb testing.TB, book *crm.Book) *desk {
	tb.Helper()
	o, err := newOffice(book, &officeOptions{zone: time.UTC, now: func() time.Time { return noon }})
	if err != nil {
		tb.Fatal(err)
	}
	d := &desk{office: o}
	d.settle(tb)
	server := httptest.NewServer(o)
	tb.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	d.url, d.client = server.URL, &http.Client{Jar: jar}
	return d
}

// settle does once what Run does again and again.
func (d *desk) settle(tb testing.TB) {
	tb.Helper()
	if err := d.figures.add(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := d.checkup.check(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if _, err := d.twins.finder.Find(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := d.roster.warm(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if _, err := d.roster.Tick(tb.Context(), d.book.Now()); err != nil {
		tb.Fatal(err)
	}
	if err := d.mix.add(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	for n := 1; n > 0; {
		var err error
		if n, err = d.index.Tick(tb.Context(), time.Now()); err != nil {
			tb.Fatal(err)
		}
	}
}

// shop is a made-up shop of so many customers.
func shop(tb testing.TB, customers int) *crm.Book {
	tb.Helper()
	st := memstore.New(nil)
	tb.Cleanup(func() { st.Close() })
	book, err := demo(tb.Context(), st, customers, time.UTC)
	if err != nil {
		tb.Fatal(err)
	}
	return book
}

// An answer is what the browser got in the end, redirects followed.
type answer struct {
	status int
	path   string // where it ended
	header http.Header
	body   string
}

func (d *desk) do(tb testing.TB, req *http.Request) *answer {
	tb.Helper()
	resp, err := d.client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return &answer{resp.StatusCode, resp.Request.URL.RequestURI(), resp.Header, string(body)}
}

func (d *desk) get(tb testing.TB, path string) *answer {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, d.url+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return d.do(tb, req)
}

// post sends a form with the token of the session, as browsers do.
func (d *desk) post(tb testing.TB, path string, form url.Values) *answer {
	tb.Helper()
	if form.Get("token") == "" {
		form.Set("token", d.token(tb))
	}
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, d.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", d.url)
	return d.do(tb, req)
}

// token reads the token of the session from a page that has a form.
func (d *desk) token(tb testing.TB) string {
	tb.Helper()
	page := parse(tb, d.get(tb, "/duplicates").body)
	for _, n := range page.all("input") {
		if n.attr["name"] == "token" {
			return n.attr["value"]
		}
	}
	u, err := url.Parse(d.url)
	if err != nil {
		tb.Fatal(err)
	}
	return d.guard.token(d.client.Jar.Cookies(u)[0].Value) // no form is open
}
