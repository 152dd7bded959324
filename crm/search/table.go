package search

import (
	"encoding/json"
	"iter"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of the room's tables.
const (
	tablePeople   = 36
	tablePostings = 37
	tableWords    = 38
	tableState    = 39
)

// A person is what is known here of one person: one document of the index.
type person struct {
	Doc   uint64           `json:"doc"`
	IDs   []crm.CustomerID `json:"ids"` // of all who were merged, the survivor's first
	Terms []term           `json:"terms,omitzero"`
}

var peopleTable = store.MustTable(store.Schema[person]{
	Number: tablePeople, Name: "search.people",
	Fields: personFields,
	Key:    func(k store.Key, p *person) store.Key { return k.Uint(p.Doc) },
	Indexes: []store.Index[person]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, p *person, add func(store.Key)) {
			for _, id := range p.IDs {
				add(k.String(string(id)))
			}
		}},
	},
	Subject: func(p *person) string {
		if len(p.IDs) == 0 {
			return ""
		}
		return string(p.IDs[0])
	},
	Personal: []store.Number{3},
	Owner:    "customer",
})

func personFields(c *store.Coder, p *person) {
	store.Int(c, 1, &p.Doc)
	store.Strings(c, 2, &p.IDs)
	store.List(c, 3, &p.Terms, func(c *store.Coder, t *term) {
		store.String(c, 1, &t.Text)
		store.Int(c, 2, &t.In)
	})
}

// A posting is which documents of a block have a term: see [block]. An order is
// a posting too, without documents: a classOrder.
type posting struct {
	Term  string `json:"-"`
	Block uint64 `json:"-"`
	Docs  []byte `json:"docs,omitzero"`
}

var postingTable = store.MustTable(store.Schema[posting]{
	Number: tablePostings, Name: "search.postings",
	Fields: func(c *store.Coder, p *posting) { store.Bytes(c, 1, &p.Docs) },
	Key:    func(k store.Key, p *posting) store.Key { return k.String(p.Term).Uint(p.Block) },
})

// A bucket is all words of a script and a length that fall into it, one after
// the other, a byte a letter.
type bucket struct {
	Script uint64 `json:"-"`
	Length uint64 `json:"-"`
	Number uint64 `json:"-"`
	Words  []byte `json:"words,omitzero"`
}

var wordTable = store.MustTable(store.Schema[bucket]{
	Number: tableWords, Name: "search.words",
	Fields: func(c *store.Coder, b *bucket) { store.Bytes(c, 1, &b.Words) },
	Key: func(k store.Key, b *bucket) store.Key {
		return k.Uint(b.Script).Uint(b.Length).Uint(b.Number)
	},
})

var stateTable = store.MustTable(store.Schema[state]{
	Number: tableState, Name: "search.state",
	Fields: stateFields,
	Key:    func(k store.Key, _ *state) store.Key { return k },
})

// tables are those of one namespace.
type tables struct {
	people   *store.Table[person]
	postings *store.Table[posting]
	words    *store.Table[bucket]
	state    *store.Table[state]
}

func tablesIn(space uint64) *tables {
	return &tables{peopleTable.In(space), postingTable.In(space), wordTable.In(space), stateTable.In(space)}
}

// shelves returns the tables as the book is to see them.
func (t *tables) shelves() []store.Shelf {
	return []store.Shelf{
		people{derived{t.people, func(s uint64) store.Shelf { return tablesIn(s).shelves()[0] }}, t},
		derived{t.postings, func(s uint64) store.Shelf { return tablesIn(s).shelves()[1] }},
		derived{t.words, func(s uint64) store.Shelf { return tablesIn(s).shelves()[2] }},
		derived{t.state, func(s uint64) store.Shelf { return tablesIn(s).shelves()[3] }},
	}
}

// A derived table holds nothing that cannot be worked out from others, so it is
// no part of an export of the book: whoever imports one builds the index anew.
type derived struct {
	store.Shelf
	at func(space uint64) store.Shelf
}

// At returns the same table in a namespace.
func (d derived) At(space uint64) store.Shelf { return d.at(space) }

// Read yields nothing.
func (d derived) Read(store.Reader, store.Range) iter.Seq2[store.Document, error] {
	return func(func(store.Document, error) bool) {}
}

// Write takes nothing: the record is of a release that exported it.
func (d derived) Write(store.Tx, json.RawMessage) (bool, error) { return false, nil }

// people is the table of persons, with whom goes all that stands of them in the
// other tables.
type people struct {
	derived
	tables *tables
}

// Erase takes a person out of the index. One who has been un-merged from others
// meanwhile goes with them; they come back when the index has caught up.
func (p people) Erase(tx store.Tx, subject string, _ []byte, _ int) (n int, next []byte, err error) {
	if err := p.tables.disturb(tx); err != nil {
		return 0, nil, err
	}
	rows, err := p.tables.personsOf(tx, crm.CustomerID(subject))
	if err != nil {
		return 0, nil, err
	}
	c := &change{tables: p.tables}
	for _, row := range rows {
		c.replace(row.Value, nil)
		if err := p.tables.people.Delete(tx, p.tables.people.Key().Uint(row.Value.Doc)); err != nil {
			return 0, nil, err
		}
	}
	return len(rows), nil, c.write(tx)
}
