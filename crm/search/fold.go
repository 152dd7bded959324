package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// folds are the lower-case letters that are looked up as others: a line begins
// with what stands for the letters that follow. Letters with marks lose them, and
// letters that other alphabets have not are spelled with those that they have.
const folds = `
a ªàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặẚ
ae æǣǽ
b ḃḅḇ
c çćĉċčḉ
d ďḋḍḏḑḓđð
dz ǆǳ
e èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệəǝ
f ḟ
ff ﬀ
ffi ﬃ
ffl ﬄ
fi ﬁ
fl ﬂ
g ĝğġģǧǵḡǥ
h ĥȟḣḥḧḩḫẖħ
i ìíîïĩīĭįǐȉȋḭḯỉịı
ij ĳ
j ĵǰ
k ķǩḱḳḵĸ
l ĺļľḷḹḻḽłŀ
lj ǉ
m ḿṁṃ
n ñńņňǹṅṇṉṋŉ
ng ŋ
nj ǌ
o ºòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợøǿ
oe œ
p ṕṗ
r ŕŗřȑȓṙṛṝṟ
s śŝşšſșṡṣṥṧṩẛ
ss ß
st ﬅﬆ
t ţťțṫṭṯṱẗŧ
th þ
u ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự
v ṽṿ
w ŵẁẃẅẇẉẘ
x ẋẍ
y ýÿŷȳẏẙỳỵỷỹ
z źżžẑẓẕƶ
ʒ ǯ
α άἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷά
β ϐ
ε έϵἐἑἒἓἔἕὲέέ
η ήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇή
θ ϑ
ι ΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗίιΐ
κ ϰ
μ µ
ο όὀὁὂὃὄὅὸόό
π ϖ
ρ ϱῤῥ
σ ςϲ
υ ΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧύΰϒϓϔ
φ ϕ
ω ώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷώ
а ӑӓ
г ѓґ
е ѐёӗ
ж ӂӝ
з ӟ
и йѝӣӥ
к ќ
о ӧ
у ўӯӱӳ
ч ӵ
ы ӹ
э ӭ
і ї
ѵ ѷ
ә ӛ
ө ӫ
`

// spellings are letters that people without them write in two ways: as folds
// says, and so.
const spellings = `
aa å
ae ä
oe öø
ue ü
`

// zeros are the digits zero of the scripts in which numbers are typed.
const zeros = "٠۰०০๐０"

var (
	folded  = lettersOf(folds)
	spelled = lettersOf(spellings)
)

func lettersOf(table string) map[rune]string {
	m := map[rune]string{}
	for line := range strings.Lines(table) {
		to, letters, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range letters {
			m[r] = to
		}
	}
	return m
}

// A folder builds a word letter by letter, in the form by which words are
// compared, and in its other spelling.
type folder struct {
	plain, other []byte
	differ       bool
}

// add takes one rune and reports whether it is part of a word.
func (f *folder) add(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		default:
			return false
		}
		f.plain, f.other = append(f.plain, byte(r)), append(f.other, byte(r))
		return true
	case r >= 0x300 && r <= 0x36F: // marks that follow their letter
		f.mark(r)
		return true
	case r >= 0x591 && r <= 0x5C7 && unicode.Is(unicode.Mn, r), r >= 0x64B && r <= 0x652, r == 0x670, r == 0x640:
		return true // points of Hebrew and Arabic, which are mostly not written
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return f.add(r - 0xFF01 + '!')
	}
	for _, zero := range zeros {
		if zero <= r && r <= zero+9 {
			return f.add('0' + r - zero)
		}
	}
	r = unicode.ToLower(r)
	if r < utf8.RuneSelf {
		return f.add(r)
	}
	plain, ok := folded[r]
	if !ok {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
			return false
		}
		plain = string(r)
	}
	other, ok := spelled[r]
	if !ok {
		other = plain
	}
	f.differ = f.differ || ok
	f.plain, f.other = append(f.plain, plain...), append(f.other, other...)
	return true
}

// mark takes a mark that stands behind its letter.
func (f *folder) mark(r rune) {
	if len(f.plain) == 0 {
		return
	}
	switch last := f.plain[len(f.plain)-1]; {
	case r == 0x308 && (last == 'a' || last == 'o' || last == 'u'):
		f.other, f.differ = append(f.other, 'e'), true
	case r == 0x30A && last == 'a':
		f.other, f.differ = append(f.other, 'a'), true
	}
}

// ideographic reports whether a rune is of a script that is written without
// spaces between words.
func ideographic(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー'
}
