package duplicates

import (
	"cmp"
	"math"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Band says how sure a [Suggestion] is.
type Band string

// The bands, best first.
const (
	// BandSure is at or above Options.Automatic, with nothing that contradicts
	// it, the same given name or the same birth date, and so with all whom the
	// two would be one person with: what [Finder.MergeAutomatic] merges.
	BandSure Band = "sure"
	// BandLikely is at or above 0.9, and not sure.
	BandLikely Band = "likely"
	// BandPossible is the rest: below 0.9, or as probable as can be, but in no
	// group.
	BandPossible Band = "possible"
)

// bands in their order.
var bands = []Band{BandSure, BandLikely, BandPossible}

const likely = .9

// A Suggestion is a pair of customers who may be one person, and why. It holds
// nothing personal: neither names nor addresses, only how well they agree.
//
// Prior, the weights of Evidence and Household are bits, the logarithm of odds
// to the base of 2. They add up to the odds of Probability.
type Suggestion struct {
	A           crm.CustomerID `json:"a"` // the smaller id
	B           crm.CustomerID `json:"b"`
	Band        Band           `json:"band"`
	Probability float64        `json:"probability"` // that they are one person, 0 to 1
	Prior       float64        `json:"prior"`       // of any two customers, before anything is looked at
	Evidence    []Evidence     `json:"evidence,omitzero"`
	// Household is 0 or less: how well everything is explained by two people
	// who belong together, a household or colleagues.
	Household float64 `json:"household,omitzero"`
	// Group is the smallest id of those who are offered as one person. It is "" for
	// two who are alike, while one is offered with somebody who does not go with
	// the other: they are BandPossible.
	Group crm.CustomerID `json:"group,omitzero"`
	// Conflict is in what any of the two, and of those whom they are offered as one
	// person with, contradict each other: FieldBirthday, or FieldEmail for two
	// accounts of one source. "" is nothing.
	Conflict Field     `json:"conflict,omitzero"`
	FoundAt  time.Time `json:"found_at"` // first found so
}

// A Field is something that customers are compared by.
type Field string

// The fields.
const (
	FieldGivenName  Field = "given_name"
	FieldFamilyName Field = "family_name"
	FieldBirthday   Field = "birthday"
	FieldEmail      Field = "email"
	FieldPhone      Field = "phone"
	FieldAddress    Field = "address"
	FieldCompany    Field = "company"
)

// A Level says how well two customers agree in a field.
type Level string

// The levels. Not every field has all of them.
const (
	LevelDifferent Level = "different"
	LevelInitial   Level = "initial"    // one name is the other's first letter
	LevelShort     Level = "short"      // one name begins with the other, or sounds alike
	LevelPart      Level = "part"       // one word of several is the same
	LevelNoYear    Level = "no_year"    // day and month are the same, a year is not known
	LevelSameLocal Level = "same_local" // an e-mail address but for the provider
	LevelCity      Level = "city"       // an address is in the same town
	LevelPostcode  Level = "postcode"   // it has the same postcode
	LevelLine      Level = "line"       // it has the same line, in another town
	LevelClose     Level = "close"      // the same but for a slip of the pen
	LevelSwapped   Level = "swapped"    // given and family name are in each other's place
	LevelSame      Level = "same"
)

// An Evidence is what one field says of a pair. A field that one of the two lacks
// says nothing and is left out.
type Evidence struct {
	Field  Field   `json:"field"`
	Level  Level   `json:"level"`
	Weight float64 `json:"weight"` // bits for one person; negative: against it
}

var fieldNames = [linkage.Fields]Field{FieldGivenName, FieldFamilyName, FieldBirthday, FieldEmail, FieldPhone, FieldAddress, FieldCompany}

var levelNames = [linkage.Fields]map[linkage.Level]Level{
	linkage.Given:   {2: LevelInitial, 3: LevelShort, 4: LevelClose, 5: LevelSame, 6: LevelSwapped},
	linkage.Family:  {2: LevelPart, 4: LevelClose, 5: LevelSame, 6: LevelSwapped},
	linkage.Birth:   {2: LevelClose, 3: LevelNoYear, 4: LevelSame},
	linkage.Email:   {2: LevelClose, 3: LevelSameLocal, 4: LevelSame},
	linkage.Phone:   {2: LevelClose, 3: LevelSame},
	linkage.Address: {2: LevelCity, 3: LevelPostcode, 4: LevelLine, 5: LevelClose, 6: LevelSame},
	linkage.Company: {2: LevelClose, 3: LevelSame},
}

// suggest turns an explanation into a suggestion.
func suggest(a, b crm.CustomerID, e linkage.Explanation) *Suggestion {
	if a > b {
		a, b = b, a
	}
	s := &Suggestion{A: a, B: b, Probability: round(e.Probability, 1e6), Prior: round(e.Prior, 100), Household: round(e.Shared, 100)}
	for _, v := range e.Evidence {
		level := LevelDifferent
		if v.Level != linkage.Different {
			level = levelNames[v.Field][v.Level]
		}
		s.Evidence = append(s.Evidence, Evidence{fieldNames[v.Field], level, round(v.Weight, 100)})
	}
	return s
}

// conflict is the field that records contradict each other in.
func conflict(f linkage.Field) Field {
	if f == linkage.Fields {
		return ""
	}
	return fieldNames[f]
}

func round(v, parts float64) float64 { return math.Round(v*parts)/parts + 0 }

// rank orders suggestions: those of better bands first, then the more probable.
func (s *Suggestion) rank() (band, odds int64) {
	for i, b := range bands {
		if s.Band == b {
			band = int64(i)
		}
	}
	return band, int64(math.Round(1000 * s.odds()))
}

// odds are the bits that everything adds up to.
func (s *Suggestion) odds() float64 {
	sum := s.Prior + s.Household
	for _, e := range s.Evidence {
		sum += e.Weight
	}
	return sum
}

// better orders suggestions as the queue does.
func better(s, t *Suggestion) int {
	sb, so := s.rank()
	tb, to := t.rank()
	return cmp.Or(cmp.Compare(sb, tb), cmp.Compare(to, so), cmp.Compare(s.A, t.A), cmp.Compare(s.B, t.B))
}

func suggestionFields(c *store.Coder, s *Suggestion) {
	store.String(c, 1, &s.A)
	store.String(c, 2, &s.B)
	store.String(c, 3, &s.Band)
	store.Float(c, 4, &s.Probability)
	store.Float(c, 5, &s.Prior)
	store.List(c, 6, &s.Evidence, func(c *store.Coder, e *Evidence) {
		store.String(c, 1, &e.Field)
		store.String(c, 2, &e.Level)
		store.Float(c, 3, &e.Weight)
	})
	store.Float(c, 7, &s.Household)
	store.String(c, 8, &s.Group)
	store.Time(c, 9, &s.FoundAt)
	store.String(c, 10, &s.Conflict)
}
