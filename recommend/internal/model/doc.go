// Package model holds the models that tell which product comes next. Each
// learns from a [ledger.Log], scores all products for a [Query] in one pass,
// and says which of the query's own products a score comes from. Equal logs
// and settings give equal models, and equal models equal scores.
//
// No model wins everywhere. What a customer buys again is told by [Own], what
// is new to them by [Ease] and [Factors], what belongs into a cart by Ease over
// baskets, what follows in a session by [Follow]. A [Blend] weighs them by
// what would have been right in the last weeks before the model was made.
package model
