// Package quality tells how good the data in a book are: of how many persons
// what is known, and what of it is bad, stale or double, with ids to look at.
//
// # The smallest program
//
//	report, err := quality.Check(ctx, book, nil)
//	fmt.Println(report)
//
// # Concepts
//
// [Check] looks at every person of the book once: customers who were merged
// count as the one that they are, with all that is known of any, and those who
// were erased do not count. A [Report] has a [Field] for each thing that is known
// of persons, and a [Finding] for each [Fault] that was found, the worst first,
// with how many there are and the ids of some.
//
// The rules are the book's own where it has some: in which form identities are
// compared, how countries are dialed, which words stand for nobody. Beside those
// they are public and simple; what only a list of guesses could tell, such as a
// slip in the name of a mail provider, is left alone.
//
//	field              fault        severity  what it is
//	name               not_a_name   medium    without a letter, or an e-mail or web address
//	                   placeholder  medium    nothing but words that the book blocks: Test Test, N/A
//	email              invalid      high      not as RFC 5321 has it, or without a dot in the domain
//	                   placeholder  high      blocked by the book: noreply@ of any domain
//	                   duplicate    high      several persons have it
//	                   disposable   medium    as Options.Disposable says
//	                   role         low       of an office, as RFC 2142 has it: info@
//	phone              invalid      medium    with too few or too many digits for its country
//	                   placeholder  medium    blocked by the book: 000000
//	                   unknown      low       national, and the book does not know of which country
//	                   duplicate    low       several persons have it, as families do
//	address            incomplete   medium    without a street or a city
//	                   placeholder  medium    with a street or a city that the book blocks
//	address.country    unknown      medium    no code of ISO 3166-1 alpha-2
//	address.postcode   invalid      medium    of a shape that its country has not
//	birthday           future       medium    still to come, on the shop's day
//	                   too_old      medium    more than 120 years ago
//	email, phone,      stale        medium    nothing was heard of the person for Options.Stale: their
//	address                                   record was not changed, at its Version if it has one, they
//	                                          neither ordered nor did nor allowed anything, and nobody
//	                                          verified an address or a number of the kind
//	customer           unreachable  medium    neither e-mail address nor phone number nor postal address
//	consent            unproven     high      a grant that holds, with neither the text nor the mechanism
//	identity.KIND      duplicate    high      several persons have it, such as a customer card
//	                   unverified   low       somebody typed it
//	order              stray        medium    names no customer, but an e-mail address or a phone number
//
// What is not known of a person at all is missing (low); what can be no locale
// or time zone is invalid or unknown (low). An e-mail address or a phone number
// is any that is known of the person, in the record or beside it.
//
// A person who has two faults of a field counts with each, and once among those
// whose field is bad. Duplicates are a matter of exactly the same value; who
// else may be the same person, package duplicates finds.
//
// # Transactions
//
// Check reads in short transactions of a hundred persons each and writes nothing.
// The shop goes on meanwhile, so the report is of no single moment. It cannot run
// within a transaction: with its ctx it returns [crm.ErrNested].
//
// # Errors
//
// Check returns a [crm.Error] that wraps [crm.ErrInvalid] for options that
// cannot be, ctx's error, or the store's. A report holds ids and numbers, and no
// personal data.
//
// # Concurrency
//
// Check may be called by many goroutines at once; each call uses one core, and
// 40 MB of memory whatever the size of the book. A Report is plain data.
//
// # Compatibility
//
// The package keeps nothing in the store. Later releases may find more faults;
// the words of fields, faults and severities stay.
package quality
