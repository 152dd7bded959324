package main

import (
	"net/http"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// An offer is what could stand where somebody types. Browsers count in UTF-16.
type offer struct {
	Text, Kind, Meaning string
	From, To            int // of what it takes the place of
}

// mostOffers is how many are shown.
const mostOffers = 12

// offers tells what could stand at a place of a rule that is half written.
func (o *office) offers(r *http.Request) (*page, error) {
	d := o.read(r)
	p := &page{name: "editor", part: "offers"}
	at, err := strconv.Atoi(r.PostFormValue("at"))
	if err != nil || !o.roster.ready.Load() || len(d.Rule) > longestRule {
		return p, nil
	}
	list, err := o.roster.Complete(r.Context(), d.Rule, bytesTo(d.Rule, at))
	if err != nil {
		return nil, err
	}
	var offers []*offer
	for _, c := range list[:min(len(list), mostOffers)] {
		offers = append(offers, &offer{c.Text, c.Kind, c.Meaning, unitsTo(d.Rule, c.From), unitsTo(d.Rule, c.To)})
	}
	p.Data = offers
	return p, nil
}

// bytesTo returns how many bytes of a text its first units of UTF-16 are.
func bytesTo(text string, units int) int {
	for i, r := range text {
		if units <= 0 {
			return i
		}
		units -= utf16.RuneLen(r)
	}
	return len(text)
}

// unitsTo returns how many units of UTF-16 the first bytes of a text are.
func unitsTo(text string, bytes int) int {
	n := 0
	for i := 0; i < min(bytes, len(text)); {
		r, size := utf8.DecodeRuneInString(text[i:])
		n, i = n+utf16.RuneLen(r), i+size
	}
	return n
}
