// Package shopcsv reads and writes the CSV files that shop platforms export.
//
// A [Reader] turns a file of Shopify, WooCommerce, a till or a data warehouse
// into the records that [crm.Book.Import] takes, row by row, and accounts for
// every row. [WriteCustomers] and [WriteOrders] write what a book holds.
//
// # Smallest program
//
//	f, err := os.Open("orders_export.csv") // or .csv.gz
//	...
//	r, err := shopcsv.NewReader(f, shopcsv.Any, &shopcsv.Options{Rejects: rejects})
//	...
//	_, err = book.Import(ctx, r.Records(), &crm.ImportOptions{Reject: r.Reject})
//	...
//	fmt.Printf("%+v\n", r.Report())
//
// Ranging over [Reader.Records] without importing is the dry run.
//
// # Formats
//
// A [Preset] is read by its header, of which case, spaces, punctuation and
// order do not matter, nor columns beyond those it knows. [Any], [Shopify] and
// [WooCommerce] find out which export a file is. [Options].Columns renames
// columns of translated headers and plug-ins. A [Log] names the columns of a
// plain transaction log.
//
//   - Shopify orders: the Name is the ref. Refunded Amount becomes a refund
//     beside the order, dated by the order's last known time, as the export has
//     none. Which discounts are beyond those of the lines, and whether tax is
//     within the prices, is what makes the amounts add up to the Total, which
//     stands. The buyer is found by e-mail; without one the order is anonymous.
//   - Shopify customers: the ref is the Customer ID where there is one, else
//     the customer is found by e-mail. The metafield facts.birth_date is the
//     birthday; [Options].Attributes takes others, and columns such as Tax
//     Exempt. Those that nothing takes reject nothing: see [Reader.Warnings].
//   - Shopify products: the Handle is the ref.
//   - WooCommerce orders: the order's id or number is the ref; items come one a
//     row, or in a cell as JSON, as name:value pairs, or as "2× Cap, 1× Hat".
//   - WooCommerce products: variations may stand far from their parents, so
//     this one format is held in memory to its end.
//   - Mailchimp and Klaviyo: the customer is found by e-mail, and none of the
//     service's ids are kept, so that a shop's own export, before or after,
//     stays the one to know. Import it first: lists complete.
//   - OnlineRetail: a [Log]. C invoices are refunds, A invoices adjustments,
//     those without a line of positive quantity and price write-offs. Codes
//     that are no article numbers are fees, D discounts, gift_* gift cards.
//     Codes are taken as written, case included. Its times are read as UTC.
//
// A log has no catalog, but products must be known before they are sold: each
// is told of when a document first mentions it, and once more when a row first
// has both its price and its description. Prices are never worked out. The
// versions of these records make every later file of the shop's real catalog
// win over them.
//
// # Consents
//
// Columns of consents become consents to marketing by e-mail, SMS or
// [ChannelWhatsApp], with the file's Source as that of their proof. A blank cell
// says nothing; a word that is not known rejects its row. Imports never loosen
// what the book holds: see [crm.Consents.Record].
//
//	yes, subscribed                       granted
//	pending                               pending
//	unsubscribed                          withdrawn
//	cleaned; suppressed by Klaviyo        withdrawn, with what did it as mechanism: "bounce",
//	                                      "spam_complaint" or "suppressed"
//	no, never subscribed, non-subscribed, withdrawn if the same source granted it before,
//	archived                              else nothing
//
// The no of an export is of whoever left, and of all who were never asked. It
// takes back the yes of an earlier export, and leaves alone what the customer
// agreed to elsewhere, or will. An address that bounces is no word of the
// customer's, but there is no milder state that later lists cannot loosen; who
// signs up again, and says so to the shop, may be written to.
//
// Mailchimp and Klaviyo tell when it was; else it is [Options].AsOf. The
// Accepts Marketing of orders is left alone but for [Options].OrderConsents.
//
// # Text
//
// Commas, semicolons and tabs are told apart by the header. Cells are UTF-8;
// one that is not is Windows-1252, cell by cell, so that mixed files survive.
// Line ends, quoted line feeds, byte order marks and lone quotes are taken as
// they come. Numbers may have points, commas, groups and currency signs, times
// several forms; but what can be read in two ways, as 03/04/2011 and 1,234 can,
// is rejected unless [Options] says which is meant.
//
// In what this package writes, cells that a spreadsheet would take for a
// formula begin with an apostrophe; it is taken off when they are read.
//
// # Accounting
//
// A row that cannot be read stops nothing. It goes to [Options].Rejects with
// line, field, value and reason, and the other rows of its document go with it,
// so that an order is imported whole or not at all. What the book refuses joins
// them by [Reader.Reject]. The file can be mended and read as it is. The
// [Report] accounts for every row. Rejects hold the personal data of their rows.
//
// Memory does not grow with the file, but by some 20 bytes a document up to a
// million, by which rows that come too late for theirs are known, and by the
// codes of a log's products.
//
// # Errors
//
// NewReader returns a [*HeaderError] that shows the header it found, an error
// that wraps [crm.ErrInvalid] for options, or one of reading. Records yields an
// error only when the file or the rejects break off; documents that may lack
// rows are then not handed over.
//
// # Concurrency
//
// A Reader is ranged over by one goroutine at a time; its other methods may be
// called from any. Distinct Readers share nothing.
//
// # Compatibility
//
// A preset goes on reading every header it ever read. Files of WriteCustomers
// and WriteOrders are read by all later releases; new columns may join them.
package shopcsv
