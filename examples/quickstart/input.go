package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// input is what to import, as the flags say.
type input struct {
	orders, format, currency string
}

// money returns the currency of the book, "" for the usual one.
func (in *input) money() crm.Currency {
	if in.currency == "" && in.format == string(shopcsv.OnlineRetail) {
		return "GBP"
	}
	return crm.Currency(in.currency)
}

// load imports the shop's export, or a shop of 300 customers that is made up.
func (in *input) load(ctx context.Context, book *crm.Book) error {
	opts := &crm.ImportOptions{Progress: progress()}
	if in.orders == "" {
		n, err := book.Import(ctx, crmtest.Shop(300, 1).Records(), opts)
		print(n)
		return err
	}
	f, err := os.Open(in.orders)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := shopcsv.NewReader(f, shopcsv.Preset(in.format), &shopcsv.Options{Currency: book.Currency(), Rejects: os.Stderr})
	if err != nil {
		return err
	}
	opts.Reject = r.Reject // beside the rows that cannot be read
	n, err := book.Import(ctx, r.Records(), opts)
	rows := r.Report()
	fmt.Printf("%d rows: %d imported, %d of fees, %d blank, %d rejected\n",
		rows.Rows, rows.Imported, rows.Fees, rows.Blank, rows.Rejected)
	print(n)
	return err
}

func print(n *crm.ImportReport) {
	for _, k := range []struct {
		kind string
		crm.ImportCount
	}{{"orders", n.Orders}, {"refunds", n.Refunds}} {
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
