package segment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// customers records customers with these ids.
func customers(t *testing.T, book *crm.Book, ids ...crm.CustomerID) {
	t.Helper()
	err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		for _, id := range ids {
			if _, err := tx.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// picks tells who was picked, "-" before those who are out.
func picks(t *testing.T, c *segment.Catalog, id segment.ID) []string {
	t.Helper()
	in, out, err := c.Picks(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, id := range in {
		list = append(list, string(id))
	}
	for _, id := range out {
		list = append(list, "-"+string(id))
	}
	return list
}

func TestPicks(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd", "dee")
	list := create(t, c, "List", "NOBODY").ID
	expect := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, picks(t, c, list)); diff != "" {
			t.Errorf("picks (-want +got):\n%s", diff)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(c.Include(ctx, list, "ada", "bob", "ada"))
	do(c.Exclude(ctx, list, "cyd"))
	expect("ada", "bob", "-cyd")

	head, err := book.Events.Head(ctx)
	do(err)
	do(c.Include(ctx, list, "ada"))
	do(c.Release(ctx, list, "dee"))
	if now, err := book.Events.Head(ctx); err != nil || now != head {
		t.Errorf("what was said already is told again: the feed is at %v, %v, want %v", now, err, head)
	}

	do(c.Exclude(ctx, list, "ada"))
	do(c.Include(ctx, list, "cyd"))
	do(c.Release(ctx, list, "bob"))
	expect("cyd", "-ada")

	_, err = book.Customers.Merge(ctx, "ada", "dee") // who is heard by either id
	do(err)
	do(c.Include(ctx, list, "dee"))
	expect("cyd", "dee")

	_, err = book.Privacy.Erase(ctx, "cyd")
	do(err)
	expect("dee")

	if err := c.Include(ctx, list, "bob", "eve"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Include of nobody = %v, want %v", err, crm.ErrNotFound)
	}
	if err := c.Include(ctx, list, "bob", "cyd"); !errors.Is(err, crm.ErrErased) {
		t.Errorf("Include of who was erased = %v, want %v", err, crm.ErrErased)
	}
	if err := c.Include(ctx, "none", "bob"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Include in none = %v, want %v", err, crm.ErrNotFound)
	}
	if err := c.Include(ctx, list, make([]crm.CustomerID, 5001)...); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Include of 5,001 = %v, want %v", err, crm.ErrInvalid)
	}
	expect("dee")
}

func TestPickedMembers(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada", "bob", "cyd")
	buy(t, book, "ada", 1, 600)
	vip := create(t, c, "VIP", "amount_spent > 500").ID
	list := create(t, c, "List", "NOBODY").ID
	either := create(t, c, "Either", "segments IN ('VIP', 'List')").ID
	expect := func(id segment.ID, want ...crm.CustomerID) {
		t.Helper()
		if diff := cmp.Diff(want, all(t, c.Members(ctx, id))); diff != "" {
			t.Errorf("Members (-want +got):\n%s", diff)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect(either, "ada")
	do(c.Include(ctx, list, "bob"))
	do(c.Exclude(ctx, vip, "ada"))
	expect(vip)
	expect(list, "bob")
	expect(either, "bob")
	buy(t, book, "ada", 0, 600) // what is said stays said, whatever happens
	_, err := book.Customers.Update(ctx, "bob", func(v *crm.Customer) error { v.Tags = []string{"new"}; return nil })
	do(err)
	expect(either, "bob")
	do(c.Include(ctx, vip, "cyd"))
	expect(either, "bob", "cyd")

	_, err = book.Customers.Merge(ctx, "ada", "cyd") // of one who is in and one who is out, out
	do(err)
	expect(vip)
	do(c.Release(ctx, vip, "cyd"))
	expect(vip, "cyd")
	fresh, err := segment.New(book, nil) // which reads the book as it is
	do(err)
	c = fresh
	expect(either, "bob", "cyd")
	do(c.Release(ctx, list, "bob"))
	expect(either, "cyd")
}

func TestPicksGoWithTheirSegment(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	var ids []crm.CustomerID
	for i := range 2500 {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%04d", i)))
	}
	customers(t, book, ids...)
	if _, err := c.Create(ctx, segment.Segment{ID: "list", Name: "List"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Include(ctx, "list", ids...); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(ctx, segment.Segment{ID: "list", Name: "Other"}); !errors.Is(err, crm.ErrExists) {
		t.Errorf("Create = %v, want %v", err, crm.ErrExists)
	}
	if n := len(picks(t, c, "list")); n != 2500 {
		t.Errorf("%d picks are left by a Create that failed, want 2500", n)
	}
	if err := c.Delete(ctx, "list"); err != nil {
		t.Fatal(err)
	}
	if list := picks(t, c, "list"); list != nil {
		t.Errorf("%d picks are left of a segment that is gone", len(list))
	}
}

// What is no id stands in no error: it may be an address.
func TestPickOfAnAddress(t *testing.T) {
	_, c := opened(t)
	id := create(t, c, "List", "EVERYONE").ID
	err := c.Include(t.Context(), id, "ada@example.org")
	if !errors.Is(err, crm.ErrNotFound) || strings.Contains(err.Error(), "ada") {
		t.Errorf("Include = %v, want %v that tells no address", err, crm.ErrNotFound)
	}
}
