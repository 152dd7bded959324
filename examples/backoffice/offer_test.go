package main

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// Whatever is offered stands, when it is taken, where the browser puts it.
func TestOffers(t *testing.T) {
	d := sit(t, shop(t, 40))
	for _, c := range []struct {
		name, before, after string // the cursor is between them
		take, want          string
	}{
		{"a field", "number_of_or", "", "number_of_orders", "number_of_orders"},
		{"behind letters of several units", "customer_tags CONTAINS '👓ä' AND last_ord", " > -3d", "last_order_date", "customer_tags CONTAINS '👓ä' AND last_order_date > -3d"},
		{"on the second line", "number_of_orders > 1\nAN", "", "AND", "number_of_orders > 1\nAND"},
		{"a segment", "segments CONTAINS 'At r", "", "'At risk'", "segments CONTAINS 'At risk'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.before + c.after
			a := d.post(t, "/segments/offers", url.Values{"rule": {text}, "at": {strconv.Itoa(len(utf16.Encode([]rune(c.before))))}})
			for _, n := range parse(t, a.body).all("li") {
				if n.attr["data-text"] != c.take {
					continue
				}
				units := utf16.Encode([]rune(text))
				from, _ := strconv.Atoi(n.attr["data-from"])
				to, _ := strconv.Atoi(n.attr["data-to"])
				if got := string(utf16.Decode(units[:from])) + c.take + string(utf16.Decode(units[to:])); got != c.want {
					t.Errorf("taken it is %q, want %q", got, c.want)
				}
				return
			}
			t.Errorf("%q is not offered:\n%s", c.take, a.body)
		})
	}
	for _, at := range []string{"", "x", "-5", "999999999", "99999999999999999999"} {
		a := d.post(t, "/segments/offers", url.Values{"rule": {"number_of_orders ä> 1 \x80"}, "at": {at}})
		if a.status != 200 {
			t.Errorf("at %q: status %d", at, a.status)
		}
	}
	if a := d.post(t, "/segments/offers", url.Values{"rule": {strings.Repeat("x ", longestRule)}, "at": {"5"}}); a.status != 200 || strings.Contains(a.body, "<li") {
		t.Errorf("a rule that is too long: status %d\n%.200s", a.status, a.body)
	}
}

// Places in a text are the same to a browser as to the catalog.
func TestUnits(t *testing.T) {
	const text = "aä👓\n\x80b"
	var got []int
	for units := range 9 {
		got = append(got, bytesTo(text, units))
	}
	if diff := cmp.Diff([]int{0, 1, 3, 7, 7, 8, 9, 10, 10}, got); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
	got = nil
	for bytes := range 12 {
		got = append(got, unitsTo(text, bytes))
	}
	if diff := cmp.Diff([]int{0, 1, 2, 2, 4, 4, 4, 4, 5, 6, 7, 7}, got); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
}
