package main

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// input is what to import, as the flags say.
type input struct {
	orders, format, currency string
}

// money returns the currency of the shop.
func (in *input) money() crm.Currency {
	if in.currency == "" && in.format == string(shopcsv.OnlineRetail) {
		return "GBP"
	}
	return crm.Currency(cmp.Or(in.currency, "EUR"))
}

// source is an input that was opened.
type source struct {
	io.Closer
	records iter.Seq2[crm.Record, error]
	options crm.ImportOptions
	reader  *shopcsv.Reader // nil for the made-up shop
}

// open opens the shop's export, or makes up a shop of 300 customers.
func (in *input) open() (*source, error) {
	s := &source{Closer: io.NopCloser(nil), options: crm.ImportOptions{Progress: progress()}}
	if in.orders == "" {
		shop := crmtest.Shop(300, 1)
		shop.Base = in.money()
		s.records = shop.All()
		return s, nil
	}
	f, err := os.Open(in.orders)
	if err != nil {
		return nil, err
	}
	// Rows that cannot be read go to Rejects, and records that the book
	// refuses join them.
	s.reader, err = shopcsv.NewReader(f, shopcsv.Preset(in.format), &shopcsv.Options{Currency: in.money(), Rejects: os.Stderr})
	if err != nil {
		f.Close()
		return nil, err
	}
	s.Closer, s.records, s.options.Reject = f, s.reader.Records(), s.reader.Reject
	return s, nil
}

// print accounts for every row, and for every order, refund and interaction in
// them.
func (s *source) print(n *crm.ImportReport) {
	if s.reader != nil {
		rows := s.reader.Report()
		fmt.Printf("%d rows: %d imported, %d of fees, %d blank, %d rejected\n",
			rows.Rows, rows.Imported, rows.Fees, rows.Blank, rows.Rejected)
	}
	for _, k := range []struct {
		kind string
		crm.ImportCount
	}{{"orders", n.Orders}, {"refunds", n.Refunds}, {"interactions", n.Interactions}} {
		if k.kind == "interactions" && k.ImportCount == (crm.ImportCount{}) {
			continue // exports have none
		}
		fmt.Printf("%d %s: %d new, %d changed, %d known\n", k.Created+k.Updated+k.Unchanged, k.kind, k.Created, k.Updated, k.Unchanged)
	}
}

// progress returns a function that keeps a line on the terminal, if there is one.
func progress() func(crm.ImportReport) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(n crm.ImportReport) {
		fmt.Fprintf(os.Stderr, "\r%d records in %.1fs\r", n.Records, n.Elapsed.Seconds())
	}
}
