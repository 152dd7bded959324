package collect_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// browse opens a page in a real browser, lets so many milliseconds of its own
// time pass, and returns the page as it is then.
func browse(t *testing.T, url string, ms int) string {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			program = p
			break
		}
	}
	if program == "" {
		t.Skip("skipped: NO BROWSER: this test wants chromium on PATH (on Debian: apt-get install chromium)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-extensions", "--user-data-dir="+t.TempDir(), fmt.Sprintf("--virtual-time-budget=%d", ms), "--dump-dom", url)
	var errs strings.Builder
	cmd.Stderr, cmd.WaitDelay = &errs, 5*time.Second
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("%s: %v\n%s", program, err, errs.String())
	}
	return string(out)
}

// A site is a small shop for a browser, whose pages are strict about scripts:
// all stand in files of its own.
type site struct {
	*shop
	mux    *http.ServeMux
	server *httptest.Server
	script string // of the shop's pages
	broken atomic.Int64
}

func newSite(t *testing.T, opts collect.Options, script string) *site {
	t.Helper()
	opts.Now = time.Now
	opts.Customer = func(r *http.Request) (crm.CustomerID, bool) {
		c, err := r.Cookie("session")
		if err != nil {
			return "", false
		}
		return crm.CustomerID(c.Value), true
	}
	s := &site{shop: open(t, memstore.New(nil), &opts, nil), mux: http.NewServeMux(), script: script}
	s.mux.HandleFunc("/collect/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" && s.broken.Add(-1) >= 0 {
			if s.ServeHTTP(httptest.NewRecorder(), r); s.broken.Load()%2 == 0 {
				panic(http.ErrAbortHandler) // recorded, and the answer is lost
			}
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		s.ServeHTTP(w, r)
	})
	page := func(title string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><title>%s</title><h1>%[1]s</h1><button>Into the cart</button><script src="/shop.js"></script><script async src="/collect/%s"></script>`, title, s.Script())
		}
	}
	s.mux.HandleFunc("/cup", page("A cup"))
	s.mux.HandleFunc("/account", page("Your account"))
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // a window: its own page cannot be left while virtual time runs
		fmt.Fprint(w, `<!doctype html><title></title><iframe src="/cup"></iframe>`)
	})
	s.mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "ada", Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	s.mux.HandleFunc("/shop.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, "window.clientele ||= function () { (clientele.q ||= []).push(arguments) };\n", s.script)
	})
	s.server = httptest.NewServer(s.mux)
	t.Cleanup(s.server.Close)
	s.put(t, crm.Customer{ID: "ada", GivenName: "Ada"})
	return s
}

// told is what a site knows of a customer: kinds and SKUs, sorted, as several
// may have happened in one moment.
func (s *site) told(t *testing.T, of crm.CustomerID) []string {
	t.Helper()
	var list []string
	for _, i := range all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: of})) {
		list = append(list, strings.TrimSpace(string(i.Kind)+" "+i.SKU+i.Properties["page_title"].Text()+i.Properties["search_term"].Text()))
	}
	slices.Sort(list)
	return list
}

// A real browser visits the shop: what its pages tell is in the book, of the
// customer who signed in in the end, with what was said while a page was left.
func TestBrowser(t *testing.T) {
	s := newSite(t, collect.Options{}, `
		if (location.pathname === '/cup') {
			clientele('view_item', {currency: 'EUR', value: 9.5, items: [{item_id: 'CUP'}]});
			document.querySelector('button').addEventListener('click', () => clientele('add_to_cart', {currency: 'EUR', value: 19, items: [{item_id: 'CUP', quantity: 2}]}));
			setTimeout(() => document.querySelector('button').click(), 50);
			setTimeout(() => { clientele('search', {search_term: 'last words'}); location.href = '/login'; }, 3000);
		} else {
			parent.document.title = document.title;
		}`)
	dom := browse(t, s.server.URL, 15_000)
	s.server.Close() // after the last answer
	if !strings.Contains(dom, "<title>Your account</title>") {
		t.Fatalf("the browser ends at\n%s", dom)
	}
	want := []string{"add_to_cart CUP", "page_view A cup", "page_view Your account", "search last words", "view_item CUP"}
	if diff := cmp.Diff(want, s.told(t, "ada")); diff != "" {
		t.Errorf("Ada (-want +got):\n%s\ncounts %+v", diff, s.Counts())
	}
	if n := len(s.story(t)); n != len(want) {
		t.Errorf("%d are recorded, want %d", n, len(want))
	}
	t.Logf("counts %+v", s.Counts())
}

// When the server fails and answers are lost, the script sends again, and
// nothing is there twice.
func TestBrowserRetries(t *testing.T) {
	s := newSite(t, collect.Options{}, `
		for (let n = 0; n < 120; n++) clientele('view_item', {items: [{item_id: 'SKU-' + n}]});
		setTimeout(() => document.title = Object.keys(localStorage).sort().join(), 50_000);`)
	s.broken.Store(3)
	dom := browse(t, s.server.URL+"/cup", 60_000)
	s.server.Close()
	if n := len(s.story(t)); n != 121 || s.Counts().Duplicates == 0 {
		t.Errorf("%d are recorded, want 121; counts %+v", n, s.Counts())
	}
	if !strings.Contains(dom, "<title></title>") {
		t.Errorf("the browser still keeps something:\n%s", dom[:min(300, len(dom))])
	}
	t.Logf("counts %+v", s.Counts())
}

// What a page says wrongly stops neither the page nor the script, nor is
// anything else lost by it: what cannot be written, what is too deep, what is
// too long for a request that outlives its page, what the page changes later.
func TestBrowserFaults(t *testing.T) {
	s := newSite(t, collect.Options{}, `
		const errors = [], warnings = [];
		addEventListener('error', e => errors.push(e.message));
		addEventListener('unhandledrejection', e => errors.push(e.reason));
		console.warn = text => warnings.push(text);
		const knot = {}, pot = {items: [{item_id: 'POT'}]};
		knot.knot = knot;
		let deep = 1;
		for (let n = 0; n < 12; n++) deep = [deep];
		clientele('select_item', knot);
		clientele('select_item', {deep});
		clientele('view_item', {items: [{item_id: 'CUP'}]});
		for (let n = 0; n < 18; n++) clientele('view_search_results', {words: '茶'.repeat(1300)});
		setTimeout(() => {
			clientele('select_item', {big: 1n});
			clientele('select_item', {value: 'free'});
			clientele('view_item', pot);
			pot.items[0].item_id = 'CHANGED';
			history.pushState({}, '', '/cup/blue');
			document.title = 'A blue cup';
			clientele('page_view');
		}, 5000);
		setTimeout(() => document.title = errors.length + ' errors, ' + warnings.length + ' warnings, ' + localStorage.length + ' stored', 40_000);`)
	dom := browse(t, s.server.URL+"/cup", 45_000)
	s.server.Close()
	want := append([]string{"page_view A blue cup", "page_view A cup", "view_item CUP", "view_item POT"}, slices.Repeat([]string{"view_search_results"}, 18)...)
	if diff := cmp.Diff(want, s.told(t, "")); diff != "" {
		t.Errorf("recorded (-want +got):\n%s\ncounts %+v", diff, s.Counts())
	}
	if !strings.Contains(dom, "<title>0 errors, 4 warnings, 0 stored</title>") {
		t.Errorf("the browser ends at\n%s", dom[:min(300, len(dom))])
	}
}

// A page that is hidden may be gone without a word: what it has to say is said
// then, once, and in parts when it is much.
func TestBrowserHidden(t *testing.T) {
	s := newSite(t, collect.Options{}, `
		setTimeout(() => {
			for (let n = 0; n < 18; n++) clientele('view_search_results', {words: '茶'.repeat(1300)});
			window.fetch = () => new Promise(() => {});
			Object.defineProperty(document, 'hidden', {get: () => true});
			document.dispatchEvent(new Event('visibilitychange'));
			dispatchEvent(new Event('pagehide'));
		}, 3000);`)
	browse(t, s.server.URL+"/cup", 10_000)
	s.server.Close()
	if got := s.Counts(); got.Accepted < 10 || got.Duplicates > 0 {
		t.Errorf("counts %+v, want at least 10 accepted and no duplicates", got)
	}
	t.Logf("counts %+v", s.Counts())
}

// Before consent a real browser sends and stores nothing; with it, it tells what
// happened on the page so far; and where storage is blocked it works as well.
func TestBrowserConsent(t *testing.T) {
	const blocked = `Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked') }});`
	const title = `setTimeout(() => { let n = 'blocked'; try { n = localStorage.length } catch {} document.title = 'stored ' + n + document.cookie }, 8000);`
	for _, tt := range []struct {
		name, script string
		want         []string
		title        string
		requests     int64
	}{
		{"not asked", `clientele('view_item', {items: [{item_id: 'CUP'}]});`, nil, "stored 0", 0},
		{"granted", `clientele('view_item', {items: [{item_id: 'CUP'}]}); setTimeout(() => clientele('consent', 'granted', 'v1'), 1000);`, []string{"page_view A cup", "view_item CUP"}, "stored 1", 1},
		{"denied", `clientele('view_item', {items: [{item_id: 'CUP'}]}); setTimeout(() => clientele('consent', 'denied'), 1000);`, nil, "stored 1", 1},
		{"granted, storage blocked", blocked + `setTimeout(() => clientele('consent', 'granted'), 1000);`, []string{"page_view A cup"}, "stored blocked", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, collect.Options{ConsentFirst: true}, tt.script+title)
			dom := browse(t, s.server.URL+"/cup", 10_000)
			s.server.Close()
			if diff := cmp.Diff(tt.want, s.told(t, "")); diff != "" || s.Counts().Requests != tt.requests {
				t.Errorf("%d requests, want %d (-want +got):\n%s", s.Counts().Requests, tt.requests, diff)
			}
			if !strings.Contains(dom, "<title>"+tt.title+"</title>") {
				t.Errorf("want the title %q in\n%s", tt.title, dom[:min(300, len(dom))])
			}
		})
	}
}
