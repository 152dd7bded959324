package linkage

import "math"

// Likelihoods tell how probable each level is: among records of one person (M), of
// two who belong together (H), and of two who do not (U). A field's numbers but
// that of Missing add up to one.
type Likelihoods struct {
	M, H, U [Fields][levels]float64
	// Names tells how many times more often two who have nothing to do with each
	// other agree in both names than if names had nothing to do with each other,
	// by the level of the second. Home tells the same of the address where one of
	// the names agrees, and where both do. Names come from countries and families,
	// and these live somewhere.
	Names [levels]float64
	Home  [2][levels]float64
	// Pairs is the probability that two records drawn at random are of one
	// person, Households that they are of two who belong together.
	Pairs, Households float64
}

// What is known before anything is seen, as shares of the levels from Different
// on. It counts as much as a hundred pairs, so that large books speak for
// themselves and small ones get by with it.
var (
	priorM = [Fields][levels]float64{
		Given:   {0, .005, .02, .03, .07, .86, .015},
		Family:  {0, .05, .02, 0, .06, .87},
		Birth:   {0, .02, .05, 0, .93},
		Email:   {0, .40, .05, .10, .45},
		Phone:   {0, .35, .03, .62},
		Address: {0, .20, .07, .05, .02, .10, .56},
		Company: {0, .20, .10, .70},
	}
	priorH = [Fields][levels]float64{
		Family:  {0, .35, .05, 0, .02, .58},
		Email:   {0, .88, .02, .02, .08},
		Phone:   {0, .49, .01, .50},
		Address: {0, .12, .05, .05, .02, .03, .73},
		Company: {0, .45, .05, .50},
	}
	priorU = [Fields][levels]float64{
		Given:   {0, .97, .005, .01, .005, .01, 1e-5},
		Family:  {0, .992, .003, 0, .003, .002},
		Birth:   {0, .9985, .0013, 0, .0001},
		Email:   {0, .9995, 3e-4, 1e-4, 1e-5},
		Phone:   {0, .9998, 1e-5, 1e-4},
		Address: {0, .96, .03, .008, 1e-3, 1e-4, 1e-4},
		Company: {0, .998, 1e-3, 1e-3},
	}
	// How common a value of each field is that was never seen.
	unseen = [Fields]float64{Given: .005, Family: .002, Birth: 5e-5, Email: 1e-5, Phone: 5e-5, Address: 1e-4, Company: 1e-3}
	// The most that may be believed of one person's records not to agree.
	mostDifferent = [Fields]float64{Given: .005, Family: .15, Birth: .05, Email: .8, Phone: .7, Address: .6, Company: .5}
	// Levels whose weight follows from what they are, whatever a book holds:
	// where one has an initial only, or a birthday without the year.
	initialM, initialU = .95, 1. / 12
	yearOffM, yearOffU = .95, 1. / 365
)

const (
	strength     = 100  // pairs that a prior counts as
	smoothing    = 1000 // records that the prior of a value counts as
	namesakes    = .005 // of those who belong together, have the same given name for a reason
	twins        = .015 // have the same birth date for a reason
	firstPairs   = .03  // of the records, have a duplicate
	firstHouse   = .05  // of the records, belong together with another
	likely       = 3.   // times more often do strangers agree in a name, or the town, who agree in another
	slipsOfDigit = 40.  // numbers that a slip of the pen makes of one
)

// fixed reports whether a level is none that counting says anything about.
func fixed(f Field, v Level) bool {
	return v == Missing || f == Given && v == Initial || f == Birth && v == YearOff || f == Family && v == Swapped
}

// newLikelihoods returns the model before anything was seen of n records.
func newLikelihoods(n int) *Likelihoods {
	m := &Likelihoods{M: priorM, H: priorH, U: priorU}
	for v := range levels {
		m.Names[v], m.Home[0][v], m.Home[1][v] = 1, 1, 1
	}
	pairs := max(float64(n-1), 1)
	m.Pairs, m.Households = 2*firstPairs/pairs, 2*firstHouse/pairs
	m.complete()
	return m
}

// complete derives what of H follows from U: given names and birth dates of a
// household are as of anybody.
func (m *Likelihoods) complete() {
	m.H[Given], m.H[Birth] = m.U[Given], m.U[Birth]
	shift := func(f Field, share float64) {
		for v := range m.H[f] {
			m.H[f][v] *= 1 - share
		}
		m.H[f][same[f]] += share
	}
	shift(Given, namesakes)
	shift(Birth, twins)
}

// learnU counts levels of random pairs.
func (m *Likelihoods) learnU(counts *[Fields][levels]float64) {
	for f := range Fields {
		total := float64(strength)
		for v := Different; v < levels; v++ {
			if !fixed(f, v) {
				total += counts[f][v]
			}
		}
		if total == strength {
			continue
		}
		for v := Different; v < levels; v++ {
			if !fixed(f, v) && priorU[f][v] > 0 {
				m.U[f][v] = (max(counts[f][v], .5) + strength*priorU[f][v]) / total
			}
		}
	}
	m.complete()
}

// An Evidence is what one field says of a pair.
type Evidence struct {
	Field  Field
	Level  Level
	Weight float64 // bits for one person, against two who have nothing to do with each other
}

// share estimates how common a value is that so many of n records have, beside
// the pair itself.
func share(count uint32, beside, n int, unseen float64) float64 {
	return (float64(max(int(count)-beside, 0)) + smoothing*unseen) / (float64(n) + smoothing)
}

// weigh returns the weights of a pair in bits: what each field says for one person
// (m), and for two who belong together (h), both against u.
func (x *Index) weigh(mo *Likelihoods, a, b *record, l *Levels, on *agreed) (m, h [Fields]float64) {
	n := len(x.records)
	given, family := l[Given] >= closest[Given], l[Family] >= closest[Family]
	for f := range Fields {
		v := l[f]
		if v == Missing {
			continue
		}
		pm, ph, pu := mo.M[f][v], mo.H[f][v], mo.U[f][v]
		switch f {
		case Given:
			switch v {
			case Initial:
				pm, ph, pu = initialM, initialU, initialU
			case same[f]:
				pu = share(x.names.count[a.given], 1, n, unseen[f])
				if family { // the family name is as common as it is among those with the given name
					pu = min(pu*x.goTogether(x.both, a.given, a.family, x.names.count[a.given], x.familiesOf(a.family), mo.Names[v]), 1)
				}
				ph = pu + namesakes
			case Swapped: // each half of it bears a name
				pu = max(share(x.names.count[a.given], 0, n, unseen[Given]), share(x.familiesOf(a.given), 0, n, unseen[Family]))
				ph = pu
			case closest[f]:
				pu = min(max(pu, x.slips(min(x.names.count[a.given], x.names.count[b.given]))), 1)
				if family {
					pu = min(pu*mo.Names[v], 1)
				}
				ph = pu
			}
		case Family:
			switch v {
			case same[f]:
				pu = share(x.familiesOf(a.family), 1, n, unseen[f])
			case closest[f]:
				pu = min(max(pu, x.slips(min(x.familiesOf(a.family), x.familiesOf(b.family)))), 1)
				ph = max(ph, pu)
			case Swapped:
				pm = 1
				pu = max(share(x.names.count[a.family], 0, n, unseen[Given]), share(x.familiesOf(a.family), 0, n, unseen[Family]))
				ph = pu
			}
		case Birth:
			switch v {
			case YearOff:
				pm, ph, pu = yearOffM, yearOffU+twins, yearOffU
			case same[f]:
				pu = share(x.births[a.birth], 1, n, unseen[f])
				ph = pu + twins
			}
		case Email:
			r, s := a.mails[on.mails[0]], b.mails[on.mails[1]]
			switch v {
			case same[f]:
				pu = share(x.boxes.count[r.box], 2, n, unseen[f])
			case SameLocal:
				pu = max(share(x.locals.count[r.local], 2, n, unseen[f]), x.derived(a, b, l, r.local))
			case closest[f]:
				pu = max(pu, x.derived(a, b, l, r.local), x.derived(a, b, l, s.local))
				if pu > mo.U[f][v] && !sameDigits(x.locals.of(r.local), x.locals.of(s.local)) {
					pu = min(pu*slipsOfDigit, 1)
				}
			}
			ph = max(ph, pu)
		case Phone:
			if v == same[f] {
				pu = share(x.phones.count[a.phones[on.phones[0]]], 2, n, unseen[f])
			}
		case Address:
			p := &a.places[on.places[0]]
			switch v {
			case same[f]:
				pu = unseen[f]
				if p.site != 0 {
					pu = share(x.sites.count[p.site], 2, n, unseen[f])
				}
			case Line:
				pu = max(pu, share(x.lines.count[p.line], 1, n, unseen[f]))
			case Postcode:
				pu = share(x.postcodes.count[p.postcode], 1, n, .002)
			case City:
				pu = share(x.cities.count[p.city], 1, n, .01)
			}
			if v != Different && (given || family) {
				more := mo.Home[b2i(given && family)][v]
				if town := p.town(); town != 0 {
					if count := x.towns(p); l[Given] == same[Given] {
						more = max(more, x.goTogether(x.givenIn, a.given, town, x.names.count[a.given], count, more))
					}
					if count := x.towns(p); l[Family] == same[Family] {
						more = max(more, x.goTogether(x.familyIn, a.family, town, x.familiesOf(a.family), count, more))
					}
				}
				pu = min(pu*more, 1)
			}
			ph = max(ph, pu)
		case Company:
			if v == same[f] {
				pu = share(x.companies.count[a.company], 1, n, unseen[f])
			}
		}
		m[f], h[f] = math.Log2(pm/pu), math.Log2(ph/pu)
	}
	return m, h
}

func (x *Index) familiesOf(name uint32) uint32 {
	if int(name) < len(x.families) {
		return x.families[name]
	}
	return 0
}

// goTogether returns how many times more often than by chance a record with one
// thing has another, from how many records beside the pair itself have both, the
// one and the other; usually is what it is for most.
func (x *Index) goTogether(t tally, one, other, ones, others uint32, usually float64) float64 {
	const records = 20 // that what is usual counts as
	chance := max(float64(others)-1, 1) / float64(len(x.records)+1)
	seen := max(float64(*t.at(one, other))-2, 0)
	return (seen + records*chance*usually) / (max(float64(ones)-2, 0) + records) / chance
}

// slips returns how probable it is that the rarer of two names that are near is
// just another name, in the measure of a slip of the pen that makes it of the
// other: who writes a name that so many bear has hardly made a slip.
func (x *Index) slips(count uint32) float64 {
	const variants = 50 // that a slip chooses among
	return variants * max(float64(count)-1, 0) / float64(len(x.records)+1)
}

// towns returns how many records have the town of a place.
func (x *Index) towns(p *place) uint32 {
	if p.city == 0 {
		return x.postcodes.count[p.postcode]
	}
	return x.cities.count[p.city]
}

// derived returns how probable it is that two with these names have this local
// part anyway, as it is made of the names and so many digits; 0 when it is not, or
// when their names differ.
func (x *Index) derived(a, b *record, l *Levels, local uint32) float64 {
	if l[Given] == Different || l[Family] == Different {
		return 0
	}
	var buf [2][2 * maxLetters]byte
	digits, letters := figures(x.locals.of(local), buf[0][:0], buf[1][:0])
	for _, r := range [...]*record{a, b} {
		if made(letters, x.names.of(r.given), x.names.of(r.family)) {
			p := .1
			for _, c := range digits {
				if c != ' ' {
					p /= 10
				}
			}
			return p
		}
	}
	return 0
}

// sameDigits reports whether two texts have the same digits.
func sameDigits(a, b []byte) bool {
	var buf [4][2 * maxLetters]byte
	d, _ := figures(a, buf[0][:0], buf[1][:0])
	e, _ := figures(b, buf[2][:0], buf[3][:0])
	return string(d) == string(e)
}

// made reports whether letters are made of a given and a family name: each
// written out or as an initial, in either order, or one of them alone.
func made(letters, given, family []byte) bool {
	var buf [2][maxLetters]byte
	_, g := figures(given, nil, buf[0][:0])
	_, f := figures(family, nil, buf[1][:0])
	for range 2 {
		for _, i := range [...]int{len(g), 1, 0} {
			for _, j := range [...]int{len(f), 1, 0} {
				if i <= len(g) && j <= len(f) && i+j > 1 && i+j == len(letters) &&
					string(letters[:i]) == string(g[:i]) && string(letters[i:]) == string(f[:j]) {
					return true
				}
			}
		}
		g, f = f, g
	}
	return false
}

// posterior returns the probability that a pair is of one person, from the sums of
// its weights for m and h.
func (mo *Likelihoods) posterior(m, h float64) (p, household float64) {
	pm, ph := mo.Pairs*math.Exp2(m), mo.Households*math.Exp2(h)
	all := pm + ph + 1
	return pm / all, ph / all
}
