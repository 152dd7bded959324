package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/answers.txt")

func demo(t *testing.T) shop {
	t.Helper()
	s, err := open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRead answers the lines of a file, as a pipe would bring them.
func TestRead(t *testing.T) {
	in, err := os.Open("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out strings.Builder
	if err := demo(t).read(t.Context(), in, &out); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/answers.txt", []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/answers.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMissing asks of a file that is not there, and does not make it.
func TestMissing(t *testing.T) {
	db := filepath.Join(t.TempDir(), "shop.db")
	if _, err := open(t.Context(), db); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want an error that there is no such file", err)
	}
	if _, err := os.Stat(db); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
}

// TestAnswers types, and looks at what is shown when all has been said.
func TestAnswers(t *testing.T) {
	s := demo(t)
	for _, tt := range []struct{ name, keys, want, told string }{
		{"a rule", "number_of_orders >= 4", "number_of_orders >= 4", " customers: "},
		{"a mistake", "nmber_of_orders > 1", "nmber_of_orders > 1", "did you mean `number_of_orders`?"},
		{"corrected", "nm\b\x7fumber_of_orders > 1", "umber_of_orders > 1", "did you mean `number_of_orders`?"},
		{"emptied", "nonsense\x15age > 1", "age > 1", " customers"},
		{"Tab", "EV\t", "EVERYONE", "398 customers"},
		{"Tab again", "items MATCHES (categories CONTAINS 'home\t\t)", "items MATCHES (categories CONTAINS 'Home > Living')", " customers: "},
		{"Tab for each word", "has_\t \t t\t", "has_email = true", " customers: "},
		{"Tab for nothing", "age > 5\t0", "age > 50", " customers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, shown := make(chan rune), make(chan string)
			done := make(chan error)
			go func() {
				done <- s.answers(t.Context(), keys, func(l line, told string) {
					if l.text == tt.want {
						shown <- told
					}
				})
			}()
			press := func(key rune) {
				for {
					select {
					case keys <- key:
						return
					case <-shown: // on the way
					}
				}
			}
			for _, key := range tt.keys {
				press(key)
			}
			for told, last := "", ""; !strings.Contains(told, tt.told); last = told {
				select {
				case told = <-shown:
				case <-time.After(20 * time.Second):
					t.Fatalf("shown at last: %q, want %q", last, tt.told)
				}
			}
			press('C' - '@')
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	var got []rune
	for key := range keys(strings.NewReader("a\x1b[A\x1b[3~b\x1bOPä")) {
		got = append(got, key)
	}
	if diff := cmp.Diff([]rune("a\x00\x00b\x00ä"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if slices.Contains(got, '\x1b') {
		t.Error("an escape is left")
	}
}
