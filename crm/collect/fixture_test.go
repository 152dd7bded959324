package collect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// today is what the clocks of a fixture say.
var today = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

func fixed() time.Time { return today }

// A failer is what *testing.T, *testing.B and *testing.F have in common.
type failer interface {
	Context() context.Context
	Helper()
	Fatal(args ...any)
}

// A shop is a book with a handler, and one browser.
type shop struct {
	book *crm.Book
	*collect.Handler
	cookie *http.Cookie // which the browser has
}

// memory opens a shop in memory, whose clocks stand still unless opts say else.
func memory(t failer, opts *collect.Options) *shop {
	t.Helper()
	return open(t, memstore.New(nil), opts, nil)
}

func open(t failer, st store.Store, opts *collect.Options, of *crm.Options) *shop {
	t.Helper()
	o := collect.Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = fixed
	}
	c := crm.Options{Currency: "EUR"}
	if of != nil {
		c = *of
	}
	if c.Now = o.Now; c.Currency == "" {
		c.Currency = "EUR"
	}
	book, err := crm.New(st, &c)
	if err != nil {
		t.Fatal(err)
	}
	h, err := collect.New(book, &o)
	if err != nil {
		t.Fatal(err)
	}
	return &shop{book: book, Handler: h}
}

// engines are the stores on which tests of whole stories run.
var engines = []struct {
	name string
	open func(t *testing.T) store.Store
}{
	{"memory", func(*testing.T) store.Store { return memstore.New(nil) }},
	{"chaos", func(*testing.T) store.Store { return memstore.New(&memstore.Options{Chaos: 7}) }},
	{"bolt", bolt},
}

func bolt(t *testing.T) store.Store {
	t.Helper()
	st, err := boltstore.Open(filepath.Join(t.TempDir(), "shop.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// A fault, a result and an answer are what a handler answers.
type fault struct{ Field, Got, Want string }

type result struct {
	ID, Status string
	Faults     []fault
}

type answer struct {
	Accepted, Duplicate, Rejected, Dropped int
	Results                                []result
	Error                                  string
}

func (a *answer) statuses() []string {
	var list []string
	for _, r := range a.Results {
		list = append(list, r.Status)
	}
	return list
}

// post sends a body as the shop's browser does, and keeps the cookie.
func (s *shop) post(t failer, body string, headers ...string) (*httptest.ResponseRecorder, *answer) {
	t.Helper()
	r := httptest.NewRequest("POST", "http://shop.test/collect/events", strings.NewReader(body))
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	if s.cookie != nil {
		r.AddCookie(s.cookie)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if s.cookie = c; c.MaxAge < 0 {
			s.cookie = nil
		}
	}
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatal(w.Code, w.Body.String(), err)
	}
	return w, &a
}

// batch is a body with so many events, as JSON.
func batch(events ...map[string]any) string { return body(nil, events...) }

// body is batch with other members beside the events.
func body(more map[string]any, events ...map[string]any) string {
	root := map[string]any{"events": events}
	if events == nil {
		delete(root, "events")
	}
	maps.Copy(root, more)
	text, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return string(bytes.TrimSpace(text))
}

type object = map[string]any

// all gathers what a list yields.
func all[T any](t failer, list iter.Seq2[*T, error]) []*T {
	t.Helper()
	var items []*T
	for v, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, v)
	}
	return items
}

// story is everything that is recorded, as kinds, oldest first.
func (s *shop) story(t failer) []string {
	t.Helper()
	var list []string
	for _, i := range all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{})) {
		list = append(list, string(i.Kind))
	}
	return list
}

// put records a customer.
func (s *shop) put(t failer, c crm.Customer) crm.CustomerID {
	t.Helper()
	v, err := s.book.Customers.Record(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// session tells customers by a header, as a shop does by its session.
func session(r *http.Request) (crm.CustomerID, bool) {
	id := crm.CustomerID(r.Header.Get("X-Session"))
	return id, id != ""
}

// visitWith calls a handler of the shop's with a cookie, and returns the one
// that it sets.
func visitWith(h http.Handler, c *http.Cookie) *http.Cookie {
	r := httptest.NewRequest("GET", "/", nil)
	if c != nil {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		return c
	}
	return nil
}

// rawNumber is a number as it is written.
func rawNumber(s string) json.RawMessage { return json.RawMessage(s) }

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
