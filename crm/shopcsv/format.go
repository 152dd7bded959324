package shopcsv

import (
	"cmp"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Format says what a file holds: a [Preset], or a [Log] with columns of the
// caller's.
type Format interface {
	open(s *sheet) (parser, error)
}

// A parser turns the rows of one format into records.
type parser interface {
	// key names the document that the row belongs to, "" when it names none.
	key(r *row) string
	// grouping tells how rows make up documents.
	grouping() grouping
	// records makes the records of one document. The last of them stands for
	// the rows; the others are by-products. What is wrong with the rows it
	// notes on them.
	records(rows []*row) []crm.Record
}

// grouping tells how rows make up documents.
type grouping struct {
	rowed bool // every row is one
	whole bool // none is complete before the end of the file
	named col  // the column that holds the document's name
}

// A Preset is the name of a Format that is built in, fit for a command line.
type Preset string

// The presets.
const (
	Any                  Preset = ""            // whichever of the others the header fits
	Shopify              Preset = "shopify"     // whichever of Shopify's
	WooCommerce          Preset = "woocommerce" // whichever of WooCommerce's
	ShopifyOrders        Preset = "shopify_orders"
	ShopifyCustomers     Preset = "shopify_customers"
	ShopifyProducts      Preset = "shopify_products"
	WooCommerceOrders    Preset = "woocommerce_orders"
	WooCommerceCustomers Preset = "woocommerce_customers"
	WooCommerceProducts  Preset = "woocommerce_products"
	Mailchimp            Preset = "mailchimp"           // the contacts of an audience
	Klaviyo              Preset = "klaviyo"             // the profiles of a list or a segment
	OnlineRetail         Preset = "onlineretail"        // the transaction log of the UCI Machine Learning Repository, no. 352
	OwnCustomers         Preset = "clientele_customers" // as WriteCustomers writes them
	OwnOrders            Preset = "clientele_orders"    // as WriteOrders writes them
)

// A shape is how a preset is known by its header, and how it is opened. Each
// element of need lists the names of one column, parted by bars.
type shape struct {
	preset   Preset
	need     []string
	source   string
	decimal  byte
	currency crm.Currency
	open     func(*sheet) (parser, error)
}

// shapes are in the order in which they are tried.
func shapes() []shape {
	return []shape{
		{OwnOrders, []string{"occurred_at", "states", "total", "item_quantity"}, "clientele", '.', "", openOwnOrders},
		{OwnCustomers, []string{"given_name", "family_name", "account", "first_seen_at"}, "clientele", '.', "", openOwnCustomers},
		{
			OnlineRetail,
			[]string{"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"},
			"onlineretail", '.', "GBP", onlineRetail().open,
		},
		{ShopifyOrders, []string{"Name", "Created at", "Lineitem quantity", "Lineitem price"}, "shopify", '.', "", openShopifyOrders},
		{ShopifyProducts, []string{"Handle|URL handle", "Title", "Variant Price|Price|Variant SKU|SKU"}, "shopify", '.', "", openShopifyProducts},
		{Klaviyo, []string{"Email", klaviyoEmail + "|" + klaviyoSMS + "|Klaviyo ID"}, "klaviyo", 0, "", openKlaviyo},
		{
			ShopifyCustomers,
			[]string{"First Name", "Last Name", "Email", "Total Spent|Total Orders|Accepts Email Marketing|Accepts Marketing|Tax Exempt"},
			"shopify", '.', "", openShopifyCustomers,
		},
		{WooCommerceProducts, []string{"ID|SKU", "Type", "Name", "Regular price"}, "woocommerce", 0, "", openWooProducts},
		{
			WooCommerceOrders,
			[]string{wooNumber, wooDate, wooTotal + "|" + wooLines + "|" + wooItemTotal},
			"woocommerce", 0, "", openWooOrders,
		},
		{WooCommerceCustomers, []string{wooEmail, wooCustomer + "|" + wooLogin + "|" + wooSince}, "woocommerce", 0, "", openWooCustomers},
		{
			Mailchimp,
			[]string{"Email Address", "Status|MEMBER_RATING|OPTIN_TIME|CONFIRM_TIME|LAST_CHANGED|UNSUB_TIME|CLEAN_TIME"},
			"mailchimp", 0, "", openMailchimp,
		},
	}
}

// Detect returns the preset that a header fits, or a [*HeaderError] that shows
// it.
func Detect(header []string) (Preset, error) { return Any.of(newHeader(header, nil)) }

// of returns the preset of the family p that the header fits.
func (p Preset) of(h *header) (Preset, error) {
	var known []string
	for _, s := range shapes() {
		if p != s.preset && p != Any && (p != Shopify && p != WooCommerce || !strings.HasPrefix(string(s.preset), string(p)+"_")) {
			known = append(known, string(s.preset))
			continue
		}
		missing := s.missing(h)
		if len(missing) == 0 {
			return s.preset, nil
		}
		if p == s.preset {
			return "", &HeaderError{Format: string(p), Want: "the columns " + strings.Join(missing, ", "), Header: h.names}
		}
	}
	switch {
	case len(known) == len(shapes()):
		return "", invalid("Format", string(p), "one of shopify, woocommerce, "+strings.Join(known, ", "))
	case p == Any:
		return "", &HeaderError{Want: "a header of Shopify, WooCommerce or another preset, or Options.Columns to rename columns", Header: h.names}
	}
	return "", &HeaderError{
		Format: string(p) + " export", Want: "the header of its orders, customers or products, or Options.Columns to rename columns",
		Header: h.names,
	}
}

// missing lists the columns that the header lacks.
func (s *shape) missing(h *header) []string {
	var out []string
	for _, names := range s.need {
		if !h.has(strings.Split(names, "|")...) {
			out = append(out, strings.ReplaceAll(names, "|", " or "))
		}
	}
	return out
}

// open implements Format; p is one of the shapes.
func (p Preset) open(s *sheet) (parser, error) {
	for _, shape := range shapes() {
		if shape.preset == p {
			s.opts.Source = cmp.Or(s.opts.Source, shape.source)
			s.opts.Decimal = cmp.Or(s.opts.Decimal, shape.decimal)
			s.opts.Currency = cmp.Or(s.opts.Currency, shape.currency)
			return shape.open(s)
		}
	}
	return nil, invalid("Format", string(p), "a preset")
}

// any returns the first column that the file has of names parted by bars.
func (h *header) any(names string) col { return h.col(strings.Split(names, "|")...) }
