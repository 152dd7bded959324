package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/crm"
)

// The classes of terms: the first byte of each. Terms of a class are looked up,
// and gone through by their beginnings, apart from those of others.
const (
	classWord    = 'w' // a word of letters, of a name or a place, which may be asked for with typos
	classOther   = 'v' // any other word
	classStart   = 'i' // the first one, two or three letters of words
	classMail    = 'e' // an e-mail address, or a part of one that has digits
	classDomain  = 'd' // what follows the @, and the same without its first labels
	classNumber  = 'p' // a phone number without the codes in front
	classNumbers = 'q' // the same from its end
	classRef     = 'r' // the key of a source, the number of a card
	classOrder   = 'o' // the number of an order, a space and the order's id
)

// The most that is searched of one person, however many were merged.
const (
	maxTerms  = 1500
	maxFields = 64 // words of one field
	maxStart  = 3  // letters of a classStart
)

// A term is something by which people are found, and the fields in which it
// stands.
type term struct {
	Text string `json:"text"` // class and word
	In   mask   `json:"in"`
}

// terms are those of one person, in the order in which they stand in the record.
type terms struct {
	list []term
	at   map[string]int
}

func (t *terms) add(class byte, text string, in mask) {
	if text == "" {
		return
	}
	text = string(class) + text
	if i, ok := t.at[text]; ok {
		t.list[i].In |= in
		return
	}
	if len(t.list) == maxTerms {
		return
	}
	if t.at == nil {
		t.at = map[string]int{}
	}
	t.at[text] = len(t.list)
	t.list = append(t.list, term{text, in})
}

// word adds a word in all its spellings.
func (t *terms) word(w word, in mask) {
	for _, s := range w.spellings() {
		class := byte(classOther)
		if in&(names|inPlace) != 0 && correctable(s) {
			class = classWord
		}
		t.add(class, s, in)
	}
}

// text adds the words of a field.
func (t *terms) text(s string, in mask) []word {
	words := wordsOf(s, false)
	words = words[:min(len(words), maxFields)]
	for _, w := range words {
		t.word(w, in)
	}
	return words
}

// name adds the words of a field, and a short field as one word too: who is
// recorded as De La Cruz is found as Delacruz.
func (t *terms) name(s string, in mask) {
	if words := t.text(s, in); len(words) == 2 || len(words) == 3 {
		t.word(joined(words), in)
	}
}

func (t *terms) email(s string) {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return
	}
	t.add(classMail, cutMail(s), inEmail)
	parts := wordsOf(s[:at], false)
	for _, w := range parts {
		if hasDigit(w.text) {
			t.add(classMail, w.text, inEmail)
			w = word{text: strings.Trim(w.text, "0123456789")}
		}
		if count(w.text) > 1 {
			t.word(w, inEmail)
		}
	}
	if n := len(parts); (n == 2 || n == 3) && !hasDigit(s[:at]) {
		t.word(joined(parts), inEmail)
	}
	for domain := s[at+1:]; ; {
		t.add(classDomain, cutMail(domain), inEmail)
		_, parent, ok := strings.Cut(domain, ".")
		if !ok || !strings.Contains(parent, ".") {
			break
		}
		domain = parent
	}
}

// cutMail shortens what is longer than an e-mail address can be.
func cutMail(s string) string { return s[:min(len(s), 320)] }

func (t *terms) phone(s string) {
	if n := national(s); len(n) >= minPhone && len(n) <= 20 {
		t.add(classNumber, n, inPhone)
		t.add(classNumbers, reversed(n), inPhone)
	}
}

// ref adds a key of a source, and what it ends with: 5123 of
// gid://shopify/Customer/5123.
func (t *terms) ref(s string) {
	key := refOf(s)
	t.add(classRef, key, inRef)
	last := strings.LastIndexFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	t.add(classRef, key[last+1:], inRef)
}

// refOf is the form by which keys and numbers of cards and orders are compared.
func refOf(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '#' || r == 0 {
			return -1
		}
		return r
	}, s))
}

// termsOf returns what people are found by whose records these are.
func termsOf(records []*crm.Customer, ids []crm.Identity) []term {
	var t terms
	for _, c := range records {
		t.name(c.GivenName, inGiven)
		t.name(c.FamilyName, inFamily)
		t.name(c.Company, inCompany)
		if given, _ := utf8.DecodeRuneInString(c.GivenName); ideographic(given) { // which is written behind the family's, without a space
			t.text(c.FamilyName+c.GivenName, inGiven|inFamily)
		}
	}
	for _, c := range records {
		for _, a := range c.Addresses {
			t.text(a.Name, inName)
			t.name(a.Company, inCompany)
			t.name(a.City, inPlace)
			t.name(a.Postcode, inPlace)
			t.text(a.Region, inPlace)
			t.text(a.Line1, inStreet)
			t.text(a.Line2, inStreet)
			t.phone(a.Phone)
		}
	}
	for _, i := range ids {
		switch i.Kind {
		case crm.IdentityEmail:
			t.email(i.Value)
		case crm.IdentityPhone:
			t.phone(i.Value)
		case crm.IdentityLoyalty:
			t.add(classRef, strings.ReplaceAll(refOf(i.Value), "-", ""), inRef)
		case crm.IdentityDevice: // which nobody types
		default:
			t.ref(i.Value)
		}
	}
	return t.list
}

// each calls f with all that stands in the index of somebody with these terms: the
// terms themselves, and the beginnings of their words, one as often as it occurs.
func each(list []term, f func(class byte, text string, in mask)) {
	for _, t := range list {
		class, text := t.Text[0], t.Text[1:]
		f(class, text, t.In)
		if class != classWord && class != classOther {
			continue
		}
		letters := 0
		for i := range text {
			if letters > 0 {
				f(classStart, text[:i], t.In)
			}
			if letters++; letters > maxStart {
				break
			}
		}
		if letters <= maxStart {
			f(classStart, text, t.In)
		}
	}
}

// postings returns what each calls with, once, with all fields.
func postings(list []term) map[string]mask {
	all := make(map[string]mask, 3*len(list))
	each(list, func(class byte, text string, in mask) { all[string(rune(class))+text] |= in })
	return all
}
