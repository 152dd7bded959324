package segment_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// opened returns a catalog of an empty book.
func opened(t *testing.T) (*crm.Book, *segment.Catalog) {
	t.Helper()
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "GBP", Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	return book, c
}

var noon = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

func create(t testing.TB, c *segment.Catalog, name, text string) *segment.Segment {
	t.Helper()
	s, err := c.Create(t.Context(), segment.Segment{Name: name, Rule: segment.MustParse(text)})
	if err != nil {
		t.Fatalf("Create %s: %v", name, err)
	}
	return s
}

func names(t *testing.T, c *segment.Catalog) []string {
	t.Helper()
	var list []string
	for s, err := range c.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s.Name+": "+s.Rule.String())
	}
	return list
}

func TestCatalog(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	vip := create(t, c, "VIP", "amount_spent > 500")
	want := &segment.Segment{
		ID: vip.ID, Name: "VIP", Rule: segment.MustParse("amount_spent > 500"),
		Version: 1, RuledAt: noon, CreatedAt: noon, UpdatedAt: noon,
	}
	got, err := c.Get(ctx, vip.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	if got, err := c.ByName(ctx, "vip"); err != nil || got.ID != vip.ID {
		t.Errorf("ByName = %v, %v, want VIP", got, err)
	}
	create(t, c, "lapsed VIP", "segments CONTAINS 'VIP' AND last_order_date < -120d")
	create(t, c, "all VIP", "segments IN ('VIP', 'lapsed VIP')")

	t.Run("a new name stands in the rules that name it", func(t *testing.T) {
		if _, err := c.Update(ctx, vip.ID, func(s *segment.Segment) error { s.Name = "Very important"; return nil }); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"all VIP: segments IN ('Very important', 'lapsed VIP')",
			"lapsed VIP: segments CONTAINS 'Very important' AND last_order_date < -120d",
			"Very important: amount_spent > 500",
		}
		if diff := cmp.Diff(want, names(t, c)); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
	})
	t.Run("in use it stays", func(t *testing.T) {
		err := c.Delete(ctx, vip.ID)
		if !errors.Is(err, segment.ErrUsed) || errors.Is(err, crm.ErrConflict) || !strings.Contains(err.Error(), `["all VIP" "lapsed VIP"]`) {
			t.Errorf("Delete = %v, want an error that names both others", err)
		}
		list, err := c.Uses(ctx, vip.ID)
		if err != nil || len(list) != 2 || list[0].Name != "all VIP" {
			t.Errorf("Uses = %v, %v, want both others", list, err)
		}
	})
	t.Run("it never asks for itself", func(t *testing.T) {
		_, err := c.Update(ctx, vip.ID, func(s *segment.Segment) error {
			s.Rule = segment.MustParse("segments CONTAINS 'all VIP'")
			return nil
		})
		if !errors.Is(err, crm.ErrInvalid) || !strings.Contains(err.Error(), "Very important → all VIP → Very important") {
			t.Errorf("Update = %v, want the way by which it asks for itself", err)
		}
	})
	t.Run("a version is of the rule", func(t *testing.T) {
		same, err := c.Update(ctx, vip.ID, func(s *segment.Segment) error { s.Description = "Who matters."; return nil })
		if err != nil || same.Version != 1 {
			t.Errorf("a new description makes version %v, %v, want 1", same, err)
		}
		other, err := c.Update(ctx, vip.ID, func(s *segment.Segment) error {
			s.Rule, s.Version = segment.MustParse("amount_spent > 600"), 9
			return nil
		})
		if err != nil || other.Version != 2 {
			t.Errorf("a new rule makes version %v, %v, want 2", other, err)
		}
	})
	t.Run("what is as it was writes nothing", func(t *testing.T) {
		head, err := book.Events.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Update(ctx, vip.ID, func(s *segment.Segment) error {
			s.Rule = segment.MustParse("amount_spent>600")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if now, err := book.Events.Head(ctx); err != nil || now != head {
			t.Errorf("the feed is at %v, %v, want %v", now, err, head)
		}
	})
}

// Names of segments are in letters of either case, wherever they stand, and rules
// have them as they are written in the catalog. Ids are as they are.
func TestNames(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada")
	for _, s := range []segment.Segment{{ID: "best", Name: "Große VIP", Rule: segment.MustParse("EVERYONE")}, {ID: "vip", Name: "Vip", Rule: segment.MustParse("NOBODY")}} {
		if _, err := c.Create(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	const want = "segments IN ('Große VIP', 'best') AND segments NOT CONTAINS 'vip'"
	user := create(t, c, "User", "segments IN ('GROßE vip', 'best') AND segments NOT CONTAINS 'vip'")
	if user.Rule.String() != want {
		t.Errorf("Create = %s, want %s", user.Rule, want)
	}
	same, err := c.Update(ctx, user.ID, func(s *segment.Segment) error {
		s.Rule = segment.MustParse("segments IN ('große vip', 'best') AND segments NOT CONTAINS 'vip'")
		return nil
	})
	if err != nil || same.Version != 1 || same.Rule.String() != want {
		t.Errorf("Update = %+v, %v, want the same", same, err)
	}
	if n, err := c.Count(ctx, user.ID); n != 1 || err != nil {
		t.Errorf("Count = %d, %v, want 1", n, err)
	}
	for _, name := range []string{"große VIP", "GROßE VIP"} {
		if s, err := c.ByName(ctx, name); err != nil || s.ID != "best" {
			t.Errorf("ByName = %v, %v, want best", s, err)
		}
		if p, err := c.Preview(ctx, segment.Field("segments").Contains(name), 1); err != nil || p.Count != 1 {
			t.Errorf("Preview = %v, %v, want 1", p, err)
		}
	}
	if _, err := c.Preview(ctx, segment.Field("segments").Contains("BEST"), 1); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Preview by an id in other letters = %v, want %v", err, crm.ErrInvalid)
	}
	for id, name := range map[segment.ID]string{"best": "Large", "vip": "Small"} {
		if _, err := c.Update(ctx, id, func(s *segment.Segment) error { s.Name = name; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Get(ctx, user.ID)
	if err != nil || s.Rule.String() != "segments IN ('Large', 'best') AND segments NOT CONTAINS 'vip'" {
		t.Errorf("Get = %v, %v, want the new name, and ids as they were", s, err)
	}
}

// A rule stays what it is when an attribute in it becomes another, and what does
// not concern it can be changed.
func TestRetypedAttribute(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada")
	if err := book.Customers.Declare(ctx, crm.Attribute{Name: "size", Type: crm.TypeNumber}); err != nil {
		t.Fatal(err)
	}
	large := create(t, c, "Large", "attributes.size > 40").ID
	everyone := create(t, c, "Everyone", "EVERYONE")
	if err := book.Customers.Declare(ctx, crm.Attribute{Name: "size", Type: crm.TypeText}); err != nil {
		t.Fatal(err)
	}
	s, err := c.Update(ctx, large, func(s *segment.Segment) error { s.Name, s.Description = "Big", "Who wears XL."; return nil })
	if err != nil || s.Version != 1 {
		t.Errorf("Update = %+v, %v, want version 1", s, err)
	}
	if _, err := c.Update(ctx, large, func(s *segment.Segment) error { s.Rule = segment.MustParse("attributes.size > 41"); return nil }); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("Update of the rule = %v, want %v", err, crm.ErrInvalid)
	}
	if n, err := c.Count(ctx, large); n != 0 || err != nil {
		t.Errorf("Count = %d, %v, want 0", n, err)
	}
	list, err := c.Of(ctx, "ada")
	if diff := cmp.Diff([]*segment.Segment{everyone}, list); diff != "" || err != nil {
		t.Errorf("Of: %v (-want +got):\n%s", err, diff)
	}
}

// A name that makes a rule too long is refused, and leaves all as it was.
func TestLongName(t *testing.T) {
	_, c := opened(t)
	ctx := t.Context()
	short := create(t, c, "A", "EVERYONE").ID
	list := "segments IN ('A'" + strings.Repeat(", 'A'", 499) + ")"
	user := create(t, c, "B", list+" OR "+list+" OR NOT "+list)
	_, err := c.Update(ctx, short, func(s *segment.Segment) error { s.Name = strings.Repeat("it's ", 20); return nil })
	if !errors.Is(err, crm.ErrInvalid) || !strings.Contains(err.Error(), `the rule of "B"`) {
		t.Errorf("Update = %.200v, want that the rule of B is too long", err)
	}
	got, err := c.Get(ctx, user.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(user, got); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
}

func TestCatalogEvents(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		in := c.In(tx)
		if _, err := in.Create(ctx, segment.Segment{ID: "buyers", Name: "Buyers", Rule: segment.MustParse("number_of_orders > 0")}); err != nil {
			return err
		}
		if _, err := in.Create(ctx, segment.Segment{ID: "best", Name: "Best", Rule: segment.MustParse("segments CONTAINS 'Buyers'")}); err != nil {
			return err
		}
		if _, err := in.Update(ctx, "buyers", func(s *segment.Segment) error { s.Name = "Customers"; return nil }); err != nil {
			return err
		}
		return in.Delete(ctx, "best")
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []crm.Event
	for e, err := range book.Events.List(ctx, store.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, crm.Event{Kind: e.Kind, Name: e.Name, Changes: e.Changes})
	}
	want := []crm.Event{
		{Kind: segment.Created, Name: "buyers"},
		{Kind: segment.Created, Name: "best"},
		{Kind: segment.Updated, Name: "best", Changes: []crm.Change{{Field: "rule"}}},
		{Kind: segment.Updated, Name: "buyers", Changes: []crm.Change{{Field: "name"}}},
		{Kind: segment.Deleted, Name: "best"},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestCatalogRefuses(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	if err := book.Customers.Declare(ctx, crm.Attribute{Name: "shoe_size", Type: crm.TypeNumber}); err != nil {
		t.Fatal(err)
	}
	taken := create(t, c, "Taken", "EVERYONE")
	var decoded segment.Rule
	if err := json.Unmarshal([]byte(`"number_of_orders > 1 AND segments CONTAINS 'Takn'"`), &decoded); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		s    segment.Segment
		want error
		text string
	}{
		{"no name", segment.Segment{}, crm.ErrInvalid, "name"},
		{"a name of two lines", segment.Segment{Name: "a\nb"}, crm.ErrInvalid, "name"},
		{"a name that is no text", segment.Segment{Name: "a\xff"}, crm.ErrInvalid, "name"},
		{"a description that is no text", segment.Segment{Name: "x", Description: "a\xff"}, crm.ErrInvalid, "description"},
		{"the name of another for an id, in other letters", segment.Segment{ID: "TAKEN", Name: "x"}, crm.ErrInvalid, "name"},
		{"an address for an id", segment.Segment{ID: "a@b", Name: "x"}, crm.ErrInvalid, "id"},
		{"a name in other letters", segment.Segment{Name: "TAKEN "}, crm.ErrExists, ""},
		{"a taken id", segment.Segment{ID: taken.ID, Name: "x"}, crm.ErrExists, ""},
		{"the id of another for a name", segment.Segment{Name: string(taken.ID)}, crm.ErrInvalid, "name"},
		{"an attribute nobody declared", segment.Segment{Name: "x", Rule: segment.MustParse("attributes.shoesize > 40")}, crm.ErrInvalid, "1:1: unexpected `attributes.shoesize`: want a field of customers; did you mean `attributes.shoe_size`?"},
		{"an attribute of another type", segment.Segment{Name: "x", Rule: segment.MustParse("attributes.shoe_size = 'large'")}, crm.ErrInvalid, "number"},
		{"a segment that there is not", segment.Segment{Name: "x", Rule: segment.MustParse("number_of_orders > 1 AND\n  segments CONTAINS 'Takn'")}, crm.ErrInvalid, "2:21: unexpected `'Takn'`"},
		{"a segment that there is not in a text of JSON", segment.Segment{Name: "x", Rule: decoded}, crm.ErrInvalid, "1:44: unexpected `'Takn'`"},
		{"a segment that there is not in a tree", segment.Segment{Name: "x", Rule: segment.All(segment.MustParse("segments CONTAINS 'Takn'"))}, crm.ErrInvalid, "value: unexpected `'Takn'`: want a segment of the catalog; did you mean `'Taken'`?"},
		{"itself", segment.Segment{Name: "x", Rule: segment.MustParse("segments CONTAINS 'x'")}, crm.ErrInvalid, "x → x"},
		{"another currency", segment.Segment{Name: "x", Rule: segment.MustParse("amount_spent > 5 EUR")}, crm.ErrInvalid, "GBP"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := c.Create(ctx, tc.s)
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("Create = %v, want %v that tells of %q", err, tc.want, tc.text)
			}
		})
	}
	if diff := cmp.Diff([]string{"Taken: EVERYONE"}, names(t, c)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if _, err := c.Get(ctx, "none"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("Get = %v, want %v", err, crm.ErrNotFound)
	}
}
