package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

func TestBaskets(t *testing.T) {
	l := ledger.New()
	view := ledger.Basket{ID: "v", Customer: "ann", Kind: ledger.Viewed, Time: 2, Lines: lines("pot", 1)}
	for _, b := range []ledger.Basket{
		{ID: "C4", Customer: "ann", Time: 4, Day: 4, Lines: lines("tea", -3)},
		{ID: "3", Customer: "ann", Time: 3, Day: 3, Lines: lines("tea", 2, "cup", 1)},
		{ID: "1", Customer: "ann", Time: 1, Day: 1, Lines: lines("tea", 2)},
		{ID: "2", Customer: "ben", Time: 2, Day: 2, Lines: lines("tea", 9)},
		view,
	} {
		l.Put(b)
	}
	bought := []ledger.Basket{
		{ID: "1", Customer: "ann", Time: 1, Day: 1, Lines: lines("tea", 1)},
		{ID: "3", Customer: "ann", Time: 3, Day: 3, Lines: lines("cup", 1)},
	}
	for _, c := range []struct {
		name  string
		who   string
		kinds []ledger.Kind
		want  []ledger.Basket
	}{
		{"what was bought", "ann", []ledger.Kind{ledger.Bought}, bought},
		{"what was looked at", "ann", []ledger.Kind{ledger.Viewed}, []ledger.Basket{view}},
		{"everything", "ann", nil, []ledger.Basket{bought[0], view, bought[1]}},
		{"of two kinds", "ann", []ledger.Kind{ledger.Viewed, ledger.Bought}, []ledger.Basket{bought[0], view, bought[1]}},
		{"a stranger", "cem", nil, nil},
		{"nobody", "", nil, nil},
	} {
		if diff := cmp.Diff(c.want, l.Baskets(c.who, c.kinds...)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}
