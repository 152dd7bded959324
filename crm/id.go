package crm

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A CustomerID names a customer: "cus_" and 26 characters, or whatever the
// shop supplied. Ids sort by the time they carry.
type CustomerID string

// A ProductID names a product: "prd_" and 26 characters.
type ProductID string

// An OrderID names an order: "ord_" and 26 characters.
type OrderID string

// A RefundID names a refund: "rfd_" and 26 characters.
type RefundID string

// An InteractionID names an interaction: "int_" and 26 characters.
type InteractionID string

// alphabet is in ASCII order, so that ids sort as the bytes they stand for.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID returns an id for a record of a room's or a shop's own: the prefix, such
// as "seg_", and 26 characters, which sort by the time, to the millisecond, and
// then by chance, of 80 random bits.
func NewID(prefix string, at time.Time) string { return randomID(prefix, at) }

// ValidID reports whether an id can be one: 1 to 120 printable bytes without
// spaces and @, so that no e-mail address gets into a key.
func ValidID(id string) bool { return validKey(id) }

// randomID returns an id with the time t and 80 random bits.
func randomID(prefix string, t time.Time) string {
	var b [16]byte
	rand.Read(b[6:])
	return encodeID(prefix, t, b)
}

// derivedID returns the id of a record that a source knows by ref: the same
// for the same arguments, in whichever run.
func derivedID(prefix, namespace string, t time.Time, kind string, ref Ref) string {
	h := sha256.New()
	for _, s := range []string{namespace, ref.Source, kind, ref.ID} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	var b [16]byte
	copy(b[6:], h.Sum(nil))
	return encodeID(prefix, t, b)
}

// encodeID writes 48 bits of milliseconds since 1970 and the last 80 bits of b
// in base 32. Times outside the years 1970 to 10889 are clamped.
func encodeID(prefix string, t time.Time, b [16]byte) string {
	ms := uint64(min(max(t.UnixMilli(), 0), 1<<48-1))
	if t.IsZero() {
		ms = 0
	}
	hi := ms<<16 | uint64(b[6])<<8 | uint64(b[7])
	lo := binary.BigEndian.Uint64(b[8:])
	out := make([]byte, len(prefix)+26)
	copy(out, prefix)
	for i := len(out) - 1; i >= len(prefix); i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out)
}

// validKey reports whether s may stand in a key: 1 to 120 printable ASCII or
// letter runes without spaces and @, so that no personal data gets into keys.
func validKey(s string) bool {
	if s == "" || len(s) > maxKey {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r == '@' || r == 0x7F || r == 0xFFFD || r >= 0x80 && !printable(r) {
			return false
		}
	}
	return true
}
