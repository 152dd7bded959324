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
	for _, s := range tables {
		if s.Name() == q.Table {
			return inspect(r, s.At(q.Space), q)
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

func inspect(r store.Reader, s store.Shelf, q InspectQuery) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for d, err := range s.Read(r, store.Range{Reverse: q.Newest, Limit: q.Limit}) {
			text := d.JSON
			if err == nil && !q.Personal {
				text, err = d.Masked()
			}
			if !yield(text, wrap("Inspect", "table", s.Name(), err)) || err != nil {
				return
			}
		}
	}
}
