package segment

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A census tells that everybody who was in a segment at a time was written down.
// With the transitions since, it tells who was in it later.
type census struct {
	SegmentID ID        `json:"segment_id"`
	At        time.Time `json:"at"`
	Version   int       `json:"version"` // of the rule
	Members   int       `json:"members"`
}

var rollTable = store.MustTable(store.Schema[census]{
	Number: tableRolls, Name: "segment.rolls",
	Fields: rollFields,
	Key:    func(k store.Key, r *census) store.Key { return k.String(string(r.SegmentID)).Time(r.At) },
})

func rollFields(c *store.Coder, r *census) {
	store.String(c, 1, &r.SegmentID)
	store.Time(c, 2, &r.At)
	store.Int(c, 3, &r.Version)
	store.Int(c, 4, &r.Members)
}

// A sheet is a part of a roll: customers in the order of their ids.
type sheet struct {
	SegmentID ID               `json:"segment_id"`
	At        time.Time        `json:"at"`
	Customers []crm.CustomerID `json:"customers"` // at least one
}

// perSheet is how many customers stand on a sheet.
const perSheet = 1000

var sheetTable = store.MustTable(store.Schema[sheet]{
	Number: tableSheets, Name: "segment.sheets",
	Fields: sheetFields,
	Key:    func(k store.Key, s *sheet) store.Key { return sheetKey(k, s.SegmentID, s.At, s.first()) },
})

// first is the customer with the lowest id, "" when nobody is left.
func (s *sheet) first() crm.CustomerID {
	if len(s.Customers) == 0 {
		return ""
	}
	return s.Customers[0]
}

func sheetKey(k store.Key, id ID, at time.Time, first crm.CustomerID) store.Key {
	return k.String(string(id)).Time(at).String(string(first))
}

func sheetFields(c *store.Coder, s *sheet) {
	store.String(c, 1, &s.SegmentID)
	store.Time(c, 2, &s.At)
	store.Strings(c, 3, &s.Customers)
}

// A sheetShelf finds customers on sheets, each of which is many people's: what
// it shows of one is where they stand, and it takes only them away.
type sheetShelf struct {
	*store.Table[sheet]
	rolls *store.Table[census]
}

// At is the table in a namespace.
func (s sheetShelf) At(space uint64) store.Shelf {
	return sheetShelf{s.In(space), s.rolls.In(space)}
}

// find yields the sheets on which a customer stands.
func (s sheetShelf) find(r store.Reader, subject string) iter.Seq2[*sheet, error] {
	return func(yield func(*sheet, error) bool) {
		if subject == "" {
			return
		}
		for roll, err := range s.rolls.Scan(r, store.Range{}) {
			if err != nil {
				yield(nil, err)
				return
			}
			rg := store.Range{
				From:    s.Key().String(string(roll.SegmentID)).Time(roll.At),
				To:      append(sheetKey(s.Key(), roll.SegmentID, roll.At, crm.CustomerID(subject)), 0xff),
				Reverse: true, Limit: 1,
			}
			for v, err := range s.Scan(r, rg) {
				if err == nil && !slices.Contains(v.Customers, crm.CustomerID(subject)) {
					continue
				}
				if !yield(v, err) || err != nil {
					return
				}
			}
		}
	}
}

// Of yields where a customer stands.
func (s sheetShelf) Of(r store.Reader, subject string) iter.Seq2[store.Document, error] {
	return func(yield func(store.Document, error) bool) {
		for v, err := range s.find(r, subject) {
			d := store.Document{Subject: subject}
			if err == nil {
				d.Key = sheetKey(s.Key(), v.SegmentID, v.At, v.first())
				d.JSON, err = json.Marshal(Transition{SegmentID: v.SegmentID, CustomerID: crm.CustomerID(subject), At: v.At})
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// Erase takes a customer off all sheets.
func (s sheetShelf) Erase(tx store.Tx, subject string, _ []byte, limit int) (n int, next []byte, err error) {
	var list []*sheet
	for v, err := range s.find(tx, subject) {
		if err != nil {
			return 0, nil, err
		}
		if len(list) == limit && limit > 0 {
			next = []byte{1} // whom it took off is not found again
			break
		}
		list = append(list, v)
	}
	for _, v := range list {
		if err := s.Delete(tx, sheetKey(s.Key(), v.SegmentID, v.At, v.first())); err != nil {
			return 0, nil, err
		}
		v.Customers = slices.DeleteFunc(v.Customers, func(id crm.CustomerID) bool { return string(id) == subject })
		if len(v.Customers) == 0 {
			continue
		}
		if err := s.Put(tx, v); err != nil {
			return 0, nil, err
		}
	}
	return len(list), next, nil
}

// A call writes down who is in a segment at a time, in several transactions, of
// which the last one makes the roll count.
type call struct {
	catalog *Catalog
	census
	parts [][]crm.CustomerID // that are not written, a sheet each
	begun bool
	token string          // of the process whose turn it is to write; "": anybody's
	ruled time.Time       // since when the segment has the rule; unless it is anybody's
	of    *roaring.Bitmap // the customers, for who called
}

// newCall returns a call of customers, in the order of their ids.
func (c *Catalog) newCall(roll census, customers []crm.CustomerID) *call {
	roll.Members = len(customers)
	return &call{catalog: c, census: roll, parts: slices.Collect(slices.Chunk(customers, perSheet))}
}

// sheetsAtOnce is how many sheets a transaction writes.
const sheetsAtOnce = 20

// errTurn says that it is another process's turn to write.
var errTurn = errors.New("another process writes")

// may reports whether the roll is of the rule that the segment has. It returns
// errTurn when others write.
func (r *call) may(tx *crm.Tx) (bool, error) {
	if r.token == "" {
		return true, nil
	}
	t, err := r.catalog.turns.Get(tx.Store(), r.catalog.turns.Key())
	if err == nil && t.Holder != r.token {
		err = errTurn
	}
	if err != nil {
		return false, err
	}
	d, err := r.catalog.segments.Get(tx.Store(), r.catalog.key(r.SegmentID))
	if errors.Is(err, crm.ErrNotFound) {
		return false, nil
	}
	return err == nil && d.Version == r.Version && d.RuledAt.Equal(r.ruled), err
}

// write writes a part of the roll, and reports whether that was the last.
func (r *call) write(ctx context.Context) (done bool, err error) {
	c := r.catalog
	if !r.begun {
		if err := c.clearSheets(ctx, r.SegmentID, r.may); err != nil {
			return false, err
		}
		r.begun = true
	}
	n := 0
	err = c.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		if ok, err := r.may(tx); !ok || err != nil {
			n = len(r.parts)
			return err
		}
		n = min(sheetsAtOnce, len(r.parts))
		for _, ids := range r.parts[:n] {
			if err := c.sheets.Put(tx.Store(), &sheet{SegmentID: r.SegmentID, At: r.At, Customers: ids}); err != nil {
				return err
			}
		}
		if n < len(r.parts) {
			return nil
		}
		d, err := c.day(tx, r.SegmentID, r.At.In(c.opts.Location).Format(time.DateOnly))
		if err != nil {
			return err
		}
		d.Members = r.Members
		if err := c.days.Put(tx.Store(), d); err != nil {
			return err
		}
		return c.rolls.Put(tx.Store(), &r.census)
	})
	if err == nil {
		r.parts = r.parts[n:]
	}
	return err == nil && len(r.parts) == 0, err
}
