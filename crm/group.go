package crm

import (
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A GroupID names a group: "grp_" and 26 characters.
type GroupID string

// A GroupKind says what holds the members of a [Group] together.
type GroupKind string

// The kinds of groups.
const (
	GroupHousehold GroupKind = ""        // people who live together: the zero value
	GroupCompany   GroupKind = "company" // a company and those who buy for it
)

// A Group is several customers who belong together and stay customers of their
// own: a household, or a company with its buyers. Nothing of one is said of the
// others. Who is erased leaves it; what it tells itself, such as its name and
// address, is of all and stays for the others, but that a household goes with
// its last member. A company stays.
type Group struct {
	ID             GroupID   `json:"id"`
	Ref            Ref       `json:"ref,omitzero"`
	Kind           GroupKind `json:"kind,omitzero"`
	Name           string    `json:"name,omitzero"`
	VATID          string    `json:"vat_id,omitzero"`          // of a company, as written
	RegistrationID string    `json:"registration_id,omitzero"` // in the register of companies
	Address        Address   `json:"address,omitzero"`
	Members        []Member  `json:"members,omitzero"` // each customer id once, in their order; at most 1,000
	Note           string    `json:"note,omitzero"`

	Version   time.Time `json:"version,omitzero"`    // when the source last changed it; zero: it does not say
	CreatedAt time.Time `json:"created_at,omitzero"` // recorded here
	UpdatedAt time.Time `json:"updated_at,omitzero"` // last written here
}

// A Member is a customer in a [Group].
type Member struct {
	CustomerID CustomerID `json:"customer_id"`
	Role       string     `json:"role,omitzero"`  // in the shop's words, such as "buyer"
	Since      time.Time  `json:"since,omitzero"` // zero when joining: now
}

// LogValue keeps personal data out of logs: a Group logs as its id.
func (g Group) LogValue() slog.Value { return slog.StringValue(string(g.ID)) }

// Member returns the member with a customer id, nil when there is none.
func (g *Group) Member(id CustomerID) *Member {
	i := slices.IndexFunc(g.Members, func(m Member) bool { return m.CustomerID == id })
	if i < 0 {
		return nil
	}
	return &g.Members[i]
}

const (
	tableGroups = 16
	maxMembers  = 1000
)

// groupTable is of nobody's records: a group outlives each of its members, who
// are taken out of it.
var groupTable = store.MustTable(store.Schema[Group]{
	Number: tableGroups, Name: "crm.groups",
	Fields: groupFields,
	Key:    func(k store.Key, g *Group) store.Key { return k.String(string(g.ID)) },
	Indexes: []store.Index[Group]{
		{Number: 1, Name: "ref", Unique: true, Keys: func(k store.Key, g *Group, add func(store.Key)) {
			if !g.Ref.IsZero() {
				add(refKey(k, g.Ref))
			}
		}},
		{Number: 2, Name: "member", Keys: func(k store.Key, g *Group, add func(store.Key)) {
			for _, m := range g.Members {
				add(k.String(string(m.CustomerID)))
			}
		}},
	},
	Personal: []store.Number{4, 5, 6, 7, 9},
})

func groupFields(c *store.Coder, g *Group) {
	store.String(c, 1, &g.ID)
	store.Message(c, 2, &g.Ref, refFields)
	store.String(c, 3, &g.Kind)
	store.String(c, 4, &g.Name)
	store.String(c, 5, &g.VATID)
	store.String(c, 6, &g.RegistrationID)
	store.Message(c, 7, &g.Address, addressFields)
	store.List(c, 8, &g.Members, memberFields)
	store.String(c, 9, &g.Note)
	store.Time(c, 10, &g.Version)
	store.Time(c, 11, &g.CreatedAt)
	store.Time(c, 12, &g.UpdatedAt)
}

func memberFields(c *store.Coder, m *Member) {
	store.String(c, 1, &m.CustomerID)
	store.String(c, 2, &m.Role)
	store.Time(c, 3, &m.Since)
}

// copy returns a group that shares nothing with g.
func (g *Group) copy() *Group {
	h := *g
	h.Members = slices.Clone(g.Members)
	return &h
}

// clean brings g into the form that is stored, or lists what is wrong.
func (g *Group) clean() error {
	var f faults
	if g.ID != "" {
		f.id("id", string(g.ID))
	}
	if !g.Ref.IsZero() {
		f.ref("ref", g.Ref)
	}
	oneOf(&f, "kind", g.Kind, GroupHousehold, GroupCompany)
	f.text("name", g.Name, 200)
	f.text("vat_id", g.VATID, 64)
	f.text("registration_id", g.RegistrationID, 64)
	f.text("note", g.Note, 64<<10)
	f.in("address", -1)
	f.address(&g.Address)
	f.in("", 0)
	f.time("version", g.Version)
	if len(g.Members) > maxMembers {
		f.add("members", strconv.Itoa(len(g.Members)), "at most "+strconv.Itoa(maxMembers))
		return f.err()
	}
	seen := make(map[CustomerID]bool, len(g.Members))
	for i := range g.Members {
		m := &g.Members[i]
		f.in("members", i)
		f.id("customer_id", string(m.CustomerID))
		if seen[m.CustomerID] {
			f.personal("customer_id", string(m.CustomerID), "each customer once")
		}
		seen[m.CustomerID] = true
		f.text("role", m.Role, 100)
		f.time("since", m.Since)
		m.Since = utc(m.Since)
	}
	g.Version = utc(g.Version)
	return f.err()
}
