package shopcsv

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Log is the Format of a plain transaction log: a row is a line of a sales
// document. Its fields name the columns of the file; "" is a column that the
// file lacks. Document and Time are needed, and Price or Amount.
//
// A row's amount is Quantity × Price rounded to the minor unit, halves away
// from zero. A document is a refund, else an adjustment, else a write-off,
// else a sale, by the rules below; what stands in several rows, such as the
// time, is taken from the first that has it.
type Log struct {
	Document string // the number of the invoice, receipt or order
	Time     string
	Customer string // the source's key of the buyer; without it and Email the document is anonymous
	Email    string
	SKU      string
	Title    string
	Quantity string // whole; a log without it has one of each
	Price    string // of one unit; may have more decimals than the currency
	Amount   string // of the row; replaces Quantity × Price
	Currency string
	Country  string

	// Refund begins the numbers of documents that give money back. When it is
	// "", documents of a negative sum do.
	Refund string
	// Adjustment begins the numbers of documents that correct money only.
	Adjustment string
	// WriteOff makes a write-off of a document without any row of positive
	// quantity and price.
	WriteOff bool
	// Kinds tells the codes in SKU that are no products, without regard to
	// case. A code that ends in * stands for all that begin so.
	Kinds map[string]crm.ItemKind
}

// onlineRetail is the file of the UCI Machine Learning Repository, no. 352.
// All its stock codes that are no article numbers are listed: a fee is what
// the shop charges or is charged, PADS a token line of 0.001.
func onlineRetail() Log {
	return Log{
		Document: "InvoiceNo", Time: "InvoiceDate", Customer: "CustomerID", SKU: "StockCode", Title: "Description",
		Quantity: "Quantity", Price: "UnitPrice", Country: "Country",
		Refund: "C", Adjustment: "A", WriteOff: true,
		Kinds: map[string]crm.ItemKind{
			"POST": crm.ItemFee, "DOT": crm.ItemFee, "C2": crm.ItemFee, "M": crm.ItemFee, "S": crm.ItemFee, "B": crm.ItemFee,
			"BANK CHARGES": crm.ItemFee, "AMAZONFEE": crm.ItemFee, "CRUK": crm.ItemFee, "PADS": crm.ItemFee,
			"D": crm.ItemDiscount, "gift_*": crm.ItemGiftCard,
		},
	}
}

func (f Log) open(s *sheet) (parser, error) {
	p := &logParser{sheet: s, log: f, kinds: make(map[string]crm.ItemKind), seen: make(map[string]bool)}
	s.opts.Source = cmp.Or(s.opts.Source, "log")
	columns := []struct {
		at   *col
		name string
		need bool
	}{
		{&p.document, f.Document, true}, {&p.at, f.Time, true}, {&p.customer, f.Customer, false}, {&p.email, f.Email, false},
		{&p.sku, f.SKU, false}, {&p.title, f.Title, false}, {&p.quantity, f.Quantity, false},
		{&p.price, f.Price, f.Amount == ""}, {&p.amount, f.Amount, false},
		{&p.money, f.Currency, false}, {&p.country, f.Country, false},
	}
	var missing []string
	for _, c := range columns {
		switch {
		case c.name != "":
			if *c.at = s.col(c.name); *c.at == 0 {
				missing = append(missing, c.name)
			}
		case c.need:
			return nil, invalid("Log", "", "the columns Document and Time, and Price or Amount")
		}
	}
	switch len(missing) {
	case 0:
	case 1:
		return nil, &HeaderError{Format: "transaction log", Want: "the column " + missing[0], Header: s.names}
	default:
		return nil, &HeaderError{Format: "transaction log", Want: "the columns " + strings.Join(missing, ", "), Header: s.names}
	}
	if p.money == 0 && s.opts.Currency == "" {
		return nil, invalid("Currency", "", "the currency of the file")
	}
	for _, code := range slices.Sorted(maps.Keys(f.Kinds)) {
		upper := strings.ToUpper(code)
		if prefix, ok := strings.CutSuffix(upper, "*"); ok {
			p.prefixes = append(p.prefixes, prefix)
		}
		p.kinds[upper] = f.Kinds[code]
	}
	slices.SortFunc(p.prefixes, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the longest wins
	return p, nil
}

type logParser struct {
	*sheet
	log                                                        Log
	document, at, customer, email, sku, title, quantity, price col
	amount, money, country                                     col

	kinds    map[string]crm.ItemKind // by code in capitals
	prefixes []string                // those that end in *, without it
	seen     map[string]bool         // products emitted by SKU; true with title and price
}

func (p *logParser) grouping() grouping { return grouping{named: p.document} }

func (p *logParser) key(r *row) string { return integral(r.code(p.document)) }

// kind returns what sort of item a code stands for.
func (p *logParser) kind(sku string) crm.ItemKind {
	if len(p.kinds) == 0 || sku == "" {
		return crm.ItemProduct
	}
	code := strings.ToUpper(sku)
	if kind, ok := p.kinds[code]; ok {
		return kind
	}
	for _, prefix := range p.prefixes {
		if strings.HasPrefix(code, prefix) {
			return p.kinds[prefix+"*"]
		}
	}
	return crm.ItemProduct
}

func (p *logParser) records(rows []*row) []crm.Record {
	first := rows[0]
	number := p.key(first)
	order := &crm.Order{Ref: p.ref(number), Number: number, Currency: p.opts.Currency}
	var id, email, country string
	for _, r := range rows {
		if order.OccurredAt.IsZero() {
			order.OccurredAt = p.time(r, p.at)
		} else if p.time(r, p.at); r.faults != nil {
			return nil
		}
		id, email = cmp.Or(id, integral(r.code(p.customer))), cmp.Or(email, r.text(p.email))
		country = cmp.Or(country, r.text(p.country))
	}
	if order.OccurredAt.IsZero() && first.faults == nil {
		first.fail(p.name(p.at), "", "want a time")
	}
	if p.money != 0 {
		order.Currency = p.currency(first, p.money)
	}
	if country == "Unspecified" {
		country = ""
	}
	order.Email, order.Billing.Country = email, country
	sold := false
	order.Total = crm.Money{Currency: order.Currency}
	order.Items = make([]crm.Item, len(rows))
	for i, r := range rows {
		item, price := p.item(r, order.Currency)
		order.Items[i] = item
		sold = sold || item.Quantity > 0 && price > 0
		total, err := order.Total.Add(item.Total)
		if err != nil && r.faults == nil {
			r.fail("", "", "want a sum within range")
		}
		order.Total = total
	}
	for _, r := range rows {
		if r.faults != nil {
			return nil
		}
	}
	recs := p.products(rows, order)
	rec := crm.Record{Order: order}
	refund := p.log.Refund
	switch {
	case refund != "" && strings.HasPrefix(number, refund), refund == "" && order.Total.Sign() < 0:
		rec = crm.Record{Refund: refundOf(order)}
	case p.log.Adjustment != "" && strings.HasPrefix(number, p.log.Adjustment):
		order.Kind = crm.KindAdjustment
	case p.log.WriteOff && !sold:
		order.Kind = crm.KindWriteOff
	}
	if id != "" || email != "" {
		rec.Customer = &crm.Customer{Email: email, FirstSeenAt: order.OccurredAt}
		if id != "" {
			rec.Customer.Refs = []crm.Ref{p.ref(id)}
		}
		if country != "" {
			rec.Customer.Addresses = []crm.Address{{Country: country}}
		}
	}
	return append(recs, rec)
}

// item reads the item of a row, and the price before rounding as a sign.
func (p *logParser) item(r *row, c crm.Currency) (crm.Item, int64) {
	item := crm.Item{SKU: r.code(p.sku), Title: r.text(p.title)}
	item.Kind = p.kind(item.SKU)
	r.fee = item.Kind != crm.ItemProduct
	item.Quantity = 1
	if p.quantity != 0 {
		item.Quantity = p.whole(r, p.quantity, 0)
		if r.text(p.quantity) == "" {
			r.fail(p.name(p.quantity), "", "want a quantity")
		}
	}
	amount := p.price
	if p.amount != 0 {
		amount = p.amount
	}
	if r.text(amount) == "" {
		r.fail(p.name(amount), "", "want an amount")
	}
	price := p.decimal(r, p.price, c)
	var err error
	if item.Price, err = price.times(1, c); err != nil {
		r.fail(p.name(p.price), r.text(p.price), "want "+err.Error())
	}
	sign := price.coef
	if p.amount != 0 {
		d := p.decimal(r, p.amount, c)
		sign = d.coef
		item.Total, err = d.times(1, c)
		if p.price == 0 && item.Quantity != 0 {
			item.Price, _ = item.Total.Mul(1, item.Quantity)
		}
		if item.Quantity < 0 {
			sign = -sign
		}
	} else {
		item.Total, err = price.times(item.Quantity, c)
	}
	if err != nil {
		r.fail(p.name(amount), r.text(amount), "want "+err.Error())
	}
	return item, sign
}

// refundOf turns the signs of a document that gives money back.
func refundOf(o *crm.Order) *crm.Refund {
	r := &crm.Refund{Ref: o.Ref, Currency: o.Currency, Amount: o.Total.Neg(), OccurredAt: o.OccurredAt}
	r.Lines = make([]crm.RefundLine, len(o.Items))
	for i, item := range o.Items {
		r.Lines[i] = crm.RefundLine{
			Kind: item.Kind, SKU: item.SKU, Title: item.Title,
			Quantity: max(0, -item.Quantity), Amount: item.Total.Neg(),
		}
	}
	return r
}

// products returns the products that a document mentions for the first time,
// as far as it tells about them. A product is told of twice at most: when a
// row first mentions it, and when one first has both a price and a
// description, from which it then has its title, price and date. The versions
// are those of the rows and of 1970, so that reading a file again, or reading
// the shop's real catalog, is never undone.
func (p *logParser) products(rows []*row, o *crm.Order) []crm.Record {
	var recs []crm.Record
	at := make(map[string]int)
	for i, item := range o.Items {
		if item.SKU == "" || item.Kind != crm.ItemProduct {
			continue
		}
		full := item.Title != "" && item.Price.Sign() > 0
		known, ok := p.seen[item.SKU]
		if ok && (known || !full) {
			continue
		}
		p.seen[item.SKU] = full
		product := &crm.Product{
			Ref:      p.ref(item.SKU),
			Variants: []crm.Variant{{SKU: item.SKU}},
			Version:  time.UnixMilli(1).UTC(),
		}
		if full {
			product.Title, product.Published = item.Title, true
			product.Variants[0].Price = item.Price
			product.PublishedAt, product.Version = o.OccurredAt, o.OccurredAt
		}
		rec := crm.Record{Product: product, Line: rows[i].line}
		if j, ok := at[item.SKU]; ok {
			recs[j] = rec
			continue
		}
		at[item.SKU] = len(recs)
		recs = append(recs, rec)
	}
	return recs
}
