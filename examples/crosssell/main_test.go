package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv("CROSSSELL") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// run runs the program, and returns what it printed and told of.
func run(t *testing.T, args ...string) (out, told string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "CROSSSELL=1")
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

// A sale is a line of an order of a shop that was made up: sixty customers come every
// nine days or so for four months, mostly for what they had before.
type sale struct {
	order, customer, sku int
	at                   time.Time
}

func sales() (list []sale) {
	draw := rand.New(rand.NewPCG(7, 7))
	order := 1000
	for c := range 60 {
		for day := draw.IntN(9); day < 120; day += 5 + draw.IntN(9) {
			order++
			at := time.Date(2026, 3, 1, 8, draw.IntN(60), 0, 0, time.UTC).AddDate(0, 0, day)
			for _, sku := range []int{c % 12, 12 + c%7, draw.IntN(20)} {
				list = append(list, sale{order, 500 + c, 100 + sku, at})
			}
		}
	}
	return list
}

// file writes a CSV file of some separator; text turns a row of cells into bytes.
func file(t *testing.T, comma rune, header []string, row func(sale) []string, text func(string) string) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	rows := [][]string{header}
	for _, s := range sales() {
		rows = append(rows, row(s))
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(text(b.String())), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func plain(text string) string { return text }

// windows1252 writes umlauts as old tills do.
func windows1252(text string) string {
	return strings.NewReplacer("ß", "\xdf", "ä", "\xe4", "ö", "\xf6", "ü", "\xfc", "€", "\x80").Replace(text)
}

// warehouse is the file as a data warehouse writes it, and till as a till in Germany
// does.
func warehouse(t *testing.T) []string {
	path := file(t, ',', []string{"invoice", "ts", "client", "sku", "name", "qty", "price"}, func(s sale) []string {
		return []string{strconv.Itoa(s.order), s.at.Format(time.RFC3339), strconv.Itoa(s.customer), strconv.Itoa(s.sku), fmt.Sprint("Süßes ", s.sku), "2", "1234.5"}
	}, plain)
	return []string{"-orders", path, "-columns", "document=invoice,time=ts,customer=client,sku=sku,title=name,quantity=qty,price=price"}
}

func till(t *testing.T) []string {
	path := file(t, ';', []string{"Bon", "Datum", "Karte", "Artikel", "Größe", "Menge", "Preis"}, func(s sale) []string {
		return []string{strconv.Itoa(s.order), s.at.Format("02/01/2006 15:04"), strconv.Itoa(s.customer), strconv.Itoa(s.sku), fmt.Sprint("Süßes ", s.sku), "2", "1.234,50 €"}
	}, windows1252)
	return []string{"-orders", path, "-dates", "day_first", "-decimal", ",", "-columns", "document=Bon, time=Datum, customer=Karte, sku=Artikel, title=Größe, quantity=Menge, price=Preis"}
}

// TestTable reads one shop from files of several kinds, and gets one table.
func TestTable(t *testing.T) {
	if testing.Short() {
		t.Skip("makes models")
	}
	db := filepath.Join(t.TempDir(), "shop.db")
	want, told, err := run(t, append(warehouse(t), "-table", "-db", db)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	if rows := fmt.Sprintf("%[1]d rows: %[1]d imported, 0 of fees, 0 blank, 0 rejected\n", len(sales())); told != rows {
		t.Errorf("it told of %q, want %q", told, rows)
	}
	for _, title := range []string{"next_any, 60 cases", "next_new, ", "next_again, 60 cases", "cart, "} {
		_, table, ok := strings.Cut(want, title)
		if table, _, _ = strings.Cut(table, "\n\n"); !ok || strings.Contains(table, "NaN") {
			t.Fatalf("no table of %q:\n%s", title, want)
		}
		for _, line := range []string{"\npopularity ", "\nown history ", "\nrecommend ", "\nndcg beyond popularity: ", "\nndcg beyond own history: "} {
			if !strings.Contains(table, line) {
				t.Errorf("the table of %q lacks %q:\n%s", title, line, table)
			}
		}
	}
	// Everybody takes what they had: popularity is the worse.
	if _, all, _ := strings.Cut(want, "next_any"); !strings.Contains(strings.SplitN(all, "\n\n", 2)[0], ", better\nndcg beyond own") {
		t.Errorf("it is not better than popularity:\n%s", want)
	}
	for name, args := range map[string][]string{"a till in Germany": till(t), "the book that was made": {"-db", db}} {
		got, told, err := run(t, append(args, "-table")...)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, told)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	shopify := file(t, ',', []string{"Name", "Email", "Financial Status", "Created at", "Currency", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku"}, func(s sale) []string {
		return []string{fmt.Sprint("#", s.order), fmt.Sprintf("c%d@example.com", s.customer), "paid", s.at.Format("2006-01-02 15:04:05 -0700"), "EUR", "2", "Tea", "1234.50", strconv.Itoa(s.sku)}
	}, plain)
	got, told, err := run(t, "-orders", shopify, "-table")
	if err != nil || !strings.Contains(got, "next_any, 60 cases") || !strings.Contains(got, "next_again, 60 cases") {
		t.Errorf("an export of Shopify: %v\n%s%s", err, told, got)
	}
	if strings.Contains(got+told, "example.com") {
		t.Errorf("it tells addresses:\n%s%s", told, got)
	}
}

// TestFaults makes sure that what cannot be is told plainly, and all at once.
func TestFaults(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "typo.db")
	empty := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(empty, []byte("Name,Created at,Lineitem quantity,Lineitem price\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, []byte("bon;zeit;preis\n1;2026-01-02;1,50\n2;gestern;1,50\n3;2026-01-02;viel\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"a book that is not there", []string{"-db", missing}, []string{"typo.db"}},
		{"a file that is not there", []string{"-orders", missing + ".csv"}, []string{"typo.db.csv"}},
		{"no orders", []string{"-orders", empty}, []string{"no orders"}},
		{"flags", []string{"-orders", empty, "-currency", "EURO", "-dates", "day", "-decimal", "x", "-zone", "Nowhere/None", "-columns", "bon=Bon,time"},
			[]string{"-currency EURO", "-dates day", "-decimal x", "-zone Nowhere/None", "-columns bon=Bon", "-columns time", "document, email"}},
		{"columns that the file lacks", []string{"-orders", bad, "-columns", "document=Bon,time=Datum,customer=Karte,price=preis"}, []string{"the columns Datum, Karte", "bon, zeit, preis"}},
		{"rows, and too little to learn from", []string{"-orders", bad, "-table", "-columns", "document=bon,time=zeit,price=preis"}, []string{"gestern", "viel", "3 rows: 1 imported", "2 rejected", "not enough data"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, told, err := run(t, c.args...)
			if err == nil || out != "" {
				t.Errorf("it ended well: %s", out)
			}
			for _, want := range c.want {
				if !strings.Contains(told, want) {
					t.Errorf("it does not tell of %q:\n%s", want, told)
				}
			}
			if strings.Contains(told, "goroutine") {
				t.Errorf("it panicked:\n%s", told)
			}
		})
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a book that was not there is made")
	}
}
