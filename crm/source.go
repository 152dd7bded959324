package crm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// A TraitSource is a room that answers for traits from its own columns, so that
// they are no records. See [Book.RegisterTraits].
type TraitSource interface {
	// Room names the room: always the same.
	Room() string

	// Traits returns what the room says of the person whose ids these are, the
	// survivor's first. Of several traits of one name the one of the earlier
	// id counts. A trait's Room is set by the book; a CustomerID of "" is the
	// first. Traits is called in the transaction tx, with its ctx, must be
	// quick, and safe for concurrent use.
	Traits(ctx context.Context, tx *Tx, ids []CustomerID) ([]Trait, error)
}

// RegisterTraits lets a room answer for its traits from its own columns, in
// every transaction that begins from now on. It returns [ErrExists] when the
// room has registered already, and an [*InvalidError] when its name cannot be. A
// room that answers so need not write its traits; where both are, the answer
// counts. It is safe for concurrent use.
func (b *Book) RegisterTraits(source TraitSource) error {
	room := source.Room()
	var f faults
	f.room("room", room)
	if room == Stated {
		f.add("room", room, "a room's own name")
	}
	if err := f.err(); err != nil {
		return wrap("RegisterTraits", "room", "", err)
	}
	for {
		old := b.sources.Load()
		var list []TraitSource
		if old != nil {
			list = slices.Clone(*old)
		}
		if slices.ContainsFunc(list, func(s TraitSource) bool { return s.Room() == room }) {
			return wrap("RegisterTraits", "room", room, ErrExists)
		}
		if list = append(list, source); b.sources.CompareAndSwap(old, &list) {
			return nil
		}
	}
}

// sourced adds to traits what the sources answer for a person's ids.
func (tx *Tx) sourced(ctx context.Context, ids []CustomerID, list []Trait) ([]Trait, error) {
	sources := tx.book.sources.Load()
	if sources == nil {
		return list, nil
	}
	for _, s := range *sources {
		room := s.Room()
		answer, err := s.Traits(ctx, tx, ids)
		if err != nil {
			return nil, fmt.Errorf("room %s: %w", room, err)
		}
		answer = slices.Clone(answer)
		for i := range answer {
			answer[i].Room, answer[i].CustomerID = room, cmp.Or(answer[i].CustomerID, ids[0])
		}
		place := func(t Trait) int { return slices.Index(ids, t.CustomerID) }
		answer = slices.DeleteFunc(answer, func(t Trait) bool { return place(t) < 0 || t.Value.IsZero() })
		slices.SortStableFunc(answer, func(a, b Trait) int { return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(place(a), place(b))) })
		answer = slices.CompactFunc(answer, func(a, b Trait) bool { return a.Name == b.Name })
		list = slices.DeleteFunc(list, func(t Trait) bool {
			return t.Room == room && slices.ContainsFunc(answer, func(a Trait) bool { return a.Name == t.Name })
		})
		list = append(list, answer...)
	}
	slices.SortStableFunc(list, func(a, b Trait) int { return cmp.Or(strings.Compare(a.Room, b.Room), strings.Compare(a.Name, b.Name)) })
	return list, nil
}
