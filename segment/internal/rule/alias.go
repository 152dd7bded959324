package rule

import (
	"slices"
	"strings"
	"sync"
)

// The words of Shopify's segment query language that have another name here:
// a source, of which a kind may be given, and the fields of such a source.
const shopifyWords = `
orders_placed                        · orders
products_purchased                   · items
products_purchased.id                · product
products_purchased.product_id        · product
products_purchased.tag               · product_tags
products_purchased.product_tag       · product_tags
products_purchased.category          · categories
storefront_event.product_viewed      · interactions · view_item
storefront_event.product_viewed.id   · product
storefront_event.product_viewed.product_id · product
storefront_event.product_viewed.tag  · product_tags
storefront_event.collection_viewed   · interactions · view_item_list
storefront_event.collection_viewed.id · categories
storefront_event.collection_viewed.collection_id · categories
storefront_event.collection_viewed.tag · product_tags
shopify_email.opened                 · interactions · message_opened
shopify_email.clicked                · interactions · message_clicked
shopify_email.delivered              · interactions · message_sent
shopify_email.bounced                · interactions · message_bounced
shopify_email.marked_as_spam         · interactions · message_complained
shopify_email.unsubscribed           · interactions · message_unsubscribed
shopify_email.opened.activity_id     · properties.activity_id
shopify_email.clicked.activity_id    · properties.activity_id
shopify_email.delivered.activity_id  · properties.activity_id
shopify_email.bounced.activity_id    · properties.activity_id
shopify_email.marked_as_spam.activity_id · properties.activity_id
shopify_email.unsubscribed.activity_id · properties.activity_id
`

// The parameters that stand among the filters of a source and are about all of
// its facts that pass the others: what they count, and of which field.
const totalWords = `
count        · count ·
sum_amount   · sum · amount
sum_quantity · sum · quantity
`

// What others know and a book does not, and what to use instead.
const unknownWords = `
customer_within_distance      · no coordinates of customers are kept: use customer_cities, customer_regions or customer_countries
store_credit_accounts         · no store credit is kept: declare an attribute for it and use attributes.store_credit
anniversary                   · it is compared with dates: anniversary(date: 'birthday') BETWEEN today AND +7d, or birthday <= +7d
orders_placed.location_id     · no locations of orders are kept: use channel, source or tags
orders_placed.app_id          · no apps of orders are kept: use source or channel
orders_placed.financial_status · an order has one state: use state, such as state IN ('paid', 'fulfilled', 'delivered')
customer.points_balance       · customers have declared attributes: use attributes.points_balance
`

// prefixes are other beginnings of names, longest first.
var prefixes = [...][2]string{
	{"customer.metafields.", "attributes."},
	{"metafields.", "attributes."},
}

// An alias is a source by another name.
type alias struct {
	source string
	kind   string            // of an interaction; "" for all
	fields map[string]string // by their other names
}

var aliases = sync.OnceValue(func() map[string]*alias {
	all := map[string]*alias{}
	for _, cells := range rows(shopifyWords) {
		if isSource(cells[1]) {
			a := &alias{source: cells[1], fields: map[string]string{}}
			if len(cells) > 2 {
				a.kind = cells[2]
			}
			all[cells[0]] = a
			continue
		}
		i := strings.LastIndexByte(cells[0], '.')
		all[cells[0][:i]].fields[cells[0][i+1:]] = cells[1]
	}
	for name, a := range all { // they are also written storefront.product_viewed
		if end, ok := strings.CutPrefix(name, "storefront_event."); ok {
			all["storefront."+end] = a
		}
	}
	return all
})

// unknown tells what to use in place of a word that the language of others
// knows, "" for any other word.
var unknown = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, cells := range rows(unknownWords) {
		all[cells[0]] = cells[1]
	}
	return all
})

// A total is what a parameter such as sum_amount adds up.
type total struct {
	f     Func
	field string
}

var totals = sync.OnceValue(func() map[string]total {
	all := map[string]total{}
	for _, cells := range rows(totalWords) {
		all[cells[0]] = total{Func(slices.Index(funcs[:], cells[1])), cells[2]}
	}
	return all
})

// canonical returns the name that a field of customers has here.
func canonical(name string) string {
	if name == anniversary {
		return "birthday"
	}
	for _, p := range prefixes {
		if end, ok := strings.CutPrefix(name, p[0]); ok {
			return p[1] + end
		}
	}
	return name
}

// sourceNames returns all names of sources.
func sourceNames() []string {
	var all []string
	for _, w := range words()["sources"] {
		all = append(all, w.Name)
	}
	for name := range aliases() {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
