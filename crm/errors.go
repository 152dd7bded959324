package crm

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/store"
)

// The errors that calls wrap; test for them with errors.Is.
var (
	ErrNotFound = store.ErrNotFound
	ErrExists   = store.ErrExists
	ErrConflict = store.ErrConflict
	ErrInvalid  = store.ErrInvalid
	ErrClosed   = store.ErrClosed
	ErrNested   = store.ErrNested
	ErrReadOnly = store.ErrReadOnly
	ErrNewer    = store.ErrNewer

	ErrErased = fmt.Errorf("erased: %w", store.ErrNotFound) // of a customer of whom nothing is left

	ErrUnregistered = errors.New("tables are not registered") // of rooms that this process did not start

	ErrIncomplete = store.ErrIncomplete // a copy or a restore into the store did not end
)

// An Error tells which call failed on which record. It unwraps to Err.
type Error struct {
	Op   string // the verb, such as "Orders.Record"
	Kind string // the kind of record, such as "order"; may be ""
	ID   string // its id or ref; may be ""
	Err  error
}

// Error tells the call, the record's id and what went wrong.
func (e *Error) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("crm: %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("crm: %s %s: %v", e.Op, e.ID, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// of says which record an error is of, unless the id that was given may be
// anything.
func of[ID ~string](kind string, id ID, err error) error {
	if !validKey(string(id)) {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return fmt.Errorf("%s %s: %w", kind, id, err)
}

// An InvalidError lists everything that is wrong with an input. It unwraps to
// [ErrInvalid].
type InvalidError struct {
	Fields []FieldError
}

// A FieldError is one fault of an input.
type FieldError struct {
	Field    string // the path of the field as in JSON: "items[2].quantity"
	Value    string // what was given; the error's text masks it when Personal
	Want     string // what was expected
	Personal bool
}

// Error lists the faults; values of personal fields are masked.
func (e *InvalidError) Error() string {
	var b strings.Builder
	b.WriteString("invalid")
	for i, f := range e.Fields {
		b.WriteString(map[bool]string{true: ": ", false: "; "}[i == 0])
		b.WriteString(f.String())
	}
	return b.String()
}

// Unwrap returns ErrInvalid.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// String tells the fault, without the value when that is personal.
func (f FieldError) String() string {
	value := fmt.Sprintf("%.100q", f.Value)
	if f.Personal {
		value = fmt.Sprintf("(%d characters)", utf8.RuneCountInString(f.Value))
	}
	return fmt.Sprintf("%s %s: want %s", f.Field, value, f.Want)
}

// faults collects what is wrong with one input. Its methods take the name of a
// field; in says within what.
type faults struct {
	list  []FieldError
	outer string
	index int // of the element of outer, -1 for none
}

func (f *faults) add(field, value, want string) {
	f.list = append(f.list, FieldError{Field: f.path(field), Value: value, Want: want})
}

func (f *faults) personal(field, value, want string) {
	f.list = append(f.list, FieldError{Field: f.path(field), Value: value, Want: want, Personal: true})
}

// in makes the fields that follow those of outer[i], of outer itself when i is
// negative, and of the input when outer is "". It costs nothing while there is
// no fault.
func (f *faults) in(outer string, i int) { f.outer, f.index = outer, i }

func (f *faults) path(field string) string {
	switch {
	case f.outer == "":
		return field
	case f.index >= 0:
		return cut(f.outer+"["+strconv.Itoa(f.index)+"]", field)
	}
	return cut(f.outer, field)
}

// cut returns the path of a field within outer; either may be "".
func cut(outer, field string) string {
	if outer == "" || field == "" {
		return outer + field
	}
	return outer + "." + field
}

// err returns the faults as an error, or nil.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &InvalidError{Fields: f.list}
}

// ref and id refuse what may not stand in a key. That may well be an e-mail
// address.
func (f *faults) ref(field string, r Ref) {
	if !validKey(r.Source) || strings.Contains(r.Source, ":") {
		f.personal(cut(field, "source"), r.Source, "1 to 120 printable bytes without spaces, @ and colon")
	}
	if !validKey(r.ID) {
		f.personal(cut(field, "id"), r.ID, "1 to 120 printable bytes without spaces and @")
	}
}

func (f *faults) id(field, id string) {
	if !validKey(id) {
		f.personal(field, id, "1 to 120 printable bytes without spaces and @")
	}
}

// text limits free text; what it holds may be personal.
func (f *faults) text(field, s string, limit int) {
	if len(s) > limit {
		f.personal(field, s, fmt.Sprintf("at most %d bytes", limit))
	} else if !utf8.ValidString(s) {
		f.personal(field, s, "valid UTF-8")
	}
}

func (f *faults) time(field string, t time.Time) {
	if !t.IsZero() && (t.Year() < 1 || t.Year() > 9999) {
		f.add(field, t.String(), "a year from 1 to 9999")
	}
}

func (f *faults) money(field string, m Money, c Currency) {
	if !m.IsZero() && m.Currency != c {
		f.add(field, m.String(), fmt.Sprintf("an amount in %s", c))
	}
}

func oneOf[T ~string](f *faults, field string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = fmt.Sprintf("%q", string(a))
	}
	f.add(field, string(value), "one of "+strings.Join(words, ", "))
}
