// Package evaltest answers rules the slow way, so that tests can hold the fast
// one to it, and makes up customers and rules.
//
// A [World] goes through the structs of package column person by person and
// fact by fact, keeps nothing and shares no code with packages column and eval.
// What rules mean stands in package rule, with column.Person, and in package
// eval; where the two differ, one of them is wrong.
//
// A [Draw] makes up products, persons, rules and times from a seed: few words
// and round times, so that facts meet rules, and each other. [Shrink] makes a
// case that fails as small as it can.
package evaltest
