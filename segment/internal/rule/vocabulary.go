package rule

// A Type tells what a field holds, and so what it can be compared with.
type Type uint8

// The types of fields.
const (
	IsBool   Type = iota + 1
	IsNumber      // exact or a float64
	IsMoney       // in the currency of the book
	IsDate        // a time; compared by calendar days, and by instants with a Moment or hours
	IsText        // one of many texts, letter by letter
	IsList        // texts, in no order
	IsAny         // what the book declares tells
)

// The words of customers: name · type · what it is. Letters of either case are
// the same in values marked ~.
const customerWords = `
number_of_orders         · number · sales that count
amount_spent             · money  · what these cost, less refunds
average_order_value      · money  · what a sale cost on average
units_bought             · number · products in them
amount_refunded          · money  · what was given back
number_of_refunds        · number · how often money was given back
canceled_orders          · number · sales called off or expired
first_order_date         · date   · the earliest sale
last_order_date          · date   · the latest sale
abandoned_checkout_date  · date   · the latest checkout begun that no sale followed
customer_added_date      · date   · first seen by the shop, or recorded
last_seen_date           · date   · the latest thing the customer did
customer_id              · text   · the id in the book
customer_tags            · list ~ · tags
customer_countries       · list   · 'US', of all addresses
customer_regions         · list   · 'US-NY'
customer_cities          · list   · 'US-NY-NewYorkCity'
customer_email_domain    · text ~ · what follows the @
customer_language        · text ~ · 'en-GB', or 'en'
customer_account_status  · text   · 'ENABLED' or 'DISABLED': has an account
email_subscription_status · text  · 'SUBSCRIBED', 'PENDING', 'UNSUBSCRIBED' or 'NOT_SUBSCRIBED'
sms_subscription_status  · text   · as of e-mail
product_subscription_status · text · 'SUBSCRIBED' or what the attribute of that name says
predicted_spend_tier     · text   · 'HIGH', 'MEDIUM' or 'LOW'
rfm_group                · text   · name of the recency, frequency and money group
life_cycle_stage         · text   · 'new', 'active', 'at_risk', 'lapsed', 'lost', 'won_back'
companies                · list   · ids of the companies the customer belongs to
households               · list   · ids of the households
created_by_app_id        · text   · the source that told of the customer first
sources                  · list   · all sources that know the customer
segments                 · list   · ids or names of segments the customer is in
has_email                · bool   · an e-mail address is known
has_phone                · bool   · a phone number is known
age                      · number · full years on this day
birthday                 · date   · the next one, today or later
time_zone                · text   · 'Europe/London'
`

// The beginnings of names whose ends the shop or a room gives.
const customerPrefixes = `
attributes.  · any  · a declared attribute
metafields.  · any  · a declared attribute "namespace.key"
traits.      · any  · what a room worked out: traits.rfm.recency
stated.      · any  · what the customer stated
consents.    · text · consents.email.marketing: 'granted', 'pending', 'withdrawn' or 'denied'
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

// The words of facts: source · name · type · what it is.
const factWords = `
orders, canceled_orders, items, refunds, spend, interactions · date · date · when it happened
orders, canceled_orders, items, refunds, spend, interactions · day, week, month · text · calendar periods, to count distinct ones
orders, canceled_orders, refunds, spend · amount · money · in full: with tax, shipping and discounts
orders, canceled_orders · units     · number · products in it
orders, canceled_orders · discount  · money  · of the order and its lines
orders, canceled_orders, items · channel · text · 'web'
orders, canceled_orders, items · state   · text · 'paid', 'fulfilled'; 'placed' when nothing is known
orders, canceled_orders, items · coupons · list ~ · codes
orders, canceled_orders, items · tags    · list ~ · of the order
orders, canceled_orders, items · source  · text · who told of it
orders, canceled_orders, items · country · text · of the delivery
orders        · position  · number · 1 for a customer's first
items         · amount    · money  · of the line
items         · price     · money  · of one
items         · discount  · money  · of the line
items         · quantity  · number · how many
items, interactions · product    · text   · id, or its ref's key
items, interactions · sku        · text   · of the variant
items, interactions · title      · text   · of the product
items, interactions · brand      · text ~ · of the product
items, interactions · categories · list ~ · of the product; a path contains its beginnings
items, interactions · product_tags · list ~ · of the product
interactions  · kind      · text   · 'view_item', 'add_to_cart', 'message_opened'
interactions  · channel   · text   · 'web', 'email'
interactions  · direction · text   · 'inbound' or 'outbound'
interactions  · source    · text   · who told of it
interactions  · value     · money  · that came with it
interactions  · rating    · number · 1 to 5
interactions  · properties. · any  · a typed property
`

// The words of Shopify's segment query language, and ours for the same: a
// source of which a kind is given, or a field of another name.
const shopifyWords = `
orders_placed                       · orders
products_purchased                  · items
products_purchased.id               · product
products_purchased.tag              · product_tags
shopify_email.opened                · interactions · message_opened
shopify_email.clicked               · interactions · message_clicked
shopify_email.delivered             · interactions · message_sent
storefront_event.product_viewed     · interactions · view_item
storefront_event.product_viewed.id  · product
storefront_event.collection_viewed  · interactions · view_item_list
storefront_event.collection_viewed.id · categories
`
