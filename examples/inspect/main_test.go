package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

var update = flag.Bool("update", false, "write testdata/demo.golden")

// TestMain makes the test binary the program when a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("INSPECT") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// inspect runs the program and returns what it printed.
func inspect(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "INSPECT=1")
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// How large a file is depends on the system's pages, and cursors on chance.
var varying = regexp.MustCompile(`bolt, \S+ KiB, \S+ KiB of it free\nfeed: after \S+ up to \S+`)

func TestDemo(t *testing.T) {
	got, stderr, code := inspect(t)
	if got = varying.ReplaceAllString(got, "bolt, … KiB, … KiB of it free\nfeed: after … up to …"); code != 0 || stderr != "" {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	golden := filepath.Join("testdata", "demo.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// book writes a file with one customer and a follower two events behind.
func book(t *testing.T) (path string, st *boltstore.Store) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	b, err := crm.New(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := crmtest.Customer()
	c.ID = "cus_grace"
	if _, err := b.Customers.Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	err = st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		head, err := tx.Head()
		store.SaveCursor(tx, "newsletter", head)
		tx.Emit("shop.carts", nil)
		tx.Emit("shop.carts", nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return path, st
}

func TestFile(t *testing.T) {
	path, st := book(t)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		has  string // a regular expression
		not  string
	}{
		{"overview", []string{path}, `(?s)crm.customers +2 +"" +0 +1 .*customer.created +1\n.*of topic shop.carts +2\n.*newsletter +2\n`, "Grace"},
		{"masked", []string{"-table", "crm.customers", path}, `"id":"cus_grace".*"given_name":"…"`, "Grace"},
		{"personal", []string{"-table", "crm.customers", "-personal", "-n", "-1", path}, `"given_name":"Grace"`, "…"},
		{"empty table", []string{"-table", "crm.orders", path}, `^$`, "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := inspect(t, tt.args...)
			if code != 0 || !regexp.MustCompile(tt.has).MatchString(stdout) || strings.Contains(stdout, tt.not) {
				t.Errorf("exit code %d, %s, output, which should match %q and not hold %q:\n%s", code, stderr, tt.has, tt.not, stdout)
			}
		})
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("inspect changed the file: %v", err)
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, st := book(t)
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"missing", []string{filepath.Join(dir, "missing.db")}, ""}, // the system's words
		{"folder", []string{dir}, ""},
		{"locked", []string{whole}, "locked"},
		{"foreign", []string{write("foreign.db", strings.Repeat("a shop ", 10_000))}, "not"},
		{"empty", []string{write("empty.db", "")}, ""},
		{"torn", []string{write("torn.db", string(data[:len(data)/3]))}, ""},
		{"no such table", []string{"-table", "crm.carts", write("copy.db", string(data))}, "crm.carts: not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := inspect(t, tt.args...)
			if code != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "inspect: ") || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, output %q, message %q; want 1 and one line with %q", code, stdout, stderr, tt.want)
			}
			t.Log(stderr)
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); err == nil {
		t.Error("inspect made the file that was missing")
	}
	st.Close()
}
