package shopcsv_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

// each yields the elements of a slice as a book does.
func each[T any](list []T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
	}
}

// A maker makes values of all kinds of text, those that are hard to write too.
type maker struct{ *rand.Rand }

func (m maker) text() string {
	words := []string{
		"", "", "Mug", "=1+1", "-5", "+31 6", "@home", "'quoted'", "''=x", "a,b", "a;b", `5" pan`, "two\nlines", "two\r\nlines", "\rx",
		" spaces ", "Zoë", "\t", "[x]", "x, y", "\"", "日本",
	}
	return words[m.IntN(len(words))]
}

func (m maker) at() time.Time {
	if m.IntN(4) == 0 {
		return time.Time{}
	}
	return time.UnixMilli(m.Int64N(2_000_000_000_000)).UTC()
}

func (m maker) money(c crm.Currency) crm.Money {
	if m.IntN(3) == 0 {
		return crm.Money{}
	}
	return crm.Money{Amount: m.Int64N(20_000) - 10_000, Currency: c}
}

func (m maker) texts() []string {
	var out []string
	for range m.IntN(4) {
		out = append(out, m.text())
	}
	return out
}

func (m maker) address() crm.Address {
	return crm.Address{
		Name: m.text(), Company: m.text(), Line1: m.text(), Line2: m.text(), City: m.text(), Region: m.text(),
		Postcode: m.text(), Country: m.text(), Phone: m.text(),
	}
}

func (m maker) customer(id string) crm.Customer {
	c := crm.Customer{
		ID: crm.CustomerID(id), Account: m.IntN(2) == 0, GivenName: m.text(), FamilyName: m.text(), Company: m.text(),
		Email: m.text(), Phone: m.text(), Locale: m.text(), TimeZone: m.text(), Birthday: m.text(),
		Tags: m.texts(), Note: m.text(), FirstSeenAt: m.at(), Version: m.at(), CreatedAt: m.at(), UpdatedAt: m.at(),
	}
	for range m.IntN(3) {
		c.Refs = append(c.Refs, crm.Ref{Source: "shopify", ID: id + "#:é"})
	}
	for range m.IntN(4) {
		c.Addresses = append(c.Addresses, m.address())
	}
	return c
}

func (m maker) attributes() map[string]crm.Value {
	kinds := []crm.Value{
		crm.Text(m.text()), crm.Number(float64(m.IntN(1000)) / 8), crm.Bool(m.IntN(2) == 0), crm.Moment(m.at()),
		crm.Amount(m.money("EUR")), crm.Words(m.texts()...),
	}
	var values map[string]crm.Value
	for range m.IntN(4) {
		if values == nil {
			values = map[string]crm.Value{}
		}
		values["a"+strconv.Itoa(m.IntN(9))] = kinds[m.IntN(len(kinds))]
	}
	return values
}

func (m maker) order(id string) crm.Order {
	currency := []crm.Currency{"EUR", "JPY", "KWD"}[m.IntN(3)]
	o := crm.Order{
		ID: crm.OrderID(id), Number: m.text(), Kind: crm.OrderKind(m.text()), CustomerID: crm.CustomerID(m.text()),
		Email: m.text(), Phone: m.text(), Channel: crm.Channel(m.text()), State: crm.StatePaid, Currency: currency,
		Discount: m.money(currency), Shipping: m.money(currency), Tax: m.money(currency), TaxIncluded: m.IntN(2) == 0,
		Adjustment: m.money(currency), Total: m.money(currency), BaseTotal: m.money("EUR"),
		Coupons: m.texts(), Billing: m.address(), Delivery: m.address(), Tags: m.texts(), Note: m.text(),
		OccurredAt: time.UnixMilli(m.Int64N(2_000_000_000_000)).UTC(), Version: m.at(), CreatedAt: m.at(), UpdatedAt: m.at(),
	}
	if m.IntN(2) == 0 {
		o.Ref = crm.Ref{Source: "shopify", ID: "#" + id}
		o.Rate = crm.Rate{Num: 117, Den: 100}
		o.Shipments = []crm.Shipment{{Carrier: m.text(), Tracking: m.text(), ShippedAt: m.at()}}
	}
	for range m.IntN(3) {
		o.States = append(o.States, crm.StateChange{State: crm.OrderState([]string{"", "paid"}[m.IntN(2)]), At: m.at()})
	}
	for range m.IntN(4) {
		o.Items = append(o.Items, crm.Item{
			Kind: crm.ItemKind([]string{"", "fee"}[m.IntN(2)]), ProductID: crm.ProductID(m.text()), SKU: m.text(), Title: m.text(),
			Quantity: m.Int64N(9) - 3, Price: m.money(currency), Discount: m.money(currency), Tax: m.money(currency),
			Total: m.money(currency), UnitCost: m.money("USD"),
		})
	}
	return o
}

// recorded are the fields that are left out of exports.
var recorded = []cmp.Option{
	cmpopts.IgnoreFields(crm.Customer{}, "CreatedAt", "UpdatedAt"), cmpopts.IgnoreFields(crm.Order{}, "CreatedAt", "UpdatedAt"),
}

func TestRoundTrip(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(1, 2))}
	var customers []crm.Customer
	var orders []crm.Order
	for i := range 500 {
		id := strconv.Itoa(i)
		customers = append(customers, m.customer("cus_"+id))
		customers[i].Attributes = m.attributes()
		orders = append(orders, m.order("ord_"+id))
	}
	t.Run("customers.csv", func(t *testing.T) {
		var file, again bytes.Buffer
		if err := shopcsv.WriteCustomers(&file, shopcsv.CSV, each(customers)); err != nil {
			t.Fatal(err)
		}
		var got []crm.Customer
		for rec := range records(t, &file, shopcsv.Any, nil, &again) {
			got = append(got, *rec.Customer)
		}
		if diff := cmp.Diff(customers, got, recorded...); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		var second bytes.Buffer
		if err := shopcsv.WriteCustomers(&second, shopcsv.CSV, each(got)); err != nil {
			t.Fatal(err)
		}
		if second.String() != again.String() {
			t.Error("what was read is written with other bytes")
		}
	})
	t.Run("orders.csv", func(t *testing.T) {
		var file, again bytes.Buffer
		if err := shopcsv.WriteOrders(&file, shopcsv.CSV, each(orders)); err != nil {
			t.Fatal(err)
		}
		var got []crm.Order
		for rec := range records(t, &file, shopcsv.Any, nil, &again) {
			got = append(got, *rec.Order)
		}
		if diff := cmp.Diff(orders, got, recorded...); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("jsonl", func(t *testing.T) {
		var file bytes.Buffer
		if err := shopcsv.WriteOrders(&file, shopcsv.JSONL, each(orders)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(file.String(), "created_at") || strings.Contains(file.String(), "updated_at") {
			t.Error("the file says when it was recorded")
		}
		var got []crm.Order
		for d := json.NewDecoder(&file); ; {
			var o crm.Order
			if err := d.Decode(&o); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, o)
		}
		if diff := cmp.Diff(orders, got, recorded...); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// records yields the records of a file, of which no row may be rejected, and
// keeps a copy of what it reads.
func records(t *testing.T, file io.Reader, f shopcsv.Format, opts *shopcsv.Options, keep io.Writer) iter.Seq[crm.Record] {
	return func(yield func(crm.Record) bool) {
		var o shopcsv.Options
		if opts != nil {
			o = *opts
		}
		var rejects bytes.Buffer
		o.Rejects = &rejects
		r, err := shopcsv.NewReader(io.TeeReader(file, keep), f, &o)
		if err != nil {
			t.Fatal(err)
		}
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			if !yield(rec) {
				return
			}
		}
		account(t, r)
		if rejects.Len() > 0 {
			t.Errorf("rejects:\n%.2000s", rejects.String())
		}
	}
}

// TestOwnFiles keeps files of this release readable, and those of the first.
func TestOwnFiles(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 4))}
	customers, orders := []crm.Customer{m.customer("cus_a"), m.customer("cus_b")}, []crm.Order{m.order("ord_a"), m.order("ord_b")}
	oldest, err := os.ReadFile(filepath.Join("testdata", "own_customers_1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var old []crm.Customer
	for rec := range records(t, bytes.NewReader(oldest), shopcsv.OwnCustomers, nil, io.Discard) {
		old = append(old, *rec.Customer)
	}
	if diff := cmp.Diff(customers, old, recorded...); diff != "" {
		t.Errorf("the file of the first release (-want +got)\n%s", diff)
	}
	customers[1].Attributes = map[string]crm.Value{"shoe_size": crm.Number(42.5), "colors": crm.Words("red", "blue, dark")}
	var files [2]bytes.Buffer
	if err := errors.Join(
		shopcsv.WriteCustomers(&files[0], shopcsv.CSV, each(customers)), shopcsv.WriteOrders(&files[1], shopcsv.CSV, each(orders)),
	); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"own_customers.csv", "own_orders.csv"} {
		name = filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(name, files[i].Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), files[i].String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	broken := errors.New("broken")
	failing := func(yield func(*crm.Order, error) bool) { yield(nil, broken) }
	if err := shopcsv.WriteOrders(io.Discard, shopcsv.CSV, failing); !errors.Is(err, broken) {
		t.Errorf("error of the sequence: %v", err)
	}
	if err := shopcsv.WriteOrders(failingWriter{broken}, shopcsv.CSV, each([]crm.Order{{ID: "ord_a"}})); !errors.Is(err, broken) {
		t.Errorf("error of the writer: %v", err)
	}
	if err := shopcsv.WriteOrders(io.Discard, shopcsv.CSV, each([]crm.Order{{}})); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("an order without id and ref: %v", err)
	}
	infinite := crm.Customer{ID: "cus_a", Attributes: map[string]crm.Value{"size": crm.Number(math.Inf(1))}}
	for _, e := range []shopcsv.Encoding{shopcsv.CSV, shopcsv.JSONL} {
		if err := shopcsv.WriteCustomers(io.Discard, e, each([]crm.Customer{infinite})); err == nil {
			t.Errorf("%s: a number that is none is written", e)
		}
	}
	if err := shopcsv.WriteOrders(io.Discard, "xml", each([]crm.Order{})); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("an unknown encoding: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
