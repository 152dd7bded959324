// Package ledger keeps what customers took from a shop in a compact form: who,
// what, how much, when, and in which basket. A [Ledger] takes baskets one by
// one and in any order; two that were told the same are equal byte by byte. A
// [Log] is a still picture of it in columns, from which models are made.
package ledger
