package duplicates_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
)

// chain is a shop with n who look alike, changed by their number from 0 on, and
// who are found by it.
func chain(t *testing.T, n int, change func(i int, c *crm.Customer)) (*crm.Book, map[crm.CustomerID]string, func(i int) crm.CustomerID) {
	t.Helper()
	w := &town{people: townOf(t, 300, 17).people}
	for i := range n {
		c := &crm.Customer{
			Refs: []crm.Ref{{Source: "demo", ID: fmt.Sprint("chain-", i)}}, GivenName: "Ottoline", FamilyName: "Featherstone", Phone: "+44 113 496 0101",
			Addresses: []crm.Address{{Line1: "4 Quarry Hill", Postcode: "YO1 7AB", City: "York"}},
		}
		change(i, c)
		w.people = append(w.people, c)
	}
	book, refs := w.book(t, nil)
	return book, refs, func(i int) crm.CustomerID {
		c, err := book.Customers.ByRef(t.Context(), crm.Ref{Source: "demo", ID: fmt.Sprint("chain-", i)})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
}

// twoPairs returns the pairs of the second of three with the others: that of a group,
// and that outside of it.
func twoPairs(t *testing.T, f *duplicates.Finder, refs map[crm.CustomerID]string) (in, out *duplicates.Suggestion) {
	t.Helper()
	got := inChain(t, f, refs)
	in, out = got[pair{"0", "1"}], got[pair{"1", "2"}]
	if in == nil || out == nil {
		t.Fatalf("offered %v, want both pairs", slices.Collect(maps.Keys(got)))
	}
	if in.Group == "" {
		in, out = out, in
	}
	return in, out
}

// inChain returns what is in the queue of those who look alike, by their refs.
func inChain(t *testing.T, f *duplicates.Finder, refs map[crm.CustomerID]string) map[pair]*duplicates.Suggestion {
	t.Helper()
	got := map[pair]*duplicates.Suggestion{}
	for _, s := range queue(t, f) {
		a, aok := strings.CutPrefix(refs[s.A], "chain-")
		b, bok := strings.CutPrefix(refs[s.B], "chain-")
		if aok && bok {
			got[pairOf(a, b)] = s
		}
	}
	return got
}

// twoAccounts are the first and the third of three, of whom the second has none.
func twoAccounts(i int, c *crm.Customer) {
	c.Birthday, c.Account, c.Email = "1971-03-09", i != 1, []string{"ottoline@example.com", "", "quarry.hill@example.org"}[i]
}

// B is like A and like C, and these contradict each other. One of the pairs is as
// good as it was; the other is possible, however probable, and never merged by
// itself.
func TestChain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		change   func(i int, c *crm.Customer)
		band     duplicates.Band
		conflict duplicates.Field
		least    float64 // the probability of the other pair
		merged   bool    // the pair of the group is, by itself
	}{
		{"birth dates", func(i int, c *crm.Customer) { c.Birthday = []string{"1971-03-09", "", "1984-11-26"}[i] }, duplicates.BandLikely, duplicates.FieldBirthday, .9, false},
		{"accounts", twoAccounts, duplicates.BandSure, duplicates.FieldEmail, .999, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, refs, id := chain(t, 3, tt.change)
			f := finder(t, book, nil)
			find(t, f)
			in, out := twoPairs(t, f, refs)
			if in.Band != tt.band || in.Group != in.A || in.Conflict != "" {
				t.Errorf("the pair of the group: %+v", in)
			}
			if out.Band != duplicates.BandPossible || out.Group != "" || out.Conflict != tt.conflict || out.Probability < tt.least {
				t.Errorf("the other pair: %+v", out)
			}
			for range 3 {
				if _, err := f.MergeAutomatic(t.Context()); err != nil {
					t.Fatal(err)
				}
				find(t, f)
			}
			if one := id(0) == id(1) || id(1) == id(2); one != tt.merged || id(0) == id(2) {
				t.Errorf("after merging they are %s, %s and %s", id(0), id(1), id(2))
			}
		})
	}
}

// When people take the pair that was only possible, the sure one is not merged by
// itself any more, as the three would contradict each other; when they do not, it
// is not offered again.
func TestChainDecided(t *testing.T) {
	for _, v := range []duplicates.Verdict{duplicates.Same, duplicates.Different} {
		t.Run(string(v), func(t *testing.T) {
			book, refs, _ := chain(t, 3, twoAccounts)
			f := finder(t, book, nil)
			find(t, f)
			in, out := twoPairs(t, f, refs)
			decide(t, f, out.A, out.B, v)
			for range 2 {
				for _, s := range inChain(t, f, refs) {
					if s.A == out.A && s.B == out.B {
						t.Errorf("offered after a decision: %+v", s)
					}
				}
				if _, err := f.MergeAutomatic(t.Context()); err != nil {
					t.Fatal(err)
				}
				a, err := book.Customers.Get(t.Context(), in.A)
				if err != nil {
					t.Fatal(err)
				}
				b, err := book.Customers.Get(t.Context(), in.B)
				if err != nil {
					t.Fatal(err)
				}
				if one := a.ID == b.ID; one != (v == duplicates.Different) {
					t.Errorf("the two of the group are one: %v", one)
				}
				find(t, f)
			}
		})
	}
}

// Many who look alike and contradict each other do not fill the queue with all of
// their pairs.
func TestManyAlike(t *testing.T) {
	const many = 30
	book, refs, _ := chain(t, many, func(i int, c *crm.Customer) {
		c.Email = "featherstone@example.com"
		c.Birthday = time.Date(1930+i, time.Month(1+7*i%12), 1+11*i%28, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	})
	f := finder(t, book, &duplicates.Options{Offer: .1})
	find(t, f)
	outside, most, pairs := map[crm.CustomerID]int{}, 0, 0
	for _, s := range inChain(t, f, refs) {
		if pairs++; s.Band == duplicates.BandSure {
			t.Errorf("sure: %+v", s)
		}
		if s.Group == "" {
			for _, id := range [...]crm.CustomerID{s.A, s.B} {
				outside[id]++
				most = max(most, outside[id])
			}
		}
	}
	if diff := cmp.Diff([]int{many, 10}, []int{len(outside), most}); diff != "" {
		t.Errorf("who is in pairs outside of groups, and in how many (-want +got):\n%s", diff)
	}
	if pairs > many*10/2+many/2 {
		t.Errorf("%d pairs of %d who look alike", pairs, many)
	}
}
