package crm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/seed-9cb3708a/clientele/store"
)

// Declare adds attributes that customers may have, and changes the title and
// description of those that are declared. An attribute gets another type only
// while no customer has it, to know which Declare then reads all of them. What
// is declared already writes nothing. Declare returns an [*InvalidError] that
// lists everything that is wrong.
func (c *Customers) Declare(ctx context.Context, list ...Attribute) error {
	return c.update(ctx, "Customers.Declare", "attribute", "", func(tx *Tx) error { return tx.declare(list) })
}

// Attributes returns what is declared, in the order of the names; nil when
// nothing is.
func (c *Customers) Attributes(ctx context.Context) ([]Attribute, error) {
	return see(ctx, c.conn, "Customers.Attributes", "attribute", "", func(tx *Tx) ([]Attribute, error) {
		d, err := tx.declarations()
		if err != nil {
			return nil, err
		}
		return slices.Clone(d.Attributes), nil
	})
}

func (tx *Tx) declare(list []Attribute) error {
	var f faults
	t := tx.book.attributes
	row, err := found(t.Load(tx.st, t.Key()))
	if err != nil {
		return err
	}
	d := &declarations{}
	if row != nil {
		d = row.Value
	}
	var changed []Change
	retyped := map[string]bool{}
	for i, a := range list {
		f.in("attributes", i)
		if !validName(a.Name) {
			f.personal("name", a.Name, wantName)
		}
		oneOf(&f, "type", a.Type, valueTypes[1:]...)
		f.text("title", a.Title, 200)
		f.text("description", a.Description, 1000)
		if slices.ContainsFunc(list[:i], func(b Attribute) bool { return b.Name == a.Name }) {
			f.add("name", a.Name, "each name once")
		}
		if was := d.find(a.Name); was != nil && was.Type != a.Type {
			retyped[a.Name] = true
		}
	}
	f.in("", 0)
	if len(f.list) == 0 {
		if err := tx.unused(retyped); err != nil {
			return err
		}
		for _, a := range list {
			if d.put(a) {
				changed = append(changed, Change{Field: a.Name})
			}
		}
		if len(d.Attributes) > maxAttributes {
			f.add("attributes", strconv.Itoa(len(d.Attributes)), fmt.Sprintf("at most %d", maxAttributes))
		}
	}
	if err := f.err(); err != nil || len(changed) == 0 {
		return err
	}
	if _, err := t.Save(tx.st, row, d); err != nil {
		return err
	}
	tx.declared = nil
	tx.emit(Event{Kind: AttributesDeclared, Changes: changed})
	return nil
}

// unused returns an error that lists the names that customers have values of.
func (tx *Tx) unused(retyped map[string]bool) error {
	if len(retyped) == 0 {
		return nil
	}
	used := map[string]ValueType{}
	for v, err := range tx.book.customers.Scan(tx.st, store.Range{}) {
		if err != nil {
			return err
		}
		for name, value := range v.Attributes {
			if retyped[name] {
				used[name] = value.Type()
			}
		}
		if len(used) == len(retyped) {
			break
		}
	}
	var f faults
	for _, name := range slices.Sorted(maps.Keys(used)) {
		f.add(named("attributes", name), "another type", fmt.Sprintf("%s, as customers have it", used[name]))
	}
	return f.err()
}

// declarations returns what is declared, which it reads once a transaction.
func (tx *Tx) declarations() (*declarations, error) {
	if tx.declared == nil {
		t := tx.book.attributes
		d, err := t.Get(tx.st, t.Key())
		if errors.Is(err, ErrNotFound) {
			d, err = &declarations{}, nil
		}
		if err != nil {
			return nil, err
		}
		tx.declared = d
	}
	return tx.declared, nil
}

// checkAttributes lists what is wrong with the attributes of a customer.
func (tx *Tx) checkAttributes(f *faults, values map[string]Value) error {
	if len(values) == 0 {
		return nil
	}
	d, err := tx.declarations()
	if err != nil {
		return err
	}
	d.check(f, values)
	return nil
}

// completeValues returns values with what they lack and more has, and whether
// they lacked any. It leaves both maps as they are.
func completeValues(values, more map[string]Value) (map[string]Value, bool) {
	changed := false
	for name, v := range more {
		if _, ok := values[name]; ok {
			continue
		}
		if !changed {
			values, changed = maps.Clone(values), true
			if values == nil {
				values = make(map[string]Value, len(more))
			}
		}
		values[name] = v
	}
	return values, changed
}
