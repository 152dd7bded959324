package crm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/store"
)

// An Attribute declares something that a shop keeps of its customers beside
// what every [Customer] has, such as a shoe size. Only what is declared may
// stand in a customer's Attributes, and only with a value of this type.
type Attribute struct {
	Name        string    `json:"name"` // 1 to 64 letters and digits of ASCII, or _ - . after the first
	Type        ValueType `json:"type"`
	Title       string    `json:"title,omitzero"` // as people read it
	Description string    `json:"description,omitzero"`
}

const (
	tableAttributes = 15
	maxAttributes   = 500
)

// declarations are the attributes of a book, sorted by name: one record.
type declarations struct {
	Attributes []Attribute `json:"attributes,omitzero"`
}

var attributeTable = store.MustTable(store.Schema[declarations]{
	Number: tableAttributes, Name: "crm.attributes",
	Fields: declarationFields,
	Key:    func(k store.Key, _ *declarations) store.Key { return k },
})

func declarationFields(c *store.Coder, d *declarations) {
	store.List(c, 1, &d.Attributes, attributeFields)
}

func attributeFields(c *store.Coder, a *Attribute) {
	store.String(c, 1, &a.Name)
	store.String(c, 2, &a.Type)
	store.String(c, 3, &a.Title)
	store.String(c, 4, &a.Description)
}

// find returns the declaration of a name, nil when there is none.
func (d *declarations) find(name string) *Attribute {
	i, ok := d.search(name)
	if !ok {
		return nil
	}
	return &d.Attributes[i]
}

func (d *declarations) search(name string) (int, bool) {
	return slices.BinarySearchFunc(d.Attributes, name, func(a Attribute, name string) int { return strings.Compare(a.Name, name) })
}

// put adds a declaration or replaces the one of its name, and reports whether
// anything changed.
func (d *declarations) put(a Attribute) bool {
	i, ok := d.search(a.Name)
	switch {
	case !ok:
		d.Attributes = slices.Insert(d.Attributes, i, a)
	case d.Attributes[i] == a:
		return false
	}
	d.Attributes[i] = a
	return true
}

// check lists what is wrong with the attributes of a customer.
func (d *declarations) check(f *faults, values map[string]Value) {
	f.values("attributes", values, maxAttributes)
	for _, name := range names(values) {
		v := values[name]
		if !validName(name) {
			continue // it was told
		}
		switch a := d.find(name); {
		case a == nil:
			f.personal(named("attributes", name), v.String(), "a declared attribute"+d.hint(name))
		case v.Type() != a.Type && !v.IsZero():
			f.personal(named("attributes", name), v.String(), fmt.Sprintf("%s, as it is declared, not %s", a.Type, v.Type()))
		}
	}
}

// hint tells the declared name that is most like one that is not.
func (d *declarations) hint(name string) string {
	if len(d.Attributes) == 0 {
		return ": there is none yet, see Customers.Declare"
	}
	best, least := "", 2+len(name)/3
	for _, a := range d.Attributes {
		if n := distance(strings.ToLower(name), strings.ToLower(a.Name)); n < least {
			best, least = a.Name, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": perhaps %q", best)
}

// distance is how many bytes have to be put in, left out or replaced to make b
// of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
