package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// A node is an element of a page.
type node struct {
	tag    string
	attr   map[string]string
	parent *node
	kids   []*node
	text   string // its own, and that of all below it
}

// all returns the elements of a tag, in the order of the page.
func (n *node) all(tag string) []*node {
	var list []*node
	if n.tag == tag {
		list = append(list, n)
	}
	for _, k := range n.kids {
		list = append(list, k.all(tag)...)
	}
	return list
}

// within reports whether an element stands in one of a tag.
func (n *node) within(tag string) bool {
	return n != nil && (n.tag == tag || n.parent.within(tag))
}

// void are the elements that end where they begin.
var void = []string{"meta", "link", "input", "br", "hr", "img"}

// parse reads a page, in which every element must end where it should.
func parse(tb testing.TB, page string) *node {
	tb.Helper()
	root := &node{}
	at := root
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.Entity = false, xml.HTMLEntity
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatalf("the page cannot be read: %v\n%s", err, page)
		}
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{tag: token.Name.Local, attr: map[string]string{}, parent: at}
			for _, a := range token.Attr {
				if _, twice := n.attr[a.Name.Local]; twice {
					tb.Errorf("<%s> has %s twice", n.tag, a.Name.Local)
				}
				n.attr[a.Name.Local] = a.Value
			}
			at.kids = append(at.kids, n)
			if !slices.Contains(void, n.tag) {
				at = n
			}
		case xml.EndElement:
			if slices.Contains(void, token.Name.Local) {
				continue // the decoder ends these itself
			}
			if token.Name.Local != at.tag {
				line, _ := d.InputPos()
				tb.Fatalf("line %d: </%s> ends <%s>\n%s", line, token.Name.Local, at.tag, page)
			}
			at = at.parent
		case xml.CharData:
			for n := at; n != nil; n = n.parent {
				n.text += string(token)
			}
		}
	}
	if at != root {
		tb.Fatalf("<%s> does not end\n%s", at.tag, page)
	}
	return root
}

// faults returns what a screen reader, a keyboard or the policy of the pages
// would stumble over.
func faults(page *node) []string {
	var list []string
	fault := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	ids, labels := map[string]bool{}, map[string]bool{}
	level := 0
	walk(page, func(n *node) {
		if id, ok := n.attr["id"]; ok {
			if ids[id] || id == "" || strings.ContainsAny(id, " \t\n") {
				fault("the id %q is there twice, or cannot be", id)
			}
			ids[id] = true
		}
		if n.tag == "label" {
			labels[n.attr["for"]] = true
		}
	})
	for _, tag := range []string{"html", "head", "title", "body", "main", "h1"} {
		list := slices.DeleteFunc(page.all(tag), func(n *node) bool { return n.within("svg") })
		if n := len(list); n != 1 {
			fault("%d elements <%s>, want 1", n, tag)
		}
	}
	walk(page, func(n *node) {
		said := strings.TrimSpace(n.text) != "" || n.attr["aria-label"] != ""
		for name, value := range n.attr {
			switch {
			case strings.HasPrefix(name, "on") || name == "style":
				fault("<%s> has %s, which the policy of the pages forbids", n.tag, name)
			case name == "aria-labelledby" || name == "aria-describedby" || name == "for" || name == "form":
				if !ids[value] {
					fault("<%s %s=%q> is of nothing", n.tag, name, value)
				}
			case (name == "href" || name == "src" || name == "action") && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "#"):
				fault("<%s %s=%q> leads elsewhere", n.tag, name, value)
			}
		}
		switch n.tag {
		case "style", "iframe", "object", "embed", "base":
			fault("<%s> is no part of these pages", n.tag)
		case "script":
			if n.attr["src"] != "/editor.js" || n.text != "" || !n.within("head") {
				fault("<script src=%q> is no part of these pages", n.attr["src"])
			}
		case "svg":
			if n.attr["role"] != "img" || n.attr["aria-labelledby"] == "" || len(n.all("title")) != 1 || len(n.all("desc")) != 1 {
				fault("a picture says nothing")
			}
		case "html":
			if n.attr["lang"] == "" {
				fault("the page has no language")
			}
		case "h1", "h2", "h3", "h4", "h5", "h6":
			at := int(n.tag[1] - '0')
			if at > level+1 {
				fault("<%s> %q comes after a heading of level %d", n.tag, strings.TrimSpace(n.text), level)
			}
			if level = at; !said {
				fault("<%s> is empty", n.tag)
			}
		case "input", "select", "textarea":
			if n.attr["type"] != "hidden" && !labels[n.attr["id"]] && n.attr["aria-label"] == "" {
				fault("<%s name=%q> has no label", n.tag, n.attr["name"])
			}
		case "a", "button", "summary", "title", "caption", "legend":
			if !said {
				fault("<%s href=%q> says nothing", n.tag, n.attr["href"])
			}
		case "img":
			if _, ok := n.attr["alt"]; !ok {
				fault("<img src=%q> has no alt", n.attr["src"])
			}
		case "table":
			if len(n.all("caption")) != 1 || len(n.all("thead")) != 1 {
				fault("a table without a caption or a head")
			}
		case "th":
			if s := n.attr["scope"]; s != "col" && s != "row" || !said {
				fault("<th scope=%q> %q", s, strings.TrimSpace(n.text))
			}
		case "section", "nav":
			if n.attr["aria-labelledby"] == "" && n.attr["aria-label"] == "" {
				fault("<%s> has no name", n.tag)
			}
		case "li":
			if p := n.parent.tag; p != "ul" && p != "ol" {
				fault("<li> in <%s>", p)
			}
		case "dt", "dd":
			if !n.within("dl") {
				fault("<%s> in no <dl>", n.tag)
			}
		case "form":
			if strings.EqualFold(n.attr["method"], "post") && !slices.ContainsFunc(n.all("input"), func(i *node) bool {
				return i.attr["name"] == "token" && i.attr["value"] != ""
			}) {
				fault("the form to %s has no token", n.attr["action"])
			}
		case "p":
			walk(n, func(k *node) {
				if k != n && slices.Contains([]string{"p", "div", "ul", "ol", "dl", "table", "form", "h2", "h3", "section"}, k.tag) {
					fault("<%s> in <p>, which ends it", k.tag)
				}
			})
		}
	})
	return list
}

func walk(n *node, f func(*node)) {
	if n.tag != "" {
		f(n)
	}
	for _, k := range n.kids {
		walk(k, f)
	}
}

// TestFaults makes sure that the checks of pages see what they are for.
func TestFaults(t *testing.T) {
	good := `<!DOCTYPE html><html lang="en"><head><title>T</title></head><body><main><h1>A</h1>%s</main></body></html>`
	for _, c := range []struct{ name, html, want string }{
		{"nothing", ``, ""},
		{"script", `<script>alert(1)</script>`, "is no part"},
		{"script of ours in the text", `<script src="/editor.js" defer></script>`, "is no part"},
		{"picture", `<svg role="img"><rect/></svg>`, "a picture says nothing"},
		{"picture that says something", `<svg role="img" aria-labelledby="t"><title id="t">T</title><desc>D</desc></svg>`, ""},
		{"handler", `<p onclick="x()">a</p>`, "has onclick"},
		{"heading", `<h3>B</h3>`, "comes after a heading of level 1"},
		{"label", `<input name="q">`, "has no label"},
		{"id", `<p id="a">a</p><p id="a">b</p>`, `"a" is there twice`},
		{"link", `<a href="/x"></a>`, "says nothing"},
		{"elsewhere", `<a href="https://example.com/">x</a>`, "leads elsewhere"},
		{"table", `<table><tr><td>1</td></tr></table>`, "without a caption"},
		{"scope", `<table><caption>c</caption><thead><tr><th>h</th></tr></thead></table>`, "<th scope"},
		{"form", `<form method="post" action="/x"><button>b</button></form>`, "has no token"},
		{"region", `<section>x</section>`, "has no name"},
		{"paragraph", `<p><div>x</div></p>`, "in <p>"},
		{"reference", `<section aria-labelledby="gone">x</section>`, "is of nothing"},
		{"second heading", `<h1>B</h1>`, "2 elements <h1>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(faults(parse(t, fmt.Sprintf(good, c.html))), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestCrawl follows every link from the first page, and looks at each page as
// a screen reader does.
func TestCrawl(t *testing.T) {
	d := sit(t, shop(t, 40))
	if err := d.foresight.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{"/": true, "/search?q=ada.byron@example.com": true}
	queue := []string{"/", "/search?q=ada.byron@example.com", "/search?q=nobody-of-that-name", "/search?q=a", "/search?q=byrn", "/search"}
	kinds := map[string]int{}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		a := d.get(t, at)
		if a.status != 200 {
			t.Errorf("%s: status %d", at, a.status)
			continue
		}
		page := parse(t, a.body)
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		kinds[strings.Join(strings.Split(u.Path, "/")[:2], "/")]++
		for _, f := range faults(page) {
			t.Errorf("%s: %s", at, f)
		}
		for _, n := range page.all("a") {
			to, fragment, _ := strings.Cut(n.attr["href"], "#")
			if to == "" && !strings.Contains(a.body, `id="`+fragment+`"`) {
				t.Errorf("%s: #%s is not on the page", at, fragment)
			}
			if to != "" && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	for kind, least := range map[string]int{"/": 1, "/search": 3, "/customers": 100, "/orders": 50, "/products": 50, "/duplicates": 1, "/quality": 1, "/merge": 2, "/segments": 25, "/new-segment": 5, "/groups": 1} {
		if kinds[kind] < least {
			t.Errorf("%d pages of %s, want %d: %v", kinds[kind], kind, least, kinds)
		}
	}
}
