package crm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// fresh leaves out when an interaction was written.
var fresh = cmpopts.IgnoreFields(crm.Interaction{}, "CreatedAt", "UpdatedAt")

func putInteraction(t failer, book *crm.Book, i crm.Interaction) *crm.Interaction {
	t.Helper()
	stored, err := book.Interactions.Record(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestInteractionKinds(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	for _, tt := range []struct {
		kind      crm.InteractionKind
		wire      string
		direction crm.Direction
	}{
		{crm.KindViewItemList, "view_item_list", crm.Inbound},
		{crm.KindSelectItem, "select_item", crm.Inbound},
		{crm.KindViewItem, "view_item", crm.Inbound},
		{crm.KindAddToWishlist, "add_to_wishlist", crm.Inbound},
		{crm.KindAddToCart, "add_to_cart", crm.Inbound},
		{crm.KindRemoveFromCart, "remove_from_cart", crm.Inbound},
		{crm.KindViewCart, "view_cart", crm.Inbound},
		{crm.KindViewPromotion, "view_promotion", crm.Inbound},
		{crm.KindSelectPromotion, "select_promotion", crm.Inbound},
		{crm.KindBeginCheckout, "begin_checkout", crm.Inbound},
		{crm.KindAddShippingInfo, "add_shipping_info", crm.Inbound},
		{crm.KindAddPaymentInfo, "add_payment_info", crm.Inbound},
		{crm.KindPurchase, "purchase", crm.Inbound},
		{crm.KindRefund, "refund", crm.DirectionNone},
		{crm.KindSearch, "search", crm.Inbound},
		{crm.KindViewSearchResults, "view_search_results", crm.Inbound},
		{crm.KindGenerateLead, "generate_lead", crm.Inbound},
		{crm.KindSignUp, "sign_up", crm.Inbound},
		{crm.KindLogin, "login", crm.Inbound},
		{crm.KindShare, "share", crm.Inbound},
		{crm.KindPageView, "page_view", crm.Inbound},
		{crm.KindStoreVisit, "store_visit", crm.Inbound},
		{crm.KindCall, "call", crm.DirectionNone},
		{crm.KindChat, "chat", crm.DirectionNone},
		{crm.KindMessageSent, "message_sent", crm.Outbound},
		{crm.KindMessageOpened, "message_opened", crm.Inbound},
		{crm.KindMessageClicked, "message_clicked", crm.Inbound},
		{crm.KindNote, "note", crm.DirectionNone},
		{crm.KindTicketOpened, "ticket_opened", crm.Inbound},
		{crm.KindTicketReplied, "ticket_replied", crm.DirectionNone},
		{crm.KindTicketResolved, "ticket_resolved", crm.DirectionNone},
		{"tea_tasted_2", "tea_tasted_2", crm.DirectionNone},
	} {
		t.Run(tt.wire, func(t *testing.T) {
			i := putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: tt.kind})
			if string(i.Kind) != tt.wire || i.Direction != tt.direction || !i.OccurredAt.Equal(today) {
				t.Errorf("recorded %s %q at %v, want %s %q at %v", i.Kind, i.Direction, i.OccurredAt, tt.wire, tt.direction, today)
			}
		})
	}
	if i := putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindCall, Direction: crm.Outbound}); i.Direction != crm.Outbound {
		t.Errorf("a call that we made is %q", i.Direction)
	}
}

func TestInteractionFaults(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	many := map[string]crm.Value{}
	for n := range 51 {
		many[fmt.Sprint("p", n)] = crm.Bool(true)
	}
	large := map[string]crm.Value{}
	for n := range 17 {
		large[fmt.Sprint("p", n)] = crm.Text(strings.Repeat("x", 4000))
	}
	for _, tt := range []struct {
		name string
		i    crm.Interaction
		want []string // fields; the texts follow
	}{
		{"nothing", crm.Interaction{}, []string{"customer_id", "kind"}},
		{"kind", crm.Interaction{CustomerID: "ada", Kind: "View Item"}, []string{"kind"}},
		{"kind that begins with a digit", crm.Interaction{CustomerID: "ada", Kind: "2nd_visit"}, []string{"kind"}},
		{"long kind", crm.Interaction{CustomerID: "ada", Kind: crm.InteractionKind(strings.Repeat("k", 65))}, []string{"kind"}},
		{"e-mail address as a kind", crm.Interaction{CustomerID: "ada", Kind: "ada@example.com"}, []string{"kind"}},
		{"direction", crm.Interaction{CustomerID: "ada", Kind: "call", Direction: "sideways"}, []string{"direction"}},
		{"more than a day ahead", crm.Interaction{CustomerID: "ada", Kind: "call", OccurredAt: today.Add(24*time.Hour + 1e6)}, []string{"occurred_at"}},
		{"before 1970", crm.Interaction{CustomerID: "ada", Kind: "call", OccurredAt: time.Unix(0, -1e6)}, []string{"occurred_at"}},
		{"a ref without a time", crm.Interaction{CustomerID: "ada", Kind: "call", Ref: ref("1")}, []string{"occurred_at"}},
		{"personal ref", crm.Interaction{CustomerID: "ada", Kind: "call", Ref: ref("ada@example.com"), OccurredAt: today}, []string{"ref.id"}},
		{"rating", crm.Interaction{CustomerID: "ada", Kind: "rating", Rating: 6}, []string{"rating"}},
		{"rating without one", crm.Interaction{CustomerID: "ada", Kind: "rating"}, []string{"rating"}},
		{"empty review", crm.Interaction{CustomerID: "ada", Kind: "review"}, []string{"text"}},
		{"value without a currency", crm.Interaction{CustomerID: "ada", Kind: "view_item", Value: crm.Money{Amount: 100}}, []string{"value.currency"}},
		{"two currencies", crm.Interaction{CustomerID: "ada", Kind: "view_cart", Value: gbp(1), Items: []crm.InteractionItem{{SKU: "cup", Price: eur(1)}}}, []string{"items[0].price"}},
		{"items", crm.Interaction{CustomerID: "ada", Kind: "view_cart", Items: make([]crm.InteractionItem, 201)}, []string{"items"}},
		{"an item", crm.Interaction{CustomerID: "ada", Kind: "view_cart", Items: []crm.InteractionItem{{Quantity: -1, Index: -1, SKU: strings.Repeat("s", 201)}}}, []string{"items[0].sku", "items[0].quantity", "items[0].index"}},
		{"parameters of an item", crm.Interaction{CustomerID: "ada", Kind: "view_cart", Items: []crm.InteractionItem{{Properties: many}}}, []string{"items[0].properties"}},
		{"51 properties", crm.Interaction{CustomerID: "ada", Kind: "view_item", Properties: many}, []string{"properties"}},
		{"name of a property", crm.Interaction{CustomerID: "ada", Kind: "view_item", Properties: map[string]crm.Value{"ada@example.com": crm.Bool(true)}}, []string{"properties"}},
		{"text of a property", crm.Interaction{CustomerID: "ada", Kind: "view_item", Properties: map[string]crm.Value{"a": crm.Text(strings.Repeat("x", 4097))}}, []string{`properties["a"]`}},
		{"too large", crm.Interaction{CustomerID: "ada", Kind: "view_item", Properties: large}, []string{"properties"}},
		{"all at once", crm.Interaction{Device: strings.Repeat("d", 256), Kind: "X", Channel: crm.Channel(strings.Repeat("c", 65)), Rating: -1, Text: "\xff"},
			[]string{"device", "kind", "channel", "rating", "text"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := book.Interactions.Record(t.Context(), tt.i)
			if diff := cmp.Diff(tt.want, fields(err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			for _, word := range []string{"example.com", strings.Repeat("d", 256), "\xff"} {
				if err != nil && strings.Contains(err.Error(), word) {
					t.Errorf("the error tells personal data: %v", err)
				}
			}
		})
	}
	if n, err := book.Interactions.Count(t.Context()); err != nil || n != 0 {
		t.Errorf("recorded %d, error %v", n, err)
	}
	if _, err := book.Interactions.Record(t.Context(), crm.Interaction{CustomerID: "ada", Kind: "call", OccurredAt: today.Add(24 * time.Hour)}); err != nil {
		t.Errorf("a day ahead: %v", err)
	}
	for name, i := range map[string]crm.Interaction{
		"customer": {CustomerID: "nobody", Kind: "call"},
		"id":       {ID: "int_mine", CustomerID: "ada", Kind: "call"},
	} {
		if _, err := book.Interactions.Record(t.Context(), i); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("unknown %s: error %v", name, err)
		}
	}
	if _, err := book.Interactions.Record(t.Context(), crm.Interaction{CustomerID: "vis_made_up", Kind: "call"}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("made-up visitor: error %v", err)
	}
}

// What a shop says twice is recorded once.
func TestInteractionRecord(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			book := open(t, engine.open(t), nil)
			putCustomer(t, book, crm.Customer{ID: "ada"})
			putCustomer(t, book, crm.Customer{ID: "ben"})
			cup := putProduct(t, book, crm.Product{ID: "prd_cup", Ref: ref("cup"), Variants: []crm.Variant{{SKU: "cup"}}})
			first := crm.Interaction{
				Ref: ref("e1"), CustomerID: "ada", Kind: crm.KindViewItemList, Channel: crm.ChannelWeb, SKU: "cup",
				Value: gbp(950), OccurredAt: day(10), Version: day(11),
				Items: []crm.InteractionItem{
					{SKU: "cup", Quantity: 1, Price: gbp(950), List: "summer", Index: 3},
					{SKU: "unknown", Title: "Old pot", Discount: gbp(5), Properties: map[string]crm.Value{"glaze": crm.Text("blue")}},
				},
				Properties: map[string]crm.Value{"page": crm.Text("/summer"), "none": {}},
			}
			start := head(t, book)
			stored := putInteraction(t, book, first)
			want := first
			want.ID, want.ProductID, want.Direction = stored.ID, cup.ID, crm.Inbound
			want.Items = []crm.InteractionItem{first.Items[0], first.Items[1]}
			want.Items[0].ProductID = cup.ID
			want.Properties = map[string]crm.Value{"page": crm.Text("/summer")}
			if diff := cmp.Diff(&want, stored, fresh); diff != "" {
				t.Fatalf("recorded (-want +got):\n%s", diff)
			}
			read, err := book.Interactions.Get(t.Context(), stored.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(stored, read); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]*crm.Event{{
				Kind: crm.InteractionRecorded, CustomerID: "ada", InteractionID: stored.ID, ProductID: cup.ID, SKU: "cup",
				Name: "view_item_list", Channel: crm.ChannelWeb, OccurredAt: day(10), CreatedAt: today,
			}}, since(t, book, start), facts); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}

			start = head(t, book)
			older := first
			older.Version, older.Text = day(9), "older"
			other := first // who it is of was settled
			other.CustomerID = "ben"
			for name, i := range map[string]crm.Interaction{"again": first, "as recorded": *stored, "older": older, "of somebody else": other} {
				if diff := cmp.Diff(stored, putInteraction(t, book, i)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if events := since(t, book, start); len(events) > 0 {
				t.Errorf("nothing changed, yet there are events %v", kinds(events))
			}

			// What is left out stays.
			later := putInteraction(t, book, crm.Interaction{
				Ref: ref("e1"), CustomerID: "ada", Kind: crm.KindViewItemList, OccurredAt: day(10), Version: day(12),
				Rating: 4, Text: "nice", Properties: map[string]crm.Value{"scrolled": crm.Number(0.5)},
			})
			want.Version, want.Rating, want.Text = day(12), 4, "nice"
			want.Properties = map[string]crm.Value{"page": crm.Text("/summer"), "scrolled": crm.Number(0.5)}
			if diff := cmp.Diff(&want, later, fresh); diff != "" {
				t.Errorf("completed (-want +got):\n%s", diff)
			}
			events := since(t, book, start)
			if diff := cmp.Diff([]*crm.Event{{
				Kind: crm.InteractionUpdated, CustomerID: "ada", InteractionID: stored.ID, ProductID: cup.ID, SKU: "cup",
				Name: "view_item_list", Channel: crm.ChannelWeb, OccurredAt: day(12), CreatedAt: today,
				Changes: []crm.Change{{Field: "rating"}, {Field: "text"}, {Field: "properties"}},
			}}, events, facts); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}

			// The same ref at another time is another interaction, and without a
			// ref each is.
			putInteraction(t, book, crm.Interaction{Ref: ref("e1"), CustomerID: "ada", Kind: crm.KindViewItemList, OccurredAt: day(20)})
			putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindCall, OccurredAt: day(20)})
			call := putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindCall, OccurredAt: day(20)})
			call.Text = "called back" // one without a ref is known by its id
			putInteraction(t, book, *call)
			if n, err := book.Interactions.Count(t.Context()); err != nil || n != 4 {
				t.Errorf("%d interactions, error %v, want 4", n, err)
			}
		})
	}
}

func TestInteractionUpdate(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	i := putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindChat, OccurredAt: day(1), Properties: map[string]crm.Value{"minutes": crm.Number(4)}})
	got, err := book.Interactions.Update(ctx, i.ID, func(i *crm.Interaction) error {
		i.Rating, i.Properties = 5, nil
		return nil
	})
	want := *i
	want.Rating, want.Properties = 5, nil
	if diff := cmp.Diff(&want, got, fresh); diff != "" || err != nil {
		t.Errorf("error %v, updated (-want +got):\n%s", err, diff)
	}
	_, err = book.Interactions.Update(ctx, i.ID, func(i *crm.Interaction) error {
		i.ID, i.Ref, i.CustomerID, i.Device, i.OccurredAt = "int_x", ref("1"), "ben", "d", day(2)
		return nil
	})
	if diff := cmp.Diff([]string{"id", "ref", "customer_id", "occurred_at"}, fields(err)); diff != "" { // a device may become known
		t.Errorf("what it is found by changed: faults (-want +got):\n%s", diff)
	}
	if _, err := book.Interactions.Update(ctx, "int_x", func(*crm.Interaction) error { return nil }); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	wrong := errors.New("wrong")
	if _, err := book.Interactions.Update(ctx, i.ID, func(*crm.Interaction) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("error %v", err)
	}

	start := head(t, book)
	if err := book.Interactions.Delete(ctx, i.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Interactions.Get(ctx, i.ID); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("deleted, yet Get says %v", err)
	}
	if err := book.Interactions.Delete(ctx, i.ID); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("deleted again: %v", err)
	}
	if diff := cmp.Diff([]*crm.Event{{
		Kind: crm.InteractionDeleted, CustomerID: "ada", InteractionID: i.ID, Name: "chat", OccurredAt: today, CreatedAt: today,
	}}, since(t, book, start), facts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if entries := all(t, book.Timeline.List(ctx, "ada", crm.TimelineQuery{})); len(entries) > 0 {
		t.Errorf("deleted, yet on the timeline: %v", entries)
	}
}

func TestInteractionImport(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			book := open(t, engine.open(t), nil)
			records := []crm.Record{
				{Customer: &crm.Customer{Refs: []crm.Ref{ref("7")}, GivenName: "Ada"}, Interaction: &crm.Interaction{Ref: ref("a"), Kind: crm.KindStoreVisit, OccurredAt: day(3)}},
				{Interaction: &crm.Interaction{Ref: ref("b"), Device: "browser-1", Kind: crm.KindSearch, OccurredAt: day(2)}},
				{Interaction: &crm.Interaction{Ref: ref("c"), Device: "browser-1", Kind: crm.KindSearch}},
				{Interaction: &crm.Interaction{Ref: ref("d"), CustomerID: "nobody", Kind: crm.KindSearch, OccurredAt: day(2)}},
				{Customer: &crm.Customer{Refs: []crm.Ref{ref("7")}, GivenName: "Ada"}, Interaction: &crm.Interaction{Kind: crm.KindCall}},
			}
			var refused []string
			run := func() *crm.ImportReport {
				refused = nil
				report, err := book.Import(t.Context(), sequence(records, nil), &crm.ImportOptions{Reject: func(_ crm.Record, err error) { refused = append(refused, err.Error()) }})
				if err != nil {
					t.Fatal(err)
				}
				return report
			}
			if got, want := run().Interactions, (crm.ImportCount{Created: 2}); got != want {
				t.Errorf("interactions %+v, want %+v", got, want)
			}
			if diff := cmp.Diff([]string{
				`invalid: interaction.occurred_at "": want the time it happened`,
				"interaction: customer nobody: not found",
				`invalid: interaction.occurred_at "": want the time it happened`,
			}, refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if got, want := run().Interactions, (crm.ImportCount{Unchanged: 2}); got != want {
				t.Errorf("again: interactions %+v, want %+v", got, want)
			}
			var got []string
			ada, err := book.Customers.ByRef(t.Context(), ref("7"))
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range all(t, book.Interactions.List(t.Context(), crm.InteractionQuery{})) {
				got = append(got, fmt.Sprint(i.Ref.ID, i.CustomerID == ada.ID))
			}
			if diff := cmp.Diff([]string{"bfalse", "atrue"}, got); diff != "" {
				t.Errorf("interactions (-want +got):\n%s", diff)
			}
			for _, e := range all(t, book.Events.List(t.Context(), store.Cursor{})) {
				if !e.Backfill {
					t.Errorf("event %s is not marked", e.Kind)
				}
			}
		})
	}
}

func TestInteractionQuery(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	for n := range 3 {
		for _, i := range []crm.Interaction{
			{CustomerID: "ada", Kind: crm.KindViewItem, Channel: crm.ChannelWeb},
			{CustomerID: "ada", Kind: crm.KindMessageSent, Channel: crm.ChannelEmail},
			{Device: "phone-1", Kind: crm.KindViewItem, Channel: crm.ChannelApp},
			{Device: " phone-2", Kind: crm.KindViewItem, Channel: crm.ChannelApp},
		} {
			i.OccurredAt = day(9 - n) // late arrivals
			i.Text = fmt.Sprint(i.CustomerID, strings.TrimSpace(i.Device), " ", i.Kind, " ", 9-n)
			putInteraction(t, book, i)
		}
	}
	for _, tt := range []struct {
		name string
		q    crm.InteractionQuery
		want []string
	}{
		{"customer", crm.InteractionQuery{CustomerID: "ada", Kinds: []crm.InteractionKind{crm.KindViewItem, crm.KindShare}}, []string{"ada view_item 7", "ada view_item 8", "ada view_item 9"}},
		{"device", crm.InteractionQuery{Device: "phone-1"}, []string{"phone-1 view_item 7", "phone-1 view_item 8", "phone-1 view_item 9"}},
		{"spaces", crm.InteractionQuery{Device: "phone-2 ", Newest: true, Limit: 1}, []string{"phone-2 view_item 9"}},
		{"customer goes first", crm.InteractionQuery{CustomerID: "ada", Device: "phone-1", Direction: crm.Outbound, Limit: 2}, []string{"ada message_sent 7", "ada message_sent 8"}},
		{"channel of all", crm.InteractionQuery{Channels: []crm.Channel{crm.ChannelEmail}}, []string{"ada message_sent 7", "ada message_sent 8", "ada message_sent 9"}},
		{"window of all", crm.InteractionQuery{From: day(8), To: day(9), Kinds: []crm.InteractionKind{crm.KindMessageSent}}, []string{"ada message_sent 8"}},
		{"window of one", crm.InteractionQuery{CustomerID: "ada", To: day(8)}, []string{"ada message_sent 7", "ada view_item 7"}},
		{"nobody", crm.InteractionQuery{CustomerID: "ben"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 100} {
				var got []string
				q := tt.q
				for {
					q.Limit = size
					if tt.q.Limit > 0 {
						q.Limit = min(size, tt.q.Limit-len(got))
					}
					p, err := book.Interactions.Page(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					for _, i := range p.Items {
						got = append(got, i.Text)
					}
					if q.After = p.Next; q.After == "" || len(got) == tt.q.Limit {
						break
					}
				}
				same := cmpopts.SortSlices(func(a, b string) bool { return a[len(a)-1] == b[len(b)-1] && a < b })
				if diff := cmp.Diff(tt.want, got, same); diff != "" {
					t.Errorf("pages of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
	t.Run("tokens", func(t *testing.T) {
		p, err := book.Interactions.Page(t.Context(), crm.InteractionQuery{CustomerID: "ada", Limit: 1})
		if err != nil || p.Next == "" {
			t.Fatalf("page %v, error %v", p, err)
		}
		for name, q := range map[string]crm.InteractionQuery{
			"another direction": {CustomerID: "ada", Newest: true, After: p.Next},
			"everybody":         {After: p.Next},
			"another customer":  {CustomerID: "ben", After: p.Next},
			"no token":          {CustomerID: "ada", After: "x"},
		} {
			if _, err := book.Interactions.Page(t.Context(), q); !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	})
}

// A page reads so many at most, and then ends with a Next.
func TestInteractionPageEndsEarly(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	var records []crm.Record
	for n := range 4500 {
		kind := crm.KindPageView
		if n%2250 == 2249 {
			kind = crm.KindSearch
		}
		records = append(records, crm.Record{Interaction: &crm.Interaction{
			Ref: ref(fmt.Sprint(n)), CustomerID: "ada", Kind: kind, OccurredAt: day(1).Add(time.Duration(n) * time.Second),
		}})
	}
	load(t, book, records...)
	for _, customer := range []crm.CustomerID{"ada", ""} {
		q := crm.InteractionQuery{CustomerID: customer, Kinds: []crm.InteractionKind{crm.KindSearch}, Limit: 2}
		var got []string
		for {
			p, err := book.Interactions.Page(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			page := []string{"page"}
			for _, i := range p.Items {
				page = append(page, i.Ref.ID)
			}
			got = append(got, strings.Join(page, " "))
			if q.After = p.Next; p.Next == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"page", "page 2249", "page 4499"}, got); diff != "" {
			t.Errorf("of %q (-want +got):\n%s", customer, diff)
		}
	}
}

func FuzzInteraction(f *testing.F) {
	for _, s := range []string{
		`{"kind":"search","device":"b1","properties":{"search_term":"blue cup","n":3,"deep":{"time":"2025-03-01T12:00:00Z"},"tags":["a","b"]}}`,
		`{"kind":"view_item_list","customer_id":"ada","value":{"amount":5,"currency":"GBP"},"items":[{"sku":"cup","price":{"amount":1,"currency":"GBP"},"properties":{"x":true}}]}`,
		`{"kind":"ar_session","customer_id":"ada","properties":{"mode":"quick_look","started":true,"duration_ms":1e3}}`,
		`{"kind":"device_reading","device":"scale","occurred_at":"2025-03-01T12:00:00Z","properties":{"seq":9007199254740992,"value":-0.0}}`,
		`{"kind":"rating","customer_id":"ada","rating":5,"ref":{"source":"s","id":"1"},"occurred_at":"2025-03-01T12:00:00.123456+05:00"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var i crm.Interaction
		if json.Unmarshal([]byte(s), &i) != nil {
			return
		}
		i.ID = ""
		book := open(t, memstore.New(nil), nil)
		putCustomer(t, book, crm.Customer{ID: "ada"})
		stored, err := book.Interactions.Record(t.Context(), i)
		if err != nil {
			if !errors.Is(err, crm.ErrInvalid) && !errors.Is(err, crm.ErrNotFound) {
				t.Fatal(err)
			}
			return
		}
		read, err := book.Interactions.Get(t.Context(), stored.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(stored, read); diff != "" {
			t.Fatalf("read (-want +got):\n%s", diff)
		}
		text, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		var back crm.Interaction
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(read, &back); diff != "" {
			t.Fatalf("through JSON (-want +got):\n%s", diff)
		}
		if again := putInteraction(t, book, back); !cmp.Equal(read, again) {
			t.Fatalf("recorded as it was read (-want +got):\n%s", cmp.Diff(read, again))
		}
		if events := since(t, book, store.Cursor{}); len(events) != 2 {
			t.Fatalf("events %v", kinds(events))
		}
	})
}
