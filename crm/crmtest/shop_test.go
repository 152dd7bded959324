package crmtest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

var update = flag.Bool("update", false, "rewrite testdata")

// told is what a record of the back office holds.
type told struct {
	Customer *crm.Customer
	Product  *crm.Product
	Order    *crm.Order
	Refund   *crm.Refund
	Line     int64
}

// digest hashes what a shop tells, up to so many records and deeds.
func digest(t *testing.T, shop *crmtest.Demo, limit int) string {
	t.Helper()
	sum := sha256.New()
	write := func(h hash.Hash, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(append(b, '\n'))
	}
	n := 0
	for r, err := range shop.Records() {
		if err != nil {
			t.Fatal(err)
		}
		write(sum, told{r.Customer, r.Product, r.Order, r.Refund, r.Line})
		if n++; n == limit {
			break
		}
	}
	n = 0
	for b := range shop.Behavior() {
		write(sum, b)
		if n++; n == limit {
			break
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// digestAll hashes all that a shop tells, up to so many records.
func digestAll(t *testing.T, shop *crmtest.Demo, limit int) string {
	t.Helper()
	sum := sha256.New()
	n := 0
	for r, err := range shop.All() {
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(append(b, '\n'))
		if n++; n == limit {
			break
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// TestGolden finds out when a shop is not what it was: on another platform, in
// another release. A release that changes it on purpose says so in CHANGELOG.md.
func TestGolden(t *testing.T) {
	var got bytes.Buffer
	for _, c := range []struct {
		n    int
		seed uint64
	}{{3, 1}, {500, 1}, {500, 2}, {4000, 1 << 63}} {
		fmt.Fprintf(&got, "%d customers, seed %d: %s\n", c.n, c.seed, digest(t, crmtest.Shop(c.n, c.seed), 3000))
	}
	for _, n := range []int{3, 500} {
		fmt.Fprintf(&got, "all of %d customers, seed 1: %s\n", n, digestAll(t, crmtest.Shop(n, 1), 9000))
	}
	file := filepath.Join("testdata", "golden.txt")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTwiceTheSame(t *testing.T) {
	a, b := digest(t, crmtest.Shop(200, 9), 0), digest(t, crmtest.Shop(200, 9), 0)
	if a != b {
		t.Error("two equal shops differ")
	}
	if other := digest(t, crmtest.Shop(200, 10), 0); a == other {
		t.Error("another seed is the same shop")
	}
}

func TestSmallShops(t *testing.T) {
	for _, d := range []*crmtest.Demo{
		{}, {Customers: 1}, {Customers: 2, Seed: 5}, {Customers: 40, Products: 1},
		{Customers: 40, Duration: 24 * time.Hour}, {Customers: 40, Duration: time.Hour},
		{Customers: 40, Orders: 1}, {Customers: 40, Orders: 4000},
		{Customers: 40, Base: "JPY"}, {Customers: 40, Base: "USD", Currencies: []crm.Currency{"USD"}},
		{Customers: 20, Duration: 60 * 365 * 24 * time.Hour, Orders: 200},
		{Customers: 40, Start: time.Date(2020, 2, 29, 23, 0, 0, 0, time.FixedZone("", -7200))},
	} {
		t.Run(fmt.Sprintf("%+v", *d), func(t *testing.T) {
			start, end := d.Period()
			for r, err := range d.Records() {
				if err != nil {
					t.Fatal(err)
				}
				if o := r.Order; o != nil {
					check(t, o)
					if o.OccurredAt.Before(start) || !o.OccurredAt.Before(end) {
						t.Errorf("order %v at %v", o.Ref, o.OccurredAt)
					}
				}
			}
			for b := range d.Behavior() {
				if b.At.Before(start) || !b.At.Before(end) {
					t.Errorf("%s at %v", b.Name, b.At)
				}
			}
			for r, err := range d.All() {
				if err != nil {
					t.Fatal(err)
				}
				if i := r.Interaction; i != nil && (i.OccurredAt.Before(start) || !i.OccurredAt.Before(end)) {
					t.Errorf("%s at %v", i.Kind, i.OccurredAt)
				}
			}
		})
	}
}

func TestUnknownCurrency(t *testing.T) {
	for _, d := range []*crmtest.Demo{{Customers: 3, Base: "XXX"}, {Customers: 3, Currencies: []crm.Currency{"EUR", "BTC"}}} {
		n := 0
		for _, err := range d.Records() {
			if n++; !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
		}
		if n != 1 {
			t.Errorf("%d records, want one error", n)
		}
		for r, err := range d.All() {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("All: got %+v, %v, want ErrInvalid", r, err)
			}
		}
		if _, err := d.Catalog(); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("Catalog: got %v, want ErrInvalid", err)
		}
	}
}

// check checks that an order adds up.
func check(t *testing.T, o *crm.Order) {
	t.Helper()
	sum, tax := int64(0), int64(0)
	for _, m := range []crm.Money{o.Discount, o.Shipping, o.Tax, o.Total} {
		if !m.IsZero() && m.Currency != o.Currency || m.Amount < 0 {
			t.Errorf("order %v in %v holds %v", o.Ref, o.Currency, m)
		}
	}
	for _, it := range o.Items {
		if it.Quantity < 1 || it.Price.Amount <= 0 || it.UnitCost.Amount <= 0 {
			t.Errorf("order %v has a line of %d at %v, cost %v", o.Ref, it.Quantity, it.Price, it.UnitCost)
		}
		if want := it.Price.Amount*it.Quantity - it.Discount.Amount; it.Total.Amount != want || it.Total.Currency != o.Currency {
			t.Errorf("order %v: line of %v, want %d", o.Ref, it.Total, want)
		}
		sum += it.Total.Amount
		tax += it.Tax.Amount
	}
	want := sum - o.Discount.Amount + o.Shipping.Amount
	if !o.TaxIncluded {
		want += o.Tax.Amount
	}
	if len(o.Items) == 0 || o.Total.Amount != want {
		t.Errorf("order %v: total %v of %d items, want %d", o.Ref, o.Total, len(o.Items), want)
	}
	if o.Tax.Amount < tax || o.Tax.Amount > tax+o.Shipping.Amount {
		t.Errorf("order %v: tax %v, of the lines %d", o.Ref, o.Tax, tax)
	}
	if len(o.States) == 0 || o.States[len(o.States)-1].State != o.State || !o.States[len(o.States)-1].At.Equal(o.Version) {
		t.Errorf("order %v is %q at %v after %v", o.Ref, o.State, o.Version, o.States)
	}
	if !slices.IsSortedFunc(o.States, func(a, b crm.StateChange) int { return a.At.Compare(b.At) }) || o.States[0].At.Before(o.OccurredAt) {
		t.Errorf("order %v: states %v", o.Ref, o.States)
	}
	for _, s := range o.Shipments {
		if s.ShippedAt.IsZero() && !s.DeliveredAt.IsZero() || !s.DeliveredAt.IsZero() && !s.DeliveredAt.After(s.ShippedAt) || !s.PromisedAt.After(o.OccurredAt) {
			t.Errorf("order %v: shipment %+v", o.Ref, s)
		}
	}
}

// TestRecordsAreConsistent looks at every record of a shop.
func TestRecordsAreConsistent(t *testing.T) {
	shop := crmtest.Shop(2500, 4)
	orders := map[crm.Ref]*crm.Order{}
	refs := map[crm.Ref]crm.Currency{} // customers
	mails, phones := map[string]crm.Ref{}, map[string]crm.Ref{}
	products := map[string]bool{}
	var last time.Time
	var line int64
	for r, err := range shop.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if line++; r.Line != line {
			t.Fatalf("line %d, want %d", r.Line, line)
		}
		var at time.Time
		switch {
		case r.Refund != nil:
			at = r.Refund.OccurredAt
		case r.Order != nil:
			at = r.Order.OccurredAt
			if orders[r.Order.Ref] != nil {
				at = r.Order.Version
			}
		case r.Customer != nil:
			at = r.Customer.Version
		}
		if !at.IsZero() && at.Before(last) {
			t.Fatalf("record %d at %v comes after %v", line, at, last)
		}
		last = at
		if p := r.Product; p != nil {
			for _, v := range p.Variants {
				if products[v.SKU] || v.Price.Amount <= v.UnitCost.Amount || v.UnitCost.Amount <= 0 {
					t.Errorf("variant %+v", v)
				}
				products[v.SKU] = true
			}
			for _, rel := range p.Relations {
				if rel.SKU == p.Variants[0].SKU {
					t.Errorf("%s goes with itself", rel.SKU)
				}
			}
		}
		if c := r.Customer; c != nil {
			ref := c.Refs[0]
			if !strings.HasSuffix(c.Email, "@example.com") && !strings.HasSuffix(c.Email, "@example.org") && !strings.HasSuffix(c.Email, "@example.net") {
				t.Errorf("customer %v writes from %q", ref, c.Email)
			}
			if other, ok := mails[c.Email]; ok && other != ref {
				t.Errorf("%v and %v share the address %q", ref, other, c.Email)
			}
			if other, ok := phones[c.Phone]; ok && other != ref && c.Phone != "" {
				t.Errorf("%v and %v share the number %q", ref, other, c.Phone)
			}
			mails[c.Email], phones[c.Phone] = ref, ref
			if c.GivenName == "" || c.FamilyName == "" || len(c.Addresses) != 1 || strings.ContainsAny(c.Addresses[0].Postcode, "#@") || strings.ContainsAny(c.Phone, "#") {
				t.Errorf("customer %+v", c)
			}
			if r.Order != nil {
				if cur, ok := refs[ref]; ok && cur != r.Order.Currency {
					t.Errorf("%v pays in %v and %v", ref, cur, r.Order.Currency)
				}
				refs[ref] = r.Order.Currency
			}
		}
		if o := r.Order; o != nil {
			check(t, o)
			if (r.Customer == nil) != (o.Email == "") {
				t.Errorf("order %v: customer %v, e-mail %q", o.Ref, r.Customer, o.Email)
			}
			for _, it := range o.Items {
				if !products[it.SKU] {
					t.Errorf("order %v: no product has the SKU %q", o.Ref, it.SKU)
				}
			}
			before := orders[o.Ref]
			switch {
			case r.Refund != nil:
				if diff := cmp.Diff(before, o); diff != "" {
					t.Errorf("order %v beside a refund (-before +now):\n%s", o.Ref, diff)
				}
			case before != nil:
				if o.State != crm.StateCanceled && o.State != crm.StateExpired || !o.Version.After(before.Version) {
					t.Errorf("order %v comes again as %q at %v", o.Ref, o.State, o.Version)
				}
			}
			orders[o.Ref] = o
		}
		if f := r.Refund; f != nil {
			var sum int64
			for _, l := range f.Lines {
				sum += l.Amount.Amount
				i := slices.IndexFunc(r.Order.Items, func(it crm.Item) bool { return it.SKU == l.SKU })
				if l.Kind == crm.ItemProduct && (i < 0 || l.Quantity > r.Order.Items[i].Quantity || l.Quantity < 1) {
					t.Errorf("refund %v: line %+v", f.Ref, l)
				}
			}
			if sum != f.Amount.Amount || f.Currency != r.Order.Currency || sum > r.Order.Total.Amount || sum <= 0 || !f.OccurredAt.After(r.Order.OccurredAt) {
				t.Errorf("refund %v of %v for %v", f.Ref, f.Amount, r.Order.Total)
			}
		}
	}
}

// TestBehaviorPrecedesOrders holds behavior against the orders of the same shop.
func TestBehaviorPrecedesOrders(t *testing.T) {
	shop := crmtest.Shop(1500, 8)
	type visit struct{ carted, checkout bool }
	visits := map[string]*visit{}
	bought := map[crm.Ref]time.Time{}
	names := map[string]int{}
	var last time.Time
	for b := range shop.Behavior() {
		if b.At.Before(last) {
			t.Fatalf("%v at %v comes after %v", b.Ref, b.At, last)
		}
		last = b.At
		names[b.Name]++
		v := visits[b.Session]
		if v == nil {
			v = new(visit)
			visits[b.Session] = v
		}
		switch b.Name {
		case "add_to_cart":
			v.carted = true
		case "begin_checkout":
			v.checkout = true
		case "purchase":
			bought[b.Order] = b.At
			if b.Channel != crm.ChannelStore && (!v.carted || !v.checkout) {
				t.Errorf("purchase %v without a cart or a checkout", b.Order)
			}
		}
		if (b.SKU != "") != (b.Name == "view_item" || b.Name == "add_to_cart" || b.Name == "ar_session") {
			t.Errorf("%s has the SKU %q", b.Name, b.SKU)
		}
	}
	seen := map[crm.Ref]bool{}
	for r := range shop.Records() {
		o := r.Order
		if o == nil || seen[o.Ref] {
			continue
		}
		seen[o.Ref] = true
		at, ok := bought[o.Ref]
		if want := o.Channel != crm.ChannelPhone && o.Channel != crm.ChannelMarketplace && r.Customer != nil; ok != want || ok && !at.Equal(o.OccurredAt) {
			t.Errorf("order %v by %s: purchase %t at %v", o.Ref, o.Channel, ok, at)
		}
	}
	for _, name := range []string{"page_view", "search", "view_item", "add_to_cart", "begin_checkout", "purchase", "store_visit", "ar_session"} {
		if names[name] < 100 {
			t.Errorf("%d of %s", names[name], name)
		}
	}
}

// TestStreams proves that nothing is kept: the heap does not grow with the
// orders.
func TestStreams(t *testing.T) {
	shop := crmtest.Shop(2000, 1)
	shop.Orders = 60000
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	next, stop := iter.Pull2(shop.Records())
	defer stop()
	var least, most uint64
	for i := 0; ; i++ {
		_, _, ok := next()
		if !ok {
			break
		}
		if i%10000 == 5000 {
			n := heap()
			if least == 0 {
				least = n
			}
			most = max(most, n)
		}
	}
	if most > least+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes", least, most)
	}
}

func TestCatalog(t *testing.T) {
	products, err := (&crmtest.Demo{Products: 3000, Seed: 3}).Catalog()
	if err != nil || len(products) != 3000 {
		t.Fatalf("%d products, %v", len(products), err)
	}
	titles := map[string]int{}
	for _, p := range products {
		titles[p.Title]++
	}
	if len(titles) < 2990 {
		t.Errorf("%d titles of 3000 products", len(titles))
	}
}
