// Package crmtest is for a shop's own tests, demos and benchmarks: a book in
// memory that closes itself, records to begin with, options for go-cmp, and a
// whole shop that does not exist.
//
// # The smallest program
//
//	func TestThanks(t *testing.T) {
//		book := crmtest.New(t)
//		if _, err := book.Import(t.Context(), crmtest.Shop(1000, 1).Records(), nil); err != nil {
//			t.Fatal(err)
//		}
//		ada, err := book.Customers.ByEmail(t.Context(), "ada.byron@example.com")
//		…
//	}
//
// # The demo shop
//
// [Shop] returns a [Demo] with so many customers. It sells coffee, kitchenware,
// furniture, clothes, shoes, care, pet food and glasses in twelve countries and
// six currencies, on the web, in an app, in stores, on a marketplace and by
// telephone. [Demo.Records] tells what the back office would: products,
// accounts, orders and refunds. [Demo.Behavior] tells what visitors did before
// they bought, and when they did not. [Demo.All] tells both as one story, with
// consents, messages, calls, ratings, and who turned out to be whom: about ten
// times as many records. Number of orders and products, period and
// currencies are fields; zero is a good default.
//
// What models find in it is there, as it is in real shops:
//
//   - Half of the buyers buy once. The others buy at rates that are gamma
//     distributed, and drop out after times of a heavy tail: Pareto/NBD. One in
//     a hundred buys for a firm, and more of it. New ones keep coming.
//   - Some use up what they buy, and order it again when it runs out: every
//     product that is used up has a rhythm, and every customer keeps to their
//     pack.
//   - Customers lean to two categories, to a brand in each, to a size, and to
//     what they had before. Popularity follows Zipf's law. Each product has
//     three that are often bought with it; two of them are its Relations.
//   - More is bought before Christmas, in the week of Black Friday and in the
//     sale of July, on Sundays and in the evening. Shoes sell best in spring.
//   - Fashion comes back, coffee does not; a few customers send back most of
//     what they buy. Some orders are called off, some are never paid, some
//     parcels are late. Some customers buy only with a coupon. Some register
//     and never buy. Guests register later, and some give no name in the store.
//   - New products appear; a few are no longer for sale, or out of stock.
//   - Most visitors are nobody until they sign in or buy, and many for ever. Who
//     reads newsletters agreed to them; some take that back.
//
// The names are put together from lists, mail goes to example.com, example.org
// and example.net, and telephone numbers are from the ranges that Germany, the
// United Kingdom, France, the United States, Sweden and Ireland set aside for
// fiction. There are few of those and each has one owner at most, so a shop of
// a million has telephones for one in a hundred.
//
// # The story
//
// Three people are in every shop, whatever its seed, by these refs of source
// "demo". All live in the British Isles.
//
//   - ada: Ada Byron, ada.byron@example.com, with an account, tagged vip. Buys a
//     kilogram of coffee every four weeks by app until the end, first with a
//     pot and the coupon WELCOME5; on the way a pair of glasses with
//     shirts, some of which she sends back, a shirt in the store, and blankets,
//     after an order for one that she cancels. Reads the newsletter.
//   - george: George Boole, george.boole@example.org, with an account. Five good
//     orders in the first quarter, an end to the newsletter, and silence.
//   - mary: Mary Somerville, mary.somerville@example.net, a guest. Ordered once,
//     by telephone, and sent it back.
//
// # Duplicates
//
// [Demo.Duplicates] tells of customers whom the shop has twice, with slips of the
// pen, moved, married or as guests, and of others who only look like it: whoever
// shares a home or a telephone, twins and namesakes. The truth stands beside each.
//
// # Fixtures
//
// [Customer], [Product], [Order], [Refund], [Interaction] and [Consent] return
// valid records that belong together, for a test to change. [Options] lets
// cmp.Diff compare them with what the book holds.
//
// # Errors
//
// Only a currency that the shop cannot price is an error, which wraps
// [crm.ErrInvalid]. [New] ends the test when it fails.
//
// # Concurrency
//
// Everything here is safe for concurrent use, once the fields of a [Demo] are
// set. Nothing runs in the background. Going over a shop of n customers takes
// some 60 bytes for each, and a few microseconds an order.
//
// # Compatibility
//
// Equal shops are equal to the last byte on every platform and in every patch
// release: testdata/golden.txt holds their hashes. A minor release may change
// what a seed stands for, and says so in CHANGELOG.md.
package crmtest
