// Package score is the arithmetic of scores and stages: recency, frequency and
// money in bins, groups of these by name, how long customers take to come
// back, the stages of their life in the shop, and tables of cohorts. Slices go
// in and numbers come out: index i of each slice is a customer, and everything
// has its own unit.
//
// # Scores
//
// A [Scheme] says how to score. [Scheme.Freeze] looks at everybody once and
// returns [Edges], a plain value to be kept: it scores anybody at any later
// time, alone or with others, to the same result. Scores rise with what is
// better, from 1 to the number of bins. Who has not bought has none.
//
// All values are whole numbers: days or milliseconds, orders, minor units of a
// currency. An edge is the greatest value below it. Where a sample quantile
// falls between two whole numbers it is rounded down, which changes no score.
//
// A [Map] gives names to scores. [Ten] and [Shopify] are ready made.
//
// # Stages
//
// [Gaps] are the times between orders, the last of each customer still open.
// Their [Curve] is the estimate of E. L. Kaplan and P. Meier ("Nonparametric
// estimation from incomplete observations", Journal of the American
// Statistical Association 53, 1958, 457–481), with the standard error of
// M. Greenwood (1926). [Policy.Learn] reads off it how long the shop's
// customers usually take; [Thresholds.Stage] tells at which stage somebody is.
//
// Times are numbers in one unit that the caller chooses: calendar days of the
// shop, counted from any day, or milliseconds.
package score
