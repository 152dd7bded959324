package crmtest

import (
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Options returns what lets cmp.Diff compare what a test wrote with what the
// book holds: IgnoreTimes, IgnoreIDs, and an empty slice is equal to none.
func Options() cmp.Options {
	return cmp.Options{IgnoreTimes(), IgnoreIDs(), cmpopts.EquateEmpty()}
}

// IgnoreTimes ignores when records were recorded here and last written:
// CreatedAt and UpdatedAt. When things happened in the world is compared.
func IgnoreTimes() cmp.Option {
	fields := []string{"CreatedAt", "UpdatedAt"}
	return cmp.Options{
		cmpopts.IgnoreFields(crm.Customer{}, fields...),
		cmpopts.IgnoreFields(crm.Product{}, fields...),
		cmpopts.IgnoreFields(crm.Order{}, fields...),
		cmpopts.IgnoreFields(crm.Refund{}, fields...),
		cmpopts.IgnoreFields(crm.Interaction{}, fields...),
		cmpopts.IgnoreFields(crm.Group{}, fields...),
		cmpopts.IgnoreFields(crm.Consent{}, "CreatedAt"),
	}
}

// IgnoreIDs takes ids that the book made for equal to each other and to none.
// Ids that the shop supplied are compared, with each other and with those.
func IgnoreIDs() cmp.Option {
	return cmp.Options{
		cmp.Comparer(alike[crm.CustomerID]("cus_")),
		cmp.Comparer(alike[crm.ProductID]("prd_")),
		cmp.Comparer(alike[crm.OrderID]("ord_")),
		cmp.Comparer(alike[crm.RefundID]("rfd_")),
		cmp.Comparer(alike[crm.InteractionID]("int_")),
		cmp.Comparer(alike[crm.ConsentID]("con_")),
		cmp.Comparer(alike[crm.GroupID]("grp_")),
	}
}

func alike[ID ~string](prefix string) func(a, b ID) bool {
	made := func(id ID) bool {
		return id == "" || strings.HasPrefix(string(id), prefix) && len(id) == len(prefix)+26
	}
	return func(a, b ID) bool { return a == b || made(a) && made(b) }
}
