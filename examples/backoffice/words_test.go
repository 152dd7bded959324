package main

import (
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
)

// Words are written as people write them.
func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		capital("éclair"):           "Éclair",
		capital("order"):            "Order",
		capital(""):                 "",
		onChannel(""):               "on every channel",
		onChannel(crm.ChannelEmail): "by e-mail",
		via(crm.ChannelSMS):         "SMS",
		via("carrier_pigeon"):       "carrier pigeon",
		count(1234567):              "1\u202f234\u202f567",
		money(crm.Money{Amount: -123450, Currency: "EUR"}): "−1\u202f234.50\u00a0EUR",
		money(crm.Money{}):  "–",
		birthday("--02-29"): "29 February",
		share(1, 3):         "33 %",
		share(0, 3):         "0 %",
		share(3, 3):         "100 %",
		share(1, 455):       "under 1 %",
		share(454, 455):     "over 99 %",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The page of a customer tells channels and preferences in words, and keeps a
// number with what it counts.
func TestPhrases(t *testing.T) {
	book := shop(t, 5)
	body := sit(t, book).get(t, customerPath(ref(t, book, "ada").ID)).body
	for _, not := range []string{"segment.names", "rfm.group"} {
		if strings.Contains(body, not) {
			t.Errorf("the page says %q", not)
		}
	}
	for _, want := range []string{`<span class="via">e-mail</span>`, "<dt>RFM, group</dt>", "<dt>Life cycle, stage</dt>", "<dt>Newsletter, rhythm</dt>", "1\u00a0× Morning Blend Coffee"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
