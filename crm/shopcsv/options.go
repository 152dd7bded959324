package shopcsv

import (
	"io"
	"net/netip"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Options tell how to read a file. The zero value of every field is a good
// default; a file that leaves open what matters gets an error instead of a
// guess.
type Options struct {
	// Source is the Source of the refs of what is read: the name by which the
	// book knows this shop system. Two systems need two names. The default is
	// the format's: "shopify", "woocommerce", "onlineretail" or "log".
	Source string

	// Currency is that of amounts whose file does not name one: WooCommerce,
	// Shopify's products, and transaction logs but OnlineRetail, which is GBP.
	Currency crm.Currency

	// Location is the zone of times without one; nil is UTC.
	Location *time.Location

	// DateOrder is needed for dates such as 03/04/2011.
	DateOrder DateOrder

	// Decimal is the decimal mark, '.' or ',', for numbers such as 1,234 that
	// can be read in two ways; all others are told apart cell by cell. The
	// default is '.' for Shopify and OnlineRetail, which write no other, and
	// else 0, which rejects such numbers.
	Decimal byte

	// Columns renames columns before the format sees them: the file's name to
	// the format's. It fits exports whose header is translated or that come
	// from a plug-in, as in {"Bestellnummer": "order_id"}.
	Columns map[string]string

	// AsOf is when the file was written. It dates the consents of a file that
	// tells no time of theirs. Zero leaves that to [crm.Consents.Record]: what
	// is granted is dated before everything that has a time, and what is
	// withdrawn when it is imported.
	AsOf time.Time

	// HashIP turns the addresses that people signed up from into what a
	// [crm.Proof] keeps: the book's [crm.Consents.HashIP]. Nil leaves them out.
	HashIP func(netip.Addr) string

	// OrderConsents takes the column Accepts Marketing of Shopify's orders for
	// a grant by the buyer when they ordered. It is for shops that have no
	// export of customers, or import it after the orders: an order does not
	// know who has unsubscribed since.
	OrderConsents bool

	// ListStatus is the Status of the rows of a Mailchimp file that has no such
	// column, as the file of each status is exported: "subscribed". Rows with
	// UNSUB_TIME or CLEAN_TIME need none. Nothing takes no consent of the others.
	ListStatus string

	// Attributes makes attributes of columns of customers that else are left
	// out. A key is a column's name, or namespace and key of a metafield of
	// Shopify's:
	//
	//	{"Tax Exempt": {Name: "tax_exempt", Type: crm.TypeBool},
	//	 "facts.shoe_size": {Name: "shoe_size", Type: crm.TypeNumber}}
	//
	// No Type is text. The book has to know them: see [Reader.Attributes].
	Attributes map[string]crm.Attribute

	// Rejects receives, as CSV, the rows that were not imported, with line,
	// field, value and reason before their cells, so that they can be mended
	// and read again as they are. Nil only counts them.
	Rejects io.Writer

	// Window is how many documents, such as orders, are kept open for further
	// rows while rows of others come between; 0 is 64.
	Window int
}

func (o *Options) orDefault() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Location == nil {
		out.Location = time.UTC
	}
	if out.Window <= 0 {
		out.Window = 64
	}
	return out
}
