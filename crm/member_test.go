package crm_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// TestRecords: the records of a person are those of all who were merged, each as
// it is but for what was taken from the whole, and alone again after un-merging.
func TestRecords(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada", GivenName: "Ada", FamilyName: "Byron"})
	putCustomer(t, book, crm.Customer{ID: "bea", GivenName: "Beatrice", Note: "calls at noon"})
	putCustomer(t, book, crm.Customer{ID: "cy", GivenName: "Cyril", Note: "of Bea's"})
	names := func(id crm.CustomerID) (list []string) {
		t.Helper()
		records, err := book.Customers.Records(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range records {
			list = append(list, string(v.ID)+" "+v.Name()+" "+v.Note)
		}
		return list
	}
	want := func(id crm.CustomerID, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, names(id)); diff != "" {
			t.Errorf("records of %s (-want +got):\n%s", id, diff)
		}
	}
	want("bea", "bea Beatrice calls at noon")
	merge(t, book, "cy", "bea")
	merge(t, book, "bea", "ada")
	for _, id := range []crm.CustomerID{"ada", "bea", "cy"} {
		want(id, "ada Ada Byron ", "bea Beatrice calls at noon", "cy Cyril of Bea's")
	}
	if _, err := book.Customers.Update(ctx, "ada", func(c *crm.Customer) error {
		c.Note = ""
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want("cy", "ada Ada Byron ", "bea Beatrice ", "cy Cyril ")
	if _, err := book.Customers.Unmerge(ctx, "bea"); err != nil {
		t.Fatal(err)
	}
	want("ada", "ada Ada Byron ")
	want("cy", "bea Beatrice calls at noon", "cy Cyril of Bea's")
	if _, err := book.Customers.Records(ctx, "nobody"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("of nobody: %v, want %v", err, crm.ErrNotFound)
	}
}
