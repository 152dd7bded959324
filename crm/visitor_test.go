package crm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// story is what is shown of a customer's timeline, newest first.
func story(t failer, book *crm.Book, id crm.CustomerID) []string {
	t.Helper()
	var list []string
	for _, e := range all(t, book.Timeline.List(t.Context(), id, crm.TimelineQuery{})) {
		switch e.Kind {
		case crm.EntryOrder:
			list = append(list, "order "+string(e.Order.ID))
		case crm.EntryRefund:
			list = append(list, "refund "+string(e.Refund.ID))
		case crm.EntryInteraction:
			list = append(list, string(e.Interaction.Kind)+" "+e.Interaction.Text)
		case crm.EntryConsent:
			list = append(list, fmt.Sprint("consent ", e.Consent.Purpose, " ", e.Consent.State))
		}
	}
	return list
}

// What an anonymous visitor did is the customer's when their device is
// identified, also what arrives late, and the visitor's again when it is not.
func TestVisitorJoinsAndLeaves(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			book := open(t, engine.open(t), nil)
			ctx := t.Context()
			putCustomer(t, book, crm.Customer{ID: "ada", GivenName: "Ada"})
			visit := func(device, what string, n int) *crm.Interaction {
				return putInteraction(t, book, crm.Interaction{Ref: ref(strings.ReplaceAll(what, " ", "-")), Device: device, Kind: crm.KindSearch, Text: what, OccurredAt: day(n)})
			}
			visit("browser-1", "cups", 10)
			other := visit("browser-2", "pots", 11)
			if strings.Contains(string(other.CustomerID), "browser") || other.CustomerID == visit("browser-1", "cups", 10).CustomerID {
				t.Errorf("a visitor is %s", other.CustomerID)
			}
			putOrder(t, book, goods("ada", "o1", day(12), "cup", 1, gbp(950)))
			alone := []string{"order o1"}
			if diff := cmp.Diff(alone, story(t, book, "ada")); diff != "" {
				t.Errorf("before (-want +got):\n%s", diff)
			}

			device := crm.Identity{Kind: crm.IdentityDevice, Value: "browser-1"}
			if _, err := book.Identities.Link(ctx, "ada", device); err != nil {
				t.Fatal(err)
			}
			visit("browser-1", "tea", 13)
			visit("browser-1", "late cups", 9)
			joined := []string{"search tea", "order o1", "search cups", "search late cups"}
			if diff := cmp.Diff(joined, story(t, book, "ada")); diff != "" {
				t.Errorf("joined (-want +got):\n%s", diff)
			}
			// A device's own list stays, and an id of a visitor is of the person.
			own := all(t, book.Interactions.List(ctx, crm.InteractionQuery{Device: "browser-1"}))
			if len(own) != 3 || own[0].CustomerID == "ada" || own[0].Device != "browser-1" {
				t.Errorf("the device has %v", own)
			}
			if diff := cmp.Diff(joined, story(t, book, own[0].CustomerID)); diff != "" {
				t.Errorf("by the visitor's id (-want +got):\n%s", diff)
			}
			// What is recorded with both is the customer's.
			putInteraction(t, book, crm.Interaction{CustomerID: "ada", Device: "browser-1", Kind: crm.KindLogin, OccurredAt: day(14)})

			if err := book.Identities.Unlink(ctx, "ada", device); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"login ", "order o1"}, story(t, book, "ada")); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			got := story(t, book, own[0].CustomerID)
			if want := slices.DeleteFunc(joined, func(s string) bool { return s == "order o1" }); !cmp.Equal(want, got) {
				t.Errorf("the visitor (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}
