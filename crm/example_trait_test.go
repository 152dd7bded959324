package crm_test

import (
	"context"
	"fmt"
	"log"
	"maps"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A shop that sells shoes keeps a size of its customers. A name that is not
// declared is refused, with a hint.
func ExampleCustomers_Declare() {
	ctx := context.Background()
	book := demo(ctx)
	err := book.Customers.Declare(ctx,
		crm.Attribute{Name: "shoe_size", Type: crm.TypeNumber, Title: "Shoe size, European"},
		crm.Attribute{Name: "allergies", Type: crm.TypeWords},
	)
	if err != nil {
		log.Fatal(err)
	}
	ada, err := book.Customers.Update(ctx, "ada", func(c *crm.Customer) error {
		c.Attributes = map[string]crm.Value{"shoe_size": crm.Number(38.5), "allergies": crm.Words("wool", "nickel")}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(ada.Attributes)) {
		fmt.Printf("%s: %v\n", name, ada.Attributes[name])
	}
	_, err = book.Customers.Update(ctx, "ben", func(c *crm.Customer) error {
		c.Attributes = map[string]crm.Value{"shoesize": crm.Number(44), "allergies": crm.Text("none")}
		return nil
	})
	fmt.Println(err)
	// Output:
	// allergies: wool, nickel
	// shoe_size: 38.5
	// crm: Customers.Update ben: invalid: attributes["allergies"] (4 characters): want words, as it is declared, not text; attributes["shoesize"] (2 characters): want a declared attribute: perhaps "shoe_size"
}

// A room writes what it worked out as of a time; what it was on an earlier day
// can still be asked.
func ExampleTraits_Set() {
	ctx := context.Background()
	book := demo(ctx)
	if err := book.Traits.Set(ctx, "ada", "rfm", date(2025, 1, 15), map[string]crm.Value{"group": crm.Text("new")}); err != nil {
		log.Fatal(err)
	}
	if err := book.Traits.Set(ctx, "ada", "rfm", date(2025, 9, 15), map[string]crm.Value{"group": crm.Text("loyal")}); err != nil {
		log.Fatal(err)
	}
	now, err := book.Traits.Get(ctx, "ada")
	if err != nil {
		log.Fatal(err)
	}
	spring, err := book.Traits.At(ctx, "ada", date(2025, 4, 1))
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range slices.Concat(now, spring) {
		fmt.Println(t.Path(), t.Value, "since", t.At.Format("January"))
	}
	// Output:
	// rfm.group loyal since September
	// rfm.group new since January
}

// What a customer stated wins over what rooms infer, which stays visible.
func ExampleTraits_Preferences() {
	ctx := context.Background()
	book := demo(ctx)
	err := book.Traits.Set(ctx, "ada", "recommend", date(2025, 9, 14), map[string]crm.Value{
		"preference.brands": crm.Words("Acme", "Zenith"), "preference.size": crm.Text("L"),
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := book.Traits.State(ctx, "ada", map[string]crm.Value{"size": crm.Text("M")}, "preference_center", date(2025, 9, 1)); err != nil {
		log.Fatal(err)
	}
	list, err := book.Traits.Preferences(ctx, "ada")
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range list {
		fmt.Printf("%s: %v, says %s\n", p.Name, p.Value, p.Room)
		for _, t := range p.Inferred {
			fmt.Printf("  %v, says %s\n", t.Value, t.Room)
		}
	}
	// Output:
	// brands: Acme, Zenith, says recommend
	//   Acme, Zenith, says recommend
	// size: M, says stated
	//   L, says recommend
}

// A company buys through several people, who stay customers of their own.
func ExampleGroups_Aggregates() {
	ctx := context.Background()
	book := demo(ctx)
	acme, err := book.Groups.Create(ctx, crm.Group{
		Kind: crm.GroupCompany, Name: "Acme Ltd", VATID: "GB123456789",
		Members: []crm.Member{{CustomerID: "ada", Role: "owner"}, {CustomerID: "ben", Role: "buyer"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	a, err := book.Groups.Aggregates(ctx, acme.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d orders, %v\n", acme.Name, a.Orders, a.Base.Spent)
	groups, err := book.Groups.Of(ctx, "ben")
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range groups {
		fmt.Printf("ben is %s of %s\n", g.Member("ben").Role, g.Name)
	}
	// Output:
	// Acme Ltd: 3 orders, 114.90 EUR
	// ben is buyer of Acme Ltd
}
