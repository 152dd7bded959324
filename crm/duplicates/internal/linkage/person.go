package linkage

import (
	"bytes"
	"strconv"
)

// A Person is what is known of one record, as it was written. Whatever is empty
// is not known. Of e-mail addresses, telephone numbers and places the first two
// count.
type Person struct {
	Given, Family string
	Company       string
	Birthday      string // "2006-01-02", or "--01-02" without the year
	Emails        []string
	Phones        []string
	Places        []Place
	// Account names the source with which the person is registered, "" for a
	// guest. Two accounts of one source with different e-mail addresses
	// contradict each other.
	Account string
}

// A Place is a postal address.
type Place struct{ Line, Postcode, City string }

// A record is a Person in numbers of words.
type record struct {
	given, family, company uint32
	birth                  uint32 // year·10000 + month·100 + day, the year 0 when it is not known
	account                uint32
	mails                  [2]mail
	phones                 [2]uint32
	places                 [2]place
}

type mail struct{ box, local uint32 }

type place struct{ site, line, postcode, city uint32 }

// An Index holds records in compact columns: some 120 bytes each, and each text
// once.
type Index struct {
	records []record

	names, companies, boxes, locals, phones, sites, lines, postcodes, cities, accounts *words

	families []uint32 // how many records have a name as family name; names.count has given names
	births   map[uint32]uint32

	// How many records have two things together, once all are there.
	both, givenIn, familyIn tally

	scratch []byte
	buf     []byte
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{
		names: newWords(), companies: newWords(), boxes: newWords(), locals: newWords(), phones: newWords(),
		sites: newWords(), lines: newWords(), postcodes: newWords(), cities: newWords(), accounts: newWords(),
		births: map[uint32]uint32{},
	}
}

// Len returns how many records there are.
func (x *Index) Len() int { return len(x.records) }

// Add appends a record and returns its number.
func (x *Index) Add(p *Person) int {
	r := x.read(p)
	x.records = append(x.records, r)
	x.names.count[r.given]++
	for len(x.families) < len(x.names.count) {
		x.families = append(x.families, 0)
	}
	x.families[r.family]++
	x.companies.count[r.company]++
	x.births[r.birth]++
	for i := range r.mails {
		m, n, l := r.mails[i], r.phones[i], r.places[i]
		x.boxes.count[m.box]++
		x.locals.count[m.local]++
		x.phones.count[n]++
		x.sites.count[l.site]++
		x.lines.count[l.line]++
		x.postcodes.count[l.postcode]++
		x.cities.count[l.city]++
	}
	return len(x.records) - 1
}

// tally counts what comes together.
func (x *Index) tally() {
	n := len(x.records)
	x.both, x.givenIn, x.familyIn = newTally(n), newTally(n), newTally(n)
	for i := range x.records {
		r := &x.records[i]
		*x.both.at(r.given, r.family)++
		for _, p := range r.places {
			if town := p.town(); town != 0 {
				*x.givenIn.at(r.given, town)++
				*x.familyIn.at(r.family, town)++
			}
		}
	}
}

// town is the city of a place, else its postcode; 0 for none.
func (p *place) town() uint32 {
	if p.city == 0 && p.postcode != 0 {
		return 1<<31 | p.postcode
	}
	return p.city
}

// read turns a person into a record.
func (x *Index) read(p *Person) (r record) {
	word := func(w *words, s string) uint32 {
		x.buf = fold(x.buf[:0], s)
		return w.id(x.buf)
	}
	given, family := p.Given, p.Family
	if given == "" || family == "" { // all in one: the last word is the family's
		x.buf = fold(x.buf[:0], given+" "+family)
		if i := bytes.LastIndexByte(x.buf, ' '); i > 0 {
			r.given, r.family = x.names.id(x.buf[:i]), x.names.id(x.buf[i+1:])
		} else if family != "" {
			r.family = x.names.id(x.buf)
		} else {
			r.given = x.names.id(x.buf)
		}
	} else {
		r.given, r.family = word(x.names, given), word(x.names, family)
	}
	r.company = word(x.companies, p.Company)
	r.birth = birth(p.Birthday)
	r.account = word(x.accounts, p.Account)
	n := 0
	for _, s := range p.Emails {
		if m := x.mail(s); m.box != 0 && n < len(r.mails) && m != r.mails[0] {
			r.mails[n] = m
			n++
		}
	}
	n = 0
	for _, s := range p.Phones {
		if id := x.phone(s); id != 0 && n < len(r.phones) && id != r.phones[0] {
			r.phones[n] = id
			n++
		}
	}
	n = 0
	for _, s := range p.Places {
		l := place{line: word(x.lines, s.Line), postcode: word(x.postcodes, s.Postcode), city: word(x.cities, s.City)}
		if l == (place{}) || n == len(r.places) {
			continue
		}
		if l.line != 0 && (l.postcode != 0 || l.city != 0) {
			town := l.postcode
			if town == 0 {
				town = 1<<31 | l.city
			}
			x.buf = append(x.buf[:0], byte(l.line), byte(l.line>>8), byte(l.line>>16), byte(l.line>>24), byte(town), byte(town>>8), byte(town>>16), byte(town>>24))
			l.site = x.sites.id(x.buf)
		}
		if l != r.places[0] {
			r.places[n] = l
			n++
		}
	}
	return r
}

// mail splits an address. What follows a + is how its owner sorts mail.
func (x *Index) mail(s string) (m mail) {
	x.buf = x.buf[:0]
	at := -1
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c <= ' ':
			continue
		case c == '@':
			at = len(x.buf)
		}
		x.buf = append(x.buf, c)
	}
	if at < 1 || at == len(x.buf)-1 {
		return mail{}
	}
	local, domain := x.buf[:at], x.buf[at:]
	if i := bytes.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	x.scratch = append(append(x.scratch[:0], local...), domain...)
	m.box = x.boxes.id(x.scratch)
	x.scratch = fold(x.scratch[:0], string(local))
	m.local = x.locals.id(x.scratch)
	return m
}

// phone keeps the last 8 digits, which are the same however a number is written.
// Fewer than 6, or less than 3 different ones, are no number.
func (x *Index) phone(s string) uint32 {
	x.buf = x.buf[:0]
	seen := uint(0)
	for _, c := range []byte(s) {
		if '0' <= c && c <= '9' {
			x.buf = append(x.buf, c)
		}
	}
	x.buf = x.buf[max(0, len(x.buf)-8):]
	kinds := 0
	for _, c := range x.buf {
		if seen>>(c-'0')&1 == 0 {
			seen |= 1 << (c - '0')
			kinds++
		}
	}
	if len(x.buf) < 6 || kinds < 3 {
		return 0
	}
	return x.phones.id(x.buf)
}

// birth reads a date, 0 when it is none.
func birth(s string) uint32 {
	year := 0
	if len(s) == 10 {
		year, _ = strconv.Atoi(s[:4])
	} else if len(s) != 7 || s[:2] != "--" {
		return 0
	}
	rest := s[len(s)-5:]
	month, err1 := strconv.Atoi(rest[:2])
	day, err2 := strconv.Atoi(rest[3:])
	if err1 != nil || err2 != nil || rest[2] != '-' || month < 1 || month > 12 || day < 1 || day > 31 || year < 0 {
		return 0
	}
	return uint32(year*10000 + month*100 + day)
}
