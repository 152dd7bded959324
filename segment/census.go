package segment

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

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
