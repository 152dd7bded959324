package crm_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/currency"

	"github.com/seed-9cb3708a/clientele/crm"
)

func TestParseMoney(t *testing.T) {
	for _, tt := range []struct {
		name string
		text string
		in   crm.Currency
		want crm.Money
		err  error
	}{
		{"two decimals", "12.50", "GBP", gbp(1250), nil},
		{"one decimal", "12.5", "GBP", gbp(1250), nil},
		{"none", "12", "GBP", gbp(1200), nil},
		{"negative", "-0.07", "GBP", gbp(-7), nil},
		{"no whole part", ".5", "GBP", gbp(50), nil},
		{"no whole part, negative", "-.5", "GBP", gbp(-50), nil},
		{"leading zeros", "007.00", "GBP", gbp(700), nil},
		{"zeros beyond the exponent", "1.23000", "GBP", gbp(123), nil},
		{"yen", "1200", "JPY", crm.Money{Amount: 1200, Currency: "JPY"}, nil},
		{"yen with zeros", "1200.00", "JPY", crm.Money{Amount: 1200, Currency: "JPY"}, nil},
		{"dinars have three", "1.234", "KWD", crm.Money{Amount: 1234, Currency: "KWD"}, nil},
		{"unidades de fomento have four", "1.2345", "CLF", crm.Money{Amount: 12345, Currency: "CLF"}, nil},
		{"the largest", "92233720368547758.07", "GBP", gbp(math.MaxInt64), nil},
		{"the least", "-92233720368547758.08", "GBP", gbp(math.MinInt64), nil},
		{"negative zero", "-0.00", "GBP", gbp(0), nil},

		{"a penny too many", "92233720368547758.08", "GBP", crm.Money{}, crm.ErrOverflow},
		{"half a penny", "1.005", "GBP", crm.Money{}, crm.ErrInvalid},
		{"half a yen", "1.5", "JPY", crm.Money{}, crm.ErrInvalid},
		{"empty", "", "GBP", crm.Money{}, crm.ErrInvalid},
		{"a sign only", "-", "GBP", crm.Money{}, crm.ErrInvalid},
		{"a point only", ".", "GBP", crm.Money{}, crm.ErrInvalid},
		{"a point at the end", "1.", "GBP", crm.Money{}, crm.ErrInvalid},
		{"two signs", "--1", "GBP", crm.Money{}, crm.ErrInvalid},
		{"a plus", "+1", "GBP", crm.Money{}, crm.ErrInvalid},
		{"two points", "1.2.3", "GBP", crm.Money{}, crm.ErrInvalid},
		{"grouping", "1,000.00", "GBP", crm.Money{}, crm.ErrInvalid},
		{"spaces", " 1", "GBP", crm.Money{}, crm.ErrInvalid},
		{"a sign within", "1.-5", "GBP", crm.Money{}, crm.ErrInvalid},
		{"an exponent", "1e3", "GBP", crm.Money{}, crm.ErrInvalid},
		{"foreign digits", "١", "GBP", crm.Money{}, crm.ErrInvalid},
		{"no currency", "1", "", crm.Money{}, crm.ErrInvalid},
		{"a small currency", "1", "gbp", crm.Money{}, crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := crm.ParseMoney(tt.text, tt.in)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseMoney(%q, %s) = %v, %v, want %v, %v", tt.text, tt.in, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestMoneyText(t *testing.T) {
	for _, tt := range []struct {
		name            string
		money           crm.Money
		decimal, string string
	}{
		{"pounds", gbp(1250), "12.50", "12.50 GBP"},
		{"pence", gbp(-7), "-0.07", "-0.07 GBP"},
		{"yen", crm.Money{Amount: 1200, Currency: "JPY"}, "1200", "1200 JPY"},
		{"dinars", crm.Money{Amount: 5, Currency: "KWD"}, "0.005", "0.005 KWD"},
		{"the least", gbp(math.MinInt64), "-92233720368547758.08", "-92233720368547758.08 GBP"},
		{"nothing", crm.Money{}, "0.00", "0.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d, s := tt.money.Decimal(), tt.money.String(); d != tt.decimal || s != tt.string {
				t.Errorf("got %q and %q, want %q and %q", d, s, tt.decimal, tt.string)
			}
		})
	}
}

func TestMoneyJSON(t *testing.T) {
	data, err := json.Marshal(gbp(1250))
	if want := `{"amount":1250,"currency":"GBP"}`; err != nil || string(data) != want {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
}

func TestMoneyArithmetic(t *testing.T) {
	const most, least = math.MaxInt64, math.MinInt64
	for _, tt := range []struct {
		name string
		do   func() (crm.Money, error)
		want crm.Money
		err  error
	}{
		{"add", func() (crm.Money, error) { return gbp(1).Add(gbp(2)) }, gbp(3), nil},
		{"the zero Money adds to any", func() (crm.Money, error) { return crm.Money{}.Add(eur(2)) }, eur(2), nil},
		{"any adds to the zero Money", func() (crm.Money, error) { return eur(2).Add(crm.Money{}) }, eur(2), nil},
		{"zero pounds add to pounds only", func() (crm.Money, error) { return gbp(0).Add(eur(2)) }, crm.Money{}, crm.ErrInvalid},
		{"add over the top", func() (crm.Money, error) { return gbp(most).Add(gbp(1)) }, crm.Money{}, crm.ErrOverflow},
		{"add under the bottom", func() (crm.Money, error) { return gbp(least).Add(gbp(-1)) }, crm.Money{}, crm.ErrOverflow},
		{"sub", func() (crm.Money, error) { return gbp(1).Sub(gbp(2)) }, gbp(-1), nil},
		{"sub from the zero Money", func() (crm.Money, error) { return crm.Money{}.Sub(eur(2)) }, eur(-2), nil},
		{"sub another currency", func() (crm.Money, error) { return gbp(1).Sub(eur(2)) }, crm.Money{}, crm.ErrInvalid},
		{"sub the least of another currency", func() (crm.Money, error) { return gbp(1).Sub(eur(least)) }, crm.Money{}, crm.ErrInvalid},
		{"sub the least from a debt", func() (crm.Money, error) { return gbp(-1).Sub(gbp(least)) }, gbp(most), nil},
		{"sub the least from nothing", func() (crm.Money, error) { return gbp(0).Sub(gbp(least)) }, crm.Money{}, crm.ErrOverflow},
		{"sum of none", func() (crm.Money, error) { return crm.Sum() }, crm.Money{}, nil},
		{"sum", func() (crm.Money, error) { return crm.Sum(crm.Money{}, gbp(1), gbp(2), gbp(-5)) }, gbp(-2), nil},
		{"sum of two currencies", func() (crm.Money, error) { return crm.Sum(gbp(1), eur(1)) }, crm.Money{}, crm.ErrInvalid},
		{"half rounds up", func() (crm.Money, error) { return gbp(5).Mul(1, 2) }, gbp(3), nil},
		{"half a debt rounds as half a sum", func() (crm.Money, error) { return gbp(-5).Mul(1, 2) }, gbp(-3), nil},
		{"less than half rounds down", func() (crm.Money, error) { return gbp(4).Mul(1, 3) }, gbp(1), nil},
		{"negative denominator", func() (crm.Money, error) { return gbp(6).Mul(1, -4) }, gbp(-2), nil},
		{"by nothing", func() (crm.Money, error) { return gbp(6).Mul(1, 0) }, crm.Money{}, crm.ErrOverflow},
		{"the middle may exceed 64 bits", func() (crm.Money, error) { return gbp(most).Mul(most, most) }, gbp(most), nil},
		{"the least times one", func() (crm.Money, error) { return gbp(least).Mul(1, 1) }, gbp(least), nil},
		{"the least times minus one", func() (crm.Money, error) { return gbp(least).Mul(-1, 1) }, crm.Money{}, crm.ErrOverflow},
		// |a·b| / |c| is 2⁶⁴ - ½: rounding it up must not end at 0.
		{"rounding over 64 bits", func() (crm.Money, error) { return gbp(145295143558111).Mul(253921, -2) }, crm.Money{}, crm.ErrOverflow},
		{"negative", func() (crm.Money, error) { return gbp(3).Neg(), nil }, gbp(-3), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.do()
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestMoneyCompare(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b crm.Money
		want int
		err  error
	}{
		{"less", gbp(1), gbp(2), -1, nil},
		{"equal", gbp(2), gbp(2), 0, nil},
		{"more", gbp(3), gbp(2), 1, nil},
		{"the zero Money", crm.Money{}, gbp(-2), 1, nil},
		{"another currency", gbp(1), eur(1), 0, crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.a.Compare(tt.b); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %d, %v, want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
	if s := [3]int{gbp(-5).Sign(), gbp(0).Sign(), gbp(5).Sign()}; s != [3]int{-1, 0, 1} {
		t.Errorf("signs are %v", s)
	}
}

func TestAllocate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		money   crm.Money
		weights []int64
		want    []crm.Money
		err     error
	}{
		{"in three", gbp(100), []int64{1, 1, 1}, []crm.Money{gbp(34), gbp(33), gbp(33)}, nil},
		{"the largest remainder first", gbp(100), []int64{1, 2, 4}, []crm.Money{gbp(14), gbp(29), gbp(57)}, nil},
		{"a debt", gbp(-100), []int64{1, 1, 1}, []crm.Money{gbp(-34), gbp(-33), gbp(-33)}, nil},
		{"nothing for no weight", gbp(1), []int64{0, 3, 0}, []crm.Money{gbp(0), gbp(1), gbp(0)}, nil},
		{"nothing to split", gbp(0), []int64{1, 2}, []crm.Money{gbp(0), gbp(0)}, nil},
		{"less than parts", gbp(2), []int64{1, 1, 1}, []crm.Money{gbp(1), gbp(1), gbp(0)}, nil},
		{"the least", gbp(math.MinInt64), []int64{1}, []crm.Money{gbp(math.MinInt64)}, nil},
		{"huge weights", gbp(10), []int64{math.MaxInt64 - 1, 1}, []crm.Money{gbp(10), gbp(0)}, nil},
		{"a negative weight", gbp(1), []int64{1, -1}, nil, crm.ErrInvalid},
		{"no weight above 0", gbp(1), []int64{0, 0}, nil, crm.ErrInvalid},
		{"no weights", gbp(1), nil, nil, crm.ErrInvalid},
		{"weights that overflow", gbp(1), []int64{math.MaxInt64, 1}, nil, crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.money.Allocate(tt.weights...)
			if !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRate(t *testing.T) {
	yen := func(n int64) crm.Money { return crm.Money{Amount: n, Currency: "JPY"} }
	fils := func(n int64) crm.Money { return crm.Money{Amount: n, Currency: "KWD"} }
	for _, tt := range []struct {
		name string
		rate string
		from crm.Money
		want crm.Money
	}{
		{"euros to pounds", "0.85", eur(1000), gbp(850)},
		{"half rounds away from zero", "0.85", eur(10), gbp(9)},
		{"and so does half a debt", "0.85", eur(-10), gbp(-9)},
		{"yen have no decimals", "0.0053", yen(1000), gbp(530)},
		{"pounds to yen", "190.5", gbp(10), yen(19)},
		{"dinars have three", "2.5", fils(1000), gbp(250)},
		{"dinars to yen", "480.1", fils(1000), yen(480)},
		{"yen to dinars", "0.002083", yen(1000), fils(2083)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rate, err := crm.ParseRate(tt.rate)
			if err != nil {
				t.Fatal(err)
			}
			got, err := rate.Convert(tt.from, tt.want.Currency)
			if err != nil || got != tt.want {
				t.Errorf("%v at %s is %v, %v, want %v", tt.from, tt.rate, got, err, tt.want)
			}
		})
	}
	if _, err := (crm.Rate{Num: math.MaxInt64, Den: 1}).Convert(yen(1), "GBP"); !errors.Is(err, crm.ErrOverflow) {
		t.Errorf("too high a rate: got %v, want %v", err, crm.ErrOverflow)
	}
	if _, err := (crm.Rate{}).Convert(yen(1), "GBP"); !errors.Is(err, crm.ErrOverflow) {
		t.Errorf("the zero rate: got %v, want %v", err, crm.ErrOverflow)
	}
}

func TestParseRate(t *testing.T) {
	for _, tt := range []struct {
		name string
		text string
		want crm.Rate
		err  error
	}{
		{"four decimals", "1.1735", crm.Rate{Num: 11735, Den: 10000}, nil},
		{"zeros at the end", "1.100", crm.Rate{Num: 11, Den: 10}, nil},
		{"whole", "2", crm.Rate{Num: 2, Den: 1}, nil},
		{"below one", "0.0053", crm.Rate{Num: 53, Den: 10000}, nil},
		{"no whole part", ".5", crm.Rate{Num: 5, Den: 10}, nil},
		{"zero", "0.0", crm.Rate{}, crm.ErrInvalid},
		{"negative", "-1", crm.Rate{}, crm.ErrInvalid},
		{"a plus", "+1", crm.Rate{}, crm.ErrInvalid},
		{"a point at the end", "1.", crm.Rate{}, crm.ErrInvalid},
		{"two points", "1.2.3", crm.Rate{}, crm.ErrInvalid},
		{"a sign within", "1.-5", crm.Rate{}, crm.ErrInvalid},
		{"empty", "", crm.Rate{}, crm.ErrInvalid},
		{"a word", "NaN", crm.Rate{}, crm.ErrInvalid},
		{"too fine", "0.0000000000000001", crm.Rate{}, crm.ErrInvalid},
		{"too large", "9223372036854775808", crm.Rate{}, crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := crm.ParseRate(tt.text)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseRate(%q) = %v, %v, want %v, %v", tt.text, got, err, tt.want, tt.err)
			}
		})
	}
}

// TestExponents compares with the table of golang.org/x/text, which is CLDR's.
// CLDR counts what people write and not what ISO 4217 says; where the two
// differ, ISO's number stands here.
func TestExponents(t *testing.T) {
	iso := map[crm.Currency]int{
		"AFN": 2, "ALL": 2, "AMD": 2, "COP": 2, "GYD": 2, "IDR": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2, "MGA": 2,
		"MMK": 2, "MNT": 2, "MRO": 2, "MUR": 2, "PKR": 2, "RSD": 2, "SLL": 2, "SOS": 2, "SYP": 2, "TZS": 2, "UZS": 2, "YER": 2,
	}
	n := 0
	for q := currency.Query(); q.Next(); {
		c := crm.Currency(q.Unit().String())
		if want, _ := currency.Standard.Rounding(q.Unit()); c.Exponent() != want && iso[c] != c.Exponent() {
			t.Errorf("%s has %d decimals, x/text says %d and ISO 4217 %d", c, c.Exponent(), want, iso[c])
		}
		n++
	}
	if n < 100 {
		t.Errorf("x/text listed %d currencies only", n)
	}
	for c, want := range map[crm.Currency]int{"GBP": 2, "JPY": 0, "KWD": 3, "CLF": 4, "ISK": 0, "TND": 3, "XTS": 2, "": 2} {
		if got := c.Exponent(); got != want {
			t.Errorf("%q has %d decimals, want %d", c, got, want)
		}
	}
	for c, want := range map[crm.Currency]bool{"GBP": true, "gbp": false, "GB": false, "GBPX": false, "ÄÖ": false, "": false} {
		if c.Valid() != want {
			t.Errorf("%q is valid: %t, want %t", c, !want, want)
		}
	}
}

// TestMoneyAgainstBig compares with math/big at random, extremes included.
func TestMoneyAgainstBig(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	n := func() int64 {
		x := int64(dice.Uint64())
		switch dice.IntN(4) {
		case 0:
			return x >> dice.IntN(63)
		case 1:
			return []int64{0, 1, -1, 2, -2, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}[dice.IntN(8)]
		}
		return x
	}
	for range 50_000 {
		checkMoney(t, n(), n(), n())
	}
}

// checkMoney compares the arithmetic of one, two and three numbers with
// math/big's.
func checkMoney(t *testing.T, a, b, c int64) {
	t.Helper()
	bigs := [3]*big.Int{big.NewInt(a), big.NewInt(b), big.NewInt(c)}
	compare := func(op string, got crm.Money, err error, want *big.Int) {
		switch {
		case !want.IsInt64() && !errors.Is(err, crm.ErrOverflow):
			t.Fatalf("%s of %d, %d, %d = %v, %v, want %v: an overflow", op, a, b, c, got, err, want)
		case want.IsInt64() && (err != nil || got != gbp(want.Int64())):
			t.Fatalf("%s of %d, %d, %d = %v, %v, want %v", op, a, b, c, got, err, want)
		}
	}
	got, err := gbp(a).Add(gbp(b))
	compare("Add", got, err, new(big.Int).Add(bigs[0], bigs[1]))
	got, err = gbp(a).Sub(gbp(b))
	compare("Sub", got, err, new(big.Int).Sub(bigs[0], bigs[1]))
	if c != 0 {
		got, err = gbp(a).Mul(b, c)
		compare("Mul", got, err, rounded(new(big.Rat).SetFrac(new(big.Int).Mul(bigs[0], bigs[1]), bigs[2])))
	}
	weights := []int64{max(b, 0) / 3, max(c, 0) / 3, max(b^c, 0) / 3}
	total := new(big.Int)
	for _, w := range weights {
		total.Add(total, big.NewInt(w))
	}
	parts, err := gbp(a).Allocate(weights...)
	if (err == nil) != (total.Sign() > 0) {
		t.Fatalf("Allocate(%d by %v) = %v, %v", a, weights, parts, err)
	}
	sum := new(big.Int)
	for i, p := range parts {
		sum.Add(sum, big.NewInt(p.Amount))
		// Every part is its exact share, less than one penny off.
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(bigs[0], big.NewInt(weights[i])), total)
		if off := exact.Sub(exact, new(big.Rat).SetInt64(p.Amount)); off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("Allocate(%d by %v) = %v: part %d is off by %v", a, weights, parts, i, off)
		}
	}
	if err == nil && sum.Cmp(bigs[0]) != 0 {
		t.Fatalf("Allocate(%d by %v) = %v: adds up to %v", a, weights, parts, sum)
	}
}

// checkDecimal is the law of ParseMoney and Decimal: what one writes the other
// reads, and whatever is read is what math/big reads.
func checkDecimal(t *testing.T, s string, c crm.Currency) {
	t.Helper()
	m, err := crm.ParseMoney(s, c)
	if err != nil {
		if !errors.Is(err, crm.ErrInvalid) && !errors.Is(err, crm.ErrOverflow) {
			t.Fatalf("ParseMoney(%q, %q): %v", s, c, err)
		}
		return
	}
	back, err := crm.ParseMoney(m.Decimal(), c)
	if err != nil || back != m {
		t.Fatalf("ParseMoney(%q) = %v, and its Decimal is read as %v, %v", s, m, back, err)
	}
	want, ok := new(big.Rat).SetString(strings.TrimSuffix(s, "."))
	got, _ := new(big.Rat).SetString(m.Decimal())
	if !ok || want.Cmp(got) != 0 {
		t.Fatalf("ParseMoney(%q) = %v, math/big reads %v", s, m, want)
	}
}
