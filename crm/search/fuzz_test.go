package search_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// FuzzQuery asks whatever it likes: the answer is a result, or that the query
// cannot be.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"john smith", "o'neill@example.com +44 20", "#1001 so-7", "田中 ü\u0308", "\x00\xff", "van 't hof", "shop:5 a.b.c@d.e", "((+49)) 0 0 0 0 / 1", "@", "a@b@c"} {
		f.Add(s)
	}
	book, index := open(f, memstore.New(nil), nil)
	people(f, book)
	settle(f, index)
	f.Fuzz(func(t *testing.T, text string) {
		err := search.Parse(text)
		if err != nil && !errors.Is(err, crm.ErrInvalid) {
			t.Fatal(err)
		}
		res, failed := index.Find(t.Context(), search.Query{Text: text, Limit: 5})
		if (failed == nil) != (err == nil) || failed == nil && len(res.Hits) > 5 {
			t.Errorf("%q: %+v, %v, want an error as %v", text, res, failed, err)
		}
		for i := 1; failed == nil && i < len(res.Hits); i++ {
			if res.Hits[i].Score > res.Hits[i-1].Score {
				t.Errorf("%q: hit %d is better than the one before", text, i)
			}
		}
	})
}

// FuzzIndex records somebody of whatever name, who is then found by it.
func FuzzIndex(f *testing.F) {
	for _, s := range []string{"Müller", "田中太郎", "O'Neill", "e\u0301\u0301", "ﬃ", "\x00", strings.Repeat("ö", 60), "ʼ", "김"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		book, index := open(t, memstore.New(nil), nil)
		if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "x", FamilyName: name}); err != nil {
			t.Skip("no name")
		}
		settle(t, index)
		plain, _ := search.Fold(name)
		res, err := index.Find(t.Context(), search.Query{Text: name})
		if errors.Is(err, crm.ErrInvalid) {
			t.Skip("too long")
		}
		if err != nil || len(plain) > 0 && (len(res.Hits) != 1 || res.Hits[0].Partial) {
			t.Errorf("%q: %+v, %v, want the one who is called so", name, res, err)
		}
	})
}

// FuzzBlock reads any bytes as a block.
func FuzzBlock(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4})
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := search.ReadBlock(data); err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Error(err)
		}
	})
}

func TestBlock(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		block, changes, want map[uint16]uint16
	}{
		{"none", nil, nil, map[uint16]uint16{}},
		{"first", nil, map[uint16]uint16{0: 1, 16383: 511}, map[uint16]uint16{0: 1, 16383: 511}},
		{"more, less and other", map[uint16]uint16{1: 1, 5: 2, 300: 3}, map[uint16]uint16{0: 7, 5: 0, 300: 4}, map[uint16]uint16{0: 7, 1: 1, 300: 4}},
		{"all gone", map[uint16]uint16{9: 1}, map[uint16]uint16{9: 0, 10: 0}, map[uint16]uint16{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := search.Merge(maps.Clone(tt.block), tt.changes)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"smith", "smith", 0}, {"smith", "smiht", 1}, {"smith", "smth", 1}, {"smith", "smitth", 1}, {"smith", "zmith", 1},
		{"smith", "msiht", 2}, {"abcdefgh", "badcefgh", 2}, {"abc", "cba", 2}, {"ca", "abc", 3}, {"aaaa", "bbbb", 3}, {"", "ab", 2},
	} {
		for _, d := range []int{search.Distance(tt.a, tt.b, 2), search.Distance(tt.b, tt.a, 2)} {
			if d != tt.want {
				t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, d, tt.want)
			}
		}
	}
}
