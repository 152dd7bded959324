package crm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// recordIdentity puts an identity beside the record of a customer, and tells of
// it when it is new.
func (tx *Tx) recordIdentity(v *identityRow) error {
	what, err := tx.putIdentity(v)
	if err == nil && what != unchanged {
		tx.emit(Event{Kind: IdentityLinked, CustomerID: v.CustomerID, Name: string(v.Kind), OtherID: tx.visitor(v)})
	}
	return err
}

// visitor returns the id that the facts of a device stand under, "" for what is
// none.
func (tx *Tx) visitor(v *identityRow) CustomerID {
	if v.Kind != IdentityDevice {
		return ""
	}
	return tx.book.visitorID(v.Form)
}

// linkIdentity is Identities.Link.
func (tx *Tx) linkIdentity(v *identityRow) error {
	root, _, err := tx.root(v.CustomerID)
	if err != nil {
		return err
	}
	shared := tx.book.rules.shared(v.Kind) && v.Kind != IdentityDevice
	for h, err := range tx.holders(&v.Identity, v.Form) {
		if err != nil {
			return err
		}
		other, _, err := tx.root(h.id)
		if err != nil {
			return err
		}
		if other != root && v.Verified && h.verified && !shared {
			return fmt.Errorf("an identity of customer %s: %w", other, ErrExists)
		}
	}
	has, err := tx.personal(v.CustomerID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(has, v.same) {
		return tx.give(v)
	}
	if len(has) >= maxIdentities {
		return &InvalidError{Fields: []FieldError{{Field: "identities", Value: fmt.Sprint(len(has)), Want: fmt.Sprintf("at most %d", maxIdentities)}}}
	}
	if v.Kind == IdentityDevice {
		ids, err := tx.cluster(root)
		if err != nil {
			return err
		}
		if len(ids) >= maxDevices {
			return &InvalidError{Fields: []FieldError{{Field: "identities", Value: fmt.Sprint(len(ids)), Want: fmt.Sprintf("a device of a person who is fewer than %d ids", maxDevices)}}}
		}
	}
	return tx.give(v)
}

// give gives a customer an identity that nobody else has: an external one goes
// into the record, where the source's next import looks for it, a device
// brings its visitor.
func (tx *Tx) give(v *identityRow) error {
	row, err := tx.living(v.CustomerID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(row.Value.identities(tx.book.rules), v.same) {
		return nil // as the record says
	}
	switch v.Kind {
	case IdentityExternal:
		r := Ref{v.Source, v.Form}
		if v.Verified && !contradict(row.Value.Refs, []Ref{r}) {
			now := row.Value.copy()
			now.Refs = append(now.Refs, r)
			if _, _, err := tx.saveCustomer(row, now); err != nil {
				return err
			}
			tx.emit(Event{Kind: IdentityLinked, CustomerID: v.CustomerID, Name: string(v.Kind)})
			return nil
		}
	case IdentityDevice:
		visitor := tx.visitor(v)
		l, err := tx.linkRow(visitor)
		if err != nil {
			return err
		}
		switch {
		case l == nil || l.Value.Into == "":
			err = tx.join(visitor, v.CustomerID)
		case l.Value.Into != v.CustomerID:
			root, _, rerr := tx.root(visitor)
			if err = rerr; err != nil {
				break
			}
			var mine CustomerID
			if mine, _, err = tx.root(v.CustomerID); err != nil {
				break
			}
			if mine == root {
				v.CustomerID = l.Value.Into // who has it already, and keeps it when they are un-merged
				break
			}
			if _, err = tx.leave(visitor); err == nil { // of somebody who is gone
				err = tx.join(visitor, v.CustomerID)
			}
		}
		if err != nil {
			return err
		}
	}
	return tx.recordIdentity(v)
}

// unlinkIdentity is Identities.Unlink.
func (tx *Tx) unlinkIdentity(id CustomerID, i Identity) error {
	form, err := tx.book.rules.form(&i)
	if err != nil {
		return err
	}
	if err := tx.known(id); err != nil {
		return err
	}
	ids, err := tx.cluster(id)
	if err != nil {
		return err
	}
	gone := &identityRow{i, form}
	n := 0
	for _, id := range customersOf(ids) {
		was := n
		row, err := tx.living(id)
		if err != nil {
			return err
		}
		has := row.Value.identities(tx.book.rules)
		if slices.ContainsFunc(has, gone.same) {
			n++
			if err := tx.strike(row, gone); err != nil {
				return err
			}
		}
		t := tx.book.identities
		switch err := t.Delete(tx.st, identityKey(t.Key(), &i, form).String(string(id))); {
		case err == nil:
			n++
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if n > was {
			tx.emit(Event{Kind: IdentityUnlinked, CustomerID: id, Name: string(i.Kind), OtherID: tx.visitor(gone)})
		}
	}
	if n == 0 {
		return ErrNotFound
	}
	if i.Kind == IdentityDevice {
		if _, err := tx.leave(tx.visitor(gone)); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// strike takes an identity out of the record of a customer.
func (tx *Tx) strike(row *store.Row[Customer], gone *identityRow) error {
	v := row.Value.copy()
	switch gone.Kind {
	case IdentityExternal:
		v.Refs = slices.DeleteFunc(v.Refs, func(r Ref) bool { return r == Ref{gone.Source, gone.Form} })
	case IdentityEmail:
		v.Email = ""
	case IdentityPhone:
		v.Phone = ""
	}
	_, _, err := tx.saveCustomer(row, v)
	return err
}
