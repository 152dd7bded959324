package segment_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/store"
)

// products are rules that what is known of products changes, and attributes.
var products = []string{
	"items MATCHES (categories CONTAINS 'Shoes')", "count(items MATCHES (brand = 'Acme', date >= -6d)) >= 1",
	"interactions MATCHES (categories CONTAINS 'Hats', date >= -3d)", "distinct(items.brand) >= 2",
	"items MATCHES (title = 'Product 1') AND orders MATCHES (date >= -4d)", "amount_spent IN TOP 20%",
	"number_of_orders IN BOTTOM 10 AND last_seen_date >= -5d", "attributes.size > 40", "number_of_orders = 0",
}

// For thirty days, while facts come, the shop makes segments, gives them other
// rules and names, picks customers by hand, deletes segments, and files products
// elsewhere; an hour at a time what was told is who is in. The processes take
// turns.
func TestMonthOfEdits(t *testing.T) {
	for seed := range evaltest.Cases(uint64(3)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { monthOfEdits(t, seed) })
	}
}

func monthOfEdits(t *testing.T, seed uint64) {
	loc := zone(t, "America/New_York")
	clk, book, live := timed(t, &segment.Options{Location: loc})
	clk.set(time.Date(2025, 10, 20, 4, 0, 0, 0, time.UTC)) // clocks go back on 2 November
	ctx := t.Context()
	rng := rand.New(rand.NewPCG(9, seed))
	b := &bustle{clk: clk, book: book, rng: rng, merged: map[crm.CustomerID]bool{}}
	for i := range 30 {
		b.ids = append(b.ids, crm.CustomerID(fmt.Sprintf("c%02d", i)))
	}
	customers(t, book, b.ids...)
	for i := range 6 {
		id := crm.ProductID(fmt.Sprintf("p%d", i))
		if _, err := book.Products.Create(ctx, crm.Product{ID: id, Title: fmt.Sprintf("Product %d", i)}); err != nil {
			t.Fatal(err)
		}
		b.products = append(b.products, id)
	}
	rules := append(slices.Clone(windows[:len(windows)-1]), products...)
	e := &editor{bustle: b, catalog: live, rules: rules, segments: map[segment.ID]*segment.Segment{}, births: map[segment.ID]int{}}
	for range 6 {
		e.create(t)
	}
	in := map[segment.ID]map[crm.CustomerID]bool{}
	told := map[segment.ID]string{} // which rule it is of whose members in is
	var at store.Cursor
	checked, passed := 0, 0
	for hour := range 30 * 24 {
		clk.set(clk.now().Add(time.Hour))
		b.hour(t, hour)
		for range rng.IntN(3) {
			e.edit(t)
		}
		switch rng.IntN(30) {
		case 0, 1, 2, 3, 4, 5, 6, 7:
			continue // nobody looks
		case 8: // another process does from now on
			var err error
			if live, err = segment.New(book, &segment.Options{Location: loc}); err != nil {
				t.Fatal(err)
			}
			e.catalog = live
		}
		if _, err := live.Tick(ctx, clk.now()); err != nil {
			t.Fatal(err)
		}
		for v, err := range book.Events.List(ctx, at) {
			if err != nil {
				t.Fatal(err)
			}
			at = v.Cursor
			id := segment.ID(v.Name)
			if _, ok := e.segments[id]; !ok || (v.Kind != segment.Entered && v.Kind != segment.Left) {
				continue
			}
			if told[id] == e.which(id) && in[id][v.CustomerID] == (v.Kind == segment.Entered) {
				t.Errorf("hour %d: %s of %s and %s is told twice", hour, v.Kind, id, v.CustomerID)
			}
			passed++
			if v.Kind == segment.Left {
				delete(in[id], v.CustomerID)
			} else if in[id] != nil {
				in[id][v.CustomerID] = true
			}
		}
		for id, s := range e.segments {
			written := was(t, live, id, clk.now())
			if told[id] != e.which(id) { // who was in at the beginning is not told
				told[id], in[id] = e.which(id), map[crm.CustomerID]bool{}
				for _, customer := range written {
					in[id][customer] = true
				}
			}
			if hour%3 > 0 {
				continue
			}
			want := all(t, live.Members(ctx, id))
			slices.Sort(want)
			if diff := cmp.Diff(want, written); diff != "" {
				t.Fatalf("hour %d, %s: %s (-members +written):\n%s", hour, id, s.Rule, diff)
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(in[id]))); diff != "" {
				t.Fatalf("hour %d, %s: %s (-members +told):\n%s", hour, id, s.Rule, diff)
			}
			checked += len(b.ids)
		}
		if hour%9 == 0 {
			e.compare(t, hour)
		}
	}
	t.Logf("%d memberships are right, %d transitions were told, %d edits were made", checked, passed, e.edits)
}

// An editor changes segments and products.
type editor struct {
	*bustle
	catalog  *segment.Catalog
	rules    []string
	segments map[segment.ID]*segment.Segment
	births   map[segment.ID]int // which one of the id it is
	made     int
	edits    int
	declared bool
}

// which tells a rule from others of the id.
func (e *editor) which(id segment.ID) string {
	return fmt.Sprint(e.births[id], e.segments[id].Version)
}

// some returns a segment; the ids are sorted, as maps have no order.
func (e *editor) some() segment.ID {
	ids := slices.Sorted(maps.Keys(e.segments))
	return ids[e.rng.IntN(len(ids))]
}

// rule draws a rule, sometimes one that names a segment.
func (e *editor) rule() segment.Rule {
	text := e.rules[e.rng.IntN(len(e.rules))]
	for !e.declared && text == "attributes.size > 40" {
		text = e.rules[e.rng.IntN(len(e.rules))]
	}
	switch {
	case len(e.segments) == 0 || e.rng.IntN(3) > 0:
	case e.rng.IntN(2) == 0:
		text = fmt.Sprintf("segments CONTAINS '%s' AND NOT (%s)", e.segments[e.some()].Name, text)
	default:
		text = fmt.Sprintf("(%s) OR segments CONTAINS '%s'", text, e.some())
	}
	return segment.MustParse(text)
}

func (e *editor) create(t *testing.T) {
	t.Helper()
	e.made++
	id := segment.ID(fmt.Sprintf("s%02d", e.rng.IntN(12))) // sometimes one that there was
	if e.segments[id] != nil {
		return
	}
	s, err := e.catalog.Create(t.Context(), segment.Segment{ID: id, Name: fmt.Sprintf("Segment %d", e.made), Rule: e.rule()})
	if err != nil {
		t.Fatal(err)
	}
	e.segments[id] = s
	e.births[id]++
}

func (e *editor) edit(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if len(e.segments) == 0 || e.rng.IntN(6) == 0 {
		e.create(t)
	}
	e.edits++
	var err error
	id := e.some()
	switch e.rng.IntN(9) {
	case 0:
		rule := e.rule()
		_, err = e.catalog.Update(ctx, id, func(s *segment.Segment) error { s.Rule = rule; return nil })
		if errors.Is(err, crm.ErrInvalid) { // it asks for itself
			err = nil
		}
	case 1:
		e.made++
		_, err = e.catalog.Update(ctx, id, func(s *segment.Segment) error { s.Name = fmt.Sprintf("Segment %d", e.made); return nil })
	case 2:
		if err = e.catalog.Delete(ctx, id); err == nil {
			delete(e.segments, id)
			if e.rng.IntN(2) == 0 { // and make another one of its id at once
				e.made++
				s, err := e.catalog.Create(ctx, segment.Segment{ID: id, Name: fmt.Sprintf("Segment %d", e.made), Rule: e.rule()})
				if err != nil {
					t.Fatal(err)
				}
				e.segments[id] = s
				e.births[id]++
			}
		}
		if errors.Is(err, segment.ErrUsed) {
			err = nil
		}
	case 3:
		err = e.catalog.Include(ctx, id, e.ids[e.rng.IntN(len(e.ids))])
	case 4:
		err = e.catalog.Exclude(ctx, id, e.ids[e.rng.IntN(len(e.ids))])
	case 5:
		if err = e.book.Customers.Declare(ctx, crm.Attribute{Name: "size", Type: crm.TypeNumber, Title: fmt.Sprint(e.edits)}); err == nil {
			e.declared = true
			_, err = e.book.Customers.Update(ctx, e.ids[e.rng.IntN(len(e.ids))], func(v *crm.Customer) error {
				v.Attributes = map[string]crm.Value{"size": crm.Number(float64(30 + e.rng.IntN(20)))}
				return nil
			})
		}
	default:
		_, err = e.book.Products.Update(ctx, e.products[e.rng.IntN(len(e.products))], func(p *crm.Product) error {
			p.Categories = []string{[]string{"Shoes", "Shoes > Boots", "Hats", "Coats"}[e.rng.IntN(4)]}
			p.Brand = []string{"Acme", "Bold", ""}[e.rng.IntN(3)]
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	for id := range e.segments {
		if e.segments[id], err = e.catalog.Get(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
}

// compare holds the members of all segments to those of a catalog that begins
// with nothing; it works out other edges, which are not compared.
func (e *editor) compare(t *testing.T, hour int) {
	t.Helper()
	anew, err := segment.New(e.book, &segment.Options{Location: zone(t, "America/New_York")})
	if err != nil {
		t.Fatal(err)
	}
	frozen := map[segment.ID]bool{}
	for again := true; again; {
		again = false
		for id, s := range e.segments {
			if frozen[id] {
				continue
			}
			if frozen[id] = e.asksEdges(s, frozen); frozen[id] {
				again = true
			}
		}
	}
	for id, s := range e.segments {
		if frozen[id] {
			continue
		}
		want, got := all(t, anew.Members(t.Context(), id)), was(t, e.catalog, id, e.clk.now())
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("hour %d, %s: %s (-anew +written):\n%s", hour, id, s.Rule, diff)
		}
	}
}

// asksEdges reports whether a rule asks for edges, or names a segment that does.
func (e *editor) asksEdges(s *segment.Segment, frozen map[segment.ID]bool) bool {
	text := s.Rule.String()
	for id := range frozen {
		if frozen[id] && e.segments[id] != nil && (strings.Contains(text, "'"+e.segments[id].Name+"'") || strings.Contains(text, "'"+string(id)+"'")) {
			return true
		}
	}
	return strings.Contains(text, " IN TOP ") || strings.Contains(text, " IN BOTTOM ")
}
