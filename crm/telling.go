package crm

import "encoding/json"

// told says for each table what events tell of a record that is new, and what
// is wrong with the ids that it is known by: no personal data get into keys.
var told = map[string]func(json.RawMessage) ([]Event, error){
	customerTable.Name(): tell(func(f *faults, v *Customer) []Event {
		f.id("id", string(v.ID))
		f.refs(v.Refs...)
		if !v.ErasedAt.IsZero() {
			return []Event{{Kind: CustomerErased, CustomerID: v.ID, OccurredAt: v.ErasedAt}}
		}
		return []Event{{Kind: CustomerCreated, CustomerID: v.ID, OccurredAt: v.FirstSeenAt}}
	}),
	aggregatesTable.Name(): tell(func(f *faults, s *standing) []Event {
		f.id("customer_id", string(s.CustomerID))
		return nil
	}),
	productTable.Name(): tell(func(f *faults, v *Product) []Event {
		f.id("id", string(v.ID))
		f.refs(v.Ref)
		return []Event{{Kind: ProductCreated, ProductID: v.ID, OccurredAt: v.PublishedAt}}
	}),
	orderTable.Name(): tell(func(f *faults, o *Order) []Event {
		f.id("id", string(o.ID))
		f.refs(o.Ref)
		f.anyone("customer_id", o.CustomerID)
		return []Event{{Kind: OrderRecorded, CustomerID: o.CustomerID, OrderID: o.ID, OccurredAt: o.OccurredAt}}
	}),
	refundTable.Name(): tell(func(f *faults, r *Refund) []Event {
		f.id("id", string(r.ID))
		f.refs(r.Ref)
		f.anyone("customer_id", r.CustomerID)
		return []Event{{Kind: RefundRecorded, CustomerID: r.CustomerID, OrderID: r.OrderID, RefundID: r.ID, OccurredAt: r.OccurredAt}}
	}),
	attributeTable.Name(): tell(func(_ *faults, d *declarations) []Event {
		e := Event{Kind: AttributesDeclared}
		for _, a := range d.Attributes {
			e.Changes = append(e.Changes, Change{Field: a.Name})
		}
		return []Event{e}
	}),
	identityTable.Name(): tell(func(f *faults, v *identityRow) []Event {
		f.id("customer_id", string(v.CustomerID))
		if v.Kind == IdentityDevice {
			return nil // the link of its visitor is told of
		}
		return []Event{{Kind: IdentityLinked, CustomerID: v.CustomerID, Name: string(v.Kind), OccurredAt: v.FirstSeenAt}}
	}),
	interactionTable.Name(): tell(func(f *faults, i *Interaction) []Event {
		f.id("id", string(i.ID))
		f.refs(i.Ref)
		f.id("customer_id", string(i.CustomerID))
		return []Event{i.event(InteractionRecorded, i.OccurredAt)}
	}),
	traitTable.Name(): tell(func(f *faults, s *sheet) []Event {
		f.id("customer_id", string(s.CustomerID))
		e := Event{Kind: TraitsChanged, CustomerID: s.CustomerID, Name: s.Room, OccurredAt: s.At}
		for _, name := range names(s.Values) {
			e.Changes = append(e.Changes, Change{Field: name})
		}
		for _, t := range s.Statements {
			e.Changes = append(e.Changes, Change{Field: t.Name})
		}
		return []Event{e}
	}),
	traitHistoryTable.Name(): tell(func(f *faults, s *sheet) []Event {
		f.id("customer_id", string(s.CustomerID))
		return nil
	}),
	groupTable.Name(): tell(func(f *faults, g *Group) []Event {
		f.id("id", string(g.ID))
		f.refs(g.Ref)
		var events []Event
		for _, m := range g.Members {
			f.id("members.customer_id", string(m.CustomerID))
			events = append(events, Event{Kind: GroupChanged, CustomerID: m.CustomerID, Name: string(g.ID), OccurredAt: m.Since})
		}
		if events == nil {
			events = []Event{{Kind: GroupChanged, Name: string(g.ID), OccurredAt: g.Version}}
		}
		return events
	}),
	consentTable.Name(): tell(func(f *faults, c *Consent) []Event {
		f.id("id", string(c.ID))
		f.id("customer_id", string(c.CustomerID))
		return nil // what holds by it is told of
	}),
	permissionTable.Name(): tell(func(f *faults, p *permissions) []Event {
		f.id("customer_id", string(p.CustomerID))
		var events []Event
		for _, q := range p.Held {
			events = append(events, Event{
				Kind: ConsentChanged, CustomerID: p.CustomerID, Name: string(q.Purpose), Channel: q.Channel,
				Changes: []Change{{Field: "state", To: string(q.State)}}, OccurredAt: q.OccurredAt,
			})
		}
		return events
	}),
	erasureTable.Name(): tell(func(f *faults, e *erasure) []Event {
		f.id("id", string(e.ID))
		for _, id := range e.IDs {
			f.id("ids", string(id))
		}
		return nil // the customers are told of
	}),
	linkTable.Name(): tell(func(f *faults, l *link) []Event {
		f.id("id", string(l.ID))
		f.anyone("into", l.Into)
		if l.Into == "" {
			return nil
		}
		if isVisitor(l.ID) {
			return []Event{{Kind: IdentityLinked, CustomerID: l.Into, OtherID: l.ID, Name: string(IdentityDevice), OccurredAt: l.At}}
		}
		return []Event{
			{Kind: CustomerMerged, CustomerID: l.Into, OtherID: l.ID, OccurredAt: l.At},
			{Kind: CustomerMerged, CustomerID: l.ID, OtherID: l.Into, OccurredAt: l.At},
		}
	}),
}

// tell makes an entry of told. JSON that is no T is left to the table to refuse.
func tell[T any](f func(*faults, *T) []Event) func(json.RawMessage) ([]Event, error) {
	return func(record json.RawMessage) ([]Event, error) {
		v := new(T)
		if json.Unmarshal(record, v) != nil {
			return nil, nil
		}
		var faults faults
		events := f(&faults, v)
		return events, faults.err()
	}
}

func (f *faults) refs(refs ...Ref) {
	for _, r := range refs {
		if !r.IsZero() {
			f.ref("ref", r)
		}
	}
}

func (f *faults) anyone(field string, id CustomerID) {
	if id != "" {
		f.id(field, string(id))
	}
}
