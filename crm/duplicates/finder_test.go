package duplicates_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// village is the small shop of the examples, searched.
func village(t *testing.T) (*crm.Book, *duplicates.Finder, func(ref string) crm.CustomerID) {
	t.Helper()
	book := mill(t.Context())
	f := finder(t, book, nil)
	find(t, f)
	return book, f, func(ref string) crm.CustomerID {
		t.Helper()
		return known(t.Context(), book, ref)
	}
}

func find(t *testing.T, f *duplicates.Finder) *duplicates.Report {
	t.Helper()
	r, err := f.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// offered returns the pairs of the queue as refs.
func offered(t *testing.T, book *crm.Book, f *duplicates.Finder) map[pair]bool {
	t.Helper()
	got := map[pair]bool{}
	for _, s := range queue(t, f) {
		got[pairOf(refOf(t, book, s.A), refOf(t, book, s.B))] = true
	}
	return got
}

func refOf(t *testing.T, book *crm.Book, id crm.CustomerID) string {
	t.Helper()
	c, err := book.Customers.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Refs[0].ID
}

func decide(t *testing.T, f *duplicates.Finder, a, b crm.CustomerID, v duplicates.Verdict) {
	t.Helper()
	if _, err := f.Decide(t.Context(), a, b, v); err != nil {
		t.Fatal(err)
	}
}

func TestNewRefuses(t *testing.T) {
	book := crmtest.New(t)
	_, err := duplicates.New(book, &duplicates.Options{Offer: 1, Automatic: .5, Every: time.Second})
	var invalid *crm.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Fields) != 3 {
		t.Errorf("New: %v, want three faults", err)
	}
	if _, err := duplicates.New(book, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := duplicates.New(book, nil); err != nil {
		t.Errorf("New a second time: %v", err)
	}
}

func TestSmallBooks(t *testing.T) {
	for n := range 3 {
		book := crmtest.New(t)
		for i := range n {
			if _, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada", FamilyName: "Byron", Refs: []crm.Ref{{Source: "shop", ID: fmt.Sprint(i)}}}); err != nil {
				t.Fatal(err)
			}
		}
		f := finder(t, book, nil)
		if r := find(t, f); r.Customers != n {
			t.Errorf("%d customers are read, want %d", r.Customers, n)
		}
		for i := range n {
			c, err := book.Customers.ByRef(t.Context(), crm.Ref{Source: "shop", ID: fmt.Sprint(i)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Similar(t.Context(), c.ID, 0); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestDecide(t *testing.T) {
	book, f, id := village(t)
	want := map[pair]bool{{"1", "2"}: true, {"4", "5"}: true, {"6", "7"}: true}
	if diff := cmp.Diff(want, offered(t, book, f)); diff != "" {
		t.Fatalf("queue (-want +got):\n%s", diff)
	}
	four, five := id("4"), id("5")
	decide(t, f, id("2"), id("1"), duplicates.Different)
	decide(t, f, four, five, duplicates.Same)
	delete(want, pair{"1", "2"})
	delete(want, pair{"4", "5"})
	for _, when := range []string{"at once", "after a search"} {
		if diff := cmp.Diff(want, offered(t, book, f)); diff != "" {
			t.Errorf("queue %s (-want +got):\n%s", when, diff)
		}
		list, err := f.Similar(t.Context(), id("1"), 0)
		if err != nil || len(list) > 0 {
			t.Errorf("similar %s to one who is known to be different: %v, %v", when, list, err)
		}
		find(t, f)
	}
	whole, err := book.Customers.Get(t.Context(), id("5"))
	if err != nil || whole.ID != id("4") {
		t.Errorf("the merged are %v, %v", whole, err)
	}
	page, err := f.Decisions(t.Context(), duplicates.DecisionQuery{})
	if err != nil || len(page.Items) != 2 {
		t.Errorf("decisions: %v, %v", page.Items, err)
	}
	for _, tt := range []struct {
		name string
		a, b crm.CustomerID
		v    duplicates.Verdict
		want error
	}{
		{"nobody", id("1"), "cus_nobody", duplicates.Same, crm.ErrNotFound},
		{"oneself", id("1"), id("1"), duplicates.Same, crm.ErrInvalid},
		{"no verdict", id("1"), id("3"), "perhaps", crm.ErrInvalid},
		{"one already", four, five, duplicates.Same, crm.ErrExists},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := f.Decide(t.Context(), tt.a, tt.b, tt.v); !errors.Is(err, tt.want) {
				t.Errorf("Decide: %v, want %v", err, tt.want)
			}
		})
	}
}

// That two are different holds for the persons they are of, whoever is merged into
// them, and stays with whom it was said of when these are un-merged.
func TestDifferentAfterMerges(t *testing.T) {
	book, f, id := village(t)
	one, two, other := id("1"), id("2"), id("8")
	decide(t, f, one, two, duplicates.Different)
	if _, err := book.Customers.Merge(t.Context(), one, other); err != nil { // into another, out of the finder's sight
		t.Fatal(err)
	}
	find(t, f)
	for _, s := range queue(t, f) {
		if s.A == two || s.B == two {
			t.Errorf("%s is offered again: %+v", two, s)
		}
	}
	if _, err := book.Customers.Unmerge(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	find(t, f)
	if got := offered(t, book, f); got[pair{"1", "2"}] {
		t.Errorf("offered again after un-merging: %v", got)
	}
}

// A merge that was undone is remembered as a decision that the two are different.
func TestUnmerged(t *testing.T) {
	for _, tt := range []struct {
		name string
		undo func(t *testing.T, book *crm.Book, f *duplicates.Finder, a, b crm.CustomerID)
	}{
		{"by the book", func(t *testing.T, book *crm.Book, f *duplicates.Finder, a, b crm.CustomerID) {
			if _, err := book.Customers.Unmerge(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}},
		{"by a decision", func(t *testing.T, book *crm.Book, f *duplicates.Finder, a, b crm.CustomerID) {
			decide(t, f, a, b, duplicates.Different)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := mill(t.Context())
			f := finder(t, book, &duplicates.Options{Automatic: .95})
			find(t, f)
			a, b := known(t.Context(), book, "1"), known(t.Context(), book, "2")
			n, err := f.MergeAutomatic(t.Context())
			if err != nil || n != 3 {
				t.Fatalf("merged %d, %v, want 3", n, err)
			}
			if r := find(t, f); r.Customers != 7 || r.Pairs != 0 {
				t.Errorf("after merging: %+v", r)
			}
			tt.undo(t, book, f, a, b)
			for range 2 {
				if list, err := f.Similar(t.Context(), a, 0); err != nil || len(list) > 0 {
					t.Errorf("similar after undoing: %v, %v", list, err)
				}
				if got := offered(t, book, f); len(got) > 0 {
					t.Errorf("offered after undoing: %v", got)
				}
				if n, err := f.MergeAutomatic(t.Context()); err != nil || n != 0 {
					t.Errorf("merged again: %d, %v", n, err)
				}
				find(t, f)
			}
		})
	}
}

// Who was changed since the search is not merged by what was true before.
func TestMergeAutomaticLeavesTheChanged(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	var ids []crm.CustomerID
	for i := range 2 {
		c, err := book.Customers.Record(t.Context(), crm.Customer{
			Refs: []crm.Ref{{Source: "till", ID: fmt.Sprint(i)}}, GivenName: "Ottoline", FamilyName: "Featherstone", Birthday: "1971-03-09",
			Email: "ottoline@example.com", Addresses: []crm.Address{{Line1: "4 Quarry Hill", Postcode: "YO1 7AB", City: "York"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	f := finder(t, book, nil)
	if r := find(t, f); r.Sure != 1 {
		t.Fatalf("found %+v, want one who is sure", r)
	}
	if _, err := book.Customers.Update(t.Context(), ids[1], func(c *crm.Customer) error {
		c.GivenName = "Winifred"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := f.MergeAutomatic(t.Context()); n != 0 || err != nil {
		t.Errorf("merged %d, %v, want none", n, err)
	}
}

// Who was merged by somebody else stands under the id of the survivor.
func TestMergedByOthers(t *testing.T) {
	book, f, id := village(t)
	two, three := id("2"), id("3")
	if _, err := book.Customers.Merge(t.Context(), two, three); err != nil {
		t.Fatal(err)
	}
	a, b := min(id("1"), three), max(id("1"), three)
	found := false
	for _, s := range queue(t, f) {
		found = found || s.A == a && s.B == b
		if s.A == two || s.B == two {
			t.Errorf("%s was merged and is in the queue: %+v", two, s)
		}
	}
	if !found {
		t.Errorf("the pair of %s and %s is not in the queue", a, b)
	}
	for _, of := range []crm.CustomerID{two, three} {
		page, err := f.Page(t.Context(), duplicates.Query{Customer: of})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("queue of %s: %v, %v, want one", of, page.Items, err)
		}
	}
}

// What an erased person was compared with vanishes with them, from both sides; and
// what is kept of a pair was never personal.
func TestErase(t *testing.T) {
	for _, ref := range []string{"1", "2"} {
		t.Run(ref, func(t *testing.T) {
			book, f, id := village(t)
			gone := id(ref)
			decide(t, f, gone, id("8"), duplicates.Different)
			decide(t, f, id("9"), gone, duplicates.Different)
			var out bytes.Buffer
			if err := book.Privacy.Export(t.Context(), gone, &out); err != nil {
				t.Fatal(err)
			}
			_, rooms, _ := strings.Cut(out.String(), `"duplicates.suggestions"`)
			if n := strings.Count(rooms, string(gone)); n < 3 {
				t.Errorf("the export has %d pairs of the person, want 3:\n%s", n, out.String())
			}
			for _, word := range []string{"Ada", "Byron", "1985", "James", "SW1Y"} {
				if strings.Contains(rooms, word) {
					t.Errorf("the tables of duplicates hold %q:\n%s", word, rooms)
				}
			}
			if _, err := book.Privacy.Erase(t.Context(), gone); err != nil {
				t.Fatal(err)
			}
			for when := range 2 {
				err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
					for table := byte(32); table <= 35; table++ {
						for kv, err := range r.Scan(store.Range{From: []byte{table}, To: []byte{table + 1}}) {
							if err != nil {
								return err
							}
							if bytes.Contains(kv.Key, []byte(gone)) || bytes.Contains(kv.Value, []byte(gone)) {
								t.Errorf("%d: table %d still knows the person", when, table)
							}
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if list, err := f.Similar(t.Context(), gone, 0); !errors.Is(err, crm.ErrErased) {
					t.Errorf("similar to an erased one: %v, %v", list, err)
				}
				if r := find(t, f); r.Customers != 9 {
					t.Errorf("%d customers are read, want 9", r.Customers)
				}
			}
		})
	}
}

// A search that finds nothing new writes nothing into the queue.
func TestFindAgain(t *testing.T) {
	_, f, _ := village(t)
	before := queue(t, f)
	find(t, f)
	if diff := cmp.Diff(before, queue(t, f)); diff != "" {
		t.Errorf("queue (-first +second):\n%s", diff)
	}
}

// What Similar says of one is what Find says of all, as is what it says of
// customers who were recorded or changed since.
func TestSimilar(t *testing.T) {
	w := townOf(t, 800, 5)
	book, refs := w.book(t, nil)
	f := finder(t, book, nil)
	find(t, f)
	got, n := 0, 0
	for _, s := range queue(t, f) {
		list, err := f.Similar(t.Context(), s.A, 0)
		if err != nil {
			t.Fatal(err)
		}
		n++
		for _, v := range list {
			if v.A == s.A && v.B == s.B {
				got++
				if v.Probability < s.Probability-.01 || v.Probability > s.Probability+.01 {
					t.Errorf("%s and %s: %v, the queue says %v", refs[s.A], refs[s.B], v.Probability, s.Probability)
				}
			}
		}
	}
	if got != n || n == 0 {
		t.Errorf("Similar knows %d of %d pairs of the queue", got, n)
	}
	ada, err := book.Customers.ByEmail(t.Context(), "ada.byron@example.com")
	if err != nil {
		t.Fatal(err)
	}
	again, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada", FamilyName: "Bryon", Addresses: ada.Addresses, Birthday: ada.Birthday})
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []crm.CustomerID{ada.ID, again.ID} {
		list, err := f.Similar(t.Context(), of, 3)
		if err != nil || len(list) != 1 || min(ada.ID, again.ID) != list[0].A || max(ada.ID, again.ID) != list[0].B {
			t.Fatalf("similar to %s: %v, %v", of, list, err)
		}
	}
	if _, err := book.Customers.Update(t.Context(), again.ID, func(c *crm.Customer) error {
		c.GivenName, c.FamilyName, c.Birthday, c.Addresses = "Zebulon", "Quackenbush", "", nil
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Similar(t.Context(), ada.ID, 3); err != nil || len(list) != 0 {
		t.Errorf("similar after a change: %v, %v", list, err)
	}
}

func TestPage(t *testing.T) {
	w := townOf(t, 1000, 9)
	book, _ := w.book(t, nil)
	f := finder(t, book, nil)
	find(t, f)
	all := queue(t, f)
	var paged []*duplicates.Suggestion
	for q := (duplicates.Query{Limit: 7}); ; {
		page, err := f.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, page.Items...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if diff := cmp.Diff(all, paged); diff != "" {
		t.Errorf("by sevens (-all +paged):\n%s", diff)
	}
	order := map[duplicates.Band]int{duplicates.BandSure: 0, duplicates.BandLikely: 1, duplicates.BandPossible: 2}
	counts := map[duplicates.Band]int{}
	for i, s := range all {
		counts[s.Band]++
		if i > 0 && order[all[i-1].Band] > order[s.Band] {
			t.Errorf("%s stands behind %s", s.Band, all[i-1].Band)
		}
		sum := s.Prior + s.Household
		for _, e := range s.Evidence {
			sum += e.Weight
		}
		if p := 1 / (1 + pow2(-sum)); p < s.Probability-.02 || p > s.Probability+.02 {
			t.Errorf("%+v: the bits add up to %v", s, p)
		}
	}
	for band, n := range counts {
		page, err := f.Page(t.Context(), duplicates.Query{Band: band, Limit: 1000})
		if err != nil || len(page.Items) != n {
			t.Errorf("band %s: %d, %v, want %d", band, len(page.Items), err, n)
		}
	}
	for _, q := range []duplicates.Query{{Band: "so-so"}, {After: "?"}, {Customer: all[0].A, After: "?"}} {
		if _, err := f.Page(t.Context(), q); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("Page %+v: %v, want ErrInvalid", q, err)
		}
	}
}

func pow2(x float64) float64 {
	p := 1.0
	for ; x >= 1; x-- {
		p *= 2
	}
	for ; x <= -1; x++ {
		p /= 2
	}
	return p * (1 + x*.6931 + x*x*.2402) // close enough
}

// A telephone of a switchboard and the address of everybody's mailbox make no two
// of their users one, and do not take time.
func TestHubs(t *testing.T) {
	book := crmtest.New(t)
	w := townOf(t, 400, 21)
	if _, err := book.Import(t.Context(), w.records(func(c *crm.Customer) {
		c.Email, c.Phone, c.Birthday = "info@example.com", "+44 20 7946 0001", "1970-01-01"
	}), nil); err != nil {
		t.Fatal(err)
	}
	f := finder(t, book, nil)
	r := find(t, f)
	if r.Skipped["phone"] != 1 || r.Skipped["e-mail"] != 1 {
		t.Errorf("skipped %v, want the telephone and the e-mail address", r.Skipped)
	}
	if most := 30 * r.Customers; r.Compared > most {
		t.Errorf("compared %d pairs, want %d at most", r.Compared, most)
	}
	if r.Expected > .3 {
		t.Errorf("%v of all customers are expected to be duplicates", r.Expected)
	}
}

func TestTick(t *testing.T) {
	book := mill(t.Context())
	f, other := finder(t, book, nil), finder(t, book, nil)
	now := time.Now()
	for _, step := range []struct {
		name   string
		finder *duplicates.Finder
		at     time.Time
		want   int
	}{
		{"the first time", f, now, 3},
		{"again", f, now.Add(time.Hour), 0},
		{"in another process", other, now.Add(time.Hour), 0},
		{"a day later", other, now.Add(25 * time.Hour), 3},
	} {
		if n, err := step.finder.Tick(t.Context(), step.at); err != nil || n != step.want {
			t.Errorf("%s: %d, %v, want %d", step.name, n, err, step.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}

// Everything may go on at once.
func TestConcurrently(t *testing.T) {
	w := townOf(t, 300, 13)
	book, _ := w.book(t, nil)
	f := finder(t, book, nil)
	find(t, f)
	list := queue(t, f)
	var wg sync.WaitGroup
	for _, work := range []func() error{
		func() error { _, err := f.Find(t.Context()); return err },
		func() error { _, err := f.MergeAutomatic(t.Context()); return err },
		func() error { _, err := f.Similar(t.Context(), list[0].A, 0); return err },
		func() error { _, err := f.Page(t.Context(), duplicates.Query{}); return err },
		func() error {
			_, err := f.Decide(t.Context(), list[len(list)-1].A, list[len(list)-1].B, duplicates.Different)
			return err
		},
		func() error { _, err := book.Privacy.Erase(t.Context(), list[0].B); return err },
	} {
		wg.Go(func() {
			if err := work(); err != nil && !errors.Is(err, crm.ErrErased) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A customer who is changed all the time does not fill the memory of Similar.
func TestSimilarForgets(t *testing.T) {
	book, f, id := village(t)
	ada := id("1")
	for i := range 2300 {
		if _, err := book.Customers.Update(t.Context(), ada, func(c *crm.Customer) error { c.Note = fmt.Sprint(i); return nil }); err != nil {
			t.Fatal(err)
		}
		if list, err := f.Similar(t.Context(), ada, 0); err != nil || len(list) != 1 {
			t.Fatalf("similar: %v, %v", list, err)
		}
	}
	if n := f.Remembered(); n > 1000 {
		t.Errorf("%d records of 10 customers are kept", n)
	}
}

// Couples who share home, telephone and mailbox are never sure to be one, however
// alike their names, when no birth date tells; whatever book they are in.
func TestCouples(t *testing.T) {
	couples := [][2]string{
		{"Jan", "Jana"}, {"Paul", "Paula"}, {"Christian", "Christiane"}, {"Andreas", "Andrea"}, {"Martin", "Martina"}, {"Max", "Maximiliane"},
		{"Marie", "Maria"}, {"Patrick", "Patricia"}, {"Louis", "Louise"}, {"Anne-Marie", "Anne"}, {"J", "Jane"}, {"John", "Mary"}, {"", "Ute"},
	}
	for _, size := range []int{0, 300, 3000} {
		var people []*crm.Customer
		if size > 0 {
			people = townOf(t, size, 17).people
		}
		w := &town{people: people}
		for i := range max(size/3, 2*len(couples)) {
			for k, given := range couples[i%len(couples)] {
				w.people = append(w.people, &crm.Customer{
					Refs: []crm.Ref{{Source: "demo", ID: fmt.Sprintf("couple-%d-%d", i, k)}}, GivenName: given,
					FamilyName: []string{"Okon", "Brandt", "Veller", "Quist", "Darnow", "Ruland", "Tischner"}[i%7] + []string{"", "sen", "mann", "ski", "er"}[i/7%5],
					Email:      fmt.Sprintf("family%d@example.com", 7*i+10000), Phone: fmt.Sprintf("+44 20 79%02d %04d", i%100, 1000+17*i%9000),
					Addresses: []crm.Address{{Line1: fmt.Sprintf("%d Quarry Road", 1+i%190), Postcode: fmt.Sprint(10000 + 13*i), City: "York"}},
				})
			}
		}
		book, refs := w.book(t, func(c *crm.Customer) { c.Birthday = "" })
		f := finder(t, book, nil)
		find(t, f)
		for _, s := range queue(t, f) {
			a, aok := strings.CutPrefix(refs[s.A], "couple-")
			b, bok := strings.CutPrefix(refs[s.B], "couple-")
			if aok && bok && s.Band == duplicates.BandSure {
				t.Errorf("in a town of %d, %s and %s are sure: %+v", size, a, b, s)
			}
		}
	}
}
