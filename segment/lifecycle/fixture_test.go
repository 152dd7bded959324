package lifecycle_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
		dir = filepath.Join("..", "..", "..", "shared", "data")
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

// dayOf numbers calendar days.
func dayOf(layout, s string) (int64, error) {
	at, err := time.Parse(layout, s)
	return at.Unix() / (24 * 60 * 60), err
}

// day is dayOf for days that are right.
func day(t *testing.T, s string) int64 {
	t.Helper()
	n, err := dayOf(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// retail is Online Retail, once it has been read.
var retail map[string][]int64

// onlineRetail returns the days of the orders of each customer of Online
// Retail: of invoices that are not canceled, lines of a known customer with a
// quantity and a price. They ascend, and must not be changed.
func onlineRetail(t *testing.T) map[string][]int64 {
	t.Helper()
	if testing.Short() {
		t.Skip("half a million rows")
	}
	file := dataset(t, "online-retail", "online_retail.csv.gz")
	if retail == nil {
		orders, err := readRetail(csv.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		retail = orders
	}
	return retail
}

func readRetail(r *csv.Reader) (map[string][]int64, error) {
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return nil, err
	}
	orders := map[string][]int64{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		invoice, quantity, date, price, customer := row[0], row[3], row[4], row[5], row[6]
		amount, err := strconv.ParseFloat(price, 64)
		if err != nil {
			return nil, err
		}
		if customer == "" || strings.HasPrefix(invoice, "C") || strings.HasPrefix(quantity, "-") || amount <= 0 {
			continue
		}
		d, err := dayOf(time.DateOnly, date[:10])
		if err != nil {
			return nil, err
		}
		days := orders[customer]
		if n := len(days); n > 0 && days[n-1] == d {
			continue // another line of the order
		}
		orders[strings.Clone(customer)] = append(days, d)
	}
	for _, days := range orders {
		slices.Sort(days)
	}
	return orders, nil
}

// cdnow returns the days of the purchases of each customer of CDNOW, ascending.
func cdnow(t *testing.T) map[string][]int64 {
	t.Helper()
	orders := map[string][]int64{}
	lines := bufio.NewScanner(dataset(t, "cdnow", "CDNOW_master.txt.gz"))
	for lines.Scan() {
		cells := strings.Fields(lines.Text())
		if len(cells) != 4 || cells[0] == "customer_id" {
			continue
		}
		d, err := dayOf("20060102", cells[1])
		if err != nil {
			t.Fatal(err)
		}
		orders[cells[0]] = append(orders[cells[0]], d)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, days := range orders {
		slices.Sort(days)
	}
	return orders
}

// round cuts a number to six decimals, as tables print it.
func round(x float64) string { return fmt.Sprintf("%.6f", x) }
