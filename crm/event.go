package crm

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// An EventKind names a fact, in the past tense. Rooms and shops add their own
// with [Tx.Emit]; whoever reads the feed passes over kinds it does not know.
type EventKind string

// The events of the book.
const (
	CustomerCreated     EventKind = "customer.created"
	CustomerUpdated     EventKind = "customer.updated"
	ProductCreated      EventKind = "product.created"
	ProductUpdated      EventKind = "product.updated"
	ProductPriceChanged EventKind = "product.price_changed" // one a variant: Changes has its "price"
	ProductStockChanged EventKind = "product.stock_changed" // one a variant: Changes has its "stock"
	OrderRecorded       EventKind = "order.recorded"
	OrderUpdated        EventKind = "order.updated"
	OrderCanceled       EventKind = "order.canceled" // beside order.updated, when an order stops counting
	RefundRecorded      EventKind = "refund.recorded"
	RefundUpdated       EventKind = "refund.updated"

	CustomerMerged      EventKind = "customer.merged"      // one for each of the two: OtherID is the other
	CustomerUnmerged    EventKind = "customer.unmerged"    // one for each of the two
	CustomerErased      EventKind = "customer.erased"      // one for each id of the person
	IdentityLinked      EventKind = "identity.linked"      // Name is its kind
	IdentityUnlinked    EventKind = "identity.unlinked"    // Name is its kind
	InteractionRecorded EventKind = "interaction.recorded" // Name is its kind
	InteractionUpdated  EventKind = "interaction.updated"  // Name is its kind
	ConsentChanged      EventKind = "consent.changed"      // Name is the purpose; Changes has the "state"
	TraitsChanged       EventKind = "traits.changed"       // Name is the room; Changes has the traits' names
	GroupChanged        EventKind = "group.changed"        // Name is the group's id; one for each customer concerned
)

// The events that are of the book as a whole.
const (
	AttributesDeclared EventKind = "attributes.declared"
)

// An Event is a fact that was recorded, written in the same transaction as the
// change that it tells of. It refers to records and holds no personal data.
type Event struct {
	Cursor        store.Cursor  `json:"cursor"` // where the feed stands after it
	Kind          EventKind     `json:"kind"`
	CustomerID    CustomerID    `json:"customer_id,omitzero"`
	ProductID     ProductID     `json:"product_id,omitzero"`
	SKU           string        `json:"sku,omitzero"`
	OrderID       OrderID       `json:"order_id,omitzero"`
	RefundID      RefundID      `json:"refund_id,omitzero"`
	InteractionID InteractionID `json:"interaction_id,omitzero"`
	OtherID       CustomerID    `json:"other_id,omitzero"` // the other customer of a merge; whose an order or a refund was before; a device's visitor
	Name          string        `json:"name,omitzero"`     // what the kind of event says
	Channel       Channel       `json:"channel,omitzero"`  // of interactions and consents
	Changes       []Change      `json:"changes,omitzero"`  // of an update
	Backfill      bool          `json:"backfill,omitzero"` // imported history: read models use it, triggers pass over it
	By            string        `json:"by,omitzero"`       // name of the follower in whose transaction it was written
	OccurredAt    time.Time     `json:"occurred_at"`       // in the world
	CreatedAt     time.Time     `json:"created_at"`        // recorded here
}

// A Change names a field that got another value, as in JSON. From and To are
// given for stock, prices and states, and left empty for everything else.
type Change struct {
	Field string `json:"field"`
	From  string `json:"from,omitzero"`
	To    string `json:"to,omitzero"`
}

func eventFields(c *store.Coder, e *Event) {
	store.String(c, 1, &e.Kind)
	store.String(c, 2, &e.CustomerID)
	store.String(c, 3, &e.ProductID)
	store.String(c, 4, &e.SKU)
	store.String(c, 5, &e.OrderID)
	store.String(c, 6, &e.RefundID)
	store.List(c, 7, &e.Changes, changeFields)
	store.Bool(c, 8, &e.Backfill)
	store.Time(c, 9, &e.OccurredAt)
	store.Time(c, 10, &e.CreatedAt)
	store.String(c, 11, &e.By)
	store.String(c, 12, &e.InteractionID)
	store.String(c, 13, &e.OtherID)
	store.String(c, 14, &e.Name)
	store.String(c, 15, &e.Channel)
}

func changeFields(c *store.Coder, d *Change) {
	store.String(c, 1, &d.Field)
	store.String(c, 2, &d.From)
	store.String(c, 3, &d.To)
}

// Events reads the feed of a book: what was recorded, in commit order, gap-free
// and for as long as it is kept. It is safe for concurrent use.
type Events struct {
	book *Book
}

// List yields the events after a cursor and ends when it has caught up; the
// zero Cursor is the beginning. It yields at most one error, last: one that
// wraps [store.ErrCursorExpired] when what follows the cursor is not kept any
// more.
func (e *Events) List(ctx context.Context, after store.Cursor) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		for entry, err := range e.book.st.Feed(ctx, after) {
			if err == nil && entry.Topic != e.book.topic {
				continue
			}
			var ev *Event
			if err == nil {
				ev = &Event{}
				err = store.Decode(entry.Payload, ev, eventFields)
				ev.Cursor = entry.Cursor
			}
			if err != nil {
				yield(nil, wrap("Events.List", "event", "", err))
				return
			}
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// Wait returns nil when the feed has grown past the cursor, which may be by
// another book's events, or ctx's error.
func (e *Events) Wait(ctx context.Context, after store.Cursor) error {
	return wrap("Events.Wait", "event", "", e.book.st.Wait(ctx, after))
}

// Head returns the cursor of the newest event.
func (e *Events) Head(ctx context.Context) (head store.Cursor, err error) {
	err = e.book.st.View(ctx, func(_ context.Context, r store.Reader) error {
		head, err = r.Head()
		return err
	})
	return head, wrap("Events.Head", "event", "", err)
}

// bookKinds are the first words of the kinds of events that only the book
// writes.
var bookKinds = []string{
	"customer", "product", "order", "refund", "identity", "interaction", "consent", "traits", "group", "attributes",
}

// Emit adds a fact of a room's or a shop's own to the feed, in this transaction,
// with what e refers to and without personal data. Its Kind is two words with a
// dot, such as "segment.entered", of which the first is none that the book's own
// kinds begin with. Cursor, By and CreatedAt are set by the book, a zero
// OccurredAt is now, and Backfill is set in an import also when it is not here.
//
// Whether the records exist that e refers to is not looked up. Emit returns an
// [*InvalidError] that lists everything that is wrong with e, and in a
// transaction of [Book.View], which then returns [ErrReadOnly], nil.
func (tx *Tx) Emit(e Event) error {
	var f faults
	first, second, _ := strings.Cut(string(e.Kind), ".")
	f.word("kind", first)
	f.word("kind", second)
	if slices.Contains(bookKinds, first) {
		f.add("kind", string(e.Kind), "a kind that is not the book's")
	}
	for _, id := range []struct{ field, id string }{
		{"customer_id", string(e.CustomerID)}, {"product_id", string(e.ProductID)}, {"order_id", string(e.OrderID)},
		{"refund_id", string(e.RefundID)}, {"interaction_id", string(e.InteractionID)}, {"other_id", string(e.OtherID)},
		{"name", e.Name},
	} {
		if id.id != "" {
			f.id(id.field, id.id)
		}
	}
	f.text("sku", e.SKU, 200)
	f.text("channel", string(e.Channel), 64)
	f.time("occurred_at", e.OccurredAt)
	if len(e.Changes) > maxChanges {
		f.add("changes", strconv.Itoa(len(e.Changes)), fmt.Sprintf("at most %d", maxChanges))
	}
	for i, c := range e.Changes {
		f.in("changes", i)
		f.id("field", c.Field)
		f.text("from", c.From, 255)
		f.text("to", c.To, 255)
	}
	f.in("", 0)
	if err := f.err(); err != nil {
		return wrap("Emit", "event", "", err)
	}
	e.Backfill, e.OccurredAt = e.Backfill || tx.backfill, utc(e.OccurredAt)
	tx.write(e)
	return nil
}

const maxChanges = 50 // of an event that is not the book's

// emit writes an event of the book.
func (tx *Tx) emit(e Event) {
	e.Backfill = tx.backfill
	tx.write(e)
}

func (tx *Tx) write(e Event) {
	e.By, e.CreatedAt = tx.by, tx.now
	if e.OccurredAt.IsZero() {
		e.OccurredAt = tx.now
	}
	tx.audit(&e)
	tx.tally(e.Kind)
	tx.scratch = store.Encode(tx.scratch[:0], &e, eventFields)
	tx.st.Emit(tx.book.topic, tx.scratch)
}
