package crm

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Consents is the ledger of consents of a Book or a Tx, and the gates that ask
// it. It is safe for concurrent use when it is a Book's.
//
// Of the entries for a purpose and a channel the latest by its own time holds,
// in whichever order they arrive; at the same time the stricter. An entry of
// every channel and those of single ones compete in the same way. Of several
// ids that were merged into one person the strictest holds, but that who is one
// person already can grant again; and what is withdrawn or denied of one is
// written to all, and stays when they are un-merged. For a purpose that needs no
// grant a request says nothing, and when a grant has ended, what was said before
// it holds again.
type Consents struct {
	conn
}

// Record adds an entry to the ledger, and returns it as recorded. What is
// recorded already, with the same customer, channel, purpose, state, source and
// time, writes nothing. A zero OccurredAt is now.
//
// Channel is "" for profiling and sale_sharing, and may be for all other
// purposes but for a grant of marketing or a request for one.
//
// In an import nothing is loosened: an entry that would allow what is withdrawn,
// denied or asked for, or allow it for longer, is recorded as Ignored and warned
// of. A source that tells no time is recorded once for each state: what it
// grants is dated before everything that has a time, what it denies now.
//
// Record returns an [*InvalidError] that lists everything that is wrong,
// [ErrNotFound] for a customer who is not in the book, or [ErrErased].
func (c *Consents) Record(ctx context.Context, v Consent) (*Consent, error) {
	return change(ctx, c.conn, "Consents.Record", "consent", "", func(tx *Tx) (*Consent, error) {
		stored, _, err := tx.recordConsent(v)
		return stored, err
	})
}

// Get returns an entry of the ledger, or [ErrNotFound].
func (c *Consents) Get(ctx context.Context, id ConsentID) (*Consent, error) {
	return see(ctx, c.conn, "Consents.Get", "consent", string(id), func(tx *Tx) (*Consent, error) {
		return tx.book.consents.Get(tx.st, keyOf(tx.book.consents, id))
	})
}

// A Decision is whether a purpose is allowed, and why.
type Decision struct {
	Allowed bool           `json:"allowed"`
	Reason  DecisionReason `json:"reason"`
	Consent *Consent       `json:"consent,omitzero"` // what decides it, maybe of an id that was merged; nil when nothing holds
}

// Decide tells whether a customer or a visitor allows a purpose on a channel,
// as it was at a time, and why; a zero time is now. Merged ids are one person
// at any time. Decide returns [ErrNotFound] for a customer who is not in the
// book, or [ErrErased].
func (c *Consents) Decide(ctx context.Context, id CustomerID, channel Channel, purpose Purpose, at time.Time) (*Decision, error) {
	return see(ctx, c.conn, "Consents.Decide", "customer", string(id), func(tx *Tx) (*Decision, error) {
		p, at, err := tx.permitted(id, channel, purpose, at)
		if err != nil {
			return nil, err
		}
		d := &Decision{}
		if d.Allowed, d.Reason = verdict(purpose, p, at); p != nil {
			d.Consent, err = tx.book.consents.Get(tx.st, keyOf(tx.book.consents, p.ConsentID))
		}
		return d, err
	})
}

// MaySend reports whether a message of a purpose may be sent to a customer on a
// channel: whether [Consents.Decide] allows it. It is the gate that every sender
// asks, in the transaction in which it claims the message. MaySend returns the
// errors of Decide, and false beside one.
func (c *Consents) MaySend(ctx context.Context, id CustomerID, channel Channel, purpose Purpose, at time.Time) (bool, error) {
	return c.allowed(ctx, "Consents.MaySend", id, channel, purpose, at)
}

// MayProfile reports whether a customer or a visitor may be treated by what they
// did, as it was at a time; zero is now. They may unless they objected. Rooms
// treat one who did like an anonymous visitor. MayProfile returns the errors of
// [Consents.Decide], and false beside one.
func (c *Consents) MayProfile(ctx context.Context, id CustomerID, at time.Time) (bool, error) {
	return c.allowed(ctx, "Consents.MayProfile", id, "", PurposeProfiling, at)
}

func (c *Consents) allowed(ctx context.Context, op string, id CustomerID, channel Channel, purpose Purpose, at time.Time) (ok bool, err error) {
	err = c.view(ctx, op, "customer", string(id), func(tx *Tx) error {
		p, at, err := tx.permitted(id, channel, purpose, at)
		ok, _ = verdict(purpose, p, at)
		return err
	})
	return ok && err == nil, err
}

// List returns what holds of a customer or a visitor, for each purpose and
// channel of which anything is recorded, sorted by these: what a page of
// preferences shows. The Channel is the one that is told of, also where an entry
// of every channel decides. List returns [ErrNotFound] for a customer who is not
// in the book, or [ErrErased].
func (c *Consents) List(ctx context.Context, id CustomerID) ([]Permission, error) {
	return see(ctx, c.conn, "Consents.List", "customer", string(id), func(tx *Tx) ([]Permission, error) {
		k, err := tx.kin(id)
		if err == nil && k.bare() {
			err = tx.alive(id)
		}
		if err != nil {
			return nil, err
		}
		topics := k.topics("")
		held, err := tx.shown(k, topics)
		if err != nil {
			return nil, err
		}
		var list []Permission
		for i, p := range held {
			if p != nil {
				list = append(list, *p)
				list[len(list)-1].Channel = topics[i].channel
			}
		}
		return list, nil
	})
}

// ConsentQuery selects entries of the ledger.
type ConsentQuery struct {
	CustomerID CustomerID // of this customer or visitor and whoever was merged with them
	From, To   time.Time  // dated at From or later and before To; zero is open
	Limit      int        // of the page, 0 means 100
	After      string     // the Next of the page before
}

// History returns a page of the ledger, the latest first: everything that was
// recorded of a customer or a visitor, with its proof, also of one who was
// erased. It is empty for an id of nobody. It returns [ErrInvalid] for an After
// that is not of a page of the same query.
func (c *Consents) History(ctx context.Context, q ConsentQuery) (Page[Consent], error) {
	return see(ctx, c.conn, "Consents.History", "customer", string(q.CustomerID), func(tx *Tx) (Page[Consent], error) {
		ids, err := tx.cluster(q.CustomerID)
		if err != nil {
			return Page[Consent]{}, err
		}
		t := tx.book.consents
		lanes := lanesOf(nil, t.Index("customer").Key(), 0, ids)
		return pageOf(tx, t, lanes, span{q.From, q.To, true, q.Limit, q.After, string(q.CustomerID)})
	})
}

// Signal takes the value of the Sec-GPC header of a request by a customer or a
// visitor. "1", the Global Privacy Control, denies sale_sharing and what
// [Options.GPCPurposes] names; anything else, and no header, says nothing. What
// is denied already writes nothing, so every request may be given. Signal
// returns what it recorded, and the errors of [Consents.Record].
func (c *Consents) Signal(ctx context.Context, id CustomerID, header string) ([]*Consent, error) {
	if strings.TrimSpace(header) != "1" {
		return nil, nil
	}
	if c.tx == nil { // a short look, as most requests repeat themselves
		left, err := see(ctx, c.conn, "Consents.Signal", "customer", string(id), func(tx *Tx) ([]Purpose, error) {
			return tx.undenied(id)
		})
		if err != nil || len(left) == 0 {
			return nil, err
		}
	}
	return change(ctx, c.conn, "Consents.Signal", "customer", string(id), func(tx *Tx) (list []*Consent, err error) {
		left, err := tx.undenied(id)
		for _, p := range left {
			v, _, err := tx.recordConsent(Consent{CustomerID: id, Purpose: p, State: ConsentDenied, Proof: Proof{Mechanism: MechanismGPC}})
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, err
	})
}

// undenied returns the purposes that the Global Privacy Control denies, and
// that somebody has not denied.
func (tx *Tx) undenied(id CustomerID) (left []Purpose, err error) {
	k, err := tx.kin(id)
	if err == nil && k.bare() {
		err = tx.alive(id)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range append([]Purpose{PurposeSaleSharing}, tx.book.opts.GPCPurposes...) {
		if k.objected(p, "") == nil && !slices.Contains(left, p) {
			left = append(left, p)
		}
	}
	return left, nil
}

// Visitor returns the id under which consents of an anonymous visitor stand,
// made from what the shop knows the device by, which cannot be read from it.
func (c *Consents) Visitor(device string) CustomerID { return c.book.visitorID(device) }

// HashIP returns what a [Proof] keeps of an IP address: 32 characters by which
// this book can tell that it was the same, and nobody can read it.
func (c *Consents) HashIP(addr netip.Addr) string {
	h := hmac.New(sha256.New, c.book.secret)
	h.Write(store.NewKey(0, 0).String("ip").String(addr.Unmap().String()).End())
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// permitted returns what held at a time, nil when nothing did, and that time.
func (tx *Tx) permitted(id CustomerID, channel Channel, purpose Purpose, at time.Time) (*Permission, time.Time, error) {
	if at = utc(at); at.IsZero() {
		at = tx.now
	}
	if p, alone, err := tx.permittedAlone(id, channel, purpose, at); alone || err != nil {
		return p, at, err
	}
	k, err := tx.kin(id)
	if err == nil && k.bare() {
		err = tx.alive(id)
	}
	if err != nil {
		return nil, at, err
	}
	p, err := tx.heldOf(k, channel, purpose, at)
	return p, at, err
}

// heldOf returns what held of a person at a time, nil when nothing did.
func (tx *Tx) heldOf(k *kin, channel Channel, purpose Purpose, at time.Time) (_ *Permission, err error) {
	own := k.own(purpose, channel)
	for i, p := range own {
		if p != nil && (p.OccurredAt.After(at) || p.silent(at)) {
			if own[i], err = tx.heldAt(k, k.links[i].ID, channel, purpose, at); err != nil {
				return nil, err
			}
		}
	}
	return k.settle(own), nil
}

// permittedAlone is permitted for an id that is one with no other, as most are,
// and of which something is recorded; false for any else.
func (tx *Tx) permittedAlone(id CustomerID, channel Channel, purpose Purpose, at time.Time) (*Permission, bool, error) {
	if alone, err := tx.bare(id); !alone || err != nil {
		return nil, false, err
	}
	t := tx.book.permissions
	held, err := t.Get(tx.st, keyOf(t, id))
	if errors.Is(err, ErrNotFound) || err == nil && len(held.Held) == 0 {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	p := held.own(purpose, channel)
	if p != nil && (p.OccurredAt.After(at) || p.silent(at)) {
		p, err = tx.heldAt(&kin{links: []*link{{ID: id}}}, id, channel, purpose, at)
	}
	return p, true, err
}

// heldAt reads from the ledger what held of one id at a time by what was said of
// itself.
func (tx *Tx) heldAt(k *kin, id CustomerID, channel Channel, purpose Purpose, at time.Time) (best *Permission, err error) {
	ix := tx.book.consents.Index("customer")
	rg := window(ix.Key().String(string(id)), time.Time{}, at.Add(time.Millisecond), true, 0)
	for c, err := range ix.Scan(tx.st, rg) {
		switch {
		case err != nil:
			return nil, err
		case best != nil && c.OccurredAt.Before(best.OccurredAt):
			return best, nil
		case c.Ignored || c.Purpose != purpose || c.Channel != channel && c.Channel != "":
			continue
		}
		p := c.permission()
		if echo, err := tx.echo(k, p); err != nil {
			return nil, err
		} else if !echo && !p.silent(at) && (best == nil || p.compare(*best) > 0) {
			best = &p
		}
	}
	return best, nil
}

// alive returns an error when an id is of nobody, or of one who was erased. A
// visitor need not be known.
func (tx *Tx) alive(id CustomerID) error {
	switch {
	case isVisitor(id):
		return nil
	case !validKey(string(id)): // and may be anything
		return ErrNotFound
	}
	v, err := tx.book.customers.Get(tx.st, keyOf(tx.book.customers, id))
	if err == nil && !v.ErasedAt.IsZero() {
		err = ErrErased
	}
	if err != nil {
		return of("customer", id, err)
	}
	return nil
}
