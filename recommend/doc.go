// Package recommend tells what a customer of a shop takes next, and why: what they
// buy again, what is new to them, what else belongs into the cart, what comes next
// in a visit. It learns from the orders and the behavior of a customer book, in the
// shop's own process, and answers in about a millisecond or less.
//
// # Smallest program
//
//	rec, err := recommend.New(book, nil)
//	if err != nil {
//		return err
//	}
//	list, err := rec.ForCustomer(ctx, customer, &recommend.Query{N: 4})
//	if err != nil {
//		return err
//	}
//	for _, item := range list.Items {
//		fmt.Println(item.ProductID, item.Reasons[0].Key)
//	}
//
// # Concepts
//
// A Question is a method of the [Recommender], as no model is good at all of them:
// ForCustomer, BuyAgain, ForCart, BoughtTogether, Similar, UpSell, Next for a visit,
// Trending and New. Several small models answer each, weighed by what would have
// been right in the shop's own last weeks, or months where few come.
//
// A [Query] says what the list is to be like: how long, with what was bought before
// or without, of which brands and prices, with which pins and boosts. Its rules never
// leak: what may not be sold, is in the cart or was bought too lately is left out
// before the list is filled, and the records of what is in it are read once more
// before it is given out.
//
// A [List] says what it comes from, its [Stage], and how much of it is a fallback:
// somebody of whom nothing is known, or who objected to profiling, gets what many
// buy, and is told so. Each item has its reasons, from what ranked it.
//
// What was shown is a [crm.Interaction] of kind view_item_list whose items name the
// place, and what was chosen one of select_item: [Query.Fresh] reads them.
// [Recommender.Show] writes the first, and [Recommender.Outcomes] tells what came of
// it. [Recommender.WhoWouldBuy] turns the question round, [Recommender.Batch] asks it
// for many, and [Recommender.Affinities] tells what a customer leans to.
//
// Only products of the catalog are recommended. Order lines that are no product,
// what was given back and canceled orders are left out; an order with the tag "gift"
// tells of the shop, and not of the buyer. What was sold by its SKU before the catalog
// had it counts once the catalog has it.
//
// [Learn] makes a recommender of plain rows without a book, and package eval puts
// any recommender to the test on the shop's own past.
//
// # Transactions
//
// Questions read in transactions of their own. [Recommender.In] asks within one of
// the book's, and sees what it wrote.
//
// # Errors
//
// All are [crm.Error]s with the name of the method, or of that of the book which
// failed in it. They wrap [crm.ErrNotFound] for who or what is not in the book,
// [crm.ErrErased], an [crm.InvalidError] that lists all that is wrong with a query, or
// what the store says.
//
// # Concurrency
//
// A Recommender is safe for concurrent use. It keeps orders and behavior of the last
// state of the book in memory, and models beside them, which are made anew by
// [Recommender.Run] and swapped in when they are done: questions wait for them only
// when there are none yet, and of a shop of a few orders or products when it has twice
// as many. Nothing runs in the background but what the shop runs.
//
// # Compatibility
//
// The order of a list and its scores may change with every release: they are meant
// to become better. Equal books, queries and clocks give equal lists. What is saved
// is a cache that a later release may make anew.
package recommend
