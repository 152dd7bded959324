// Package intake brings what a customer book tells into a ledger and into goods:
// all of it at once, and change by change as the feed tells of them. The ledger
// is a function of the book alone: however its events came, one by one or in
// batches, late or twice, it is byte by byte the one that a scan makes.
//
// # What is a basket
//
// A sale that counts as an order (see [crm.Aggregates]) is a basket of what was
// bought, under the order's id: its lines of products, those below zero being
// given back. Drafts, canceled and expired orders are none, nor are adjustments,
// which correct money, and write-offs, which nobody bought. Fees, discounts and
// gift cards are no products; neither is a line that is named like a service
// ([ledger.Service]), unless the catalog had it when the order was recorded. A
// line whose product the catalog did not have stands under its SKU, and counts as
// the product as long as the catalog has it: see [Key].
//
// A refund is a basket of what was given back, under its own id: the units of its
// lines of products, but not those of orders that do not count; of lines without
// units, money alone was given back. One without any line that gives back all
// that its order cost gives back all that is in it.
//
// An order with the tag "gift" shows what goes together, and not what the buyer
// likes: it is a basket of nobody's. What comes back of it is left out. Large
// orders are not told apart here; the models cap what they count of one.
//
// What people did without buying is a basket a session, under the id of its first
// interaction: of one kind, on one day of the shop's calendar, without a pause of
// half an hour. Each product counts once. Of one person's day the first thousand
// interactions count.
//
//	viewed    view_item, select_item
//	searched  search and view_search_results with a product, the one chosen, and
//	          select_item of a list that is called search
//	carted    add_to_cart, unless it was taken out again in the session
//	wished    add_to_wishlist
//	tried     ar_session that did not fail
//	rated     rating and review, from 4 of 5 on
//	disliked  rating and review of 1 or 2: what they did before with the product,
//	          but for buying it, says no longer that they like it
//
// What was shown, view_item_list, is none.
//
// # Whose it is
//
// Everybody's baskets stand under the survivor's id, and those of a visitor whom
// nobody identified under the visitor's. Orders that name nobody are nobody's.
// Of who objected to profiling the orders stay as nobody's, as those who buy
// without an account leave, and the rest goes: nothing is learned of the person,
// and what the shop sells is still counted. It comes back when they change their
// mind. A consent that ends by time alone is taken in with the next change of the
// person. Of who was erased nothing is left, from the event on that tells of it.
package intake
