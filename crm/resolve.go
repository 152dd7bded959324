package crm

import (
	"cmp"
	"slices"
	"time"
)

// An IdentityOutcome is what identities that come together amount to.
type IdentityOutcome string

// What identities amount to.
const (
	IdentityNobody IdentityOutcome = "nobody" // they tell nothing: an anonymous visitor
	IdentityCreate IdentityOutcome = "create" // nobody has them: a new customer
	IdentityAdd    IdentityOutcome = "add"    // one person has some of them, and gets the others
	IdentityMerge  IdentityOutcome = "merge"  // several persons have them, and are one
)

// An IdentityRefusal is why an identity had no say in whose the identities are.
type IdentityRefusal string

// Why an identity had no say.
const (
	RefusedMalformed  IdentityRefusal = "malformed"  // it cannot be of its kind
	RefusedBlocked    IdentityRefusal = "blocked"    // the value is nobody's
	RefusedRepeated   IdentityRefusal = "repeated"   // it was given before
	RefusedUnverified IdentityRefusal = "unverified" // somebody typed it
	RefusedShared     IdentityRefusal = "shared"     // people share it, and others have it
	RefusedLimit      IdentityRefusal = "limit"      // with all of them, one person would have too many
	RefusedUnique     IdentityRefusal = "unique"     // with all of them, one person would have two of a unique kind
)

// A Resolution tells whose some identities are, and why.
type Resolution struct {
	Outcome    IdentityOutcome `json:"outcome"`
	CustomerID CustomerID      `json:"customer_id,omitzero"` // whose they are; "" for nobody, and for one who is not made yet
	Merged     []CustomerID    `json:"merged,omitzero"`      // the others who are, or would be, one with CustomerID
	Matches    []IdentityMatch `json:"matches,omitzero"`     // for each identity, in the order given
	// Probable are other persons who have some of the identities, but on
	// evidence that makes nobody one: what was typed, or what people share.
	Probable []CustomerID `json:"probable,omitzero"`
}

// An IdentityMatch tells what became of one identity.
type IdentityMatch struct {
	Identity Identity        `json:"identity"`         // as it was given
	Holders  []CustomerID    `json:"holders,omitzero"` // the persons who have it, verified or not
	Decided  bool            `json:"decided,omitzero"` // it told whose the identities are
	Added    bool            `json:"added,omitzero"`   // it is, or would be, new with the customer
	Refused  IdentityRefusal `json:"refused,omitzero"` // "": it had its say
}

// A claim is an identity that is given, on its way to an answer.
type claim struct {
	*IdentityMatch
	form     string
	verified bool
	kept     bool // the record of a new customer has it
	holders  []holder
}

// usable reports whether a claim can be anybody's.
func (c *claim) usable() bool {
	switch c.Refused {
	case RefusedMalformed, RefusedBlocked, RefusedRepeated:
		return false
	}
	return true
}

// A person is a cluster that some identities lead to.
type person struct {
	root   CustomerID
	met    []CustomerID // ids that identities were recorded of
	linked bool         // there are others in the cluster
	loaded bool
	ids    []CustomerID
	values []identityRow
}

// A resolver finds out whose some identities are.
type resolver struct {
	Resolution
	tx      *Tx
	rules   *rules
	self    *person // who is known beforehand; nil is nobody
	owner   CustomerID
	claims  []claim
	active  []*claim  // those that have a say, the one that counts most first
	shared  bool      // these are all of kinds that people share
	decided []*person // whose they are
	persons []*person // all that were met
}

// resolve finds out whose identities are, and changes nothing. self is who is
// known to be meant, "" for nobody.
func (tx *Tx) resolve(ids []Identity, self CustomerID) (*resolver, error) {
	r := &resolver{tx: tx, rules: tx.book.rules, owner: self}
	if self != "" {
		var err error
		if r.self, err = r.person(self); err != nil {
			return nil, err
		}
	}
	r.Matches, r.claims = make([]IdentityMatch, len(ids)), make([]claim, len(ids))
	for i := range ids {
		if err := r.take(i, ids[i]); err != nil {
			return nil, err
		}
	}
	r.elect()
	if err := r.settle(); err != nil {
		return nil, err
	}
	if err := r.conclude(); err != nil {
		return nil, err
	}
	return r, r.rest()
}

// take looks up one identity.
func (r *resolver) take(i int, given Identity) error {
	m := &r.Matches[i]
	m.Identity = given
	c := &r.claims[i]
	c.IdentityMatch, c.verified = m, given.Verified || given.Kind == IdentityDevice
	var err error
	if c.form, err = r.rules.form(&given); err != nil {
		m.Refused = RefusedMalformed
		return nil
	}
	if r.rules.blocked(&given, c.form) {
		m.Refused = RefusedBlocked
		return nil
	}
	for j := range r.claims[:i] {
		if o := &r.claims[j]; o.usable() && o.form == c.form && o.Identity.Kind == given.Kind && o.Identity.scope() == given.scope() {
			o.verified = o.verified || c.verified
			m.Refused = RefusedRepeated
			return nil
		}
	}
	return r.lookup(c)
}

// lookup finds whose an identity is. One that more customers have than a person
// has ids is nobody's.
func (r *resolver) lookup(c *claim) error {
	for h, err := range r.tx.holders(&c.Identity, c.form) {
		if err != nil {
			return err
		}
		if h.person, err = r.person(h.id); err != nil {
			return err
		}
		c.holders = append(c.holders, h)
		if !slices.Contains(c.Holders, h.person.root) {
			c.Holders = append(c.Holders, h.person.root)
		}
		if len(c.holders) > maxCluster {
			c.holders, c.Holders, c.Refused = nil, nil, RefusedBlocked
			break
		}
	}
	return nil
}

// person returns the person whom an id is of.
func (r *resolver) person(id CustomerID) (*person, error) {
	for _, p := range r.persons {
		if slices.Contains(p.met, id) {
			return p, nil
		}
	}
	root, l, err := r.tx.root(id)
	if err != nil {
		return nil, err
	}
	for _, p := range r.persons {
		if p.root == root {
			p.met = append(p.met, id)
			return p, nil
		}
	}
	p := &person{root: root, met: []CustomerID{id}, linked: l != nil}
	r.persons = append(r.persons, p)
	return p, nil
}

// load reads what a person has.
func (r *resolver) load(p *person) (err error) {
	if p.loaded {
		return nil
	}
	p.loaded = true
	if p.ids = []CustomerID{p.root}; p.linked {
		if p.ids, err = r.tx.cluster(p.root); err != nil {
			return err
		}
	}
	p.values, err = r.tx.identitiesOf(p.ids)
	return err
}

// elect chooses which identities have a say: those that are verified; where
// these are all of shared kinds, and nobody is known beforehand, these.
func (r *resolver) elect() {
	pick := func(shared bool) {
		for i := range r.claims {
			if c := &r.claims[i]; c.usable() && c.verified && r.rules.shared(c.Identity.Kind) == shared {
				r.active = append(r.active, c)
			}
		}
	}
	if pick(false); len(r.active) == 0 && r.self == nil {
		r.shared = true
		pick(true)
	}
	slices.SortStableFunc(r.active, func(a, b *claim) int { return r.rules.compare(a.Identity.Kind, b.Identity.Kind) })
}

// settle matches, and while that goes against the rules takes the identity that
// counts least out and matches again.
func (r *resolver) settle() error {
	for {
		r.decided = r.match()
		why, err := r.against()
		if err != nil || why == "" {
			return err
		}
		n := len(r.active) - 1
		last := r.active[n]
		if n == 0 && r.self == nil {
			// Several have it who cannot be one. It tells who was there first,
			// unless people share it.
			if r.shared {
				last.Refused, r.active = RefusedShared, nil
			}
			first := slices.MinFunc(r.decided, func(a, b *person) int { return cmp.Compare(a.root, b.root) })
			if r.decided = r.decided[:0]; !r.shared {
				r.decided = append(r.decided, first)
			}
			return nil
		}
		last.Refused, r.active = why, r.active[:n]
	}
}

// match returns the persons who have one of the identities that have a say.
func (r *resolver) match() (list []*person) {
	if r.self != nil {
		list = append(list, r.self)
	}
	for _, c := range r.active {
		for _, h := range c.holders {
			if h.verified && !slices.Contains(list, h.person) {
				list = append(list, h.person)
			}
		}
	}
	return list
}

// against tells why the identities that have a say cannot be of one person; ""
// when they can.
func (r *resolver) against() (IdentityRefusal, error) {
	if len(r.active) == 0 {
		return "", nil
	}
	if r.shared {
		if len(r.decided) > 1 {
			return RefusedShared, nil
		}
		return "", nil
	}
	if len(r.decided) == 1 && !slices.ContainsFunc(r.active, func(c *claim) bool { return !c.of(r.decided[0]) }) {
		return "", nil // nothing is new
	}
	ids, total := 0, len(r.active)
	for _, p := range r.decided {
		if err := r.load(p); err != nil {
			return "", err
		}
		ids, total = ids+len(p.ids), total+len(p.values)
	}
	if len(r.decided) > 1 && ids > maxCluster || total > maxIdentities {
		return RefusedLimit, nil
	}
	for _, s := range r.slots() {
		limit := r.rules.limit(s.kind)
		all, before := r.count(s, limit, r.decided, r.active), 0
		for _, p := range r.decided {
			before = max(before, r.count(s, limit, []*person{p}, nil))
		}
		if all <= limit.Count || all == before { // or it was so already
			continue
		}
		if r.rules.unique(s.kind) {
			return RefusedUnique, nil
		}
		return RefusedLimit, nil
	}
	return "", nil
}

// of reports whether a person has the identity verified.
func (c *claim) of(p *person) bool {
	return slices.ContainsFunc(c.holders, func(h holder) bool { return h.verified && h.person == p })
}

// A slot is what limits are on: a kind, of a source where that is part of it.
type slot struct {
	kind   IdentityKind
	source string
}

func slotOf(i *Identity) slot { return slot{i.Kind, i.scope()} }

// slots returns those of which the persons, or the identities, have something.
func (r *resolver) slots() (list []slot) {
	add := func(i *Identity) {
		if s := slotOf(i); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, c := range r.active {
		add(&c.Identity)
	}
	for _, p := range r.decided {
		for i := range p.values {
			add(&p.values[i].Identity)
		}
	}
	return list
}

// count returns how many verified values of a slot persons and claims have
// together.
func (r *resolver) count(s slot, limit IdentityLimit, persons []*person, claims []*claim) int {
	var forms []string
	add := func(form string) {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	for _, c := range claims {
		if slotOf(&c.Identity) == s {
			add(c.form)
		}
	}
	for _, p := range persons {
		for i := range p.values {
			if v := &p.values[i]; v.Verified && slotOf(&v.Identity) == s && r.within(v, limit.Within) {
				add(v.Form)
			}
		}
	}
	return len(forms)
}

func (r *resolver) within(v *identityRow, window time.Duration) bool {
	return window == 0 || r.tx.now.Sub(v.LastSeenAt) <= window
}

// conclude tells the outcome.
func (r *resolver) conclude() error {
	switch n := len(r.decided); {
	case n == 0:
		r.Outcome = IdentityNobody
		for i := range r.claims {
			// A device alone is an anonymous visitor, and what several share
			// is one of them.
			if c := &r.claims[i]; c.usable() && c.Refused == "" && c.Identity.Kind != IdentityDevice {
				r.Outcome = IdentityCreate
			}
		}
		return nil
	case n == 1:
		r.Outcome, r.CustomerID = IdentityAdd, r.decided[0].root
	default:
		r.Outcome, r.CustomerID = IdentityMerge, r.decided[0].root
		for _, p := range r.decided[1:] {
			keep, gone, err := r.tx.survivor(r.CustomerID, p.root)
			if err != nil {
				return err
			}
			r.CustomerID, r.Merged = keep, append(r.Merged, gone)
		}
	}
	for _, c := range r.active {
		for _, h := range c.holders {
			if !h.verified || !slices.Contains(r.decided, h.person) {
				continue
			}
			c.Decided = true
			if r.owner == "" {
				r.owner = h.id
			}
		}
	}
	return nil
}

// rest says what becomes of each identity now that it is known whose they are.
func (r *resolver) rest() error {
	var given []*claim // what the customer has already and what was added so far
	for i := range r.claims {
		c := &r.claims[i]
		if !c.usable() {
			continue
		}
		for _, h := range c.holders {
			if !slices.Contains(r.decided, h.person) && c.Refused != RefusedLimit && c.Refused != RefusedUnique && c.Identity.Kind != IdentityDevice {
				r.suggest(h.person.root)
			}
		}
		if c.Refused != "" || r.Outcome == IdentityNobody || slices.ContainsFunc(r.decided, c.of) {
			continue
		}
		if !r.shared && slices.Contains(r.active, c) {
			c.Added = true
			given = append(given, c)
			continue
		}
		theirs := func(h holder) bool { return slices.Contains(r.decided, h.person) }
		others := func(h holder) bool { return h.verified && !theirs(h) }
		switch {
		case !c.verified:
			c.Refused = RefusedUnverified
			if slices.ContainsFunc(c.holders, theirs) {
				continue // as it is known already
			}
		case slices.ContainsFunc(c.holders, others):
			if c.Refused = RefusedShared; c.Identity.Kind == IdentityDevice {
				continue // of one person at a time
			}
		}
		ok, err := r.room(c, given)
		if err != nil {
			return err
		}
		if c.Added = ok; ok {
			given = append(given, c)
		} else if c.Refused == "" {
			c.Refused = RefusedLimit
		}
	}
	return nil
}

// room reports whether the customer may have one identity more.
func (r *resolver) room(c *claim, given []*claim) (bool, error) {
	s := slotOf(&c.Identity)
	limit := r.rules.limit(s.kind)
	n, total, ids := 1, 1+len(given), 0
	for _, o := range given {
		if slotOf(&o.Identity) == s {
			n++
		}
		if o.Identity.Kind == IdentityDevice {
			ids++
		}
	}
	for _, p := range r.decided {
		if err := r.load(p); err != nil {
			return false, err
		}
		total, ids = total+len(p.values), ids+len(p.ids)
		for i := range p.values {
			if v := &p.values[i]; slotOf(&v.Identity) == s && v.Form != c.form && r.within(v, limit.Within) {
				n++
			}
		}
	}
	return n <= limit.Count && total <= maxIdentities && (c.Identity.Kind != IdentityDevice || ids < maxDevices), nil
}

// suggest adds somebody who is probably the same person.
func (r *resolver) suggest(id CustomerID) {
	if !slices.Contains(r.Probable, id) {
		r.Probable = append(r.Probable, id)
	}
}
