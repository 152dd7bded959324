// Package lifecycle tells at which stage of their life in a shop customers are:
// new, active, at risk, lapsed, lost or won back, by the shop's own rhythm. It is
// arithmetic: numbers go in and come out, and nothing is read or kept. A catalog
// of segments works it out for a shop: see the option LifeCycle of package
// segment, and the word life_cycle_stage of its rules.
//
// # The smallest program
//
//	gaps := new(lifecycle.Gaps)
//	for _, days := range orders { // of each customer
//		gaps.Add(days, today)
//	}
//	rhythm := lifecycle.Policy{}.Learn(gaps)
//	stage, until, _ := rhythm.Stage(today, lifecycle.History{Orders: 3, First: 290, Last: 340, Gap: 14})
//
// # Concepts
//
// [Gaps] are the times between orders, the last of each customer still open.
// Their [Curve] is the estimate of E. L. Kaplan and P. Meier ("Nonparametric
// estimation from incomplete observations", Journal of the American
// Statistical Association 53, 1958, 457–481), with the standard error of
// M. Greenwood (1926). [Policy.Learn] reads off it how long the shop's
// customers usually take, as a [Rhythm]; without enough history that says why,
// and has 90, 180 and 365 days.
//
// [Thresholds.Stage] tells at which [Stage] somebody is, and when time alone
// makes it another. [Rhythm.Own] are the thresholds of a customer who has a
// rhythm of their own.
//
// Times are numbers in one unit that the caller chooses: calendar days of the
// shop, counted from any day, or milliseconds. Days are better: two orders of
// one evening are one then.
//
// A [Flow] counts who moved from which stage to which. [Cohorts] are the
// customers by when they bought first, and how many of them came back when.
//
// # Transactions
//
// There are none: nothing is read or written.
//
// # Errors
//
// They are [Faults], which list everything that is wrong with a [Policy] or with
// [Thresholds].
//
// # Concurrency
//
// [Gaps] and [Cohorts] are added to by one goroutine at a time. Everything else
// is a value.
//
// # Compatibility
//
// The JSON of all types is read by every later release.
package lifecycle
