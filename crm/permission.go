package crm

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A Permission is what holds of a customer for a purpose on a channel: what the
// entry of the ledger says that is the latest by its own time.
type Permission struct {
	Purpose    Purpose      `json:"purpose"`
	Channel    Channel      `json:"channel,omitzero"` // "" is every channel that has no later one of its own
	State      ConsentState `json:"state"`
	OccurredAt time.Time    `json:"occurred_at,omitzero"`
	ExpiresAt  time.Time    `json:"expires_at,omitzero"` // of a grant; zero is never
	ConsentID  ConsentID    `json:"consent_id"`          // the entry that says so
	Cause      ConsentID    `json:"cause,omitzero"`      // what that follows from
}

// Allows reports whether the purpose is allowed at a time from OccurredAt on.
func (p Permission) Allows(at time.Time) bool {
	allowed, _ := verdict(p.Purpose, &p, at)
	return allowed
}

// silent reports whether p says nothing at a time, so that what was said before
// it holds: of a purpose that needs no grant, a request for one, and a grant
// that has ended.
func (p Permission) silent(at time.Time) bool {
	return p.Purpose.optOut() && (p.State == ConsentPending ||
		p.State == ConsentGranted && !p.ExpiresAt.IsZero() && !at.Before(p.ExpiresAt))
}

// compare orders what concerns the same thing: the one that holds is greater.
// That is the later; of two at the same time the stricter, but a grant goes
// before the request that it follows from.
func (p Permission) compare(q Permission) int {
	return cmp.Or(
		p.OccurredAt.Compare(q.OccurredAt), cmp.Compare(p.weight(), q.weight()),
		-compareEnd(p.ExpiresAt, q.ExpiresAt), cmp.Compare(p.ConsentID, q.ConsentID))
}

func (p Permission) weight() int {
	switch {
	case p.State.strict() == objected:
		return 3
	case p.State == ConsentGranted && p.Cause != "":
		return 2
	case p.State == ConsentPending:
		return 1
	}
	return 0
}

// compareEnd orders times at which something ends; zero is never.
func compareEnd(a, b time.Time) int {
	if a.IsZero() || b.IsZero() {
		return map[bool]int{true: 1}[a.IsZero()] - map[bool]int{true: 1}[b.IsZero()]
	}
	return a.Compare(b)
}

// looser reports whether p allows more than q, which held before it. Where
// nothing held, nothing is loosened.
func (p *Permission) looser(q *Permission) bool {
	if q == nil {
		return false
	}
	a, b := p.State.strict(), q.State.strict()
	return a < b || a == b && p.State == ConsentGranted && compareEnd(p.ExpiresAt, q.ExpiresAt) > 0
}

// A DecisionReason tells why a [Decision] is as it is.
type DecisionReason string

// The reasons of decisions.
const (
	ReasonGranted     DecisionReason = "granted"      // yes
	ReasonNotObjected DecisionReason = "not_objected" // yes, as the purpose needs no grant
	ReasonNoConsent   DecisionReason = "no_consent"   // no, nothing is recorded
	ReasonPending     DecisionReason = "pending"      // no, asked for and not confirmed
	ReasonWithdrawn   DecisionReason = "withdrawn"    // no
	ReasonDenied      DecisionReason = "denied"       // no
	ReasonExpired     DecisionReason = "expired"      // no, the grant has ended
)

// verdict decides by what holds, nil when nothing does.
func verdict(purpose Purpose, p *Permission, at time.Time) (bool, DecisionReason) {
	why := ReasonNoConsent
	switch {
	case p == nil:
	case p.State == ConsentWithdrawn:
		return false, ReasonWithdrawn
	case p.State.strict() == objected:
		return false, ReasonDenied
	case p.State == ConsentPending:
		why = ReasonPending
	case p.ExpiresAt.IsZero() || at.Before(p.ExpiresAt):
		return true, ReasonGranted
	default:
		why = ReasonExpired
	}
	if purpose.optOut() {
		return true, ReasonNotObjected
	}
	return false, why
}

// maxPermissions is how many permissions one customer id has at most.
const maxPermissions = 200

// permissions are what holds of one customer id by the entries of its own.
type permissions struct {
	CustomerID CustomerID   `json:"customer_id"`
	Held       []Permission `json:"held,omitzero"` // by purpose, then channel
}

var permissionTable = store.MustTable(store.Schema[permissions]{
	Number: tablePermissions, Name: "crm.permissions",
	Fields:  permissionsFields,
	Key:     func(k store.Key, p *permissions) store.Key { return k.String(string(p.CustomerID)) },
	Subject: func(p *permissions) string { return string(p.CustomerID) },
	Owner:   store.PrimaryKey,
})

func permissionsFields(c *store.Coder, p *permissions) {
	store.String(c, 1, &p.CustomerID)
	store.List(c, 2, &p.Held, permissionFields)
}

func permissionFields(c *store.Coder, p *Permission) {
	store.String(c, 1, &p.Purpose)
	store.String(c, 2, &p.Channel)
	store.String(c, 3, &p.State)
	store.Time(c, 4, &p.OccurredAt)
	store.Time(c, 5, &p.ExpiresAt)
	store.String(c, 6, &p.ConsentID)
	store.String(c, 7, &p.Cause)
}

// hold takes an entry in, and reports whether it holds now.
func (p *permissions) hold(q Permission) (bool, error) {
	if q.silent(q.OccurredAt) {
		return false, nil
	}
	i, ok := slices.BinarySearchFunc(p.Held, q, func(a, b Permission) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Channel, b.Channel))
	})
	switch {
	case !ok && len(p.Held) == maxPermissions:
		return false, &InvalidError{Fields: []FieldError{{Field: "purpose", Value: string(q.Purpose), Want: "at most " + strconv.Itoa(maxPermissions) + " different purposes and channels a customer", Personal: true}}}
	case !ok:
		p.Held = slices.Insert(p.Held, i, q)
	case q.compare(p.Held[i]) <= 0:
		return false, nil
	default:
		p.Held[i] = q
	}
	return true, nil
}

// own returns what holds for a purpose on a channel, nil when nothing is
// recorded. Entries of the channel itself and of every channel compete.
func (p *permissions) own(purpose Purpose, channel Channel) *Permission {
	var best *Permission
	for i := range p.Held {
		q := &p.Held[i]
		if q.Purpose == purpose && (q.Channel == channel || q.Channel == "") && (best == nil || q.compare(*best) > 0) {
			best = q
		}
	}
	return best
}
