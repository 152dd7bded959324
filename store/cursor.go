package store

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A Cursor is a place in the feed of one store: after one entry and before the
// next. It consists of an epoch, which tells one store's feed from another's,
// and a position; what the numbers mean is the engine's business. The zero
// Cursor stands before the first entry ever. Cursors are comparable with ==,
// and their text form is safe in JSON, URLs and files.
type Cursor struct {
	epoch        uint64
	major, minor uint64
}

// NewCursor makes a Cursor; only engines call it. Positions order by major,
// then minor.
func NewCursor(epoch, major, minor uint64) Cursor {
	return Cursor{epoch, major, minor}
}

// Epoch returns the number that tells feeds apart; engines draw it at random.
func (c Cursor) Epoch() uint64 { return c.epoch }

// Position returns the two numbers that an engine gave to [NewCursor].
func (c Cursor) Position() (major, minor uint64) { return c.major, c.minor }

// IsZero reports whether c stands before the first entry ever.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// Compare orders two cursors of one feed: negative when c stands before d. The
// order of cursors of different epochs has no meaning.
func (c Cursor) Compare(d Cursor) int {
	return cmp.Or(
		cmp.Compare(c.epoch, d.epoch),
		cmp.Compare(c.major, d.major),
		cmp.Compare(c.minor, d.minor),
	)
}

// Equal reports whether c == d; packages that compare values ask for it.
func (c Cursor) Equal(d Cursor) bool { return c == d }

// String returns the text form, "" for the zero Cursor.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	b := binary.BigEndian.AppendUint64(nil, c.epoch)
	b = binary.AppendUvarint(b, c.major)
	b = binary.AppendUvarint(b, c.minor)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads the text form. Its error wraps [ErrInvalid].
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 10 {
		return Cursor{}, fmt.Errorf("cursor %q: %w", s, ErrInvalid)
	}
	c := Cursor{epoch: binary.BigEndian.Uint64(b)}
	b = b[8:]
	var n int
	if c.major, n = binary.Uvarint(b); n > 0 {
		b = b[n:]
		if c.minor, n = binary.Uvarint(b); n == len(b) && c.String() == s {
			return c, nil
		}
	}
	return Cursor{}, fmt.Errorf("cursor %q: %w", s, ErrInvalid)
}

// MarshalText returns the text form.
func (c Cursor) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the text form. Its error wraps [ErrInvalid].
func (c *Cursor) UnmarshalText(text []byte) error {
	p, err := ParseCursor(string(text))
	if err == nil {
		*c = p
	}
	return err
}
