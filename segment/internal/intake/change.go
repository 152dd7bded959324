package intake

import (
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Things are kinds of things that a person has, as a set.
type Things uint8

// The kinds of things.
const (
	Orders       Things = 1 << iota // orders, canceled orders and items
	Refunds                         // refunds
	Interactions                    // interactions
	Values                          // what does not follow from facts
	Everything                      // all of them: somebody new, or who became another by a merge
)

// Changes tell what [Keeper.Apply] brought into a base.
type Changes struct {
	Persons    []*Change // whom events were about and who are in the base, each once
	Removed    []Removal // who left the base
	Products   []string  // ids of products of which something else is known
	Attributes []string  // names of attributes that were declared, or declared anew
}

// A Change is what events told of one person.
type Change struct {
	Ordinal uint32
	What    Things
	Kinds   []string     // of the interactions; nil beside Interactions: any
	Names   []string     // of the values, a beginning when it ends with a dot; nil beside Values: any
	Events  []*crm.Event // that told of it; none after [Keeper.Lapse]
}

// A Removal is a person who was erased, or is part of another now.
type Removal struct {
	Ordinal uint32
	ID      string
}

// A need is what an event asks for.
type need struct {
	Change
	fact   bool // a fact is to be added
	values bool // the values are to be read
	whole  bool // the person is to be read anew
	joined bool // and so in any case, as somebody became part of them
}

// needOf returns what an event of a kind asks for of the persons whom it names;
// false when it is none that matters.
func needOf(e *crm.Event) (n need, ok bool) {
	n.Events = []*crm.Event{e}
	switch e.Kind {
	case crm.CustomerCreated, crm.CustomerMerged, crm.CustomerUnmerged, crm.CustomerErased:
		n.What, n.whole = Everything, true
	case crm.CustomerUpdated:
		n.What, n.values = Values, true
		for _, c := range e.Changes {
			n.Names = append(n.Names, fieldNames[c.Field]...)
		}
		if n.Names == nil && len(e.Changes) > 0 {
			n.What, n.values = 0, false // nothing that rules ask of
		}
	case crm.OrderRecorded:
		n.What, n.fact = Orders, true
	case crm.OrderUpdated, crm.OrderCanceled:
		n.What, n.whole = Orders, true
		if recounts(e) {
			n.What |= Refunds
		}
	case crm.RefundRecorded:
		n.What, n.fact = Refunds, true
	case crm.RefundUpdated:
		n.What, n.whole = Refunds, true
	case crm.InteractionRecorded:
		n.What, n.fact, n.Kinds = Interactions, true, []string{e.Name}
	case crm.InteractionUpdated, crm.InteractionDeleted:
		n.What, n.whole = Interactions, true
		if !changed(e, "kind") { // else it was of another one, too
			n.Kinds = []string{e.Name}
		}
	case crm.IdentityLinked, crm.IdentityUnlinked:
		if e.Name == string(crm.IdentityDevice) {
			n.What, n.whole = Everything, true
			break
		}
		n.What, n.values, n.Names = Values, true, []string{"has_email", "has_phone", "customer_email_domain"}
		if e.Name == string(crm.IdentityExternal) {
			n.Names = append(n.Names, fieldNames["refs"]...)
		}
	case crm.ConsentChanged:
		n.What, n.values, n.Names = Values, true, append(consentNames(e.Channel, crm.Purpose(e.Name)), consentEnds, consentEnded)
	case crm.TraitsChanged:
		n.What, n.values = Values, true
		for _, c := range e.Changes {
			name := traitName(e.Name, c.Field)
			n.Names = append(n.Names, name)
			for _, known := range roomTraits {
				if known[1] == name {
					n.Names = append(n.Names, known[0])
				}
			}
		}
	case "segment.picked":
		n.What, n.values, n.Names = Values, true, []string{"picks." + e.Name}
	case crm.GroupChanged:
		n.What, n.values, n.Names = Values, true, []string{"companies", "households"}
	default:
		return need{}, false
	}
	return n, true
}

// recounts reports whether an event of an order may change which refunds count,
// and whose they are.
func recounts(e *crm.Event) bool {
	return len(e.Changes) == 0 || changed(e, "state") || changed(e, "kind") || changed(e, "customer_id")
}

// changed reports whether an update changed a field.
func changed(e *crm.Event, field string) bool {
	return slices.ContainsFunc(e.Changes, func(c crm.Change) bool { return c.Field == field })
}

// fieldNames are what rules ask of the fields of a customer.
var fieldNames = map[string][]string{
	"refs":          {"created_by_app_id", "sources"},
	"account":       {"customer_account_status"},
	"email":         {"has_email", "customer_email_domain"},
	"phone":         {"has_phone"},
	"locale":        {"customer_language"},
	"time_zone":     {"time_zone"},
	"birthday":      {"birthday", "age"},
	"addresses":     {"customer_countries", "customer_regions", "customer_cities"},
	"tags":          {"customer_tags"},
	"attributes":    {"attributes.", "rfm_group", "life_cycle_stage", "predicted_spend_tier", "product_subscription_status"},
	"first_seen_at": {"customer_added_date"},
}

// join adds what another event asks for.
func (n *need) join(m need) {
	n.Kinds = union(n.What&Interactions != 0, n.Kinds, m.What&Interactions != 0, m.Kinds)
	n.Names = union(n.What&Values != 0, n.Names, m.What&Values != 0, m.Names)
	n.What |= m.What
	n.whole, n.values, n.joined = n.whole || m.whole, n.values || m.values, n.joined || m.joined
	for _, e := range m.Events {
		if !slices.Contains(n.Events, e) {
			n.Events = append(n.Events, e)
		}
	}
}

// union adds up two lists of which each, when there is one and it is nil, stands
// for all.
func union(isA bool, a []string, isB bool, b []string) []string {
	switch {
	case !isB:
		return a
	case !isA:
		return b
	case a == nil || b == nil:
		return nil
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(slices.Clip(a), s)
		}
	}
	return a
}

// Touches reports whether a change may be one of the value of a name.
func (c *Change) Touches(name string) bool {
	if c.What&Everything != 0 {
		return true
	}
	return c.What&Values != 0 && (c.Names == nil || slices.ContainsFunc(c.Names, func(n string) bool {
		return n == name || strings.HasSuffix(n, ".") && strings.HasPrefix(name, n)
	}))
}
