// Package collect receives what customers and visitors do on a shop's pages and
// in its apps: batches of events over HTTP, each recorded as a
// [crm.Interaction]. It brings the script that the pages report with.
//
// # Smallest program
//
//	h, err := collect.New(book, nil)
//	mux.Handle("/collect/", h)
//
// and on each page, where the second line may also stand in a file of the shop's:
//
//	<script async src="/collect/clientele.js"></script>
//	<script>window.clientele ||= function () { (clientele.q ||= []).push(arguments) }</script>
//
// The script reports page_view by itself, unless it has data-auto="off". The rest
// the shop says: clientele('add_to_cart', {value: 9.5, currency: 'EUR', items: [...]});
// and clientele('page_view') where the address changes without a new page. What
// is rejected stands in the browser's console.
//
// # Batches
//
//	{"app_instance_id": "9f…", "sent_at": 1750000000000, "events": [
//	  {"id": "mbwn…", "name": "view_item", "time": 1749999990000,
//	   "params": {"value": 9.5, "currency": "EUR", "items": [{"item_id": "CUP"}]}}]}
//
// Names and parameters are those of Google Analytics 4. The name is the
// interaction's kind; value and currency are its Value; an item_id is an SKU;
// parameters without a field become properties. One item that is alone is the
// interaction's own, and stands in its Items only when more is told of it than
// what it is. A purchase is what the page told of: orders come from the back
// office. Of addresses of pages only the place and utm_ parameters are kept. What
// only the shop knows, such as a ticket or a note, is refused.
//
// Times are milliseconds or RFC 3339 (time, sent_at), or microseconds
// (timestamp_micros). sent_at corrects the device's clock: all times are moved by
// what ours is ahead of it, when that is 10 seconds or more; that it was another
// for a part of them cannot be told. What seems up to a day ahead then is now;
// what is further ahead, or older than [Options].MaxAge, is refused.
//
// The answer tells of each event in its order: accepted; duplicate, as it came
// before; dropped, as nobody wants it kept; or rejected, with the field, what
// came and what was expected, and never the value. All of these are final: the
// device forgets the events. It keeps them, and comes again, after a 429 or 5xx
// and when there is no answer. After a 413 it sends fewer at once; any other 4xx
// is of the whole request, and says why. Bodies are application/json or, as
// beacons send them, text/plain, and may be packed with gzip.
//
// # Retries
//
// An event has an id that its device made up. With it an event is taken once,
// however often it comes within [Options].MaxAge and whatever the clocks say: a
// receipt is written in the transaction of the interaction. Ids are the visitor's
// own; on pages one of 22 characters or more is nobody else's, also under another
// cookie. Begin ids with the time, as UUIDv7 does: then receipts stand together.
// An event without an id but with a time is known by its content. [Handler.Run]
// throws receipts away that no retry can bring up.
//
// # Visitors
//
// A browser gets a cookie with a random id: first-party, HttpOnly, SameSite=Lax,
// Secure on https, for [Options].CookieAge from the first visit on. The script
// sets none, and its localStorage holds what is not answered yet. An app gives
// its app_instance_id: at random, as a UUID is, since whoever can guess it can
// tell things of its visitor; and a new one when its customer signs out. Either
// is the Device of an anonymous visitor. Nothing else that a page or an app says
// makes it anybody: no user_id, no address. Once [Options].Customer knows who it
// is, the interactions are the customer's and the device is identified as theirs
// by the book's rules, with all that was done on it before. When another customer
// signs in on the same browser, it gets a new cookie; call [Handler.Reset] when
// one signs out.
//
// # What visitors want
//
// Nothing is kept of whoever denied or withdrew [crm.PurposeAnalytics] or
// [crm.PurposeProfiling]: events are answered as dropped, and the cookie becomes
// "no", which is the same for all. "Sec-GPC: 1" goes to [crm.Consents.Signal]:
// it denies the sale of data and what [crm.Options].GPCPurposes names. With
// [Options].ConsentFirst nothing is kept before analytics are granted: the
// script holds events back, and stores nothing, until
//
//	clientele('consent', 'granted', 'version of the text')
//
// says so, or 'denied'. The ledger has it with its proof. Robots, prefetched and
// prerendered pages are dropped too.
//
// # Transactions
//
// A batch is one transaction: after a crash all of it is there or nothing, and
// sending it again is right in either case. It is completed, within 20 seconds,
// when its sender is gone. The handler opens its own: it has no In.
//
// # Errors
//
// [New] returns a [*crm.Error]. Over HTTP, what is the sender's fault is answered
// with a 4xx and is not logged; what fails here is logged and answered with 503.
// Neither has personal data. Set timeouts in http.Server: a body may come slowly.
//
// # Concurrency
//
// A [Handler] is safe for concurrent use, and starts no goroutine. Several
// processes may serve one store, but each counts the limits for itself.
//
// # Compatibility
//
// Scripts and apps of an earlier release are understood: members that are not
// known are left out of account, and none changes its meaning. The book's table
// 40 holds receipts, hashes of random ids that lead to nobody, which is why they
// stay when somebody is erased: so a retry brings nothing back.
package collect
