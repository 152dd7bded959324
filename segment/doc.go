// Package segment tells who is like whom: rules say which customers of a book
// are in a segment, at every instant.
//
// # The smallest program
//
//	catalog, err := segment.New(book, nil)
//	vip, err := catalog.Create(ctx, segment.Segment{
//		Name: "Lapsed VIP",
//		Rule: segment.MustParse("amount_spent > 500 AND last_order_date < -120d"),
//	})
//	for customer, err := range catalog.Members(ctx, vip.ID) {
//		…
//	}
//
// # Concepts
//
// A [Rule] is a condition on customers, in the segment query language of Shopify
// and beyond it. It has three faces that can be made of each other: a text, a
// tree built in Go, and JSON.
//
//	number_of_orders >= 2 AND customer_tags CONTAINS 'wholesale'
//	items MATCHES (categories = 'Shoes', date >= -90d)
//	count(orders MATCHES (channel = 'store', date >= -1y)) >= 3
//	sum(spend.amount MATCHES (date >= -12m)) IN TOP 5%
//	periods(orders, 6m) >= 4
//	interactions MATCHES (kind = 'view_item', date >= -30d)
//	    FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d
//	    NOT FOLLOWED BY orders WITHIN 7d
//	segments CONTAINS 'VIP' AND bucket('spring') < 10
//
// The logic is two-valued: a comparison with something that a customer lacks is
// false, with != too, and NOT turns the answer of the whole that it stands
// before. Days, weeks and months are those of the shop's calendar
// (Options.Location); -30d is a day, not an instant. The grammar stands in
// internal/rule/rule.ebnf. A rule that is wrong gets a [RuleError] with all
// faults at once, each with its place and what was perhaps meant.
//
// A [Segment] is a rule with a name. Rules may name other segments, by their names
// in letters of either case or by their ids, never in a circle; a segment that
// others name is not deleted, and takes its new name into their rules. Beside the
// rule the shop may put customers in by hand, or keep them out: [Catalog.Include],
// [Catalog.Exclude]. [Catalog.Snapshot] keeps who is in it now as a list, and
// [Catalog.Lookalike] tells who else is like them.
//
// A [Catalog] answers from columns in memory, about 1.6 kB a customer with ten
// orders and ten interactions. They are made by reading the book once, when
// something is asked first, and brought up to date by its feed before every
// answer: what was committed before the call is in it. Count, Members, Has,
// Preview, Explain, Overlap and Table are one way of asking, so that a count is
// the length of the list. Has, Of, Explain and Why look at one customer, the others
// at all. A person who was merged is one, under the survivor's id. [Catalog.At]
// answers as of another time.
//
// Customers are scored by recency, frequency and money (package rfm), and have a
// stage of their life in the shop by the shop's own rhythm (package lifecycle):
// rfm_group, traits.rfm.recency and life_cycle_stage in rules, [Catalog.Groups],
// [Catalog.Rhythm], [Catalog.Flow] and [Catalog.Cohorts] for all. Nobody writes
// scores and stages down: they follow from the facts, change the instant that
// these or time change them, and take the place of traits of the same names that
// anybody recorded.
//
// What follows from all customers, such as the top 5 %, the edges of scores and
// how long customers take to come back, is worked out once a day ([Refreshed]), or
// when there is ten times as much, and written down, so that nobody comes and goes
// because others bought, and all processes answer alike. While none runs, each
// works it out for itself.
//
// Other rooms ask an [Audience], which is in words of the book, or read the
// traits segment.names and segment.ids, rfm.recency, frequency, monetary and
// group, and life_cycle.stage.
//
// Memberships change when something happens, and when nothing does but that time
// passes: somebody leaves "bought in the last 30 days" the instant the thirtieth
// day ends. While [Catalog.Run] runs, each change is written down with its cause,
// and told by an event ([Entered], [Left]): see [Catalog.Transitions],
// [Catalog.MembersAt] and [Catalog.Growth].
//
// # Words
//
// What customers have, and facts of each source; [Catalog.Complete] tells meanings.
//
//	customers        number_of_orders amount_spent average_order_value units_bought
//	                 amount_refunded number_of_refunds canceled_orders
//	                 first_order_date last_order_date abandoned_checkout_date
//	                 customer_added_date last_seen_date customer_id customer_tags
//	                 customer_countries customer_regions customer_cities
//	                 customer_email_domain customer_language customer_account_status
//	                 email_subscription_status sms_subscription_status
//	                 product_subscription_status predicted_spend_tier rfm_group
//	                 life_cycle_stage traits.rfm.recency traits.rfm.frequency
//	                 traits.rfm.monetary traits.rfm.group traits.life_cycle.stage
//	                 companies households created_by_app_id sources segments
//	                 has_email has_phone age birthday time_zone attributes.…
//	                 traits.… stated.… consents.…
//	orders           date day week month amount units discount channel state coupons
//	                 tags source country position
//	canceled_orders  date day week month amount units discount channel state coupons
//	                 tags source country
//	items            date day week month channel state coupons tags source country
//	                 amount price discount quantity product sku title brand
//	                 categories product_tags
//	refunds          date day week month amount
//	spend            date day week month amount
//	interactions     date day week month product sku title brand categories
//	                 product_tags kind channel direction source value rating
//	                 properties.…
//
// # Transactions
//
// [Catalog.In] gives the verbs that keep segments (Create, Update, Delete, Get,
// List, Include and so on) within a transaction of the book. What asks who is in
// a segment reads in transactions of its own, and returns [crm.ErrNested] there.
//
// # Errors
//
// Calls return a [*crm.Error] that names the verb and the segment. Bad input is a
// [*crm.InvalidError] or a [*RuleError], which both wrap [crm.ErrInvalid]; what is
// in use is [ErrUsed]. Rules are the shop's words and stand in errors, data
// of customers do not.
//
// # Concurrency
//
// A Catalog is safe for concurrent use. Each process has columns of its own; of
// several that run, one writes. Nothing is started but by Run and Tick.
//
// # Compatibility
//
// Texts of rules that this release prints are read by every later one. The
// columns are a cache: a release that keeps others makes them anew.
package segment
