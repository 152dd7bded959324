package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/segment"
)

// An office shows a book as pages. It is safe for concurrent use.
type office struct {
	book      *crm.Book
	index     *search.Index
	twins     *likeness
	roster    *roster
	figures   *figures
	mix       *mix
	checkup   *checkup
	foresight *foresight
	guard     *guard
	pages     pages
	mux       *http.ServeMux
	zone      *time.Location
	now       func() time.Time
}

// officeOptions adjust an office. The zero value is a good default.
type officeOptions struct {
	hosts      []string // other names of the server
	anyAddress bool     // it is reached from elsewhere
	zone       *time.Location
	now        func() time.Time
	logger     *slog.Logger // of what works in the background; nil is silence
}

func newOffice(book *crm.Book, opts *officeOptions) (*office, error) {
	o := &office{book: book, guard: newGuard(opts.hosts, opts.anyAddress), mux: http.NewServeMux(), zone: opts.zone, now: opts.now}
	if o.zone == nil {
		o.zone = time.Local
	}
	if o.now == nil {
		o.now = book.Now
	}
	o.figures = &figures{book: book, now: o.now}
	o.checkup = &checkup{book: book, now: o.now, zone: o.zone}
	var err error
	if o.index, err = search.New(book, &search.Options{Logger: opts.logger}); err != nil {
		return nil, err
	}
	if o.twins, err = newLikeness(book, opts.logger); err != nil {
		return nil, err
	}
	o.roster = &roster{}
	if o.roster.Catalog, err = segment.New(book, &segment.Options{Location: o.zone, Logger: opts.logger}); err != nil {
		return nil, err
	}
	o.foresight = &foresight{}
	if o.foresight.Recommender, err = recommend.New(book, &recommend.Options{Location: o.zone, Logger: opts.logger}); err != nil {
		return nil, err
	}
	o.mix = &mix{book: book, catalog: o.roster.Catalog, zone: o.zone}
	if o.pages, err = newPages(o); err != nil {
		return nil, err
	}
	o.show("/{$}", o.start)
	o.show("/search", o.search)
	o.show("/customers/{id}", o.customer)
	o.show("/customers/{id}/consents", o.ledger)
	o.show("/customers/{id}/segments", o.standing)
	o.show("/customers/{id}/next", o.next)
	o.show("/orders/{id}", o.order)
	o.show("/products", o.products)
	o.show("/products/{id}", o.product)
	o.show("/duplicates", o.duplicates)
	o.show("/merge", o.preview)
	o.show("/quality", o.quality)
	o.show("/segments", o.segments)
	o.show("/segments/{id}", o.segment)
	o.show("/segments/{id}/edit", o.compose)
	o.show("/segments/{id}/hand", o.hand)
	o.show("/segments/{id}/lookalike", o.lookalike)
	o.show("/new-segment", o.compose)
	o.show("/groups", o.groups)
	o.take("/merge", o.merge)
	o.take("/unmerge", o.unmerge)
	o.take("/distinct", o.distinct)
	o.take("/segments/preset", o.preset)
	o.take("/segments/delete", o.drop)
	o.take("/segments/pick", o.pick)
	o.take("/segments/snapshot", o.snapshot)
	o.answer("/segments/edit", longestForm, o.edit)
	o.answer("/segments/look", longestForm, o.glance)
	o.answer("/segments/offers", longestForm, o.offers)
	o.mux.Handle("GET /style.css", o.pages.style("style.css", "text/css; charset=utf-8"))
	o.mux.Handle("GET /editor.js", o.pages.style("editor.js", "text/javascript; charset=utf-8"))
	o.mux.Handle("GET /icon.svg", o.pages.style("icon.svg", "image/svg+xml"))
	o.show("/", func(*http.Request) (*page, error) { return nil, crm.ErrNotFound })
	return o, nil
}

// Run keeps what the pages show that is worked out in the background, until ctx
// ends.
func (o *office) Run(ctx context.Context) error {
	t := make(turn, 1)
	return o.book.Run(ctx, map[string]func(context.Context) error{
		"search":     o.index.Run,
		"duplicates": o.twins.finder.Run,
		"memory":     whenever(o.book, t, 30*time.Second, o.twins.remember),
		"figures":    whenever(o.book, t, 2*time.Second, o.figures.add),
		"quality":    whenever(o.book, t, time.Minute, o.checkup.check),
		"segments":   o.roster.Run,
		"columns":    o.roster.run,
		"recommend":  o.foresight.Run,
		"models":     whenever(o.book, t, time.Minute, o.foresight.warm),
		"groups":     whenever(o.book, t, 10*time.Second, o.mix.add),
	})
}

// ServeHTTP answers browsers that call the server by its own name.
func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.guard.headers(w.Header())
	if !o.guard.knows(r.Host) {
		o.fail(w, r, &refusal{http.StatusMisdirectedRequest, "This server does not go by that name. Open it by the address that it printed when it started; -hosts names others."})
		return
	}
	o.mux.ServeHTTP(w, r.WithContext(crm.WithActor(r.Context(), "backoffice")))
}

// show serves a page.
func (o *office) show(path string, f func(*http.Request) (*page, error)) {
	o.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		p, err := f(r)
		if err != nil {
			o.fail(w, r, err)
			return
		}
		if p.to != "" {
			http.Redirect(w, r, p.to, http.StatusSeeOther)
			return
		}
		o.write(w, r, http.StatusOK, p)
	})
}

// How long forms may be, in bytes: those with a rule may hold one that is too
// long, to be told so.
const (
	longForm    = 64 << 10
	longestForm = 512 << 10
)

// take serves a form that changes something: f returns where to go on.
func (o *office) take(path string, f func(*http.Request) (string, error)) {
	o.answer(path, longForm, func(r *http.Request) (*page, error) {
		to, err := f(r)
		return &page{to: to}, err
	})
}

// answer serves a form of at most so many bytes: f returns the page that answers
// it, or where to go on.
func (o *office) answer(path string, most int64, f func(*http.Request) (*page, error)) {
	o.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		var p *page
		err := r.ParseForm()
		switch {
		case err != nil:
			err = &refusal{http.StatusBadRequest, "That form could not be read."}
		case !o.guard.admits(r):
			err = &refusal{http.StatusForbidden, "This form is not of a page that you have open here, or the program was started anew since. Nothing was changed: go back, load the page again, and repeat it."}
		default:
			p, err = f(r)
		}
		switch {
		case err != nil:
			o.fail(w, r, err)
		case p.to != "":
			http.Redirect(w, r, p.to, http.StatusSeeOther)
		default:
			o.write(w, r, cmp.Or(p.status, http.StatusOK), p)
		}
	})
}

// A refusal is an error that is meant for whoever looks at the page.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

// fail answers with a page that tells what is wrong, in our words: what errors
// say goes to the log.
func (o *office) fail(w http.ResponseWriter, r *http.Request, err error) {
	said, ok := errors.AsType[*refusal](err)
	switch {
	case ok:
	case errors.Is(err, crm.ErrErased):
		said = &refusal{http.StatusGone, "This person was erased. What law makes the shop keep is in its books, without anything personal."}
	case errors.Is(err, crm.ErrNotFound):
		said = &refusal{http.StatusNotFound, "There is nothing here: it was never there, or it has gone since."}
	case errors.Is(err, crm.ErrInvalid):
		said = &refusal{http.StatusBadRequest, "The address of this page is not one that these pages make."}
	case errors.Is(err, crm.ErrExists), errors.Is(err, crm.ErrConflict):
		said = &refusal{http.StatusConflict, "Somebody was quicker: that is so already. Load the page again to see it as it is."}
	case errors.Is(err, context.Canceled):
		return // nobody waits for it
	default:
		log.Printf("backoffice: %s: %v", r.Pattern, err) // not the path, whose ids may be the shop's
		said = &refusal{http.StatusInternalServerError, "That did not work, and it is not your fault. The program's log tells more."}
	}
	o.write(w, r, said.status, &page{
		name: "trouble", Title: http.StatusText(said.status), Data: trouble{said.status, said.text},
	})
}

// A trouble is what the page of an error shows.
type trouble struct {
	Status int
	Text   string
}

// write renders a page before anything of it is sent.
func (o *office) write(w http.ResponseWriter, r *http.Request, status int, p *page) {
	var out bytes.Buffer
	if status != http.StatusMisdirectedRequest {
		p.Token = o.guard.token(o.guard.begin(w, r))
	}
	if err := o.pages.render(&out, p); err != nil {
		log.Print("backoffice: ", err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	if p.script {
		w.Header().Set("Content-Security-Policy", policy+scripted)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(out.Len()))
	w.WriteHeader(status)
	w.Write(out.Bytes()) // a browser that went away is not our trouble
}
