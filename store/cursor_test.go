package store_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// Texts of cursors stand in databases and files of shops: they never change.
var cursorTexts = []struct {
	cursor store.Cursor
	text   string
}{
	{store.Cursor{}, ""},
	{store.NewCursor(1, 0, 0), "AAAAAAAAAAEAAA"},
	{store.NewCursor(0, 1, 0), "AAAAAAAAAAABAA"},
	{store.NewCursor(0x0123456789ABCDEF, 300, 7), "ASNFZ4mrze-sAgc"},
	{store.NewCursor(math.MaxUint64, math.MaxUint64, math.MaxUint64), "______________________8B____________AQ"},
}

func TestCursorText(t *testing.T) {
	for _, c := range cursorTexts {
		if got := c.cursor.String(); got != c.text {
			t.Errorf("%#v: String() = %q, want %q", c.cursor, got, c.text)
		}
		if got, err := store.ParseCursor(c.text); got != c.cursor || err != nil {
			t.Errorf("ParseCursor(%q) = %#v, %v; want %#v", c.text, got, err, c.cursor)
		}
		epoch := c.cursor.Epoch()
		major, minor := c.cursor.Position()
		if got := store.NewCursor(epoch, major, minor); got != c.cursor {
			t.Errorf("NewCursor(%d, %d, %d) = %#v, want %#v", epoch, major, minor, got, c.cursor)
		}
	}
}

func TestCursorJSON(t *testing.T) {
	type page struct {
		After store.Cursor `json:"after"`
	}
	for _, c := range cursorTexts {
		text, err := json.Marshal(page{c.cursor})
		if want := `{"after":"` + c.text + `"}`; err != nil || string(text) != want {
			t.Errorf("Marshal = %s, %v; want %s", text, err, want)
		}
		var got page
		if err := json.Unmarshal(text, &got); err != nil || got.After != c.cursor {
			t.Errorf("Unmarshal(%s) = %v, %v; want %v", text, got.After, err, c.cursor)
		}
	}
	got := page{store.NewCursor(1, 2, 3)}
	if err := json.Unmarshal([]byte(`{"after":"?"}`), &got); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("Unmarshal of no cursor = %v, want %v", err, store.ErrInvalid)
	}
	if want := store.NewCursor(1, 2, 3); got.After != want {
		t.Errorf("Unmarshal of no cursor left %v, want %v", got.After, want)
	}
}

func TestParseCursorRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"one letter":                "A",
		"too short":                 "AAAAAAAAAAEA",
		"all zero":                  "AAAAAAAAAAAAAA",
		"not base64":                "AAAAAAAAAAEAA!",
		"standard base64":           "//////////8AAA",
		"padding":                   "AAAAAAAAAAEAAA==",
		"line break":                "AAAAAAAAAAEA\nAA",
		"stray bits at the end":     "AAAAAAAAAAEAAB",
		"bytes behind the position": "AAAAAAAAAAEAAAA",
		"number longer than needed": "AAAAAAAAAAGAAAA",
		"number cut off":            "AAAAAAAAAAEAgA",
		"number past 64 bits":       "AAAAAAAAAAH_____________AgA",
	} {
		if c, err := store.ParseCursor(text); !errors.Is(err, store.ErrInvalid) || !c.IsZero() {
			t.Errorf("%s: ParseCursor(%q) = %#v, %v; want %v", name, text, c, err, store.ErrInvalid)
		}
	}
}

func TestCursorCompare(t *testing.T) {
	want := []store.Cursor{
		{},
		store.NewCursor(7, 0, 0),
		store.NewCursor(7, 0, 1),
		store.NewCursor(7, 1, 0),
		store.NewCursor(7, 1, 300),
		store.NewCursor(7, 2, 0),
		store.NewCursor(7, math.MaxUint64, math.MaxUint64),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, store.Cursor.Compare)
	if diff := cmp.Diff(want, got, cmp.Comparer(func(c, d store.Cursor) bool { return c == d })); diff != "" {
		t.Errorf("sorted (-want +got):\n%s", diff)
	}
	for _, c := range want {
		if c.Compare(c) != 0 {
			t.Errorf("%v does not equal itself", c)
		}
	}
}

func TestExpiredError(t *testing.T) {
	err := error(&store.ExpiredError{After: store.NewCursor(1, 2, 0), Oldest: store.NewCursor(1, 5, 0)})
	if !errors.Is(err, store.ErrCursorExpired) {
		t.Errorf("%v is not %v", err, store.ErrCursorExpired)
	}
	want := `cursor expired: nothing kept right after "AAAAAAAAAAECAA", the feed begins after "AAAAAAAAAAEFAA"`
	if got := err.Error(); got != want {
		t.Errorf("Error() = %s, want %s", got, want)
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, c := range cursorTexts {
		f.Add(c.text)
	}
	f.Add("AAAAAAAAAAGAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := store.ParseCursor(text)
		switch {
		case err != nil && (!errors.Is(err, store.ErrInvalid) || !c.IsZero()):
			t.Errorf("ParseCursor(%q) = %#v, %v", text, c, err)
		case err == nil && c.String() != text:
			t.Errorf("ParseCursor(%q) prints as %q: two texts for one cursor", text, c)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(3))
	f.Fuzz(func(t *testing.T, epoch, major, minor uint64) {
		c := store.NewCursor(epoch, major, minor)
		if got, err := store.ParseCursor(c.String()); got != c || err != nil {
			t.Errorf("ParseCursor(%q) = %#v, %v; want %#v", c, got, err, c)
		}
	})
}
