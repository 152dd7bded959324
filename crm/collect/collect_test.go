package collect_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// What Google Analytics 4 would be sent is what the book holds.
func TestRecord(t *testing.T) {
	ms := func(n int) int64 { return today.Add(-time.Duration(n) * time.Second).UnixMilli() }
	at := func(n int) time.Time { return today.Add(-time.Duration(n) * time.Second) }
	eur := func(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }
	for _, tt := range []struct {
		name  string
		event object
		want  crm.Interaction
	}{
		{
			"a view of a page, whose address is cut",
			object{"id": "1", "name": "page_view", "time": ms(20), "params": object{
				"page_location": "https://ada:pw@shop.test/reset?token=secret&utm_source=news&email=ada%40a.test&page=2#top",
				"page_referrer": "https://search.test/?q=ada", "page_title": "Cups",
			}},
			crm.Interaction{Kind: crm.KindPageView, OccurredAt: at(20), Properties: map[string]crm.Value{
				"page_location": crm.Text("https://shop.test/reset?page=2&utm_source=news"),
				"page_referrer": crm.Text("https://search.test/"), "page_title": crm.Text("Cups"),
			}},
		},
		{
			"one item that nothing more is told of",
			object{"id": "1", "name": "view_item", "time": ms(1), "params": object{"value": 12.5, "items": []object{{"item_id": "CUP"}}}},
			crm.Interaction{Kind: crm.KindViewItem, SKU: "CUP", ProductID: "prd-cup", Value: eur(1250), OccurredAt: at(1)},
		},
		{
			"one item with its number, price and place",
			object{"id": "1", "name": "add_to_cart", "time": ms(1), "params": object{"currency": "gbp", "value": 59.970000000000006, "items": []object{{
				"item_id": 4711, "item_name": "Cup", "price": 19.99, "quantity": 3, "discount": 1, "coupon": "TEA", "item_list_id": "home",
				"index": 2.0, "promotion_id": "P1", "location_id": "L1", "item_brand": "Kiln", "rare": true,
			}}}},
			crm.Interaction{Kind: crm.KindAddToCart, SKU: "4711", Value: crm.Money{Amount: 5997, Currency: "GBP"}, OccurredAt: at(1), Items: []crm.InteractionItem{{
				SKU: "4711", Title: "Cup", Price: crm.Money{Amount: 1999, Currency: "GBP"}, Quantity: 3, Discount: crm.Money{Amount: 100, Currency: "GBP"},
				Coupon: "TEA", List: "home", Index: 2, Promotion: "P1", Location: "L1",
				Properties: map[string]crm.Value{"item_brand": crm.Text("Kiln"), "rare": crm.Bool(true)},
			}}},
		},
		{
			"several items",
			object{"id": "1", "name": "purchase", "time": ms(1), "params": object{"transaction_id": "1001", "currency": "JPY", "value": 1500, "items": []object{{"item_id": "CUP"}, {"item_name": "Pot"}}}},
			crm.Interaction{
				Kind: crm.KindPurchase, Value: crm.Money{Amount: 1500, Currency: "JPY"}, OccurredAt: at(1),
				Items:      []crm.InteractionItem{{SKU: "CUP", ProductID: "prd-cup"}, {Title: "Pot"}},
				Properties: map[string]crm.Value{"transaction_id": crm.Text("1001")},
			},
		},
		{
			"parameters of all types, and members that nobody knows",
			object{"id": "1", "name": "tea_tasting", "time": ms(1), "engine": object{"x": []int{1}}, "params": object{
				"a": "x", "b": 1.5, "c": false, "d": []string{"x", "y"}, "e": nil, "f": "", "g": rawNumber("9007199254740993"), "item_id": "CUP",
			}},
			crm.Interaction{Kind: "tea_tasting", SKU: "CUP", ProductID: "prd-cup", OccurredAt: at(1), Properties: map[string]crm.Value{
				"a": crm.Text("x"), "b": crm.Number(1.5), "c": crm.Bool(false), "d": crm.Words("x", "y"), "g": crm.Text("9007199254740993"),
			}},
		},
		{
			"a time in microseconds",
			object{"id": "1", "name": "login", "timestamp_micros": at(3).UnixMicro() + 999},
			crm.Interaction{Kind: crm.KindLogin, OccurredAt: at(3)},
		},
		{
			"a time as text",
			object{"id": "1", "name": "login", "time": at(3).In(time.FixedZone("", 7200)).Format(time.RFC3339Nano)},
			crm.Interaction{Kind: crm.KindLogin, OccurredAt: at(3)},
		},
		{
			"no time",
			object{"id": "1", "name": "login"},
			crm.Interaction{Kind: crm.KindLogin, OccurredAt: today},
		},
		{
			"a session of trying on",
			object{"id": "1", "name": "ar_session", "time": ms(1), "params": object{"items": []object{{"item_id": "CUP", "item_name": "Cup"}}, "mode": "vto", "started": true}},
			crm.Interaction{Kind: crm.KindARSession, SKU: "CUP", ProductID: "prd-cup", OccurredAt: at(1), Properties: map[string]crm.Value{"mode": crm.Text("vto"), "started": crm.Bool(true)}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memory(t, &collect.Options{Query: []string{"page"}})
			if _, err := s.book.Products.Record(t.Context(), crm.Product{ID: "prd-cup", Title: "Cup", Variants: []crm.Variant{{SKU: "CUP"}}}); err != nil {
				t.Fatal(err)
			}
			w, a := s.post(t, batch(tt.event))
			if diff := cmp.Diff(&answer{Accepted: 1, Results: []result{{ID: "1", Status: "accepted"}}}, a); diff != "" || w.Code != 200 {
				t.Fatalf("answer %d (-want +got):\n%s", w.Code, diff)
			}
			device := s.cookie.Value
			tt.want.CustomerID, tt.want.Device, tt.want.Channel = s.book.Consents.Visitor(device), device, crm.ChannelWeb
			got := all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{}))
			tt.want.Direction = got[0].Direction
			ignore := cmpopts.IgnoreFields(crm.Interaction{}, "ID", "Ref", "CreatedAt", "UpdatedAt")
			if diff := cmp.Diff([]*crm.Interaction{&tt.want}, got, ignore); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			if got[0].Ref.Source != "collect" {
				t.Errorf("the ref is %v", got[0].Ref)
			}
		})
	}
}

// A device's clock is corrected by when it says that it sends, and a retry is
// known although the correction of it is another.
func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name   string
		wrong  time.Duration // by how much the device's clock is ahead
		sent   bool          // whether it says when it sends
		ago    time.Duration // the event, truly
		want   time.Duration // the event, as recorded; -1 is refused
		status string
	}{
		{"right", 0, true, time.Hour, time.Hour, "accepted"},
		{"right, without sent_at", 0, false, time.Hour, time.Hour, "accepted"},
		{"years behind", -20 * 365 * 24 * time.Hour, true, time.Hour, time.Hour, "accepted"},
		{"years ahead", 20 * 365 * 24 * time.Hour, true, time.Hour, time.Hour, "accepted"},
		{"a little wrong, as requests take time", -3 * time.Second, true, time.Hour, time.Hour + 3*time.Second, "accepted"},
		{"ahead, without sent_at", 3 * time.Hour, false, time.Hour, 0, "accepted"},
		{"days ahead, without sent_at", 72 * time.Hour, false, time.Hour, -1, "rejected"},
		{"behind, without sent_at", -40 * 24 * time.Hour, false, time.Hour, -1, "rejected"},
		{"offline for a month", 0, true, 29 * 24 * time.Hour, 29 * 24 * time.Hour, "accepted"},
		{"offline for too long", 0, true, 31 * 24 * time.Hour, -1, "rejected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := today
			s := memory(t, &collect.Options{Now: func() time.Time { return now }})
			send := func() *answer {
				more := object{"app_instance_id": "app-0001"}
				if tt.sent {
					more["sent_at"] = now.Add(tt.wrong).UnixMilli()
				}
				_, a := s.post(t, body(more, object{"id": "1", "name": "login", "time": today.Add(tt.wrong - tt.ago).UnixMilli()}))
				return a
			}
			if got := send().Results[0].Status; got != tt.status {
				t.Fatalf("%s, want %s", got, tt.status)
			}
			if tt.want < 0 {
				if n, err := s.book.Interactions.Count(t.Context()); n != 0 || err != nil {
					t.Errorf("%d are recorded, %v", n, err)
				}
				return
			}
			now = now.Add(37*time.Second + 251*time.Millisecond)
			if got := send().Results[0].Status; got != "duplicate" {
				t.Errorf("the retry is %s", got)
			}
			got := all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{}))
			if want := today.Add(-tt.want); len(got) != 1 || !got[0].OccurredAt.Equal(want) {
				t.Errorf("recorded %v, want one at %v", got, want)
			}
		})
	}
}

// A receipt is kept for as long as a retry may come, and no longer.
func TestTick(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			now := today
			s := open(t, engine.open(t), &collect.Options{Now: func() time.Time { return now }}, nil)
			send := func(id string, at time.Time) string {
				_, a := s.post(t, body(object{"app_instance_id": "app-0001"}, object{"id": id, "name": "login", "time": at.UnixMilli()}))
				return a.Results[0].Status
			}
			tick := func() int {
				n, err := s.Tick(t.Context(), now)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			send("1", today)
			for range 4 {
				now = now.Add(7*24*time.Hour + 12*time.Hour - time.Second)
				if got := send("1", today); got != "duplicate" {
					t.Errorf("after %v the retry is %s", now.Sub(today), got)
				}
				tick()
			}
			now = now.Add(24 * time.Hour)
			if got := send("1", today); got != "rejected" {
				t.Errorf("after %v the retry is %s", now.Sub(today), got)
			}
			now = now.Add(70 * 24 * time.Hour)
			send("2", now)
			if n := tick(); n != 1 {
				t.Errorf("%d receipts are thrown away, want 1", n)
			}
			if got := send("2", now); got != "duplicate" {
				t.Errorf("the retry of what was just sent is %s", got)
			}
		})
	}
}

// Ids are a visitor's own, but for those that are long enough to be nobody
// else's.
func TestRepeats(t *testing.T) {
	long := "0123456789abcdefghijklmnop"
	for _, tt := range []struct {
		name   string
		first  string
		second string
		clear  bool // the cookie is lost in between
		want   string
	}{
		{"the same id", batch(object{"id": "1", "name": "login"}), batch(object{"id": "1", "name": "login"}), false, "duplicate"},
		{"the same id with another event", batch(object{"id": "1", "name": "login"}), batch(object{"id": "1", "name": "search", "time": today.UnixMilli()}), false, "duplicate"},
		{"a number as id", batch(object{"id": 1, "name": "login"}), batch(object{"id": "1", "name": "login"}), false, "duplicate"},
		{"the same id of another visitor", batch(object{"id": "1", "name": "login"}), batch(object{"id": "1", "name": "login"}), true, "accepted"},
		{"a long id, the cookie lost", batch(object{"id": long, "name": "login"}), batch(object{"id": long, "name": "login"}), true, "duplicate"},
		{"a client_id, the cookie lost", body(object{"client_id": "c1"}, object{"id": "1", "name": "login"}), body(object{"client_id": "c1"}, object{"id": "1", "name": "login"}), true, "duplicate"},
		{"the long id of another app", body(object{"app_instance_id": "app-0001"}, object{"id": long, "name": "login"}), body(object{"app_instance_id": "app-0002"}, object{"id": long, "name": "login"}), false, "accepted"},
		{"no id, but the same time and content", batch(object{"name": "login", "time": today.UnixMilli()}), batch(object{"time": today.UnixMilli(), "name": "login"}), false, "duplicate"},
		{"no id, another time", batch(object{"name": "login", "time": today.UnixMilli()}), batch(object{"time": today.UnixMilli() - 1, "name": "login"}), false, "accepted"},
		{"neither id nor time", batch(object{"name": "login"}), batch(object{"name": "login"}), false, "accepted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memory(t, nil)
			s.post(t, tt.first)
			if tt.clear {
				s.cookie = nil
			}
			_, a := s.post(t, tt.second)
			want := map[string]int{"duplicate": 1, "accepted": 2}[tt.want]
			if n := len(s.story(t)); a.Results[0].Status != tt.want || n != want {
				t.Errorf("the second is %s, and %d are recorded; want %s and %d", a.Results[0].Status, n, tt.want, want)
			}
		})
	}
	t.Run("twice in one batch", func(t *testing.T) {
		s := memory(t, nil)
		_, a := s.post(t, batch(object{"id": "1", "name": "login"}, object{"id": "1", "name": "login"}, object{"id": "2", "name": "login"}))
		if diff := cmp.Diff([]string{"accepted", "duplicate", "accepted"}, a.statuses()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("of another brand in the same store", func(t *testing.T) {
		st := memstore.New(nil)
		one, two := open(t, st, nil, nil), open(t, st, nil, &crm.Options{Namespace: "two"})
		text := batch(object{"id": long, "name": "login"})
		one.post(t, text)
		if _, a := two.post(t, text); a.Accepted != 1 {
			t.Errorf("it answers %+v", a)
		}
	})
}

// Who signs in is the customer, and what their browser did before is theirs.
func TestCustomer(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := open(t, engine.open(t), &collect.Options{Customer: session}, nil)
			ada, bob := s.put(t, crm.Customer{ID: "ada", GivenName: "Ada"}), s.put(t, crm.Customer{ID: "bob", GivenName: "Bob"})
			of := func(id crm.CustomerID) []string {
				var list []string
				for _, i := range all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: id})) {
					list = append(list, i.Properties["n"].String())
				}
				return list
			}
			n := 0
			visit := func(who crm.CustomerID) {
				n++
				s.post(t, batch(object{"id": n, "name": "search", "params": object{"n": n}, "time": today.Add(time.Duration(n-100) * time.Second).UnixMilli()}), "X-Session", string(who))
			}
			visit("")  // 1
			visit("")  // 2
			visit(ada) // 3
			visit("")  // 4: still this browser
			first := s.cookie.Value
			visit(bob) // 5: who shares it
			visit("")  // 6: is not Ada
			if s.cookie.Value == first {
				t.Error("another customer has the same cookie")
			}
			visit("nobody") // 7: an error of the shop's
			if diff := cmp.Diff([]string{"1", "2", "3", "4"}, of(ada)); diff != "" {
				t.Errorf("Ada (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"5", "6", "7"}, of(bob)); diff != "" {
				t.Errorf("Bob (-want +got):\n%s", diff)
			}
			if _, err := s.book.Customers.Merge(t.Context(), ada, bob); err != nil {
				t.Fatal(err)
			}
			visit("") // 8
			visit(bob)
			if got := of(ada); len(got) != 9 {
				t.Errorf("merged, they did %v", got)
			}
			if _, err := s.book.Customers.Unmerge(t.Context(), bob); err != nil {
				if _, err := s.book.Customers.Unmerge(t.Context(), ada); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{"1", "2", "3", "4"}, of(ada)); diff != "" {
				t.Errorf("un-merged, Ada (-want +got):\n%s", diff)
			}
		})
	}
}

// What a page or an app says of itself makes it nobody: only the shop's session
// tells who sends. Who knows the id of somebody's app gets nothing of theirs.
func TestClaims(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := open(t, engine.open(t), &collect.Options{Customer: session}, nil)
			ada := s.put(t, crm.Customer{ID: "ada", Email: "ada@lovelace.test"})
			eve := s.put(t, crm.Customer{ID: "eve"})
			app := object{"app_instance_id": "ada-app-0001"}
			s.post(t, body(app, object{"id": "1", "name": "view_item"}), "X-Session", string(ada))
			claims := object{"user_id": "ada", "customer_id": "ada", "email": "ada@lovelace.test", "user_data": object{"email": "ada@lovelace.test"}}
			s.post(t, body(claims, object{"id": "2", "name": "search", "user_id": "ada", "customer_id": "ada", "params": object{
				"user_id": "ada", "customer_id": "ada", "email": "ada@lovelace.test", "device": "ada-app-0001",
			}}))
			_, a := s.post(t, body(app, object{"id": "3", "name": "login"}), "X-Session", string(eve))
			if diff := cmp.Diff(&answer{Accepted: 1, Results: []result{{ID: "3", Status: "accepted"}}}, a); diff != "" {
				t.Errorf("Eve is answered (-want +got):\n%s", diff)
			}
			of := map[crm.CustomerID][]string{}
			for _, id := range []crm.CustomerID{ada, eve} {
				for _, i := range all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: id})) {
					of[id] = append(of[id], string(i.Kind))
				}
			}
			if diff := cmp.Diff(map[crm.CustomerID][]string{ada: {"view_item"}, eve: {"login"}}, of); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			if n, err := s.book.Customers.Count(t.Context()); n != 2 || err != nil {
				t.Errorf("%d customers, want 2; %v", n, err)
			}
		})
	}
}

// A device that the browser is not told of is not put down to its customer.
func TestNothingRight(t *testing.T) {
	s := memory(t, &collect.Options{Customer: session})
	ada := s.put(t, crm.Customer{ID: "ada"})
	s.post(t, batch(object{"name": "LOGIN"}), "X-Session", string(ada))
	ids, err := s.book.Identities.List(t.Context(), ada)
	if len(ids) != 0 || s.cookie != nil || err != nil {
		t.Errorf("Ada has %v and the cookie %v; %v", ids, s.cookie, err)
	}
}

// Once a customer is erased nothing is left, and a retry brings nothing back.
func TestErase(t *testing.T) {
	s := open(t, bolt(t), &collect.Options{Customer: session}, nil)
	ada := s.put(t, crm.Customer{ID: "ada", GivenName: "Ada"})
	anonymous, known := batch(object{"id": "1", "name": "search"}), batch(object{"id": "2", "name": "login"})
	s.post(t, anonymous)
	s.post(t, known, "X-Session", string(ada))
	if _, err := s.book.Privacy.Erase(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	if got := s.story(t); len(got) != 0 {
		t.Errorf("left is %v", got)
	}
	for _, text := range []string{anonymous, known} {
		if _, a := s.post(t, text, "X-Session", string(ada)); a.Duplicate != 1 {
			t.Errorf("a retry is answered %+v", a)
		}
	}
	// Who comes back is somebody new.
	if _, a := s.post(t, batch(object{"id": "3", "name": "login"}), "X-Session", string(ada)); a.Accepted != 1 {
		t.Errorf("later is answered %+v", a)
	}
	if got := all(t, s.book.Interactions.List(t.Context(), crm.InteractionQuery{})); len(got) != 1 || got[0].CustomerID == ada {
		t.Errorf("recorded are %v", got)
	}
}

// The cookie is made by the server, and is the browser's for as long as it says.
func TestCookie(t *testing.T) {
	s := memory(t, &collect.Options{Origins: []string{"https://www.shop.example"}, CookieDomain: "shop.example"})
	w, _ := s.post(t, batch(object{"name": "login"}), "Origin", "https://www.shop.example")
	c := w.Result().Cookies()[0]
	want := &http.Cookie{
		Name: "clientele", Path: "/", Domain: "shop.example", MaxAge: 390 * 24 * 60 * 60, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreFields(http.Cookie{}, "Value", "Raw")); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	value := c.Value
	if w, _ := s.post(t, batch(object{"name": "login"})); len(w.Result().Cookies()) != 0 {
		t.Errorf("a later answer has cookies %v", w.Result().Cookies())
	}
	r, _ := http.NewRequest("GET", "/", nil)
	if _, ok := s.Device(r); ok {
		t.Error("a request without a cookie has a device")
	}
	r.AddCookie(s.cookie)
	if d, ok := s.Device(r); !ok || d != value {
		t.Errorf("Device: %s, %v", d, ok)
	}
	for _, forged := range []string{"", "v1.short", "v1.0123456789ABCDEFGHJKMNPQRS", "ada@example.com", "v2.0123456789abcdefghjkmnpqrs"} {
		s.cookie.Value = forged
		if w, _ := s.post(t, batch(object{"name": "login"})); len(w.Result().Cookies()) != 1 {
			t.Errorf("with the cookie %q it sets %v", forged, w.Result().Cookies())
		}
	}
	if w, _ := memory(t, nil).post(t, batch(object{"name": "login"})); w.Result().Cookies()[0].Secure {
		t.Error("without TLS the cookie is secure, and lost")
	}
}
