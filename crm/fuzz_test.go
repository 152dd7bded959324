package crm_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
)

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"12.50", "-0.07", ".5", "-.5", "1.", "", "-", "92233720368547758.07", "-92233720368547758.08", "1e5", "0x1p3", "1_0"} {
		for _, c := range []string{"GBP", "JPY", "KWD", "CLF", "gbp"} {
			f.Add(s, c)
		}
	}
	f.Fuzz(func(t *testing.T, s, c string) { checkDecimal(t, s, crm.Currency(c)) })
}

func FuzzMoney(f *testing.F) {
	for _, n := range [][3]int64{{1, 2, 3}, {math.MaxInt64, math.MinInt64, -1}, {145295143558111, 253921, -2}, {math.MinInt64, -1, 1}} {
		f.Add(n[0], n[1], n[2])
	}
	f.Fuzz(func(t *testing.T, a, b, c int64) { checkMoney(t, a, b, c) })
}

func FuzzRate(f *testing.F) {
	for _, s := range []string{"1.1735", "0.85", "1", ".5", "1.", "+1", "-1", "0", "9223372036854775807", "0.000000000000001"} {
		f.Add(s, int64(1000))
	}
	f.Fuzz(func(t *testing.T, s string, amount int64) {
		rate, err := crm.ParseRate(s)
		if err != nil {
			if !errors.Is(err, crm.ErrInvalid) {
				t.Fatalf("ParseRate(%q): %v", s, err)
			}
			return
		}
		read, ok := new(big.Rat).SetString(s)
		if want := big.NewRat(rate.Num, rate.Den); !ok || read.Cmp(want) != 0 {
			t.Fatalf("ParseRate(%q) = %v, math/big reads %v", s, rate, read)
		}
		for _, to := range []crm.Currency{"GBP", "JPY", "KWD"} {
			got, err := rate.Convert(eur(amount), to)
			scale := map[crm.Currency]*big.Rat{"GBP": big.NewRat(1, 1), "JPY": big.NewRat(1, 100), "KWD": big.NewRat(10, 1)}[to]
			exact := new(big.Rat).Mul(scale.Mul(scale, read), new(big.Rat).SetInt64(amount))
			switch want := rounded(exact); {
			case err == nil && (!want.IsInt64() || got != crm.Money{Amount: want.Int64(), Currency: to}):
				t.Fatalf("%v at %s is %v, want %v", eur(amount), s, got, want)
			case err != nil && !errors.Is(err, crm.ErrOverflow):
				t.Fatalf("%v at %s: %v", eur(amount), s, err)
			}
		}
	})
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"shop:1", "shop:a:b", ":", "shop:", ":1", "", "shop:ada@example.com", "a b:c", "shop:\xff", "läden:ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := crm.ParseRef(s)
		if invalid, ok := errors.AsType[*crm.InvalidError](err); err != nil {
			if !ok || len(invalid.Fields) == 0 || !errors.Is(err, crm.ErrInvalid) {
				t.Fatalf("ParseRef(%q): %v", s, err)
			}
			return
		}
		if r.String() != s || r.IsZero() {
			t.Fatalf("ParseRef(%q) = %#v, which is %q", s, r, r)
		}
	})
}
