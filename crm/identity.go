package crm

import (
	"log/slog"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// An IdentityKind says what an [Identity] is. Shops may have kinds of their own,
// in lower case with digits, "_" and "."; their values are taken as they are.
type IdentityKind string

// The kinds of identities, and the form in which two of a kind are compared.
const (
	// IdentityExternal is the key by which a source knows the customer, as in a
	// [Ref]: compared as it is, within its source.
	IdentityExternal IdentityKind = "external"
	// IdentityEmail is an e-mail address: compared without spaces around it and
	// without regard to case, in whichever script. Of an address at gmail.com
	// or googlemail.com, which are one, neither dots nor what follows a + count;
	// elsewhere both do.
	IdentityEmail IdentityKind = "email"
	// IdentityPhone is a phone number: compared in the form of E.164. A
	// national number is of the country of the customer's first address, else
	// of [IdentityRules.Region]; where neither is known its digits are compared.
	IdentityPhone IdentityKind = "phone"
	// IdentityDevice is what the shop knows a browser, an app or a machine by:
	// compared without spaces around it. It is of one person at a time, and
	// brings the history of the anonymous visitor who used it.
	IdentityDevice IdentityKind = "device"
	// IdentityLoyalty is the number of a customer card: compared without spaces
	// and dashes, and without regard to case.
	IdentityLoyalty IdentityKind = "loyalty"
)

// An Identity is something by which a customer is recognized. The refs, the
// e-mail address and the phone number of a [Customer] are identities of theirs,
// verified because the shop's back office says so; [Identities] keeps the others
// beside it.
type Identity struct {
	Kind       IdentityKind `json:"kind"`
	Source     string       `json:"source,omitzero"`      // of an external one, whose key it is; else who told of it
	Value      string       `json:"value"`                // as it was written
	CustomerID CustomerID   `json:"customer_id,omitzero"` // whom it was recorded of; of no account in what is asked
	Verified   bool         `json:"verified,omitzero"`    // false is what somebody typed; of no account for devices

	VerifiedAt  time.Time `json:"verified_at,omitzero"` // the first time; zero when that is not known
	FirstSeenAt time.Time `json:"first_seen_at,omitzero"`
	LastSeenAt  time.Time `json:"last_seen_at,omitzero"` // to the day
}

// LogValue keeps personal data out of logs: an Identity logs as its kind.
func (i Identity) LogValue() slog.Value { return slog.StringValue(string(i.Kind)) }

// An identityRow is an identity that stands beside the record of a customer.
type identityRow struct {
	Identity
	Form string `json:"form"` // by which it was compared when it was recorded
}

var identityTable = store.MustTable(store.Schema[identityRow]{
	Number: tableIdentities, Name: "crm.identities",
	Fields: identityFields,
	Key: func(k store.Key, v *identityRow) store.Key {
		return identityKey(k, &v.Identity, v.Form).String(string(v.CustomerID))
	},
	Indexes: []store.Index[identityRow]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, v *identityRow, add func(store.Key)) {
			add(k.String(string(v.CustomerID)))
		}},
	},
	Subject:  func(v *identityRow) string { return string(v.CustomerID) },
	Personal: []store.Number{3, 9},
	Owner:    "customer",
})

const tableIdentities = 9

// identityKey begins the primary keys of one identity, whosever it is.
func identityKey(k store.Key, i *Identity, form string) store.Key {
	return blindKey(k.String(string(i.Kind)).String(i.scope()), form)
}

// scope is the source within which a value is an identity's, "" for any.
func (i *Identity) scope() string {
	if i.Kind == IdentityExternal {
		return i.Source
	}
	return ""
}

func identityFields(c *store.Coder, v *identityRow) {
	store.String(c, 1, &v.Kind)
	store.String(c, 2, &v.Source)
	store.String(c, 3, &v.Value)
	store.String(c, 4, &v.CustomerID)
	store.Bool(c, 5, &v.Verified)
	store.Time(c, 6, &v.VerifiedAt)
	store.Time(c, 7, &v.FirstSeenAt)
	store.Time(c, 8, &v.LastSeenAt)
	store.String(c, 9, &v.Form)
}

// identities returns the identities that the record of a customer itself is
// evidence of.
func (v *Customer) identities(rules *rules) []identityRow {
	source := ""
	if len(v.Refs) > 0 {
		source = v.Refs[0].Source
	}
	first := v.FirstSeenAt
	if first.IsZero() {
		first = v.CreatedAt
	}
	var list []identityRow
	add := func(kind IdentityKind, source, value, form string) {
		if form != "" {
			list = append(list, identityRow{Identity{
				Kind: kind, Source: source, Value: value, CustomerID: v.ID, Verified: true,
				FirstSeenAt: first, LastSeenAt: v.UpdatedAt,
			}, form})
		}
	}
	for _, r := range v.Refs {
		add(IdentityExternal, r.Source, r.ID, r.ID)
	}
	add(IdentityEmail, source, v.Email, matchEmail(v.Email))
	add(IdentityPhone, source, v.Phone, rules.phoneOf(v))
	return list
}

// phoneOf returns the form by which a customer's phone number is compared.
func (r *rules) phoneOf(v *Customer) string {
	if v.Phone == "" {
		return ""
	}
	country := ""
	if len(v.Addresses) > 0 {
		country = v.Addresses[0].Country
	}
	return matchPhone(v.Phone, r.homeOf(country))
}

// homeOf returns how a country's phone numbers are dialed, or those of the
// book's region when it is none that is known; nil when neither is.
func (r *rules) homeOf(country string) *dial {
	if d, ok := dialing[country]; ok {
		return &d
	}
	return r.home
}

// keepIdentities keeps the e-mail address and the phone number that a customer
// had, when the record is about to get others: they are still theirs.
func (tx *Tx) keepIdentities(old, now *Customer) error {
	if old.Email == now.Email && old.Phone == now.Phone || !now.ErasedAt.IsZero() {
		return nil
	}
	rules := tx.book.rules
	kept := now.identities(rules)
	for _, i := range old.identities(rules) {
		if i.Kind == IdentityExternal || rules.blocked(&i.Identity, i.Form) || slices.ContainsFunc(kept, func(k identityRow) bool { return k.same(i) }) {
			continue
		}
		i.LastSeenAt = tx.now
		if _, err := tx.putIdentity(&i); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether two are the same identity, whosever they are.
func (i *identityRow) same(o identityRow) bool {
	return i.Kind == o.Kind && i.Form == o.Form && i.scope() == o.scope()
}

// putIdentity records an identity of a customer, or what is new of one that is
// recorded. What was verified stays so.
func (tx *Tx) putIdentity(v *identityRow) (what outcome, err error) {
	t := tx.book.identities
	row, err := found(t.Load(tx.st, identityKey(t.Key(), &v.Identity, v.Form).String(string(v.CustomerID))))
	if err != nil {
		return unchanged, err
	}
	if row == nil {
		if v.FirstSeenAt.IsZero() {
			v.FirstSeenAt = tx.now
		}
		if v.LastSeenAt.IsZero() {
			v.LastSeenAt = tx.now
		}
		if v.Verified && v.VerifiedAt.IsZero() {
			v.VerifiedAt = v.LastSeenAt
		}
		_, err := t.Save(tx.st, nil, v)
		return created, err
	}
	what = unchanged
	if n := *row.Value; n.merge(&v.Identity, tx.now) {
		if n.Verified != row.Value.Verified {
			what = updated
		}
		*row.Value = n
		_, err = t.Save(tx.st, row, row.Value)
	}
	return what, err
}

// merge takes over what another telling of the same identity adds, and reports
// whether it added anything.
func (i *Identity) merge(o *Identity, now time.Time) (changed bool) {
	seen := o.LastSeenAt
	if seen.IsZero() {
		seen = now
	}
	if o.Verified && !i.Verified {
		i.Verified, i.VerifiedAt, changed = true, o.VerifiedAt, true
		if i.VerifiedAt.IsZero() {
			i.VerifiedAt = seen
		}
		if i.Kind != IdentityExternal && o.Source != "" {
			i.Source = o.Source
		}
	}
	if !o.FirstSeenAt.IsZero() && o.FirstSeenAt.Before(i.FirstSeenAt) {
		i.FirstSeenAt, changed = o.FirstSeenAt, true
	}
	if seen.Sub(i.LastSeenAt) >= 24*time.Hour {
		i.LastSeenAt, changed = seen, true
	}
	return changed
}
