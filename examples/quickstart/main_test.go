package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// TestMain lets the test binary be the program, so that it can be killed.
func TestMain(m *testing.M) {
	if os.Getenv("QUICKSTART") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), "QUICKSTART=1")
	return cmd
}

// retail returns the real transaction log, or skips the test.
func retail(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("CLIENTELE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	path, err := filepath.Abs(filepath.Join(dir, "online-retail", "online_retail.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skipf("the Online Retail data set is not at %s; set CLIENTELE_DATA", path)
	}
	return path
}

// TestOnlineRetail compares with sums that were taken from the raw file by
// other means: facts of the data set, not of this program.
func TestOnlineRetail(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 541,909 rows")
	}
	path, db := retail(t), filepath.Join(t.TempDir(), "shop.db")
	args := []string{"-orders", path, "-format", "onlineretail", "-next=false", "-db", db}
	first, err := program(t.Context(), append(slices.Clone(args), "-next=true")...).CombinedOutput() // the last flag counts
	if err != nil {
		t.Fatalf("%v\n%s", err, first)
	}
	for _, want := range []string{
		"541909 rows: 538959 imported, 2950 of fees, 0 blank, 0 rejected",
		"22064 orders: 22064 new, 0 changed, 0 known",
		"3836 refunds: 3836 new, 0 changed, 0 known",
		"4372 customers, of whom 4339 ordered, brought 8300065.81 GBP",
		"14646 279489.02 GBP 73",
		"18102 256438.49 GBP 60",
		"17450 187482.17 GBP 46",
		"14911 132572.62 GBP 201",
		"12415 123725.45 GBP 21",
		"Champions 628 7826 4255299.26 GBP 4", // as package rfm groups them
		"Hibernating 1091 1280 296923.05 GBP 218",
	} {
		if !strings.Contains(strings.Join(strings.Fields(string(first)), " "), want) {
			t.Errorf("output lacks %q:\n%s", want, first)
		}
	}
	_, chapter, _ := strings.Cut(string(first), "\n14911, next\n")
	if lines := strings.Count(chapter, "\n"); lines != 6 || strings.Count(chapter, "due on 201") == 0 || strings.ContainsAny(chapter, "{}") { // of the five above, who orders most often
		t.Errorf("want three products that are due or bought again and three new ones, each with a reason:\n%s", chapter)
	}
	if diff := cmp.Diff(buyers(t, db), grouped(t, string(first))); diff != "" {
		t.Errorf("what customers brought, and what their groups did (-want +got):\n%s", diff)
	}
	before := export(t, db)
	second, err := program(t.Context(), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, second)
	}
	if want := "22064 orders: 0 new, 0 changed, 22064 known"; !strings.Contains(string(second), want) {
		t.Errorf("the second run's output lacks %q:\n%s", want, second)
	}
	if !bytes.Equal(before, export(t, db)) {
		t.Error("a second import changed what is exported")
	}

	killed := filepath.Join(t.TempDir(), "killed.db")
	args[len(args)-1] = killed
	for i := range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(300+500*i)*time.Millisecond)
		out, err := program(ctx, args...).CombinedOutput() // SIGKILL when ctx ends
		if err == nil {
			t.Logf("run %d was not killed in time:\n%s", i, out)
		}
		cancel()
	}
	if out, err := program(t.Context(), args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !bytes.Equal(before, export(t, killed)) {
		t.Error("killed midway and run again, the exported contents differ from an undisturbed run's")
	}
}

// A sum is what customers add up to.
type sum struct {
	Customers, Others int // who have an order that counts, and who have none
	Orders            int
	Net               int64
}

// buyers adds up the customers of a book who bought.
func buyers(t *testing.T, db string) (s sum) {
	t.Helper()
	st, err := boltstore.Open(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	book, err := crm.New(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		a, err := book.Customers.Aggregates(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a.Orders == 0 {
			s.Others++
			continue
		}
		s.Customers, s.Orders, s.Net = s.Customers+1, s.Orders+a.Orders, s.Net+a.Base.Net().Amount
	}
	return s
}

// grouped adds up the table of groups that was printed.
func grouped(t *testing.T, out string) (s sum) {
	t.Helper()
	_, table, _ := strings.Cut(out, "\nGroups on 2011-12-09 ")
	_, table, _ = strings.Cut(table, "\n")
	table, _, _ = strings.Cut(table, "\n\n") // the next chapter
	for line := range strings.Lines(table) {
		var numbers []int
		for cell := range strings.FieldsSeq(strings.Replace(line, ".", "", 1)) {
			if n, err := strconv.Atoi(cell); err == nil {
				numbers = append(numbers, n)
			}
		}
		switch len(numbers) {
		case 1:
			s.Others += numbers[0]
		case 4:
			s.Customers, s.Orders, s.Net = s.Customers+numbers[0], s.Orders+numbers[1], s.Net+int64(numbers[2])
		default:
			t.Errorf("a row of groups is %q", line)
		}
	}
	return s
}

// export returns everything that a book exports.
func export(t *testing.T, db string) []byte {
	t.Helper()
	st, err := boltstore.Open(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	book, err := crm.New(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := shopcsv.WriteCustomers(&out, shopcsv.JSONL, book.Customers.List(t.Context(), crm.CustomerQuery{})); err != nil {
		t.Fatal(err)
	}
	if err := shopcsv.WriteOrders(&out, shopcsv.JSONL, book.Orders.List(t.Context(), crm.OrderQuery{})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMasked makes sure that the output tells nobody's address or number, and
// shows a customer all round.
func TestMasked(t *testing.T) {
	db := filepath.Join(t.TempDir(), "shop.db")
	out, err := program(t.Context(), "-db", db).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, chapter, _ := strings.Cut(string(out), ", all round\n")
	if chapter, _, _ = strings.Cut(chapter, "\n\n"); strings.Count(chapter, "\n") != 8 || !strings.Contains(chapter, "…@example") {
		t.Errorf("want nine lines of one customer, their address masked:\n%s", out)
	}
	st, err := boltstore.Open(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	book, err := crm.New(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for c, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{c.Email, c.Phone} {
			if seen++; value != "" && strings.Contains(string(out), value) {
				t.Errorf("the output tells %q", value)
			}
		}
	}
	if seen < 500 {
		t.Errorf("looked for %d values only", seen)
	}
}

// TestUnreadable makes sure that a file that cannot be is told plainly.
func TestUnreadable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte("apples,pears\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := program(t.Context(), "-orders", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "apples") {
		t.Errorf("an unknown header: error %v, output %q, want one that shows the header", err, out)
	}
	if lines := strings.Count(string(out), "\n"); lines != 1 {
		t.Errorf("%d lines of error (-want +got):\n%s", lines, cmp.Diff(1, lines))
	}
}
