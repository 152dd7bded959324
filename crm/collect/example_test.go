package collect_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// newBook is a book in memory; boltstore.Open("shop.db", nil) keeps it in a file.
func newBook(opts *crm.Options) *crm.Book {
	book, err := crm.New(memstore.New(nil), opts)
	if err != nil {
		log.Fatal(err)
	}
	return book
}

// A browser is a client with cookies, in a shop.
type browser struct {
	http.Client
	shop string
}

func newBrowser(shop *httptest.Server) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{http.Client{Jar: jar}, shop.URL}
}

func (b *browser) get(path string) string { return text(b.Get(b.shop + path)) }
func (b *browser) send(batch string) string {
	return text(b.Post(b.shop+"/collect/events", "text/plain", strings.NewReader(batch)))
}

func text(resp *http.Response, err error) string {
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	return string(body)
}

// tell prints what a customer did.
func tell(book *crm.Book, id crm.CustomerID) {
	for i, err := range book.Interactions.List(context.Background(), crm.InteractionQuery{CustomerID: id}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(i.Kind, i.SKU, i.Value)
	}
}

// A shop that is there already mounts the handler beside its pages.
func Example() {
	book := newBook(nil)
	h, err := collect.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/collect/", h)
	mux.HandleFunc("/cups", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<title>Cups</title><script async src="/collect/%s"></script>`, h.Script())
	})
	shop := httptest.NewServer(mux)
	defer shop.Close()

	b := newBrowser(shop)
	script := regexp.MustCompile(`/collect/[a-z0-9-]+\.js`).FindString(b.get("/cups"))
	fmt.Println(len(b.get(script)) < 4096)
	fmt.Print(b.send(`{"events": [
		{"id": "1", "name": "view_item", "params": {"items": [{"item_id": "CUP"}]}},
		{"id": "2", "name": "add_to_cart", "params": {"value": "9.50", "items": [{"item_id": "CUP"}]}}]}`))
	tell(book, "")
	// Output:
	// true
	// {"accepted":1,"duplicate":0,"rejected":1,"dropped":0,"results":[{"id":"1","status":"accepted"},{"id":"2","status":"rejected","faults":[{"field":"events[1].params.value","got":"a text of 4 bytes","want":"a number"}]}]}
	// view_item CUP 0.00
}

// The shop's session tells who it is. What they did before is theirs.
func ExampleOptions_customer() {
	ctx := context.Background()
	book := newBook(nil)
	ada, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Ada"})
	if err != nil {
		log.Fatal(err)
	}
	sessions := map[string]crm.CustomerID{"s1": ada.ID}
	h, err := collect.New(book, &collect.Options{Customer: func(r *http.Request) (crm.CustomerID, bool) {
		c, err := r.Cookie("session")
		if err != nil {
			return "", false
		}
		id, ok := sessions[c.Value]
		return id, ok
	}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/collect/", h)
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s1", Path: "/"})
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
		h.Reset(w, r)
	})
	shop := httptest.NewServer(mux)
	defer shop.Close()

	b := newBrowser(shop)
	b.send(`{"events": [{"name": "view_item", "params": {"value": 9.5, "items": [{"item_id": "CUP"}]}}]}`)
	b.get("/login")
	b.send(`{"events": [{"name": "add_to_cart", "params": {"value": 19, "items": [{"item_id": "CUP"}]}}]}`)
	b.get("/logout")
	b.send(`{"events": [{"name": "search"}]}`)
	tell(book, ada.ID)
	// Unordered output:
	// view_item CUP 9.50 EUR
	// add_to_cart CUP 19.00 EUR
}

// A guest's order tells the shop who the browser's visitor is.
func ExampleHandler_Device() {
	book := newBook(nil)
	h, err := collect.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/collect/", h)
	mux.HandleFunc("/checkout", func(w http.ResponseWriter, r *http.Request) {
		who := []crm.Identity{{Kind: crm.IdentityEmail, Value: r.FormValue("email"), Verified: true}}
		if device, ok := h.Device(r); ok {
			who = append(who, crm.Identity{Kind: crm.IdentityDevice, Value: device})
		}
		if _, err := book.Identities.Identify(r.Context(), who, nil); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	shop := httptest.NewServer(mux)
	defer shop.Close()

	b := newBrowser(shop)
	b.send(`{"events": [{"name": "view_item", "params": {"items": [{"item_id": "POT"}]}}]}`)
	b.get("/checkout?email=ada@lovelace.test")
	ada, err := book.Customers.ByEmail(context.Background(), "ada@lovelace.test")
	if err != nil {
		log.Fatal(err)
	}
	tell(book, ada.ID)
	// Output:
	// view_item POT 0.00
}

// Nothing is kept, and there is no cookie, before the visitor has agreed.
func ExampleOptions_consentFirst() {
	book := newBook(nil)
	h, err := collect.New(book, &collect.Options{ConsentFirst: true})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/collect/", h)
	shop := httptest.NewServer(mux)
	defer shop.Close()

	b := newBrowser(shop)
	fmt.Print(b.send(`{"events": [{"name": "page_view"}]}`))
	fmt.Print(b.send(`{"consent": {"analytics": "granted", "text_version": "2025-06"}, "events": [{"name": "page_view"}]}`))
	fmt.Print(b.send(`{"consent": {"analytics": "withdrawn"}, "events": [{"name": "page_view"}]}`))
	fmt.Printf("%+v\n", h.Counts())
	// Output:
	// {"accepted":0,"duplicate":0,"rejected":0,"dropped":1,"results":[{"status":"dropped"}]}
	// {"accepted":1,"duplicate":0,"rejected":0,"dropped":0,"results":[{"status":"accepted"}]}
	// {"accepted":0,"duplicate":0,"rejected":0,"dropped":1,"results":[{"status":"dropped"}]}
	// {Requests:3 Accepted:1 Duplicates:0 Rejected:0 Dropped:2 Refused:0 Limited:0 Failed:0}
}

// An app sends what it kept while it was offline, as often as it takes. Its clock
// is wrong, and an answer was lost.
func ExampleHandler_ServeHTTP() {
	book := newBook(nil)
	h, err := collect.New(book, nil)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /app/events", h)
	shop := httptest.NewServer(mux)
	defer shop.Close()

	queue := `{"app_instance_id": "5f3c9a7e", "sent_at": "2001-01-01T00:10:00Z", "events": [
		{"id": "1", "name": "view_item", "time": "2001-01-01T00:00:00Z", "params": {"items": [{"item_id": "CUP"}]}},
		{"id": "2", "name": "search", "time": "2001-01-01T00:05:00Z"}]}`
	for range 2 {
		fmt.Print(text(http.Post(shop.URL+"/app/events", "application/json", strings.NewReader(queue))))
	}
	tell(book, "")
	// Output:
	// {"accepted":2,"duplicate":0,"rejected":0,"dropped":0,"results":[{"id":"1","status":"accepted"},{"id":"2","status":"accepted"}]}
	// {"accepted":0,"duplicate":2,"rejected":0,"dropped":0,"results":[{"id":"1","status":"duplicate"},{"id":"2","status":"duplicate"}]}
	// view_item CUP 0.00
	// search  0.00
}
