package duplicates

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Query selects suggestions. The zero value selects all.
type Query struct {
	Customer crm.CustomerID // only those of a customer, by any id of theirs; "" is all
	Band     Band           // only those of a band; "" is all
	Limit    int            // of a page; 0 means 100
	After    string         // the Next of the page before
}

// Page returns one page of the queue: the best first, which is by band, then by
// probability. What was settled since the last search, by a decision, a merge or
// an erasure, is left out; who was merged stands under the id of the survivor.
// Page returns an [*crm.InvalidError] for a band that is none, and
// [crm.ErrInvalid] for an After that is not of such a page.
func (f *Finder) Page(ctx context.Context, q Query) (crm.Page[Suggestion], error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if q.Band != "" && !slices.Contains(bands, q.Band) {
		fault := crm.FieldError{Field: "band", Value: string(q.Band), Want: `one of "sure", "likely", "possible"`}
		return crm.Page[Suggestion]{}, wrap("Page", "", &crm.InvalidError{Fields: []crm.FieldError{fault}})
	}
	var page crm.Page[Suggestion]
	err := f.book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		if q.Customer != "" {
			page, err = f.pageOf(ctx, tx, q)
			return err
		}
		page = crm.Page[Suggestion]{Next: q.After}
		ix := f.suggestions.Index("best")
		rg := store.Prefix(ix.Key())
		if q.Band != "" {
			rg = store.Prefix(ix.Key().Int(int64(slices.Index(bands, q.Band))))
		}
		who, seen := personsIn(tx), map[[2]crm.CustomerID]bool{}
		for len(page.Items) < q.Limit {
			rg.Limit = q.Limit - len(page.Items)
			part, err := ix.Page(tx.Store(), rg, page.Next)
			if err != nil {
				return err
			}
			for _, s := range part.Items {
				ok, err := f.current(ctx, tx, who, s, seen)
				if err != nil {
					return err
				}
				if ok {
					page.Items = append(page.Items, s)
				}
			}
			if page.Next = part.Next; page.Next == "" {
				break
			}
		}
		return nil
	})
	return page, wrap("Page", "", err)
}

// current brings a suggestion up to date with who was merged. It is false when
// there is nothing left to decide, or another suggestion says the same.
func (f *Finder) current(ctx context.Context, tx *crm.Tx, who *persons, s *Suggestion, seen map[[2]crm.CustomerID]bool) (bool, error) {
	a, err := who.root(ctx, s.A)
	if err != nil {
		return false, err
	}
	b, err := who.root(ctx, s.B)
	if err != nil || a == "" || b == "" || a == b {
		return false, err
	}
	if a, b = ordered(a, b); a != s.A || b != s.B {
		if _, err := f.suggestions.Get(tx.Store(), f.key(a, b)); !errors.Is(err, crm.ErrNotFound) {
			return false, err
		}
		s.A, s.B = a, b
	}
	if seen[[2]crm.CustomerID{a, b}] {
		return false, nil
	}
	seen[[2]crm.CustomerID{a, b}] = true
	apart, err := f.known(ctx, tx, who, a, b)
	return !apart, err
}

// known reports whether two persons are known to be different: somebody decided
// so of any of their ids, or they were one and are no longer.
func (f *Finder) known(ctx context.Context, tx *crm.Tx, who *persons, a, b crm.CustomerID) (bool, error) {
	members, err := tx.Customers.Members(ctx, a)
	if err != nil {
		return false, err
	}
	ix := f.decisions.Index("customer")
	for _, id := range members {
		for d, err := range ix.Scan(tx.Store(), store.Prefix(ix.Key().String(string(id)))) {
			if err != nil {
				return false, err
			}
			other := d.A
			if other == id {
				other = d.B
			}
			if root, err := who.root(ctx, other); err != nil || root == b {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// pageOf is Page for one customer, of whom there are few suggestions.
func (f *Finder) pageOf(ctx context.Context, tx *crm.Tx, q Query) (crm.Page[Suggestion], error) {
	from := 0
	if q.After != "" {
		text, err := base64.RawURLEncoding.DecodeString(q.After)
		rest, ok := strings.CutPrefix(string(text), "of ")
		if ok && err == nil {
			from, err = strconv.Atoi(rest)
		}
		if !ok || err != nil || from < 1 {
			return crm.Page[Suggestion]{}, crm.ErrInvalid
		}
	}
	list, err := f.of(ctx, tx, q.Customer)
	if err != nil {
		return crm.Page[Suggestion]{}, err
	}
	if q.Band != "" {
		list = slices.DeleteFunc(list, func(s *Suggestion) bool { return s.Band != q.Band })
	}
	list = list[min(from, len(list)):]
	page := crm.Page[Suggestion]{Items: list}
	if len(list) > q.Limit {
		page.Items = list[:q.Limit]
		page.Next = base64.RawURLEncoding.EncodeToString([]byte("of " + strconv.Itoa(from+q.Limit)))
	}
	return page, nil
}

// of returns what is in the queue of a person, the best first.
func (f *Finder) of(ctx context.Context, tx *crm.Tx, id crm.CustomerID) ([]*Suggestion, error) {
	members, err := tx.Customers.Members(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []*Suggestion
	who, seen := personsIn(tx), map[[2]crm.CustomerID]bool{}
	ix := f.suggestions.Index("customer")
	for _, id := range members {
		for s, err := range ix.Scan(tx.Store(), store.Prefix(ix.Key().String(string(id)))) {
			if err != nil {
				return nil, err
			}
			ok, err := f.current(ctx, tx, who, s, seen)
			if err != nil {
				return nil, err
			}
			if ok {
				list = append(list, s)
			}
		}
	}
	slices.SortFunc(list, better)
	return list, nil
}
