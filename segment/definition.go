package segment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/store"
)

// A definition is what is kept of a Segment.
type definition struct {
	Segment
	Text string `json:"rule,omitzero"` // of the rule
	Uses []ID   `json:"uses,omitzero"` // the segments that the rule names, sorted
}

var definitionTable = store.MustTable(store.Schema[definition]{
	Number: tableSegments, Name: "segment.segments",
	Fields: definitionFields,
	Key:    func(k store.Key, d *definition) store.Key { return k.String(string(d.ID)) },
	Indexes: []store.Index[definition]{
		{Number: 1, Name: "name", Unique: true, Keys: func(k store.Key, d *definition, add func(store.Key)) {
			add(k.String(fold(d.Name)))
		}},
		{Number: 2, Name: "uses", Keys: func(k store.Key, d *definition, add func(store.Key)) {
			for _, id := range d.Uses {
				add(k.String(string(id)))
			}
		}},
	},
})

func definitionFields(c *store.Coder, d *definition) {
	store.String(c, 1, &d.ID)
	store.String(c, 2, &d.Name)
	store.String(c, 3, &d.Description)
	store.String(c, 4, &d.Text)
	store.Strings(c, 5, &d.Uses)
	store.Int(c, 6, &d.Version)
	store.Time(c, 7, &d.RuledAt)
	store.Time(c, 8, &d.CreatedAt)
	store.Time(c, 9, &d.UpdatedAt)
}

// fold makes names the same that differ in the case of their letters.
func fold(name string) string { return rule.Fold(name) }

func (c *Catalog) key(id ID) store.Key { return c.segments.Key().String(string(id)) }

// load returns the row of a segment, nil when there is none.
func (c *Catalog) load(tx *crm.Tx, id ID) (*store.Row[definition], error) {
	row, err := c.segments.Load(tx.Store(), c.key(id))
	if errors.Is(err, crm.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row, row.Value.parse()
}

// parse reads the rule of a definition that was kept.
func (d *definition) parse() (err error) {
	if d.Text != "" {
		d.Rule, err = Parse(d.Text)
	}
	return err
}

func (c *Catalog) named(tx *crm.Tx, name string) (*definition, error) {
	key := c.segments.Index("name").Key().String(fold(name))
	d, err := c.segments.Index("name").Get(tx.Store(), key)
	if err != nil {
		return nil, err
	}
	return d, d.parse()
}

// all returns all definitions, in the order of their ids.
func (c *Catalog) all(tx *crm.Tx) ([]*definition, error) {
	var list []*definition
	for d, err := range c.segments.Scan(tx.Store(), store.Range{}) {
		if err == nil {
			err = d.parse()
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// users returns the definitions whose rules name a segment.
func (c *Catalog) users(tx *crm.Tx, id ID) ([]*definition, error) {
	x := c.segments.Index("uses")
	var list []*definition
	for d, err := range x.Scan(tx.Store(), store.Prefix(x.Key().String(string(id)))) {
		if err == nil {
			err = d.parse()
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// changes names what is another than it was.
func (d *definition) changes(old *definition) []crm.Change {
	var list []crm.Change
	for _, f := range []struct{ name, is, was string }{
		{"name", d.Name, old.Name}, {"description", d.Description, old.Description}, {"rule", d.Text, old.Text},
	} {
		if f.is != f.was {
			list = append(list, crm.Change{Field: f.name})
		}
	}
	return list
}

// complete checks a definition and works out what follows from its rule.
func (c *Catalog) complete(ctx context.Context, tx *crm.Tx, d *definition) error {
	var f faults
	d.Name = strings.TrimSpace(d.Name)
	if !crm.ValidID(string(d.ID)) {
		f.add("id", string(d.ID), "1 to 120 printable bytes without spaces and @")
	}
	if d.Name == "" || len(d.Name) > 120 || !utf8.ValidString(d.Name) || strings.ContainsFunc(d.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		f.add("name", d.Name, "1 to 120 bytes of UTF-8 on one line, without characters that do not show")
	}
	if len(d.Description) > 4096 || !utf8.ValidString(d.Description) {
		f.add("description", fmt.Sprintf("%d bytes", len(d.Description)), "at most 4096 bytes of UTF-8")
	}
	all, err := c.all(tx)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID != d.ID && fold(o.Name) == fold(d.Name) {
			err = crm.ErrExists
		}
		// What stands in a rule is to mean one segment.
		if o.ID != d.ID && (fold(string(o.ID)) == fold(d.Name) || fold(o.Name) == fold(string(d.ID))) {
			f.add("name", d.Name, fmt.Sprintf("a name that is not the id of another, and an id that is not the name of another, in letters of either case: %s is", o.ID))
		}
	}
	if faults := f.err(); faults != nil || err != nil {
		return cmp.Or(faults, err)
	}
	if d.Rule.IsZero() {
		d.Text, d.Uses = "", nil
		return nil
	}
	if d.Rule.String() == d.Text { // which stays, though an attribute may be something else by now
		return nil
	}
	known := append(slices.DeleteFunc(all, func(o *definition) bool { return o.ID == d.ID }), d)
	if d.Rule, err = c.checked(ctx, tx, d.Rule, known); err != nil {
		return err
	}
	d.Text, d.Uses = d.Rule.String(), uses(d.Rule, known)
	if path := cycle(d, known); path != nil {
		f.add("rule", d.Text, "a rule that does not ask for itself: "+strings.Join(path, " → "))
	}
	return f.err()
}

// checked returns a rule with everything in it that the book knows, or a
// [*RuleError].
func (c *Catalog) checked(ctx context.Context, tx *crm.Tx, r Rule, known []*definition) (Rule, error) {
	v, err := c.vocabulary(ctx, tx, known)
	if err != nil {
		return Rule{}, err
	}
	return r.in(v)
}

// vocabulary is what rules of this book may name.
func (c *Catalog) vocabulary(ctx context.Context, tx *crm.Tx, known []*definition) (*rule.Vocabulary, error) {
	attributes, err := tx.Customers.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	v := &rule.Vocabulary{Currency: string(c.book.Currency()), Attributes: []rule.Word{}, Segments: []string{}, Groups: c.opts.Groups.Names()}
	for _, a := range attributes {
		v.Attributes = append(v.Attributes, rule.Word{Name: a.Name, Type: types[a.Type], Meaning: cmp.Or(a.Title, a.Description)})
	}
	for _, d := range known {
		v.Segments, v.IDs = append(v.Segments, d.Name), append(v.IDs, string(d.ID))
	}
	return v, nil
}

// types are those of rules for those of the book.
var types = map[crm.ValueType]rule.Type{
	crm.TypeText: rule.IsText, crm.TypeNumber: rule.IsNumber, crm.TypeBool: rule.IsBool,
	crm.TypeTime: rule.IsDate, crm.TypeMoney: rule.IsMoney, crm.TypeWords: rule.IsList,
}

// uses returns the ids of the segments that a rule names, sorted.
func uses(r Rule, known []*definition) []ID {
	var ids []ID
	for _, name := range rule.Segments(r.node) {
		if d := find(known, name); d != nil {
			ids = append(ids, d.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// find returns the definition of an id or a name, nil when there is none.
func find(known []*definition, name string) *definition {
	i := slices.IndexFunc(known, func(d *definition) bool { return string(d.ID) == name })
	if i < 0 {
		i = slices.IndexFunc(known, func(d *definition) bool { return fold(d.Name) == fold(name) })
	}
	if i < 0 {
		return nil
	}
	return known[i]
}

// cycle returns the names of the segments by which one asks for itself, itself
// first and last and on the shortest way, nil when it does not.
func cycle(d *definition, known []*definition) []string {
	ways := [][]*definition{{d}}
	for seen := map[ID]bool{}; len(ways) > 0; ways = ways[1:] {
		way := ways[0]
		for _, id := range way[len(way)-1].Uses {
			next := find(known, string(id))
			if next == nil || seen[id] {
				continue
			}
			seen[id] = true
			longer := append(slices.Clip(way), next)
			if next == d {
				var path []string
				for _, d := range longer {
					path = append(path, d.Name)
				}
				return path
			}
			ways = append(ways, longer)
		}
	}
	return nil
}

// rename gives a segment its new name in the rules that name it.
func (c *Catalog) rename(tx *crm.Tx, old *definition, name string) error {
	users, err := c.users(tx, old.ID)
	if err != nil {
		return err
	}
	for _, d := range users {
		rule.Walk(d.Rule.node, func(x any) { // which was parsed for this, and is nobody else's
			if n, ok := x.(*rule.Compare); ok && isSegments(n.X) {
				for i := range n.Y {
					if fold(n.Y[i].Text) == fold(old.Name) && n.Y[i].Text != string(old.ID) {
						n.Y[i].Text = name
					}
				}
			}
		})
		if d.Rule, err = (Rule{node: d.Rule.node}).in(nil); err != nil { // it may have become too long
			return fmt.Errorf("the rule of %q: %w", d.Name, err)
		}
		row, err := c.load(tx, d.ID)
		if err != nil {
			return err
		}
		d.Text, d.UpdatedAt = d.Rule.String(), tx.Now()
		if _, err := c.segments.Save(tx.Store(), row, d); err != nil {
			return err
		}
		if err := tx.Emit(crm.Event{Kind: Updated, Name: string(d.ID), Changes: []crm.Change{{Field: "rule"}}}); err != nil {
			return err
		}
	}
	return nil
}

func isSegments(x rule.Expr) bool {
	f, ok := x.(*rule.Field)
	return ok && f.Name == "segments"
}
