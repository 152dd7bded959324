// Package rfm scores customers by recency, frequency and money: how long ago
// they bought, how often, and for how much. It is arithmetic: slices go in and
// numbers come out, index i of each slice is a customer, and nothing is read or
// kept. A catalog of segments works it out for a shop: see the options RFM and
// Groups of package segment, and the words rfm_group and traits.rfm.recency of
// its rules.
//
// # The smallest program
//
//	edges, err := rfm.Scheme{}.Freeze(customers)
//	groups := rfm.Ten().Grid(edges.Best())
//	for _, s := range edges.Scores(customers) {
//		fmt.Println(s, groups.Name(s)) // 144 at_risk
//	}
//
// # Concepts
//
// A [Scheme] says how to score: between sample quantiles, in bins of equal size,
// or at edges that the shop gives ([Method]). [Scheme.Freeze] looks at everybody
// once and returns [Edges], a plain value to be kept: it scores anybody at any
// later time, alone or with others, to the same result. Without that, a customer
// would change groups because others bought.
//
// Scores rise with what is better, from 1 to the number of bins. Who has not
// bought has none.
//
// All values are whole numbers: days or milliseconds, orders, minor units of a
// currency. An edge is the greatest value below it. Where a sample quantile
// falls between two whole numbers it is rounded down, which changes no score.
// Equal values get equal scores, but for [RankFirst], which takes the number of
// each customer in [Measures] to tell them apart.
//
// A [Map] gives names to scores. [Ten] and [Shopify] are ready made, and Check
// holds a shop's own to its laws: every combination of scores is in a group, and
// every group has some. A [Grid] is a map worked out, for many lookups.
// [Edges.Summarize] tells how many customers each group has and what they brought.
//
// # Transactions
//
// There are none: nothing is read or written.
//
// # Errors
//
// They are [Faults], which list everything that is wrong with a [Scheme] or a
// [Map]. What is scored cannot be wrong but in the number of its values.
//
// # Concurrency
//
// Everything is a value, and what is only read may be used by many goroutines.
//
// # Compatibility
//
// The JSON of [Edges], [Scheme] and [Map] is read by every later release.
package rfm
