package crm

import (
	"errors"
	"slices"
	"time"
)

// identify is Identities.Identify.
func (tx *Tx) identify(ids []Identity, opts *IdentifyOptions) (*Resolution, error) {
	if opts.CustomerID != "" {
		if _, err := tx.living(opts.CustomerID); err != nil {
			return nil, err
		}
	}
	r, err := tx.resolve(ids, opts.CustomerID)
	if err != nil {
		return nil, err
	}
	switch r.Outcome {
	case IdentityNobody:
		return &r.Resolution, nil
	case IdentityCreate:
		if opts.NoCreate {
			return &r.Resolution, nil
		}
		if r.owner, err = tx.makeCustomer(r, opts.Customer); err != nil {
			return nil, err
		}
		r.CustomerID = r.owner
	case IdentityMerge:
		if opts.NoMerge {
			return &r.Resolution, nil
		}
		for _, id := range r.Merged {
			if err := tx.merge(id, r.CustomerID); err != nil {
				return nil, err
			}
		}
	}
	for i := range r.claims {
		c := &r.claims[i]
		row := tx.rowOf(c, r.owner)
		switch {
		case c.kept:
		case c.Added:
			err = tx.give(row)
		case c.usable():
			err = tx.meet(c, row, r.decided)
		}
		if err != nil {
			return nil, err
		}
	}
	return &r.Resolution, nil
}

// rowOf returns the row that a claim has with a customer.
func (tx *Tx) rowOf(c *claim, id CustomerID) *identityRow {
	i := c.Identity
	i.CustomerID, i.Verified = id, c.verified
	if !i.Verified {
		i.VerifiedAt = time.Time{}
	}
	i.VerifiedAt, i.FirstSeenAt, i.LastSeenAt = utc(i.VerifiedAt), utc(i.FirstSeenAt), utc(i.LastSeenAt)
	return &identityRow{i, c.form}
}

// meet notes when an identity was last seen with the customer who has it.
func (tx *Tx) meet(c *claim, row *identityRow, decided []*person) error {
	t := tx.book.identities
	for _, h := range c.holders {
		if !slices.Contains(decided, h.person) || c.verified && !h.verified {
			continue
		}
		v := *row
		v.CustomerID, v.Verified = h.id, h.verified
		if _, err := tx.st.Get(identityKey(t.Key(), &v.Identity, v.Form).String(string(h.id)).End()); errors.Is(err, ErrNotFound) {
			continue // it stands in the record
		} else if err != nil {
			return err
		}
		if _, err := tx.putIdentity(&v); err != nil {
			return err
		}
	}
	return nil
}

// makeCustomer creates the customer whose identities are new. What the record
// has a place for goes there.
func (tx *Tx) makeCustomer(r *resolver, v Customer) (CustomerID, error) {
	v = *v.copy()
	v.Refs, v.Email, v.Phone = nil, "", ""
	for i := range r.claims {
		c := &r.claims[i]
		if !c.Added || !c.verified {
			continue
		}
		switch i := c.Identity; {
		case i.Kind == IdentityExternal && !contradict(v.Refs, []Ref{{i.Source, i.Value}}):
			v.Refs = append(v.Refs, Ref{i.Source, i.Value})
		case i.Kind == IdentityEmail && v.Email == "":
			v.Email = i.Value
		case i.Kind == IdentityPhone && v.Phone == "":
			v.Phone = i.Value
		default:
			continue
		}
		c.kept = true
	}
	if v.FirstSeenAt.IsZero() {
		v.FirstSeenAt = tx.now
	}
	v.ID = CustomerID(randomID("cus_", v.FirstSeenAt)) // one from an identity might be of who had it before
	if err := tx.cleanCustomer(&v); err != nil {
		return "", within("customer", err)
	}
	made, _, err := tx.createCustomer(&v)
	if err != nil {
		return "", err
	}
	return made.ID, nil
}
