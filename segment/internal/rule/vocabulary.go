package rule

import (
	"slices"
	"strings"
	"sync"
)

// A Type tells what a field holds, and so what it can be compared with.
type Type uint8

// The types of fields.
const (
	IsBool   Type = iota + 1
	IsNumber      // exact or a float64
	IsMoney       // in the currency of the book
	IsDate        // a time; compared by calendar days, and by instants with a Moment or an Offset of hours
	IsText        // one of many texts, letter by letter
	IsList        // texts, in no order
	IsAny         // what the book declares tells
)

// types are the names of the types, as the tables below have them.
var types = [...]string{IsBool: "bool", IsNumber: "number", IsMoney: "money", IsDate: "date", IsText: "text", IsList: "list", IsAny: "any"}

// String returns the type's name: "bool", "number", "money", "date", "text",
// "list" or "any".
func (t Type) String() string {
	if int(t) < len(types) {
		return types[t]
	}
	return ""
}

// The words of customers: name · type · what it is · all that it can be.
// Letters of either case are the same in values marked ~. Where # stands a
// whole number is the id of these digits.
const customerWords = `
number_of_orders         · number · sales that count
amount_spent             · money  · what these cost, with adjustments, less refunds: sum(spend.amount)
average_order_value      · money  · what a sale cost on average: average(orders.amount)
units_bought             · number · products in them
amount_refunded          · money  · what was given back
number_of_refunds        · number · how often money was given back
canceled_orders          · number · sales called off or expired
first_order_date         · date   · the earliest sale
last_order_date          · date   · the latest sale
abandoned_checkout_date  · date   · the latest begin_checkout with no sale at its time or later
customer_added_date      · date   · first seen by the shop, or recorded
last_seen_date           · date   · the latest sale, canceled order or inbound interaction
customer_id              · text # · the id in the book
customer_tags            · list ~ · tags
customer_countries       · list   · 'US', of all addresses
customer_regions         · list   · 'US-NY'
customer_cities          · list   · 'US-NY-NewYorkCity'
customer_email_domain    · text ~ · what follows the @
customer_language        · text ~ · 'en-GB', or 'en'
customer_account_status  · text   · ENABLED has an account · ENABLED, DISABLED
email_subscription_status · text  · of marketing by e-mail · SUBSCRIBED, PENDING, UNSUBSCRIBED, NOT_SUBSCRIBED
sms_subscription_status  · text   · as of e-mail · SUBSCRIBED, PENDING, UNSUBSCRIBED, NOT_SUBSCRIBED
product_subscription_status · text · 'SUBSCRIBED' or what the attribute of that name says
predicted_spend_tier     · text   · what is to be expected · HIGH, MEDIUM, LOW
rfm_group                · text   · name of the recency, frequency and money group
life_cycle_stage         · text   · by the shop's own rhythm · prospect, new, active, at_risk, lapsed, lost, won_back
traits.rfm.recency       · number · score of how long ago they bought, from 1 to 5, the best
traits.rfm.frequency     · number · score of how often they bought
traits.rfm.monetary      · number · score of what they spent, less refunds
traits.rfm.group         · text   · rfm_group
traits.life_cycle.stage  · text   · life_cycle_stage · prospect, new, active, at_risk, lapsed, lost, won_back
companies                · list # · ids of the companies the customer belongs to
households               · list # · ids of the households
created_by_app_id        · text # · the source that told of the customer first
sources                  · list   · all sources that know the customer
segments                 · list   · names, in letters of either case, or ids of segments the customer is in
has_email                · bool   · an e-mail address is known
has_phone                · bool   · a phone number is known
age                      · number · full years on this day
birthday                 · date   · the next one, today or later
time_zone                · text   · 'Europe/London'
`

// The beginnings of names whose ends the shop or a room gives.
const customerPrefixes = `
attributes.  · any  · a declared attribute
traits.      · any  · what a room worked out: traits.predict.p_alive
stated.      · any  · what the customer stated
consents.    · text · consents.email.marketing · granted, pending, withdrawn, denied
`

// The facts of customers. What one is of stands beside its fields; all have
// date, day, week and month, the latter three to count distinct ones of.
const sourceWords = `
orders        · sales that count
canceled_orders · sales called off or expired
items         · lines of products of sales that count
refunds       · money given back
spend         · sales, and refunds as negative amounts
interactions  · whatever happened between shop and customer
`

// The words of facts: source · name · type · what it is · all that it can be.
const factWords = `
orders, canceled_orders, items, refunds, spend, interactions · date · date · when it happened
orders, canceled_orders, items, refunds, spend, interactions · day, week, month · text · calendar periods, to count distinct ones: '2024-01-31', '2024-W05', '2024-01'
orders, canceled_orders, refunds, spend · amount · money · in full: with tax, shipping and discounts
orders, canceled_orders · units     · number · products in it
orders, canceled_orders · discount  · money  · of the order and its lines
orders, canceled_orders, items · channel · text · 'web'
orders, canceled_orders, items · state   · text · 'placed' when nothing is known · placed, pending, paid, fulfilled, delivered, canceled, expired
orders, canceled_orders, items · coupons · list ~ · codes
orders, canceled_orders, items · tags    · list ~ · of the order
orders, canceled_orders, items · source  · text · who told of it
orders, canceled_orders, items · country · text · of the delivery
orders        · position  · number · 1 for a customer's first
items         · amount    · money  · of the line
items         · price     · money  · of one
items         · discount  · money  · of the line
items         · quantity  · number · how many
items, interactions · product    · text # · id, or its ref's key
items, interactions · sku        · text # · of the variant
items, interactions · title      · text   · of the product
items, interactions · brand      · text ~ · of the product
items, interactions · categories · list ~ # · of the product; a path contains its beginnings
items, interactions · product_tags · list ~ · of the product
interactions  · kind      · text   · 'view_item', 'add_to_cart', 'message_opened'
interactions  · channel   · text   · 'web', 'email'
interactions  · direction · text   · who turned to whom · inbound, outbound
interactions  · source    · text   · who told of it
interactions  · value     · money  · that came with it
interactions  · rating    · number · 1 to 5
interactions  · properties. · any  · a typed property
`

// What makes values of facts, dates and customers, before parentheses.
const functionWords = `
count        · count(orders MATCHES (…)): how many facts
sum          · sum(orders.amount): of a number or an amount
average      · average(orders.amount): of a number or an amount
min          · min(orders.date): of a number, an amount or a date
max          · max(orders.amount): of a number, an amount or a date
distinct     · distinct(items.product): how many different values
first        · first(orders.channel): of the earliest fact
last         · last(orders.channel): of the latest fact
periods      · periods(orders, 6m): in how many of the last periods there is a fact
days_since   · days_since(last_order_date): full days from a date until now
days_between · days_between(first_order_date, last_order_date): full days from one date to another
bucket       · bucket('spring'): a number from 0 to below 100, by chance and for good
`

// A Word is a name that rules know: a field of customers or of facts, or a
// source of facts.
type Word struct {
	Name    string   // of a [Word.Prefix] with the dot at its end
	Type    Type     // 0 of a source
	Meaning string   // in a few words
	Values  []string // all that the field can be; nil when that is open
	Folded  bool     // letters of either case are the same in its values
	Key     bool     // its values are ids: a whole number stands for its digits
}

// Prefix reports whether the word is a beginning, to which the shop or a room
// gives the end: "attributes.".
func (w Word) Prefix() bool { return strings.HasSuffix(w.Name, ".") }

// words are the tables above, read. Sources stand under "sources", fields of
// customers under "", those of facts under the name of their source.
var words = sync.OnceValue(func() map[string][]Word {
	all := map[string][]Word{}
	for _, cells := range rows(customerWords + customerPrefixes) {
		all[""] = append(all[""], readWord(cells))
	}
	for _, cells := range rows(sourceWords) {
		all["sources"] = append(all["sources"], Word{Name: cells[0], Meaning: cells[1]})
	}
	for _, cells := range rows(factWords) {
		for _, source := range split(cells[0]) {
			for _, name := range split(cells[1]) {
				w := readWord(cells[1:])
				w.Name = name
				all[source] = append(all[source], w)
			}
		}
	}
	return all
})

// readWord reads the cells name · type · meaning · values.
func readWord(cells []string) Word {
	marks := strings.Fields(cells[1])
	w := Word{
		Name:    cells[0],
		Type:    Type(slices.Index(types[:], marks[0])),
		Meaning: cells[2],
		Folded:  slices.Contains(marks, "~"),
		Key:     slices.Contains(marks, "#"),
	}
	if len(cells) > 3 {
		w.Values = split(cells[3])
	}
	return w
}

// rows returns the cells of each line of a table.
func rows(table string) [][]string {
	var all [][]string
	for line := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
		if line == "" {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(line, "·") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		all = append(all, cells)
	}
	return all
}

// split returns the elements of a list of a table.
func split(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// Functions returns what ( makes a value of, with its meaning.
func Functions() []Word {
	var all []Word
	for _, cells := range rows(functionWords) {
		all = append(all, Word{Name: cells[0], Meaning: cells[1]})
	}
	return all
}

// Sources returns the sources of facts, with their meaning.
func Sources() []Word { return slices.Clone(words()["sources"]) }

// Fields returns what the facts of a source have, and with "" what customers
// have, beginnings of names included.
func Fields(source string) []Word {
	if source == "sources" {
		return nil
	}
	return slices.Clone(words()[source])
}

// isSource reports whether there are facts of this name.
func isSource(name string) bool {
	return slices.ContainsFunc(words()["sources"], func(w Word) bool { return w.Name == name })
}
