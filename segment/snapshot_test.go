package segment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

func TestSnapshot(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd", "dee", "eve")
	for _, id := range []crm.CustomerID{"ada", "bob", "cyd"} {
		buy(t, book, id, 5, 600)
	}
	recent := create(t, c, "Recent", "last_order_date >= -7d").ID
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	head, err := book.Events.Head(ctx)
	do(err)
	list, err := c.Snapshot(ctx, recent, "Spring mailing")
	do(err)
	want := &segment.Segment{
		ID: list.ID, Name: "Spring mailing", Description: "Members of Recent on 2025-06-15 12:00",
		Version: 1, RuledAt: noon, CreatedAt: noon, UpdatedAt: noon,
	}
	got, err := c.Get(ctx, list.ID)
	do(err)
	for _, s := range []*segment.Segment{list, got} {
		if diff := cmp.Diff(want, s); diff != "" {
			t.Errorf("segment (-want +got):\n%s", diff)
		}
	}
	var kinds []crm.EventKind
	for e, err := range book.Events.List(ctx, head) {
		do(err)
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]crm.EventKind{segment.Created}, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	mailed := create(t, c, "Mailed, bought no more", "segments CONTAINS 'Spring mailing' AND last_order_date < -30d").ID
	expect := func(id segment.ID, want ...crm.CustomerID) {
		t.Helper()
		other, err := segment.New(book, nil) // which reads the book as it is
		do(err)
		for i, c := range []*segment.Catalog{c, other} {
			if diff := cmp.Diff(want, all(t, c.Members(ctx, id))); diff != "" {
				t.Errorf("Members of catalog %d (-want +got):\n%s", i, diff)
			}
			if diff := cmp.Diff(want, all(t, c.Audience(id).Members(ctx))); diff != "" {
				t.Errorf("Audience of catalog %d (-want +got):\n%s", i, diff)
			}
			if n, err := c.Count(ctx, id); n != len(want) || err != nil {
				t.Errorf("Count of catalog %d = %d, %v, want %d", i, n, err, len(want))
			}
		}
	}
	expect(list.ID, "ada", "bob", "cyd")

	clk.set(noon.AddDate(0, 0, 60)) // whoever leaves the segment stays on the list
	buy(t, book, "dee", -59, 10)    // and who comes into it does not come onto the list
	expect(recent, "dee")
	expect(list.ID, "ada", "bob", "cyd")
	expect(mailed, "ada", "bob", "cyd")

	_, err = book.Customers.Merge(ctx, "ada", "eve")
	do(err)
	expect(list.ID, "bob", "cyd", "eve")
	_, err = book.Customers.Unmerge(ctx, "ada")
	do(err)
	if has, err := c.Has(ctx, list.ID, "ada"); !has || err != nil {
		t.Errorf("Has = %v, %v, want ada to be back", has, err)
	}
	_, err = book.Privacy.Erase(ctx, "bob")
	do(err)
	if n, err := c.Count(ctx, list.ID); n != 2 || err != nil {
		t.Errorf("Count = %d, %v, want 2", n, err)
	}
	do(c.Exclude(ctx, list.ID, "cyd"))
	do(c.Delete(ctx, mailed))
	do(c.Delete(ctx, recent)) // the list does not need it
	expect(list.ID, "ada")
}

// A list is complete from its beginning: nobody is told to have entered it, and
// it is known who was in it.
func TestSnapshotLive(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	everyone := create(t, c, "All", "EVERYONE").ID
	tick(t, clk, c, 0)
	head, err := book.Events.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.Snapshot(ctx, everyone, "List")
	if err != nil {
		t.Fatal(err)
	}
	clk.set(noon.Add(time.Hour))
	tick(t, clk, c, 0)
	if moved, _ := passages(t, book, head); moved != nil {
		t.Errorf("told: %v, want nothing", moved)
	}
	if diff := cmp.Diff([]crm.CustomerID{"ada", "bob"}, was(t, c, list.ID, clk.now())); diff != "" {
		t.Errorf("MembersAt (-want +got):\n%s", diff)
	}
	if err := c.Exclude(ctx, list.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	tick(t, clk, c, 1)
}

// One as of a time says so.
func TestSnapshotAt(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob")
	buy(t, book, "ada", 20, 10)
	buy(t, book, "bob", 2, 10)
	recent := create(t, c, "Recent", "last_order_date >= -7d").ID
	list, err := c.At(noon.AddDate(0, 0, -16)).Snapshot(ctx, recent, "Late May")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Members of Recent on 2025-05-30 12:00"; list.Description != want {
		t.Errorf("it is called %q, want %q", list.Description, want)
	}
	if diff := cmp.Diff([]crm.CustomerID{"ada"}, all(t, c.Members(ctx, list.ID))); diff != "" {
		t.Errorf("Members (-want +got):\n%s", diff)
	}
}

func TestSnapshotErrors(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada")
	everyone := create(t, c, "All", "EVERYONE").ID
	for _, tt := range []struct {
		name string
		id   segment.ID
		want error
	}{
		{"List", "none", crm.ErrNotFound},
		{"all", everyone, crm.ErrExists},
		{"", everyone, crm.ErrInvalid},
		{"two\nlines", everyone, crm.ErrInvalid},
	} {
		if _, err := c.Snapshot(ctx, tt.id, tt.name); !errors.Is(err, tt.want) {
			t.Errorf("Snapshot(%q, %q) = %v, want %v", tt.id, tt.name, err, tt.want)
		}
	}
	err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		_, err := c.In(tx).Snapshot(ctx, everyone, "List")
		return err
	})
	if !errors.Is(err, crm.ErrNested) {
		t.Errorf("Snapshot in a transaction = %v, want %v", err, crm.ErrNested)
	}
	if diff := cmp.Diff([]string{"All: EVERYONE"}, names(t, c)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if left := segment.Drafts(t.Context(), c); len(left) > 0 {
		t.Errorf("drafts are left: %v", left)
	}
}

// What a process that died had written shows nowhere, and is taken away by the
// next snapshot when an hour has passed: until then somebody may be writing it.
func TestSnapshotBrokenOff(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	var ids []crm.CustomerID
	for i := range 1200 {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%04d", i)))
	}
	customers(t, book, ids...)
	everyone := create(t, c, "All", "EVERYONE").ID
	draft, err := segment.Draft(ctx, c, "All", "List")
	if err != nil {
		t.Fatal(err)
	}
	if err := segment.Hold(ctx, c, draft, ids[:500]...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"All: EVERYONE"}, names(t, c)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if _, err := c.Count(ctx, draft); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Count = %v, want %v", err, crm.ErrNotFound)
	}
	for i, want := range []int{500, 0} {
		clk.set(noon.Add(time.Duration(i) * time.Hour))
		list, err := c.Snapshot(ctx, everyone, fmt.Sprint("List ", i))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Count(ctx, list.ID); n != 1200 || err != nil {
			t.Errorf("Count = %d, %v, want 1200", n, err)
		}
		if in, _, err := c.Picks(ctx, draft); len(in) != want || err != nil {
			t.Errorf("%d members of the draft are left, %v, want %d", len(in), err, want)
		}
	}
	if left := segment.Drafts(ctx, c); left != nil {
		t.Errorf("drafts are left: %v", left)
	}
	if err := segment.Hold(ctx, c, draft, "c0001"); !errors.Is(err, crm.ErrConflict) { // who was only slow is told so
		t.Errorf("Hold = %v, want %v", err, crm.ErrConflict)
	}
}

// While a snapshot is being made, its people go on: who is erased is not on it,
// and who is merged is on it as who they are then.
func TestSnapshotMeanwhile(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd", "dee")
	draft, err := segment.Draft(ctx, c, "All", "List")
	if err != nil {
		t.Fatal(err)
	}
	if err := segment.Hold(ctx, c, draft, "ada", "bob"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []crm.CustomerID{"bob", "cyd"} {
		if _, err := book.Privacy.Erase(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := book.Customers.Merge(ctx, "ada", "dee"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Count(ctx, create(t, c, "All", "EVERYONE").ID); err != nil { // the columns are up to date
		t.Fatal(err)
	}
	if err := segment.Hold(ctx, c, draft, "cyd", "none"); err != nil {
		t.Fatal(err)
	}
	if err := segment.Publish(ctx, c, draft, "List"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]crm.CustomerID{"dee"}, all(t, c.Members(ctx, draft))); diff != "" {
		t.Errorf("Members (-want +got):\n%s", diff)
	}
	if in, _, err := c.Picks(ctx, draft); err != nil || !cmp.Equal([]crm.CustomerID{"ada"}, in) {
		t.Errorf("Picks = %v, %v, want ada", in, err)
	}
}
