package search_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// day is noon of the n-th day of the year in which the tests play.
func day(n int) time.Time { return time.Date(2025, 1, n, 12, 0, 0, 0, time.UTC) }

// today is what the clock of a fixture's book says.
var today = day(300)

// A failer is what *testing.T, *testing.B and *rapid.T have in common.
type failer interface {
	Context() context.Context
	Helper()
	Fatal(args ...any)
}

// open opens a book whose clock stands still, and its index.
func open(t failer, st store.Store, opts *search.Options) (*crm.Book, *search.Index) {
	t.Helper()
	book, err := crm.New(st, &crm.Options{Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	index, err := search.New(book, opts)
	if err != nil {
		t.Fatal(err)
	}
	return book, index
}

// settle brings the index up to date.
func settle(t failer, index *search.Index) {
	t.Helper()
	for {
		n, err := index.Tick(t.Context(), today)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func put(t failer, book *crm.Book, c crm.Customer) {
	t.Helper()
	if _, err := book.Customers.Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// found returns the ids that are found, the best first.
func found(t failer, index *search.Index, text string) []string {
	t.Helper()
	res, err := index.Find(t.Context(), search.Query{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, h := range res.Hits {
		id := string(h.CustomerID)
		if h.Partial {
			id = "(" + id + ")"
		}
		ids = append(ids, id)
	}
	return ids
}

// people are those of whom the worked examples tell.
func people(t failer, book *crm.Book) {
	t.Helper()
	for _, c := range []crm.Customer{
		{ID: "mueller", GivenName: "Jörg", FamilyName: "Müller", Email: "j.mueller@example.de", Phone: "+49 171 1234567",
			Addresses: []crm.Address{{Line1: "Große Straße 12", City: "Köln", Postcode: "50667", Country: "DE"}}},
		{ID: "muller", GivenName: "Thomas", FamilyName: "Muller", Email: "thomas.muller84@example.com"},
		{ID: "smith", GivenName: "John", FamilyName: "Smith", Email: "John.Smith@example.com", Phone: "+44 20 7946 0018",
			Addresses: []crm.Address{{City: "Berlin", Postcode: "10115", Country: "DE"}}},
		{ID: "smithson", GivenName: "Johanna", FamilyName: "Smithson", Company: "Seedlace Works Ltd"},
		{ID: "oneill", GivenName: "Shane", FamilyName: "O'Neill", Phone: "0171 555 0199"},
		{ID: "cruz", GivenName: "María", FamilyName: "de la Cruz"},
		{ID: "hof", GivenName: "Eva", FamilyName: "van 't Hof"},
		{ID: "dijk", GivenName: "Bram", FamilyName: "Vandijk"},
		{ID: "lena", GivenName: "Anna-Lena", FamilyName: "Groß", Refs: []crm.Ref{{Source: "shop", ID: "5123"}}},
		{ID: "lukasz", GivenName: "Łukasz", FamilyName: "Wójcik"},
		{ID: "ivanov", GivenName: "Пётр", FamilyName: "Иванов"},
		{ID: "tanaka", GivenName: "太郎", FamilyName: "田中"},
		{ID: "maria", GivenName: "Μαρία", FamilyName: "Παπαδόπουλος"},
		{ID: "soren", GivenName: "Søren", FamilyName: "Kierkegård"},
		{ID: "christopher", GivenName: "Christopher", FamilyName: "Featherstone"},
		{ID: "nobody", Email: "info@featherstone.example.org"},
	} {
		put(t, book, c)
	}
	for _, o := range []crm.Order{
		{ID: "ord_1", Number: "#1001", CustomerID: "smith", OccurredAt: day(5)},
		{ID: "ord_2", Number: "SO-2025-000077", CustomerID: "oneill", OccurredAt: day(6)},
		{ID: "ord_3", Number: "#10015", CustomerID: "muller", OccurredAt: day(7)},
	} {
		if _, err := book.Orders.Record(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	book, index := open(t, memstore.New(nil), nil)
	people(t, book)
	settle(t, index)
	for _, tt := range []struct {
		name, text string
		want       string // ids, those with some words in brackets
	}{
		{"half a name", "muel", "mueller"},
		{"half a name with a mark", "mül", "muller mueller"},
		{"a mark", "Müller", "mueller muller"},
		{"without the mark", "muller", "muller mueller"},
		{"as two letters", "MUELLER", "mueller muller"},
		{"a mark behind its letter", "mu\u0308ller", "mueller muller"},
		{"sharp s", "gross", "lena mueller"},
		{"stroke", "lukasz wojcik", "lukasz"},
		{"o with a stroke", "soeren", "soren"},
		{"o for o with a stroke", "soren kierkegard", "soren"},
		{"a with a ring as two", "kierkegaard", "soren"},
		{"Cyrillic", "иванов петр", "ivanov"},
		{"Cyrillic with a typo", "ивонов", "ivanov"},
		{"Greek without the accent", "παπαδοπουλοσ", "maria"},
		{"two Han letters", "田中", "tanaka"},
		{"one Han letter", "田", "tanaka"},
		{"a name without spaces", "田中太郎", "tanaka"},
		{"two words", "john smith", "smith"},
		{"two words the other way round", "smith john", "smith"},
		{"an initial", "j smith", "smith smithson"},
		{"an initial with a dot", "J. Smith", "smith smithson"},
		{"a name and a city", "smith berlin", "smith"},
		{"a name and a postcode", "smith 10115", "smith"},
		{"a street", "grosse strasse", "mueller"},
		{"a company", "seedlace", "smithson"},
		{"part of a company", "works ltd", "smithson"},
		{"swapped letters", "smiht", "smith"},
		{"a missing letter", "smth", "smith"},
		{"a doubled letter", "smitth", "smith"},
		{"a wrong first letter", "zmith", "smith"},
		{"two typos in a long word", "christofer", "christopher"},
		{"two typos in a short word", "zmitz", ""},
		{"a typo in one of three words", "john smiht berlin", "smith"},
		{"a word too many", "john smith paris", "(smith)"},
		{"an apostrophe", "o'neill", "oneill"},
		{"another apostrophe", "O’Neill", "oneill"},
		{"no apostrophe", "oneill", "oneill"},
		{"a space for the apostrophe", "o neill", "oneill"},
		{"the main part", "neill", "oneill"},
		{"a name of parts", "de la cruz", "cruz"},
		{"parts as one", "delacruz", "cruz"},
		{"one of the parts", "cruz", "cruz"},
		{"a name with a t", "van 't hof", "hof"},
		{"a name with a t as one", "vanthof", "hof"},
		{"one word as two", "van dijk", "dijk"},
		{"a hyphen", "anna-lena", "lena"},
		{"a hyphen as a space", "anna lena", "lena"},
		{"a hyphen left out", "annalena", "lena"},
		{"a whole e-mail address", "JOHN.SMITH@EXAMPLE.COM", "smith"},
		{"the beginning of an address", "john.smi", "smith"},
		{"half of an address", "smith@exam", "smith"},
		{"a part with digits", "muller84", "muller"},
		{"the domain", "@example.com", "smith muller"},
		{"the domain without @", "featherstone.example.org", "nobody"},
		{"part of the domain", "example.org", "nobody"},
		{"the local part", "info@", "nobody"},
		{"a phone number", "+44 20 7946 0018", "smith"},
		{"with zeros in front", "0044 20 79460018", "smith"},
		{"as dialed at home", "020 7946 0018", "smith"},
		{"without the plus", "442079460018", "smith"},
		{"its end", "0018", "smith"},
		{"its beginning", "+44 20 79", "smith"},
		{"its beginning at home", "020 79", "smith"},
		{"a national number", "0171/1234567", "mueller"},
		{"a national number in brackets", "(0171) 1234-567", "mueller"},
		{"recorded at home, asked from abroad", "+49 171 5550199", "oneill"},
		{"an order", "#1001", "smith muller"},
		{"an order without #", "1001", "smith muller"},
		{"a long number of an order", "so-2025-000077", "oneill"},
		{"the end of the number of an order", "77", "oneill"},
		{"the end with its zeros", "000077", "oneill"},
		{"the end with fewer zeros", "#0077", "oneill"},
		{"the number without what is in front", "2025-000077", "oneill"},
		{"the middle of it", "2025-0", "oneill"},
		{"its parts apart", "2025 000077", "oneill"},
		{"nothing but zeros", "00", ""},
		{"zeros before the beginning of a number", "0100", ""},
		{"the id of an order", "ord_2", "oneill"},
		{"a key of a source", "5123", "lena"},
		{"a key with its source", "shop:5123", "lena"},
		{"an id", "smithson", "smithson"},
		{"nothing", "  \t ", ""},
		{"no letter", "!!! --- @", ""},
		{"a zero byte", "smith\x00berlin", "smith"},
		{"nobody", "xyzzy", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Join(found(t, index, tt.text), " ")); diff != "" {
				t.Errorf("%q finds (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestFindRefuses(t *testing.T) {
	_, index := open(t, memstore.New(nil), nil)
	for _, tt := range []struct {
		name string
		q    search.Query
		want string
	}{
		{"a megabyte", search.Query{Text: strings.Repeat("a", 1<<20)}, "text (1048576 characters): want at most 1000 bytes"},
		{"ten thousand words", search.Query{Text: strings.Repeat("ab ", 10_000)}, "text (30000 characters): want at most 1000 bytes"},
		{"too many words", search.Query{Text: strings.Repeat("ab ", 25)}, "text (75 characters): want at most 24 words"},
		{"no UTF-8", search.Query{Text: "a\xff"}, "text (2 characters): want valid UTF-8"},
		{"a negative limit", search.Query{Text: "a", Limit: -1}, `limit "-1": want 0 to 200`},
		{"a large limit", search.Query{Text: "a", Limit: 201}, `limit "201": want 0 to 200`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := index.Find(t.Context(), tt.q)
			if !errors.Is(err, crm.ErrInvalid) || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("Find: %v, want %s", err, tt.want)
			}
		})
	}
}

// A torn store fails every read of a transaction but the first few, when told to.
type torn struct {
	store.Store
	whole int // 0 is all of them
}

func (s *torn) Unwrap() store.Store { return s.Store }

func (s *torn) View(ctx context.Context, f func(context.Context, store.Reader) error) error {
	return s.Store.View(ctx, func(ctx context.Context, r store.Reader) error {
		if s.whole > 0 {
			r = &tornReader{r, s.whole}
		}
		return f(ctx, r)
	})
}

type tornReader struct {
	store.Reader
	whole int
}

var errTorn = errors.New("torn")

func (r *tornReader) Get(key []byte) ([]byte, error) {
	if r.whole--; r.whole < 0 {
		return nil, errTorn
	}
	return r.Reader.Get(key)
}

func (r *tornReader) GetMany(keys [][]byte) ([][]byte, error) {
	if r.whole--; r.whole < 0 {
		return nil, errTorn
	}
	return r.Reader.GetMany(keys)
}

// TestFindTorn has a store fail at any time, which tells nothing of the query.
func TestFindTorn(t *testing.T) {
	st := &torn{Store: memstore.New(nil)}
	book, index := open(t, st, nil)
	people(t, book)
	settle(t, index)
	for n := 1; ; n++ {
		st.whole = n
		_, err := index.Find(t.Context(), search.Query{Text: "Smith"})
		if err == nil {
			break
		}
		if !errors.Is(err, errTorn) || strings.Contains(err.Error(), "Smith") {
			t.Errorf("after %d reads: %v, want %v and not the query", n, err, errTorn)
		}
	}
	if st.whole < 4 {
		t.Errorf("found after %d reads", st.whole)
	}
}
