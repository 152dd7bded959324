package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// idOf returns one of many ids, such as a book gives, and others.
func idOf(n int) string {
	id := crm.NewID([]string{"ord_", "int_", "rfd_", "cus_"}[n%4], time.Unix(int64(n)*1e8, 0))
	switch n % 7 {
	case 0:
		return fmt.Sprint(n)
	case 1:
		return fmt.Sprintf("an id that is rather long and ends with %d", n)
	case 2:
		return id[:len(id)-16] + "0123456789abcdef"
	case 3:
		return "ord_z" + id[5:] // looks like one, and is too large
	case 4:
		return id[:4] + "i" + id[5:]
	case 5:
		return "exactly15bytes" + string(rune('a'+n%26))
	}
	return id
}

// Whatever ids look like, they come back as they were.
func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ledger.New()
		var ids []string
		want := map[string]string{}
		for n := range 40 {
			ids = append(ids, idOf(n))
		}
		ids = append(ids, "ord_00000000000000000000000000", "ord_7zzzzzzzzzzzzzzzzzzzzzzzzz", "ord_80000000000000000000000000", "a", "a\x00", "b\x00\x01", "fifteen bytes!!", "sixteen bytes !!")
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			id, who := rapid.SampledFrom(ids).Draw(t, "id"), rapid.SampledFrom(ids).Draw(t, "who")
			switch rapid.IntRange(0, 5).Draw(t, "verb") {
			case 0, 1:
				if _, ok := want[id]; l.Remove(id) != ok {
					t.Fatalf("%q: removed, there %t", id, ok)
				}
				delete(want, id)
			case 2:
				l.Forget(who)
				for id, of := range want {
					if of == who {
						delete(want, id)
					}
				}
			default:
				l.Put(ledger.Basket{ID: id, Customer: who, Lines: lines("tea", 1)})
				want[id] = who
			}
		}
		got := map[string]string{}
		for _, id := range ids {
			if b, ok := l.Get(id); ok {
				got[b.ID] = b.Customer
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || l.Len() != len(want) {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		log := l.Log(ledger.Bought, nil)
		for i, who := range log.Customers {
			if i > 0 && log.Customers[i-1] >= who {
				t.Fatalf("%q before %q", log.Customers[i-1], who)
			}
		}
		decoded, err := ledger.Decode(l.AppendBinary(nil))
		if err != nil {
			t.Fatal(err)
		}
		for id, who := range want {
			if b, ok := decoded.Get(id); !ok || b.Customer != who {
				t.Fatalf("%q is of %q after decoding, want %q", id, b.Customer, who)
			}
		}
	})
}
