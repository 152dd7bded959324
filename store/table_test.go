package store_test

import (
	"github.com/seed-9cb3708a/clientele/store"
)

// A shelf is the record that the tests keep.
type shelf struct {
	Room  string
	N     int64
	Label string
	Tags  []string
	Width int64
}

func shelfFields(c *store.Coder, s *shelf) {
	store.String(c, 1, &s.Room)
	store.Int(c, 2, &s.N)
	store.String(c, 3, &s.Label)
	store.Strings(c, 4, &s.Tags)
	store.Int(c, 5, &s.Width)
}

func shelfKey(k store.Key, s *shelf) store.Key { return k.String(s.Room).Int(s.N) }

var (
	byLabel = store.Index[shelf]{Number: 1, Name: "label", Unique: true, Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		if s.Label != "" {
			add(k.String(s.Label))
		}
	}}
	byTag = store.Index[shelf]{Number: 2, Name: "tag", Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		for _, tag := range s.Tags {
			add(k.String(tag))
		}
	}}
	byWidth = store.Index[shelf]{Number: 3, Name: "width", Keys: func(k store.Key, s *shelf, add func(store.Key)) {
		add(k.IntDesc(s.Width))
	}}
)

func shelfTable(indexes ...store.Index[shelf]) *store.Table[shelf] {
	return store.MustTable(store.Schema[shelf]{Number: 7, Name: "test.shelves", Fields: shelfFields, Key: shelfKey, Indexes: indexes})
}

var shelves = shelfTable(byLabel, byTag, byWidth)
