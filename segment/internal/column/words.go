package column

import (
	"slices"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Words are the texts of facts and products, and what is put together of them.
type Words struct {
	Channels, States, Sources, Countries, SKUs, Titles, Kinds, Directions *Dictionary

	Coupons, Tags, Brands, Categories, ProductTags *Dictionary // case tells nothing apart

	Lists    *Sets                     // of coupons, tags, categories, products and SKUs, each of one dictionary
	Orders   *Tuples[OrderWords]       // what orders say beside numbers
	Lines    *Tuples[Line]             // what items are of
	Subjects *Tuples[Subject]          // what interactions are about
	Contacts *Tuples[InteractionWords] // what interactions say of themselves

	names      map[propertyName]uint32
	texts      map[string]*Dictionary // that all properties of a name share
	Properties []*Property            // by number, from 0 on
}

// OrderWords are the codes of an order's texts and lists.
type OrderWords struct{ Channel, State, Source, Country, Coupons, Tags uint32 }

// A Line is the codes of an item's product and SKU, and of its title where it
// names no product.
type Line struct{ Product, SKU, Title uint32 }

// A Subject is the codes of an interaction's lists of products and SKUs.
type Subject struct{ Products, SKUs uint32 }

// InteractionWords are the codes of an interaction's texts, and its rating.
type InteractionWords struct {
	Kind, Channel, Direction, Source uint32
	Rating                           int32
}

type propertyName struct {
	name string
	kind rule.Type
}

// A Property is a name and a type of properties of interactions.
type Property struct {
	Name  string
	Type  rule.Type
	Texts *Dictionary // of IsText and IsList, shared by all properties of the name
	Lists *Sets       // of IsList
}

func newWords() *Words {
	w := &Words{
		Lists: newSets(), Orders: newTuples[OrderWords](), Lines: newTuples[Line](),
		Subjects: newTuples[Subject](), Contacts: newTuples[InteractionWords](),
		names: map[propertyName]uint32{}, texts: map[string]*Dictionary{},
	}
	for i, d := range w.dictionaries() {
		*d = newDictionary(i >= firstFolded)
	}
	return w
}

// firstFolded is the number of the first dictionary in which case tells
// nothing apart.
const firstFolded = 8

// dictionaries returns all dictionaries in the order in which they are encoded.
func (w *Words) dictionaries() []**Dictionary {
	return []**Dictionary{
		&w.Channels, &w.States, &w.Sources, &w.Countries, &w.SKUs, &w.Titles, &w.Kinds, &w.Directions,
		&w.Coupons, &w.Tags, &w.Brands, &w.Categories, &w.ProductTags,
	}
}

// list returns the code of a list of texts, of which the empty ones are left
// out.
func (w *Words) list(d *Dictionary, texts []string) uint32 {
	if len(texts) == 0 {
		return 0
	}
	return listOf(w.Lists, d, texts)
}

func listOf(s *Sets, d *Dictionary, texts []string) uint32 {
	var few [8]uint32
	codes := few[:0]
	for _, t := range texts {
		if c := d.Code(t); c != 0 {
			codes = append(codes, c)
		}
	}
	return s.code(codes)
}

// property returns the number of a name and a type of properties.
func (w *Words) property(name string, kind rule.Type) uint32 {
	n, ok := w.names[propertyName{name, kind}]
	if !ok {
		n = uint32(len(w.Properties))
		w.names[propertyName{name, kind}] = n
		p := &Property{Name: name, Type: kind, Texts: w.texts[name], Lists: newSets()}
		if p.Texts == nil {
			p.Texts = newDictionary(false)
			w.texts[name] = p.Texts
		}
		w.Properties = append(w.Properties, p)
	}
	return n
}

// Named returns the numbers of the properties of a name, one a type.
func (w *Words) Named(name string) []uint32 {
	var numbers []uint32
	for kind := rule.IsBool; kind < rule.IsAny; kind++ {
		if n, ok := w.names[propertyName{name, kind}]; ok {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func (w *Words) order(o *Order) uint32 {
	return w.Orders.code(OrderWords{
		w.Channels.Code(o.Channel), w.States.Code(o.State), w.Sources.Code(o.Source), w.Countries.Code(o.Country),
		w.list(w.Coupons, o.Coupons), w.list(w.Tags, o.Tags),
	})
}

func (w *Words) contact(i *Interaction) uint32 {
	return w.Contacts.code(InteractionWords{
		w.Kinds.Code(i.Kind), w.Channels.Code(i.Channel), w.Directions.Code(i.Direction), w.Sources.Code(i.Source),
		int32(max(0, min(i.Rating, 1<<30))),
	})
}

func (w *Words) subject(i *Interaction, p *Products) uint32 {
	return w.Subjects.code(Subject{w.list(p.IDs, i.Products), w.list(w.SKUs, i.SKUs)})
}

func (w *Words) line(i *Item, p *Products) uint32 {
	l := Line{Product: p.IDs.Code(i.Product), SKU: w.SKUs.Code(i.SKU)}
	if l.Product == 0 {
		l.Title = w.Titles.Code(i.Title)
	}
	return w.Lines.code(l)
}

// Products are what facts are about, by the codes of their ids.
type Products struct {
	IDs     *Dictionary
	rows    []ProductWords
	changed []uint64 // the version in which each changed
	version uint64
	keys    map[string][]uint32
	keysOf  map[uint32][]string
}

// ProductWords are the codes of a product's texts and lists.
type ProductWords struct{ Title, Brand, Categories, Tags uint32 }

func newProducts() *Products {
	return &Products{IDs: newDictionary(false), keys: map[string][]uint32{}, keysOf: map[uint32][]string{}}
}

// Of returns what is known of a product: of one that was only named by a fact,
// nothing.
func (p *Products) Of(code uint32) ProductWords {
	if code < uint32(len(p.rows)) {
		return p.rows[code]
	}
	return ProductWords{}
}

// Version tells one state of what is known of products from others. It grows.
func (p *Products) Version() uint64 { return p.version }

// Changed returns the version in which a product changed last, 0 for never.
func (p *Products) Changed(code uint32) uint64 {
	if code < uint32(len(p.changed)) {
		return p.changed[code]
	}
	return 0
}

// Keys returns by what else a product is named.
func (p *Products) Keys(code uint32) []string { return p.keysOf[code] }

// Path returns a category with one blank on each side of every >, and none at
// its ends: those of one Path are one.
func Path(s string) string {
	parts := strings.Split(s, ">")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, " > ")
}

// set stores what is known of a product.
func (p *Products) set(w *Words, in *Product) {
	code := p.IDs.Code(in.ID)
	if code == 0 {
		return
	}
	for uint32(len(p.rows)) <= code {
		p.rows, p.changed = append(p.rows, ProductWords{}), append(p.changed, 0)
	}
	var paths []string
	for _, c := range in.Categories {
		paths = append(paths, Path(c))
	}
	row := ProductWords{w.Titles.Code(in.Title), w.Brands.Code(in.Brand), w.list(w.Categories, paths), w.list(w.ProductTags, in.Tags)}
	if p.changed[code] != 0 && p.rows[code] == row && slices.Equal(p.keysOf[code], in.Keys) {
		return
	}
	for _, key := range p.keysOf[code] {
		p.keys[key] = slices.DeleteFunc(p.keys[key], func(c uint32) bool { return c == code })
	}
	p.keysOf[code] = slices.Clone(in.Keys)
	for _, key := range in.Keys {
		p.keys[key] = append(p.keys[key], code)
	}
	p.rows[code] = row
	p.version++
	p.changed[code] = p.version
}
