package shopcsv_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// logHeader is that of the preset OnlineRetail.
const logHeader = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"

// logRow is a row of it.
func logRow(invoice, code string, quantity int) string {
	return fmt.Sprintf("%s,%s,LANTERN,%d,2010-12-01 08:26:00,3.39,17850.0,France\n", invoice, code, quantity)
}

// read reads a text and returns the main records as words, the report and the
// rejects.
func read(t *testing.T, text string, f shopcsv.Format, opts shopcsv.Options) (words []string, report shopcsv.Report, rejects string) {
	t.Helper()
	var out bytes.Buffer
	opts.Rejects = &out
	r, err := shopcsv.NewReader(strings.NewReader(text), f, &opts)
	if err != nil {
		t.Fatal(err)
	}
	for rec, err := range r.Records() {
		switch {
		case err != nil:
			t.Fatal(err)
		case rec.Order != nil:
			words = append(words, fmt.Sprintf("%s: %d items", rec.Order.Number, len(rec.Order.Items)))
		case rec.Refund != nil:
			words = append(words, fmt.Sprintf("%s: %d lines", rec.Refund.Ref.ID, len(rec.Refund.Lines)))
		}
	}
	account(t, r)
	return words, r.Report(), out.String()
}

func TestWindow(t *testing.T) {
	text := logHeader + logRow("1", "A", 1) + logRow("2", "A", 1) + logRow("1", "B", 1) + logRow("3", "A", 1) + logRow("4", "A", 1) + logRow("2", "B", 1)
	for _, c := range []struct {
		window   int
		want     []string
		rejected int64
	}{
		{0, []string{"1: 2 items", "3: 1 items", "4: 1 items", "2: 2 items"}, 0},
		{3, []string{"1: 2 items", "3: 1 items", "4: 1 items", "2: 2 items"}, 0},
		{1, []string{"2: 1 items", "1: 2 items", "3: 1 items", "4: 1 items"}, 1},
	} {
		got, report, rejects := read(t, text, shopcsv.OnlineRetail, shopcsv.Options{Window: c.window})
		if diff := cmp.Diff(c.want, got); diff != "" || report.Rejected != c.rejected {
			t.Errorf("window %d: %d rejected, (-want +got)\n%s%s", c.window, report.Rejected, diff, rejects)
		}
		if c.rejected > 0 && !strings.Contains(rejects, "raise Options.Window") {
			t.Errorf("window %d: the rejects do not tell what to do:\n%s", c.window, rejects)
		}
	}
}

// A document is imported whole or not at all, so that its mended rows replace
// nothing but are it.
func TestRejectsMended(t *testing.T) {
	text := logHeader + logRow("1", "A", 1) + strings.Replace(logRow("1", "B", 2), ",2,", ",two,", 1) + logRow("2", "A", 1)
	got, report, rejects := read(t, text, shopcsv.OnlineRetail, shopcsv.Options{})
	if diff := cmp.Diff([]string{"2: 1 items"}, got); diff != "" || report.Rejected != 2 {
		t.Errorf("%d rejected, (-want +got)\n%s", report.Rejected, diff)
	}
	want := `reject_line,reject_field,reject_value,reject_reason,InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
2,,,the document is rejected for its line 3,1,A,LANTERN,1,2010-12-01 08:26:00,3.39,17850.0,France
3,Quantity,two,want a whole number,1,B,LANTERN,two,2010-12-01 08:26:00,3.39,17850.0,France
`
	if diff := cmp.Diff(want, rejects); diff != "" {
		t.Errorf("rejects (-want +got)\n%s", diff)
	}
	mended := strings.Replace(rejects, "LANTERN,two", "LANTERN,2", 1)
	got, report, rejects = read(t, mended, shopcsv.OnlineRetail, shopcsv.Options{})
	if diff := cmp.Diff([]string{"1: 2 items"}, got); diff != "" || report.Rejected != 0 {
		t.Errorf("mended: (-want +got)\n%s%s", diff, rejects)
	}
}

// What the book refuses later joins the rows that could not be read.
func TestRejectRefused(t *testing.T) {
	text := logHeader + logRow("1", "A", 1) + logRow("1", "POST", 1) + logRow("2", "A", 1)
	var rejects bytes.Buffer
	r, err := shopcsv.NewReader(strings.NewReader(text), shopcsv.OnlineRetail, &shopcsv.Options{Rejects: &rejects})
	if err != nil {
		t.Fatal(err)
	}
	var recs []crm.Record
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, rec)
	}
	refusal := &crm.Error{Op: "Import", Err: &crm.InvalidError{Fields: []crm.FieldError{
		{Field: "number", Value: "1", Want: "a better number"}, {Field: "note", Want: "one"},
	}}}
	i := slices.IndexFunc(recs, func(r crm.Record) bool { return r.Order != nil })
	r.Reject(recs[i], refusal)
	r.Reject(recs[0], errors.New("no such product")) // the product, which has no rows of its own
	r.Reject(recs[i], refusal)                       // once more: its rows are gone
	account(t, r)
	if got := r.Report(); got.Imported != 1 || got.Fees != 0 || got.Rejected != 2 {
		t.Errorf("report %+v", got)
	}
	want := `2,number,1,"want a better number; note """": want one",1,A,LANTERN,1,2010-12-01 08:26:00,3.39,17850.0,France
3,,,the document is rejected for its line 2,1,POST,LANTERN,1,2010-12-01 08:26:00,3.39,17850.0,France
2,,,no such product,,,,,,,,
2,number,1,"want a better number; note """": want one",,,,,,,,
`
	_, got, _ := strings.Cut(rejects.String(), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rejects (-want +got)\n%s", diff)
	}
}

func TestOddRows(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		want       []string
		reason     string // of the first reject
	}{
		{"short", "1,A\n" + logRow("1", "B", 1) + logRow("2", "A", 1), []string{"2: 1 items"}, "want 8 cells as in the header, not 2"},
		{"long", strings.TrimSpace(logRow("1", "A", 1)) + ",x\n", nil, "want 8 cells as in the header, not 9"},
		{"blank cells behind", strings.TrimSpace(logRow("1", "A", 1)) + ",,,\n", []string{"1: 1 items"}, ""},
		{"blank rows", "\n,,,,,,,\n" + logRow("1", "A", 1), []string{"1: 1 items"}, ""},
		{"no number", logRow("", "A", 1), nil, "want the name of the document"},
		{"no time", strings.Replace(logRow("1", "A", 1), "2010-12-01 08:26:00", "", 1), nil, "want a time"},
		{"bad time in a later row", logRow("1", "A", 1) + strings.Replace(logRow("1", "A", 1), "2010-12", "2010-13", 1), nil, "the document is rejected for its line 3"},
		{"no price", strings.Replace(logRow("1", "A", 1), "3.39", "", 1), nil, "want an amount"},
		{"huge price", strings.Replace(logRow("1", "A", 1), "3.39", "99999999999999999", 1), nil, "want a number within range"},
		{"huge sum", strings.Repeat(strings.Replace(logRow("1", "A", 1), "3.39", "60000000000000000", 1), 2), nil, "the document is rejected for its line 3"},
		{"other currency", strings.Replace(logRow("1", "A", 1), "3.39", "EUR 3.39", 1), nil, "want an amount in GBP"},
		{"too long", "1," + strings.Repeat("x", shopcsv.MaxRow) + "\n" + logRow("2", "A", 1), []string{"2: 1 items"}, "want a row of at most 1 MiB and 4,096 cells"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, rejects := read(t, logHeader+c.rows, shopcsv.OnlineRetail, shopcsv.Options{})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			_, rejects, _ = strings.Cut(rejects, "\n")
			if !strings.Contains(rejects[:min(300, len(rejects))], c.reason) || (rejects == "") != (c.reason == "") {
				t.Errorf("rejects do not say %q:\n%.300s", c.reason, rejects)
			}
		})
	}
}

// A document without end does not fill the memory: its rows go to the rejects.
func TestDocumentTooLong(t *testing.T) {
	text := logHeader + strings.Repeat(logRow("1", "A", 1), shopcsv.MaxDocument+10) + logRow("2", "A", 1)
	got, report, _ := read(t, text, shopcsv.OnlineRetail, shopcsv.Options{})
	if diff := cmp.Diff([]string{"2: 1 items"}, got); diff != "" || report.Rejected != shopcsv.MaxDocument+10 {
		t.Errorf("report %+v, (-want +got)\n%s", report, diff)
	}
}

func TestDetect(t *testing.T) {
	for _, f := range fixtures {
		if f.found == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join("testdata", f.file+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		rows, _, err := shopcsv.Cut(strings.NewReader(strings.TrimPrefix(line, "\ufeff")), ',')
		if err != nil {
			t.Fatal(err)
		}
		header := rows[0]
		if len(header) == 1 {
			header = strings.FieldsFunc(line, func(r rune) bool { return r == ';' || r == '\t' })
		}
		if got, err := shopcsv.Detect(header); got != f.found {
			t.Errorf("%s: detected %q, %v, want %q", f.file, got, err, f.found)
		}
	}
	for _, c := range []struct {
		format shopcsv.Format
		header string
		want   string
	}{
		{shopcsv.Any, "Nombre;Correo", "no known format: want a header of Shopify, WooCommerce or another preset, or Options.Columns to rename columns; the header found is: Nombre, Correo"},
		{shopcsv.Shopify, "a,b", "no shopify export: want the header of its orders, customers or products, or Options.Columns to rename columns; the header found is: a, b"},
		{shopcsv.ShopifyOrders, "Name,Total", "no shopify_orders: want the columns Created at, Lineitem quantity, Lineitem price; the header found is: Name, Total"},
		{till, "Datum,Kunde", "no transaction log: want the columns Beleg, Artikel, Bezeichnung, Menge, Einzelpreis, Währung; the header found is: Datum, Kunde"},
		{till, "Datum,Kunde,Artikel,Bezeichnung,Menge,Einzelpreis,Währung", "no transaction log: want the column Beleg; the header found is: Datum, "},
		{shopcsv.Any, "", "no known format: want a header; the header found is: "},
		{shopcsv.Preset("magento"), "a,b", `invalid: Options.Format "magento": want one of shopify, woocommerce, `},
		{shopcsv.WooCommerceProducts, "ID,Type,SKU,Name,Regular price", "Options.Currency"},
		{shopcsv.Log{Document: "a", Time: "b"}, "a,b", "Document and Time, and Price or Amount"},
		{shopcsv.Any, "\xff\xfea\x00", "UTF-16"},
	} {
		_, err := shopcsv.NewReader(strings.NewReader(c.header), c.format, nil)
		if !errors.Is(err, crm.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, header %q: error %v\nwant %s", c.format, c.header, err, c.want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, opts := range []shopcsv.Options{{Source: "a b"}, {Source: "a:b"}, {Currency: "eur"}, {Decimal: 'x'}, {DateOrder: "ymd"}, {ListStatus: "vip"}} {
		if _, err := shopcsv.NewReader(strings.NewReader(logHeader), shopcsv.OnlineRetail, &opts); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%+v: error %v, want ErrInvalid", opts, err)
		}
	}
	got, _, _ := read(t, strings.ReplaceAll(logHeader+logRow("7", "A", 1), "InvoiceNo", "Factuur"), shopcsv.OnlineRetail,
		shopcsv.Options{Columns: map[string]string{"factuur": "InvoiceNo"}})
	if diff := cmp.Diff([]string{"7: 1 items"}, got); diff != "" {
		t.Errorf("renamed column (-want +got)\n%s", diff)
	}
}

func TestForms(t *testing.T) {
	plain := logHeader + logRow("1", "A", 1) + logRow("2", "A", 1)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"gzip": packed.String(), "byte order mark": "\ufeff" + plain, "CRLF": strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons": strings.ReplaceAll(plain, ",", ";"), "tabs": strings.ReplaceAll(plain, ",", "\t"),
		"bars": "sep=|\n" + strings.ReplaceAll(plain, ",", "|"), "blank lines before": "\n\n" + plain, "blank columns behind": strings.ReplaceAll(plain, "\n", ",,\n"),
	} {
		got, _, rejects := read(t, text, shopcsv.OnlineRetail, shopcsv.Options{})
		if diff := cmp.Diff([]string{"1: 1 items", "2: 1 items"}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s%s", name, diff, rejects)
		}
	}
}

// A file that breaks off yields an error, and of the documents that may be
// incomplete nothing.
func TestBrokenFile(t *testing.T) {
	broken := errors.New("broken")
	r, err := shopcsv.NewReader(
		io.MultiReader(strings.NewReader(logHeader+logRow("1", "A", 1)+logRow("2", "A", 1)), iotest.ErrReader(broken)),
		shopcsv.OnlineRetail, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err = range r.Records() {
		if err == nil {
			n++
		}
	}
	if !errors.Is(err, broken) || n != 0 {
		t.Errorf("error %v after %d records", err, n)
	}
	if got := r.Report(); got.Pending != 2 || got.Rows != 2 {
		t.Errorf("report %+v", got)
	}
}

// Rejects that cannot be written end the run: they must not be lost.
func TestRejectsFail(t *testing.T) {
	broken := errors.New("broken")
	r, err := shopcsv.NewReader(strings.NewReader(logHeader+"x\n"+logRow("1", "A", 1)), shopcsv.OnlineRetail,
		&shopcsv.Options{Rejects: failingWriter{broken}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err = range r.Records() {
	}
	if !errors.Is(err, broken) || !errors.Is(r.Err(), broken) {
		t.Errorf("errors %v and %v", err, r.Err())
	}
}

// A loop that was left goes on where it was.
func TestRecordsResume(t *testing.T) {
	r, err := shopcsv.NewReader(bytes.NewReader(logFile(50)), shopcsv.OnlineRetail, nil)
	if err != nil {
		t.Fatal(err)
	}
	orders := 0
	for r.Report().Orders < 50 {
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			if rec.Order != nil {
				orders++
				break
			}
		}
	}
	if orders != 50 {
		t.Errorf("%d orders, want 50", orders)
	}
}

// Products are told of before they are sold, twice at most, the better version
// later, so that reading a file again changes nothing.
func TestLogProducts(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	text := logHeader +
		"1,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom\n" +
		"2,22139,damaged,-1,2010-12-01 12:00:00,0.0,,United Kingdom\n" +
		"3,22139,RETROSPOT TEA SET,1,2010-12-01 13:00:00,4.25,17850.0,United Kingdom\n" +
		"4,22139,amended,1,2010-12-01 14:00:00,9.99,,United Kingdom\n"
	r, err := shopcsv.NewReader(strings.NewReader(text), shopcsv.OnlineRetail, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []crm.Product
	for rec := range r.Records() {
		if rec.Product != nil {
			got = append(got, *rec.Product)
		}
	}
	ref := crm.Ref{Source: "onlineretail", ID: "22139"}
	want := []crm.Product{
		{Ref: ref, Variants: []crm.Variant{{SKU: "22139"}}, Version: time.UnixMilli(1).UTC()},
		{
			Ref: ref, Title: "RETROSPOT TEA SET", Published: true,
			Variants:    []crm.Variant{{SKU: "22139", Price: crm.Money{Amount: 425, Currency: "GBP"}}},
			PublishedAt: at("2010-12-01 13:00:00"), Version: at("2010-12-01 13:00:00"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// endless is a log of n documents that is made while it is read.
type endless struct {
	n, at int
	rest  []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.rest) < len(p) && e.at < e.n {
		if e.at == 0 {
			e.rest = append(e.rest, logHeader...)
		}
		for j := range 4 {
			e.rest = fmt.Appendf(e.rest, "%d,%d,LANTERN,1,2010-12-01 08:26:00,3.39,%d.0,France\n", e.at, (e.at+j)%3000, e.at)
		}
		e.at++
	}
	n := copy(p, e.rest)
	e.rest = append(e.rest[:0], e.rest[n:]...)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Memory does not grow with the file: what is kept are the open documents, the
// rows of the last records, and hashes.
func TestBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	r, err := shopcsv.NewReader(&endless{n: 250_000}, shopcsv.OnlineRetail, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, orders := uint64(0), 0
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Order != nil {
			if orders++; orders%50_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc)
			}
		}
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 3*shopcsv.MaxKept {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	} else {
		t.Logf("the heap grew by %d MiB", grown>>20)
	}
}

// The book may refuse records on one goroutine while another reads on.
func TestConcurrentReject(t *testing.T) {
	var rejects bytes.Buffer
	r, err := shopcsv.NewReader(bytes.NewReader(logFile(500)), shopcsv.OnlineRetail, &shopcsv.Options{Rejects: &rejects})
	if err != nil {
		t.Fatal(err)
	}
	recs, done := make(chan crm.Record), make(chan bool)
	go func() {
		for rec := range recs {
			r.Reject(rec, crm.ErrConflict)
			r.Report()
		}
		done <- true
	}()
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		recs <- rec
	}
	close(recs)
	<-done
	account(t, r)
	if got := r.Report(); got.Rejected != got.Rows {
		t.Errorf("report %+v", got)
	}
}
