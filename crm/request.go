package crm

import (
	"cmp"
	"context"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// The purposes of tokens.
const (
	tokenConfirm     = "consent.confirm"
	tokenUnsubscribe = "consent.unsubscribe"
)

// requestTime is how long a request can be confirmed when nothing is said.
const requestTime = 7 * 24 * time.Hour

// Request is the first half of a double opt-in: it records that somebody was
// asked for a consent, in the state pending, and returns the token with which
// [Consents.Confirm] grants it; the shop sends it to the address it is about,
// in a link. The token is good for ttl, 0 means 7 days. v's ExpiresAt is when
// the grant will end.
//
// Where it is granted already, Request records nothing, and returns what holds
// and no token: there is nothing to confirm, and nobody can put an end to a
// consent by asking for it again. It returns the errors of [Consents.Record].
func (c *Consents) Request(ctx context.Context, v Consent, ttl time.Duration) (token string, pending *Consent, err error) {
	pending, err = change(ctx, c.conn, "Consents.Request", "consent", "", func(tx *Tx) (*Consent, error) {
		token = ""
		v := v
		v.State = cmp.Or(v.State, ConsentPending)
		var f faults
		oneOf(&f, "state", v.State, ConsentPending)
		if ttl < 0 {
			f.add("ttl", ttl.String(), "0 or more")
		}
		if err := f.err(); err != nil {
			return nil, err
		}
		k, err := tx.kin(v.CustomerID)
		if err != nil {
			return nil, err
		}
		if p := k.holds(v.Purpose, v.Channel); p != nil {
			if _, why := verdict(v.Purpose, p, tx.now); why == ReasonGranted {
				return tx.book.consents.Get(tx.st, keyOf(tx.book.consents, p.ConsentID))
			}
		}
		stored, _, err := tx.recordConsent(v)
		if err == nil {
			token = tx.book.sign(tokenConfirm, tx.now.Add(cmp.Or(ttl, requestTime)), string(stored.ID))
		}
		return stored, err
	})
	if err != nil {
		token = ""
	}
	return token, pending, err
}

// Confirm grants what a token of [Consents.Request] was given for, and returns
// the grant. What proof leaves out is the request's, and its mechanism
// double_opt_in. A token that was confirmed before gives the same answer and
// writes nothing.
//
// Confirm returns [ErrInvalid] for a text that is no such token, [ErrExpired],
// [ErrWithdrawn] when the same was withdrawn or denied at or after the time of
// the request, [ErrErased], or an [*InvalidError] for the proof.
func (c *Consents) Confirm(ctx context.Context, token string, proof Proof) (*Consent, error) {
	return change(ctx, c.conn, "Consents.Confirm", "consent", "", func(tx *Tx) (*Consent, error) {
		fields, err := tx.book.verify(tokenConfirm, token, tx.now)
		if err != nil {
			return nil, err
		}
		request, err := tx.book.consents.Get(tx.st, keyOf(tx.book.consents, ConsentID(fields[0])))
		if err == nil {
			err = tx.alive(request.CustomerID)
		}
		if err == nil && isVisitor(request.CustomerID) { // who may be back since
			var e *store.Row[erasure]
			if e, err = tx.lastErasure(request.CustomerID); e != nil && !e.Value.StartedAt.Before(request.CreatedAt) {
				err = of("customer", request.CustomerID, ErrErased)
			}
		}
		if err != nil {
			return nil, err
		}
		k, err := tx.kin(request.CustomerID)
		if err != nil {
			return nil, err
		}
		if grant, err := tx.answers(k, request); grant != nil || err != nil {
			return grant, err
		}
		proof.TextVersion = cmp.Or(proof.TextVersion, request.Proof.TextVersion)
		proof.Source = cmp.Or(proof.Source, request.Proof.Source)
		proof.Mechanism = cmp.Or(proof.Mechanism, MechanismDoubleOptIn)
		grant := &Consent{
			CustomerID: request.CustomerID, Channel: request.Channel, Purpose: request.Purpose, State: ConsentGranted,
			Basis: request.Basis, Proof: proof, Cause: request.ID, OccurredAt: tx.now, ExpiresAt: request.ExpiresAt,
		}
		if request.OccurredAt.After(tx.now) { // by another clock
			grant.OccurredAt = request.OccurredAt
		}
		stored, _, err := tx.enter(grant, true)
		return stored, err
	})
}

// UnsubscribeToken returns the token with which [Consents.Unsubscribe] withdraws
// a customer's consent to a purpose on a channel, "" for every channel: for the
// link in a message. It never expires, reads nothing, and holds nothing but ids
// and these words. Like every token it is good in this book and what
// [store.Backup] makes of it; [Book.ImportJSONL] takes over no secret. It returns an [*InvalidError] for what no consent can be
// about.
func (c *Consents) UnsubscribeToken(id CustomerID, channel Channel, purpose Purpose) (string, error) {
	var f faults
	f.id("customer_id", string(id))
	f.aim(channel, purpose, ConsentWithdrawn)
	if err := f.err(); err != nil {
		return "", wrap("Consents.UnsubscribeToken", "customer", string(id), err)
	}
	return c.book.sign(tokenUnsubscribe, time.Time{}, string(id), string(channel), string(purpose)), nil
}

// Unsubscribe withdraws what a token of [Consents.UnsubscribeToken] is for, now,
// and returns the entry. It asks for no login, so that one click is enough. What
// is withdrawn or denied already writes nothing, and the entry that says so is
// returned. The proof's mechanism is unsubscribe_link when it is left empty.
// Unsubscribe returns [ErrInvalid] for a text that is no such token, [ErrErased],
// or an [*InvalidError] for the proof.
func (c *Consents) Unsubscribe(ctx context.Context, token string, proof Proof) (*Consent, error) {
	return change(ctx, c.conn, "Consents.Unsubscribe", "consent", "", func(tx *Tx) (*Consent, error) {
		fields, err := tx.book.verify(tokenUnsubscribe, token, tx.now)
		if err != nil {
			return nil, err
		}
		id, channel, purpose := CustomerID(fields[0]), Channel(fields[1]), Purpose(fields[2])
		k, err := tx.kin(id)
		if err != nil {
			return nil, err
		}
		if p := k.objected(purpose, channel); p != nil {
			return tx.book.consents.Get(tx.st, keyOf(tx.book.consents, p.ConsentID))
		}
		proof.Mechanism = cmp.Or(proof.Mechanism, MechanismUnsubscribe)
		stored, _, err := tx.recordConsent(Consent{CustomerID: id, Channel: channel, Purpose: purpose, State: ConsentWithdrawn, Proof: proof})
		return stored, err
	})
}
