package store_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seed-9cb3708a/clientele/store"
)

// An order as shops have it: the fields that most orders fill.
type order struct {
	ID         string    `json:"id"`
	Source     string    `json:"source"`
	Ref        string    `json:"ref"`
	Number     string    `json:"number"`
	CustomerID string    `json:"customer_id"`
	Channel    string    `json:"channel"`
	State      string    `json:"state"`
	Currency   string    `json:"currency"`
	Items      []item    `json:"items"`
	Shipping   int64     `json:"shipping"`
	Tax        int64     `json:"tax"`
	Total      int64     `json:"total"`
	Included   bool      `json:"tax_included"`
	Delivery   address   `json:"delivery"`
	OccurredAt time.Time `json:"occurred_at"`
	CreatedAt  time.Time `json:"created_at"`
}

type item struct {
	ProductID string `json:"product_id"`
	SKU       string `json:"sku"`
	Title     string `json:"title"`
	Quantity  int64  `json:"quantity"`
	Price     int64  `json:"price"`
	Tax       int64  `json:"tax"`
	Total     int64  `json:"total"`
}

type address struct {
	Name    string `json:"name"`
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

func orderFields(c *store.Coder, o *order) {
	store.String(c, 1, &o.ID)
	store.String(c, 2, &o.Source)
	store.String(c, 3, &o.Ref)
	store.String(c, 4, &o.Number)
	store.String(c, 5, &o.CustomerID)
	store.String(c, 6, &o.Channel)
	store.String(c, 7, &o.State)
	store.String(c, 8, &o.Currency)
	store.List(c, 9, &o.Items, itemFields)
	store.Int(c, 10, &o.Shipping)
	store.Int(c, 11, &o.Tax)
	store.Int(c, 12, &o.Total)
	store.Bool(c, 13, &o.Included)
	store.Message(c, 14, &o.Delivery, addressFields)
	store.Time(c, 15, &o.OccurredAt)
	store.Time(c, 16, &o.CreatedAt)
}

func itemFields(c *store.Coder, i *item) {
	store.String(c, 1, &i.ProductID)
	store.String(c, 2, &i.SKU)
	store.String(c, 3, &i.Title)
	store.Int(c, 4, &i.Quantity)
	store.Int(c, 5, &i.Price)
	store.Int(c, 6, &i.Tax)
	store.Int(c, 7, &i.Total)
}

func addressFields(c *store.Coder, a *address) {
	store.String(c, 1, &a.Name)
	store.String(c, 2, &a.Street)
	store.String(c, 3, &a.City)
	store.String(c, 4, &a.Zip)
	store.String(c, 5, &a.Country)
}

func sampleOrder() *order {
	at := time.UnixMilli(1_764_000_000_000).UTC()
	o := &order{
		ID: "ord_01jdf0q4r8vz3k7m2x9c5b6n8t", Source: "shopify", Ref: "5712930046118", Number: "#1042",
		CustomerID: "cus_01jdezw0k2a4b6c8d0e2f4g6h8", Channel: "web", State: "paid", Currency: "EUR",
		Shipping: 490, Tax: 2031, Total: 12721, Included: true,
		Delivery:   address{"Ada Byron", "12 St James's Square", "London", "SW1Y 4JH", "GB"},
		OccurredAt: at, CreatedAt: at.Add(time.Minute),
	}
	for i := range 4 {
		o.Items = append(o.Items, item{
			ProductID: fmt.Sprintf("prd_01jd%dk2a4b6c8d0e2f4g6h8j0", i), SKU: fmt.Sprintf("TEA-%d-250G", i),
			Title: "Darjeeling First Flush, loose leaf, 250 g", Quantity: int64(i + 1), Price: 1295, Tax: 207, Total: int64(1295 * (i + 1)),
		})
	}
	return o
}

// The same by hand over protowire, as a careful programmer writes it.

func handEncode(b []byte, o *order) []byte {
	b = handString(b, 1, o.ID)
	b = handString(b, 2, o.Source)
	b = handString(b, 3, o.Ref)
	b = handString(b, 4, o.Number)
	b = handString(b, 5, o.CustomerID)
	b = handString(b, 6, o.Channel)
	b = handString(b, 7, o.State)
	b = handString(b, 8, o.Currency)
	var buf [256]byte
	for i := range o.Items {
		it := &o.Items[i]
		m := handString(buf[:0], 1, it.ProductID)
		m = handString(m, 2, it.SKU)
		m = handString(m, 3, it.Title)
		m = handInt(m, 4, it.Quantity)
		m = handInt(m, 5, it.Price)
		m = handInt(m, 6, it.Tax)
		m = handInt(m, 7, it.Total)
		b = protowire.AppendTag(b, 9, protowire.BytesType)
		b = protowire.AppendBytes(b, m)
	}
	b = handInt(b, 10, o.Shipping)
	b = handInt(b, 11, o.Tax)
	b = handInt(b, 12, o.Total)
	if o.Included {
		b = protowire.AppendTag(b, 13, protowire.VarintType)
		b = protowire.AppendVarint(b, 1)
	}
	m := handString(buf[:0], 1, o.Delivery.Name)
	m = handString(m, 2, o.Delivery.Street)
	m = handString(m, 3, o.Delivery.City)
	m = handString(m, 4, o.Delivery.Zip)
	m = handString(m, 5, o.Delivery.Country)
	if len(m) > 0 {
		b = protowire.AppendTag(b, 14, protowire.BytesType)
		b = protowire.AppendBytes(b, m)
	}
	if !o.OccurredAt.IsZero() {
		b = protowire.AppendTag(b, 15, protowire.VarintType)
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(o.OccurredAt.UnixMilli()))
	}
	if !o.CreatedAt.IsZero() {
		b = protowire.AppendTag(b, 16, protowire.VarintType)
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(o.CreatedAt.UnixMilli()))
	}
	return b
}

func handString(b []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	b = protowire.AppendTag(b, num, protowire.BytesType)
	return protowire.AppendString(b, s)
}

func handInt(b []byte, num protowire.Number, n int64) []byte {
	if n == 0 {
		return b
	}
	b = protowire.AppendTag(b, num, protowire.VarintType)
	return protowire.AppendVarint(b, protowire.EncodeZigZag(n))
}

// handField cuts the first field off b: its number, and its text or number.
func handField(b []byte) (rest []byte, num protowire.Number, text []byte, n uint64) {
	num, typ, size := protowire.ConsumeTag(b)
	if size < 0 {
		return nil, -1, nil, 0
	}
	b = b[size:]
	switch typ {
	case protowire.BytesType:
		text, size = protowire.ConsumeBytes(b)
	case protowire.VarintType:
		n, size = protowire.ConsumeVarint(b)
	default:
		size = protowire.ConsumeFieldValue(num, typ, b)
	}
	if size < 0 {
		return nil, -1, nil, 0
	}
	return b[size:], num, text, n
}

func handDecode(b []byte, o *order) bool {
	for len(b) > 0 {
		var num protowire.Number
		var text []byte
		var n uint64
		b, num, text, n = handField(b)
		switch num {
		case -1:
			return false
		case 1:
			o.ID = string(text)
		case 2:
			o.Source = string(text)
		case 3:
			o.Ref = string(text)
		case 4:
			o.Number = string(text)
		case 5:
			o.CustomerID = string(text)
		case 6:
			o.Channel = string(text)
		case 7:
			o.State = string(text)
		case 8:
			o.Currency = string(text)
		case 9:
			var it item
			if !handDecodeItem(text, &it) {
				return false
			}
			o.Items = append(o.Items, it)
		case 10:
			o.Shipping = protowire.DecodeZigZag(n)
		case 11:
			o.Tax = protowire.DecodeZigZag(n)
		case 12:
			o.Total = protowire.DecodeZigZag(n)
		case 13:
			o.Included = n != 0
		case 14:
			if !handDecodeAddress(text, &o.Delivery) {
				return false
			}
		case 15:
			o.OccurredAt = time.UnixMilli(protowire.DecodeZigZag(n)).UTC()
		case 16:
			o.CreatedAt = time.UnixMilli(protowire.DecodeZigZag(n)).UTC()
		}
	}
	return true
}

func handDecodeItem(b []byte, it *item) bool {
	for len(b) > 0 {
		var num protowire.Number
		var text []byte
		var n uint64
		b, num, text, n = handField(b)
		switch num {
		case -1:
			return false
		case 1:
			it.ProductID = string(text)
		case 2:
			it.SKU = string(text)
		case 3:
			it.Title = string(text)
		case 4:
			it.Quantity = protowire.DecodeZigZag(n)
		case 5:
			it.Price = protowire.DecodeZigZag(n)
		case 6:
			it.Tax = protowire.DecodeZigZag(n)
		case 7:
			it.Total = protowire.DecodeZigZag(n)
		}
	}
	return true
}

func handDecodeAddress(b []byte, a *address) bool {
	for len(b) > 0 {
		var num protowire.Number
		var text []byte
		b, num, text, _ = handField(b)
		switch num {
		case -1:
			return false
		case 1:
			a.Name = string(text)
		case 2:
			a.Street = string(text)
		case 3:
			a.City = string(text)
		case 4:
			a.Zip = string(text)
		case 5:
			a.Country = string(text)
		}
	}
	return true
}

// BenchmarkCoder compares the Coder with hand-written protowire code (x-hand:
// our time over its) and with encoding/json (x-json: its time over ours). The
// sides take turns within one run, so that noise hits all alike.
func BenchmarkCoder(b *testing.B) {
	want := sampleOrder()
	data := store.Encode(nil, want, orderFields)
	text, err := json.Marshal(want)
	if err != nil {
		b.Fatal(err)
	}
	hand := handEncode(nil, want)
	if string(hand) != string(data) {
		b.Fatal("the encodings differ")
	}
	b.Run("decode", func(b *testing.B) {
		take := func(f func(o *order) bool) func() {
			var o order
			if !f(&o) || !reflect.DeepEqual(&o, want) {
				b.Fatalf("got %+v", o)
			}
			return func() { f(new(order)) }
		}
		turns(b,
			take(func(o *order) bool { return store.Decode(data, o, orderFields) == nil }),
			take(func(o *order) bool { return handDecode(data, o) }),
			take(func(o *order) bool { return json.Unmarshal(text, o) == nil }))
	})
	b.Run("encode", func(b *testing.B) {
		buf := make([]byte, 0, 2*len(data))
		turns(b,
			func() { store.Encode(buf, want, orderFields) },
			func() { handEncode(buf, want) },
			func() { json.Marshal(want) })
	})
}

// turns runs ours, hand and json in alternating rounds, and reports the ratios
// of the sums of their times.
func turns(b *testing.B, ours, hand, json func()) {
	const round = 32
	var took [3]time.Duration
	b.ReportAllocs()
	for b.Loop() {
		for i, f := range []func(){ours, hand, json} {
			start := time.Now()
			for range round {
				f()
			}
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "x-hand")
	b.ReportMetric(float64(took[2])/float64(took[0]), "x-json")
	b.ReportMetric(float64(took[0])/float64(b.N*round), "ns/ours")
	b.ReportMetric(float64(took[1])/float64(b.N*round), "ns/hand")
}

func BenchmarkKey(b *testing.B) {
	at := time.UnixMilli(1_764_000_000_000)
	key := store.NewKey(7, 1).String("cus_01jdezw0k2a4b6c8d0e2f4g6h8").TimeDesc(at).Int(1042).End()
	b.Run("build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			store.NewKey(7, 1).String("cus_01jdezw0k2a4b6c8d0e2f4g6h8").TimeDesc(at).Int(1042).End()
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := store.ReadKey(key)
			_ = r.String()
			r.TimeDesc()
			r.Int()
			if !r.End() {
				b.Fatal(r.Err())
			}
		}
	})
}

// BenchmarkBuffer writes and reads a transaction of 1,000 keys, in their order
// and in none.
func BenchmarkBuffer(b *testing.B) {
	for _, order := range []string{"ascending", "random"} {
		b.Run(order, func(b *testing.B) {
			keys := make([][]byte, 1000)
			for i := range keys {
				keys[i] = store.NewKey(7, 0).Int(int64(i)).End()
			}
			if order == "random" {
				rand.New(rand.NewPCG(1, 2)).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			}
			value := make([]byte, 100)
			b.ReportAllocs()
			for b.Loop() {
				buf := store.NewBuffer(newBase())
				for _, k := range keys {
					buf.Put(k, value)
				}
				n := 0
				for range buf.Writes() {
					n++
				}
				if n != len(keys) {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/key")
		})
	}
}

// BenchmarkTable saves a changed record that has three indexes.
func BenchmarkTable(b *testing.B) {
	s := shelf{Room: "east", N: 1, Label: "label", Tags: []string{"red", "tall"}, Width: 80}
	buf := store.NewBuffer(newBase())
	if err := shelves.Put(buf, &s); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := shelves.Update(buf, shelfKey(shelves.Key(), &s), func(s *shelf) error {
			s.Width++
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
