package crm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// The kinds of the tables below, by the letter that their values begin with.
var lettered = map[byte]crm.IdentityKind{
	'u': "user_id", 'e': crm.IdentityEmail, 'a': "anonymous_id", 'i': "ios.id", 'n': "android.id",
}

// words reads verified identities such as "u1 e1 a1".
func words(text string) (ids []crm.Identity) {
	for w := range strings.FieldsSeq(text) {
		i := proven(lettered[w[0]], w)
		if i.Kind == crm.IdentityEmail {
			i.Value += "@mill.example"
		}
		ids = append(ids, i)
	}
	return ids
}

// recognized writes what each person is recognized by, the first seen first.
func recognized(t failer, book *crm.Book) (list []string) {
	t.Helper()
	for _, c := range all(t, book.Customers.List(t.Context(), crm.CustomerQuery{})) {
		var values []string
		for _, w := range known(t, book, c.ID) {
			_, value, _ := strings.Cut(w, " ")
			value, _, _ = strings.Cut(value, "@")
			values = append(values, value)
		}
		slices.Sort(values)
		list = append(list, strings.Join(values, " "))
	}
	return list
}

// TestFlatMatching works through the rules that Segment publishes, and those of
// Snowplow on unique identifiers, with persons and values of our own. The
// numbers are of one kind, rank 1 at most one; e-mail addresses rank next, at
// most five; then the alphabet, five of each.
func TestFlatMatching(t *testing.T) {
	standard := crm.IdentityRules{
		Priority: []crm.IdentityKind{"user_id", crm.IdentityEmail},
		Limits:   map[crm.IdentityKind]crm.IdentityLimit{"user_id": {Count: 1}},
	}
	with := func(f func(*crm.IdentityRules)) crm.IdentityRules {
		r := standard
		r.Limits = map[crm.IdentityKind]crm.IdentityLimit{"user_id": {Count: 1}}
		f(&r)
		return r
	}
	for _, tt := range []struct {
		name  string
		rules crm.IdentityRules
		given []string // persons, the oldest first
		come  []string // what comes, and after = the outcome, the person by number, and what was refused
		want  []string // persons in the end
	}{
		{"1 a visitor who gives a number stays the same", standard, nil,
			[]string{"a1 = create 0", "u1 a1 = add 0"},
			[]string{"a1 u1"}},
		{"2 devices of one person come together", standard, nil,
			[]string{"a1 i1 = create 0", "a1 i1 = add 0", "u1 a1 i1 = add 0", "u1 a2 n1 = add 0", "u1 a3 n1 = add 0"},
			[]string{"a1 a2 a3 i1 n1 u1"}},
		{"3 an address makes two visitors one, and the older survives", standard, nil,
			[]string{"a1 = create 0", "a1 e1 = add 0", "a2 = create 1", "a2 e1 = merge 0"},
			[]string{"a1 a2 e1"}},
		{"4 two numbers and one address are two persons", standard, []string{"u1 e1"},
			[]string{"u2 e1 = create 1 e1:limit"},
			[]string{"e1 u1", "u2"}},
		{"5 the next one logs in where the last one did not log out", standard, []string{"u1 a1"},
			[]string{"u2 a1 = create 1 a1:limit", "u2 a1 = add 1 a1:limit"},
			[]string{"a1 u1", "u2"}},
		{"8 what is blocked does not match whoever had it before", with(func(r *crm.IdentityRules) { r.Blocked = []string{"a0"} }), []string{"u1"},
			[]string{"a0 u2 = create 1 a0:blocked"},
			[]string{"u1", "u2"}},
		{"10 a shared device between two who are known", standard, []string{"u1 a1", "u2"},
			[]string{"u2 a1 = add 1 a1:limit"},
			[]string{"a1 u1", "u2"}},
		{"11 the older survives although nobody knows who it is", standard, []string{"a1", "u1 e1"},
			[]string{"u1 a1 = merge 0"},
			[]string{"a1 e1 u1"}},
		{"12 the sixth device is not kept", standard, []string{"u1 a1 a2 a3 a4 a5"},
			[]string{"u1 a6 = add 0 a6:limit", "u1 a5 = add 0"},
			[]string{"a1 a2 a3 a4 a5 u1"}},
		{"14 of those that come the lowest goes first, then the next", standard, []string{"u1 e1 e2 e3 e4 e5 a1"},
			[]string{"u1 e6 a1 = add 0 a1:limit e6:limit"},
			[]string{"a1 e1 e2 e3 e4 e5 u1"}},
		{"15 two have no say", standard, []string{"u1 e1 a1"},
			[]string{"u2 e1 a1 = create 1 a1:limit e1:limit"},
			[]string{"a1 e1 u1", "u2"}},
		{"16 two numbers that do not even come", standard, []string{"u1 e1", "u2 a1"},
			[]string{"e1 a1 = add 0 a1:limit"},
			[]string{"e1 u1", "a1 u2"}},
		{"17 what is lowest goes first, though it is not at fault", standard, []string{"u1 e1"},
			[]string{"u2 e1 a9 = create 1 a9:limit e1:limit"},
			[]string{"e1 u1", "u2"}},
		{"18 one address, two numbers", crm.IdentityRules{
			Priority: []crm.IdentityKind{crm.IdentityEmail, "user_id"},
			Limits:   map[crm.IdentityKind]crm.IdentityLimit{crm.IdentityEmail: {Count: 1}, "user_id": {Count: 2}},
		}, []string{"e1 u1"},
			[]string{"e1 u2 = add 0", "e1 u3 = add 0 u3:limit"},
			[]string{"e1 u1 u2"}},
		{"19 three become one", standard, []string{"e1", "a1", "i1"},
			[]string{"e1 a1 i1 = merge 0"},
			[]string{"a1 e1 i1"}},
		{"20 a kind that does not come goes over the limit", standard, []string{"a1 a2 a3 u1", "a4 a5 a6 e1"},
			[]string{"u1 e1 = add 0 e1:limit"},
			[]string{"a1 a2 a3 u1", "a4 a5 a6 e1"}},
		{"22 two numbers at once, and nobody has them", standard, nil,
			[]string{"u1 u2 = create 0 u2:limit"},
			[]string{"u1"}},
		{"23 rules that became tighter leave a person as they are", standard, []string{"u1 u2 e1"},
			[]string{"u1 e1 = add 0", "u1 a1 = add 0", "u1 u3 = add 0 u3:limit"},
			[]string{"a1 e1 u1 u2"}},

		{"W1 a visitor logs in, on two devices", crm.IdentityRules{Unique: []crm.IdentityKind{"user_id"}, Priority: []crm.IdentityKind{"user_id"}}, nil,
			[]string{"a1 = create 0", "a1 u1 = add 0", "i1 = create 1", "i1 u1 = merge 0"},
			[]string{"a1 i1 u1"}},
		{"W3 numbers that are unique, whatever the limit", crm.IdentityRules{
			Unique: []crm.IdentityKind{"user_id"}, Priority: []crm.IdentityKind{"user_id"},
			Limits: map[crm.IdentityKind]crm.IdentityLimit{"user_id": {Count: 9}},
		}, []string{"a1 i1 u1"},
			[]string{"i1 u2 = create 1 i1:unique", "i1 = add 0", "i1 u1 = add 0", "i1 u2 = add 1 i1:unique"},
			[]string{"a1 i1 u1", "u2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := today
			book, err := crm.New(memstore.New(nil), &crm.Options{Identities: &tt.rules, Now: func() time.Time {
				now = now.Add(time.Second)
				return now
			}})
			if err != nil {
				t.Fatal(err)
			}
			var persons []crm.CustomerID
			for _, text := range tt.given {
				c := putCustomer(t, book, crm.Customer{})
				for _, i := range words(text) {
					link(t, book, c.ID, i)
				}
				persons = append(persons, c.ID)
			}
			for _, text := range tt.come {
				ids, want, _ := strings.Cut(text, " = ")
				at := head(t, book)
				asked, err := book.Identities.Resolve(t.Context(), words(ids))
				if err != nil {
					t.Fatal(err)
				}
				if head(t, book) != at {
					t.Errorf("%s: Resolve wrote something", ids)
				}
				res := identify(t, book, words(ids)...)
				if !slices.Contains(persons, res.CustomerID) {
					persons = append(persons, res.CustomerID)
				}
				if asked.Outcome == crm.IdentityCreate {
					asked.CustomerID = res.CustomerID
				}
				if diff := cmp.Diff(asked, res); diff != "" {
					t.Errorf("%s: Resolve says, Identify does (-want +got):\n%s", ids, diff)
				}
				got := fmt.Sprint(res.Outcome, " ", slices.Index(persons, res.CustomerID))
				var refused []string
				for _, m := range res.Matches {
					if m.Refused != "" {
						value, _, _ := strings.Cut(m.Identity.Value, "@")
						refused = append(refused, fmt.Sprint(value, ":", m.Refused))
					}
				}
				slices.Sort(refused)
				if got = strings.Join(append([]string{got}, refused...), " "); got != want {
					t.Errorf("%s: got %s, want %s", ids, got, want)
				}
			}
			if diff := cmp.Diff(tt.want, recognized(t, book)); diff != "" {
				t.Errorf("persons (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLimitWindow counts those values only that were seen of late.
func TestLimitWindow(t *testing.T) {
	week := 7 * 24 * time.Hour
	for _, tt := range []struct {
		name string
		age  time.Duration // of the first of five
		want crm.IdentityRefusal
	}{
		{"all within the week", week, crm.RefusedLimit},
		{"one before", week + time.Millisecond, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := ruled(t, &crm.IdentityRules{Limits: map[crm.IdentityKind]crm.IdentityLimit{"cookie": {Count: 5, Within: week}}})
			ada := identify(t, book, login("1")).CustomerID
			for n := range 5 {
				i := proven("cookie", fmt.Sprint("c", n))
				i.FirstSeenAt, i.LastSeenAt = today.Add(-tt.age), today
				if n == 0 {
					i.LastSeenAt = today.Add(-tt.age)
				}
				link(t, book, ada, i)
			}
			res := identify(t, book, login("1"), proven("cookie", "c5"))
			if got := res.Matches[1].Refused; got != tt.want || res.CustomerID != ada {
				t.Errorf("got %q of %s, want %q of %s", got, res.CustomerID, tt.want, ada)
			}
		})
	}
}

// TestPriority ranks a kind that appears by the alphabet among those that are
// not listed: what is lower has no say first.
func TestPriority(t *testing.T) {
	book := ruled(t, &crm.IdentityRules{Unique: []crm.IdentityKind{crm.IdentityExternal}})
	ada, ben := identify(t, book, login("1")).CustomerID, identify(t, book, login("2")).CustomerID
	kinds := []crm.IdentityKind{"ga_client_id", "anonymous_id", "android.id", crm.IdentityEmail}
	ids := []crm.Identity{login("2")}
	for _, k := range kinds {
		i := proven(k, "x@mill.example")
		link(t, book, ada, i)
		ids = append(ids, i)
	}
	var list []crm.IdentityKind
	got, err := book.Identities.List(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range got {
		list = append(list, i.Kind)
	}
	if diff := cmp.Diff([]crm.IdentityKind{crm.IdentityExternal, crm.IdentityEmail, "android.id", "anonymous_id", "ga_client_id"}, list); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	res := identify(t, book, ids...)
	if res.Outcome != crm.IdentityAdd || res.CustomerID != ben {
		t.Errorf("%s %s, want %s", res.Outcome, res.CustomerID, ben)
	}
	for _, m := range res.Matches[1:] {
		if m.Refused != crm.RefusedUnique {
			t.Errorf("%s refused %q, want %q", m.Identity.Kind, m.Refused, crm.RefusedUnique)
		}
	}
}

// TestResolveCrowd resolves, and merges nobody, where the whole would be more ids
// than a person can have.
func TestResolveCrowd(t *testing.T) {
	book := memory(t)
	crowd := putCustomer(t, book, crm.Customer{Email: "crowd@mill.example", FirstSeenAt: day(1)}).ID
	for range 99 {
		c := putCustomer(t, book, crm.Customer{FirstSeenAt: day(2)})
		if _, err := book.Customers.Merge(t.Context(), c.ID, crowd); err != nil {
			t.Fatal(err)
		}
	}
	one := identify(t, book, proven("card", "1")).CustomerID
	res := identify(t, book, proven("card", "1"), email("crowd@mill.example"), device("phone-1"))
	want := []crm.IdentityRefusal{crm.RefusedLimit, "", crm.RefusedLimit}
	var got []crm.IdentityRefusal
	for _, m := range res.Matches {
		got = append(got, m.Refused)
	}
	if diff := cmp.Diff(want, got); diff != "" || res.CustomerID != crowd {
		t.Errorf("%s of %s (-want +got):\n%s", res.Outcome, res.CustomerID, diff)
	}
	if diff := cmp.Diff([]crm.CustomerID{one}, owners(t, book, proven("card", "1"))); diff != "" {
		t.Errorf("the card (-want +got):\n%s", diff)
	}
}

// TestIdentifyOrder identifies the same in several orders: while no limit is
// hit, the persons in the end are the same, those whom a chain of common
// identities ties together. Un-merging them all gives back what was.
func TestIdentifyOrder(t *testing.T) {
	wide := map[crm.IdentityKind]crm.IdentityLimit{}
	for _, k := range lettered {
		wide[k] = crm.IdentityLimit{Count: 1000}
	}
	rapid.Check(t, func(t *rapid.T) {
		values := []string{"u1", "u2", "u3", "e1", "e2", "e3", "a1", "a2", "a3", "a4"}
		sets := rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.SampledFrom(values), 1, 3, rapid.ID), 1, 8).Draw(t, "sets")
		want := tied(sets)
		for range 2 {
			sets = rapid.Permutation(sets).Draw(t, "order")
			book := ruled(t, &crm.IdentityRules{Limits: wide})
			for _, s := range sets {
				identify(t, book, words(strings.Join(s, " "))...)
			}
			got := recognized(t, book)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("persons after %v (-want +got):\n%s", sets, diff)
			}
			apart(t, book)
		}
	})
}

// tied computes the persons that sets of identities are of.
func tied(sets [][]string) (list []string) {
	var groups [][]string
	for _, s := range sets {
		group := slices.Clone(s)
		var others [][]string
		for _, g := range groups {
			if slices.ContainsFunc(g, func(v string) bool { return slices.Contains(group, v) }) {
				group = append(group, g...)
			} else {
				others = append(others, g)
			}
		}
		groups = append(others, group)
	}
	for _, g := range groups {
		slices.Sort(g)
		list = append(list, strings.Join(slices.Compact(g), " "))
	}
	slices.Sort(list)
	return list
}

// apart un-merges everybody: then each id has what was recorded of it, and all
// of it together is what the persons had.
func apart(t failer, book *crm.Book) {
	t.Helper()
	ctx := t.Context()
	had := map[crm.CustomerID][]string{} // by the id that identities were recorded of
	var ids []crm.CustomerID
	for _, c := range all(t, book.Customers.List(ctx, crm.CustomerQuery{})) {
		members, err := book.Customers.Members(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		list, err := book.Identities.List(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			had[i.CustomerID] = append(had[i.CustomerID], i.Value)
		}
		ids = append(ids, members...)
	}
	for _, id := range slices.Backward(ids) {
		if members, err := book.Customers.Members(ctx, id); err != nil {
			t.Fatal(err)
		} else if len(members) > 1 && members[0] != id {
			if _, err := book.Customers.Unmerge(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, id := range ids {
		list, err := book.Identities.List(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		var values []string
		for _, i := range list {
			values = append(values, i.Value)
		}
		if diff := cmp.Diff(had[id], values); diff != "" {
			t.Fatal(fmt.Sprintf("%s apart (-want +got):\n%s", id, diff))
		}
	}
}

// TestIdentifyMany makes three persons one at once: whoever the answer names is
// in front, also where two of them ordered more together than the third.
func TestIdentifyMany(t *testing.T) {
	book := memory(t)
	var ids []crm.Identity
	for i, orders := range []int{3, 2, 4} {
		ids = append(ids, proven(crm.IdentityLoyalty, fmt.Sprint("card", i)))
		id := identify(t, book, ids[i]).CustomerID
		for n := range orders {
			putOrder(t, book, goods(id, fmt.Sprintf("o%d-%d", i, n), day(n+1), "mug", 1, gbp(100)))
		}
	}
	said, err := book.Identities.Resolve(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	done := identify(t, book, ids...)
	if diff := cmp.Diff(said, done); diff != "" {
		t.Errorf("(-said +done):\n%s", diff)
	}
	members, err := book.Customers.Members(t.Context(), done.CustomerID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]crm.CustomerID{done.CustomerID}, done.Merged...), members); diff != "" {
		t.Errorf("members (-said +got):\n%s", diff)
	}
}
