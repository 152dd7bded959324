package search

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Query says whom to find.
type Query struct {
	// Text is what somebody knows of the customer, in any order: parts of names,
	// of an e-mail address or a phone number, of a company, a street, a city or a
	// postcode, the number of an order, the key of a source, an id. At most 1,000
	// bytes and 24 words.
	Text string
	// Limit is how many customers are found at most; 0 is 20, 200 are the most.
	Limit int
}

// Limits of a Query.
const (
	maxText  = 1000
	maxUnits = 24
	maxLimit = 200
)

// A look is one thing to look up in the index for a part of a query.
type look struct {
	text  string // class and word
	open  bool   // terms that begin so, too
	kind  Kind   // of what is found, but for what equals text, when open
	typos int
}

// A unit is a word of a query: somebody matches it who has one of the looks.
type unit struct {
	word
	looks []look
}

// A request is a query that was understood.
type request struct {
	units []unit
	mails []mail
	whole string // what was typed, when it is one word: it may be an id
	limit int
}

// A mail is what may be a whole e-mail address, and which units it is.
type mail struct {
	look
	from, to int
}

// parse understands a query, or lists what is wrong with it.
func (q Query) parse() (*request, error) {
	var faults []crm.FieldError
	switch {
	case len(q.Text) > maxText:
		faults = append(faults, crm.FieldError{Field: "text", Value: q.Text, Want: fmt.Sprintf("at most %d bytes", maxText), Personal: true})
	case !utf8.ValidString(q.Text):
		faults = append(faults, crm.FieldError{Field: "text", Value: q.Text, Want: "valid UTF-8", Personal: true})
	}
	if q.Limit < 0 || q.Limit > maxLimit {
		faults = append(faults, crm.FieldError{Field: "limit", Value: fmt.Sprint(q.Limit), Want: fmt.Sprintf("0 to %d", maxLimit)})
	}
	r := &request{limit: q.Limit}
	if r.limit == 0 {
		r.limit = 20
	}
	if len(faults) == 0 {
		if r.read(q.Text); len(r.units) > maxUnits {
			faults = append(faults, crm.FieldError{Field: "text", Value: q.Text, Want: fmt.Sprintf("at most %d words", maxUnits), Personal: true})
		}
	}
	if len(faults) > 0 {
		return nil, &crm.InvalidError{Fields: faults}
	}
	r.join()
	return r, nil
}

// read makes units of a text.
func (r *request) read(text string) {
	typed := strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) || c == ',' || c == ';' })
	if len(typed) == 1 {
		r.whole = typed[0]
	}
	starts := make([]int, 0, len(typed)+1)
	for _, t := range typed {
		starts = append(starts, len(r.units))
		at := len(r.units)
		for _, w := range wordsOf(t, true) {
			r.units = append(r.units, unit{word: w, looks: looksOf(w)})
		}
		r.cover(at, len(r.units), typedLooks(t))
		if local, domain, ok := strings.Cut(t, "@"); ok {
			r.cover(at+len(wordsOf(local, true)), len(r.units), domainLooks(domain))
			if local != "" && domain != "" {
				r.mails = append(r.mails, mail{look{text: string(rune(classMail)) + cutMail(strings.ToLower(t)), kind: KindPrefix}, at, len(r.units)})
			}
		} else if strings.Contains(t, ".") {
			r.cover(at, len(r.units), domainLooks(t))
		}
	}
	r.phones(typed, append(starts, len(r.units)))
}

// cover adds looks that stand for several units at once.
func (r *request) cover(from, to int, looks []look) {
	for i := from; i < to; i++ {
		r.units[i].looks = append(r.units[i].looks, looks...)
	}
}

// looksOf are those of a word.
func looksOf(w word) (looks []look) {
	for _, s := range w.spellings() {
		looks = append(looks, wordLooks(s)...)
		if len(s) >= 3 {
			looks = append(looks, look{text: string(rune(classDomain)) + s, open: true, kind: KindPrefix})
		}
	}
	return looks
}

// wordLooks are those for one spelling of a word among words.
func wordLooks(s string) (looks []look) {
	short := count(s) <= maxStart
	for _, class := range []byte{classWord, classOther} {
		looks = append(looks, look{text: string(rune(class)) + s, open: !short, kind: KindPrefix})
	}
	if short {
		looks = append(looks, look{text: string(rune(classStart)) + s, kind: KindPrefix})
	}
	return looks
}

// typedLooks are those of what stands between two spaces, as it was typed.
func typedLooks(t string) (looks []look) {
	t = strings.ToLower(t)
	odd := strings.ContainsFunc(t, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsMark(c) })
	key := refOf(t)
	if key == "" {
		return nil
	}
	add := func(class byte, text string, open bool) {
		if text != "" {
			looks = append(looks, look{text: string(rune(class)) + text, open: open, kind: KindPrefix})
		}
	}
	add(classRef, key, odd)
	if !odd {
		return looks
	}
	if _, id, ok := strings.Cut(key, ":"); ok { // source:id
		add(classRef, id, true)
	}
	if plain := strings.ReplaceAll(key, "-", ""); plain != key {
		add(classRef, plain, true)
	}
	add(classOrder, cutMail(key), true)
	if plain := withoutZeros(key); plain != key {
		looks = append(looks, look{text: string(rune(classOrder)) + cutMail(plain) + " ", open: true, kind: KindSuffix})
	}
	if t[0] != '@' {
		add(classMail, cutMail(t), true)
	}
	return looks
}

func domainLooks(domain string) []look {
	domain = strings.ToLower(domain)
	if domain == "" {
		return nil
	}
	return []look{{text: string(rune(classDomain)) + cutMail(domain), open: true, kind: KindPrefix}}
}

// phones adds looks for what may be phone numbers, in one piece or in several.
func (r *request) phones(typed []string, starts []int) {
	for i := range typed {
		var number strings.Builder
		for j := i; j < len(typed) && j < i+6 && phoneLike(typed[j]); j++ {
			number.WriteString(typed[j])
			digits := digitsOf(number.String())
			if len(digits) < minPhone || j > i && len(digits) < 5 || len(digits) > 20 {
				continue
			}
			looks := []look{{text: string(rune(classNumbers)) + reversed(digits), open: true, kind: KindSuffix}}
			for _, n := range []string{national(number.String()), abroad(digits)} {
				if len(n) >= minPhone-1 {
					looks = append(looks, look{text: string(rune(classNumber)) + n, open: true, kind: KindPrefix})
				}
				if len(n) >= 7 && n != digits {
					looks = append(looks, look{text: string(rune(classNumbers)) + reversed(n), open: true, kind: KindSuffix})
				}
			}
			r.cover(starts[i], starts[j+1], looks)
		}
	}
}

// join adds looks for neighbors that may be one word: van dijk, de la cruz.
func (r *request) join() {
	words := make([]word, len(r.units))
	for i, u := range r.units {
		words[i] = u.word
	}
	for n := 2; n <= 3; n++ {
		for i := 0; i+n <= len(words); i++ {
			for _, s := range joined(words[i : i+n]).spellings() {
				r.cover(i, i+n, wordLooks(s))
			}
		}
	}
}
