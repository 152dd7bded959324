package segment_test

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A history is what the rows of a file say of one customer.
type history struct {
	days   []int64 // of orders, each order once
	orders int64
	spent  int64
}

// compare holds what a catalog tells of groups, rhythm, stages and cohorts to
// what packages rfm and lifecycle make of the rows, as of the end of a day.
func compare(t *testing.T, c *segment.Catalog, rows map[string]*history, today time.Time) {
	t.Helper()
	ctx := t.Context()
	now := today.Unix() / (24 * 60 * 60)
	var m rfm.Measures
	gaps := new(lifecycle.Gaps)
	cohorts := &lifecycle.Cohorts{Last: lifecycle.Month(today.Year(), today.Month()), Open: true}
	for _, h := range rows {
		slices.Sort(h.days)
		last, money := int64(0), h.spent
		if len(h.days) > 0 {
			last = now - h.days[len(h.days)-1]
		}
		m.Recency, m.Frequency, m.Monetary = append(m.Recency, last), append(m.Frequency, h.orders), append(m.Monetary, money)
		gaps.Add(h.days, now)
		var months []int
		for _, d := range h.days {
			at := time.Unix(d*24*60*60, 0).UTC()
			months = append(months, lifecycle.Month(at.Year(), at.Month()))
		}
		cohorts.Add(months)
	}
	edges, err := rfm.Scheme{}.Freeze(m)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := c.Groups(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(edges.Summarize(rfm.Ten(), m), groups); d != "" {
		t.Errorf("Groups (-rows +got):\n%s", d)
	}
	rhythm, _, err := c.Rhythm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := lifecycle.Policy{}.Learn(gaps)
	if d := diff.Diff(want, rhythm); d != "" {
		t.Errorf("Rhythm (-rows +got):\n%s", d)
	}
	stages := map[string]int{}
	for _, h := range rows {
		days := slices.Compact(slices.Clone(h.days))
		of := lifecycle.History{Orders: int64(len(days))}
		if n := len(days); n > 0 {
			of.First, of.Last = days[0], days[n-1]
			if n > 1 {
				of.Gap = days[n-1] - days[n-2]
			}
		}
		s, _, _ := want.Stage(now, of)
		stages[string(s)]++
	}
	for _, stage := range []string{"prospect", "new", "active", "at_risk", "lapsed", "lost", "won_back"} {
		p, err := c.Preview(ctx, segment.Field("life_cycle_stage").Is(stage), 0)
		if err != nil {
			t.Fatal(err)
		}
		if p.Count != stages[stage] {
			t.Errorf("%d customers are %s, want %d", p.Count, stage, stages[stage])
		}
	}
	table, err := c.Cohorts(ctx, segment.Rule{})
	if err != nil {
		t.Fatal(err)
	}
	if table.Last != cohorts.Last || !table.Open {
		t.Errorf("the last month is %d, open %t", table.Last, table.Open)
	}
	if d := diff.Diff(cohorts.Rows, table.Rows); d != "" {
		t.Errorf("Cohorts (-rows +got):\n%s", d)
	}
}

// The groups, the rhythm and the cohorts of CDNOW through a book are those of
// the rows of the file.
func TestCDNOWScores(t *testing.T) {
	list := cdnow(t)
	end := time.Date(1998, 6, 30, 12, 0, 0, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "USD", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]*history{}
	records := func(yield func(crm.Record, error) bool) {
		for i, p := range list {
			order := crm.Order{Ref: crm.Ref{Source: "cdnow", ID: fmt.Sprint(i)}, CustomerID: crm.CustomerID(p.customer), OccurredAt: p.day.Add(12 * time.Hour), Total: crm.Money{Amount: p.cents, Currency: "USD"}}
			if !yield(crm.Record{Order: &order}, nil) {
				return
			}
		}
	}
	for _, p := range list {
		if rows[p.customer] == nil {
			rows[p.customer] = &history{}
			if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: crm.CustomerID(p.customer)}); err != nil {
				t.Fatal(err)
			}
		}
		h := rows[p.customer]
		h.days, h.orders, h.spent = append(h.days, p.day.Unix()/(24*60*60)), h.orders+1, h.spent+p.cents
	}
	if _, err := book.Import(t.Context(), iter.Seq2[crm.Record, error](records), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, c, rows, end)
}

// So are those of Online Retail, with what was given back.
func TestOnlineRetailScores(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million rows")
	}
	path := filepath.Join(cmp.Or(os.Getenv("CLIENTELE_DATA"), filepath.Join("..", "..", "shared", "data")), "online-retail", "online_retail.csv.gz")
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("skipped: no online_retail.csv.gz: %v", err)
	}
	defer f.Close()
	rows, err := retail(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	end := time.Date(2011, 12, 9, 20, 0, 0, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "GBP", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	r, err := shopcsv.NewReader(f, shopcsv.OnlineRetail, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Import(t.Context(), r.Records(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, c, rows, end)
}

// retail reads the rows of Online Retail: an invoice that is not canceled is an
// order when something on it has a price, and all rows are money.
func retail(f io.Reader) (map[string]*history, error) {
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	lines := csv.NewReader(z)
	lines.ReuseRecord = true
	if _, err := lines.Read(); err != nil {
		return nil, err
	}
	rows := map[string]*history{}
	counted := map[string]bool{}
	totals := map[string]map[string]float64{} // by customer and invoice
	for {
		row, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		invoice, customer := strings.Clone(row[0]), strings.Clone(row[6])
		if customer == "" {
			continue
		}
		quantity, err := strconv.Atoi(row[3])
		if err != nil {
			return nil, err
		}
		price, err := strconv.ParseFloat(row[5], 64)
		if err != nil {
			return nil, err
		}
		if rows[customer] == nil {
			rows[customer], totals[customer] = &history{}, map[string]float64{}
		}
		if !counted[invoice] && invoice[0] != 'C' && price > 0 {
			counted[invoice] = true
			day, err := time.Parse(time.DateOnly, row[4][:10])
			if err != nil {
				return nil, err
			}
			rows[customer].orders++
			rows[customer].days = append(rows[customer].days, day.Unix()/(24*60*60))
		}
		totals[customer][invoice] += float64(quantity) * price
	}
	for customer, invoices := range totals {
		for _, total := range invoices {
			rows[customer].spent += int64(math.Round(100 * total))
		}
	}
	return rows, nil
}
