package segment_test

import (
	"bufio"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func TestTable(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd")
	buy(t, book, "ada", 10, 400)
	buy(t, book, "ada", 40, 201)
	buy(t, book, "bob", 3, 50)
	gbp := func(n int64) crm.Value { return crm.Amount(crm.Money{Amount: n, Currency: "GBP"}) }
	var got []segment.Row
	for row, err := range c.Table(ctx, segment.MustParse("customer_id != 'x'"),
		segment.Field("number_of_orders"), segment.Orders().Sum("amount"), segment.Orders().Average("amount"),
		segment.Orders().Last("date"), segment.Field("customer_account_status"), segment.Orders().Distinct("month"),
	) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *row)
	}
	want := []segment.Row{
		{CustomerID: "ada", Values: []crm.Value{crm.Number(2), gbp(60100), gbp(30050), crm.Moment(noon.AddDate(0, 0, -10)), crm.Text("DISABLED"), crm.Number(2)}},
		{CustomerID: "bob", Values: []crm.Value{crm.Number(1), gbp(5000), gbp(5000), crm.Moment(noon.AddDate(0, 0, -3)), crm.Text("DISABLED"), crm.Number(1)}},
		{CustomerID: "cyd", Values: []crm.Value{crm.Number(0), gbp(0), {}, {}, crm.Text("DISABLED"), crm.Number(0)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Table (-want +got):\n%s", diff)
	}
	for _, err := range c.Table(ctx, segment.All(), segment.Field("number_of_orders"), segment.Expr{}, segment.Field("age_"), segment.Field("segments")) {
		wrong, ok := errors.AsType[*segment.RuleError](err)
		if !ok {
			t.Fatalf("Table of what there is not = %v, want a RuleError", err)
		}
		want := []segment.Fault{
			{Path: "values[1]", Want: "a field, an aggregate, days_since, days_between or bucket"},
			{Path: "values[2].field", Got: "age_", Want: "a field of customers", Suggestion: "age"},
			{Path: "values[3]", Got: "segments", Want: "another value: Catalog.Of tells the segments of a customer"},
		}
		if diff := cmp.Diff(want, wrong.Faults); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
	}
}

// cdnow yields the purchases of the sample of CDNOW.
func cdnow(t *testing.T) []purchase {
	t.Helper()
	dir := os.Getenv("CLIENTELE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "cdnow", "CDNOW_sample.txt"))
	if err != nil {
		t.Skipf("skipped: no CDNOW_sample.txt: %v", err)
	}
	defer f.Close()
	var list []purchase
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var p purchase
		var day, dollars string
		if _, err := fmt.Sscan(lines.Text(), &p.master, &p.customer, &day, &p.units, &dollars); err != nil {
			t.Fatal(err)
		}
		if p.day, err = time.Parse("20060102", day); err != nil {
			t.Fatal(err)
		}
		var whole, cents int64
		if _, err := fmt.Sscanf(dollars, "%d.%d", &whole, &cents); err != nil || len(dollars)-strings.Index(dollars, ".") != 3 {
			t.Fatalf("%s dollars: %v", dollars, err)
		}
		p.cents = 100*whole + cents
		list = append(list, p)
	}
	return list
}

type purchase struct {
	master, customer string
	day              time.Time
	units            int
	cents            int64
}

// The summary by which CDNOW is known, of Fader and Hardie: how many days with a
// purchase after the first until 30 September 1997 (x), weeks to the last of them
// (t_x) and to the end (T).
func TestCDNOW(t *testing.T) {
	list := cdnow(t)
	end := time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "USD", Now: func() time.Time { return end.AddDate(0, 0, 1) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	days := map[string][]time.Time{} // by themselves, as they stand in the file
	records := func(yield func(crm.Record, error) bool) {
		for i, p := range list {
			if p.day.After(end) {
				continue
			}
			if known := days[p.customer]; len(known) == 0 || !known[len(known)-1].Equal(p.day) {
				days[p.customer] = append(known, p.day)
			}
			ref := crm.Ref{Source: "cdnow", ID: fmt.Sprintf("%s-%d", p.customer, i)}
			order := crm.Order{Ref: ref, CustomerID: crm.CustomerID(p.customer), OccurredAt: p.day.Add(12 * time.Hour), Total: crm.Money{Amount: p.cents, Currency: "USD"}}
			if !yield(crm.Record{Order: &order}, nil) {
				return
			}
		}
	}
	known := map[string]bool{}
	for _, p := range list {
		if !known[p.customer] {
			known[p.customer] = true
			if _, err := book.Customers.Create(ctx, crm.Customer{ID: crm.CustomerID(p.customer)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := book.Import(ctx, iter.Seq2[crm.Record, error](records), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	published := map[string][3]string{ // shipped with the lifetimes package, two decimals
		"0001": {"2", "30.43", "38.86"}, "0002": {"1", "1.71", "38.86"}, "0003": {"0", "0.00", "38.86"},
		"0157": {"29", "37.71", "38.00"}, "0813": {"13", "33.86", "34.29"}, "1516": {"26", "30.86", "31.00"},
		"2356": {"4", "26.57", "27.00"}, "2357": {"0", "0.00", "27.00"},
	}
	rows, repeats := 0, 0
	first, last := segment.Orders().First("date"), segment.Orders().Last("date")
	for row, err := range c.Table(ctx, segment.All(),
		segment.Orders().Distinct("day"), segment.DaysBetween(first, last), segment.DaysSince(first),
	) {
		if err != nil {
			t.Fatal(err)
		}
		own := days[string(row.CustomerID)]
		x, span, age := int(row.Values[0].Number())-1, int(row.Values[1].Number()), int(row.Values[2].Number())-1 // today is the day after
		wantSpan, wantAge := int(own[len(own)-1].Sub(own[0]).Hours()/24), int(end.Sub(own[0]).Hours()/24)
		if x != len(own)-1 || span != wantSpan || age != wantAge {
			t.Errorf("%s: %d, %d, %d, want %d, %d, %d", row.CustomerID, x, span, age, len(own)-1, wantSpan, wantAge)
		}
		if want, ok := published[string(row.CustomerID)]; ok {
			got := [3]string{fmt.Sprint(x), fmt.Sprintf("%.2f", float64(span)/7), fmt.Sprintf("%.2f", float64(age)/7)}
			if got != want {
				t.Errorf("%s: %v, published are %v", row.CustomerID, got, want)
			}
		}
		rows, repeats = rows+1, repeats+x
	}
	if rows != 2357 || repeats != 2457 {
		t.Errorf("%d customers came back on %d days, want 2357 and 2457", rows, repeats)
	}
}
