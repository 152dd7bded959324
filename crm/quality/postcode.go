package quality

import (
	"slices"
	"strings"
)

// postcodes has the shapes of the postcodes of countries, A for a letter and 9
// for a digit, without spaces and dashes. The shape is all that it knows: whether
// a code is given out, only the post tells. Countries that have no postcodes, or
// many shapes, are left out.
var postcodes = func() map[string][]string {
	m := map[string][]string{
		"AR": {"9999", "A9999AAA"}, "BR": {"99999999"}, "CA": {"A9A9A9"}, "CL": {"9999999"},
		"GB": {"A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA"},
		"IL": {"99999", "9999999"}, "KZ": {"999999", "A99A9A9"}, "MT": {"AAA9999", "AAA999", "AAA99"},
		"NL": {"9999AA"}, "US": {"99999", "999999999"}, "PR": {"99999", "999999999"}, "JP": {"9999999"}, "PT": {"9999999", "9999"},
		"TW": {"999", "99999", "999999"},
	}
	for shape, countries := range map[string]string{
		"9999":   "AT AU BD BE BG CH CY DK GE HU LI LU LV NO NZ PH SI TN ZA",
		"99999":  "CU CZ DE DZ EE ES FI FR GR HR ID IT KE KR KW LK LT MA MC MX MY PK PL RS SE SK SM TH TR UA VA VN",
		"999999": "BY CN CO IN KR NG RO RS RU SG UZ VN",
	} {
		for c := range strings.FieldsSeq(countries) {
			m[c] = append(m[c], shape)
		}
	}
	return m
}()

// validPostcode reports whether a postcode can be of a country; any can of one
// whose postcodes are not known.
func validPostcode(code, country string) bool {
	shapes := postcodes[country]
	if shapes == nil {
		return true
	}
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '–' || r == '.' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	if slices.Contains(shapes, shapeOf(code)) {
		return true
	}
	for _, prefix := range []string{country, country[:1]} { // D-10115, LV-1010
		if rest, ok := strings.CutPrefix(code, prefix); ok && slices.Contains(shapes, shapeOf(rest)) {
			return true
		}
	}
	return false
}

func shapeOf(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case digit(r):
			return '9'
		case letter(r):
			return 'A'
		}
		return r
	}, code)
}

// countries are the codes of ISO 3166-1 alpha-2, and XK, which is used as if it
// were one.
var countries = func() map[string]bool {
	m := map[string]bool{}
	for c := range strings.FieldsSeq(`
		AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
		CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
		GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT
		JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
		MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
		PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
		SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
		UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`) {
		m[c] = true
	}
	return m
}()
