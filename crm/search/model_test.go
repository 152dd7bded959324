package search_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// An oracle finds customers by looking at all of them.
type oracle struct {
	words  map[crm.CustomerID]map[string]string // by field
	into   map[crm.CustomerID]crm.CustomerID
	erased map[crm.CustomerID]bool
}

func (o *oracle) root(id crm.CustomerID) crm.CustomerID {
	for o.into[id] != "" {
		id = o.into[id]
	}
	return id
}

// find returns the persons one of whose words begins with each of those asked
// for; of up to three neighbors, all of them as one will do.
func (o *oracle) find(asked []string) []string {
	persons := map[crm.CustomerID][]string{}
	for id, words := range o.words {
		if !o.erased[o.root(id)] {
			persons[o.root(id)] = slices.AppendSeq(persons[o.root(id)], maps.Values(words))
		}
	}
	var ids []string
	for id, words := range persons {
		begins := func(q string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, q) })
		}
		has := make([]bool, len(asked))
		for n := 1; n <= 3; n++ {
			for i := 0; i+n <= len(asked); i++ {
				for j := i; j < i+n && begins(strings.Join(asked[i:i+n], "")); j++ {
					has[j] = true
				}
			}
		}
		if !slices.Contains(has, false) {
			ids = append(ids, string(id))
		}
	}
	slices.Sort(ids)
	return ids
}

// TestModel runs random lives, with the index now and then behind, and asks for
// random beginnings of words: whoever is found without a typo is whom the oracle
// finds. In the end the index is what it would be, were it built anew.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := memstore.New(nil)
		defer st.Close()
		book, index := open(t, st, &search.Options{Memory: 3000})
		o := &oracle{map[crm.CustomerID]map[string]string{}, map[crm.CustomerID]crm.CustomerID{}, map[crm.CustomerID]bool{}}
		word := rapid.StringMatching(`[ab]{1,3}[a-c]{1,4}`)
		var ids []crm.CustomerID
		pick := func(t *rapid.T) crm.CustomerID {
			if len(ids) == 0 {
				t.Skip("nobody yet")
			}
			return rapid.SampledFrom(ids).Draw(t, "id")
		}
		ok := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				id := crm.CustomerID(fmt.Sprintf("c%d", len(ids)))
				words := map[string]string{"given": word.Draw(t, "given"), "family": word.Draw(t, "family"), "city": word.Draw(t, "city")}
				_, err := book.Customers.Create(t.Context(), crm.Customer{ID: id, GivenName: words["given"], FamilyName: words["family"], Addresses: []crm.Address{{City: words["city"]}}})
				ok(err)
				ids, o.words[id] = append(ids, id), words
			},
			"rename": func(t *rapid.T) {
				id, family := pick(t), word.Draw(t, "family")
				root := o.root(id)
				if o.erased[root] {
					t.Skip("erased")
				}
				_, err := book.Customers.Update(t.Context(), id, func(c *crm.Customer) error { c.FamilyName = family; return nil })
				ok(err)
				o.words[root]["family"] = family
			},
			"merge": func(t *rapid.T) {
				a, b := pick(t), pick(t)
				if o.root(a) == o.root(b) || o.erased[o.root(a)] || o.erased[o.root(b)] {
					t.Skip("one already, or erased")
				}
				_, err := book.Customers.Merge(t.Context(), a, b)
				ok(err)
				o.into[o.root(a)] = o.root(b)
			},
			"unmerge": func(t *rapid.T) {
				id := pick(t)
				if o.into[id] == "" || o.erased[o.root(id)] {
					t.Skip("alone, or erased")
				}
				_, err := book.Customers.Unmerge(t.Context(), id)
				ok(err)
				delete(o.into, id)
			},
			"erase": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "chance") > 0 {
					t.Skip("seldom")
				}
				id := pick(t)
				_, err := book.Privacy.Erase(t.Context(), id)
				ok(err)
				o.erased[o.root(id)] = true
				for _, q := range []string{"a", "b"} {
					if slices.Contains(found(t, index, q), string(o.root(id))) {
						t.Fatalf("%s is found after the erasure", o.root(id))
					}
				}
			},
			"tick": func(t *rapid.T) {
				_, err := index.Tick(t.Context(), today)
				ok(err)
			},
			"ask": func(t *rapid.T) {
				settle(t, index)
				asked := rapid.SliceOfN(rapid.StringMatching(`[a-c]{1,5}`), 1, 3).Draw(t, "asked")
				res, err := index.Find(t.Context(), search.Query{Text: strings.Join(asked, " "), Limit: 200})
				ok(err)
				var got []string
				for _, h := range res.Hits {
					if !h.Partial && !slices.ContainsFunc(h.Matches, func(m search.Match) bool { return m.Kind == search.KindTypo }) {
						got = append(got, string(h.CustomerID))
					}
				}
				slices.Sort(got)
				if diff := cmp.Diff(o.find(asked), got); diff != "" {
					t.Fatalf("%q finds (-want +got):\n%s", asked, diff)
				}
			},
		})
		settle(t, index)
		was, err := search.Contents(t.Context(), index)
		ok(err)
		ok(search.Forget(t.Context(), index))
		settle(t, index)
		now, err := search.Contents(t.Context(), index)
		ok(err)
		if diff := cmp.Diff(now, was); diff != "" {
			t.Fatalf("the index (-built anew +kept up to date):\n%s", diff)
		}
	})
}
