package duplicates_test

import (
	"errors"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/crm/duplicates"
	"github.com/seed-9cb3708a/clientele/store"
)

// Whoever merged two: when that was undone, they are not merged by themselves
// again, nor offered after the next search. They are one when somebody says so.
func TestUnmergedByHand(t *testing.T) {
	for _, tt := range []struct {
		name         string
		searched     bool // before
		again        bool // and after
		forgotten    bool // the feed is trimmed meanwhile
		automatic    int
		wantDecision int
	}{
		{"before any search", false, true, false, 0, 1},
		{"since the last search", true, false, false, 0, 1},
		{"between two searches", true, true, false, 0, 1},
		{"before the feed begins", true, true, true, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st, book, ids := lair(t)
			f := finder(t, book, nil)
			if tt.searched {
				find(t, f)
			}
			if _, err := book.Customers.Merge(t.Context(), ids[0], ids[1]); err != nil {
				t.Fatal(err)
			}
			if _, err := book.Customers.Unmerge(t.Context(), ids[0]); err != nil {
				t.Fatal(err)
			}
			if tt.forgotten {
				head, err := book.Events.Head(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := store.Trim(t.Context(), st, head); err != nil {
					t.Fatal(err)
				}
			}
			if tt.again {
				find(t, f)
			}
			merges(t, f, tt.automatic)
			if got := queue(t, f); len(got) > 0 {
				t.Errorf("offered again: %v", got)
			}
			page, err := f.Decisions(t.Context(), duplicates.DecisionQuery{})
			if err != nil || len(page.Items) != tt.wantDecision {
				t.Fatalf("decisions: %v, %v", page.Items, err)
			}
			if tt.forgotten {
				return
			}
			if d := page.Items[0]; d.Verdict != duplicates.Different || d.Automatic {
				t.Errorf("decided %+v, want that they are different", d)
			}
			decide(t, f, ids[0], ids[1], duplicates.Same)
			find(t, f)
			if c, err := book.Customers.Get(t.Context(), ids[0]); err != nil || c.ID == ids[0] && c.ID == ids[1] {
				t.Errorf("after saying that they are one: %v, %v", c, err)
			}
			page, err = f.Decisions(t.Context(), duplicates.DecisionQuery{})
			if err != nil || len(page.Items) != 1 || page.Items[0].Verdict != duplicates.Same {
				t.Errorf("decisions in the end: %v, %v", page.Items, err)
			}
		})
	}
}

// Nobody is merged by themselves with a person of whom one record contradicts
// theirs, or was changed, though the survivor's is as it was.
func TestMergeAutomaticLooksAtAllRecords(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, book *crm.Book, f *duplicates.Finder, id, third crm.CustomerID)
	}{
		{"contradicts", func(t *testing.T, book *crm.Book, f *duplicates.Finder, id, third crm.CustomerID) {
			find(t, f)
			if _, err := book.Customers.Merge(t.Context(), third, id); err != nil {
				t.Fatal(err)
			}
		}},
		{"changed", func(t *testing.T, book *crm.Book, f *duplicates.Finder, id, third crm.CustomerID) {
			if _, err := book.Customers.Update(t.Context(), third, func(c *crm.Customer) error { c.Birthday = ""; return nil }); err != nil {
				t.Fatal(err)
			}
			if _, err := book.Customers.Merge(t.Context(), third, id); err != nil {
				t.Fatal(err)
			}
			find(t, f)
			if _, err := book.Customers.Record(t.Context(), crm.Customer{Refs: []crm.Ref{{Source: "web", ID: "3"}}, GivenName: "Winifred", FamilyName: "Pell"}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, book, ids := lair(t)
			c, err := book.Customers.Record(t.Context(), crm.Customer{Refs: []crm.Ref{{Source: "web", ID: "3"}}, GivenName: "Otto", FamilyName: "Pell", Birthday: "1944-11-30"})
			if err != nil {
				t.Fatal(err)
			}
			f := finder(t, book, nil)
			tt.do(t, book, f, ids[0], c.ID)
			if list := queue(t, f); len(list) != 1 || list[0].Band != duplicates.BandSure {
				t.Fatalf("queue %v, want one who is sure", list)
			}
			merges(t, f, 0)
		})
	}
}

// To part two who are one takes no one else apart.
func TestPart(t *testing.T) {
	for _, names := range [][2]int{{1, 2}, {2, 1}, {0, 2}, {2, 0}} {
		book := crmtest.New(t)
		f := finder(t, book, nil)
		var ids []crm.CustomerID
		for range 3 {
			c, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada"})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, c.ID)
		}
		for _, m := range [][2]int{{2, 1}, {1, 0}} { // the third into the second, these into the first
			if _, err := book.Customers.Merge(t.Context(), ids[m[0]], ids[m[1]]); err != nil {
				t.Fatal(err)
			}
		}
		decide(t, f, ids[names[0]], ids[names[1]], duplicates.Different)
		members, err := book.Customers.Members(t.Context(), ids[0])
		if err != nil || len(members) != 2 || members[1] != ids[1] {
			t.Errorf("parting %v leaves the first with %v, %v, want the second", names, members, err)
		}
	}
}

// Nothing is decided of who was erased.
func TestDecideErased(t *testing.T) {
	_, book, ids := lair(t)
	f := finder(t, book, nil)
	find(t, f)
	if _, err := book.Privacy.Erase(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	for _, v := range []duplicates.Verdict{duplicates.Same, duplicates.Different} {
		for _, of := range [][2]crm.CustomerID{{ids[0], ids[1]}, {ids[1], ids[0]}} {
			if _, err := f.Decide(t.Context(), of[0], of[1], v); !errors.Is(err, crm.ErrErased) {
				t.Errorf("Decide %s: %v, want ErrErased", v, err)
			}
		}
	}
	if page, err := f.Decisions(t.Context(), duplicates.DecisionQuery{}); err != nil || len(page.Items) > 0 {
		t.Errorf("decisions: %v, %v, want none", page.Items, err)
	}
}
