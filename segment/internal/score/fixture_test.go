package score_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// dataset opens a real file, or skips.
func dataset(t *testing.T, name ...string) io.Reader {
	t.Helper()
	dir := os.Getenv("CLIENTELE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{dir}, name...)...)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no data set at %s; set CLIENTELE_DATA", path)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// day numbers calendar days.
func day(t *testing.T, layout, s string) int64 {
	t.Helper()
	at, err := time.Parse(layout, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix() / (24 * 60 * 60)
}

// onlineRetail returns the days of the orders of each customer of Online
// Retail, in the order of the file: of invoices that are not canceled, lines of
// a known customer with a quantity and a price.
func onlineRetail(t *testing.T) map[string][]int64 {
	t.Helper()
	if testing.Short() {
		t.Skip("half a million rows")
	}
	r := csv.NewReader(dataset(t, "online-retail", "online_retail.csv.gz"))
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	orders := map[string][]int64{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return orders
		} else if err != nil {
			t.Fatal(err)
		}
		invoice, quantity, date, price, customer := row[0], row[3], row[4], row[5], row[6]
		amount, err := strconv.ParseFloat(price, 64)
		if err != nil {
			t.Fatal(err)
		}
		if customer == "" || strings.HasPrefix(invoice, "C") || strings.HasPrefix(quantity, "-") || amount <= 0 {
			continue
		}
		orders[strings.Clone(customer)] = append(orders[customer], day(t, time.DateOnly, date[:10]))
	}
}

// cdnow returns the days of the purchases of each customer of CDNOW.
func cdnow(t *testing.T) map[string][]int64 {
	t.Helper()
	orders := map[string][]int64{}
	lines := bufio.NewScanner(dataset(t, "cdnow", "CDNOW_master.txt.gz"))
	for lines.Scan() {
		cells := strings.Fields(lines.Text())
		if len(cells) != 4 || cells[0] == "customer_id" {
			continue
		}
		orders[cells[0]] = append(orders[cells[0]], day(t, "20060102", cells[1]))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return orders
}

// round cuts a number to six decimals, as tables print it.
func round(x float64) string { return fmt.Sprintf("%.6f", x) }
