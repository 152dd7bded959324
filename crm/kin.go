package crm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// kin are the ids of one person, the survivor first, with what holds of each.
type kin struct {
	links []*link
	held  []*permissions
	said  []*permissions // held without echoes: see [Tx.said]
}

// kin returns those of the person whom an id is of.
func (tx *Tx) kin(id CustomerID) (*kin, error) {
	l, err := found(tx.book.links.Load(tx.st, keyOf(tx.book.links, id)))
	if err != nil {
		return nil, err
	}
	if l == nil { // as most are
		t := tx.book.permissions
		p, err := t.Get(tx.st, keyOf(t, id))
		if errors.Is(err, ErrNotFound) {
			p, err = &permissions{CustomerID: id}, nil
		}
		held := []*permissions{p}
		return &kin{[]*link{{ID: id}}, held, held}, err
	}
	links, err := tx.family(id)
	if err != nil {
		return nil, err
	}
	return tx.kinOf(links)
}

func (tx *Tx) kinOf(links []*link) (*kin, error) {
	ids := make([]CustomerID, len(links))
	for i, l := range links {
		ids[i] = l.ID
	}
	held, err := many(tx, tx.book.permissions, ids)
	for i, p := range held {
		if p == nil {
			held[i] = &permissions{CustomerID: ids[i]}
		}
	}
	k := &kin{links, held, make([]*permissions, len(held))}
	for i, p := range held {
		if err == nil {
			k.said[i], err = tx.said(k, p)
		}
	}
	return k, err
}

// said returns what holds of one of the ids by what was said of itself. An echo,
// a withdrawal or denial that was written to it as another of the ids said so,
// is left out: the other tells that, and what it said later on.
func (tx *Tx) said(k *kin, p *permissions) (*permissions, error) {
	for _, q := range p.Held {
		if echo, err := tx.echo(k, q); err != nil {
			return nil, err
		} else if !echo {
			continue
		}
		own := &permissions{CustomerID: p.CustomerID}
		ix := tx.book.consents.Index("customer")
		for c, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(p.CustomerID)))) {
			if err != nil {
				return nil, err
			}
			echo, err := tx.echo(k, c.permission())
			if err == nil && !echo && !c.Ignored {
				_, err = own.hold(c.permission())
			}
			if err != nil {
				return nil, err
			}
		}
		return own, nil
	}
	return &permissions{CustomerID: p.CustomerID, Held: slices.Clone(p.Held)}, nil
}

// echo reports whether an entry repeats what another of the ids said.
func (tx *Tx) echo(k *kin, p Permission) (bool, error) {
	if len(k.links) == 1 || p.Cause == "" || p.State.strict() != objected {
		return false, nil
	}
	c, err := tx.book.consents.Get(tx.st, keyOf(tx.book.consents, p.Cause))
	if err != nil {
		return false, fmt.Errorf("consent %s: %w", p.Cause, err)
	}
	return slices.ContainsFunc(k.links, func(l *link) bool { return l.ID == c.CustomerID }), nil
}

// of returns what holds of one of the ids, with echoes and without.
func (k *kin) of(id CustomerID) (held, said *permissions) {
	i := slices.IndexFunc(k.held, func(p *permissions) bool { return p.CustomerID == id })
	return k.held[i], k.said[i]
}

// bare reports whether nothing is recorded of any.
func (k *kin) bare() bool {
	return !slices.ContainsFunc(k.held, func(p *permissions) bool { return len(p.Held) > 0 })
}

// since returns when two of the ids became one person: the latest of the merges
// between them. False means that they are not.
func (k *kin) since(i, j int) (time.Time, bool) {
	up := func(i int, at time.Time) (int, time.Time) {
		l := k.links[i]
		if l.At.After(at) {
			at = l.At
		}
		return slices.IndexFunc(k.links, func(m *link) bool { return m.ID == l.Into }), at
	}
	for a, x := i, (time.Time{}); a >= 0; a, x = up(a, x) {
		for b, y := j, x; b >= 0; b, y = up(b, y) {
			if a == b {
				return y, true
			}
		}
	}
	return time.Time{}, false
}

// settle returns what holds of the person, of what holds of the ids in their
// order, nil for nothing. It is the strictest; but what is dated after two
// became one is said of both, so it outweighs what the other said before.
func (k *kin) settle(own []*Permission) *Permission {
	var best *Permission
	for i, p := range own {
		if p == nil || best != nil && cmp.Or(cmp.Compare(p.State.strict(), best.State.strict()), p.compare(*best)) <= 0 {
			continue
		}
		outweighed := false
		for j, q := range own {
			if q != nil && q.State.strict() < p.State.strict() && q.OccurredAt.After(p.OccurredAt) {
				at, ok := k.since(i, j)
				outweighed = outweighed || ok && q.OccurredAt.After(at)
			}
		}
		if !outweighed {
			best = p
		}
	}
	return best
}

// own returns what holds of each of the ids by what was said of itself.
func (k *kin) own(purpose Purpose, channel Channel) []*Permission {
	list := make([]*Permission, len(k.said))
	for i, p := range k.said {
		list[i] = p.own(purpose, channel)
	}
	return list
}

// holds returns what holds of the person, nil when nothing is recorded.
func (k *kin) holds(purpose Purpose, channel Channel) *Permission {
	if len(k.said) == 1 {
		return k.said[0].own(purpose, channel)
	}
	return k.settle(k.own(purpose, channel))
}

// A topic is what a permission is about.
type topic struct {
	purpose Purpose
	channel Channel
}

// topics returns what is recorded of any of the ids, of one purpose or, when it
// is "", of all; sorted, so that every channel comes before single ones.
func (k *kin) topics(purpose Purpose) []topic {
	var list []topic
	for _, p := range k.held {
		for _, q := range p.Held {
			if purpose == "" || purpose == q.Purpose {
				list = append(list, topic{q.Purpose, q.Channel})
			}
		}
	}
	slices.SortFunc(list, func(a, b topic) int {
		return cmp.Or(cmp.Compare(a.purpose, b.purpose), cmp.Compare(a.channel, b.channel))
	})
	return slices.Compact(list)
}

// touched returns the topics that an entry may change.
func (k *kin) touched(purpose Purpose, channel Channel) []topic {
	if channel != "" {
		return []topic{{purpose, channel}}
	}
	list := k.topics(purpose)
	if len(list) == 0 || list[0].channel != "" {
		list = slices.Insert(list, 0, topic{purpose, ""})
	}
	return list
}

// standings returns what holds for topics, nil where nothing is recorded.
func (k *kin) standings(topics []topic) []*Permission {
	list := make([]*Permission, len(topics))
	for i, t := range topics {
		if p := k.holds(t.purpose, t.channel); p != nil {
			list[i] = new(*p)
		}
	}
	return list
}
