package crm

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Identities is the collection of identities of a Book or a Tx: by what a
// customer is recognized. It is safe for concurrent use when it is a Book's.
//
// An identity that is verified tells whose it is; one that somebody typed does
// not, until it is verified: whoever knows an address must not see what its
// owner bought. What makes persons one is in [IdentityRules].
type Identities struct {
	conn
}

// Resolve tells whose some identities are, and why, and changes nothing. Ids
// that cannot be of their kind are refused in the answer. All persons who have
// one of the verified identities are one, if the rules let them; else the
// identity that counts least, of those given, has no say (of several of one kind
// the last), and the others are matched again.
func (c *Identities) Resolve(ctx context.Context, ids []Identity) (*Resolution, error) {
	return see(ctx, c.conn, "Identities.Resolve", "identity", "", func(tx *Tx) (*Resolution, error) {
		r, err := tx.resolve(ids, "")
		if err != nil {
			return nil, err
		}
		return &r.Resolution, nil
	})
}

// IdentifyOptions tell what is known beside identities. The zero value is a good
// default.
type IdentifyOptions struct {
	// CustomerID is who is known to be meant, such as the one of the session;
	// "" is nobody.
	CustomerID CustomerID
	// Customer has what else is known of somebody who is created: names,
	// locale, whether there is an account. Its ID, Refs, Email and Phone are
	// left out of account: give them as identities.
	Customer Customer
	NoCreate bool // leave it when it would create a customer
	NoMerge  bool // leave it when it would merge customers
}

// Identify does what [Identities.Resolve] would: it creates a customer, whose
// record gets the verified refs, e-mail address and phone number; gives one
// the identities that are new; or merges several into one, as [Customers.Merge]
// does. Identities that were only typed are kept, unverified. A device that is
// nobody's yet brings the history of its anonymous visitor. Nil opts are the
// zero ones.
//
// Identify returns [ErrNotFound] and [ErrErased] for such a CustomerID, and an
// [*InvalidError] for what is wrong with opts.Customer.
func (c *Identities) Identify(ctx context.Context, ids []Identity, opts *IdentifyOptions) (*Resolution, error) {
	if opts == nil {
		opts = &IdentifyOptions{}
	}
	return change(ctx, c.conn, "Identities.Identify", "customer", string(opts.CustomerID), func(tx *Tx) (*Resolution, error) {
		return tx.identify(ids, opts)
	})
}

// Link records an identity of a customer. What was verified stays so, whatever
// is told later; times that are zero are now. Link returns an [*InvalidError]
// for an identity that cannot be or is blocked, beyond the 1,000th of a person,
// and for a device of one who is 50 ids already, visitors among them;
// [ErrExists] when another person has it and people do not share its kind
// (verified: merge the two, or let [Identities.Identify] do it); [ErrNotFound]
// and [ErrErased] for the customer.
func (c *Identities) Link(ctx context.Context, id CustomerID, i Identity) (*Identity, error) {
	return change(ctx, c.conn, "Identities.Link", "customer", string(id), func(tx *Tx) (*Identity, error) {
		row, err := tx.claimed(id, i)
		if err != nil {
			return nil, err
		}
		if err := tx.linkIdentity(row); err != nil {
			return nil, err
		}
		return tx.identityOf(id, row)
	})
}

// Unlink takes an identity from a customer, whether it stands in the record or
// beside it. With a device its visitor's history leaves again. Unlink returns
// [ErrNotFound] when the customer has it not.
func (c *Identities) Unlink(ctx context.Context, id CustomerID, i Identity) error {
	return c.update(ctx, "Identities.Unlink", "customer", string(id), func(tx *Tx) error {
		return tx.unlinkIdentity(id, i)
	})
}

// List returns the identities of a customer, and of whom was merged with them,
// each once: in the order of how much their kinds count, and of one kind those
// seen first before. Those of the record were first seen when the customer was.
// List returns [ErrNotFound] for an id of nobody.
func (c *Identities) List(ctx context.Context, id CustomerID) ([]Identity, error) {
	return see(ctx, c.conn, "Identities.List", "customer", string(id), func(tx *Tx) ([]Identity, error) {
		rows, err := tx.personal(id)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(rows, func(a, b identityRow) int {
			return cmp.Or(tx.book.rules.compare(a.Kind, b.Kind), a.FirstSeenAt.Compare(b.FirstSeenAt), cmp.Compare(a.scope(), b.scope()), cmp.Compare(a.Form, b.Form))
		})
		list := make([]Identity, len(rows))
		for i, row := range rows {
			list[i] = row.Identity
		}
		return list, nil
	})
}

// Find returns the persons who have an identity: those of whom it is verified
// first, and of these whoever was seen first; nil when there is none. Find
// returns an [*InvalidError] for an identity that cannot be.
func (c *Identities) Find(ctx context.Context, i Identity) ([]CustomerID, error) {
	return see(ctx, c.conn, "Identities.Find", "identity", "", func(tx *Tx) ([]CustomerID, error) {
		form, err := tx.book.rules.form(&i)
		if err != nil {
			return nil, err
		}
		var sure, typed []CustomerID
		for h, err := range tx.holders(&i, form) {
			if err != nil {
				return nil, err
			}
			root, _, err := tx.root(h.id)
			if err != nil {
				return nil, err
			}
			if h.verified {
				sure = append(sure, root)
			} else {
				typed = append(typed, root)
			}
		}
		slices.Sort(sure)
		slices.Sort(typed)
		var list []CustomerID
		for _, id := range append(sure, typed...) {
			if !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
		return list, nil
	})
}

// Normalize returns the form by which an identity is compared, or an
// [*InvalidError].
func (c *Identities) Normalize(i Identity) (string, error) {
	form, err := c.book.rules.form(&i)
	return form, wrap("Identities.Normalize", "identity", "", err)
}

// E164 returns the international form of a phone number that is dialed in a
// country, given in ISO 3166-1 alpha-2; in [IdentityRules.Region] where the
// country is "" or the book does not know how to dial there. It is not ok when
// the number has no such form: its country is not known, or it has too few or
// too many digits for one. Whether anybody answers, only a call tells.
func (c *Identities) E164(number, country string) (form string, ok bool) {
	form = matchPhone(number, c.book.rules.homeOf(country))
	digits, ok := strings.CutPrefix(form, "+")
	if !ok {
		return "", false
	}
	if d, rest := dialOf(digits); d != nil && !d.fits(rest) || len(digits) < 7 {
		return "", false
	}
	return form, true
}

// Blocked reports whether the value of an identity is nobody's, by
// [IdentityRules]: "n/a", 000000, test@ of any domain. Of a kind of the shop's
// own, any text can be asked about.
func (c *Identities) Blocked(i Identity) bool {
	form, err := c.book.rules.form(&i)
	if err != nil {
		form = i.Value
	}
	return c.book.rules.blocked(&i, form)
}

// Token returns a text for URLs that proves, to [Identities.Verify], that
// whoever brings it got what was sent to an address of a customer. So send it
// there, and nowhere else, and say in the message what it is about. It holds no
// personal data. An identity that the customer has not is recorded, unverified.
// A ttl of zero is a day. Token returns what [Identities.Link] does.
func (c *Identities) Token(ctx context.Context, id CustomerID, i Identity, ttl time.Duration) (string, error) {
	return change(ctx, c.conn, "Identities.Token", "customer", string(id), func(tx *Tx) (string, error) {
		i.Verified, i.VerifiedAt = i.Kind == IdentityDevice, time.Time{}
		row, err := tx.claimed(id, i)
		if err != nil {
			return "", err
		}
		if ttl < 0 {
			return "", &InvalidError{Fields: []FieldError{{Field: "ttl", Value: ttl.String(), Want: "a time that is not negative"}}}
		}
		has, err := tx.personal(id)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(has, row.same) {
			if err := tx.linkIdentity(row); err != nil {
				return "", err
			}
		}
		return tx.book.sign(purposeVerify, tx.now.Add(cmp.Or(ttl, 24*time.Hour)), string(id), tx.book.seal(row)), nil
	})
}

// Verify takes a token of [Identities.Token] and marks the identity verified.
// So it does what [Identities.Identify] would: whoever has it verified as well,
// such as the guest who ordered with the address, becomes one with the customer,
// if the rules let them. Doing it twice is harmless. Verify returns an error
// that wraps [ErrInvalid] for what is no such token, [ErrExpired] for an old
// one, [ErrNotFound] when the customer has the identity no more, or [ErrErased].
func (c *Identities) Verify(ctx context.Context, token string) (*Resolution, error) {
	return change(ctx, c.conn, "Identities.Verify", "identity", "", func(tx *Tx) (*Resolution, error) {
		fields, err := tx.book.verify(purposeVerify, token, tx.now)
		if err != nil {
			return nil, err
		}
		if len(fields) != 2 {
			return nil, errToken
		}
		id := CustomerID(fields[0])
		if _, err := tx.living(id); err != nil {
			return nil, err
		}
		rows, err := tx.personal(id)
		if err != nil {
			return nil, err
		}
		n := slices.IndexFunc(rows, func(i identityRow) bool { return tx.book.seal(&i) == fields[1] })
		if n < 0 {
			return nil, ErrNotFound
		}
		i := rows[n].Identity
		i.Verified, i.VerifiedAt, i.FirstSeenAt, i.LastSeenAt = true, tx.now, time.Time{}, tx.now
		res, err := tx.identify([]Identity{i}, &IdentifyOptions{CustomerID: id})
		if err != nil {
			return nil, err
		}
		// It is the customer's own, whoever has it too, and whether or not the
		// rules keep them apart.
		i.CustomerID = id
		row, err := tx.living(id)
		if own := (identityRow{i, rows[n].Form}); err == nil && !slices.ContainsFunc(row.Value.identities(tx.book.rules), own.same) {
			err = tx.recordIdentity(&own)
		}
		return res, err
	})
}

const purposeVerify = "identity.verify"

// seal stands for an identity in a token: it cannot be found out from it.
func (b *Book) seal(i *identityRow) string {
	body := store.NewKey(0, 0).String(string(i.Kind)).String(i.scope()).String(i.Form)
	return hex.EncodeToString(b.mac("identity", body)[:16])
}

// living returns the row of a customer who may be given something.
func (tx *Tx) living(id CustomerID) (*store.Row[Customer], error) {
	row, err := tx.book.customers.Load(tx.st, keyOf(tx.book.customers, id))
	if err == nil && !row.Value.ErasedAt.IsZero() {
		err = ErrErased
	}
	return row, err
}

// claimed returns the row that an identity of a customer would have, or lists
// what is wrong with it.
func (tx *Tx) claimed(id CustomerID, i Identity) (*identityRow, error) {
	if _, err := tx.living(id); err != nil {
		return nil, err
	}
	form, err := tx.book.rules.form(&i)
	if err == nil && tx.book.rules.blocked(&i, form) {
		err = &InvalidError{Fields: []FieldError{{Field: "value", Value: i.Value, Want: "one that is not blocked", Personal: true}}}
	}
	if err != nil {
		return nil, err
	}
	i.CustomerID = id
	if i.Kind == IdentityDevice {
		i.Verified = true
	}
	if !i.Verified {
		i.VerifiedAt = time.Time{}
	}
	i.VerifiedAt, i.FirstSeenAt, i.LastSeenAt = utc(i.VerifiedAt), utc(i.FirstSeenAt), utc(i.LastSeenAt)
	return &identityRow{i, form}, nil
}

// personal returns the identities of the person whom an id is of.
func (tx *Tx) personal(id CustomerID) ([]identityRow, error) {
	if err := tx.known(id); err != nil {
		return nil, err
	}
	ids, err := tx.cluster(id)
	if err != nil {
		return nil, err
	}
	return tx.identitiesOf(ids)
}

// identityOf returns one identity of a person as it stands now.
func (tx *Tx) identityOf(id CustomerID, i *identityRow) (*Identity, error) {
	rows, err := tx.personal(id)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(rows, i.same)
	if n < 0 {
		return nil, ErrNotFound
	}
	return &rows[n].Identity, nil
}
