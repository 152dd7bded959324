package recommend_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A customer who is known gets what is theirs also where nothing is known of the
// cart or the visit.
func TestUnknownCart(t *testing.T) {
	_, rec := newShop()
	ctx := t.Context()
	unknown := []crm.ProductID{"unknown"}
	ask := map[string]func(id crm.CustomerID, q *recommend.Query) (*recommend.List, error){
		"ForCart, unknown": func(id crm.CustomerID, q *recommend.Query) (*recommend.List, error) {
			return rec.ForCart(ctx, id, unknown, q)
		},
		"ForCart, empty": func(id crm.CustomerID, q *recommend.Query) (*recommend.List, error) {
			return rec.ForCart(ctx, id, nil, q)
		},
		"Next, unknown": func(id crm.CustomerID, q *recommend.Query) (*recommend.List, error) {
			return rec.Next(ctx, id, unknown, q)
		},
		"Next, empty": func(id crm.CustomerID, q *recommend.Query) (*recommend.List, error) { return rec.Next(ctx, id, nil, q) },
	}
	for name, ask := range ask {
		for _, repeat := range []recommend.Repeat{recommend.RepeatAllow, recommend.RepeatExclude, recommend.RepeatOnly} {
			got, err := ask("ada", &recommend.Query{N: 3, Repeat: repeat})
			if err != nil {
				t.Fatal(err)
			}
			want, err := rec.ForCustomer(ctx, "ada", &recommend.Query{N: 3, Repeat: repeat})
			if err != nil {
				t.Fatal(err)
			}
			if got.Stage != recommend.StagePersonal || got.Lack != want.Lack || len(got.Items) == 0 || got.Items[0].ProductID != want.Items[0].ProductID {
				t.Errorf("%s, %q: %+v, want as %+v", name, repeat, got, want)
			}
		}
		list, err := ask("", &recommend.Query{N: 3})
		if err != nil || list.Stage != recommend.StagePopular {
			t.Errorf("%s of nobody: %+v, %v", name, list, err)
		}
	}
}

// Who asks by the id of a visitor whom the shop has come to know is that customer:
// for what they have, and for what may be sold to them.
func TestIdentifiedVisitor(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	visitor := book.Consents.Visitor("device")
	if list, err := rec.Next(ctx, visitor, nil, nil); err != nil || list.CustomerID != visitor || list.Lack != recommend.LackHistory {
		t.Fatalf("before: %+v, %v", list, err)
	}
	if _, err := book.Identities.Link(ctx, "ada", crm.Identity{Kind: crm.IdentityDevice, Value: "device"}); err != nil {
		t.Fatal(err)
	}
	q := &recommend.Query{N: 8, Repeat: recommend.RepeatExclude}
	list, err := rec.ForCustomer(ctx, visitor, q)
	if err != nil || list.CustomerID != "ada" || list.Stage != recommend.StagePersonal {
		t.Fatalf("linked: %+v, %v", list, err)
	}
	for _, item := range list.Items {
		if item.ProductID == "coffee" {
			t.Error("coffee, which they bought, is in a list without repeats")
		}
	}
}

// What was shown is not recommended again for so many days, unless it was chosen.
func TestFresh(t *testing.T) {
	book, rec := newShop()
	ctx := t.Context()
	tell := func(kind crm.InteractionKind, device string, days int, product crm.ProductID) {
		t.Helper()
		i := crm.Interaction{CustomerID: "ada", Device: device, Kind: kind, Channel: crm.ChannelWeb, OccurredAt: today.AddDate(0, 0, -days), Items: []crm.InteractionItem{{ProductID: product, List: "home"}}}
		if device != "" {
			i.CustomerID = ""
		}
		if _, err := book.Interactions.Record(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	tell(crm.KindViewItemList, "", 5, "grinder")
	tell(crm.KindViewItemList, "", 5, "tea")
	tell(crm.KindSelectItem, "", 4, "tea")
	tell(crm.KindViewItemList, "", 5, "mug")
	tell(crm.KindAddToCart, "", 5, "mug")
	tell(crm.KindViewItemList, "", 40, "honey")
	tell(crm.KindViewItemList, "device", 1, "grinder")
	tell(crm.KindViewItemList, "", 6, "filters")
	if _, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: today.AddDate(0, 0, -3), Currency: "EUR", Items: []crm.Item{{ProductID: "filters", Quantity: 1, Price: crm.Money{Amount: 300, Currency: "EUR"}}}}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		id    crm.CustomerID
		at    time.Time
		fresh int
		out   []crm.ProductID
	}{
		"any time":    {id: "ada"},
		"three days":  {id: "ada", fresh: 3},
		"a week":      {id: "ada", fresh: 7, out: []crm.ProductID{"grinder"}},
		"two months":  {id: "ada", fresh: 60, out: []crm.ProductID{"grinder", "honey"}},
		"longest":     {id: "ada", fresh: 100_000, out: []crm.ProductID{"grinder", "honey"}},
		"weeks after": {id: "ada", fresh: 7, at: today.AddDate(0, 0, 20)},
		"before":      {id: "ada", fresh: 7, at: today.AddDate(0, 0, -6)}, // when filters had just been shown
		"a visitor":   {id: book.Consents.Visitor("device"), fresh: 2, out: []crm.ProductID{"grinder"}},
		"nobody":      {fresh: 7},
		"another":     {id: "customer-01", fresh: 7},
	} {
		if name == "before" {
			tt.out = []crm.ProductID{"filters"}
		}
		for question, ask := range map[string]func(*recommend.Query) (*recommend.List, error){
			"ForCustomer": func(q *recommend.Query) (*recommend.List, error) { return rec.ForCustomer(ctx, tt.id, q) },
			"ForCart":     func(q *recommend.Query) (*recommend.List, error) { return rec.ForCart(ctx, tt.id, nil, q) },
			"Next":        func(q *recommend.Query) (*recommend.List, error) { return rec.Next(ctx, tt.id, nil, q) },
		} {
			list, err := ask(&recommend.Query{Fresh: tt.fresh, At: tt.at, Pins: []crm.ProductID{"grinder"}})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Items) != 8-len(tt.out) {
				t.Errorf("%s, %s: %d products, want %d", name, question, len(list.Items), 8-len(tt.out))
			}
			for _, item := range list.Items {
				for _, id := range tt.out {
					if item.ProductID == id {
						t.Errorf("%s, %s: %s was shown", name, question, id)
					}
				}
			}
		}
	}
}

// Nobody is told to have looked at what they put into their cart.
func TestCartIsNotLookedAt(t *testing.T) {
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "EUR", Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for _, id := range []crm.ProductID{"tea", "grinder", "mug"} {
		if _, err := book.Products.Record(ctx, crm.Product{ID: id, Title: string(id), Published: true}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		for n, product := range []crm.ProductID{"tea", "grinder"} {
			if _, err := book.Interactions.Record(ctx, crm.Interaction{
				Device: fmt.Sprint("device ", i), Kind: crm.KindViewItem, Channel: crm.ChannelWeb, ProductID: product,
				OccurredAt: today.AddDate(0, 0, -i).Add(time.Duration(n) * time.Minute),
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	rec, err := recommend.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	for question, ask := range map[crm.ReasonKey]func(context.Context, crm.CustomerID, []crm.ProductID, *recommend.Query) (*recommend.List, error){
		crm.BecauseInCart: rec.ForCart, crm.BecauseViewed: rec.Next,
	} {
		list, err := ask(ctx, "", []crm.ProductID{"tea"}, &recommend.Query{N: 1})
		if err != nil {
			t.Fatal(err)
		}
		want := []crm.Reason{{Key: question, Products: []crm.ProductID{"tea"}}}
		if diff := cmp.Diff(want, list.Items[0].Reasons[:1], cmpopts.IgnoreFields(crm.Reason{}, "Share")); diff != "" || list.Items[0].ProductID != "grinder" {
			t.Errorf("%s (-want +got)\n%s", list.Items[0].ProductID, diff)
		}
	}
}
