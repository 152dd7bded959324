package crm

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A Trait is a value that a room worked out about a customer, or that the
// customer stated, with the time as of which it holds.
type Trait struct {
	CustomerID CustomerID `json:"customer_id"` // that it is recorded under
	Room       string     `json:"room"`        // who says so, such as "rfm"; [Stated] is the customer
	Name       string     `json:"name"`        // within the room, such as "group"
	Value      Value      `json:"value"`
	At         time.Time  `json:"at"`
	Source     string     `json:"source,omitzero"` // where it was stated; "" for what a room worked out
}

// Path returns the name of the trait among those of all rooms: "rfm.group".
func (t Trait) Path() string { return t.Room + "." + t.Name }

const (
	tableTraits       = 13
	tableTraitHistory = 14
	maxTraits         = 200 // of a room
)

// A sheet is what one room says of one customer id. Either Values or Statements
// are in it. An empty one says that there is nothing any more.
type sheet struct {
	CustomerID CustomerID       `json:"customer_id"`
	Room       string           `json:"room"`
	At         time.Time        `json:"at"`                  // as of when
	UpdatedAt  time.Time        `json:"updated_at"`          // written here
	Values     map[string]Value `json:"values,omitzero"`     // what a room worked out
	Statements []statement      `json:"statements,omitzero"` // what the customer stated, sorted by name
}

// A statement is what a customer said of one thing.
type statement struct {
	Name   string    `json:"name"`
	Value  Value     `json:"value"` // none: taken back
	At     time.Time `json:"at"`
	Source string    `json:"source,omitzero"`
}

// traitTable holds what is said now: one record for a customer id and room.
var traitTable = store.MustTable(store.Schema[sheet]{
	Number: tableTraits, Name: "crm.traits",
	Fields:   sheetFields,
	Key:      func(k store.Key, s *sheet) store.Key { return sheetKey(k, s.CustomerID, s.Room) },
	Subject:  func(s *sheet) string { return string(s.CustomerID) },
	Personal: []store.Number{5, 6},
	Owner:    store.PrimaryKey,
})

// traitHistoryTable holds what was said: one record for a customer id, room and
// day, with the last values of the day, or all statements of the day.
var traitHistoryTable = store.MustTable(store.Schema[sheet]{
	Number: tableTraitHistory, Name: "crm.trait_history",
	Fields:   sheetFields,
	Key:      func(k store.Key, s *sheet) store.Key { return sheetKey(k, s.CustomerID, s.Room).Time(dayOf(s.At)) },
	Subject:  func(s *sheet) string { return string(s.CustomerID) },
	Personal: []store.Number{5, 6},
	Owner:    store.PrimaryKey,
})

func sheetKey(k store.Key, id CustomerID, room string) store.Key {
	return k.String(string(id)).String(room)
}

// dayOf is when the UTC day of a time began.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func sheetFields(c *store.Coder, s *sheet) {
	store.String(c, 1, &s.CustomerID)
	store.String(c, 2, &s.Room)
	store.Time(c, 3, &s.At)
	store.Time(c, 4, &s.UpdatedAt)
	store.Map(c, 5, &s.Values, valueFields)
	store.List(c, 6, &s.Statements, statementFields)
}

func statementFields(c *store.Coder, s *statement) {
	store.String(c, 1, &s.Name)
	store.Message(c, 2, &s.Value, valueFields)
	store.Time(c, 3, &s.At)
	store.String(c, 4, &s.Source)
}

// traits returns what is on the sheet, by name.
func (s *sheet) traits() []Trait {
	var list []Trait
	for _, name := range names(s.Values) {
		list = append(list, Trait{CustomerID: s.CustomerID, Room: s.Room, Name: name, Value: s.Values[name], At: s.At})
	}
	for _, st := range s.Statements {
		if !st.Value.IsZero() {
			list = append(list, s.trait(st))
		}
	}
	return list
}

func (s *sheet) trait(st statement) Trait {
	return Trait{CustomerID: s.CustomerID, Room: s.Room, Name: st.Name, Value: st.Value, At: st.At, Source: st.Source}
}

// tell puts a statement on the sheet unless there is a later one of its name,
// and reports whether the sheet changed.
func (s *sheet) tell(st statement) (changed bool) {
	i, ok := slices.BinarySearchFunc(s.Statements, st.Name, func(o statement, name string) int { return strings.Compare(o.Name, name) })
	if !ok {
		s.Statements = slices.Insert(s.Statements, i, st)
	} else {
		if o := s.Statements[i]; st.At.Before(o.At) || st.At.Equal(o.At) && st.Source == o.Source && st.Value.Equal(o.Value) {
			return false
		}
		s.Statements[i] = st
	}
	if st.At.After(s.At) {
		s.At = st.At
	}
	return true
}

// valuesOf returns the values of traits of one room, by name.
func valuesOf(traits []Trait) map[string]Value {
	all := make(map[string]Value, len(traits))
	for _, t := range traits {
		all[t.Name] = t.Value
	}
	return all
}

// newer reports whether s was written after t, or else holds as of later.
func (s *sheet) newer(t *sheet) bool {
	if !s.UpdatedAt.Equal(t.UpdatedAt) {
		return s.UpdatedAt.After(t.UpdatedAt)
	}
	return s.At.After(t.At)
}

// foremost returns the sheet of one room that counts for a person, of those of
// the person's ids, the survivor's first: the one that was written last. Nil
// stands for none.
func foremost(sheets []*sheet) *sheet {
	var best *sheet
	for _, s := range sheets {
		if s != nil && (best == nil || s.newer(best)) {
			best = s
		}
	}
	return best
}

// statements returns the latest statement of each name on sheets of a person,
// by name; of two of one time, the one of the earlier sheet.
func statements(sheets []*sheet) []Trait {
	latest := map[string]Trait{}
	for _, s := range sheets {
		if s == nil {
			continue
		}
		for _, st := range s.Statements {
			if was, ok := latest[st.Name]; !ok || st.At.After(was.At) {
				latest[st.Name] = s.trait(st)
			}
		}
	}
	list := make([]Trait, 0, len(latest))
	for _, t := range latest {
		if !t.Value.IsZero() {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b Trait) int { return strings.Compare(a.Name, b.Name) })
	return list
}
