package column_test

import (
	"fmt"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// TestForget forgets the texts of who left, or has others now, and of nobody
// else; one that comes again is found again.
func TestForget(t *testing.T) {
	const name, property = "attributes.nick", "properties.note"
	person := func(n int, nick string) *column.Person {
		return &column.Person{
			ID:           fmt.Sprint("c", n),
			Values:       []column.Value{{Name: name, Type: rule.IsText, Text: nick}, {Name: "attributes.hues", Type: rule.IsList, List: []string{"hue of " + nick}}},
			Interactions: []column.Interaction{{Time: 1, Properties: []column.Value{{Name: property, Type: rule.IsText, Text: "note of " + nick}}}},
		}
	}
	b := column.New()
	var ordinals []uint32
	for n, nick := range []string{"ann", "bob", "cleo"} {
		ordinals = append(ordinals, b.Put(person(n, nick)))
	}
	b.Remove(ordinals[0])
	b.SetValues(ordinals[1], []column.Value{{Name: name, Type: rule.IsText, Text: "rob"}})
	b.Forget()
	known := func(nick string) [3]bool {
		b.RLock()
		defer b.RUnlock()
		return [3]bool{
			b.Named(name)[0].Texts.Find(nick) != 0, b.Named("attributes.hues")[0].Texts.Find("hue of "+nick) != 0,
			b.Words().Properties[0].Texts.Find("note of "+nick) != 0,
		}
	}
	for nick, want := range map[string][3]bool{"ann": {}, "bob": {false, true, true}, "rob": {true, false, false}, "cleo": {true, true, true}} {
		if got := known(nick); got != want {
			t.Errorf("%s is known %t, want %t", nick, got, want)
		}
	}
	again := b.Put(person(3, "ann"))
	if want := [3]bool{true, true, true}; known("ann") != want {
		t.Errorf("ann is known %t when she is back, want %t", known("ann"), want)
	}
	b.RLock()
	defer b.RUnlock()
	for ordinal, want := range map[uint32]string{ordinals[1]: "rob", ordinals[2]: "cleo", again: "ann"} {
		c := b.Named(name)[0]
		if got := c.Texts.Text(c.Codes(0)[ordinal]); got != want {
			t.Errorf("%d is %q, want %q", ordinal, got, want)
		}
	}
}
