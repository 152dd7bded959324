package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// TestMain lets the test binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv("BACKOFFICE") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), "BACKOFFICE=1")
	return cmd
}

// What others could reach is refused, unless it is asked for.
func TestListen(t *testing.T) {
	for _, c := range []struct {
		addr     string
		insecure bool
		want     string
	}{
		{"127.0.0.1:0", false, ""},
		{"localhost:0", false, ""},
		{"0.0.0.0:0", false, "there is no login"},
		{":0", false, "there is no login"},
		{"[::]:0", false, "there is no login"},
		{"192.168.1.7:0", false, "there is no login"},
		{"0.0.0.0:0", true, ""},
		{"nonsense", false, "-addr"},
	} {
		t.Run(c.addr, func(t *testing.T) {
			s := settings{addr: c.addr, insecure: c.insecure}
			l, err := s.listen(t.Context())
			if err == nil {
				l.Close()
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// The program serves until it is told to stop, then ends well.
func TestProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: a process of Windows cannot be interrupted")
	}
	cmd := program(t.Context(), "-addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 200)
	n, err := io.ReadAtLeast(out, buf, 40)
	if err != nil {
		t.Fatalf("%v\n%s%s", err, buf[:n], log.String())
	}
	_, url, ok := strings.Cut(string(buf[:n]), "open at ")
	url, _, _ = strings.Cut(url, "\n")
	if !ok {
		t.Fatalf("the program prints %q", buf[:n])
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), "The shop today") {
		t.Errorf("status %d, error %v:\n%s", resp.StatusCode, err, body)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil || log.Len() > 0 {
		t.Errorf("interrupted: %v\n%s", err, log.String())
	}
}

// A file is shown as it is, and none is made by a slip of the pen.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	s := settings{addr: "127.0.0.1:0", db: path}
	if _, _, err := s.open(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it is there now")
	}
	book := file(t, path, nil)
	if _, _, err := s.open(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a file that another process has: %v", err)
	}
	if _, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Grace", FamilyName: "Hopper"}); err != nil {
		t.Fatal(err)
	}
	if err := book.Store().Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s.started = func(url string) {
		defer stop()
		resp, err := http.Get(url + "/")
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	if err := run(ctx, s); err != nil {
		t.Error(err)
	}
	if book := file(t, path, nil); book == nil { // it is free again
		t.Error("no book")
	}
}

// file opens the book in a file, and makes it where there is none. Its clock is
// the machine's where now is nil.
func file(tb testing.TB, path string, now func() time.Time) *crm.Book {
	tb.Helper()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	return book
}

// retail is the book of a real shop, or skips.
func retail(tb testing.TB) *crm.Book {
	tb.Helper()
	dir := os.Getenv("CLIENTELE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, "online-retail", "online_retail.csv.gz")
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		tb.Skipf("skipped: the Online Retail data set is not at %s; set CLIENTELE_DATA", path)
	} else if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	st, err := boltstore.Open(filepath.Join(tb.TempDir(), "retail.db"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	book, err := crm.New(st, &crm.Options{Currency: "GBP"})
	if err != nil {
		tb.Fatal(err)
	}
	r, err := shopcsv.NewReader(f, shopcsv.OnlineRetail, &shopcsv.Options{Currency: "GBP"})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := book.Import(tb.Context(), r.Records(), nil); err != nil {
		tb.Fatal(err)
	}
	return book
}

// A real shop that knows its customers by numbers only is shown too.
func TestRetail(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 541,909 rows")
	}
	d := sit(t, retail(t))
	first := d.get(t, "/")
	for _, want := range []string{"4\u202f372", "8\u202f300\u202f065.81\u00a0GBP", "No. 14646"} {
		if !strings.Contains(first.body, want) {
			t.Errorf("the first page lacks %q", want)
		}
	}
	seen := 0
	for _, n := range parse(t, first.body).all("a") {
		path := n.attr["href"]
		if strings.HasPrefix(path, "/customers/") || strings.HasPrefix(path, "/orders/") {
			seen++
			a := d.get(t, path)
			if a.status != 200 {
				t.Errorf("%s: status %d", path, a.status)
			}
			for _, f := range faults(parse(t, a.body)) {
				t.Errorf("%s: %s", path, f)
			}
		}
	}
	if seen < 20 {
		t.Errorf("the first page leads to %d pages only", seen)
	}
}

// A book that is not in a file is not put there by a slip of the pen.
func TestNamespace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	open := func(namespace string) error {
		s := settings{db: path, namespace: namespace}
		_, shut, err := s.open(t.Context())
		if err == nil {
			err = shut()
		}
		return err
	}
	if err := open(""); err == nil || !strings.Contains(err.Error(), "no book") {
		t.Errorf("a file without a book: %v", err)
	}
	if st, err = boltstore.Open(path, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := crm.New(st, &crm.Options{Namespace: "north"}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]string{"north": "", "nroth": `["north"]`, "": `["north"]`} {
		if err := open(namespace); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("-namespace %q: %v, want %s", namespace, err, want)
		}
	}
}
