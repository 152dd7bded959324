package crm_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// acme is a company with two buyers.
func acme() crm.Group {
	return crm.Group{
		Ref: ref("g1"), Kind: crm.GroupCompany, Name: "Acme Ltd", VATID: "GB123456789", RegistrationID: "HRB 1234",
		Address: crm.Address{Line1: "1 Mill Lane", City: "Leeds", Country: "GB"}, Note: "pays late", Version: day(5),
		Members: []crm.Member{{CustomerID: "ben", Role: "buyer", Since: day(2)}, {CustomerID: "ada", Role: "owner"}},
	}
}

// quartet makes four customers.
func quartet(t failer, book *crm.Book) {
	t.Helper()
	for _, id := range []crm.CustomerID{"ada", "ben", "cleo", "dan"} {
		putCustomer(t, book, crm.Customer{ID: id})
	}
}

// regrouped are the events of groups in short.
func regrouped(events []*crm.Event) []string {
	var lines []string
	for _, e := range events {
		if e.Kind == crm.GroupChanged {
			lines = append(lines, fmt.Sprint(e.CustomerID, " ", e.OccurredAt.YearDay(), " ", e.Changes))
		}
	}
	return lines
}

// groupsOf are the names of the groups that a person is in.
func groupsOf(t failer, book *crm.Book, id crm.CustomerID) []string {
	t.Helper()
	list, err := book.Groups.Of(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range list {
		names = append(names, g.Name)
	}
	return names
}

func TestGroups(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			ctx := t.Context()
			quartet(t, book)
			before := head(t, book)
			made, err := book.Groups.Record(ctx, acme())
			if err != nil {
				t.Fatal(err)
			}
			want := acme()
			want.ID, want.CreatedAt, want.UpdatedAt, want.Members[1].Since = made.ID, today, today, today
			if diff := cmp.Diff(&want, made); diff != "" || !strings.HasPrefix(string(made.ID), "grp_") {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			for name, get := range map[string]func() (*crm.Group, error){
				"Get":   func() (*crm.Group, error) { return book.Groups.Get(ctx, made.ID) },
				"ByRef": func() (*crm.Group, error) { return book.Groups.ByRef(ctx, ref("g1")) },
			} {
				got, err := get()
				if diff := cmp.Diff(&want, got); err != nil || diff != "" {
					t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
				}
			}
			if diff := cmp.Diff([]string{"ben 2 []", "ada 300 []"}, regrouped(since(t, book, before))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}

			// The same, and what is older, writes nothing.
			before = head(t, book)
			older := acme()
			older.Name, older.Version = "Acme & Sons", day(4)
			for _, g := range []crm.Group{acme(), older} {
				if _, err := book.Groups.Record(ctx, g); err != nil {
					t.Fatal(err)
				}
			}
			if head(t, book) != before {
				t.Errorf("wrote %v", kinds(since(t, book, before)))
			}

			newer := acme()
			newer.Version, newer.Members = day(6), []crm.Member{{CustomerID: "cleo"}, {CustomerID: "ada", Role: "owner"}}
			if made, err = book.Groups.Record(ctx, newer); err != nil {
				t.Fatal(err)
			}
			if m := made.Member("ada"); made.Member("ben") != nil || m == nil || !m.Since.Equal(today) {
				t.Errorf("members: %v", made.Members)
			}
			_, err = book.Groups.Update(ctx, made.ID, func(g *crm.Group) error {
				g.ID, g.Note, g.Ref = "another", "pays early", crm.Ref{}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"ben 300 []", "cleo 300 []", " 6 [{note  }]"}, regrouped(since(t, book, before))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]string{{"Acme Ltd"}, nil, {"Acme Ltd"}}, [][]string{groupsOf(t, book, "ada"), groupsOf(t, book, "ben"), groupsOf(t, book, "cleo")}); diff != "" {
				t.Errorf("Of (-want +got):\n%s", diff)
			}

			for i := range 5 {
				if _, err := book.Groups.Create(ctx, crm.Group{ID: crm.GroupID(fmt.Sprint("home", i)), Name: fmt.Sprint("Home ", i), Members: []crm.Member{{CustomerID: "ada"}}}); err != nil {
					t.Fatal(err)
				}
			}
			if n, err := book.Groups.Count(ctx); n != 6 || err != nil {
				t.Errorf("Count is %d, %v", n, err)
			}
			var names []string
			for q := (crm.GroupQuery{Limit: 4}); ; {
				page, err := book.Groups.Page(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, g := range page.Items {
					names = append(names, g.Name)
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if diff := cmp.Diff([]string{"Acme Ltd", "Home 0", "Home 1", "Home 2", "Home 3", "Home 4"}, names); diff != "" {
				t.Errorf("Page (-want +got):\n%s", diff)
			}
			if got := all(t, book.Groups.List(ctx, crm.GroupQuery{})); len(got) != 6 {
				t.Errorf("List yields %d", len(got))
			}
			before = head(t, book)
			if err := book.Groups.Delete(ctx, made.ID); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"cleo 300 []", "ada 300 []"}, regrouped(since(t, book, before))); diff != "" {
				t.Errorf("events of Delete (-want +got):\n%s", diff)
			}
			if got := groupsOf(t, book, "cleo"); got != nil {
				t.Errorf("after Delete: %v", got)
			}
		})
	}
}

func TestGroupsInvalid(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	quartet(t, book)
	first, err := book.Groups.Create(ctx, acme())
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 70_000)
	bad := crm.Group{
		ID: "a b", Ref: crm.Ref{Source: "shop", ID: "ada@example.com"}, Kind: "club", Name: long, VATID: long, RegistrationID: long, Note: long,
		Address: crm.Address{City: "\xff"}, Version: time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC),
		Members: []crm.Member{{CustomerID: "ada"}, {CustomerID: "ada@example.com", Role: long}, {CustomerID: "ada"}, {Since: time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}
	want := []string{
		"id", "ref.id", "kind", "name", "vat_id", "registration_id", "note", "address.city", "version",
		"members[1].customer_id", "members[1].role", "members[2].customer_id", "members[3].customer_id", "members[3].since",
	}
	_, created := book.Groups.Create(ctx, bad)
	_, recorded := book.Groups.Record(ctx, bad)
	_, updated := book.Groups.Update(ctx, first.ID, func(g *crm.Group) error { *g = bad; return nil })
	for name, err := range map[string]error{"Create": created, "Record": recorded, "Update": updated} {
		if diff := cmp.Diff(want, fields(err)); !errors.Is(err, crm.ErrInvalid) || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if text := err.Error(); strings.Contains(text, "ada@") || strings.Contains(text, "xxx") {
			t.Errorf("%s tells too much: %s", name, text)
		}
	}
	many := crm.Group{Members: make([]crm.Member, 1001)}
	_, tooMany := book.Groups.Create(ctx, many)
	_, taken := book.Groups.Create(ctx, acme())
	_, takenID := book.Groups.Create(ctx, crm.Group{ID: first.ID})
	_, otherRef := book.Groups.Record(ctx, crm.Group{ID: first.ID, Ref: ref("g2")})
	_, secondRef := book.Groups.Record(ctx, crm.Group{ID: "second", Ref: ref("g1")})
	_, nobody := book.Groups.Create(ctx, crm.Group{Members: []crm.Member{{CustomerID: "ada"}, {CustomerID: "nobody"}}})
	_, visitor := book.Groups.Create(ctx, crm.Group{Members: []crm.Member{{CustomerID: "vis_1"}}})
	_, get := book.Groups.Get(ctx, "none")
	_, byRef := book.Groups.ByRef(ctx, ref("none"))
	_, update := book.Groups.Update(ctx, "none", func(*crm.Group) error { return nil })
	oops := errors.New("oops")
	_, refused := book.Groups.Update(ctx, first.ID, func(g *crm.Group) error { g.Members = nil; return oops })
	_, sums := book.Groups.Aggregates(ctx, "none")
	_, page := book.Groups.Page(ctx, crm.GroupQuery{After: "?"})
	for name, tt := range map[string]struct{ err, is error }{
		"too many": {tooMany, crm.ErrInvalid}, "taken": {taken, crm.ErrExists}, "taken id": {takenID, crm.ErrExists}, "another ref": {otherRef, crm.ErrInvalid},
		"the ref of another": {secondRef, crm.ErrExists}, "nobody": {nobody, crm.ErrNotFound}, "visitor": {visitor, crm.ErrNotFound},
		"Get": {get, crm.ErrNotFound}, "ByRef": {byRef, crm.ErrNotFound}, "Update": {update, crm.ErrNotFound}, "f's error": {refused, oops},
		"Delete": {book.Groups.Delete(ctx, "none"), crm.ErrNotFound}, "Aggregates": {sums, crm.ErrNotFound}, "Page": {page, crm.ErrInvalid},
	} {
		if !errors.Is(tt.err, tt.is) {
			t.Errorf("%s: %v, want %v", name, tt.err, tt.is)
		}
	}
	if got, err := book.Groups.Get(ctx, first.ID); err != nil || !cmp.Equal(got, first) {
		t.Errorf("what was refused changed it: %v, %v", got, err)
	}
	if n, err := book.Groups.Count(ctx); n != 1 || err != nil {
		t.Errorf("Count is %d, %v", n, err)
	}
}

// TestGroupAggregates counts each person once, with whoever was merged in.
func TestGroupAggregates(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	quartet(t, book)
	for i, id := range []crm.CustomerID{"ada", "ben", "cleo", "dan"} {
		putOrder(t, book, goods(id, fmt.Sprint("o", i), day(i+1), "tea", 1, gbp([]int64{100, 20, 3, 7000}[i])))
	}
	putRefund(t, book, crm.Refund{OrderID: "o1", CustomerID: "ben", OccurredAt: day(9), Amount: gbp(5)})
	g, err := book.Groups.Create(ctx, crm.Group{Members: []crm.Member{{CustomerID: "ada"}, {CustomerID: "ben"}}})
	if err != nil {
		t.Fatal(err)
	}
	sums := func(what string, orders int, spent int64) {
		t.Helper()
		a, err := book.Groups.Aggregates(ctx, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a.Orders != orders || a.Base.Spent != gbp(spent) || a.Base.Refunded != gbp(5) || !a.FirstOrderAt.Equal(day(1)) {
			t.Errorf("%s: %+v, want %d orders of %d", what, a, orders, spent)
		}
	}
	sums("two members", 2, 120)
	merge(t, book, "cleo", "ben")
	sums("cleo is ben", 3, 123)
	if diff := cmp.Diff([]int{1, 1}, []int{len(groupsOf(t, book, "cleo")), len(groupsOf(t, book, "ben"))}); diff != "" {
		t.Errorf("groups of cleo and ben (-want +got):\n%s", diff)
	}
	merge(t, book, "ada", "ben")
	sums("ada is ben too", 3, 123)
	if got := groupsOf(t, book, "ada"); len(got) != 1 {
		t.Errorf("a person who is in it twice is in %d groups", len(got))
	}
	unmerge(t, book, "ada")
	unmerge(t, book, "cleo")
	sums("un-merged", 2, 120)
	if got := groupsOf(t, book, "cleo"); got != nil {
		t.Errorf("cleo alone is in %v", got)
	}
}

// TestGroupsLeave takes one who is erased out of all groups.
func TestGroupsLeave(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	quartet(t, book)
	for _, g := range []crm.Group{acme(), {ID: "home", Name: "Home", Members: []crm.Member{{CustomerID: "ada"}}}, {ID: "other", Name: "Other", Members: []crm.Member{{CustomerID: "ben"}}}} {
		if _, err := book.Groups.Create(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	before := head(t, book)
	if err := crm.LeaveGroups(ctx, book, "ada"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ada 300 []", "ada 300 []"}, regrouped(since(t, book, before))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{nil, {"Acme Ltd", "Other"}}, [][]string{groupsOf(t, book, "ada"), groupsOf(t, book, "ben")}); diff != "" {
		t.Errorf("Of (-want +got):\n%s", diff)
	}
	if g, err := book.Groups.Get(ctx, "home"); err != nil || len(g.Members) != 0 || g.Name != "Home" {
		t.Errorf("the group is %v, %v", g, err)
	}
	if _, err := book.Privacy.Erase(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Groups.Create(ctx, crm.Group{Members: []crm.Member{{CustomerID: "ada"}}}); !errors.Is(err, crm.ErrErased) {
		t.Errorf("one who was erased joined: %v", err)
	}
}

func TestGroupLog(t *testing.T) {
	var out bytes.Buffer
	g := acme()
	g.ID = "acme"
	slog.New(slog.NewTextHandler(&out, nil)).Info("seen", "group", g, "pointer", &g)
	if got := out.String(); strings.Contains(got, "Ltd") || !strings.Contains(got, "group=acme pointer=acme") {
		t.Errorf("logged as %s", got)
	}
}
