package shopcsv

import (
	"io"
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
