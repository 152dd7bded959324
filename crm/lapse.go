package crm

import (
	"errors"
	"fmt"
	"time"
)

// importConsent records what a source says of a consent, in an import.
func (tx *Tx) importConsent(c Consent) (what outcome, err error) {
	if c.State == "" {
		what, err = tx.lapse(c)
	} else {
		_, what, err = tx.recordConsent(c)
	}
	if errors.Is(err, ErrErased) {
		tx.warn("a consent of a customer who was erased is left out")
		return unchanged, nil
	}
	return what, err
}

// lapse takes in that a source does not know of a consent. What the same source
// granted, and holds, is withdrawn; that somebody never agreed is no objection,
// so else nothing is written.
func (tx *Tx) lapse(c Consent) (outcome, error) {
	check := c
	check.State = ConsentWithdrawn
	if err := check.clean(tx.book.now()); err != nil {
		return unchanged, err
	}
	if err := tx.alive(c.CustomerID); err != nil {
		return unchanged, err
	}
	held, err := tx.book.permissions.Get(tx.st, keyOf(tx.book.permissions, c.CustomerID))
	if errors.Is(err, ErrNotFound) {
		return unchanged, nil
	}
	if err != nil {
		return unchanged, err
	}
	p := held.own(c.Purpose, c.Channel)
	if p == nil || p.State != ConsentGranted {
		return unchanged, nil
	}
	grant, err := tx.book.consents.Get(tx.st, keyOf(tx.book.consents, p.ConsentID))
	if err != nil {
		return unchanged, fmt.Errorf("consent %s: %w", p.ConsentID, err)
	}
	if grant.Proof.Source != c.Proof.Source {
		return unchanged, nil
	}
	switch {
	case c.OccurredAt.IsZero():
		c.OccurredAt = latest(tx.now, p.OccurredAt) // by another clock
	case c.OccurredAt.Before(p.OccurredAt):
		return unchanged, nil // agreed since
	}
	c.State, c.Basis, c.ExpiresAt = ConsentWithdrawn, "", time.Time{}
	_, what, err := tx.recordConsent(c)
	return what, err
}
