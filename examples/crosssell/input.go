package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// input is the shop's own data and how to read it, as the flags say.
type input struct {
	orders, format, columns, currency, dates, decimal, zone string

	as      shopcsv.Format // as what to read it, and how, once the flags are checked
	options shopcsv.Options
}

func (in *input) flags() {
	flag.StringVar(&in.orders, "orders", "", "the shop's orders, a CSV `file`, plain or .gz")
	flag.StringVar(&in.format, "format", "", "shopify, woocommerce or onlineretail; none goes by the header")
	flag.StringVar(&in.columns, "columns", "", "what the columns of any other file are called, such as `document=Bon,time=Datum`")
	flag.StringVar(&in.currency, "currency", "", "of the shop; GBP for onlineretail, else EUR")
	flag.StringVar(&in.dates, "dates", "", "day_first or month_first, for dates such as 03/04/2026")
	flag.StringVar(&in.decimal, "decimal", "", "the decimal mark, for numbers such as 1,234")
	flag.StringVar(&in.zone, "zone", "UTC", "of times without one, such as Europe/Berlin")
}

// money returns the currency of the shop.
func (in *input) money() crm.Currency {
	if in.currency == "" && in.format == string(shopcsv.OnlineRetail) {
		return "GBP"
	}
	if in.currency == "" && in.orders == "" {
		return "" // that of the book
	}
	return crm.Currency(cmp.Or(in.currency, "EUR"))
}

// read takes the orders into the book, and accounts for the rows. What cannot be read
// is told with its reason, a row a line.
func (in *input) read(ctx context.Context, book *crm.Book) error {
	f, err := os.Open(in.orders)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := shopcsv.NewReader(f, in.as, &in.options)
	if err != nil {
		return err
	}
	_, err = book.Import(ctx, r.Records(), &crm.ImportOptions{Reject: r.Reject})
	n := r.Report()
	fmt.Fprintf(os.Stderr, "%d rows: %d imported, %d of fees, %d blank, %d rejected\n", n.Rows, n.Imported, n.Fees, n.Blank, n.Rejected)
	return err
}

// check works out what the flags say, or returns all that is wrong with them.
func (in *input) check() error {
	o := &in.options
	*o = shopcsv.Options{Currency: in.money(), DateOrder: shopcsv.DateOrder(in.dates), Rejects: os.Stderr}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if o.Currency != "" && !o.Currency.Valid() {
		fault("-currency %s: want a code such as EUR", o.Currency)
	}
	if !slices.Contains([]shopcsv.DateOrder{"", shopcsv.DayFirst, shopcsv.MonthFirst}, o.DateOrder) {
		fault("-dates %s: want day_first or month_first", in.dates)
	}
	switch in.decimal {
	case "":
	case ",", ".":
		o.Decimal = in.decimal[0]
	default:
		fault("-decimal %s: want a comma or a point", in.decimal)
	}
	var err error
	if o.Location, err = time.LoadLocation(in.zone); err != nil {
		fault("-zone %s: %w", in.zone, err)
	}
	if in.columns == "" {
		in.as = shopcsv.Preset(in.format)
		return errors.Join(faults...)
	}
	if in.format != "" {
		fault("-columns: a %s export has names of its own", in.format)
	}
	var l shopcsv.Log
	columns := map[string]*string{
		"document": &l.Document, "time": &l.Time, "customer": &l.Customer, "email": &l.Email, "sku": &l.SKU, "title": &l.Title,
		"quantity": &l.Quantity, "price": &l.Price, "amount": &l.Amount, "currency": &l.Currency, "country": &l.Country,
	}
	for part := range strings.SplitSeq(in.columns, ",") {
		name, column, ok := strings.Cut(part, "=")
		if at := columns[strings.TrimSpace(name)]; at != nil && ok {
			*at = strings.TrimSpace(column)
		} else {
			fault("-columns %s: want name=column, the name one of %s", part, strings.Join(slices.Sorted(maps.Keys(columns)), ", "))
		}
	}
	in.as = l
	return errors.Join(faults...)
}
