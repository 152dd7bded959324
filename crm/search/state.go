package search

import (
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// revision is raised when terms are made in another way: what an older release
// built is then brought up to date.
const revision = 2

// A state is how far the index is, one record.
type state struct {
	Revision int       `json:"revision,omitzero"`
	Anchored bool      `json:"anchored,omitzero"` // the follower stands where the building began
	Built    bool      `json:"built,omitzero"`
	After    string    `json:"after,omitzero"`  // where the page of customers begins that is to be read next
	Orders   string    `json:"orders,omitzero"` // where the page of orders begins that is to be read next
	People   bool      `json:"people,omitzero"` // all customers were read
	From     string    `json:"from,omitzero"`   // the term with which the writing of postings goes on
	Posted   bool      `json:"posted,omitzero"` // all postings are written
	Docs     uint64    `json:"docs,omitzero"`   // the number that the next document gets
	Unrest   uint64    `json:"unrest,omitzero"` // goes up when somebody is erased while the index is built
	Holder   string    `json:"holder,omitzero"` // who builds
	Until    time.Time `json:"until,omitzero"`  // by the holder's clock, unless it goes on
}

func stateFields(c *store.Coder, s *state) {
	store.Int(c, 1, &s.Revision)
	store.Bool(c, 2, &s.Anchored)
	store.Bool(c, 3, &s.Built)
	store.String(c, 4, &s.After)
	store.String(c, 5, &s.Orders)
	store.Bool(c, 6, &s.People)
	store.Int(c, 7, &s.Docs)
	store.Int(c, 8, &s.Unrest)
	store.String(c, 9, &s.Holder)
	store.Time(c, 10, &s.Until)
	store.String(c, 11, &s.From)
	store.Bool(c, 12, &s.Posted)
}

// ready reports whether the index holds everybody.
func (s *state) ready() bool { return s.Built && s.Revision == revision }

// at returns the state, a new one where there is none.
func (t *tables) at(r store.Reader) (*state, error) {
	s, err := t.state.Get(r, t.state.Key())
	if errors.Is(err, store.ErrNotFound) {
		return &state{}, nil
	}
	return s, err
}

// disturb makes a building that is under way read again what it has read and not
// written yet. The term at which it stands may be of who is erased.
func (t *tables) disturb(tx store.Tx) error {
	s, err := t.at(tx)
	if err != nil || s.ready() {
		return err
	}
	s.Unrest++
	s.From = first(s.From, 2)
	return t.state.Put(tx, s)
}

// personsOf returns the persons one of whose ids this is.
func (t *tables) personsOf(r store.Reader, id crm.CustomerID) ([]*store.Row[person], error) {
	if id == "" {
		return nil, nil
	}
	ix := t.people.Index("customer")
	var rows []*store.Row[person]
	for p, err := range ix.Scan(r, store.Prefix(ix.Key().String(string(id)))) {
		if err != nil {
			return nil, err
		}
		row, err := t.people.Load(r, t.people.Key().Uint(p.Doc))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// personOf returns the person whose survivor's id this is, nil when there is none.
func (t *tables) personOf(r store.Reader, id crm.CustomerID) (*store.Row[person], error) {
	rows, err := t.personsOf(r, id)
	for _, row := range rows {
		if row.Value.IDs[0] == id {
			return row, nil
		}
	}
	return nil, err
}
