package crm

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Stated is the room of what customers stated themselves: see [Traits.State].
const Stated = "stated"

// inferred is what the names of traits begin with that are preferences.
const inferred = "preference."

// A Preference is what a customer likes: a size, brands, a channel, how often to
// be written to. What the customer stated wins over what rooms inferred, which
// is kept beside it.
type Preference struct {
	Name     string    `json:"name"`
	Value    Value     `json:"value"`
	Stated   bool      `json:"stated,omitzero"`
	Room     string    `json:"room"`              // who says so; [Stated] is the customer
	Source   string    `json:"source,omitzero"`   // where it was stated
	At       time.Time `json:"at"`                // as of when
	Inferred []Trait   `json:"inferred,omitzero"` // what rooms say, the latest first
}

// State takes what a customer stated at a time, and where, such as
// "preference_center". A later statement replaces those it names, a Value that
// is none takes one back, and the others stay. An earlier statement than what
// is recorded of a name only enters the history, so statements may come in any
// order. The same once more writes nothing; what is only confirmed emits no
// event.
//
// Statements stand under the id that they are given; of a person who was merged
// the latest of each name counts. They are traits of the room [Stated] too.
//
// State returns an [*InvalidError] that lists everything that is wrong,
// [ErrNotFound] when there is no such customer, or [ErrErased].
func (c *Traits) State(ctx context.Context, id CustomerID, values map[string]Value, source string, at time.Time) error {
	return c.update(ctx, "Traits.State", "customer", string(id), func(tx *Tx) error {
		var f faults
		f.values("traits", values, maxTraits)
		f.text("source", source, 120)
		f.at("at", at)
		if err := f.err(); err != nil {
			return err
		}
		return tx.state(id, values, source, utc(at))
	})
}

// Preferences returns what a person prefers, by name: what they stated, and what
// rooms inferred, which is every trait named "preference." and the name of the
// preference. Of what several rooms infer the latest counts, of one time the
// room that is first by name. It returns nil when there is nothing, also for an
// id of nobody, and else an error of a source.
func (c *Traits) Preferences(ctx context.Context, id CustomerID) (list []Preference, err error) {
	_, err = c.read(ctx, "Traits.Preferences", id, func(ctx context.Context, tx *Tx) ([]Trait, error) {
		traits, err := tx.traits(ctx, id)
		list = preferences(traits)
		return traits, err
	})
	return result(list, err)
}

func preferences(traits []Trait) []Preference {
	byName := map[string]*Preference{}
	of := func(name string) *Preference {
		p := byName[name]
		if p == nil {
			p = &Preference{Name: name}
			byName[name] = p
		}
		return p
	}
	for _, t := range traits {
		if t.Room == Stated {
			p := of(t.Name)
			p.Value, p.Stated, p.Room, p.Source, p.At = t.Value, true, t.Room, t.Source, t.At
		} else if name, ok := strings.CutPrefix(t.Name, inferred); ok && name != "" {
			p := of(name)
			p.Inferred = append(p.Inferred, t)
		}
	}
	var list []Preference
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		p := byName[name]
		slices.SortStableFunc(p.Inferred, func(a, b Trait) int { return b.At.Compare(a.At) })
		if !p.Stated {
			t := p.Inferred[0]
			p.Value, p.Room, p.At = t.Value, t.Room, t.At
		}
		list = append(list, *p)
	}
	return list
}

// state is Traits.State.
func (tx *Tx) state(id CustomerID, values map[string]Value, source string, at time.Time) error {
	if err := tx.present(id); err != nil || len(values) == 0 {
		return err
	}
	t, history := tx.book.traits, tx.book.traitHistory
	row, err := found(t.Load(tx.st, sheetKey(t.Key(), id, Stated)))
	if err != nil {
		return err
	}
	past, err := found(history.Load(tx.st, sheetKey(history.Key(), id, Stated).Time(dayOf(at))))
	if err != nil {
		return err
	}
	now, day := &sheet{CustomerID: id, Room: Stated, At: at}, &sheet{CustomerID: id, Room: Stated, At: at}
	if row != nil {
		now = row.Value
	}
	if past != nil {
		day = past.Value
	}
	ids, err := tx.cluster(id)
	if err != nil {
		return err
	}
	of, err := tx.sheets(ids, Stated)
	if err != nil {
		return err
	}
	was := statements(of) // by everybody who was merged
	written, dated := false, false
	for _, name := range names(values) {
		st := statement{name, values[name], at, source}
		told, late := now.tell(st), day.tell(st)
		written, dated = written || told, dated || late
	}
	if len(now.Statements) > maxTraits {
		return &InvalidError{Fields: []FieldError{{Field: "traits", Value: strconv.Itoa(len(now.Statements)), Want: "at most " + strconv.Itoa(maxTraits)}}}
	}
	if written {
		now.UpdatedAt = tx.now
		if _, err := t.Save(tx.st, row, now); err != nil {
			return err
		}
	}
	if dated {
		day.UpdatedAt = tx.now
		if _, err := history.Save(tx.st, past, day); err != nil {
			return err
		}
	}
	of[slices.Index(ids, id)] = now
	if changed := differences(valuesOf(was), valuesOf(statements(of))); len(changed) > 0 {
		tx.emit(Event{Kind: TraitsChanged, CustomerID: id, Name: Stated, OccurredAt: at, Changes: changed})
	}
	return nil
}
