package crm

import "slices"

// A Measurement is one thing that a book tells [Options.Observe]: what to do
// with which metric of whatever library the shop has. Its label has a value out
// of few, which are never personal data.
//
//	Name                  Kind       Label     what it is
//	records               counter    kind      records written: one for each [Event], by its kind, such
//	                                           as "order.recorded" or "customer.updated"; and
//	                                           "consent.recorded" for each entry of the ledger
//	import_records        counter    outcome   records that [Book.Import] and [Book.ImportJSONL]
//	                                           have "accepted" and "rejected"
//	transaction_seconds   histogram  outcome   how long each [Book.Update] took, and each call that is
//	                                           one, with all that it waited and ran again: "committed"
//	                                           or "failed"
//	follower_events       counter    follower  events that its handler has handled
//	follower_failures     counter    follower  failures of its handler with a single event
//	dead_letters          counter    follower  events that it went on without
//	follower_lag_events   gauge      follower  events that it has not read, counted up to 10,000
//	follower_lag_seconds  gauge      follower  since when the oldest of these waits for it
//	loop_restarts         counter    loop      times that [Book.Run] started a loop again
//
// Counters are told of after the commit, and of nothing that was rolled back: a
// dry run counts nothing, a callback that ran twice counts once. The lag is told
// by Book.Run, every 15 seconds, of all followers that the book knows, whichever
// process they work in; of one that cannot go on as the feed does not have any
// more what comes next, lag_events is 10,000 and lag_seconds is not told.
type Measurement struct {
	Name  string  // of the metric, in lower case
	Kind  string  // "counter": to be added; "gauge": how it stands now; "histogram": one more that was observed
	Label string  // the name of its label
	Of    string  // the value of its label
	Value float64 // of counters above 0; in the unit that Name tells
}

// observe tells of a measurement, if anybody wants to know.
func (b *Book) observe(name, kind, label, of string, value float64) {
	if b.opts.Observe != nil {
		b.opts.Observe(Measurement{name, kind, label, of, value})
	}
}

// count tells of a counter that has grown.
func (b *Book) count(name, label, of string, n int64) {
	if n > 0 {
		b.observe(name, "counter", label, of, float64(n))
	}
}

// imported tells of records that an import has committed, some of which it
// refused.
func (b *Book) imported(records, rejected int64) {
	b.count("import_records", "outcome", "accepted", records-rejected)
	b.count("import_records", "outcome", "rejected", rejected)
}

// A tally is how many records of a kind a transaction has written.
type tally struct {
	kind EventKind
	n    int64
}

// tally counts a record that was written, which is told of after the commit.
func (tx *Tx) tally(kind EventKind) {
	b := tx.book
	if b.opts.Observe == nil {
		return
	}
	if tx.tallies == nil {
		tx.tallies = &[]tally{}
		list := tx.tallies
		tx.st.AfterCommit(func() {
			for _, t := range *list {
				b.count("records", "kind", string(t.kind), t.n)
			}
		})
	}
	i := slices.IndexFunc(*tx.tallies, func(t tally) bool { return t.kind == kind })
	if i < 0 {
		i = len(*tx.tallies)
		*tx.tallies = append(*tx.tallies, tally{kind: kind})
	}
	(*tx.tallies)[i].n++
}

// consentRecorded is what entries of the ledger are counted as, of which events
// tell only when something else holds by them.
const consentRecorded EventKind = "consent.recorded"
