package search_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/seed-9cb3708a/clientele/crm/search"
)

// TestFoldIsUnicode compares with the decompositions of Unicode: letters with
// marks are looked up as without, in Latin, Greek and Cyrillic.
func TestFoldIsUnicode(t *testing.T) {
	n := 0
	for _, block := range [][2]rune{{'A', 0x24F}, {0x1E00, 0x1EFF}, {0x370, 0x3FF}, {0x1F00, 0x1FFF}, {0x400, 0x52F}, {0xFB00, 0xFB06}, {0xFF21, 0xFF5A}} {
		for r := block[0]; r <= block[1]; r++ {
			if !unicode.IsLetter(r) || r == 0x37A { // which is a mark without a letter
				continue
			}
			var want strings.Builder
			for _, d := range norm.NFKD.String(string(unicode.ToLower(r))) {
				if unicode.IsLetter(d) && !unicode.Is(unicode.Lm, d) {
					d = unicode.ToLower(d)
					if d == 'ς' {
						d = 'σ'
					}
					want.WriteRune(d)
				}
			}
			plain, _ := search.Fold(string(r))
			own := strings.ContainsAny(want.String(), "ßøłđðþæœıŋħŧəƶǥǝĸґ") // which Unicode does not take apart
			if got := strings.Join(plain, " "); got != want.String() && !own && !unicode.Is(unicode.Lm, r) {
				t.Errorf("%c (%U) is looked up as %q, want %q", r, r, got, want.String())
			}
			n++
		}
	}
	if n < 1000 {
		t.Errorf("%d letters were compared only", n)
	}
}

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		name, text   string
		plain, other []string
	}{
		{"umlauts", "Müller-Lüdenscheidt", []string{"muller", "ludenscheidt"}, []string{"mueller", "luedenscheidt"}},
		{"a mark behind its letter", "Mu\u0308ller A\u030Ase", []string{"muller", "ase"}, []string{"mueller", "aase"}},
		{"letters without a base", "Łódź Þór ßß Ægir Œuvre", []string{"lodz", "thor", "ssss", "aegir", "oeuvre"}, []string{"", "", "", "", ""}},
		{"capital dotted i", "İstanbul Işık", []string{"istanbul", "isik"}, []string{"", ""}},
		{"full width", "ＡＢＣ１２３", []string{"abc123"}, []string{""}},
		{"digits of other scripts", "١٢٣ १२३", []string{"123", "123"}, []string{"", ""}},
		{"vowel points", "שָׁלוֹם مُحَمَّد", []string{"שלום", "محمد"}, []string{"", ""}},
		{"scripts side by side", "Anna田中さん5", []string{"anna", "田中", "中さ", "さん", "5"}, []string{"", "", "", "", ""}},
		{"Hangul", "김철수", []string{"김철", "철수"}, []string{"", ""}},
		{"vowels that are no letters", "हिन्दी", []string{"हिन्दी"}, []string{""}},
		{"nothing but signs", "--- !?\x00", nil, nil},
		{"a very long word", strings.Repeat("ä", 100), []string{strings.Repeat("a", 48)}, []string{strings.Repeat("ae", 24)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plain, other := search.Fold(tt.text)
			if diff := cmp.Diff(tt.plain, plain); diff != "" {
				t.Errorf("plain (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.other, other); diff != "" {
				t.Errorf("other (-want +got):\n%s", diff)
			}
		})
	}
}
