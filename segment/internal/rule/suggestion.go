package rule

import "strings"

// maxName is how long a name can be, in bytes.
const maxName = 200

// closest returns the name that is most like one that is not there, "" when
// none is. Letters of either case are alike.
func closest(name string, names []string) string {
	if len(name) > maxName {
		return ""
	}
	best, least := "", 2+max(len(name)-2, 0)/3
	lower := strings.ToLower(name)
	for _, n := range names {
		if d := distance(lower, strings.ToLower(n), least); d < least {
			best, least = n, d
		}
	}
	return best
}

// partly returns the shortest name that has a word like one in it: for country
// customer_countries, "" when none has.
func partly(name string, names []string) string {
	best := ""
	if len(name) < 3 || len(name) > maxName {
		return best
	}
	stem := strings.ToLower(name[:max(3, len(name)-1)])
	for _, n := range names {
		if i := strings.Index(n, stem); i >= 0 && (i == 0 || n[i-1] == '_') && (best == "" || len(n) < len(best)) {
			best = n
		}
	}
	return best
}

// distance is how many bytes have to be put in, left out, replaced or swapped
// with their neighbor to make b of a, or at least limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := row[j]
			if a[i] != b[j] {
				cost = 1 + min(row[j], row[j+1], next[j])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cost = min(cost, 1+before[j-1])
			}
			next[j+1] = cost
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
