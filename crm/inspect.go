package crm

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/seed-9cb3708a/clientele/store"
)

// InspectQuery selects records of one of the book's tables for [Inspect].
type InspectQuery struct {
	Table    string // as [store.Tables] tells it, such as "crm.orders"
	Space    uint64 // the namespace, as [store.Namespaces] numbers it
	Newest   bool   // from the last id to the first
	Limit    int    // at most so many records; 0 means all
	Personal bool   // show what is personal; else such fields read "…"
}

// Inspect yields the records that q selects as JSON, in the order of their
// keys, for tools that look into a store. It wants no Book, as [New] brings a
// store up to date, and changes nothing. It yields at most one error, last: one
// that wraps [ErrNotFound] when q.Table is not a book's.
func Inspect(r store.Reader, q InspectQuery) iter.Seq2[json.RawMessage, error] {
	for _, s := range shelves {
		if s.table == q.Table {
			return s.inspect(r, q)
		}
	}
	return func(yield func(json.RawMessage, error) bool) {
		yield(nil, wrap("Inspect", "table", q.Table, ErrNotFound))
	}
}

// DecodeEvent reads an entry of the feed. It returns an error that wraps
// [ErrInvalid] for one that is not a book's.
func DecodeEvent(e store.Entry) (*Event, error) {
	if topic, _, _ := strings.Cut(e.Topic, "/"); topic != "crm" {
		return nil, wrap("DecodeEvent", "event", "", fmt.Errorf("topic %q: %w", e.Topic, ErrInvalid))
	}
	ev := &Event{}
	if err := store.Decode(e.Payload, ev, eventFields); err != nil {
		return nil, wrap("DecodeEvent", "event", "", err)
	}
	ev.Cursor = e.Cursor
	return ev, nil
}

// A shelf is a table whose records can be shown.
type shelf struct {
	table    string
	personal []string // names in JSON of the fields that the table's schema calls so
	scan     func(store.Reader, InspectQuery) iter.Seq2[any, error]
}

var shelves = []shelf{
	shelve(bookTable, "", func(s *setting) any {
		return struct {
			Currency Currency `json:"currency"`
		}{s.Currency}
	}),
	shelve(customerTable, "given_name family_name company email phone locale time_zone birthday addresses tags note", same),
	shelve(aggregatesTable, "", func(s *standing) any {
		return struct {
			CustomerID CustomerID `json:"customer_id"`
			Aggregates
		}{s.CustomerID, s.Aggregates}
	}),
	shelve(productTable, "", same),
	shelve(orderTable, "email phone billing delivery note", same),
	shelve(refundTable, "reason", same),
	shelve(listingTable, "", func(l *listing) any {
		return struct {
			SKU       string    `json:"sku"`
			ProductID ProductID `json:"product_id,omitzero"`
			UnitCost  Money     `json:"unit_cost,omitzero"`
		}{l.SKU, l.ProductID, l.UnitCost}
	}),
}

func same[T any](v *T) any { return v }

// shelve makes a shelf. A record is shown as JSON shows show of it.
func shelve[T any](t *store.Table[T], personal string, show func(*T) any) shelf {
	return shelf{t.Name(), strings.Fields(personal), func(r store.Reader, q InspectQuery) iter.Seq2[any, error] {
		return func(yield func(any, error) bool) {
			for v, err := range t.In(q.Space).Scan(r, store.Range{Reverse: q.Newest, Limit: q.Limit}) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(show(v), nil) {
					return
				}
			}
		}
	}}
}

func (s shelf) inspect(r store.Reader, q InspectQuery) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for v, err := range s.scan(r, q) {
			var text json.RawMessage
			if err == nil {
				text, err = json.Marshal(v)
			}
			if err == nil && !q.Personal {
				text, err = mask(text, s.personal)
			}
			if !yield(text, wrap("Inspect", "table", s.table, err)) || err != nil {
				return
			}
		}
	}
}

// mask hides fields of a JSON object.
func mask(object json.RawMessage, names []string) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(object, &fields); err != nil {
		return nil, err
	}
	for _, name := range names {
		if fields[name] != nil {
			fields[name] = json.RawMessage(`"…"`)
		}
	}
	return json.Marshal(fields)
}
