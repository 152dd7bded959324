// Package duplicates finds customers of a book who are one person: typed in
// twice, married, moved, or a guest today who has had an account for years. It
// suggests and explains; people decide, or the shop lets it merge what is sure.
//
// # The smallest program
//
//	finder, err := duplicates.New(book, nil)
//	report, err := finder.Find(ctx)
//	page, err := finder.Page(ctx, duplicates.Query{Limit: 20})
//	for _, s := range page.Items {
//		…                                                          // show the two, and why
//		_, err = finder.Decide(ctx, s.A, s.B, duplicates.Same)     // merges them
//	}
//
// # Concepts
//
// A [Suggestion] is a pair of customers with the probability that they are one
// person. It is worked out by the model of Fellegi and Sunter (A Theory for
// Record Linkage, 1969) from names, birth date, e-mail addresses, telephone
// numbers, postal addresses and company, without any labels: how often two who
// are one person differ in a field is learned by EM from the book itself
// (Winkler 1988; Larsen and Rubin 2001), and to share a rare name says more than
// to share a common one (Winkler 1989). Names are compared by the distances of
// Damerau and Levenshtein and of Jaro and Winkler, also in each other's place; a
// house by its number. A field that one of the two lacks says nothing, so books
// without birth dates or telephones do well, and a book of ten customers gets by
// with what is known of such things in general.
//
// Each [Evidence] gives what one field says in bits. They add up: Prior, all
// weights and Household are the logarithm of the odds of Probability. Household
// is what holds those apart who only belong together. Couples, twins and
// colleagues agree in family name, address and telephone for another reason than
// being one person, and the better that explains a pair, the more it takes away.
//
// A [Band] says what to do: BandSure is what [Finder.MergeAutomatic] merges, when
// it is called; the others are for people to look at. Two with different birth
// dates, two accounts of one source with different e-mail addresses, and two whose
// given names are not the same while no birth date tells that they are no couple,
// are never sure. Groups hang together: that A is like B and B like C does not
// bring A and C into one. When A and C contradict each other, the better of the two
// pairs makes a group, and the other is possible, however probable, with what
// contradicts as its Conflict: people decide. Every customer is in ten such pairs
// at most: those first whose two do not contradict each other themselves, and of
// these the most probable.
//
// A [Decision] is for ever. Who was found [Different] is not offered again,
// whoever else is merged into the two. A merge that was undone, here or by
// Customers.Unmerge, becomes such a decision too, with the next search or
// MergeAutomatic at the latest, whoever had merged the two: the feed tells of it,
// as far as it is kept.
//
// [Finder.Find] searches the whole book and fills the queue that [Finder.Page]
// shows; [Finder.Last] tells when that was. [Finder.Similar] answers for one
// customer at once. [Finder.Tick] and [Finder.Run] search once a day.
//
// # What is compared, and what is kept
//
// All living customers are compared, those who were merged as one; also those who
// object to being profiled: to know that two records are of one person is to keep
// data accurate, tells nothing about the person's behavior, and makes an
// objection hold for all that is known of them. Visitors and who was erased are
// left out. Values that very many share, such as info@ addresses or the telephone
// of a switchboard, are not compared through; the report tells how many.
//
// What is kept of a pair are ids, levels and weights, nothing personal. It is
// part of what Privacy.Export tells of either customer, and gone with
// Privacy.Erase of either. E-mail addresses and telephones that stand beside a
// customer's record as identities are not compared, only those in it.
//
// # Transactions
//
// Decide is one transaction, and each merge of MergeAutomatic is. Find reads in
// short ones, compares outside of any, and writes in short ones: what was decided,
// merged or erased meanwhile is heeded.
//
// # Errors
//
// Calls return an [*crm.Error] that wraps one of crm's sentinels. Error texts and
// logs hold no personal data.
//
// # Concurrency
//
// A [Finder] is safe for concurrent use. No goroutine outlives the call that
// starts it; Find uses two. Several processes may call Run: one of them searches.
// Of two searches at once the one that began later fills the queue, and the other
// ends with [crm.ErrConflict]. A search takes some 700 bytes of memory a customer,
// which Similar keeps once it was called.
//
// # Compatibility
//
// Tables 32 to 34 are this package's. Probabilities of the same book may differ
// from release to release; decisions stay.
package duplicates
