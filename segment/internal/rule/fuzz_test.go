package rule_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// FuzzParse reads any text: it never panics, takes time in proportion to the
// text's length, tells where it is wrong, and what is a rule stays the same, of any book.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"shopify.txt", "rules.txt", "faults.txt"} {
		for _, text := range lines(f, name) {
			f.Add(text)
		}
	}
	g, r := grammar(f), rand.New(rand.NewPCG(3, 4))
	for range 200 {
		f.Add(write(g, r))
	}
	f.Fuzz(func(t *testing.T, text string) {
		steps, _ := rule.Syntax(text)
		if most := 3*len(text) + 10; steps > most {
			t.Fatalf("%d steps for %d bytes, want %d at most", steps, len(text), most)
		}
		if n, err := rule.Parse(text, book); err != nil {
			told(t, err)
		} else if again, err := rule.Parse(rule.Print(n), book); err != nil || rule.Print(again) != rule.Print(n) {
			t.Errorf("%s: %v", rule.Print(n), err)
		}
		n, err := rule.Parse(text, nil)
		if err == nil {
			roundTrip(t, n)
			return
		}
		told(t, err)
		for _, fault := range err.(rule.Faults) {
			if fault.Line < 1 || fault.Column < 1 || fault.Line > strings.Count(text, "\n")+1 || fault.Column > utf8.RuneCountInString(text)+1 {
				t.Errorf("%q: fault at %d:%d", text, fault.Line, fault.Column)
			}
		}
	})
}

// FuzzDecode reads any JSON as FuzzParse reads any text.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"shopify.txt", "rules.txt"} {
		for _, text := range lines(f, name) {
			if n, err := rule.Parse(text, nil); err == nil {
				f.Add(rule.Encode(n))
			}
		}
	}
	for _, tt := range badJSON {
		f.Add([]byte(tt.json))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := rule.Decode(data, nil)
		if err == nil {
			roundTrip(t, n)
			return
		}
		told(t, err)
	})
}

// told tests that an error is a list of faults that say something.
func told(t *testing.T, err error) {
	t.Helper()
	faults, ok := errors.AsType[rule.Faults](err)
	if !ok || len(faults) == 0 || len(faults) > 50 {
		t.Fatalf("got %d faults: %v", len(faults), err)
	}
	for _, fault := range faults {
		if fault.Want == "" || strings.ContainsAny(fault.String(), "\n\x00") {
			t.Errorf("fault %#v", fault)
		}
	}
}
