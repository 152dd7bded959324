package shopcsv_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		text string
		mark byte
		want string // "" is an error
	}{
		{"12.50", 0, "12.50"}, {"12,50", 0, "12.50"}, {"12", 0, "12.00"}, {".5", 0, "0.50"}, {",5", 0, "0.50"},
		{"-12.50", 0, "-12.50"}, {"+12.50", 0, "12.50"}, {"12.50-", 0, "-12.50"}, {"(12.50)", 0, "-12.50"}, {"−12.50", 0, "-12.50"},
		{"1,234.56", 0, "1234.56"}, {"1.234,56", 0, "1234.56"}, {"1.234.567", 0, "1234567.00"}, {"1,234,567.8", 0, "1234567.80"},
		{"1 234,56", 0, "1234.56"}, {"1\u00a0234,56", 0, "1234.56"}, {"1'234.50", 0, "1234.50"}, {"1’234.50", 0, "1234.50"},
		{"12,3,45.67", 0, ""}, {"1,23.45", 0, ""}, {"1234,567.00", 0, ""}, {"1.234'567", 0, ""},
		{"1,234", 0, ""}, {"1,234", '.', "1234.00"}, {"1,230", ',', "1.23"}, {"1.234", 0, ""}, {"1.230", '.', "1.23"}, {"1.234", ',', "1234.00"},
		{"0.100", 0, "0.10"}, {"1234.500", 0, "1234.50"}, {"0,100", '.', "0.10"},
		{"£12.50", 0, "12.50"}, {"-£12.50", 0, "-12.50"}, {"£-12.50", 0, "-12.50"}, {"12,50 €", 0, "12.50"}, {"$1,234.50", 0, "1234.50"},
		{"GBP 12.50", 0, "12.50"}, {"12.50 GBP", 0, "12.50"}, {"1 234 kr", 0, "1234.00"},
		{"12.505", '.', ""}, {"12.500", '.', "12.50"},
		{"", 0, ""}, {"-", 0, ""}, {"--1", 0, ""}, {"£", 0, ""}, {".", 0, ""}, {"1.", 0, ""}, {"1e5", 0, ""}, {"one", 0, ""}, {"1-2", 0, ""},
		{"92233720368547758.08", 0, ""}, {"92233720368547758.07", 0, ""}, {"9223372036854775.07", 0, "9223372036854775.07"},
		{"999999999999999999999", 0, ""}, {"0000000000000000000000012.5", 0, "12.50"}, {"1.500000000000000000000000", 0, "1.50"},
	} {
		m, err := shopcsv.ParseMoney(c.text, c.mark, "GBP")
		switch {
		case err != nil && c.want != "":
			t.Errorf("%q (mark %q): %v, want %s", c.text, c.mark, err, c.want)
		case err == nil && m.Decimal() != c.want:
			t.Errorf("%q (mark %q) = %v, want %q", c.text, c.mark, m.Decimal(), c.want)
		}
	}
}

// Every line is rounded half up to the minor unit, away from zero, by itself.
func TestLineTotal(t *testing.T) {
	for _, c := range []struct {
		price string
		n     int64
		want  string
	}{
		{"2.55", 6, "15.30"}, {"0.001", 1, "0.00"}, {"0.001", 5, "0.01"}, {"0.001", -5, "-0.01"}, {"0.001", 4, "0.00"},
		{"11062.06", -1, "-11062.06"}, {"1.005", 1, "1.01"}, {"1.005", -1, "-1.01"}, {"7", 0, "0.00"}, {"0.123456", 1000, "123.46"},
	} {
		m, err := shopcsv.LineTotal(c.price, c.n, "GBP")
		if err != nil || m.Decimal() != c.want {
			t.Errorf("%d × %s = %v, %v, want %s", c.n, c.price, m.Decimal(), err, c.want)
		}
	}
	for _, c := range []struct{ price, currency, want string }{{"12.5", "JPY", "13"}, {"12.3456", "KWD", "12.346"}} {
		m, err := shopcsv.LineTotal(c.price, 1, "JPY")
		if c.currency == "KWD" {
			m, err = shopcsv.LineTotal(c.price, 1, "KWD")
		}
		if err != nil || m.Decimal() != c.want {
			t.Errorf("%s %s = %v, %v, want %s", c.price, c.currency, m.Decimal(), err, c.want)
		}
	}
	if m, err := shopcsv.LineTotal("9", 1<<62, "GBP"); err == nil {
		t.Errorf("9 × 2^62 = %v, want an error", m)
	}
}

func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"12.50", "1.234,56", "-£1'234.50", "(1 234)", "EUR 5", "1,234", "9999999999999999999"} {
		f.Add(seed, byte(0))
	}
	f.Fuzz(func(t *testing.T, text string, mark byte) {
		m, err := shopcsv.ParseMoney(text, mark, "GBP")
		if err != nil {
			return
		}
		again, err := shopcsv.ParseMoney(m.Decimal(), '.', "GBP")
		if err != nil || again != m {
			t.Errorf("%q = %v, read again %v, %v", text, m, again, err)
		}
	})
}
