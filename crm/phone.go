package crm

import (
	"strings"
)

// A dial is how a country's phone numbers are dialed.
type dial struct {
	code     string // in front from abroad
	trunk    string // in front within the country, and not from abroad
	exit     string // in front of another country's code, where that is not 00
	min, max int    // digits that follow the code
}

// dialing has the countries where most e-commerce happens. It tells apart what
// can be a number from what cannot by its length only: whoever has to know
// whether a number is in use must call it. (The tables of libphonenumber, which
// know number ranges too, would make a program 6 MB larger.)
var dialing = map[string]dial{
	"AE": {"971", "0", "", 8, 9}, "AR": {"54", "0", "", 10, 11}, "AT": {"43", "0", "", 7, 13},
	"AU": {"61", "0", "0011", 9, 9}, "BD": {"880", "0", "", 8, 10}, "BE": {"32", "0", "", 8, 9},
	"BG": {"359", "0", "", 8, 9}, "BR": {"55", "0", "", 10, 11}, "CA": {"1", "1", "011", 10, 10},
	"CH": {"41", "0", "", 9, 9}, "CL": {"56", "", "", 9, 9}, "CN": {"86", "0", "", 9, 11},
	"CO": {"57", "", "", 10, 10}, "CY": {"357", "", "", 8, 8}, "CZ": {"420", "", "", 9, 9},
	"DE": {"49", "0", "", 7, 11}, "DK": {"45", "", "", 8, 8}, "EE": {"372", "", "", 7, 8},
	"EG": {"20", "0", "", 8, 10}, "ES": {"34", "", "", 9, 9}, "FI": {"358", "0", "", 7, 11},
	"FR": {"33", "0", "", 9, 9}, "GB": {"44", "0", "", 9, 10}, "GR": {"30", "", "", 10, 10},
	"HK": {"852", "", "001", 8, 8}, "HR": {"385", "0", "", 8, 9}, "HU": {"36", "06", "", 8, 9},
	"ID": {"62", "0", "001", 8, 12}, "IE": {"353", "0", "", 7, 9}, "IL": {"972", "0", "", 8, 9},
	"IN": {"91", "0", "", 10, 10}, "IS": {"354", "", "", 7, 9}, "IT": {"39", "", "", 7, 11},
	"JP": {"81", "0", "010", 9, 10}, "KE": {"254", "0", "000", 9, 9}, "KR": {"82", "0", "", 8, 10},
	"KW": {"965", "", "", 8, 8}, "KZ": {"7", "8", "810", 10, 10}, "LI": {"423", "", "", 7, 9},
	"LK": {"94", "0", "", 9, 9}, "LT": {"370", "0", "", 8, 8}, "LU": {"352", "", "", 7, 11},
	"LV": {"371", "", "", 8, 8}, "MA": {"212", "0", "", 9, 9}, "MT": {"356", "", "", 8, 8},
	"MX": {"52", "", "", 10, 10}, "MY": {"60", "0", "", 8, 10}, "NG": {"234", "0", "009", 8, 10},
	"NL": {"31", "0", "", 9, 9}, "NO": {"47", "", "", 8, 8}, "NZ": {"64", "0", "", 8, 10},
	"PE": {"51", "0", "", 8, 9}, "PH": {"63", "0", "", 8, 10}, "PK": {"92", "0", "", 9, 10},
	"PL": {"48", "", "", 9, 9}, "PT": {"351", "", "", 9, 9}, "QA": {"974", "", "", 8, 8},
	"RO": {"40", "0", "", 9, 9}, "RU": {"7", "8", "810", 10, 10}, "SA": {"966", "0", "", 8, 9},
	"SE": {"46", "0", "", 7, 10}, "SG": {"65", "", "000", 8, 8}, "SI": {"386", "0", "", 8, 8},
	"SK": {"421", "0", "", 9, 9}, "TH": {"66", "0", "001", 8, 9}, "TR": {"90", "0", "", 10, 10},
	"TW": {"886", "0", "002", 8, 9}, "UA": {"380", "0", "", 9, 9}, "US": {"1", "1", "011", 10, 10},
	"VN": {"84", "0", "", 9, 10}, "ZA": {"27", "0", "", 9, 9},
}

// abroad finds a country by the code that a number begins with. Countries that
// share a code dial alike.
var abroad = func() map[string]*dial {
	m := map[string]*dial{}
	for _, d := range dialing {
		m[d.code] = &d
	}
	return m
}()

// dialOf splits what follows a + into the country and its own digits.
func dialOf(digits string) (d *dial, rest string) {
	for n := 1; n <= 3 && n < len(digits); n++ {
		if d := abroad[digits[:n]]; d != nil {
			return d, digits[n:]
		}
	}
	return nil, digits
}

// fits reports whether a number of the country can have these digits.
func (d *dial) fits(digits string) bool { return d.min <= len(digits) && len(digits) <= d.max }

// plain takes off what is dialed within the country only.
func (d *dial) plain(digits string) string {
	for d.trunk != "" {
		rest, ok := strings.CutPrefix(digits, d.trunk)
		// No number begins with a trunk prefix of zero; one may with an 8.
		if !ok || !d.fits(rest) || d.trunk[0] != '0' && d.fits(digits) {
			break
		}
		digits = rest
	}
	return digits
}

// matchPhone is the form by which phone numbers are compared: E.164 where the
// country is known, else the digits. "" is no number: fewer than 5 digits or
// more than 15.
func matchPhone(s string, home *dial) string {
	digits, international := dialed(s)
	if home != nil && !international && home.exit != "" {
		if rest, ok := strings.CutPrefix(digits, home.exit); ok {
			digits, international = rest, true
		}
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok && !international {
		digits, international = rest, true
	}
	if len(digits) < 5 || len(digits) > 15 {
		return ""
	}
	if international {
		if d, rest := dialOf(digits); d != nil {
			if rest = d.plain(rest); d.fits(rest) {
				return "+" + d.code + rest
			}
		}
		return "+" + digits
	}
	if home == nil {
		return digits
	}
	if rest := home.plain(digits); home.fits(rest) && (home.trunk != "0" || rest[0] != '0') {
		return "+" + home.code + rest
	}
	if rest, ok := strings.CutPrefix(digits, home.code); ok && home.fits(rest) {
		return "+" + digits
	}
	return digits
}

// zeros are the digits zero of the scripts in which numbers are typed.
const zeros = "0٠۰०০๐０"

// dialed returns the digits of a phone number up to an extension, and whether
// they follow a plus sign.
func dialed(s string) (digits string, international bool) {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '+', '＋':
			international = international || b.Len() == 0
			continue
		case 'x', 'X', 'e', 'E', '#', ';', ',':
			if b.Len() >= 5 {
				return b.String(), international
			}
		}
		for _, zero := range zeros {
			if zero <= r && r <= zero+9 {
				b.WriteByte('0' + byte(r-zero))
				break
			}
		}
	}
	return b.String(), international
}

// phoneLine is the end of a phone number, which is the same however the number
// is written; "" when that is not needed, as it is written in E.164.
func phoneLine(s string) string {
	form := matchPhone(s, nil)
	if form == "" || form[0] == '+' && form == normalPhone(s) {
		return ""
	}
	return lineOf(form)
}

// lineOf returns the last 7 digits of a number, the fewest that the numbers of a
// country have.
func lineOf(form string) string { return form[max(0, len(form)-7):] }
