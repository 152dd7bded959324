package crm

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Traits is the collection of traits of a Book or a Tx: what rooms worked out
// about customers, and what these stated themselves. It is safe for concurrent
// use when it is a Book's.
type Traits struct {
	conn
}

// Set takes what a room worked out about a customer, as of a time, in the place
// of all that the room said before. Values that are none are left out.
//
// Equal content writes nothing, and does not move the time. What is as of an
// earlier time than what is recorded only enters the history. Traits stand
// under the id that they are given, which may be a visitor's; of a person who
// was merged, what a room wrote last counts. A refresh that is recorded emits
// one [TraitsChanged].
//
// Set returns an [*InvalidError] that lists everything that is wrong,
// [ErrNotFound] when there is no such customer, or [ErrErased].
func (c *Traits) Set(ctx context.Context, id CustomerID, room string, at time.Time, values map[string]Value) error {
	return c.update(ctx, "Traits.Set", "customer", string(id), func(tx *Tx) error {
		var f faults
		f.room("room", room)
		if room == Stated {
			f.add("room", room, "a room's own name: what customers state is for Traits.State")
		}
		f.at("at", at)
		f.values("traits", values, maxTraits)
		if err := f.err(); err != nil {
			return err
		}
		return tx.setTraits(&sheet{CustomerID: id, Room: room, At: utc(at), Values: cleanValues(values)})
	})
}

// Clear removes what a room says of a customer from now on, or what the customer
// stated when the room is [Stated]. The history stays. Clear returns nil when
// there is nothing, and the errors of [Traits.Set].
func (c *Traits) Clear(ctx context.Context, id CustomerID, room string) error {
	return c.update(ctx, "Traits.Clear", "customer", string(id), func(tx *Tx) error {
		var f faults
		if f.room("room", room); len(f.list) > 0 {
			return f.err()
		}
		ids, err := tx.cluster(id)
		if err != nil {
			return err
		}
		sheets, err := tx.sheets(ids, room)
		if err != nil {
			return err
		}
		at := tx.now
		for _, s := range sheets {
			switch {
			case s == nil:
			case s.CustomerID == id:
				at = latest(at, s.At)
			default: // it is to be later than what another id says
				at = latest(at, s.At.Add(time.Millisecond))
			}
		}
		if room != Stated {
			return tx.setTraits(&sheet{CustomerID: id, Room: room, At: at})
		}
		back := map[string]Value{}
		for _, t := range statements(sheets) {
			back[t.Name] = Value{}
		}
		return tx.state(id, back, "", at)
	})
}

// Get returns all traits of a person, whichever of the ids is given: what every
// room says, what the customer stated (room [Stated]), and what the sources of
// the book answer; by room, then by name. It returns nil when there are none,
// also for an id of nobody, and else an error of a source.
func (c *Traits) Get(ctx context.Context, id CustomerID) ([]Trait, error) {
	return c.read(ctx, "Traits.Get", id, func(ctx context.Context, tx *Tx) ([]Trait, error) { return tx.traits(ctx, id) })
}

// Recorded returns what Get does, but for what sources answer: what stands in
// the book. It is for sources, which would ask themselves, and for whoever reads
// many persons.
func (c *Traits) Recorded(ctx context.Context, id CustomerID) ([]Trait, error) {
	return c.read(ctx, "Traits.Recorded", id, func(_ context.Context, tx *Tx) ([]Trait, error) {
		_, list, err := tx.written(id)
		return list, err
	})
}

// At returns the traits that a person had at the end of the UTC day of a time,
// as far as they were recorded: not those of sources, which answer for now.
// Whom the id is of is told as of now. The order is that of [Traits.Get].
func (c *Traits) At(ctx context.Context, id CustomerID, day time.Time) ([]Trait, error) {
	return c.read(ctx, "Traits.At", id, func(_ context.Context, tx *Tx) ([]Trait, error) {
		ids, err := tx.cluster(id)
		if err != nil {
			return nil, err
		}
		now, err := tx.allSheets(ids)
		if err != nil {
			return nil, err
		}
		past := map[string][]*sheet{}
		for _, s := range now { // whoever has a past has a sheet
			list, err := tx.past(s.CustomerID, s.Room, time.Time{}, dayOf(day).Add(24*time.Hour), s.Room != Stated)
			if err != nil {
				return nil, err
			}
			past[s.Room] = append(past[s.Room], list...)
		}
		return summed(past), nil
	})
}

// History returns what became of one trait of a person, named by its path such
// as "rfm.group", in a window of time: from or later and before to, zero is
// open. It is a trait for each day of which the value is another than before,
// with no Value where there was none any more; the earliest first. Days of
// several ids of the person stand side by side, told apart by CustomerID.
// History returns [ErrInvalid] for what is no path.
func (c *Traits) History(ctx context.Context, id CustomerID, path string, from, to time.Time) ([]Trait, error) {
	return c.read(ctx, "Traits.History", id, func(_ context.Context, tx *Tx) ([]Trait, error) {
		room, name, _ := strings.Cut(path, ".")
		if !validRoom(room) || !validName(name) {
			return nil, &InvalidError{Fields: []FieldError{{Field: "path", Value: path, Want: `room and name: "rfm.group"`, Personal: true}}}
		}
		ids, err := tx.cluster(id)
		if err != nil {
			return nil, err
		}
		var list []Trait
		for _, id := range ids {
			days, err := tx.past(id, room, from, to, false)
			if err != nil {
				return nil, err
			}
			list = append(list, turns(days, name)...)
		}
		slices.SortStableFunc(list, func(a, b Trait) int { return a.At.Compare(b.At) })
		return list, nil
	})
}

// turns follows one trait through days, from one value to the next.
func turns(days []*sheet, name string) []Trait {
	var list []Trait
	var was Value
	for _, s := range days {
		t := Trait{CustomerID: s.CustomerID, Room: s.Room, Name: name, Value: s.Values[name], At: s.At}
		if s.Room == Stated {
			i := slices.IndexFunc(s.Statements, func(st statement) bool { return st.Name == name })
			if i < 0 {
				continue // said nothing of it
			}
			t = s.trait(s.Statements[i])
		}
		if !t.Value.Equal(was) {
			list, was = append(list, t), t.Value
		}
	}
	return list
}

// read is see with the ctx of the transaction, for sources.
func (c *Traits) read(ctx context.Context, op string, id CustomerID, f func(context.Context, *Tx) ([]Trait, error)) (list []Trait, err error) {
	if c.tx != nil {
		list, err = f(ctx, c.tx)
	} else {
		err = c.book.View(ctx, func(ctx context.Context, tx *Tx) (err error) {
			list, err = f(ctx, tx)
			return err
		})
	}
	return result(list, wrap(op, "customer", string(id), err))
}

// traits is Traits.Get.
func (tx *Tx) traits(ctx context.Context, id CustomerID) ([]Trait, error) {
	ids, list, err := tx.written(id)
	if err != nil {
		return nil, err
	}
	return tx.sourced(ctx, ids, list)
}

// written is Traits.Recorded, with the ids of the person.
func (tx *Tx) written(id CustomerID) ([]CustomerID, []Trait, error) {
	ids, err := tx.cluster(id)
	if err != nil {
		return nil, nil, err
	}
	sheets, err := tx.allSheets(ids)
	if err != nil || len(sheets) == 0 {
		return ids, nil, err
	}
	rooms := map[string][]*sheet{}
	for _, s := range sheets {
		rooms[s.Room] = append(rooms[s.Room], s)
	}
	return ids, summed(rooms), nil
}

// summed returns what the sheets of each room, the survivor's first, say of a
// person.
func summed(rooms map[string][]*sheet) []Trait {
	var list []Trait
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		if room == Stated {
			list = append(list, statements(rooms[room])...)
		} else if s := foremost(rooms[room]); s != nil {
			list = append(list, s.traits()...)
		}
	}
	return list
}

// allSheets returns the sheets of ids.
func (tx *Tx) allSheets(ids []CustomerID) ([]*sheet, error) {
	var list []*sheet
	for _, id := range ids {
		for s, err := range tx.book.traits.Scan(tx.st, store.Prefix(keyOf(tx.book.traits, id))) {
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// sheets returns the sheets of one room for ids, nil for one that has none.
func (tx *Tx) sheets(ids []CustomerID, room string) ([]*sheet, error) {
	t := tx.book.traits
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = sheetKey(t.Key(), id, room)
	}
	return t.GetMany(tx.st, keys)
}

// past returns the sheets of days of one room for an id, of a window of time,
// or only the last one.
func (tx *Tx) past(id CustomerID, room string, from, to time.Time, last bool) ([]*sheet, error) {
	t := tx.book.traitHistory
	first, limit := from, 0
	if !from.IsZero() {
		first = dayOf(from)
	}
	if last {
		limit = 1
	}
	var list []*sheet
	for s, err := range t.Scan(tx.st, window(sheetKey(t.Key(), id, room), first, to, last, limit)) {
		if err != nil {
			return nil, err
		}
		s.Statements = slices.DeleteFunc(s.Statements, func(st statement) bool { return outside(st.At, from, to) })
		if room == Stated && len(s.Statements) > 0 || room != Stated && !outside(s.At, from, to) {
			list = append(list, s)
		}
	}
	return list, nil
}

func outside(at, from, to time.Time) bool { return at.Before(from) || !to.IsZero() && !at.Before(to) }

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// setTraits records what a room worked out.
func (tx *Tx) setTraits(s *sheet) error {
	if err := tx.present(s.CustomerID); err != nil {
		return err
	}
	s.UpdatedAt = tx.now
	t := tx.book.traits
	row, err := found(t.Load(tx.st, sheetKey(t.Key(), s.CustomerID, s.Room)))
	if err != nil {
		return err
	}
	if row != nil && s.At.Before(row.Value.At) {
		return tx.remember(s)
	}
	ids, err := tx.cluster(s.CustomerID)
	if err != nil {
		return err
	}
	sheets, err := tx.sheets(ids, s.Room)
	if err != nil {
		return err
	}
	shown := cmp.Or(foremost(sheets), &sheet{CustomerID: s.CustomerID})
	if shown.CustomerID == s.CustomerID && maps.EqualFunc(s.Values, shown.Values, Value.Equal) {
		return nil // also when there is none to clear
	}
	if _, err := t.Save(tx.st, row, s); err != nil {
		return err
	}
	tx.emit(Event{Kind: TraitsChanged, CustomerID: s.CustomerID, Name: s.Room, OccurredAt: s.At, Changes: differences(shown.Values, s.Values)})
	return tx.remember(s)
}

// remember enters a sheet in the history of its day, unless that has a later.
func (tx *Tx) remember(s *sheet) error {
	t := tx.book.traitHistory
	row, err := found(t.Load(tx.st, sheetKey(t.Key(), s.CustomerID, s.Room).Time(dayOf(s.At))))
	if err != nil {
		return err
	}
	if row != nil && (s.At.Before(row.Value.At) || maps.EqualFunc(s.Values, row.Value.Values, Value.Equal)) {
		return nil
	}
	_, err = t.Save(tx.st, row, s)
	return err
}

// differences names the values in which two maps differ.
func differences(a, b map[string]Value) []Change {
	var list []Change
	for name, v := range a {
		if w, ok := b[name]; !ok || !v.Equal(w) {
			list = append(list, Change{Field: name})
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			list = append(list, Change{Field: name})
		}
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Field, b.Field) })
	return list
}

// present returns an error when an id is neither of a visitor nor of a customer
// who was not erased.
func (tx *Tx) present(id CustomerID) error {
	if isVisitor(id) {
		return nil
	}
	v, err := tx.book.customers.Get(tx.st, keyOf(tx.book.customers, id))
	if err == nil && !v.ErasedAt.IsZero() {
		err = ErrErased
	}
	if err != nil {
		return of("customer", id, err)
	}
	return nil
}

// validRoom reports whether s may name a room that has traits.
func validRoom(s string) bool { return validName(s) && !strings.Contains(s, ".") }

func (f *faults) room(field, s string) {
	if !validRoom(s) {
		f.personal(field, s, "1 to 64 letters and digits of ASCII, or _ - after the first")
	}
}

// at wants a time.
func (f *faults) at(field string, t time.Time) {
	if t.IsZero() {
		f.add(field, "", "the time as of which it holds")
	}
	f.time(field, t)
}
