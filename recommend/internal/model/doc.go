// Package model holds the models that tell which product comes next. Each
// learns from a [ledger.Log], scores all products for a [Query] in one pass,
// and says which of the query's own products a score comes from. Equal logs
// and settings give equal models, and equal models equal scores.
//
// No model wins everywhere. What a customer buys again is told by [Own], what
// is new to them by [Ease], [Neighbors] and [Factors], what belongs into a cart
// by Ease over baskets, what follows in a session by [Follow], what comes of
// looking by [Seen] and [Lead]. A [Blend] weighs them by what would have been
// right in the last weeks before the model was made; who is not known by
// anything gets what sells.
//
// [Tune] finds how the models of a shop are made, [Train] makes them, and
// [Shop.WriteTo] and [ReadShop] carry them from one process to the next.
package model
