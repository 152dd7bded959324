package segment_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// words is what doc.go is to say of the words that rules know.
func words() string {
	var b strings.Builder
	list := func(title, source string) {
		line := "//\t" + title + strings.Repeat(" ", 17-len(title))
		for _, w := range rule.Fields(source) {
			name := w.Name
			if w.Prefix() {
				name += "…"
			}
			if len(line)+len(name) > 84 {
				b.WriteString(strings.TrimRight(line, " ") + "\n")
				line = "//\t" + strings.Repeat(" ", 17)
			}
			line += name + " "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	list("customers", "")
	for _, s := range rule.Sources() {
		list(s.Name, s.Name)
	}
	return b.String()
}

// The words of rules stand in the package's documentation, all of them.
func TestWords(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), words()) {
		_, got, _ := strings.Cut(string(text), "# Words\n")
		t.Errorf("doc.go (-want +got):\n%s", cmp.Diff(words(), got))
	}
}
