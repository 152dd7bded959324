package intake_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/intake"
	"github.com/seed-9cb3708a/clientele/store"
)

// Whatever a base holds otherwise than before, changes have told of: else
// somebody would stay where they do not belong.
func TestTold(t *testing.T) {
	lives, steps := evaltest.Cases(12), 150
	for seed := range uint64(lives) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLife(t, 900+seed)
			k := intake.Keep(l.book, column.New(), store.Cursor{}, nil)
			was := map[crm.CustomerID]*column.Person{}
			for n := range steps {
				for range 1 + l.IntN(3) {
					l.step()
				}
				events := since(t, l.book, k.Cursor())
				told := must(k.Apply(t.Context(), nil, events))(t)
				for _, fault := range untold(l, k.Base(), was, told) {
					t.Errorf("after step %d: %s; events:", n, fault)
					for _, e := range events {
						t.Logf("%s of %s and %s, %s %s %v", e.Kind, e.CustomerID, e.OtherID, e.Name, e.Channel, e.Changes)
					}
				}
				for _, fault := range untold(l, k.Base(), was, must(k.Lapse(t.Context(), nil))(t)) {
					t.Errorf("of what has lapsed, after step %d: %s", n, fault)
				}
				if !same(t, fmt.Sprint("after step ", n), l.book, k.Base()) || t.Failed() {
					return
				}
			}
		})
	}
}

// untold lists what is otherwise than it was and of which changes do not tell,
// and notes how it is.
func untold(l *life, base *column.Base, was map[crm.CustomerID]*column.Person, told *intake.Changes) (faults []string) {
	changes := map[uint32]*intake.Change{}
	for _, ch := range told.Persons {
		changes[ch.Ordinal] = ch
	}
	for _, id := range l.ids {
		like := &column.Person{ID: string(id)}
		for _, name := range []string{"stated.color", "stated.store"} {
			like.Values = append(like.Values, column.Value{Name: name})
		}
		for _, channel := range []string{"email", "sms", "store", "push", "web"} {
			like.Values = append(like.Values, column.Value{Name: "consents." + channel + ".analytics"})
		}
		before, after := was[id], held(base, like)
		was[id] = after
		if before == nil && after == nil {
			continue
		}
		if after == nil {
			if !slices.ContainsFunc(told.Removed, func(r intake.Removal) bool { return r.ID == string(id) }) {
				faults = append(faults, fmt.Sprintf("%s has left", id))
			}
			continue
		}
		base.RLock()
		ordinal, _ := base.Ordinal(string(id))
		base.RUnlock()
		ch := changes[ordinal]
		if ch == nil {
			ch = &intake.Change{}
		}
		if before == nil {
			if ch.What&intake.Everything == 0 {
				faults = append(faults, fmt.Sprintf("%s is new", id))
			}
			continue
		}
		for _, f := range []struct {
			what   intake.Things
			differ bool
			is     string
		}{
			{intake.Orders, !reflect.DeepEqual(before.Orders, after.Orders), "orders"},
			{intake.Refunds, !reflect.DeepEqual(before.Refunds, after.Refunds), "refunds"},
			{intake.Interactions, !reflect.DeepEqual(before.Interactions, after.Interactions), "interactions"},
		} {
			if f.differ && ch.What&(f.what|intake.Everything) == 0 {
				faults = append(faults, fmt.Sprintf("%s has other %s", id, f.is))
			}
		}
		for _, kind := range kinds(before, after) {
			if !reflect.DeepEqual(ofKind(before, kind), ofKind(after, kind)) && ch.What&intake.Everything == 0 && ch.Kinds != nil && !slices.Contains(ch.Kinds, kind) {
				faults = append(faults, fmt.Sprintf("%s has other interactions that are %s", id, kind))
			}
		}
		for _, name := range valueNames(before, after) {
			if !reflect.DeepEqual(named(before, name), named(after, name)) && !ch.Touches(name) {
				faults = append(faults, fmt.Sprintf("%s has another %s: %v, and had %v", id, name, named(after, name), named(before, name)))
			}
		}
	}
	return faults
}

func kinds(people ...*column.Person) (list []string) {
	for _, p := range people {
		for _, i := range p.Interactions {
			if !slices.Contains(list, i.Kind) {
				list = append(list, i.Kind)
			}
		}
	}
	return list
}

func ofKind(p *column.Person, kind string) (list []column.Interaction) {
	for _, i := range p.Interactions {
		if i.Kind == kind {
			list = append(list, i)
		}
	}
	return list
}

func valueNames(people ...*column.Person) (list []string) {
	for _, p := range people {
		for _, v := range p.Values {
			if !slices.Contains(list, v.Name) {
				list = append(list, v.Name)
			}
		}
	}
	return list
}

func named(p *column.Person, name string) (list []column.Value) {
	for _, v := range p.Values {
		if v.Name == name {
			list = append(list, v)
		}
	}
	return list
}
