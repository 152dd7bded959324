package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// plain makes one line with plain spaces of the text of a page.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2011", "-").Replace(s)), " ")
}

// What the README shows of the office is what the office shows: whatever stands
// in the picture between two wide gaps stands on the page.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, picture, ok := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), "<!-- a page of go run ./examples/backoffice -->\n```\n")
	if !ok {
		t.Fatal("README.md shows no page of the back office")
	}
	picture, _, _ = strings.Cut(picture, "```\n")
	st := memstore.New(nil)
	t.Cleanup(func() { st.Close() })
	book, err := demo(t.Context(), st, demoCustomers, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	d := sit(t, book)
	d.warm(t)
	var shown string
	for _, n := range parse(t, d.get(t, "/search?"+url.Values{"q": {"maël garnier"}}.Encode()).body).all("a") {
		if n.text == "Maël Garnier" {
			shown = plain(parse(t, d.get(t, n.attr["href"]).body).text)
		}
	}
	if shown == "" {
		t.Fatal("Maël Garnier is not found")
	}
	gap := regexp.MustCompile(` {2,}|[\[\]|▸]`)
	for line := range strings.Lines(picture) {
		for _, cell := range gap.Split(strings.TrimSpace(line), -1) {
			cell = strings.TrimSpace(cell)
			if cell != "" && !strings.Contains(shown, cell) && !strings.Contains("Name, e-mail, phone or order number", cell) {
				t.Errorf("the page does not show %q", cell)
			}
		}
	}
	if n := strings.Count(picture, "\n"); n < 12 {
		t.Errorf("the picture has %d lines only", n)
	}
}
