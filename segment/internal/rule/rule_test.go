package rule_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

var update = flag.Bool("update", false, "write the golden files")

// somewhere leaves out where in a text the parts of a tree stand.
var somewhere = cmp.Options{
	cmpopts.IgnoreFields(rule.Field{}, "At"), cmpopts.IgnoreFields(rule.Aggregate{}, "At"), cmpopts.IgnoreFields(rule.Days{}, "At"),
	cmpopts.IgnoreFields(rule.Bucket{}, "At"), cmpopts.IgnoreFields(rule.Source{}, "At"), cmpopts.IgnoreFields(rule.Literal{}, "At"),
	cmpopts.IgnoreFields(rule.Compare{}, "At"), cmpopts.IgnoreFields(rule.Extreme{}, "At"), cmpopts.EquateEmpty(),
}

// lines returns the lines of a file that are not remarks. One that begins with
// "and" continues the one above.
func lines(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []string
	for s := bufio.NewScanner(f); s.Scan(); {
		switch line := s.Text(); {
		case strings.HasPrefix(line, "# ") && !strings.HasPrefix(line, "# %"):
		case strings.HasPrefix(line, "and "):
			all[len(all)-1] += "\n" + line
		default:
			all = append(all, line)
		}
	}
	return all
}

// golden compares a text with that of a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestParse(t *testing.T) {
	for _, name := range []string{"shopify", "rules", "faults"} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, text := range lines(t, name+".txt") {
				fmt.Fprintln(&b, text)
				n, err := rule.Parse(text, nil)
				if err == nil {
					roundTrip(t, n)
					fmt.Fprintf(&b, "\t= %s\n\t  %s\n", rule.Print(n), rule.Encode(n))
					continue
				}
				for _, f := range err.(rule.Faults) {
					fmt.Fprintf(&b, "\t! %s\n", f)
				}
			}
			golden(t, name+".golden", b.String())
		})
	}
}

// TestRecordedFaults compares places with those that Shopify told of the same
// text: its columns begin with 0.
func TestRecordedFaults(t *testing.T) {
	_, err := rule.Parse("not a valid segment query ???", nil)
	faults, _ := err.(rule.Faults)
	got := map[string]int{}
	for _, f := range faults {
		got[f.Got] = f.Column - 1
	}
	for word, column := range map[string]int{"a": 4, "valid": 6} {
		if c, ok := got[word]; !ok || c != column {
			t.Errorf("%s at column %d, %v, want %d", word, c, ok, column)
		}
	}
}

// roundTrip tests that a checked tree is the same after print and parse, after
// encode and decode, and after another check.
func roundTrip(t testing.TB, n rule.Node) {
	t.Helper()
	text := rule.Print(n)
	again, err := rule.Parse(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(n, again, somewhere); diff != "" {
		t.Fatalf("%s: parsed again (-want +got):\n%s", text, diff)
	}
	if got := rule.Print(again); got != text {
		t.Fatalf("printed again: %s, want %s", got, text)
	}
	widths := []int{20, 0, 80}
	for _, width := range widths[:evaltest.Cases(len(widths))] {
		wrapped := rule.Wrap(n, width)
		if len(wrapped) > 64<<10 {
			continue // indented, it is longer than a rule can be
		}
		if again, err = rule.Parse(wrapped, nil); err != nil {
			t.Fatalf("%s: %v", wrapped, err)
		}
		if diff := cmp.Diff(n, again, somewhere); diff != "" {
			t.Fatalf("%s: parsed again (-want +got):\n%s", wrapped, diff)
		}
	}
	data := rule.Encode(n)
	if again, err = rule.Decode(data, nil); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if diff := cmp.Diff(n, again, somewhere); diff != "" {
		t.Fatalf("%s: decoded (-want +got):\n%s", data, diff)
	}
	if again, err = rule.Check(n, nil); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(n, again, somewhere); diff != "" {
		t.Fatalf("%s: checked again (-want +got):\n%s", text, diff)
	}
}
