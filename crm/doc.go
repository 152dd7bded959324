// Package crm is the customer book of a shop: who each customer is, what they
// did, bought, sent back and brought, what they allow, in one embedded store. It
// is the ground that segments, recommendations, campaigns and tickets stand on,
// and the vocabulary that they share.
//
// # The smallest program
//
//	st, err := boltstore.Open("shop.db", nil)
//	book, err := crm.New(st, nil)
//	ada, err := book.Customers.Create(ctx, crm.Customer{Email: "ada@example.com"})
//	order, err := book.Orders.Record(ctx, crm.Order{
//		CustomerID: ada.ID,
//		OccurredAt: time.Now(),
//		Items:      []crm.Item{{SKU: "mug", Quantity: 2, Price: crm.Money{Amount: 950, Currency: "EUR"}}},
//	})
//	profile, err := book.Customers.Profile(ctx, ada.ID)
//
// # Concepts
//
// A [Customer] is a guest or has an account. A [Product] has [Variant]s, which
// prices, costs and stock are of. An [Order] is a sales document with its
// [Item]s; money given back is a [Refund], dated by itself. All amounts are
// [Money] in minor units. A [Ref] is the key by which a source, such as the
// shop platform, knows a thing; recording the same Ref again is an update and
// never a double, the id of a record is derived from it, and equal content
// writes nothing. So whatever was interrupted is simply done again.
//
// Create makes a record and refuses one that is there; Record takes what a
// source says, new or known; Update changes a record by a function. List walks
// through everything, Page serves one page at a time with a cursor as text.
// [Book.Import] takes the history of a shop in bulk.
//
// [Aggregates] are what a customer's orders and refunds add up to: kept for
// each currency and in the book's own, at the rates fixed in the orders, and
// exact at every commit. What counts depends on the kind and the state of an
// order:
//
//	                             Orders, Units,   Spent,   Canceled  Refunded
//	kind        state            First and Last   Margin
//	sale        placed, pending  yes              yes      no        yes
//	            paid, fulfilled  yes              yes      no        yes
//	            delivered        yes              yes      no        yes
//	            canceled         no               no       yes       no
//	            expired          no               no       yes       no
//	            draft            no               no       no        no
//	adjustment  as of a sale     no               as sale  no        as sale
//	write_off   any              no               no       no        no
//
// Spent is the order's Total: with tax, shipping, fees and discounts, as the
// customer owes it. Refunded is what was given back of orders that count, and
// of none that is known. Net is Spent less Refunded. Margin is goods without
// tax, less their cost and the order's discount, before refunds, and only of
// items whose cost is known. Units are those of products, fees aside.
//
// A person has many ids. An [Identity] is something that customers are known by:
// an e-mail address, a phone number, a key of a source, a device, a card.
// [Identities.Resolve] explains whose a set of them is, [Identities.Identify]
// acts upon it. [Customers.Merge] makes two customers one person by a link and
// moves no record: every fact keeps the id it was recorded under, either id is
// answered for both, and [Customers.Unmerge] gives both back exactly.
//
// An [Interaction] is anything that happened between the shop and a customer or
// an anonymous visitor, whose history joins the customer when the device is
// identified. The [Timeline] tells all of it in one order. A [Consent] is an
// entry of a ledger with its proof; [Consents.MaySend] and [Consents.MayProfile]
// are the gates to ask. A [Trait] is what a room worked out about a customer, an
// [Attribute] what the shop declared, a preference what customers state
// themselves. A [Group] is a household or a company. [Privacy] exports and erases
// a person over all tables, also those that rooms have registered, and keeps an
// audit log of whoever [WithActor] names.
//
// Every change writes an [Event] in the same transaction: a durable feed in
// commit order, without a gap. [Book.Follow] takes each into effect exactly once,
// [Book.Tail] keeps models in memory. Events of imported history are marked
// Backfill. [Book.Run] runs all such loops of a program until it is stopped, and
// [Options.Observe] is told of counters and of how far followers are behind.
//
// # Transactions
//
// Each call is a transaction of its own. To do several things at once, or none:
//
//	err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
//		c, err := tx.Customers.Record(ctx, customer)
//		…
//		_, err = tx.Orders.Record(ctx, order)
//		return err
//	})
//
// The collections of a [Tx] are of the same types as the book's. The callback
// may be run again after a conflict, so it must not send mail; what is to
// happen after the commit goes to [Tx.AfterCommit]. Using the book with the
// callback's ctx, instead of tx, returns [ErrNested] instead of hanging.
//
// Recording an order again is harmless; what a shop does beside it, such as
// taking stock with AddStock, may not be. Ask tx.Orders.ByRef first.
//
// # Errors
//
// Calls return an [*Error] that names the verb and the record and wraps one of
// the sentinels: test with errors.Is. Bad input is an [*InvalidError], which
// lists all faults at once with the path of each field. Error texts and logs
// hold no personal data.
//
// # Concurrency
//
// A [Book] and its collections are safe for concurrent use; a [Tx] stays on the
// goroutine of its callback. Reads never wait for writers. No goroutine outlives
// the call that starts it. What calls return is a copy: change it as you like.
//
// # Compatibility
//
// A store that this release writes can be read by every later one; [New] brings
// it up to date. One that a newer release wrote gets [ErrNewer]. Fields of
// records that this release does not know are kept when it writes them.
package crm
