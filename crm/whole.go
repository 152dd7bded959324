package crm

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// view returns the person whom an id is of: the survivor's record, completed by
// those that were merged into it, in their order.
func (tx *Tx) view(id CustomerID) (*Customer, error) {
	links, err := tx.family(id)
	if err != nil {
		return nil, err
	}
	_, v, err := tx.whole(links)
	return v, err
}

// whole returns the record of a family's survivor, and the view of all. Both
// share nothing that is written to.
func (tx *Tx) whole(links []*link) (*store.Row[Customer], *Customer, error) {
	row, err := tx.book.customers.Load(tx.st, keyOf(tx.book.customers, links[0].ID))
	if err != nil {
		return nil, nil, err
	}
	v := row.Value.copy()
	var ids []CustomerID
	for _, l := range links[1:] {
		ids = append(ids, l.ID)
	}
	members, err := many(tx, tx.book.customers, ids)
	if err != nil {
		return nil, nil, err
	}
	hidden := map[CustomerID][]string{}
	for i, l := range links[1:] {
		// What is hidden of a member is hidden of those within it.
		hidden[l.ID] = slices.Concat(l.Hidden, hidden[l.Into])
		if w := members[i]; w != nil && !isVisitor(l.ID) {
			w.hide(hidden[l.ID])
			v.complete(w)
		}
	}
	return row, v, nil
}

// hide clears what was taken from the whole that v is part of.
func (v *Customer) hide(names []string) {
	if len(names) == 0 {
		return
	}
	fields := reflect.ValueOf(v).Elem()
	for i := range fields.NumField() {
		f := fields.Field(i)
		name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
		if slices.Contains(names, name) {
			f.SetZero()
		}
		switch part := func(element string) bool { return slices.Contains(names, name+":"+element) }; f.Kind() {
		case reflect.Slice:
			if words, ok := f.Interface().([]string); ok {
				f.Set(reflect.ValueOf(slices.DeleteFunc(slices.Clone(words), part)))
			}
		case reflect.Map:
			for _, k := range f.MapKeys() {
				if part(k.String()) {
					f.SetMapIndex(k, reflect.Value{})
				}
			}
		}
	}
}

// edit takes over into own, the survivor's record, what differs between the
// view before and after somebody changed it, and returns what to hide of the
// other members: fields that were cleared, words and attributes that were taken
// away.
func (own *Customer) edit(before, after *Customer) (hide []string, err error) {
	if before.GivenName != after.GivenName || before.FamilyName != after.FamilyName { // which complete takes together
		if own.GivenName, own.FamilyName = after.GivenName, after.FamilyName; after.GivenName+after.FamilyName == "" {
			hide = append(hide, "given_name", "family_name")
		}
	}
	o, b, a := reflect.ValueOf(own).Elem(), reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range o.NumField() {
		name, _, _ := strings.Cut(o.Type().Field(i).Tag.Get("json"), ",")
		if reflect.DeepEqual(b.Field(i).Interface(), a.Field(i).Interface()) || slices.Contains(own.fixed(), name) {
			continue
		}
		switch name {
		case "refs":
			for _, r := range before.Refs {
				if !slices.Contains(after.Refs, r) && !slices.Contains(own.Refs, r) {
					return nil, &InvalidError{Fields: []FieldError{{Field: "refs", Value: r.String(), Want: "to stay: it is of a customer who was merged in"}}}
				}
			}
			own.Refs = slices.DeleteFunc(slices.Clone(own.Refs), func(r Ref) bool { return !slices.Contains(after.Refs, r) })
			for _, r := range after.Refs {
				if !slices.Contains(before.Refs, r) {
					own.Refs = append(own.Refs, r)
				}
			}
			continue
		case "tags":
			for _, t := range before.Tags {
				if !slices.Contains(after.Tags, t) {
					hide = append(hide, "tags:"+t)
				}
			}
			tags := slices.DeleteFunc(slices.Clone(own.Tags), func(t string) bool { return !slices.Contains(after.Tags, t) })
			for _, t := range after.Tags {
				if !slices.Contains(before.Tags, t) {
					tags = append(tags, t)
				}
			}
			own.Tags = sorted(tags)
			continue
		}
		if a.Field(i).Kind() == reflect.Map {
			hide = append(hide, editMap(name, o.Field(i), b.Field(i), a.Field(i))...)
			continue
		}
		if a.Field(i).IsZero() || name == "first_seen_at" { // of which the earliest counts
			hide = append(hide, name)
		}
		o.Field(i).Set(a.Field(i))
	}
	return hide, nil
}

// fixed names the fields that a change of the whole cannot change.
func (*Customer) fixed() []string { return []string{"id", "created_at", "updated_at", "erased_at"} }

func editMap(name string, own, before, after reflect.Value) (hide []string) {
	now := reflect.MakeMap(own.Type())
	for _, k := range own.MapKeys() {
		if after.MapIndex(k).IsValid() {
			now.SetMapIndex(k, own.MapIndex(k))
		}
	}
	for _, k := range after.MapKeys() {
		if was := before.MapIndex(k); !was.IsValid() || !reflect.DeepEqual(was.Interface(), after.MapIndex(k).Interface()) {
			now.SetMapIndex(k, after.MapIndex(k))
		}
	}
	for _, k := range before.MapKeys() {
		if !after.MapIndex(k).IsValid() {
			hide = append(hide, name+":"+k.String())
		}
	}
	if now.Len() == 0 {
		now = reflect.Zero(own.Type())
	}
	own.Set(now)
	return hide
}

// updateCustomer changes the person whom an id is of. What changes stands in the
// survivor's record; what is taken away from another member is hidden as long
// as they are merged.
func (tx *Tx) updateCustomer(id CustomerID, f func(*Customer) error) (*Customer, error) {
	links, err := tx.family(id)
	if err != nil {
		return nil, err
	}
	row, before, err := tx.whole(links)
	if err != nil {
		return nil, err
	}
	if !before.ErasedAt.IsZero() {
		return nil, ErrErased
	}
	after := before.copy()
	if err := f(after); err != nil {
		return nil, err
	}
	if err := tx.cleanCustomer(after); err != nil {
		return nil, err
	}
	if after.ID = links[0].ID; len(links) == 1 {
		stored, _, err := tx.saveCustomer(row, after)
		return stored, err
	}
	own := row.Value.copy()
	hide, err := own.edit(before, after)
	if err != nil {
		return nil, err
	}
	told := changes(row.Value, own)
	if _, _, err := tx.saveCustomer(row, own); err != nil {
		return nil, err
	}
	for _, id := range links[0].Members { // what hides a member hides those within it
		if err := tx.hide(id, hide); err != nil {
			return nil, err
		}
	}
	// What only others had does not show in the survivor's record.
	left := slices.DeleteFunc(changes(before, after), func(c Change) bool { return slices.Contains(told, c) })
	if len(hide) > 0 && len(left) > 0 {
		tx.emit(Event{Kind: CustomerUpdated, CustomerID: links[0].ID, Changes: left})
	}
	return tx.view(id)
}

// hide remembers what was taken from the whole that an id is part of.
func (tx *Tx) hide(id CustomerID, names []string) error {
	if len(names) == 0 || isVisitor(id) {
		return nil
	}
	row, err := tx.linkRow(id)
	if err != nil || row == nil {
		return err
	}
	row.Value.Hidden = sorted(append(row.Value.Hidden, names...))
	return tx.saveLink(row)
}

// bare reports whether the view of an id is its record: it is alone.
func (tx *Tx) bare(id CustomerID) (bool, error) {
	_, err := tx.st.Get(keyOf(tx.book.links, id).End())
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return false, err
}

// seen returns the view of a person whose record was just read or written.
func (tx *Tx) seen(v *Customer, err error) (*Customer, error) {
	if err != nil {
		return nil, err
	}
	if alone, err := tx.bare(v.ID); alone || err != nil {
		return v, err
	}
	return tx.view(v.ID)
}

// persons returns the views of the persons whom ids of a page are of, without
// members that are not survivors and without those who were erased.
func (tx *Tx) persons(records []*Customer) ([]*Customer, error) {
	if len(records) == 0 {
		return nil, nil
	}
	t := tx.book.links
	rg := store.Range{From: keyOf(t, min(records[0].ID, records[len(records)-1].ID)), To: store.After(keyOf(t, max(records[0].ID, records[len(records)-1].ID)))}
	linked := map[CustomerID]*link{}
	for l, err := range t.Scan(tx.st, rg) {
		if err != nil {
			return nil, err
		}
		linked[l.ID] = l
	}
	var list []*Customer
	for _, v := range records {
		switch l := linked[v.ID]; {
		case !v.ErasedAt.IsZero() || l != nil && l.Into != "":
			continue
		case l != nil:
			var err error
			if v, err = tx.view(v.ID); err != nil {
				return nil, err
			}
		}
		list = append(list, v)
	}
	return list, nil
}

// roots returns what each customer's id that was merged into another belongs to
// in the end. It reads all links.
func (tx *Tx) roots() (map[CustomerID]CustomerID, error) {
	into := map[CustomerID]CustomerID{}
	for l, err := range tx.book.links.Scan(tx.st, store.Range{}) {
		if err != nil {
			return nil, err
		}
		if l.Into != "" && !isVisitor(l.ID) {
			into[l.ID] = l.Into
		}
	}
	for id, up := range into {
		for next, ok := into[up]; ok; next, ok = into[up] {
			up = next
		}
		into[id] = up
	}
	return into, nil
}

// merged is what Merge and Unmerge tell of: one event for each side, at a time.
func (tx *Tx) merged(kind EventKind, a, b CustomerID, at time.Time) {
	tx.emit(Event{Kind: kind, CustomerID: a, OtherID: b, OccurredAt: at})
	tx.emit(Event{Kind: kind, CustomerID: b, OtherID: a, OccurredAt: at})
}
