package crm

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// recordConsent is Consents.Record.
func (tx *Tx) recordConsent(c Consent) (*Consent, outcome, error) {
	dated := !c.OccurredAt.IsZero()
	if !dated && !tx.backfill {
		c.OccurredAt = tx.now
	}
	c.Cause = ""
	return tx.enter(&c, dated)
}

// enter adds an entry to the ledger, and makes hold what does by it. One that is
// undated says how it is now: what is objected to then holds in any case.
func (tx *Tx) enter(c *Consent, dated bool) (*Consent, outcome, error) {
	c.Ignored, c.Backfill, c.CreatedAt = false, tx.backfill, tx.now
	if err := c.clean(tx.book.now()); err != nil {
		return nil, unchanged, err
	}
	if err := tx.alive(c.CustomerID); err != nil {
		return nil, unchanged, err
	}
	k, err := tx.kin(c.CustomerID)
	if err != nil {
		return nil, unchanged, err
	}
	topics := k.touched(c.Purpose, c.Channel)
	before := k.standings(topics)
	shown, err := tx.shown(k, topics)
	if err != nil {
		return nil, unchanged, err
	}
	listed := c.Channel == "" || slices.Contains(k.topics(c.Purpose), topic{c.Purpose, c.Channel})
	strict := c.State.strict() == objected
	if !dated && strict && !tx.backfill {
		for _, t := range topics {
			for _, p := range k.own(t.purpose, t.channel) {
				if p != nil && p.OccurredAt.After(c.OccurredAt) { // by another clock
					c.OccurredAt = p.OccurredAt
				}
			}
		}
	}
	c.ID = c.derived(tx.book)
	if !dated && strict && tx.backfill {
		c.OccurredAt = tx.now // and the id stays the same in every run
	}
	t := tx.book.consents
	row, err := found(t.Load(tx.st, keyOf(t, c.ID)))
	if err != nil {
		return nil, unchanged, err
	}
	if row != nil && (tx.backfill || !row.Value.Ignored) {
		return row.Value, unchanged, nil
	}

	own, said := k.of(c.CustomerID)
	was := &permissions{Held: slices.Clone(own.Held)}
	holds, err := own.hold(c.permission())
	if err == nil && said != own {
		var counts bool
		counts, err = said.hold(c.permission())
		holds = holds || counts
	}
	if err != nil {
		return nil, unchanged, err
	}
	after := k.standings(topics)
	for i, t := range topics {
		c.Ignored = c.Ignored || tx.backfill && (after[i].looser(before[i]) || own.own(t.purpose, t.channel).looser(was.own(t.purpose, t.channel)))
	}
	if c.Ignored {
		own.Held, holds = was.Held, false
		tx.warn(fmt.Sprintf("consent %s: imports loosen nothing, so it has no effect", c.ID))
	}
	if _, err := t.Save(tx.st, row, c); err != nil {
		return nil, unchanged, err
	}
	tx.tally(consentRecorded)
	if holds {
		if err := tx.saveHeld(own); err != nil {
			return nil, unchanged, err
		}
		if strict && len(k.held) > 1 {
			if err := tx.spread(k, c); err != nil {
				return nil, unchanged, err
			}
		}
	}
	if c.Ignored {
		return c, created, nil
	}
	now, err := tx.shown(k, topics) // which what does not hold changes too, where a grant has ended
	if err != nil {
		return nil, unchanged, err
	}
	for i, t := range topics {
		tx.consentChanged(c.CustomerID, t, shown[i], now[i], holds && !listed)
	}
	return c, created, nil
}

// shown returns what is told to hold for topics now, nil where nothing is
// recorded.
func (tx *Tx) shown(k *kin, topics []topic) ([]*Permission, error) {
	list := k.standings(topics)
	for i, p := range list {
		if p == nil || !p.silent(tx.now) {
			continue
		}
		was, err := tx.heldOf(k, topics[i].channel, topics[i].purpose, tx.now)
		if err != nil {
			return nil, err
		}
		list[i] = cmp.Or(was, p)
	}
	return list, nil
}

// spread writes what was withdrawn or denied of one id to all others of the
// person.
func (tx *Tx) spread(k *kin, c *Consent) error {
	for _, p := range k.held {
		if p.CustomerID == c.CustomerID {
			continue
		}
		d := c.follow(p.CustomerID)
		d.ID = d.derived(tx.book)
		if err := tx.add(p, d); err != nil {
			return err
		}
	}
	_, err := tx.level(k)
	return err
}

// shareWithdrawals writes what is withdrawn or denied of one to all others of
// the persons that ids are of, who are about to be one: before there is a link.
func (tx *Tx) shareWithdrawals(ids []CustomerID) error {
	var links []*link
	for _, id := range ids {
		if slices.ContainsFunc(links, func(l *link) bool { return l.ID == id }) {
			continue
		}
		family, err := tx.family(id)
		if err != nil {
			return err
		}
		links = append(links, family...)
	}
	k, err := tx.kinOf(links)
	if err != nil {
		return err
	}
	list, err := tx.level(k)
	for _, c := range list {
		tx.consentChanged(c.id, c.topic, c.from, &c.to, false)
	}
	return err
}

// A leveling is what level changed of an id.
type leveling struct {
	id    CustomerID
	topic topic
	from  *Permission // nil for nothing
	to    Permission
}

// level makes hold of every id what is withdrawn or denied of the person.
func (tx *Tx) level(k *kin) (list []leveling, err error) {
	topics := k.topics("")
	for i, held := range k.standings(topics) {
		t := topics[i]
		if held == nil || held.State.strict() != objected {
			continue
		}
		state, cause := held.State, held.ConsentID
		for _, p := range k.held {
			c := &Consent{
				CustomerID: p.CustomerID, Purpose: t.purpose, Channel: t.channel, State: state, Cause: cause,
				Proof: Proof{Mechanism: MechanismMerge}, Backfill: tx.backfill, OccurredAt: tx.now, CreatedAt: tx.now,
			}
			var from *Permission
			if own := p.own(t.purpose, t.channel); own != nil {
				if own.State.strict() == objected {
					continue
				}
				from = new(*own)
				if own.OccurredAt.After(c.OccurredAt) {
					c.OccurredAt = own.OccurredAt
				}
			}
			c.ID = c.derived(tx.book)
			if err := tx.add(p, c); err != nil {
				return nil, err
			}
			list = append(list, leveling{p.CustomerID, t, from, c.permission()})
		}
	}
	return list, nil
}

// add adds an entry to the ledger that may be there already, and to what holds.
func (tx *Tx) add(p *permissions, c *Consent) error {
	t := tx.book.consents
	row, err := found(t.Load(tx.st, keyOf(t, c.ID)))
	if err != nil || row != nil {
		return err
	}
	if _, err := t.Save(tx.st, nil, c); err != nil {
		return err
	}
	tx.tally(consentRecorded)
	holds, err := p.hold(c.permission())
	if err != nil || !holds {
		return err
	}
	return tx.saveHeld(p)
}

// saveHeld writes what holds of an id.
func (tx *Tx) saveHeld(p *permissions) error {
	return tx.book.permissions.Put(tx.st, p)
}

// consentChanged tells of what holds for a topic now, when it is something else,
// or when nothing was recorded of this very channel before.
func (tx *Tx) consentChanged(id CustomerID, t topic, from, to *Permission, listed bool) {
	if to == nil {
		return
	}
	e := Event{Kind: ConsentChanged, CustomerID: id, Name: string(t.purpose), Channel: t.channel, OccurredAt: to.OccurredAt}
	var old Permission
	if from != nil {
		old = *from
	}
	if old.State != to.State || listed {
		e.Changes = append(e.Changes, Change{Field: "state", From: string(old.State), To: string(to.State)})
	}
	if !old.ExpiresAt.Equal(to.ExpiresAt) {
		e.Changes = append(e.Changes, Change{Field: "expires_at"})
	}
	if e.Changes != nil {
		tx.emit(e)
	}
}

// objected returns what holds when a purpose is withdrawn or denied on a
// channel, "" for every one of which anything is recorded; nil when it is not.
func (k *kin) objected(purpose Purpose, channel Channel) *Permission {
	var last *Permission
	for _, p := range k.standings(k.touched(purpose, channel)) {
		if p == nil || p.State.strict() != objected {
			return nil
		}
		if last == nil || p.compare(*last) > 0 {
			last = p
		}
	}
	return last
}

// asked reports whether an entry is about what a request was for.
func (c *Consent) asked(request *Consent) bool {
	return c.Purpose == request.Purpose && (c.Channel == request.Channel || c.Channel == "" || request.Channel == "")
}

// answers looks through what was recorded of a person from a request on, for
// the grant that confirmed it. It returns nil when there is none, and
// ErrWithdrawn when it was withdrawn or denied since.
func (tx *Tx) answers(k *kin, request *Consent) (grant *Consent, err error) {
	ix := tx.book.consents.Index("customer")
	for _, l := range k.links {
		rg := window(ix.Key().String(string(l.ID)), request.OccurredAt, time.Time{}, false, 0)
		for c, err := range ix.Scan(tx.st, rg) {
			switch {
			case err != nil:
				return nil, err
			case c.Ignored || !c.asked(request):
			case c.State.strict() == objected:
				return nil, fmt.Errorf("request %s: %w", request.ID, ErrWithdrawn)
			case c.Cause == request.ID:
				grant = c
			}
		}
	}
	return grant, nil
}
