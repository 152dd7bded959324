package segment

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
)

// A pick is a customer whom the shop put into a segment, or took out of it,
// whatever the rule says.
type pick struct {
	SegmentID  ID             `json:"segment_id"`
	CustomerID crm.CustomerID `json:"customer_id"`  // as it was given
	Out        bool           `json:"out,omitzero"` // false is in
	At         time.Time      `json:"at"`           // when it was said
}

var pickTable = store.MustTable(store.Schema[pick]{
	Number: tablePicks, Name: "segment.picks",
	Fields: pickFields,
	Key: func(k store.Key, p *pick) store.Key {
		return k.String(string(p.SegmentID)).String(string(p.CustomerID))
	},
	Indexes: []store.Index[pick]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, p *pick, add func(store.Key)) {
			add(k.String(string(p.CustomerID)))
		}},
	},
	Subject: func(p *pick) string { return string(p.CustomerID) },
	Owner:   "customer",
})

func pickFields(c *store.Coder, p *pick) {
	store.String(c, 1, &p.SegmentID)
	store.String(c, 2, &p.CustomerID)
	store.Bool(c, 3, &p.Out)
	store.Time(c, 4, &p.At)
}

// maxPicks is how many customers one call may name: all are one transaction.
const maxPicks = 5000

// Picked is the event of [Catalog.Include], [Catalog.Exclude] and
// [Catalog.Release]: one for each customer concerned, of whom it is. Name is the
// segment's id.
const Picked crm.EventKind = "segment.picked"

// Include puts customers into a segment, whatever its rule says, until
// [Catalog.Release] leaves them to the rule again. So is a list made: of a
// segment without a rule. It holds for the person whom an id is of, also when
// they are merged into another; of two that say otherwise, Exclude is heard.
//
// Include returns [crm.ErrNotFound] for a segment that there is not or an id of
// nobody, [crm.ErrErased] for somebody who was, and an [*crm.InvalidError] for
// more than 5,000 customers. All or none are taken.
func (c *Catalog) Include(ctx context.Context, id ID, customers ...crm.CustomerID) error {
	return c.pick(ctx, "Include", id, customers, &pick{SegmentID: id})
}

// Exclude keeps customers out of a segment, whatever its rule says, until
// [Catalog.Release] leaves them to the rule again. Its errors are those of
// [Catalog.Include].
func (c *Catalog) Exclude(ctx context.Context, id ID, customers ...crm.CustomerID) error {
	return c.pick(ctx, "Exclude", id, customers, &pick{SegmentID: id, Out: true})
}

// Release takes back what Include and Exclude said of customers. Its errors are
// those of [Catalog.Include].
func (c *Catalog) Release(ctx context.Context, id ID, customers ...crm.CustomerID) error {
	return c.pick(ctx, "Release", id, customers, nil)
}

// Picks returns what Include and Exclude said of a segment: the customers who are
// in, and those who are out, by the ids that were given and in their order.
func (c *Catalog) Picks(ctx context.Context, id ID) (in, out []crm.CustomerID, err error) {
	for after := ""; ; {
		var page store.Page[pick]
		err := c.view(ctx, "Picks", id, func(_ context.Context, tx *crm.Tx) (err error) {
			page, err = c.picks.Page(tx.Store(), c.picksOf(id), after)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range page.Items {
			if p.Out {
				out = append(out, p.CustomerID)
			} else {
				in = append(in, p.CustomerID)
			}
		}
		if after = page.Next; after == "" {
			return in, out, nil
		}
	}
}

// picksOf is the range of the picks of a segment.
func (c *Catalog) picksOf(id ID) store.Range { return store.Prefix(c.picks.Key().String(string(id))) }

func (c *Catalog) pickKey(id ID, customer crm.CustomerID) store.Key {
	return c.picks.Key().String(string(id)).String(string(customer))
}

// pick puts what like says of customers in the place of all that was said, or
// nothing when it is nil.
func (c *Catalog) pick(ctx context.Context, op string, id ID, customers []crm.CustomerID, like *pick) error {
	if len(customers) > maxPicks {
		var f faults
		f.add("customers", strconv.Itoa(len(customers)), "at most "+strconv.Itoa(maxPicks)+" at once")
		return wrap(op, id, f.err())
	}
	return c.update(ctx, op, id, func(ctx context.Context, tx *crm.Tx) error {
		row, err := c.load(tx, id)
		if err == nil && row == nil {
			err = crm.ErrNotFound
		}
		if err != nil {
			return err
		}
		for _, customer := range customers {
			if err := c.pickOne(ctx, tx, id, customer, like); err != nil {
				if !crm.ValidID(string(customer)) { // it may be an address
					customer = ""
				}
				return &crm.Error{Op: "segment." + op, Kind: "customer", ID: string(customer), Err: err}
			}
		}
		return nil
	})
}

// pickOne picks one person, and tells of it when anything changed.
func (c *Catalog) pickOne(ctx context.Context, tx *crm.Tx, id ID, customer crm.CustomerID, like *pick) error {
	whole, err := tx.Customers.Get(ctx, customer)
	if err != nil {
		return err
	}
	if !whole.ErasedAt.IsZero() {
		return crm.ErrErased
	}
	members, err := tx.Customers.Members(ctx, customer)
	if err != nil {
		return err
	}
	changed := false
	for _, m := range members {
		key := c.pickKey(id, m)
		row, err := c.picks.Load(tx.Store(), key)
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		switch {
		case like != nil && m == customer:
			p := *like
			p.CustomerID, p.At = m, tx.Now()
			if err == nil && row.Value.Out == p.Out {
				continue
			}
			if err != nil {
				row = nil
			}
			if _, err := c.picks.Save(tx.Store(), row, &p); err != nil {
				return err
			}
		case err == nil:
			if err := c.picks.Delete(tx.Store(), key); err != nil {
				return err
			}
		default:
			continue
		}
		changed = true
	}
	if !changed {
		return nil
	}
	return tx.Emit(crm.Event{Kind: Picked, CustomerID: whole.ID, Name: string(id)})
}

// more tells the columns what was said of a person: true is in.
func (c *Catalog) more(ctx context.Context, tx *crm.Tx, v *crm.Customer) ([]column.Value, error) {
	some := false
	for _, err := range c.picks.Index("customer").Primary(tx.Store(), store.Range{Limit: 1}) {
		if some = true; err != nil {
			return nil, err
		}
	}
	if !some {
		return nil, nil
	}
	members, err := tx.Customers.Members(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	out := map[ID]bool{}
	x := c.picks.Index("customer")
	for _, m := range members {
		for p, err := range x.Scan(tx.Store(), store.Prefix(x.Key().String(string(m)))) {
			if err != nil {
				return nil, err
			}
			out[p.SegmentID] = out[p.SegmentID] || p.Out
		}
	}
	var list []column.Value
	for _, id := range slices.Sorted(maps.Keys(out)) {
		said := column.Value{Name: picksPrefix + string(id), Type: rule.IsBool}
		if !out[id] {
			said.Int = 1
		}
		list = append(list, said)
	}
	return list, nil
}
