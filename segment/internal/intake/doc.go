// Package intake brings what a customer book tells into columns: all of it at
// once, one person at a time, and change by change as the feed tells of them.
//
// # Whom the columns hold
//
// The customers of a book, each person once, under the survivor's id, with the
// facts of everyone who was merged into them and of the visitors who were
// identified as them. Not: visitors whom nobody identified, orders that name
// nobody, and whoever was erased: that the feed tells when the erasure is done, and
// whoever is read before is left out from its first transaction on.
//
// # What counts
//
// Orders and refunds count as [crm.Aggregates] say, and what follows from a
// [column.Person] equals them. Sales of every state but draft, canceled and
// expired are [column.Sale]; canceled and expired ones are [column.Canceled];
// adjustments that count are [column.Adjustment]; drafts and write-offs are
// nothing. Amounts are in the book's currency: an order's at its own rate, each
// rounded by itself, and unknown when the order has none; the value of an
// interaction and amounts among traits by the book's rate at their time; an
// amount among attributes only when it is in the book's currency. What a refund
// gives back for orders that do not count is no part of it.
//
// The discount of an order is its own, those of its lines, and lines that are a
// discount. An item's price that was not recorded is what its line cost before
// the discount, by unit. The country of an order is that of the delivery, else
// of the bill.
//
// # What people have
//
// The record of the whole is meant, as [crm.Customers.Get] shows it. A region is
// written 'US-NY' and a city 'US-NY-NewYorkCity': without spaces, and without
// the parts that are not known. An e-mail address or a phone number is known
// when the record has it, or a verified identity. Companies and households stand
// under their ids and under the keys of their refs. The source of the first ref
// is who told of the customer first.
//
// consents.email.marketing is what [crm.Consents.List] says at the time of
// reading. A grant that has ended is none; "consents.ends" is the date at which
// the next one does, and "consents.ended" at which the last one did, for
// [Keeper.Lapse]. What is said of every channel stands
// under the usual channels by which messages go, unless they have something of
// their own, and under consents.profiling, without a channel.
//
// traits are those on record: a source of traits is not asked. Those that rules
// work out, such as rfm.group and life_cycle.stage, are left out, whoever wrote
// them. predicted_spend_tier is the trait predict.spend_tier, else the declared
// attribute of its own name; product_subscription_status is the attribute of that
// name.
package intake
