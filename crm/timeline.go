package crm

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Timeline is the story of customers of a Book or a Tx. It is
// safe for concurrent use when it is a Book's.
type Timeline struct {
	conn
}

// An EntryKind says what an [Entry] is of.
type EntryKind string

// The kinds of entries.
const (
	EntryOrder       EntryKind = "order"       // at its OccurredAt; its States and Shipments tell the rest
	EntryRefund      EntryKind = "refund"      // at its OccurredAt
	EntryInteraction EntryKind = "interaction" // at its OccurredAt
	EntryConsent     EntryKind = "consent"     // an entry of the ledger, at its OccurredAt, which may be zero
)

// An Entry is one thing on a timeline. One of Order, Refund, Interaction and
// Consent is set, as Kind says.
type Entry struct {
	Kind        EntryKind    `json:"kind"`
	At          time.Time    `json:"at"`
	CustomerID  CustomerID   `json:"customer_id"`      // under which it was recorded: the customer's, or another's who was merged with them
	Channel     Channel      `json:"channel,omitzero"` // "" for a refund
	Order       *Order       `json:"order,omitzero"`
	Refund      *Refund      `json:"refund,omitzero"`
	Interaction *Interaction `json:"interaction,omitzero"`
	Consent     *Consent     `json:"consent,omitzero"`
}

// LogValue keeps personal data out of logs: an Entry logs as its kind and time.
func (e Entry) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(e.Kind)), slog.Time("at", e.At))
}

// TimelineQuery selects what a timeline shows. The zero value selects
// everything, the newest first.
type TimelineQuery struct {
	Kinds        []EntryKind       // of one of these; empty is all
	Interactions []InteractionKind // of interactions, those of one of these kinds; empty is all
	Channels     []Channel         // by one of these; empty is all. Refunds have none
	Direction    Direction         // only interactions of this direction; "" is all
	From, To     time.Time         // at From or later and before To; zero is open
	Oldest       bool              // the oldest first; else the newest
	Limit        int               // of a page, 0 means 100; of a list, 0 means all
	After        string            // the Next of the page before
}

// List yields everything that there is of a customer and of whoever was merged
// with them, also as visitors, as q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Timeline) List(ctx context.Context, id CustomerID, q TimelineQuery) iter.Seq2[*Entry, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Entry], error) {
		q.Limit, q.After = limit, after
		return c.Page(ctx, id, q)
	})
}

// Page returns one page of a customer's timeline, by time and by id among
// equals. What is recorded between two pages shows in the later one where its
// time comes after the page before, in the direction of the query, and nothing
// shows twice. An id of nobody has an empty timeline.
//
// Where q selects by kinds of interactions, channel or direction, a page reads
// up to 2,000 entries and may then hold fewer than Limit, or none, and still
// have a Next. Page returns an [*InvalidError] for a kind of entries that there
// is not, and [ErrInvalid] for an After that is not of a page of the same query.
func (c *Timeline) Page(ctx context.Context, id CustomerID, q TimelineQuery) (Page[Entry], error) {
	return see(ctx, c.conn, "Timeline.Page", "customer", string(id), func(tx *Tx) (Page[Entry], error) {
		return tx.timeline(id, q)
	})
}

// A course is what a timeline has of one table.
type course struct {
	kind EntryKind
	lane func(*Book) store.Key // where the keys of its index begin
	read func(*Tx, []stop) ([]*Entry, error)
}

// courseOf makes a course of the table that table gets.
func courseOf[T any](kind EntryKind, table func(*Book) *store.Table[T], entry func(*T) Entry) course {
	return course{kind, func(b *Book) store.Key { return table(b).Index("customer").Key() }, func(tx *Tx, stops []stop) ([]*Entry, error) {
		records, err := there(tx, table(tx.book), stops)
		if err != nil {
			return nil, err
		}
		made, entries := make([]Entry, len(records)), make([]*Entry, len(records))
		for i, v := range records {
			made[i] = entry(v)
			made[i].Kind = kind
			entries[i] = &made[i]
		}
		return entries, nil
	}}
}

// courses are all that a timeline has; a lane's kind is its place here.
var courses = []course{
	courseOf(EntryOrder, func(b *Book) *store.Table[Order] { return b.orders }, func(o *Order) Entry {
		return Entry{At: o.OccurredAt, CustomerID: o.CustomerID, Channel: o.Channel, Order: o}
	}),
	courseOf(EntryRefund, func(b *Book) *store.Table[Refund] { return b.refunds }, func(r *Refund) Entry {
		return Entry{At: r.OccurredAt, CustomerID: r.CustomerID, Refund: r}
	}),
	courseOf(EntryInteraction, func(b *Book) *store.Table[Interaction] { return b.interactions }, func(i *Interaction) Entry {
		return Entry{At: i.OccurredAt, CustomerID: i.CustomerID, Channel: i.Channel, Interaction: i}
	}),
	courseOf(EntryConsent, func(b *Book) *store.Table[Consent] { return b.consents }, func(v *Consent) Entry {
		return Entry{At: v.OccurredAt, CustomerID: v.CustomerID, Channel: v.Channel, Consent: v}
	}),
}

// timeline is Timeline.Page.
func (tx *Tx) timeline(id CustomerID, q TimelineQuery) (Page[Entry], error) {
	var f faults
	for n, k := range q.Kinds {
		f.in("kinds", n)
		oneOf(&f, "", k, EntryOrder, EntryRefund, EntryInteraction, EntryConsent)
	}
	if err := f.err(); err != nil {
		return Page[Entry]{}, err
	}
	ids, err := tx.cluster(id)
	if err != nil {
		return Page[Entry]{}, err
	}
	customers := customersOf(ids)
	var lanes []lane
	for n, c := range courses {
		switch {
		case !among(q.Kinds, c.kind) || q.Direction != "" && c.kind != EntryInteraction:
		case c.kind == EntryOrder || c.kind == EntryRefund: // visitors have none
			lanes = lanesOf(lanes, c.lane(tx.book), n, customers)
		default:
			lanes = lanesOf(lanes, c.lane(tx.book), n, ids)
		}
	}
	s := sieve[Entry]{gather: tx.along(lanes), read: tx.entries}
	if len(q.Interactions) > 0 || len(q.Channels) > 0 || q.Direction != "" {
		s.keep = q.selects
	}
	return s.page(span{q.From, q.To, !q.Oldest, q.Limit, q.After, string(id)})
}

// selects reports whether q selects an entry, its kind and window aside.
func (q *TimelineQuery) selects(e *Entry) bool {
	if i := e.Interaction; i != nil && (!among(q.Interactions, i.Kind) || q.Direction != "" && q.Direction != i.Direction) {
		return false
	}
	return among(q.Channels, e.Channel)
}

// entries returns what is at stops, in the same order: one read a table.
func (tx *Tx) entries(stops []stop) ([]*Entry, error) {
	of := make([][]stop, len(courses))
	for _, s := range stops {
		of[s.kind] = append(of[s.kind], s)
	}
	read := make([][]*Entry, len(courses))
	for n, list := range of {
		if len(list) == 0 {
			continue
		}
		var err error
		if read[n], err = courses[n].read(tx, list); err != nil {
			return nil, err
		}
	}
	all := make([]*Entry, len(stops))
	for i, s := range stops {
		all[i], read[s.kind] = read[s.kind][0], read[s.kind][1:]
	}
	return all, nil
}
