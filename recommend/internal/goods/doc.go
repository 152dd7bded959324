// Package goods keeps what serving asks of a shop's catalog in columns: whether
// a product may be sold, of which brand and categories it is, what it costs, and
// what goes with it. Products, brands, categories and tags have numbers, so that
// rules compare integers.
package goods
