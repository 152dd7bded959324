package linkage

// For tests of what is unexported.
var (
	Distance  = distance
	Likeness  = likeness
	Near      = near
	NearLine  = nearLine
	NearLocal = nearLocal
)

// Fold and Skeleton are of texts.
func Fold(s string) string     { return string(fold(nil, s)) }
func Skeleton(s string) string { return string(skeleton(nil, fold(nil, s))) }

// Made reports whether the letters of a local part are made of a name.
func Made(letters, given, family string) bool {
	return made([]byte(letters), []byte(given), []byte(family))
}

// Compare returns the levels of two records of an index.
func Compare(x *Index, a, b int) Levels {
	l, _ := x.compare(&x.records[a], &x.records[b])
	return l
}
