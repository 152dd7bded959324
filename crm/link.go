package crm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A link is where an id stands in its cluster, the ids whose facts are of one
// person. Ids of nobody else have none. Facts keep the id that they were
// recorded under: to merge is to add a link, and whoever reads gathers over the
// cluster.
type link struct {
	ID      CustomerID   `json:"id"`
	Into    CustomerID   `json:"into,omitzero"`    // what it was merged into; "" for a survivor
	At      time.Time    `json:"at,omitzero"`      // when it was
	Members []CustomerID `json:"members,omitzero"` // merged into this one directly, in their order
	Hidden  []string     `json:"hidden,omitzero"`  // what was taken from the whole while it was part: fields, and "tags:word"
}

var linkTable = store.MustTable(store.Schema[link]{
	Number: tableLinks, Name: "crm.links",
	Fields:   linkFields,
	Key:      func(k store.Key, l *link) store.Key { return k.String(string(l.ID)) },
	Subject:  func(l *link) string { return string(l.ID) },
	Personal: []store.Number{5},
	Owner:    store.PrimaryKey,
	Keep:     true, // ids stay valid
})

func linkFields(c *store.Coder, l *link) {
	store.String(c, 1, &l.ID)
	store.String(c, 2, &l.Into)
	store.Time(c, 3, &l.At)
	store.Strings(c, 4, &l.Members)
	store.Strings(c, 5, &l.Hidden)
}

// maxCluster is how many ids a cluster has at most. Devices leave room for
// customers in it: with maxDevices ids, it gets no further one.
const (
	maxCluster = 100
	maxDevices = maxCluster / 2
)

// visitorPrefix begins the ids under which facts of anonymous visitors stand.
// They are members of clusters, and no customers.
const visitorPrefix = "vis_"

func isVisitor(id CustomerID) bool { return strings.HasPrefix(string(id), visitorPrefix) }

// visitorID is the id under which facts of an anonymous visitor stand: made
// from what the shop knows the device by, which cannot be read from it.
func (b *Book) visitorID(device string) CustomerID {
	return CustomerID(derivedID(visitorPrefix, b.opts.Namespace, time.Time{}, "visitor", Ref{"device", device}))
}

// root returns the survivor of the cluster that an id is of, and its link, nil
// when the cluster is the id alone.
func (tx *Tx) root(id CustomerID) (CustomerID, *link, error) {
	for range maxCluster {
		row, err := found(tx.book.links.Load(tx.st, keyOf(tx.book.links, id)))
		if row == nil || err != nil {
			return id, nil, err
		}
		if row.Value.Into == "" {
			return id, row.Value, nil
		}
		id = row.Value.Into
	}
	return id, nil, fmt.Errorf("customer %s: merged in a circle: %w", id, store.ErrCorrupt)
}

// family returns the links of the cluster that an id is of: the survivor's
// first, then each member's in their order, followed by those within it. One
// that is alone has a link that is not recorded.
func (tx *Tx) family(id CustomerID) ([]*link, error) {
	id, first, err := tx.root(id)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return []*link{{ID: id}}, nil
	}
	all := map[CustomerID]*link{id: first}
	for level := first.Members; len(level) > 0 && len(all) <= 2*maxCluster; { // a level is one round trip
		links, err := many(tx, tx.book.links, level)
		if err != nil {
			return nil, err
		}
		var next []CustomerID
		for i, l := range links {
			if l == nil {
				return nil, fmt.Errorf("customer %s: a member without a link: %w", level[i], store.ErrCorrupt)
			}
			all[l.ID] = l
			next = append(next, l.Members...)
		}
		level = next
	}
	list := make([]*link, 0, len(all))
	var add func(*link)
	add = func(l *link) {
		list = append(list, l)
		for _, id := range l.Members {
			if m := all[id]; m != nil {
				add(m)
			}
		}
	}
	add(first)
	return list, nil
}

// cluster returns the ids whose facts are of one person, the survivor first;
// among them those of visitors who were identified as the person.
func (tx *Tx) cluster(id CustomerID) ([]CustomerID, error) {
	links, err := tx.family(id)
	if err != nil {
		return nil, err
	}
	ids := make([]CustomerID, len(links))
	for i, l := range links {
		ids[i] = l.ID
	}
	return ids, nil
}

// customersOf returns the ids of a cluster that are of customers.
func customersOf(ids []CustomerID) []CustomerID {
	return slices.DeleteFunc(slices.Clone(ids), isVisitor)
}

// join merges one id into another. Both must be the survivors of their clusters.
// What was withdrawn of one is of both from now on.
func (tx *Tx) join(from, into CustomerID) error {
	joining, err := tx.cluster(from)
	if err != nil {
		return err
	}
	ids, err := tx.cluster(into)
	if err != nil {
		return err
	}
	if err := tx.shareWithdrawals(append(ids, joining...)); err != nil {
		return err
	}
	t := tx.book.links
	a, err := tx.linkRow(from)
	if err != nil {
		return err
	}
	b, err := tx.linkRow(into)
	if err != nil {
		return err
	}
	l := &link{ID: from}
	if a != nil {
		l = a.Value
	}
	l.Into, l.At = into, tx.now
	if _, err := t.Save(tx.st, a, l); err != nil {
		return err
	}
	m := &link{ID: into}
	if b != nil {
		m = b.Value
	}
	m.Members = append(m.Members, from)
	_, err = t.Save(tx.st, b, m)
	return err
}

// leave undoes the join of an id, and forgets what was hidden of it.
func (tx *Tx) leave(id CustomerID) (from CustomerID, err error) {
	row, err := tx.linkRow(id)
	if err != nil {
		return "", err
	}
	if row == nil || row.Value.Into == "" {
		return "", ErrNotFound
	}
	from = row.Value.Into
	into, err := tx.linkRow(from)
	if err != nil {
		return "", err
	}
	if into == nil {
		return "", fmt.Errorf("customer %s: a member without a survivor: %w", id, store.ErrCorrupt)
	}
	into.Value.Members = slices.DeleteFunc(into.Value.Members, func(m CustomerID) bool { return m == id })
	row.Value.Into, row.Value.At, row.Value.Hidden = "", time.Time{}, nil
	for _, r := range []*store.Row[link]{row, into} {
		if err := tx.saveLink(r); err != nil {
			return "", err
		}
	}
	return from, nil
}

// saveLink writes a link, or removes one that says nothing any more.
func (tx *Tx) saveLink(row *store.Row[link]) error {
	if row.Value.Into == "" && len(row.Value.Members) == 0 {
		return tx.book.links.Delete(tx.st, keyOf(tx.book.links, row.Value.ID))
	}
	_, err := tx.book.links.Save(tx.st, row, row.Value)
	return err
}

func (tx *Tx) linkRow(id CustomerID) (*store.Row[link], error) {
	return found(tx.book.links.Load(tx.st, keyOf(tx.book.links, id)))
}

// many returns the records with these ids, nil for one that is absent, in one
// round trip.
func many[T any, ID ~string](tx *Tx, t *store.Table[T], ids []ID) ([]*T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = keyOf(t, id)
	}
	return t.GetMany(tx.st, keys)
}
