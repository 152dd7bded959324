package crm

import (
	"strings"
	"unicode"
)

const maxKey = 120 // bytes of an id or of a part of a Ref

// A Ref is the key by which a source, such as the shop platform, knows a
// thing: {"shopify", "5123"}. It is unique per source and kind of thing. Both
// parts are 1 to 120 bytes of printable text without spaces and @.
type Ref struct {
	Source string `json:"source,omitzero"`
	ID     string `json:"id,omitzero"`
}

// ParseRef reads "source:id", the text that [Ref.String] writes. Its error is
// an [*InvalidError].
func ParseRef(s string) (Ref, error) {
	source, id, _ := strings.Cut(s, ":")
	r := Ref{source, id}
	var faults faults
	faults.ref("ref", r)
	return r, faults.err()
}

// String returns "source:id", and "" for the zero Ref.
func (r Ref) String() string {
	if r.IsZero() {
		return ""
	}
	return r.Source + ":" + r.ID
}

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// printable is unicode.IsPrint without the spaces.
func printable(r rune) bool { return unicode.IsPrint(r) && !unicode.IsSpace(r) }
