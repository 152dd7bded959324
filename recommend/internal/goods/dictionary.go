package goods

import (
	"slices"
	"strings"
	"unicode"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A dictionary numbers names in the order in which they come. Names that differ
// in case alone are one.
type dictionary struct {
	names   []string
	numbers map[string]int32
}

func (d *dictionary) number(name string) int32 {
	n, ok := d.find(name)
	if !ok {
		if d.numbers == nil {
			d.numbers = map[string]int32{}
		}
		n = int32(len(d.names))
		d.numbers[strings.ToLower(strings.TrimSpace(name))] = n
		d.names = append(d.names, strings.TrimSpace(name))
	}
	return n
}

func (d *dictionary) find(name string) (int32, bool) {
	n, ok := d.numbers[strings.ToLower(strings.TrimSpace(name))]
	return n, ok
}

// category returns the number of a category, and gives one to each above it;
// None for no name.
func (g *Goods) category(path string) int32 {
	up := None
	parts := split(path)
	for i := range parts {
		name := strings.Join(parts[:i+1], " > ")
		n, ok := g.paths.find(name)
		if !ok {
			n = g.paths.number(name)
			g.parents = append(g.parents, up)
		}
		up = n
	}
	return up
}

// split returns the parts of a path, such as "Home > Kitchen".
func split(path string) []string {
	var parts []string
	for part := range strings.SplitSeq(path, ">") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// FindBrand returns the number of a brand, whatever the case; false when no
// product ever had it.
func (g *Goods) FindBrand(name string) (int32, bool) { return g.brands.find(name) }

// FindCategory returns the number of a category by its path, whatever the case
// and the spaces around its parts.
func (g *Goods) FindCategory(path string) (int32, bool) {
	return g.paths.find(strings.Join(split(path), " > "))
}

// FindTag returns the number of a tag, whatever the case.
func (g *Goods) FindTag(name string) (int32, bool) { return g.tags.find(name) }

// BrandName returns what a brand is called, "" for None.
func (g *Goods) BrandName(brand int32) string { return name(&g.brands, brand) }

// CategoryName returns the path of a category, "" for None.
func (g *Goods) CategoryName(category int32) string { return name(&g.paths, category) }

// TagName returns what a tag is called.
func (g *Goods) TagName(tag int32) string { return name(&g.tags, tag) }

func name(d *dictionary, n int32) string {
	if n < 0 || int(n) >= len(d.names) {
		return ""
	}
	return d.names[n]
}

// Parent returns the category above one, or [None].
func (g *Goods) Parent(category int32) int32 { return g.parents[category] }

// BrandCount returns how many brands have a number.
func (g *Goods) BrandCount() int { return len(g.brands.names) }

// CategoryCount returns how many categories have a number.
func (g *Goods) CategoryCount() int { return len(g.paths.names) }

// TagCount returns how many tags have a number.
func (g *Goods) TagCount() int { return len(g.tags.names) }

func ascending(list []int32) []int32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// words returns what a product is described in: the words of its title, and as
// one word each its brand, categories with those above them, tags and options,
// such as "color:dark_red".
func words(p *crm.Product) string {
	var s strings.Builder
	s.WriteString(p.Title)
	seen := map[string]bool{}
	add := func(kind, value string) {
		if w := kind + ":" + joined(value); joined(value) != "" && !seen[w] {
			seen[w] = true
			s.WriteByte(' ')
			s.WriteString(w)
		}
	}
	add("brand", p.Brand)
	for _, path := range p.Categories {
		parts := split(path)
		for i := range parts {
			add("category", strings.Join(parts[:i+1], "_"))
		}
	}
	for _, tag := range p.Tags {
		add("tag", tag)
	}
	for i := range p.Variants {
		for _, o := range p.Variants[i].Options {
			if name := joined(o.Name); name != "" {
				add(name, o.Value)
			}
		}
	}
	return s.String()
}

// joined returns a text as one word.
func joined(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "_")
}
