package crm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// seeds are what is personal of the person whom [seed] records, as it is written
// and in other spellings.
var seeds = []string{
	"Adaseed", "Loveseed", "Seedlace Works", "Ada.Seed@Example.com", "ada.seed@example.com", "countess.seed@gmail.com",
	"+44 20 7946 0018", "442079460018", "12 Seedling Square", "Seedborough", "SE3 D42", "1815-12-10", "seed of a note",
	"vip-seed", "seed review", "device-seed-77", "SEED-4711", "seed-shoe-9", "seed proof", "seed order note", "SEEDTRACK9",
	"seed reason", "guest.seed@seedmail.net", "seed-5123", "seed search", "Seed household", "seed trait", "seed wish",
}

// planted returns the seeds that are in a text, in whatever case.
func planted(text []byte) []string {
	text = bytes.ToLower(text)
	var list []string
	for _, s := range seeds {
		if bytes.Contains(text, bytes.ToLower([]byte(s))) {
			list = append(list, s)
		}
	}
	return list
}

// A person is whom seed records: two ids that were merged, and a visitor.
type person struct {
	id, other crm.CustomerID
	orders    []crm.OrderID
	refund    crm.RefundID
	totals    *crm.Aggregates
}

// seed records somebody of whom there is something in every table, and somebody
// else who shall stay.
func seed(t *testing.T, book *crm.Book) *person {
	t.Helper()
	ctx := crm.WithActor(t.Context(), "agent-7")
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(book.Customers.Declare(ctx, crm.Attribute{Name: "shoe", Type: crm.TypeText}))
	home := crm.Address{Name: "Adaseed Loveseed", Line1: "12 Seedling Square", City: "Seedborough", Postcode: "SE3 D42", Country: "GB"}
	p := &person{}
	record := func(c crm.Customer) crm.CustomerID {
		v, err := book.Customers.Record(ctx, c)
		ok(err)
		return v.ID
	}
	p.id = record(crm.Customer{
		Refs: []crm.Ref{{Source: "shop", ID: "seed-5123"}}, Account: true, GivenName: "Adaseed", FamilyName: "Loveseed", Company: "Seedlace Works",
		Email: "countess.seed@gmail.com", Phone: "+44 20 7946 0018", Birthday: "1815-12-10", Addresses: []crm.Address{home},
		Tags: []string{"vip-seed"}, Note: "seed of a note", FirstSeenAt: day(1),
		Attributes: map[string]crm.Value{"shoe": crm.Text("seed-shoe-9")},
	})
	_, err := book.Customers.Update(ctx, p.id, func(c *crm.Customer) error { c.Email = "Ada.Seed@Example.com"; return nil })
	ok(err)
	p.other = record(crm.Customer{GivenName: "Adaseed", Email: "guest.seed@seedmail.net", Tags: []string{"vip-seed", "red"}, FirstSeenAt: day(2)})
	bob := record(crm.Customer{ID: "bob", GivenName: "Bob", Email: "bob@example.com", Phone: "+44 20 7946 0999"})
	order := func(customer crm.CustomerID, id string, day0 int) {
		o := crm.Order{
			Ref: ref(id), Number: "N" + id, CustomerID: customer, Email: "Ada.Seed@Example.com", Phone: "+44 20 7946 0018", OccurredAt: day(day0),
			Items: []crm.Item{{SKU: "MUG", Title: "Mug", Quantity: 2, Price: gbp(1250)}}, State: crm.StateDelivered,
			Billing: home, Delivery: home, Note: "seed order note", Tags: []string{"vip-seed"},
			Shipments: []crm.Shipment{{Carrier: "post", Tracking: "SEEDTRACK9", ShippedAt: day(day0 + 1)}},
		}
		if customer == "bob" {
			o.Email, o.Phone, o.Note, o.Billing, o.Delivery, o.Tags, o.Shipments = "bob@example.com", "", "a note of Bob", crm.Address{}, crm.Address{}, nil, nil
		}
		v, err := book.Orders.Record(ctx, o)
		ok(err)
		if customer != "bob" {
			p.orders = append(p.orders, v.ID)
		}
	}
	order(p.id, "1", 10)
	order(p.other, "2", 11)
	order("", "3", 12) // a guest, of whom there is nothing but the address
	order(bob, "4", 13)
	r, err := book.Refunds.Record(ctx, crm.Refund{Ref: ref("1"), OrderID: p.orders[0], Amount: gbp(500), Reason: "seed reason", OccurredAt: day(20)})
	ok(err)
	p.refund = r.ID
	_, err = book.Refunds.Record(ctx, crm.Refund{Ref: ref("3"), OrderID: p.orders[2], Amount: gbp(100), Reason: "seed reason", OccurredAt: day(21)})
	ok(err)
	for _, i := range []crm.Identity{
		{Kind: crm.IdentityLoyalty, Value: "SEED-4711", Verified: true}, {Kind: crm.IdentityDevice, Value: "device-seed-77"},
	} {
		_, err := book.Identities.Link(ctx, p.id, i)
		ok(err)
	}
	for _, i := range []crm.Interaction{
		{CustomerID: p.id, Kind: crm.KindReview, Rating: 5, Text: "a seed review", OccurredAt: day(30)},
		{CustomerID: p.other, Kind: crm.KindSearch, Properties: map[string]crm.Value{"search_term": crm.Text("seed search")}, OccurredAt: day(31)},
		{Device: "device-seed-77", Kind: crm.KindPageView, OccurredAt: day(5)},
		{CustomerID: bob, Kind: crm.KindReview, Rating: 3, Text: "a review of Bob", OccurredAt: day(30)},
	} {
		_, err := book.Interactions.Record(ctx, i)
		ok(err)
	}
	_, err = book.Consents.Record(ctx, crm.Consent{
		CustomerID: p.id, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: day(3),
		Proof: crm.Proof{Source: "shop", Mechanism: "checkbox", IPHash: book.Consents.HashIP(netip.MustParseAddr("203.0.113.77")), Note: "seed proof"},
	})
	ok(err)
	_, err = book.Groups.Create(ctx, crm.Group{
		Kind: crm.GroupHousehold, Name: "Seed household", Address: home,
		Members: []crm.Member{{CustomerID: p.id}, {CustomerID: p.other}},
	})
	ok(err)
	_, err = book.Groups.Create(ctx, crm.Group{
		ID: "grp_mugs", Kind: crm.GroupCompany, Name: "Mugs", Members: []crm.Member{{CustomerID: p.other}, {CustomerID: bob}},
	})
	ok(err)
	ok(book.Traits.Set(ctx, p.id, "predict", day(40), map[string]crm.Value{"note": crm.Text("seed trait")}))
	ok(book.Traits.State(ctx, p.other, map[string]crm.Value{"interest": crm.Text("seed wish")}, "form", day(41)))
	_, err = book.Customers.Merge(ctx, p.other, p.id)
	ok(err)
	_, err = book.Customers.Update(ctx, p.id, func(c *crm.Customer) error { c.Tags = []string{"vip-seed"}; return nil }) // takes a tag from the other
	ok(err)
	_, err = book.Customers.Update(ctx, p.id, func(c *crm.Customer) error { c.Tags = nil; c.Note = "seed of a note"; return nil })
	ok(err)
	p.totals, err = book.Customers.Aggregates(ctx, p.id)
	ok(err)
	return p
}

// contentsOf is all that is in a store, keys too.
func contentsOf(t *testing.T, st store.Store) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			out.Write(kv.Key)
			out.Write(kv.Value)
			out.WriteByte('\n')
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// feedOf is all that the feed holds.
func feedOf(t *testing.T, st store.Store) []byte {
	t.Helper()
	var out bytes.Buffer
	for e, err := range st.Feed(t.Context(), store.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %s\n", e.Topic, e.Payload)
	}
	return out.Bytes()
}

func backupOf(t *testing.T, st store.Store) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := store.Backup(t.Context(), st, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exported is what Export tells of somebody.
type exported struct {
	ID     crm.CustomerID               `json:"id"`
	IDs    []crm.CustomerID             `json:"ids"`
	Tables map[string][]json.RawMessage `json:"tables"`
}

func dossier(t *testing.T, book *crm.Book, id crm.CustomerID) (e exported, text []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := book.Privacy.Export(t.Context(), id, &out); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &e); err != nil {
		t.Fatalf("%v:\n%s", err, &out)
	}
	return e, out.Bytes()
}

func erase(t *testing.T, book *crm.Book, id crm.CustomerID) *crm.Erasure {
	t.Helper()
	e, err := book.Privacy.Erase(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestErase searches for the seeded person before they are erased, when all must
// be there, and afterwards, when nothing may be.
func TestErase(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			var logs bytes.Buffer
			st := engine.open(t)
			book := open(t, st, &crm.Options{Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			p := seed(t, book)
			all := slices.DeleteFunc(slices.Clone(seeds), func(s string) bool { // spellings that are nowhere
				return s == "442079460018"
			})
			if diff := cmp.Diff(all, slices.DeleteFunc(planted(contentsOf(t, st)), func(s string) bool { return s == "442079460018" })); diff != "" {
				t.Errorf("the fixture does not hold all seeds (-want +got):\n%s", diff)
			}
			from := head(t, book)
			e := erase(t, book, p.other) // by whichever id

			if e.FinishedAt.IsZero() || !slices.Contains(e.IDs, p.id) || !slices.Contains(e.IDs, p.other) || len(e.IDs) != 3 {
				t.Errorf("erased %v, finished at %v; want both ids and the visitor's", e.IDs, e.FinishedAt)
			}
			var told []crm.CustomerID
			for _, ev := range since(t, book, from) {
				if ev.Kind == crm.CustomerErased {
					told = append(told, ev.CustomerID)
				}
			}
			if diff := cmp.Diff(e.IDs, told); diff != "" {
				t.Errorf("events of ids (-want +got):\n%s", diff)
			}
			for what, text := range map[string][]byte{
				"the store": contentsOf(t, st), "the feed": feedOf(t, st), "the log": logs.Bytes(), "a backup": backupOf(t, st),
			} {
				if words := planted(text); words != nil {
					t.Errorf("%s still holds %q", what, words)
				}
			}
			check(t, book, p)
			again := erase(t, book, p.id)
			if diff := cmp.Diff(e, again); diff != "" {
				t.Errorf("erased again (-want +got):\n%s", diff)
			}
			if proof, err := book.Privacy.Erasure(t.Context(), p.other); err != nil || cmp.Diff(e, proof) != "" {
				t.Errorf("the proof is %+v, %v; want %+v", proof, err, e)
			}
			if err := book.Privacy.VerifyAudit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// check looks at what is left of an erased person: the books.
func check(t *testing.T, book *crm.Book, p *person) {
	t.Helper()
	ctx := t.Context()
	for _, id := range []crm.CustomerID{p.id, p.other} {
		v, err := book.Customers.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		want := &crm.Customer{ID: p.id, FirstSeenAt: v.FirstSeenAt, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, ErasedAt: v.ErasedAt}
		if diff := cmp.Diff(want, v); diff != "" || v.ErasedAt.IsZero() {
			t.Errorf("the stub, erased at %v (-want +got):\n%s", v.ErasedAt, diff)
		}
	}
	for name, err := range map[string]error{
		"by e-mail": second(book.Customers.ByEmail(ctx, "ada.seed@example.com")),
		"by ref":    second(book.Customers.ByRef(ctx, crm.Ref{Source: "shop", ID: "seed-5123"})),
		"update":    second(book.Customers.Update(ctx, p.id, func(c *crm.Customer) error { c.Note = "back"; return nil })),
		"link":      second(book.Identities.Link(ctx, p.id, crm.Identity{Kind: crm.IdentityLoyalty, Value: "9"})),
		"interact":  second(book.Interactions.Record(ctx, crm.Interaction{CustomerID: p.id, Kind: crm.KindNote, Text: "back"})),
		"consent":   second(book.Consents.Record(ctx, crm.Consent{CustomerID: p.id, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted})),
		"record":    second(book.Customers.Record(ctx, crm.Customer{ID: p.id, GivenName: "Back"})),
		"trait":     book.Traits.Set(ctx, p.id, "predict", today, map[string]crm.Value{"note": crm.Text("back")}),
		"state":     book.Traits.State(ctx, p.id, map[string]crm.Value{"interest": crm.Text("back")}, "form", today),
		"group":     second(book.Groups.Create(ctx, crm.Group{Name: "back", Members: []crm.Member{{CustomerID: p.id}}})),
		"merge":     second(book.Customers.Merge(ctx, "bob", p.id)),
	} {
		if !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%s: %v, want %v", name, err, crm.ErrNotFound)
		}
	}
	if ok, _ := book.Consents.MaySend(ctx, p.id, crm.ChannelEmail, crm.PurposeMarketing, today); ok {
		t.Error("one may send messages to a person who was erased")
	}
	totals, err := book.Customers.Aggregates(ctx, p.id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.totals, totals); diff != "" {
		t.Errorf("aggregates (-want +got):\n%s", diff)
	}
	var sum []string
	for _, id := range p.orders {
		o, err := book.Orders.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		sum = append(sum, fmt.Sprintf("%s %v %v %d %s", o.Number, o.Total, o.State, o.Items[0].Quantity, o.OccurredAt.Format("0102")))
	}
	want := []string{"N1 25.00 GBP delivered 2 0110", "N2 25.00 GBP delivered 2 0111", "N3 25.00 GBP delivered 2 0112"}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if r, err := book.Refunds.Get(ctx, p.refund); err != nil || r.Amount != gbp(500) {
		t.Errorf("refund %+v, %v", r, err)
	}
	if v, err := book.Customers.Get(ctx, "bob"); err != nil || v.Email != "bob@example.com" {
		t.Errorf("somebody else is %+v, %v", v, err)
	}
	if n, err := book.Customers.Count(ctx); n != 1 || err != nil {
		t.Errorf("%d customers, %v; want 1", n, err)
	}
	if g, err := book.Groups.Get(ctx, "grp_mugs"); err != nil || len(g.Members) != 1 || g.Members[0].CustomerID != "bob" {
		t.Errorf("a group of somebody else too is %+v, %v", g, err)
	}
	if n, err := book.Groups.Count(ctx); n != 1 || err != nil {
		t.Errorf("%d groups, %v; want 1, without the household", n, err)
	}
	e, _ := dossier(t, book, "bob")
	if n := len(e.Tables["crm.interactions"]); n != 1 {
		t.Errorf("somebody else has %d interactions, want 1", n)
	}
}

func second[T any](_ T, err error) error { return err }

// TestEraseFromTheFile searches the raw file of a boltstore: what was deleted is
// in its free space until it is compacted.
func TestEraseFromTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	book := open(t, st, nil)
	p := seed(t, book)
	file := func() []byte {
		t.Helper()
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if n := len(planted(file())); n < 20 {
		t.Fatalf("the file holds %d seeds, want 20 or more", n)
	}
	erase(t, book, p.id)
	c, ok := store.As[store.Compacter](st)
	if !ok {
		t.Fatal("the store cannot be compacted")
	}
	if err := c.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if words := planted(file()); words != nil {
		t.Errorf("the file still holds %q", words)
	}
	check(t, book, p)
}

// TestExportAndEraseMissNothing compares, table by table, what the store holds of
// a person with what Export tells and with what Erase leaves. It wants a record
// in each table that has any of a person, so that a table that is added later
// has to be seen to.
func TestExportAndEraseMissNothing(t *testing.T) {
	book := memory(t)
	p := seed(t, book)
	told, text := dossier(t, book, p.id)
	if diff := cmp.Diff(p.id, told.ID); diff != "" || len(told.IDs) != 3 {
		t.Errorf("exported ids %v (-want +got):\n%s", told.IDs, diff)
	}
	of := func() (subjects, whole map[string][]string) {
		subjects, whole = map[string][]string{}, map[string][]string{}
		err := book.Store().View(t.Context(), func(_ context.Context, r store.Reader) error {
			for _, s := range crm.Shelves(book) {
				for d, err := range s.Read(r, store.Range{}) {
					if err != nil {
						return err
					}
					if d.Subject == "" || !slices.Contains(told.IDs, crm.CustomerID(d.Subject)) {
						continue
					}
					masked, err := d.Masked()
					if err != nil {
						return err
					}
					subjects[s.Name()] = append(subjects[s.Name()], string(d.JSON))
					if !bytes.Equal(masked, d.JSON) {
						whole[s.Name()] = append(whole[s.Name()], string(d.JSON))
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return subjects, whole
	}
	have, _ := of()
	for table, records := range have {
		for _, text := range records {
			if !slices.ContainsFunc(told.Tables[table], func(m json.RawMessage) bool { return string(m) == text }) {
				t.Errorf("the export lacks of %s: %s", table, text)
			}
		}
	}
	for _, s := range crm.Shelves(book) {
		if len(have[s.Name()]) == 0 && !slices.Contains(nobodys, s.Name()) {
			t.Errorf("table %s holds nothing of the seeded person: let seed record something in it, or name it in nobodys", s.Name())
		}
	}
	if diff := cmp.Diff(slices.DeleteFunc(slices.Clone(seeds), func(s string) bool { return s == "442079460018" }), slices.DeleteFunc(planted(text), func(s string) bool { return s == "442079460018" })); diff != "" {
		t.Errorf("seeds in the export (-want +got):\n%s", diff)
	}
	if _, again := dossier(t, book, p.other); !bytes.Equal(text, again) {
		t.Errorf("the export by another id differs:\n%s", cmp.Diff(string(text), string(again)))
	}
	erase(t, book, p.id)
	if _, whole := of(); len(whole) > 0 {
		t.Errorf("what is personal after the erasure: %v", whole)
	}
	if _, text := dossier(t, book, p.id); planted(text) != nil {
		t.Errorf("an export after the erasure tells %q", planted(text))
	}
}

// nobodys are the tables that hold nothing of the seeded person under their
// name: what is the book's own, and what is made by rooms and failures.
var nobodys = []string{
	"crm.book", "crm.products", "crm.listings", "crm.attributes", "crm.groups", "crm.followers", "crm.dead_letters",
	"crm.audit_head", "crm.erasures", "crm.erasure_keys",
}

// TestEraseRefusesUnknownTables erases nothing while the store has a table of a
// shop that did not register it; and that one too, once it is registered.
func TestEraseRefusesUnknownTables(t *testing.T) {
	type wish struct {
		CustomerID string `json:"customer_id"`
		Text       string `json:"text"`
	}
	table := store.MustTable(store.Schema[wish]{
		Number: 200, Name: "shop.wishes",
		Fields: func(c *store.Coder, w *wish) {
			store.String(c, 1, &w.CustomerID)
			store.String(c, 2, &w.Text)
		},
		Key:     func(k store.Key, w *wish) store.Key { return k.String(w.CustomerID) },
		Subject: func(w *wish) string { return w.CustomerID },
		Owner:   store.PrimaryKey,
	})
	book := memory(t)
	p := seed(t, book)
	if err := table.Prepare(t.Context(), book.Store()); err != nil {
		t.Fatal(err)
	}
	if err := book.Store().Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		return table.Put(tx, &wish{string(p.other), "a mug for Adaseed"})
	}); err != nil {
		t.Fatal(err)
	}
	_, err := book.Privacy.Erase(t.Context(), p.id)
	if !errors.Is(err, crm.ErrUnregistered) || !strings.Contains(err.Error(), "shop.wishes") {
		t.Errorf("Erase: %v, want %v and the table's name", err, crm.ErrUnregistered)
	}
	if err := book.Privacy.Export(t.Context(), p.id, &bytes.Buffer{}); !errors.Is(err, crm.ErrUnregistered) {
		t.Errorf("Export: %v, want %v", err, crm.ErrUnregistered)
	}
	if v, err := book.Customers.Get(t.Context(), p.id); err != nil || v.GivenName != "Adaseed" {
		t.Errorf("the customer is %+v, %v after an erasure that was refused", v, err)
	}
	if err := book.Register(table); err != nil {
		t.Fatal(err)
	}
	if told, _ := dossier(t, book, p.id); len(told.Tables["shop.wishes"]) != 1 {
		t.Errorf("the export lacks the wish: %v", told.Tables)
	}
	e := erase(t, book, p.id)
	if !slices.Contains(e.Tables, crm.ErasedTable{Table: "shop.wishes", Records: 1}) {
		t.Errorf("the proof lacks the wish: %v", e.Tables)
	}
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("the store still holds %q", words)
	}
}

// weary is a store that fails once it was updated so often.
type weary struct {
	store.Store
	left int
}

var errWeary = errors.New("the machine went down")

func (w *weary) Unwrap() store.Store { return w.Store }

func (w *weary) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	if w.left == 0 {
		return errWeary
	}
	w.left--
	return w.Store.Update(ctx, f)
}

// TestEraseGoesOn interrupts the erasure of somebody with many records after each
// number of transactions. When it is asked for again the outcome is the same.
func TestEraseGoesOn(t *testing.T) {
	live := func(st store.Store) (*crm.Book, *person) {
		book := open(t, st, nil)
		p := seed(t, book)
		if err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
			for i := range 1200 {
				if _, err := tx.Interactions.Record(ctx, crm.Interaction{CustomerID: p.id, Kind: crm.KindPageView, Ref: ref(fmt.Sprint(i)), OccurredAt: day(40)}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return book, p
	}
	book, p := live(memstore.New(nil))
	want := erase(t, book, p.id)
	steps := 0
	for n := 1; ; n++ {
		st := &weary{memstore.New(nil), -1}
		book, p := live(st)
		st.left = n
		_, err := book.Privacy.Erase(t.Context(), p.id)
		if err == nil {
			break
		}
		steps++
		if !errors.Is(err, errWeary) {
			t.Fatal(err)
		}
		if v, err := book.Customers.Get(t.Context(), p.id); err != nil || v.ErasedAt.IsZero() {
			t.Errorf("after %d transactions the customer is %+v, %v", n, v, err)
		}
		if half, err := book.Privacy.Erasure(t.Context(), p.id); err != nil || !half.FinishedAt.IsZero() {
			t.Errorf("after %d transactions the proof is %+v, %v", n, half, err)
		}
		for _, id := range []crm.CustomerID{p.id, p.other} {
			if ok, err := book.Consents.MaySend(t.Context(), id, crm.ChannelEmail, crm.PurposeMarketing, today); ok || !errors.Is(err, crm.ErrErased) {
				t.Errorf("after %d transactions one may send: %t, %v", n, ok, err)
			}
		}
		st.left = -1
		got := erase(t, book, p.other)
		if diff := cmp.Diff(want.Tables, got.Tables); diff != "" || got.FinishedAt.IsZero() {
			t.Errorf("after %d transactions, and on (-want +got):\n%s", n, diff)
		}
		if words := planted(contentsOf(t, st)); words != nil {
			t.Errorf("after %d transactions, and on, the store still holds %q", n, words)
		}
	}
	if steps < 3 {
		t.Errorf("the erasure took %d transactions, want several", steps+1)
	}
}
