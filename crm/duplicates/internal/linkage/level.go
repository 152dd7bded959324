package linkage

import "bytes"

// A Field is what two records are compared by.
type Field uint8

// The fields.
const (
	Given Field = iota
	Family
	Birth
	Email
	Phone
	Address
	Company
	Fields // how many there are
)

// A Level is how well two records agree in a field. What a number means depends
// on the field; Missing and Different mean the same in all.
type Level uint8

// The levels, from none to full agreement.
const (
	Missing   Level = 0
	Different Level = 1

	Initial   Level = 2 // of given names: one is the other's first letter
	Part      Level = 2 // of family names: one word of several is the same
	YearOff   Level = 3 // of birth dates: day and month are the same, one year is not known
	SameLocal Level = 3 // of e-mail addresses: all but the provider
	City      Level = 2 // of addresses: no more than the city
	Postcode  Level = 3 // no more than the postcode
	Line      Level = 4 // the line, in another place
	Alike     Level = 3 // of given names: a short form
	Swapped   Level = 6 // of names: the given name is the other's family name
)

const levels = 8

// closest and same are the two highest levels of each field: nearly the same,
// and the same.
var (
	closest = [Fields]Level{Given: 4, Family: 4, Birth: 2, Email: 2, Phone: 2, Address: 5, Company: 2}
	same    = [Fields]Level{Given: 5, Family: 5, Birth: 4, Email: 4, Phone: 3, Address: 6, Company: 3}
)

// Levels are the levels of two records in all fields.
type Levels [Fields]Level

func (l *Levels) pattern() uint32 {
	p := uint32(0)
	for _, v := range l {
		p = p<<3 | uint32(v)
	}
	return p
}

func levelsOf(pattern uint32) (l Levels) {
	for f := Fields; f > 0; f-- {
		l[f-1] = Level(pattern & 7)
		pattern >>= 3
	}
	return l
}

// How much of a field could be compared, for what is counted of a value.
type agreed struct {
	mails  [2]int // which of each record's
	phones [2]int
	places [2]int
}

// compare returns the levels of two records.
func (x *Index) compare(a, b *record) (l Levels, on agreed) {
	l[Given], l[Family] = x.compareNames(a, b)
	l[Birth] = compareBirths(a.birth, b.birth)
	l[Company] = x.compareCompanies(a.company, b.company)
	for i, m := range a.mails {
		for j, n := range b.mails {
			if m.box == 0 || n.box == 0 {
				break
			}
			if v := x.compareMails(m, n); v > l[Email] {
				l[Email], on.mails = v, [2]int{i, j}
			}
		}
	}
	for i, m := range a.phones {
		for j, n := range b.phones {
			if m == 0 || n == 0 {
				break
			}
			if v := x.comparePhones(m, n); v > l[Phone] {
				l[Phone], on.phones = v, [2]int{i, j}
			}
		}
	}
	for i := range a.places {
		for j := range b.places {
			if a.places[i] == (place{}) || b.places[j] == (place{}) {
				break
			}
			if v := x.comparePlaces(&a.places[i], &b.places[j]); v > l[Address] {
				l[Address], on.places = v, [2]int{i, j}
			}
		}
	}
	return l, on
}

func (x *Index) compareNames(a, b *record) (given, family Level) {
	given, family = x.compareGiven(a.given, b.given), x.compareFamily(a.family, b.family)
	if given == same[Given] || family == same[Family] || a.given == 0 || b.given == 0 || a.family == 0 || b.family == 0 {
		return given, family
	}
	first, second := a.given == b.family, a.family == b.given
	if first && second ||
		first && x.compareFamily(a.family, b.given) == closest[Family] ||
		second && x.compareFamily(a.given, b.family) == closest[Family] {
		return Swapped, Swapped
	}
	return given, family
}

func (x *Index) compareGiven(a, b uint32) Level {
	switch {
	case a == 0 || b == 0:
		return Missing
	case a == b:
		return same[Given]
	}
	s, t := x.names.of(a), x.names.of(b)
	switch {
	case len(s) == 1 || len(t) == 1:
		if s[0] == t[0] {
			return Initial
		}
	case near(s, t):
		return closest[Given]
	case alike(s, t) || part(s, t):
		return Alike
	}
	return Different
}

func (x *Index) compareFamily(a, b uint32) Level {
	switch {
	case a == 0 || b == 0:
		return Missing
	case a == b:
		return same[Family]
	}
	s, t := x.names.of(a), x.names.of(b)
	switch {
	case near(s, t):
		return closest[Family]
	case part(s, t):
		return Part
	}
	return Different
}

func compareBirths(a, b uint32) Level {
	switch {
	case a == 0 || b == 0:
		return Missing
	case a == b && a >= 10000:
		return same[Birth]
	case a < 10000 || b < 10000:
		if a%10000 == b%10000 {
			return YearOff
		}
		return Different
	}
	if a/10000 == b/10000 && a/100%100 == b%100 && b/100%100 == a%100 { // day for month
		return closest[Birth]
	}
	var s, t [8]byte
	for i := 7; i >= 0; i-- {
		s[i], t[i] = '0'+byte(a%10), '0'+byte(b%10)
		a, b = a/10, b/10
	}
	if distance(s[:], t[:], 1) == 1 {
		return closest[Birth]
	}
	return Different
}

func (x *Index) compareMails(a, b mail) Level {
	switch {
	case a.box == 0 || b.box == 0:
		return Missing
	case a.box == b.box:
		return same[Email]
	case a.local == b.local && a.local != 0:
		return SameLocal
	}
	if nearLocal(x.locals.of(a.local), x.locals.of(b.local)) {
		return closest[Email]
	}
	return Different
}

func (x *Index) comparePhones(a, b uint32) Level {
	switch {
	case a == 0 || b == 0:
		return Missing
	case a == b:
		return same[Phone]
	case distance(x.phones.of(a), x.phones.of(b), 1) == 1:
		return closest[Phone]
	}
	return Different
}

func (x *Index) compareCompanies(a, b uint32) Level {
	switch {
	case a == 0 || b == 0:
		return Missing
	case a == b:
		return same[Company]
	}
	s, t := x.companies.of(a), x.companies.of(b)
	if len(s) > 3 && len(t) > 3 && (bytes.HasPrefix(s, t) || bytes.HasPrefix(t, s) || near(s, t)) {
		return closest[Company]
	}
	return Different
}

func (x *Index) comparePlaces(a, b *place) Level {
	if a.site != 0 && a.site == b.site {
		return same[Address]
	}
	line, code, city := a.line != 0 && b.line != 0, a.postcode != 0 && b.postcode != 0, a.city != 0 && b.city != 0
	if !line && !code && !city {
		return Missing
	}
	sameCode, sameCity := code && a.postcode == b.postcode, city && a.city == b.city
	if line {
		nearTown := sameCode || sameCity ||
			code && near(x.postcodes.of(a.postcode), x.postcodes.of(b.postcode)) || city && near(x.cities.of(a.city), x.cities.of(b.city))
		switch {
		case a.line == b.line && (sameCode || sameCity && !code):
			return same[Address]
		case a.line == b.line && nearTown:
			return closest[Address]
		case a.line == b.line:
			return Line
		case nearTown && nearLine(x.lines.of(a.line), x.lines.of(b.line)):
			return closest[Address]
		}
	}
	switch {
	case sameCode:
		return Postcode
	case sameCity:
		return City
	}
	return Different
}
