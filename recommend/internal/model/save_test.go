package model_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// saved returns the bytes of a shop.
func saved(tb testing.TB, s *model.Shop) []byte {
	tb.Helper()
	var b bytes.Buffer
	n, err := s.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		tb.Fatalf("wrote %d of %d bytes: %v", n, b.Len(), err)
	}
	return b.Bytes()
}

// A shop that was saved and restored says the same to the last bit.
func TestRestored(t *testing.T) {
	nothing := model.Goods{Log: ledger.New().Log(ledger.Bought, nil)}
	for _, c := range []struct {
		name string
		made made
	}{
		{"a year old", oldShop.ready(t)},
		{"with views", seenShop.ready(t)},
		{"empty", made{nothing, train(t, nothing, 9), 9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shop := c.made.shop
			data := saved(t, shop)
			got, err := model.ReadShop(iotest.OneByteReader(bytes.NewReader(data)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(shop.Products, got.Products); diff != "" || shop.Day != got.Day {
				t.Errorf("day %d, products (-want +got)\n%s", got.Day, diff)
			}
			if diff := cmp.Diff(shop.Settings, got.Settings); diff != "" {
				t.Errorf("settings (-want +got)\n%s", diff)
			}
			if !bytes.Equal(data, saved(t, got)) {
				t.Error("saved again it has other bytes")
			}
			n := len(shop.Products)
			want, scores := make([]float32, n), make([]float32, n)
			for _, q := range hostile(c.made.goods, c.made.day) {
				for k := range shop.Blends {
					shop.Blends[k].Score(q, want)
					got.Blends[k].Score(q, scores)
					for p := range want {
						if math.Float32bits(want[p]) != math.Float32bits(scores[p]) {
							t.Fatalf("question %d scores %s with %v, then %v", k, shop.Products[p], want[p], scores[p])
						}
					}
					top := model.Top(nil, want, 5, nil)
					answer := got.Blends[k].Ask(q, scores)
					if diff := cmp.Diff(shop.Blends[k].Why(q, top), answer.Why(top)); diff != "" || !slices.Equal(want, scores) {
						t.Fatalf("question %d, reasons (-want +got)\n%s", k, diff)
					}
					answer.Done()
				}
			}
		})
	}
}

// What was cut short or changed is found out, errors of the reader come
// through.
func TestDamagedShop(t *testing.T) {
	data := saved(t, train(t, maker{customers: 30, products: 12, days: 100, size: 3}.goods(1), 100))
	for at := 0; at < len(data); at += 1 + len(data)/150 {
		if _, err := model.ReadShop(bytes.NewReader(data[:at])); !errors.Is(err, model.ErrCorrupt) {
			t.Errorf("cut at %d: %v", at, err)
		}
		changed := bytes.Clone(data)
		changed[at] ^= 0x10
		if _, err := model.ReadShop(bytes.NewReader(changed)); !errors.Is(err, model.ErrCorrupt) {
			t.Errorf("changed at %d: %v", at, err)
		}
	}
	broken := errors.New("broken")
	if _, err := model.ReadShop(io.MultiReader(bytes.NewReader(data[:40]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a broken reader gives %v", err)
	}
}

// What tells repeats says the same once it was saved and restored, to the last bit,
// and is found out when it is damaged. No customer is in it.
func TestRestoredRepeat(t *testing.T) {
	for _, c := range []struct {
		name  string
		goods model.Goods
		day   int32
		known bool
	}{
		{"a year old", oldShop.goods(2), 365, true},
		{"a week old", maker{customers: 3, products: 4, days: 7, size: 2}.goods(2), 7, false},
		{"empty", model.Goods{Log: ledger.New().Log(ledger.Bought, nil)}, 9, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.goods.Log
			repeat := repeats(t, l, c.day)
			var b bytes.Buffer
			if n, err := repeat.WriteTo(&b); err != nil || n != int64(b.Len()) {
				t.Fatalf("wrote %d of %d bytes: %v", n, b.Len(), err)
			}
			data := b.Bytes()
			rest := strings.NewReader("what follows")
			in := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(data), rest), 1<<16)
			got, err := model.ReadRepeat(in, len(l.Products))
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(in); string(text) != "what follows" || err != nil {
				t.Errorf("%q follows, %v", text, err)
			}
			if got.Known != repeat.Known || got.Known != c.known {
				t.Errorf("known: %v, then %v, want %v", repeat.Known, got.Known, c.known)
			}
			for who := range int32(len(l.Customers)) {
				past := model.Past(l, who, c.day)
				products, chances := repeat.Chances(past, c.day)
				gotProducts, gotChances := got.Chances(past, c.day)
				if !slices.Equal(products, gotProducts) || !slices.Equal(chances, gotChances) {
					t.Fatalf("chances of %d: %v, then %v", who, chances, gotChances)
				}
				if diff := cmp.Diff(repeat.Dates(past, 1), got.Dates(past, 1)); diff != "" {
					t.Fatalf("dates of %d (-made +restored)\n%s", who, diff)
				}
			}
			for at := 0; at < len(data); at += 1 + len(data)/150 {
				if _, err := model.ReadRepeat(bytes.NewReader(data[:at]), len(l.Products)); !errors.Is(err, model.ErrCorrupt) {
					t.Errorf("cut at %d: %v", at, err)
				}
				changed := bytes.Clone(data)
				changed[at] ^= 0x10
				if _, err := model.ReadRepeat(bytes.NewReader(changed), len(l.Products)); !errors.Is(err, model.ErrCorrupt) {
					t.Errorf("changed at %d: %v", at, err)
				}
			}
			if _, err := model.ReadRepeat(bytes.NewReader(data), len(l.Products)+1); !errors.Is(err, model.ErrCorrupt) {
				t.Errorf("of other products: %v", err)
			}
		})
	}
}

// Arbitrary bytes never panic, and what is read can be asked.
func FuzzReadShop(f *testing.F) {
	shop, err := model.Train(f.Context(), maker{customers: 12, products: 8, days: 60, size: 3, views: true}.goods(1), 60, model.Settings{Rank: 2})
	if err != nil {
		f.Fatal(err)
	}
	data := saved(f, shop)
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		shop, err := model.ReadShopUnsummed(data)
		if err != nil {
			return
		}
		out := make([]float32, len(shop.Products))
		q := &model.Query{Day: 60, Past: []model.Item{{Product: 1, Quantity: 1, Day: 50}, {Product: 3, Quantity: 2, Day: 59, Basket: 1}}, Cart: []int32{2}, Seen: []model.Sight{{Product: 4, Day: 60, Kind: ledger.Viewed}}}
		for _, b := range shop.Blends {
			b.Score(q, out)
			b.Why(q, []int32{0, 1, 7, 99})
		}
	})
}
