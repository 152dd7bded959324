package intake_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// shop returns a book with a customer ada, and products p0 to p2 of the SKUs s0
// to s2.
func shop(t testing.TB) *crm.Book {
	t.Helper()
	book := open(t, &clock{day(20)})
	for _, n := range []string{"0", "1", "2"} {
		_, err := book.Products.Create(t.Context(), crm.Product{ID: crm.ProductID("p" + n), Title: "Cup", Variants: []crm.Variant{{SKU: "s" + n}}})
		fine(t, err)
	}
	_, err := book.Customers.Create(t.Context(), crm.Customer{ID: "ada"})
	fine(t, err)
	return book
}

func item(sku string, quantity int64) crm.Item {
	return crm.Item{SKU: sku, Title: "Cup", Quantity: quantity, Price: eur(100)}
}

func TestOrders(t *testing.T) {
	service := crm.Item{SKU: "POST", Title: "Postage", Quantity: 1, Price: eur(5)}
	fee := crm.Item{Kind: crm.ItemFee, SKU: "s1", Quantity: 1, Price: eur(5)}
	card := crm.Item{Kind: crm.ItemGiftCard, SKU: "s1", Quantity: 1, Price: eur(5)}
	for _, c := range []struct {
		name  string
		order crm.Order
		want  []string // of ada
		all   int      // baskets
	}{
		{"a sale", crm.Order{Items: []crm.Item{item("s0", 2), item("s1", 1)}}, []string{"0: 2 p0 1 p1"}, 1},
		{"the same product twice", crm.Order{Items: []crm.Item{item("s0", 2), item("s0", 1)}}, []string{"0: 3 p0"}, 1},
		{"what is no product", crm.Order{Items: []crm.Item{item("s0", 2), service, fee, card}}, []string{"0: 2 p0"}, 1},
		{"nothing but services", crm.Order{Items: []crm.Item{service, fee}}, nil, 0},
		{"what the catalog lacks", crm.Order{Items: []crm.Item{item("new", 1)}}, []string{"0: 1 sku new"}, 1},
		{"a draft", crm.Order{State: crm.StateDraft, Items: []crm.Item{item("s0", 1)}}, nil, 0},
		{"canceled", crm.Order{State: crm.StateCanceled, Items: []crm.Item{item("s0", 1)}}, nil, 0},
		{"expired", crm.Order{State: crm.StateExpired, Items: []crm.Item{item("s0", 1)}}, nil, 0},
		{"an adjustment", crm.Order{Kind: crm.KindAdjustment, Items: []crm.Item{item("s0", 1)}}, nil, 0},
		{"written off", crm.Order{Kind: crm.KindWriteOff, Items: []crm.Item{item("s0", 1)}}, nil, 0},
		{"a gift", crm.Order{Tags: []string{"Gift"}, Items: []crm.Item{item("s0", 1)}}, nil, 1},
		{"very much", crm.Order{Items: []crm.Item{{SKU: "s0", Quantity: 1 << 40}}}, []string{"0: 2147483647 p0"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := shop(t)
			c.order.CustomerID, c.order.OccurredAt = "ada", day(2)
			_, err := book.Orders.Record(t.Context(), c.order)
			fine(t, err)
			k := scan(t, book)
			if diff := cmp.Diff(c.want, tell(k, "ada")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
				if l.Len() != c.all {
					t.Errorf("%d baskets, want %d", l.Len(), c.all)
				}
			})
		})
	}
}

// The day of a basket is that of the shop's calendar.
func TestDay(t *testing.T) {
	book := shop(t)
	_, err := book.Orders.Record(t.Context(), crm.Order{ID: "o", CustomerID: "ada", OccurredAt: day(2).Add(4 * time.Hour), Items: []crm.Item{item("s0", 1)}})
	fine(t, err)
	scan(t, book).Read(func(l *ledger.Ledger, _ *goods.Goods) {
		if b, _ := l.Get("o"); b.Day != ledger.Day(day(3)) || b.Time != day(2).Add(4*time.Hour).Unix() {
			t.Errorf("day %d at %d", b.Day, b.Time)
		}
	})
}

func TestRefunds(t *testing.T) {
	for _, c := range []struct {
		name   string
		order  crm.Order
		refund crm.Refund
		want   []string
	}{
		{"some units", crm.Order{}, crm.Refund{OrderID: "o", Lines: []crm.RefundLine{{SKU: "s0", Quantity: 1, Amount: eur(100)}}}, []string{"0: 2 p0 1 p1"}},
		{"of no order", crm.Order{}, crm.Refund{CustomerID: "ada", Lines: []crm.RefundLine{{SKU: "s1", Quantity: 1, Amount: eur(100)}}}, []string{"0: 3 p0"}},
		{"money alone", crm.Order{}, crm.Refund{OrderID: "o", Lines: []crm.RefundLine{{SKU: "s0", Amount: eur(50)}}}, []string{"0: 3 p0 1 p1"}},
		{"some money without lines", crm.Order{}, crm.Refund{OrderID: "o", Amount: eur(399)}, []string{"0: 3 p0 1 p1"}},
		{"all money without lines", crm.Order{}, crm.Refund{OrderID: "o", Amount: eur(400)}, nil},
		{"what the catalog lacks", crm.Order{Items: []crm.Item{item("new", 2)}}, crm.Refund{OrderID: "o", Lines: []crm.RefundLine{{SKU: "new", Quantity: 1, Amount: eur(100)}}}, []string{"0: 1 sku new"}},
		{"of a canceled order", crm.Order{State: crm.StateCanceled}, crm.Refund{OrderID: "o", Lines: []crm.RefundLine{{SKU: "s0", Quantity: 1, Amount: eur(100)}}}, []string{"0: 9 p0"}},
		{"of a gift", crm.Order{Tags: []string{"gift"}}, crm.Refund{OrderID: "o", Lines: []crm.RefundLine{{SKU: "s0", Quantity: 1, Amount: eur(100)}}}, []string{"0: 9 p0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := shop(t)
			ctx := t.Context()
			c.order.ID, c.order.CustomerID, c.order.OccurredAt = "o", "ada", day(2)
			if c.order.Items == nil {
				c.order.Items = []crm.Item{item("s0", 3), item("s1", 1)}
			}
			if c.order.State != "" || c.order.Tags != nil { // something else of it was bought, too
				_, err := book.Orders.Record(ctx, crm.Order{CustomerID: "ada", OccurredAt: day(1), Items: []crm.Item{item("s0", 9)}})
				fine(t, err)
			}
			_, err := book.Orders.Record(ctx, c.order)
			fine(t, err)
			c.refund.OccurredAt = day(5)
			_, err = book.Refunds.Record(ctx, c.refund)
			fine(t, err)
			if diff := cmp.Diff(c.want, tell(scan(t, book), "ada")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestSessions(t *testing.T) {
	book := shop(t)
	ctx := t.Context()
	at := func(minutes int) time.Time { return day(3).Add(time.Duration(minutes) * time.Minute) }
	for _, i := range []crm.Interaction{
		{Kind: crm.KindViewItem, SKU: "s1", OccurredAt: at(29)}, // one session, whatever came first
		{Kind: crm.KindViewItem, SKU: "s0", OccurredAt: at(0)},
		{Kind: crm.KindSelectItem, SKU: "s1", OccurredAt: at(1)},
		{Kind: crm.KindViewItem, SKU: "s2", OccurredAt: at(59)},                                                                             // half an hour later: another one
		{Kind: crm.KindViewItem, SKU: "s0", OccurredAt: at(89).Add(-time.Millisecond)},                                                      // and still that
		{Kind: crm.KindViewItemList, Items: []crm.InteractionItem{{SKU: "s0"}}, OccurredAt: at(100)},                                        // was shown
		{Kind: crm.KindPageView, SKU: "s0", OccurredAt: at(100)},                                                                            // is none
		{Kind: crm.KindSelectItem, Items: []crm.InteractionItem{{SKU: "s2", List: "Search results"}}, OccurredAt: at(200)},                  // searched
		{Kind: crm.KindSearch, Items: []crm.InteractionItem{{SKU: "s2"}}, OccurredAt: at(210)},                                              // found, not chosen
		{Kind: crm.KindAddToCart, Items: []crm.InteractionItem{{SKU: "s0"}, {SKU: "s1", Quantity: 3}}, OccurredAt: at(300)},                 //
		{Kind: crm.KindRemoveFromCart, SKU: "s0", OccurredAt: at(301)},                                                                      //
		{Kind: crm.KindAddToWishlist, SKU: "s0", OccurredAt: at(400)},                                                                       //
		{Kind: crm.KindReview, SKU: "s0", Rating: 3, OccurredAt: at(410)},                                                                   // not good enough
		{Kind: crm.KindRating, SKU: "s1", Rating: 4, OccurredAt: at(411)},                                                                   //
		{Kind: crm.KindARSession, SKU: "s2", Properties: crm.ARSession{Mode: crm.ARTryOn, Started: true}.Properties(), OccurredAt: at(420)}, //
		{Kind: crm.KindARSession, SKU: "s1", Properties: crm.ARSession{Mode: crm.ARTryOn, Error: "no camera"}.Properties(), OccurredAt: at(421)},
		{Kind: crm.KindViewItem, SKU: "s0", OccurredAt: at(179)}, // the last minute of the shop's day
		{Kind: crm.KindViewItem, SKU: "s1", OccurredAt: at(180)}, // and the first of the next
	} {
		i.CustomerID = "ada"
		_, err := book.Interactions.Record(ctx, i)
		fine(t, err)
	}
	want := []string{"2: 1 p0 1 p1", "2: 1 p0 1 p2", "2: 1 p0", "2: 1 p1", "3: 1 p2", "1: 1 p1", "6: 1 p0", "5: 1 p1", "4: 1 p2"}
	if diff := cmp.Diff(want, tell(scan(t, book), "ada")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Of a robot's day no more counts than of anybody's.
func TestRobot(t *testing.T) {
	book := shop(t)
	k := scan(t, book)
	for n := range 1100 {
		_, err := book.Interactions.Record(t.Context(), crm.Interaction{Device: "robot", Kind: crm.KindViewItem, SKU: string(rune('A'+n%20)) + time.Duration(n).String(), OccurredAt: day(3).Add(time.Duration(n/2) * time.Second)})
		fine(t, err)
	}
	fine(t, k.Apply(t.Context(), nil, since(t, book, k.Cursor())))
	k.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		of := l.Baskets(string(book.Consents.Visitor("robot")))
		if len(of) != 1 || len(of[0].Lines) != 1000 {
			t.Errorf("%d baskets", len(of))
		}
	})
	if bytesOf(k) != bytesOf(scan(t, book)) {
		t.Error("a scan counts otherwise")
	}
}

// What a visitor did is the customer's once they are known, and no longer when
// that was wrong.
func TestVisitor(t *testing.T) {
	book := shop(t)
	ctx := t.Context()
	_, err := book.Interactions.Record(ctx, crm.Interaction{Device: "d", Kind: crm.KindViewItem, SKU: "s0", OccurredAt: day(3)})
	fine(t, err)
	_, err = book.Interactions.Record(ctx, crm.Interaction{CustomerID: "ada", Kind: crm.KindViewItem, SKU: "s1", OccurredAt: day(3).Add(time.Minute)})
	fine(t, err)
	k, visitor := scan(t, book), book.Consents.Visitor("d")
	told := func(ada, other []string) {
		t.Helper()
		fine(t, k.Apply(ctx, nil, since(t, book, k.Cursor())))
		if diff := cmp.Diff([][]string{ada, other}, [][]string{tell(k, "ada"), tell(k, visitor)}); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	device := crm.Identity{Kind: crm.IdentityDevice, Value: "d"}
	told([]string{"2: 1 p1"}, []string{"2: 1 p0"})
	_, err = book.Identities.Link(ctx, "ada", device)
	fine(t, err)
	told([]string{"2: 1 p0 1 p1"}, nil)
	before := k.Changed()
	fine(t, book.Identities.Unlink(ctx, "ada", device))
	told([]string{"2: 1 p1"}, []string{"2: 1 p0"})
	if k.Changed() == before {
		t.Error("nothing changed")
	}
}

func TestProduct(t *testing.T) {
	g := goods.New(nil)
	g.Put(&crm.Product{ID: "p", Variants: []crm.Variant{{SKU: "s"}}})
	for key, want := range map[string]bool{intake.Key("p", "other"): true, intake.Key("", "s"): true, intake.Key("", "t"): false, intake.Key("", ""): false, "s": false} {
		if n, ok := intake.Product(g, key); ok != want || n != 0 {
			t.Errorf("%q: %d, %t", key, n, ok)
		}
	}
}
