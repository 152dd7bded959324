package crm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Privacy is what a person may ask for their data of a Book or a Tx, and who
// changed it. It is safe for concurrent use when it is a Book's.
type Privacy struct {
	conn
}

// Export writes everything that the book holds of a person as one JSON object, in
// one snapshot: what stands under the id, under every id that was merged into
// one with it, and of their devices as anonymous visitors, in the tables of the
// book and in those that rooms and shops have registered (see [Book.Register]).
// Orders that name nobody but have a verified e-mail address of the person, or
// without one their phone number, are among it, and the groups that the person is
// in.
//
//	{
//	  "id": "cus_…",            // the survivor's
//	  "ids": ["cus_…", …],      // all of the person
//	  "exported_at": "…",
//	  "tables": {"crm.customers": [{…}], "crm.orders": [{…}, {…}], …}
//	}
//
// Tables come by their numbers, the records of each id in the table's own order;
// tables without any are left out. The feed is no part of it: its events hold
// nothing that these records do not. Export takes memory for some hundred
// records at a time, and keeps the snapshot while w takes them.
//
// It returns [ErrNotFound] for an id of nobody, w's error, or one that wraps
// [ErrUnregistered] and names the tables, while the store holds tables of this
// namespace that this process has not registered.
func (c *Privacy) Export(ctx context.Context, id CustomerID, w io.Writer) error {
	return c.view(ctx, "Privacy.Export", "customer", string(id), func(tx *Tx) error {
		if err := tx.unregistered(); err != nil {
			return err
		}
		ids, err := tx.cluster(id)
		if err != nil {
			return err
		}
		if isVisitor(ids[0]) {
			err = tx.knownVisitor(ids[0])
		} else {
			_, err = tx.st.Get(keyOf(tx.book.customers, ids[0]).End())
		}
		if err != nil {
			return err
		}
		out := bufio.NewWriter(w)
		if err := tx.export(ctx, ids, out); err != nil {
			return err
		}
		return out.Flush()
	})
}

func (tx *Tx) export(ctx context.Context, ids []CustomerID, out *bufio.Writer) error {
	head, err := json.Marshal(struct {
		ID  CustomerID   `json:"id"`
		IDs []CustomerID `json:"ids"`
		At  time.Time    `json:"exported_at"`
	}{ids[0], ids, tx.now})
	if err != nil {
		return err
	}
	out.WriteString("{\n")
	out.Write(bytes.Trim(head, "{}"))
	out.WriteString(",\n\"tables\": {")
	tables := 0
	for _, s := range tx.book.shelves() {
		n := 0
		for text, err := range tx.recordsOf(s, ids) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			switch {
			case n > 0:
				out.WriteString(",\n")
			case tables > 0:
				out.WriteString("\n],\n")
			default:
				out.WriteString("\n")
			}
			if n == 0 {
				name, err := json.Marshal(s.Name())
				if err != nil {
					return err
				}
				out.Write(name)
				out.WriteString(": [\n")
				tables++
			}
			n++
			if _, err := out.Write(text); err != nil {
				return err
			}
		}
	}
	if tables > 0 {
		out.WriteString("\n]")
	}
	_, err = out.WriteString("\n}\n}\n")
	return err
}

// recordsOf yields the records of a table that are of a person, as JSON.
func (tx *Tx) recordsOf(s store.Shelf, ids []CustomerID) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, id := range ids {
			for d, err := range s.Of(tx.st, string(id)) {
				if !yield(d.JSON, err) || err != nil {
					return
				}
			}
		}
		var rest iter.Seq2[any, error]
		switch s.Number() {
		case tableOrders:
			rest = tx.straysOf(ids)
		case tableGroups:
			rest = tx.groupsWith(ids)
		default:
			return
		}
		for v, err := range rest {
			var text json.RawMessage
			if err == nil {
				text, err = json.Marshal(v)
			}
			if !yield(text, err) || err != nil {
				return
			}
		}
	}
}

// groupsWith yields the groups that a person is in.
func (tx *Tx) groupsWith(ids []CustomerID) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		seen := map[GroupID]bool{}
		ix := tx.book.groups.Index("member")
		for _, id := range ids {
			for g, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(id)))) {
				if err == nil && seen[g.ID] {
					continue
				}
				if !yield(g, err) || err != nil {
					return
				}
				seen[g.ID] = true
			}
		}
	}
}

// knownVisitor returns ErrNotFound for a visitor of whom there is nothing.
func (tx *Tx) knownVisitor(id CustomerID) error {
	for _, s := range tx.book.shelves() {
		for _, err := range s.Of(tx.st, string(id)) {
			return err
		}
	}
	return ErrNotFound
}
