package column_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

func recode(t *testing.T, b *column.Base) *column.Base {
	t.Helper()
	var buf bytes.Buffer
	if err := b.Encode(&buf); err != nil {
		t.Fatal(err)
	}
	b, err := column.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestErasedTextsAreNotKept(t *testing.T) {
	b := column.New()
	secret := func(s string) []column.Value {
		return []column.Value{
			{Name: "attributes.a", Type: rule.IsText, Text: s + "-text"}, {Name: "attributes.b", Type: rule.IsList, List: []string{s + "-list"}},
		}
	}
	gone := b.Put(&column.Person{ID: "gone-id", Values: secret("gone"), Interactions: []column.Interaction{
		{Time: 1, Kind: "search", Properties: []column.Value{{Name: "properties.query", Type: rule.IsText, Text: "gone-query"}}},
	}})
	stays := b.Put(&column.Person{ID: "stays", Values: secret("stays")})
	b.Remove(gone)
	b.SetValues(stays, []column.Value{{Name: "attributes.a", Type: rule.IsText, Text: "changed"}})
	var buf bytes.Buffer
	if err := b.Encode(&buf); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"gone": false, "stays-text": false, "changed": true, "stays-list": true} {
		if got := bytes.Contains(buf.Bytes(), []byte(text)); got != want {
			t.Errorf("%q is in the bytes: %v, want %v", text, got, want)
		}
	}
	again := recode(t, b)
	if diff := gocmp.Diff(read(b, stays), read(again, stays)); diff != "" {
		t.Errorf("person (-want +got):\n%s", diff)
	}
	if n := again.Put(&column.Person{ID: "gone-id"}); n != 2 {
		t.Errorf("the one who is back is %d, want 2", n)
	}
}

// A disturber is a writer that changes a base before each write.
type disturber struct {
	to     bytes.Buffer
	change func(write int)
	writes int
}

func (d *disturber) Write(p []byte) (int, error) {
	d.change(d.writes)
	d.writes++
	return d.to.Write(p)
}

// TestEncodeBesideAWriter encodes a base to and from which persons come and go
// meanwhile: those who stay are in what is decoded, and who has left is not.
func TestEncodeBesideAWriter(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 3))}
	b := column.New()
	const many = column.ChunkSize + 10
	for n := range many {
		b.Put(&column.Person{ID: fmt.Sprint("c", n), Orders: []column.Order{{Time: int64(n), Amount: 5}}})
	}
	d := &disturber{change: func(write int) {
		b.Remove(uint32(write))
		b.Remove(uint32(many - 1 - write))
		for n := range 5_000 { // into a chunk that was written, and into new ones
			b.Put(&column.Person{ID: fmt.Sprint("later ", write, " ", n), Values: []column.Value{m.value("attributes.a")}})
		}
	}}
	if err := b.Encode(d); err != nil {
		t.Fatal(err)
	}
	again, err := column.Decode(&d.to)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint32(many) {
		gone := n < 4 || n >= many-4 // before the ids were written
		if !gone && (n < 20 || n >= many-20) {
			continue
		}
		if got := again.Has(n); got == gone {
			t.Fatalf("person %d is there: %v", n, got)
		}
		if !gone {
			if diff := gocmp.Diff(keptOf(b, n), keptOf(again, n)); diff != "" {
				t.Fatalf("kept of %d (-want +got):\n%s", n, diff)
			}
		}
	}
	ordinal := again.Put(&column.Person{ID: "later 0 0"})
	if again.ID(ordinal) != "later 0 0" {
		t.Errorf("who came later is %q", again.ID(ordinal))
	}
	recode(t, again)
}
