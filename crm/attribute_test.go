package crm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// declared are the attributes of these tests: one of each type.
var declared = []crm.Attribute{
	{Name: "shoe_size", Type: crm.TypeNumber, Title: "Shoe size", Description: "European"},
	{Name: "credit", Type: crm.TypeMoney},
	{Name: "custom.allergies", Type: crm.TypeWords},
	{Name: "member_since", Type: crm.TypeTime},
	{Name: "style", Type: crm.TypeText},
	{Name: "trade", Type: crm.TypeBool},
}

func declare(t failer, book *crm.Book, list ...crm.Attribute) {
	t.Helper()
	if err := book.Customers.Declare(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
}

func TestAttributes(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			ctx := t.Context()
			if list, err := book.Customers.Attributes(ctx); list != nil || err != nil {
				t.Errorf("before: %v, %v", list, err)
			}
			declare(t, book, declared...)
			want := []crm.Attribute{declared[1], declared[2], declared[3], declared[0], declared[4], declared[5]}
			got, err := book.Customers.Attributes(ctx)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("Attributes: %v (-want +got):\n%s", err, diff)
			}

			v := ada()
			v.Attributes = map[string]crm.Value{
				"shoe_size": crm.Number(38.5), "credit": crm.Amount(eur(0)), "custom.allergies": crm.Words("wool", "nickel"),
				"member_since": crm.Moment(day(1)), "style": crm.Text(""), "trade": crm.Bool(false),
			}
			made := putCustomer(t, book, v)
			read, err := book.Customers.Get(ctx, made.ID)
			if diff := cmp.Diff(v.Attributes, read.Attributes); err != nil || diff != "" {
				t.Errorf("Get: %v (-want +got):\n%s", err, diff)
			}
			before := head(t, book)
			putCustomer(t, book, v)
			declare(t, book, declared[3], declared[0])
			if head(t, book) != before {
				t.Errorf("the same once more wrote %v", kinds(since(t, book, before)))
			}

			// A null takes one away, and only what is written changes.
			_, err = book.Customers.Update(ctx, made.ID, func(c *crm.Customer) error {
				c.Attributes["style"] = crm.Value{}
				c.Attributes["custom.allergies"] = crm.Words("silk", "nickel")
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			now, err := book.Customers.Get(ctx, made.ID)
			delete(v.Attributes, "style")
			v.Attributes["custom.allergies"] = crm.Words("silk", "nickel")
			if diff := cmp.Diff(v.Attributes, now.Attributes); err != nil || diff != "" {
				t.Errorf("after Update: %v (-want +got):\n%s", err, diff)
			}
			events := since(t, book, before)
			if len(events) != 1 || !cmp.Equal(events[0].Changes, []crm.Change{{Field: "attributes"}}) {
				t.Errorf("events of the update: %v", events)
			}
			data, err := json.Marshal(now)
			var back crm.Customer
			if err == nil {
				err = json.Unmarshal(data, &back)
			}
			if diff := cmp.Diff(now, &back); err != nil || diff != "" {
				t.Errorf("JSON: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestAttributesDeclare(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	declare(t, book, declared...)
	before := head(t, book)
	declare(t, book, crm.Attribute{Name: "style", Type: crm.TypeWords}, crm.Attribute{Name: "trade", Type: crm.TypeBool, Title: "Of the trade"}, declared[0])
	events := since(t, book, before)
	if len(events) != 1 || events[0].Kind != crm.AttributesDeclared || !cmp.Equal(events[0].Changes, []crm.Change{{Field: "style"}, {Field: "trade"}}) {
		t.Errorf("nobody has a style yet: %v", events)
	}
	putCustomer(t, book, crm.Customer{ID: "ada", Attributes: map[string]crm.Value{"style": crm.Words("plain")}})
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		name string
		list []crm.Attribute
		want []string
	}{
		{"another type than customers have", []crm.Attribute{{Name: "style", Type: crm.TypeText}, {Name: "trade", Type: crm.TypeText}}, []string{`attributes["style"]`}},
		{"names", []crm.Attribute{{Name: "", Type: crm.TypeText}, {Name: "a b", Type: crm.TypeText}, {Name: "_a", Type: crm.TypeText}, {Name: "größe", Type: crm.TypeText}, {Name: long[:65], Type: crm.TypeText}},
			[]string{"attributes[0].name", "attributes[1].name", "attributes[2].name", "attributes[3].name", "attributes[4].name"}},
		{"types", []crm.Attribute{{Name: "a"}, {Name: "b", Type: "string"}}, []string{"attributes[0].type", "attributes[1].type"}},
		{"texts", []crm.Attribute{{Name: "a", Type: crm.TypeText, Title: long, Description: "\xff"}}, []string{"attributes[0].title", "attributes[0].description"}},
		{"twice", []crm.Attribute{{Name: "a", Type: crm.TypeText}, {Name: "a", Type: crm.TypeText}}, []string{"attributes[1].name"}},
		{"too many", func() (list []crm.Attribute) {
			for i := range 500 {
				list = append(list, crm.Attribute{Name: fmt.Sprint("a", i), Type: crm.TypeText})
			}
			return list
		}(), []string{"attributes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := book.Customers.Declare(ctx, tt.list...)
			if diff := cmp.Diff(tt.want, fields(err)); !errors.Is(err, crm.ErrInvalid) || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	got, err := book.Customers.Attributes(ctx)
	if err != nil || len(got) != len(declared) {
		t.Errorf("what was refused is declared: %v, %v", got, err)
	}
}

func TestAttributesInvalid(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	bad := map[string]crm.Value{"shoe_size": crm.Text("secret 38")}
	_, err := book.Customers.Create(ctx, crm.Customer{Attributes: bad})
	if want := "there is none yet"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to say %q", err, want)
	}
	declare(t, book, declared...)
	bad["shoesize"], bad["Sytle"], bad["zodiac"], bad["ada@example.com"] = crm.Number(38), crm.Text("secret"), crm.Text("secret"), crm.Bool(true)
	bad["style"], bad["credit"] = crm.Text(strings.Repeat("secret", 1000)), crm.Amount(crm.Money{Amount: 1, Currency: "pounds"})
	bad["custom.allergies"] = crm.Words("\xff", strings.Repeat("x", 256))
	bad["trade"] = crm.Text("yes")
	_, err = book.Customers.Create(ctx, crm.Customer{Email: "nobody", Attributes: bad})
	want := []string{
		"email", "attributes", `attributes["credit"].currency`, `attributes["custom.allergies"][0]`, `attributes["custom.allergies"][1]`,
		`attributes["style"]`, `attributes["Sytle"]`, `attributes["shoe_size"]`, `attributes["shoesize"]`, `attributes["trade"]`, `attributes["zodiac"]`,
	}
	if diff := cmp.Diff(want, fields(err)); !errors.Is(err, crm.ErrInvalid) || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	for _, hint := range []string{`perhaps "shoe_size"`, `perhaps "style"`, "number, as it is declared, not text"} {
		if !strings.Contains(err.Error(), hint) {
			t.Errorf("the text does not say %q: %v", hint, err)
		}
	}
	for _, told := range []string{"secret", "ada@"} {
		if strings.Contains(err.Error(), told) {
			t.Errorf("the text tells %q: %v", told, err)
		}
	}
	if strings.Count(err.Error(), "perhaps") != 2 {
		t.Errorf("a hint too many: %v", err)
	}
}

// TestAttributesOfSources lets a second source complete what the first says.
func TestAttributesOfSources(t *testing.T) {
	book := memory(t)
	declare(t, book, declared...)
	first := putCustomer(t, book, crm.Customer{Refs: []crm.Ref{ref("1")}, Attributes: map[string]crm.Value{"style": crm.Text("plain")}})
	other := crm.Customer{Refs: []crm.Ref{{Source: "mail", ID: "9"}, ref("1")}, Attributes: map[string]crm.Value{"style": crm.Text("loud"), "trade": crm.Bool(true)}}
	before := head(t, book)
	load(t, book, crm.Record{Customer: &other, Order: &crm.Order{OccurredAt: day(2), Total: gbp(100)}})
	got, err := book.Customers.Get(t.Context(), first.ID)
	want := map[string]crm.Value{"style": crm.Text("plain"), "trade": crm.Bool(true)}
	if diff := cmp.Diff(want, got.Attributes); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, e := range since(t, book, before) {
		if e.Kind == crm.CustomerUpdated && !cmp.Equal(e.Changes, []crm.Change{{Field: "refs"}, {Field: "attributes"}}) {
			t.Errorf("changes: %v", e.Changes)
		}
	}
	// What the shop itself wrote outlives the first source's next export, which
	// takes back only what it names.
	putCustomer(t, book, crm.Customer{Refs: []crm.Ref{ref("1")}, Attributes: map[string]crm.Value{"style": {}}})
	got, err = book.Customers.Get(t.Context(), first.ID)
	want = map[string]crm.Value{"trade": crm.Bool(true)}
	if diff := cmp.Diff(want, got.Attributes); err != nil || diff != "" {
		t.Errorf("after the first source: %v (-want +got):\n%s", err, diff)
	}
}

// TestAttributesInTransaction declares and uses an attribute at once, and in a
// transaction that fails.
func TestAttributesInTransaction(t *testing.T) {
	book := open(t, memstore.New(&memstore.Options{Chaos: 5}), nil)
	ctx := t.Context()
	oops := errors.New("oops")
	for _, fail := range []error{oops, nil} {
		err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
			if _, err := tx.Customers.Record(ctx, crm.Customer{ID: "ada", Attributes: map[string]crm.Value{"style": crm.Text("plain")}}); !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("before it is declared: %v", err)
			}
			if err := tx.Customers.Declare(ctx, declared...); err != nil {
				return err
			}
			if _, err := tx.Customers.Record(ctx, crm.Customer{ID: "ada", Attributes: map[string]crm.Value{"style": crm.Text("plain")}}); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		n, err := book.Customers.Attributes(ctx)
		if err != nil || (len(n) == 0) != (fail != nil) {
			t.Errorf("after %v: %v, %v", fail, n, err)
		}
	}
}

// TestAttributesMerged completes the survivor's attributes by the other's, and
// gives both back.
func TestAttributesMerged(t *testing.T) {
	book := memory(t)
	declare(t, book, declared...)
	ada := putCustomer(t, book, crm.Customer{ID: "ada", Attributes: valueMap{"style": crm.Text("plain"), "trade": crm.Bool(true)}})
	countess := putCustomer(t, book, crm.Customer{ID: "countess", Attributes: valueMap{"style": crm.Text("loud"), "shoe_size": crm.Number(38), "credit": crm.Amount(gbp(5))}})
	merge(t, book, "countess", "ada")
	attributes := func(what string, id crm.CustomerID, want valueMap) {
		t.Helper()
		v, err := book.Customers.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, v.Attributes); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", what, id, diff)
		}
	}
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		attributes("merged", id, valueMap{"style": crm.Text("plain"), "trade": crm.Bool(true), "shoe_size": crm.Number(38), "credit": crm.Amount(gbp(5))})
	}
	_, err := book.Customers.Update(t.Context(), "countess", func(c *crm.Customer) error {
		delete(c.Attributes, "shoe_size")
		c.Attributes["credit"] = crm.Amount(gbp(7))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	attributes("changed", "countess", valueMap{"style": crm.Text("plain"), "trade": crm.Bool(true), "credit": crm.Amount(gbp(7))})
	unmerge(t, book, "countess")
	attributes("un-merged", "countess", countess.Attributes)
	ada.Attributes["credit"] = crm.Amount(gbp(7)) // what was changed stays the survivor's
	attributes("un-merged", "ada", ada.Attributes)
}
