package collect

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Handler takes what pages and apps report, and serves the script that pages
// report with. It is safe for concurrent use.
type Handler struct {
	book     *crm.Book
	opts     Options
	receipts *store.Table[receipt]
	script   script
	visitors *limiter
	addrs    *limiter
	counters counters
}

// New returns a Handler that records into a book; nil opts are the zero ones. It
// registers its table with the book and prepares it in the store: every process
// that erases persons of this book must do so too. New returns an error that
// wraps [crm.ErrInvalid] for options that cannot be, or what [crm.Book.Register]
// and [store.Table.Prepare] return.
func New(book *crm.Book, opts *Options) (*Handler, error) {
	o, err := opts.complete()
	if err != nil {
		return nil, err
	}
	h := &Handler{
		book: book, opts: o, receipts: receiptTable.In(book.Space()), script: newScript(&o),
		visitors: newLimiter(o.Visitor), addrs: newLimiter(o.Address),
	}
	if err := book.Register(h.receipts); err != nil {
		return nil, err
	}
	if err := h.receipts.Prepare(context.Background(), book.Store()); err != nil {
		return nil, &crm.Error{Op: "collect.New", Kind: "table", ID: h.receipts.Name(), Err: err}
	}
	return h, nil
}

// ServeHTTP takes a batch with POST at whatever path it is mounted, tells
// browsers with OPTIONS what they may send, and serves the script with GET at
// clientele.js and at the name that [Handler.Script] returns. Anything else is
// answered with 404 or 405.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		h.script.serve(w, r, path.Base(r.URL.Path))
	case http.MethodPost, http.MethodOptions:
		if r.Method == http.MethodPost {
			h.counters.requests.Add(1)
		}
		if err := h.origin(w, r); err != nil {
			h.fail(w, r, err)
			return
		}
		if r.Method == http.MethodOptions {
			w.Header().Set("Allow", allowed)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.take(w, r)
	default:
		w.Header().Set("Allow", allowed)
		write(w, http.StatusMethodNotAllowed, &answer{Error: "method: want POST"})
	}
}

const allowed = "GET, HEAD, OPTIONS, POST"

// origin refuses pages of strangers, and tells browsers that others may report.
func (h *Handler) origin(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return nil // an app, or a server; or a browser that knows, whatever proxies made of Host
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return nil
	}
	if !slices.Contains(h.opts.Origins, strings.ToLower(origin)) {
		return refuse(http.StatusForbidden, "origin: want the shop's own, or one of its list")
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Credentials", "true")
	header.Set("Access-Control-Expose-Headers", "Retry-After")
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", "POST")
		header.Set("Access-Control-Allow-Headers", "Content-Type, Content-Encoding")
		header.Set("Access-Control-Max-Age", "7200")
	}
	return nil
}

// take takes a batch.
func (h *Handler) take(w http.ResponseWriter, r *http.Request) {
	received := h.opts.Now()
	s := sender{gpc: says(r, "Sec-GPC"), addr: h.address(r), dnt: h.opts.DNT && says(r, "DNT") != ""}
	home := household(s.addr)
	if wait := h.addrs.take(home, 0, received); wait > 0 {
		h.limit(w, wait)
		return
	}
	b := &batch{received: received, currency: h.book.Currency(), query: h.opts.Query, maxAge: h.opts.MaxAge, most: h.opts.MaxEvents}
	data, err := body(w, r, h.opts.MaxBody)
	price := 1 + len(data)>>10 // a body costs us what it is long, whatever is in it
	if err == nil {
		err = b.parse(data)
	}
	if err == nil && b.app != "" && h.book.Identities.Blocked(crm.Identity{Kind: crm.IdentityDevice, Value: b.app}) {
		err = refuse(http.StatusBadRequest, "app_instance_id: a value that many have: want one that the app made up")
	}
	if err != nil {
		h.addrs.owe(home, price, received)
		h.fail(w, r, err)
		return
	}
	if wait := h.addrs.take(home, max(len(b.events), price), received); wait > 0 {
		h.limit(w, wait)
		return
	}
	if h.robot(r) || h.opts.Drop != nil && h.opts.Drop(r) {
		nobody := &record{}
		nobody.drop(b)
		h.reply(w, answerOf(nobody.results))
		return
	}
	v := h.visitor(r, b)
	if !v.fresh {
		if wait := h.visitors.take(v.device, len(b.events), received); wait > 0 {
			h.limit(w, wait)
			return
		}
	}
	d, err := h.record(r.Context(), v, s, b)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if v.customer != "" && d.customer == "" {
		h.opts.Logger.WarnContext(r.Context(), "customer is not in the book: recorded as a visitor", "customer_id", v.customer)
	}
	h.keep(w, r, d)
	h.reply(w, answerOf(d.results))
}

// keep gives a browser the cookie that it is to have from now on.
func (h *Handler) keep(w http.ResponseWriter, r *http.Request, d *record) {
	cookie, out := h.cookie(r)
	switch {
	case d.app:
	case d.objected:
		if cookie != "" || d.spoke && !out {
			h.setCookie(w, r, optedOut)
		}
	case d.unasked:
		if cookie != "" {
			h.setCookie(w, r, "")
		}
	case d.fresh && (d.used || d.spoke):
		h.setCookie(w, r, d.device)
	}
}
