package collect_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// What somebody said about being watched decides what is kept of them: of the
// browser, of the customer, and of the request.
func TestPrivacy(t *testing.T) {
	view := batch(object{"name": "page_view"})
	say := func(purpose, state string) string {
		return body(object{"consent": object{purpose: state, "text_version": "v3"}}, object{"name": "page_view"})
	}
	profiling := &crm.Options{GPCPurposes: []crm.Purpose{crm.PurposeProfiling}}
	type step struct {
		body    string
		headers []string
		status  string
		cookie  string // what the browser has after it: "id", "no", or ""
	}
	var gpc, dnt, ada = []string{"Sec-GPC", "1"}, []string{"DNT", "1"}, []string{"X-Session", "ada"}
	for _, tt := range []struct {
		name  string
		opts  collect.Options
		book  *crm.Options
		steps []step
	}{
		{"nothing said", collect.Options{}, nil, []step{{view, nil, "accepted", "id"}, {view, nil, "accepted", "id"}}},
		{"the Global Privacy Control denies the sale", collect.Options{}, nil, []step{{view, gpc, "accepted", "id"}}},
		{"and profiling, where the shop says so", collect.Options{}, profiling, []step{{view, gpc, "dropped", ""}, {view, nil, "accepted", "id"}, {view, gpc, "dropped", "no"}, {view, nil, "dropped", "no"}}},
		{"do not track, which nobody asked for", collect.Options{}, nil, []step{{view, dnt, "accepted", "id"}}},
		{"do not track", collect.Options{DNT: true}, nil, []step{{view, dnt, "dropped", ""}, {view, nil, "accepted", "id"}, {view, dnt, "dropped", "id"}}},
		{"an objection, and its end", collect.Options{}, nil, []step{
			{view, nil, "accepted", "id"}, {say("analytics", "denied"), nil, "dropped", "no"}, {view, nil, "dropped", "no"},
			{say("analytics", "granted"), nil, "accepted", "id"}, {view, nil, "accepted", "id"},
		}},
		{"an objection to profiling", collect.Options{}, nil, []step{{view, nil, "accepted", "id"}, {say("profiling", "denied"), nil, "dropped", "no"}}},
		{"an objection at the first visit", collect.Options{}, nil, []step{{say("analytics", "denied"), nil, "dropped", "no"}, {view, nil, "dropped", "no"}}},
		{"consent first", collect.Options{ConsentFirst: true}, nil, []step{
			{view, nil, "dropped", ""}, {say("analytics", "granted"), nil, "accepted", "id"}, {view, nil, "accepted", "id"},
			{say("analytics", "withdrawn"), nil, "dropped", "no"}, {view, nil, "dropped", "no"},
		}},
		{"consent first, denied", collect.Options{ConsentFirst: true}, nil, []step{{say("analytics", "denied"), nil, "dropped", "no"}}},
		{"a customer who objected", collect.Options{}, nil, []step{{view, nil, "accepted", "id"}, {say("profiling", "denied"), ada, "dropped", "no"}, {view, ada, "dropped", "no"}}},
		{"a customer who grants it in a browser that said no", collect.Options{}, nil, []step{
			{say("analytics", "denied"), nil, "dropped", "no"}, {view, ada, "dropped", "no"}, {say("analytics", "granted"), ada, "accepted", "id"},
		}},
		{"a customer and consent first", collect.Options{ConsentFirst: true}, nil, []step{{view, ada, "dropped", ""}, {say("analytics", "granted"), ada, "accepted", "id"}, {view, ada, "accepted", "id"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Customer = session
			now := today
			tt.opts.Now = func() time.Time { return now }
			s := open(t, memstore.New(nil), &tt.opts, tt.book)
			s.put(t, crm.Customer{ID: "ada"})
			kept := 0
			for i, step := range tt.steps {
				now = now.Add(time.Minute)
				_, a := s.post(t, step.body, step.headers...)
				kept += a.Accepted
				cookie := ""
				if s.cookie != nil {
					if cookie = "id"; s.cookie.Value == "no" {
						cookie = "no"
					}
				}
				if got := (step_{a.Results[0].Status, cookie}); got != (step_{step.status, step.cookie}) {
					t.Errorf("step %d: %v, want %v", i+1, got, step_{step.status, step.cookie})
				}
			}
			if n := len(s.story(t)); n != kept {
				t.Errorf("%d are recorded, %d were accepted", n, kept)
			}
		})
	}
}

type step_ struct{ status, cookie string }

// What is said is in the ledger, once, with its proof; what is dropped leaves
// nothing.
func TestLedger(t *testing.T) {
	s := open(t, memstore.New(nil), &collect.Options{Customer: session}, nil)
	s.put(t, crm.Customer{ID: "ada"})
	ledger := func(id crm.CustomerID) (list []string) {
		page, err := s.book.Consents.History(t.Context(), crm.ConsentQuery{CustomerID: id})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			list = append(list, string(c.Purpose)+" "+string(c.State)+" "+c.Proof.Mechanism+" "+c.Proof.TextVersion)
			if (len(c.Proof.IPHash) != 32) != (c.Proof.Mechanism == crm.MechanismGPC) {
				t.Errorf("%s has the hash %q", c.Proof.Mechanism, c.Proof.IPHash)
			}
		}
		slices.Sort(list)
		return list
	}
	for range 2 {
		s.post(t, body(object{"consent": object{"analytics": "granted", "text_version": "v3"}}, object{"name": "page_view"}), "Sec-GPC", "1")
	}
	visitor := s.book.Consents.Visitor(s.cookie.Value)
	want := []string{"analytics granted page v3", "sale_sharing denied gpc "}
	if diff := cmp.Diff(want, ledger(visitor)); diff != "" {
		t.Errorf("the visitor's (-want +got):\n%s", diff)
	}
	if w, a := s.post(t, body(object{"consent": object{"analytics": "granted"}})); w.Code != 200 || a.Error != "" {
		t.Errorf("a consent alone is answered %d %+v", w.Code, a)
	}
	s.post(t, body(object{"consent": object{"profiling": "denied"}}, object{"name": "page_view"}), "X-Session", "ada")
	if ok, err := s.book.Consents.MayProfile(t.Context(), "ada", time.Time{}); ok || err != nil {
		t.Errorf("Ada may be profiled: %v, %v", ok, err)
	}
	// Who is nobody leaves nothing.
	other := open(t, memstore.New(nil), &collect.Options{ConsentFirst: true}, nil)
	head, err := other.book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other.post(t, batch(object{"name": "page_view"}), "Sec-GPC", "1")
	other.post(t, body(object{"consent": object{"analytics": "denied"}}))
	if got := all(t, other.book.Events.List(t.Context(), head)); len(got) != 0 {
		t.Errorf("recorded are %v", got)
	}
}

// Robots, and pages that nobody looks at, are answered and left out.
func TestRobots(t *testing.T) {
	const phone = "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 40) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
	const headless = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36"
	for _, tt := range []struct {
		name, header, value string
		opts                collect.Options
		want                string
	}{
		{"a browser", "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", collect.Options{}, "accepted"},
		{"a phone with an unlucky name", "User-Agent", phone, collect.Options{}, "accepted"},
		{"an app", "User-Agent", "okhttp/4.12.0", collect.Options{}, "accepted"},
		{"nothing", "User-Agent", "", collect.Options{}, "accepted"},
		{"a crawler", "User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", collect.Options{}, "dropped"},
		{"a link preview", "User-Agent", "facebookexternalhit/1.1", collect.Options{}, "dropped"},
		{"headless", "User-Agent", headless, collect.Options{}, "accepted"},
		{"headless, unwanted", "User-Agent", headless, collect.Options{DropHeadless: true}, "dropped"},
		{"prerendered", "Sec-Purpose", "prefetch;prerender", collect.Options{}, "dropped"},
		{"prefetched", "Purpose", "prefetch", collect.Options{}, "dropped"},
		{"prefetched by Firefox", "X-Moz", "prefetch", collect.Options{}, "dropped"},
		{"the shop's staff", "X-Staff", "1", collect.Options{Drop: func(r *http.Request) bool { return r.Header.Get("X-Staff") != "" }}, "dropped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memory(t, &tt.opts)
			w, a := s.post(t, batch(object{"id": "1", "name": "page_view"}), tt.header, tt.value)
			if w.Code != 200 || a.Results[0].Status != tt.want {
				t.Errorf("%d %+v, want %s", w.Code, a, tt.want)
			}
			if kept := len(s.story(t)) == 1; kept != (tt.want == "accepted") || kept != (s.cookie != nil) {
				t.Errorf("recorded: %v, a cookie: %v", kept, s.cookie)
			}
		})
	}
}

// After a customer signed out, the browser is nobody's.
func TestReset(t *testing.T) {
	s := memory(t, &collect.Options{Customer: session})
	s.put(t, crm.Customer{ID: "ada"})
	s.post(t, batch(object{"name": "login"}), "X-Session", "ada")
	before := s.cookie.Value
	signOut := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Reset(w, r) })
	s.cookie = visitWith(signOut, s.cookie)
	if s.cookie == nil || s.cookie.Value == before {
		t.Fatalf("the cookie is %v", s.cookie)
	}
	s.post(t, batch(object{"name": "search"}))
	got := all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: "ada"}))
	if len(got) != 1 {
		t.Errorf("Ada did %v", got)
	}
	if visitWith(signOut, nil) != nil {
		t.Error("who has no cookie gets one")
	}
}
