package rule

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The words of the language that are no names: what · what it is for.
const phraseWords = `
AND          · both are true
OR           · one of them is true; AND binds tighter
NOT          · the opposite of what follows
(            · conditions in conditions, or a list
)            · the end
,            · and the next
EVERYONE     · all customers
NOBODY       · no customer
MATCHES (    · that there is such a fact
NOT MATCHES ( · that there is no such fact
FOLLOWED BY  · and later there was
NOT FOLLOWED BY · and later there was not, until now or the next step
BY           · FOLLOWED BY
WITH         · STARTS WITH, ENDS WITH
WITHIN       · at most so long after the step before
AFTER        · at least so long after the step before
=            · is
!=           · is there and is another
<            · less, or on an earlier day
<=           · at most, or on the day or before
>            · more, or on a later day
>=           · at least, or on the day or later
BETWEEN      · from and to, both included
NOT BETWEEN  · outside of both
IN (         · is one of, or has one of
NOT IN (     · is none of, or is lacking
CONTAINS     · a list has it, a text has it within
NOT CONTAINS · a list has it not
STARTS WITH  · begins with the text
NOT STARTS WITH · does not begin with the text
ENDS WITH    · ends with the text
NOT ENDS WITH · does not end with the text
IN TOP       · among the highest of all customers
IN BOTTOM    · among the lowest of all customers
TOP          · among the highest of all customers
BOTTOM       · among the lowest of all customers
IS NULL      · is lacking
IS NOT NULL  · is there
NULL         · lacking
NOT NULL     · there
%            · of all customers who have one
today        · this day of the shop
yesterday    · the day before
now          · this instant
-7d          · 7 days ago
-30d         · 30 days ago
-90d         · 90 days ago
-6m          · 6 months ago
-12m         · 12 months ago
+7d          · 7 days from now
+30d         · 30 days from now
'spring'     · the name of the draw: another name draws others
`

// phrases are what stands in the table above, read.
var phrases = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, cells := range rows(phraseWords) {
		all[cells[0]] = cells[1]
	}
	return all
})

// fitting returns the options that what is there of a word can become, each
// once: those that begin with it, then those of which a later word does.
func (c *completer) fitting() []Option {
	var first, then []Option
	seen := make(map[string]bool, len(c.all))
	typed := strings.ToLower(c.typed)
	for _, o := range c.all {
		text := strings.ToLower(o.Text)
		if c.text && text[0] != '\'' {
			continue
		}
		at := Fit(strings.TrimPrefix(text, "'"), typed)
		if at < 0 || seen[o.Text] {
			continue
		}
		seen[o.Text] = true
		if at == 0 {
			first = append(first, o)
		} else {
			then = append(then, o)
		}
	}
	return slices.Concat(first, then)
}

// Fit returns where in a text, in small letters, a word stands that begins as
// was typed, -1 for nowhere.
func Fit(text, typed string) int {
	if strings.HasPrefix(text, typed) {
		return 0
	}
	if c := typed[0]; !letter(c) && c < utf8.RuneSelf {
		return -1
	}
	for i := 0; ; i++ {
		n := strings.Index(text[i:], typed)
		if n < 0 {
			return -1
		}
		if i += n; i > 0 && strings.IndexByte("_. >/-", text[i-1]) >= 0 {
			return i
		}
	}
}
