// Package search finds customers by what somebody at the counter or on the phone
// knows of them: half a name, a part of an e-mail address, the last digits of a
// phone number, the number of an order, a city beside a name, with typos.
//
// # Smallest program
//
//	index, err := search.New(book, nil)
//	if err != nil {
//		return err
//	}
//	go index.Run(ctx) // builds the index, and keeps it up to date; or see crm.Book.Run
//	rows, err := index.Rows(ctx, search.Query{Text: "j smiht berlin"})
//	for _, r := range rows {
//		fmt.Println(r.Customer.Name(), r.Customer.Email, r.LastOrder)
//	}
//
// # Concepts
//
// An [Index] stands in the tables 36 to 39 of the book's store, and takes no
// memory of the process but while it answers. [Index.Run] follows the book: what
// was committed is found a moment later, usually some milliseconds, and as much
// later as the follower is behind. [Index.Sync] waits for it. The first Run
// builds the index of a book that has customers already; meanwhile a [Result]
// says Building.
//
// A person is one [Hit], however many customers were merged: the names and
// addresses of all of them are searched, under the id of the survivor. Searched
// are given and family names, those on addresses, companies, e-mail addresses
// old and new, streets, cities, regions, postcodes, phone numbers, keys of
// sources, numbers of customer cards, ids, and the numbers of orders. Notes, tags
// and attributes are not.
//
// The words of a [Query] may come in any order, and all of them have to match, in
// whatever fields; when nobody has all, those follow who have at least half.
// Letters are compared without case and marks: Muller, Mueller and Müller find
// each other, as do O'Neill and Oneill, Van Dijk and Vandijk. Names in Greek,
// Cyrillic and other alphabets are compared as they are written; of Chinese,
// Japanese and Korean ones any part is found.
//
//	kind     matches
//	exact    the word, the address, the number
//	suffix   a phone number that ends so: four digits or more; the number of an
//	         order that ends so, with zeros in front
//	prefix   a word, an address or a number that begins so: one letter or more; the
//	         number of an order from where digits begin: 2025-1 of so-2025-1001
//	typo     a letter more, less, wrong, or two swapped: one in words of four
//	         to seven letters, two from eight on. Names, companies and places
//	         are searched so; the first letter may be wrong, too.
//
// The better kind comes first, then names before the rest, then the order of the
// words, and among equals who was recorded last. Equal indexes answer equally. Of
// what very many people have, such as the domain of a large mail provider, fifty
// thousand who were recorded last are looked at: the [Result] says More.
//
// Phone numbers are compared without what is dialed in front of them: +49 171
// 5550199, 0049 171 5550199 and 0171 5550199 are one.
//
// # Privacy
//
// An index holds what it finds by: names, addresses and numbers stand in its keys
// and values as plain words. That is personal data, as that in the book beside it
// is, so protect backups alike. Its tables are registered with the book:
// [crm.Privacy.Erase] takes a person out of the index in its own transaction,
// words that nobody else has included, and [crm.Privacy.Export] tells what stands
// there. A process that erases has to open the index, or Erase refuses. Exports of
// the whole book leave the index out, as it is built anew. A Hit, the feed, logs
// and errors hold nothing personal; a [Row] does.
//
// # Transactions
//
// Find reads one snapshot, or in a transaction of the book that of [Index.In], so
// that what is found and what is then read agree. Changes reach the index in
// transactions of the follower, and in those of an erasure. Building writes some
// megabytes a transaction, and goes on where it was interrupted. An index that a
// release made in another way, and one whose book has trimmed its feed too early,
// is built anew beside what is there.
//
// # Errors
//
// A query that is too long, has too many words or is no text is a
// [*crm.InvalidError], whose text does not tell the query. Empty tables of a book
// that was never indexed are no error. All else is an error of the store.
//
// # Concurrency
//
// An [Index] is safe for concurrent use; that of In stays on the goroutine of its
// transaction. Reads never wait for the follower. Nothing runs but in Run and
// Tick, which several processes may run at once: one works, the others stand by.
//
// # Compatibility
//
// A later release reads what an earlier one built, and brings it up to date where
// words are made in another way. An earlier one refuses what it cannot read with
// [crm.ErrNewer].
package search
