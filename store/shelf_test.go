package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A letter is somebody's record, with personal data in two fields.
type letter struct {
	To     string     `json:"to"`
	N      int        `json:"n"`
	From   string     `json:"from,omitzero"`
	Pages  []page     `json:"pages,omitzero"`
	Stamps []string   `json:"stamps,omitzero"`
	SentAt time.Time  `json:"sent_at,omitzero"`
	Weight *float64   `json:"-"`
	Route  [][]string `json:"route,omitzero"` // never kept
}

type page struct {
	Text string `json:"text"`
}

func pageFields(c *store.Coder, p *page) { store.String(c, 1, &p.Text) }

func letterFields(c *store.Coder, l *letter) {
	store.String(c, 1, &l.To)
	store.Int(c, 2, &l.N)
	store.String(c, 3, &l.From)
	store.List(c, 4, &l.Pages, pageFields)
	store.Strings(c, 5, &l.Stamps)
	store.Time(c, 6, &l.SentAt)
}

// letters returns tables that find a subject's records each in its own way.
func letters(owner string, keep bool) *store.Table[letter] {
	key := func(k store.Key, l *letter) store.Key { return k.Int(int64(l.N)) }
	if owner == store.PrimaryKey {
		key = func(k store.Key, l *letter) store.Key { return k.String(l.To).Int(int64(l.N)) }
	}
	return store.MustTable(store.Schema[letter]{
		Number: 9, Name: "test.letters", Fields: letterFields, Key: key,
		Indexes: []store.Index[letter]{
			{Number: 1, Name: "to", Keys: func(k store.Key, l *letter, add func(store.Key)) {
				if l.To == "" {
					return
				}
				add(k.String(l.To))
				for _, s := range l.Stamps { // a record is found several times
					add(k.String(l.To).String(s))
				}
			}},
			{Number: 2, Name: "from", Keys: func(k store.Key, l *letter, add func(store.Key)) {
				if l.From != "" {
					add(k.String(l.From))
				}
			}},
		},
		Subject:  func(l *letter) string { return l.To },
		Personal: []store.Number{3, 4},
		Owner:    owner,
		Keep:     keep,
	})
}

func letterTo(to string, n int) *letter {
	return &letter{To: to, N: n, From: "Mary Shelley", Pages: []page{{"Dear " + to}}, Stamps: []string{"red", "blue"}, SentAt: time.UnixMilli(int64(n)).UTC()}
}

func documents(t *testing.T, st store.Store, f func(store.Reader) []store.Document) (list []string) {
	t.Helper()
	view(t, st, func(r store.Reader) error {
		list = nil
		for _, d := range f(r) {
			list = append(list, d.Subject+" "+string(d.JSON))
		}
		return nil
	})
	return list
}

// steps counts what is scanned in a transaction.
type steps struct {
	store.Tx
	n *int
}

func (s steps) Scan(r store.Range) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		for kv, err := range s.Tx.Scan(r) {
			if *s.n++; !yield(kv, err) {
				return
			}
		}
	}
}

func TestShelfErase(t *testing.T) {
	const of = 300 // more than one batch of an index
	for _, owner := range []string{"", "to", store.PrimaryKey} {
		for _, keep := range []bool{false, true} {
			for _, limit := range []int{0, 1, 7, of, of + 1} {
				t.Run(fmt.Sprintf("owner %q, keep %v, limit %d", owner, keep, limit), func(t *testing.T) {
					st, table := memstore.New(nil), letters(owner, keep)
					prepare(t, st, table)
					var shelf store.Shelf = table
					n := of
					if limit == 1 {
						n = 20
					}
					update(t, st, func(tx store.Tx) error {
						for i := range n {
							for j, to := range []string{"ada", "ada l", "bob", ""} {
								if err := table.Put(tx, letterTo(to, 4*i+j)); err != nil {
									return err
								}
							}
						}
						return nil
					})
					others := func() []string {
						return append(documents(t, st, func(r store.Reader) []store.Document { return collect(t, shelf.Of(r, "bob")) }),
							documents(t, st, func(r store.Reader) []store.Document { return collect(t, shelf.Of(r, "ada l")) })...)
					}
					before := others()
					total, scanned := 0, 0
					var after []byte
					for calls := 1; ; calls++ {
						var got int
						var next []byte
						update(t, st, func(tx store.Tx) (err error) {
							got, next, err = shelf.Erase(steps{tx, &scanned}, "ada", after, limit)
							return err
						})
						total, after = total+got, next
						if next == nil {
							break
						}
						if got != limit || calls > n {
							t.Fatalf("call %d erased %d of at most %d", calls, got, limit)
						}
					}
					if total != n {
						t.Errorf("erased %d records, want %d", total, n)
					}
					// A table has four records for each of ada's, and the index
					// three keys, of which it reads 256 ahead.
					if (owner != "to" || limit == 0 || limit >= of) && scanned > 5*n {
						t.Errorf("scanned %d keys to erase %d records", scanned, n)
					}
					update(t, st, func(tx store.Tx) error {
						if got, next, err := shelf.Erase(tx, "ada", nil, 0); got != 0 || next != nil || err != nil {
							t.Errorf("erased again: %d, %x, %v", got, next, err)
						}
						return nil
					})
					update(t, st, func(tx store.Tx) error {
						if n, next, err := shelf.Erase(tx, "", nil, 0); n != 0 || next != nil || err != nil {
							t.Errorf("Erase of nobody's records: %d, %x, %v", n, next, err)
						}
						return nil
					})
					if diff := cmp.Diff(before, others()); diff != "" {
						t.Errorf("records of others (-want +got):\n%s", diff)
					}
					kept, left := 0, 0
					view(t, st, func(r store.Reader) error {
						for l, err := range table.Scan(r, store.Range{}) {
							switch {
							case err != nil:
								return err
							case l.To == "ada":
								kept++
								if l.From != "" || l.Pages != nil || len(l.Stamps) != 2 {
									t.Fatalf("kept %+v", l)
								}
							case l.To == "" && l.From != "Mary Shelley":
								t.Fatalf("nobody's letter is %+v", l)
							}
						}
						from := table.Index("from")
						left = len(collect(t, from.Scan(r, store.Prefix(from.Key().String("Mary Shelley")))))
						return nil
					})
					want := 0
					if keep {
						want = n
					}
					if kept != want || left != 3*n {
						t.Errorf("%d of ada's records are kept, want %d; index from has %d records, want %d", kept, want, left, 3*n)
					}
				})
			}
		}
	}
}

// What a newer release wrote may be personal, so an erasure drops it; whoever
// else writes the record carries it over.
func TestShelfNewerFields(t *testing.T) {
	st, table := memstore.New(nil), letters("to", true)
	prepare(t, st, table)
	key := table.Key().Int(1).End()
	raw := store.Encode([]byte{1}, letterTo("ada", 1), func(c *store.Coder, l *letter) {
		letterFields(c, l)
		secret := "Lovelace"
		store.String(c, 77, &secret)
	})
	has := func() (found bool) {
		view(t, st, func(r store.Reader) error {
			v, err := r.Get(key)
			found = strings.Contains(string(v), "Lovelace")
			return err
		})
		return found
	}
	update(t, st, func(tx store.Tx) error {
		if err := table.Put(tx, letterTo("ada", 1)); err != nil {
			return err
		}
		tx.Put(key, raw)
		return nil
	})
	update(t, st, func(tx store.Tx) error {
		changed, err := table.Write(tx, json.RawMessage(`{"to":"ada","n":1}`))
		if !changed {
			t.Error("Write of another record changed nothing")
		}
		return err
	})
	if !has() {
		t.Error("Write lost a field of a newer release")
	}
	for want := 1; want >= 0; want-- { // no field of ours is personal any more
		update(t, st, func(tx store.Tx) error {
			if n, _, err := table.Erase(tx, "ada", nil, 0); n != want || err != nil {
				t.Errorf("Erase: %d, %v, want %d", n, err, want)
			}
			return nil
		})
	}
	if has() {
		t.Error("Erase kept a field of a newer release")
	}
}

func TestShelfRead(t *testing.T) {
	st := memstore.New(nil)
	shelf := letters(store.PrimaryKey, true).At(3)
	if err := shelf.Prepare(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	if shelf.Name() != "test.letters" || shelf.Number() != 9 || shelf.Space() != 3 {
		t.Errorf("shelf is %s, %d, %d", shelf.Name(), shelf.Number(), shelf.Space())
	}
	lines := []string{
		`{"to":"ada","n":1,"from":"Mary <Shelley>","pages":[{"text":"Dear Ada"}],"stamps":["red"],"sent_at":"1816-06-16T00:00:00Z"}`,
		`{"to":"ada","n":2}`,
		`{"to":"bob","n":1,"pages":[{"text":""}]}`,
	}
	for _, changes := range []bool{true, false} {
		update(t, st, func(tx store.Tx) error {
			for i := range lines {
				if changed, err := shelf.Write(tx, json.RawMessage(lines[len(lines)-1-i])); err != nil || changed != changes {
					t.Errorf("Write: %v, %v, want %v", changed, err, changes)
				}
			}
			return nil
		})
	}
	view(t, st, func(r store.Reader) error {
		for _, tt := range []struct {
			name string
			rg   store.Range
			want []string
		}{
			{"all", store.Range{}, lines},
			{"last", store.Range{Reverse: true, Limit: 1}, lines[2:]},
			{"from a key", store.Range{From: collect(t, shelf.Read(r, store.Range{}))[1].Key}, lines[1:]},
		} {
			var got []string
			for _, d := range collect(t, shelf.Read(r, tt.rg)) {
				got = append(got, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(d.JSON)))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
		var masked []string
		for d, err := range shelf.Read(r, store.Range{}) {
			if err != nil {
				return err
			}
			m, err := d.Masked()
			if err != nil {
				return err
			}
			masked = append(masked, string(m))
		}
		want := []string{
			`{"to":"ada","n":1,"from":"…","pages":"…","stamps":["red"],"sent_at":"1816-06-16T00:00:00Z"}`,
			`{"to":"ada","n":2}`,
			`{"to":"bob","n":1,"pages":"…"}`,
		}
		if diff := cmp.Diff(want, masked); diff != "" {
			t.Errorf("masked (-want +got):\n%s", diff)
		}
		if got := collect(t, shelf.At(0).Read(r, store.Range{})); len(got) > 0 {
			t.Errorf("another namespace has %d records", len(got))
		}
		return nil
	})
}

func TestShelfWriteRefuses(t *testing.T) {
	st, table := memstore.New(nil), letters("to", true)
	prepare(t, st, table)
	for _, tt := range []struct{ doc, want string }{
		{``, "want one JSON value"},
		{`null`, "want one JSON value"},
		{`{"to":"ada"`, "want one JSON value"},
		{`{"to":"ada"} {}`, "want one JSON value"},
		{`[]`, `field ""`},
		{`{"to":"ada","weight":7}`, `field "weight"`},
		{`{"to":"ada","p@Shelley":7}`, `field of another name`},
		{`{"to":7}`, `field "to": invalid: want string`},
		{`{"pages":[{"text":{}}]}`, `field "pages.text"`},
		{`{"n":1.5}`, `field "n"`},
		{`{"sent_at":"Percy Shelley"}`, "a value that its field cannot have"},
		{`{"to":"ada","route":[["Percy Shelley"]]}`, `field "route": invalid: it could not be kept`},
	} {
		update(t, st, func(tx store.Tx) error {
			changed, err := table.Write(tx, json.RawMessage(tt.doc))
			if changed || !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "Shelley") {
				t.Errorf("Write of %s: %v, want %s", tt.doc, err, tt.want)
			}
			return nil
		})
	}
	update(t, st, func(tx store.Tx) error { // what is cut is no loss
		changed, err := table.Write(tx, json.RawMessage(` {"to":"ada","stamps":[],"sent_at":"2026-05-01T12:00:00.0009+02:00"} `))
		if !changed || err != nil {
			t.Errorf("Write: %v, %v", changed, err)
		}
		return nil
	})
	view(t, st, func(r store.Reader) error {
		want := `{"to":"ada","n":0,"sent_at":"2026-05-01T10:00:00Z"}`
		for d, err := range table.Of(r, "ada") {
			if err != nil || string(d.JSON) != want {
				t.Errorf("got %s, %v, want %s", d.JSON, err, want)
			}
		}
		return nil
	})
}

func TestRedact(t *testing.T) {
	v := letterTo("ada", 5)
	got := letters("to", true).Redact(v)
	want := &letter{To: "ada", N: 5, Stamps: []string{"red", "blue"}, SentAt: v.SentAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Redact (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(letterTo("ada", 5), v); diff != "" {
		t.Errorf("Redact changed its argument (-want +got):\n%s", diff)
	}
}

func TestNewTableOwner(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*store.Schema[shelf])
		want   string
	}{
		{"an owner that is not there", func(s *store.Schema[shelf]) { s.Owner = "none" }, `owner "none"`},
		{"an owner without subject", func(s *store.Schema[shelf]) { s.Subject, s.Owner = nil, store.PrimaryKey }, "without Subject"},
		{"keep without subject", func(s *store.Schema[shelf]) { s.Subject, s.Keep = nil, true }, "without Subject"},
		{"an index named like the primary key", func(s *store.Schema[shelf]) { s.Indexes[0].Name = store.PrimaryKey }, "name"},
		{"none", func(s *store.Schema[shelf]) { s.Owner, s.Keep = "tag", true }, ""},
	} {
		s := store.Schema[shelf]{
			Number: 7, Name: "test.shelves", Fields: shelfFields, Key: shelfKey, Indexes: []store.Index[shelf]{byTag},
			Subject: func(s *shelf) string { return s.Room },
		}
		tt.change(&s)
		_, err := store.NewTable(s)
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
