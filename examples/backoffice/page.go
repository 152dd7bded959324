package main

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html style.css editor.js icon.svg
var files embed.FS

// A page is what a template shows, within the frame that all pages share.
type page struct {
	name   string // of the template
	part   string // of the template that is shown without the frame; "" for all of it
	to     string // where to go instead, "" for nowhere
	status int    // of an answer to a form; 0 is 200
	script bool   // it asks the server while somebody types
	Title  string
	Here   string // the part of the office that it is in
	Query  string // in the field for searches
	Notice string // what was just done
	Token  string // of the forms
	Data   any
}

// Script reports whether the page has a script.
func (p *page) Script() bool { return p.script }

// pages are the templates, each with the frame around it.
type pages map[string]*template.Template

// newPages reads the templates. Those with a name in capitals are parts of
// others.
func newPages(o *office) (pages, error) {
	frame, err := template.New("frame").Funcs(o.funcs()).ParseFS(files, "templates/frame.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	list, err := files.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	p := pages{}
	for _, f := range list {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name == "frame" || name == "parts" {
			continue
		}
		if p[name], err = frame.Clone(); err != nil {
			return nil, err
		}
		if _, err := p[name].ParseFS(files, path.Join("templates", f.Name())); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// render writes a page.
func (p pages) render(w io.Writer, v *page) error {
	t, ok := p[v.name]
	if !ok {
		return fmt.Errorf("no template %q", v.name)
	}
	return t.ExecuteTemplate(w, cmp.Or(v.part, "frame.html"), v)
}

// style serves a file that is the same for everybody.
func (p pages) style(name, kind string) http.Handler {
	data, err := files.ReadFile(name)
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(data)
	})
}
