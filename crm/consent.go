package crm

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// ErrWithdrawn says that a consent which is to be confirmed was withdrawn, or
// denied, since it was asked for.
var ErrWithdrawn = errors.New("withdrawn since it was asked for")

// A ConsentID names an entry of the ledger of consents: "con_" and 26
// characters.
type ConsentID string

// A Purpose is what personal data is used for. Shops may use words of their own
// beside these, which need a grant as marketing does.
type Purpose string

// The usual purposes. Where nothing is recorded, the answer for the ones with
// "unless" is yes.
const (
	PurposeMarketing     Purpose = "marketing"     // only once granted, for one channel each
	PurposeAnalytics     Purpose = "analytics"     // only once granted
	PurposeTransactional Purpose = "transactional" // order confirmations and the like: unless denied
	PurposeProfiling     Purpose = "profiling"     // to treat somebody by what they did: unless objected to
	PurposeSaleSharing   Purpose = "sale_sharing"  // selling or sharing data, as Californian law has it: unless denied
)

// optOut reports whether a purpose is allowed until somebody objects.
func (p Purpose) optOut() bool {
	return p == PurposeTransactional || p == PurposeProfiling || p == PurposeSaleSharing
}

// A ConsentState is what somebody said. There is no zero state.
type ConsentState string

// The states of consents, the strictest last.
const (
	ConsentGranted   ConsentState = "granted"
	ConsentPending   ConsentState = "pending"   // asked for and not confirmed: nothing is allowed by it
	ConsentWithdrawn ConsentState = "withdrawn" // taken back
	ConsentDenied    ConsentState = "denied"    // refused, or objected to
)

// strict is how strict a state is: 0 for granted.
func (s ConsentState) strict() int {
	switch s {
	case ConsentGranted:
		return 0
	case ConsentPending:
		return 1
	}
	return objected
}

const objected = 2 // how strict a withdrawal or a denial is

// A Basis is what makes a use of data lawful: the articles 6(1)(a) to (f) of the
// GDPR. Shops may use words of their own; "" is unknown.
type Basis string

// The legal bases.
const (
	BasisConsent            Basis = "consent"
	BasisContract           Basis = "contract"
	BasisLegalObligation    Basis = "legal_obligation"
	BasisLegitimateInterest Basis = "legitimate_interest"
)

// Mechanisms that the book itself writes into a [Proof].
const (
	MechanismDoubleOptIn = "double_opt_in"    // confirmed by the token of a request
	MechanismUnsubscribe = "unsubscribe_link" // by the token of a message
	MechanismGPC         = "gpc"              // the Global Privacy Control of a browser
	MechanismMerge       = "merge"            // withdrawn by who turned out to be the same person
)

// A Proof tells how a consent came about, for whoever has to show it later.
// Every field may be left empty.
type Proof struct {
	TextVersion string `json:"text_version,omitzero"` // which wording they saw; at most 200 bytes
	Mechanism   string `json:"mechanism,omitzero"`    // what they did: "checkbox", "double_opt_in"; at most 200 bytes
	Source      string `json:"source,omitzero"`       // where: a form, a shop platform, a list; as the source of a [Ref]
	IPHash      string `json:"ip_hash,omitzero"`      // see [Consents.HashIP]; personal, at most 128 bytes
	Note        string `json:"note,omitzero"`         // free text; personal, at most 4 kB
}

// A Consent is an entry of the ledger: that somebody granted, withdrew, denied
// or was asked for something, with its proof. Entries are never changed.
type Consent struct {
	ID         ConsentID    `json:"id"`                // given by the book
	CustomerID CustomerID   `json:"customer_id"`       // whom it was recorded of, for ever; or a visitor, see [Consents.Visitor]
	Channel    Channel      `json:"channel,omitzero"`  // "" is every channel: see [Consents.Record]
	Purpose    Purpose      `json:"purpose"`           // wanted
	State      ConsentState `json:"state"`             // wanted
	Basis      Basis        `json:"basis,omitzero"`    // at most 64 bytes
	Proof      Proof        `json:"proof,omitzero"`    // how it came about
	Cause      ConsentID    `json:"cause,omitzero"`    // the entry that it follows from, such as the request that it confirms; given by the book
	Ignored    bool         `json:"ignored,omitzero"`  // an import's, looser than what held: it has no effect
	Backfill   bool         `json:"backfill,omitzero"` // recorded by an import

	OccurredAt time.Time `json:"occurred_at,omitzero"` // its own time; zero: a source that does not say, before any that does
	ExpiresAt  time.Time `json:"expires_at,omitzero"`  // when a grant ends; zero is never
	CreatedAt  time.Time `json:"created_at,omitzero"`  // recorded here
}

// LogValue keeps personal data out of logs: a Consent logs as its id.
func (c Consent) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }

// The numbers of the ledger of consents and of what holds by it.
const (
	tableConsents    = 11
	tablePermissions = 12
)

var consentTable = store.MustTable(store.Schema[Consent]{
	Number: tableConsents, Name: "crm.consents",
	Fields: consentFields,
	Key:    func(k store.Key, c *Consent) store.Key { return k.String(string(c.ID)) },
	Indexes: []store.Index[Consent]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, c *Consent, add func(store.Key)) {
			add(k.String(string(c.CustomerID)).Time(c.OccurredAt))
		}},
	},
	Subject:  func(c *Consent) string { return string(c.CustomerID) },
	Personal: []store.Number{10, 11},
	Owner:    "customer",
	Keep:     true, // the proof that it was lawful, without the person
})

func consentFields(c *store.Coder, v *Consent) {
	store.String(c, 1, &v.ID)
	store.String(c, 2, &v.CustomerID)
	store.String(c, 3, &v.Channel)
	store.String(c, 4, &v.Purpose)
	store.String(c, 5, &v.State)
	store.String(c, 6, &v.Basis)
	store.String(c, 7, &v.Proof.TextVersion)
	store.String(c, 8, &v.Proof.Mechanism)
	store.String(c, 9, &v.Proof.Source)
	store.String(c, 10, &v.Proof.IPHash)
	store.String(c, 11, &v.Proof.Note)
	store.String(c, 12, &v.Cause)
	store.Bool(c, 13, &v.Ignored)
	store.Bool(c, 14, &v.Backfill)
	store.Time(c, 15, &v.OccurredAt)
	store.Time(c, 16, &v.ExpiresAt)
	store.Time(c, 17, &v.CreatedAt)
}

// derived is the id of an entry: the same for whoever records the same again.
func (c *Consent) derived(b *Book) ConsentID {
	key := store.NewKey(0, 0).String(string(c.CustomerID)).String(string(c.Channel)).String(string(c.Purpose)).
		String(string(c.State)).String(string(c.Cause)).Time(c.OccurredAt)
	return ConsentID(derivedID("con_", b.opts.Namespace, c.OccurredAt, "consent", Ref{c.Proof.Source, string(key)}))
}

// follow returns what an entry brings about for another id of the same person.
// What is personal in its proof stays with the entry.
func (c *Consent) follow(id CustomerID) *Consent {
	d := *c
	d.CustomerID, d.Cause = id, c.ID
	d.Proof.IPHash, d.Proof.Note = "", ""
	return &d
}

// maxAhead is how far ahead of the book's clock another one may be.
const maxAhead = time.Minute

// clean brings c into the form that is stored, or lists what is wrong. What is
// dated a little ahead of now is dated now.
func (c *Consent) clean(now time.Time) error {
	var f faults
	f.id("customer_id", string(c.CustomerID))
	f.aim(c.Channel, c.Purpose, c.State)
	oneOf(&f, "state", c.State, ConsentGranted, ConsentPending, ConsentWithdrawn, ConsentDenied)
	f.text("basis", string(c.Basis), 64)
	f.in("proof", -1)
	f.proof(c.Proof)
	f.in("", 0)
	c.OccurredAt, c.ExpiresAt = utc(c.OccurredAt), utc(c.ExpiresAt)
	f.time("occurred_at", c.OccurredAt)
	f.time("expires_at", c.ExpiresAt)
	if c.OccurredAt.Sub(now) > maxAhead {
		f.add("occurred_at", c.OccurredAt.Format(time.RFC3339), "a time that is not to come")
	} else if c.OccurredAt.After(now) {
		c.OccurredAt = now
	}
	if !c.ExpiresAt.IsZero() {
		switch {
		case c.State.strict() == objected:
			f.add("expires_at", c.ExpiresAt.Format(time.RFC3339), "none: what is withdrawn or denied stays so")
		case !c.ExpiresAt.After(c.OccurredAt):
			f.add("expires_at", c.ExpiresAt.Format(time.RFC3339), "a time after occurred_at")
		}
	}
	return f.err()
}

// aim refuses what no consent can be about.
func (f *faults) aim(channel Channel, purpose Purpose, state ConsentState) {
	if f.id("purpose", string(purpose)); len(purpose) > 64 {
		f.personal("purpose", string(purpose), "at most 64 bytes")
	}
	if channel != "" {
		if f.id("channel", string(channel)); len(channel) > 64 {
			f.personal("channel", string(channel), "at most 64 bytes")
		}
	}
	switch purpose {
	case PurposeProfiling, PurposeSaleSharing:
		if channel != "" {
			f.personal("channel", string(channel), fmt.Sprintf("none: %s is of no channel", purpose))
		}
	case PurposeMarketing:
		if channel == "" && (state == ConsentGranted || state == ConsentPending) {
			f.add("channel", "", "the channel that marketing is agreed to on")
		}
	}
}

func (f *faults) proof(p Proof) {
	f.text("text_version", p.TextVersion, 200)
	f.text("mechanism", p.Mechanism, 200)
	if p.Source != "" {
		f.id("source", p.Source)
	}
	f.text("ip_hash", p.IPHash, 128)
	if _, err := netip.ParseAddr(p.IPHash); err == nil {
		f.personal("ip_hash", p.IPHash, "a hash of the address")
	}
	f.text("note", p.Note, 4<<10)
}

// permission is what an entry says that holds.
func (c *Consent) permission() Permission {
	return Permission{
		Purpose: c.Purpose, Channel: c.Channel, State: c.State,
		OccurredAt: c.OccurredAt, ExpiresAt: c.ExpiresAt, ConsentID: c.ID, Cause: c.Cause,
	}
}
