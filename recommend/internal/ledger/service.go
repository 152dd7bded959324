package ledger

import (
	"slices"
	"strings"
	"unicode"
)

// services are the nouns that lines of an order are named by which are no
// products.
var services = strings.Fields(`
	postage carriage shipping delivery freight handling surcharge insurance packaging
	charge charges fee fees commission tip donation deposit tax vat
	discount rebate voucher vouchers giftcard adjustment adjust debt rounding manual correction
	sample samples
	versand versandkosten porto rabatt gutschein gebühr pfand trinkgeld
	livraison remise
	envío descuento
	spedizione sconto
	verzendkosten korting`)

// Service reports whether a line of an order is something that is charged or
// credited rather than a product: postage, fees, discounts, vouchers, manual
// entries. The last word of the title tells, that without a title the key.
// A shop whose products are named so puts them into the catalog, which has the
// last word.
func Service(key, title string) bool {
	text := title
	if strings.TrimSpace(text) == "" {
		text = key
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return len(words) > 0 && len(words) <= mostServiceWords && slices.Contains(services, words[len(words)-1])
}

// mostServiceWords is how long the name of a service is at most: longer titles
// are those of products.
const mostServiceWords = 4
