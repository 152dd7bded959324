package quality_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/quality"
)

// TestEmails tells addresses that can be from those that cannot. The book takes
// all of them.
func TestEmails(t *testing.T) {
	for email, want := range map[string]bool{
		"ada@shop.test":                true,
		"ada.l+news@mail.shop.test":    true,
		"o'neil_99@shop-1.test":        true,
		"\"ada\"@shop.test":            true,
		"jürgen@müller.test":           true,
		"ада@почта.test":               true,
		"ada@xn--mller-kva.test":       true,
		"ada@SHOP.TEST":                true,
		"ada@shop":                     false,
		"ada@@shop.test":               false,
		"ada@shop..test":               false,
		"ada@.shop.test":               false,
		".ada@shop.test":               false,
		"ada.@shop.test":               false,
		"a..da@shop.test":              false,
		"ada@-shop.test":               false,
		"ada@shop-.test":               false,
		"ada@sh_op.test":               false,
		"ada@shop.123":                 false,
		"ada@192.0.2.1":                false,
		"ada@shop,test":                false,
		"ada,bob@shop.test":            false,
		"ada@shop.test;bob@shop.test":  false,
		"(ada)@shop.test":              false,
		"mailto:ada@shop.test":         false,
		long(65) + "@shop.test":        false,
		"ada@" + long(64) + ".test":    false,
		long(64) + "@" + "shop.test":   true,
		"ada@" + long(63) + ".test":    true,
		"ada@shop.test.":               true,
		"ada@shop.c\u2024m":            false, // a leader that looks like a dot
		"ada\u0000@shop.test":          false,
		"info.desk@shop.test":          true,
		"ada@sub.sub.sub.sub.shop.com": true,
	} {
		t.Run(email, func(t *testing.T) {
			book := memory(t)
			if _, err := book.Customers.Record(t.Context(), crm.Customer{Email: email}); err != nil {
				t.Skipf("the book refuses it: %v", err)
			}
			r, err := quality.Check(t.Context(), book, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Find("email", quality.Invalid) == nil; got != want {
				t.Errorf("%q is valid: %t, want %t", email, got, want)
			}
		})
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a'
	}
	return string(b)
}

func TestPostcodes(t *testing.T) {
	for _, tc := range []struct {
		country, code string
		want          bool
	}{
		{"DE", "10115", true}, {"DE", "D-10115", true}, {"DE", "DE 10115", true}, {"DE", "1011", false}, {"DE", "SW1A 1AA", false},
		{"GB", "SW1A 1AA", true}, {"GB", "m1 1ae", true}, {"GB", "EC1A1BB", true}, {"GB", "10115", false},
		{"US", "94103", true}, {"US", "94103-1234", true}, {"US", "9410", false}, {"US", "K1A 0B1", false},
		{"CA", "K1A 0B1", true}, {"CA", "94103", false},
		{"NL", "1012 AB", true}, {"NL", "1012", false},
		{"AT", "1010", true}, {"AT", "10100", false}, {"CH", "CH-8001", true},
		{"PL", "00-950", true}, {"SE", "111 22", true}, {"CZ", "110 00", true}, {"PT", "1000-001", true}, {"PT", "1000", true},
		{"LV", "LV-1010", true}, {"LT", "LT-01100", true}, {"LU", "L-1234", true},
		{"JP", "100-0001", true}, {"BR", "01000-000", true}, {"IN", "110 001", true}, {"IN", "11001", false},
		{"IE", "D02 AF30", true}, {"IE", "anything", true}, // of many shapes
		{"HK", "999077", true}, // which has none
	} {
		t.Run(tc.country+" "+tc.code, func(t *testing.T) {
			book := memory(t)
			put(t, book, 1, func(c *crm.Customer) {
				c.Addresses = []crm.Address{{Line1: "1 High Street", City: "X", Country: tc.country, Postcode: tc.code}}
			})
			r, err := quality.Check(t.Context(), book, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Find("address.postcode", quality.Invalid) == nil; got != tc.want {
				t.Errorf("%q of %s is valid: %t, want %t", tc.code, tc.country, got, tc.want)
			}
		})
	}
}
