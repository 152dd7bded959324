package crm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A ValueType says what a [Value] is. "" is no value.
type ValueType string

// The types of values.
const (
	TypeText   ValueType = "text"
	TypeNumber ValueType = "number" // a float64, neither infinite nor NaN
	TypeBool   ValueType = "bool"
	TypeTime   ValueType = "time"  // UTC, to the millisecond
	TypeMoney  ValueType = "money" // minor units of a currency
	TypeWords  ValueType = "words" // a list of texts, in its order
)

// valueTypes are in the order of the numbers that stand in files.
var valueTypes = []ValueType{"", TypeText, TypeNumber, TypeBool, TypeTime, TypeMoney, TypeWords}

// A Value is what an attribute, a trait, a preference or a property is: of one
// of six types. Type tells which of the other fields holds it; these are zero.
// The zero Value is none, and null in JSON. Elsewhere JSON tells the types
// apart: "x", 1.5, true, {"time":"2025-03-01T12:00:00Z"},
// {"amount":1250,"currency":"GBP"} and ["a","b"].
type Value struct {
	Type   ValueType
	Text   string
	Number float64
	Bool   bool
	Time   time.Time
	Money  Money
	Words  []string
}

// Text returns a text as a Value.
func Text(s string) Value { return Value{Type: TypeText, Text: s} }

// Number returns a number as a Value.
func Number(n float64) Value { return Value{Type: TypeNumber, Number: n} }

// Bool returns a yes or no as a Value.
func Bool(b bool) Value { return Value{Type: TypeBool, Bool: b} }

// Moment returns a time as a Value: in UTC, cut to the millisecond.
func Moment(t time.Time) Value { return Value{Type: TypeTime, Time: utc(t)} }

// Amount returns an amount of money as a Value.
func Amount(m Money) Value { return Value{Type: TypeMoney, Money: m} }

// Words returns a list of words as a Value.
func Words(words ...string) Value {
	return Value{Type: TypeWords, Words: slices.Clone(words)}.clean()
}

// IsZero reports whether v is none.
func (v Value) IsZero() bool { return v.Type == "" }

// Equal reports whether v and w are the same value of the same type.
func (v Value) Equal(w Value) bool {
	switch {
	case v.Type != w.Type:
		return false
	case v.Type == TypeText:
		return v.Text == w.Text
	case v.Type == TypeNumber:
		return v.Number == w.Number
	case v.Type == TypeBool:
		return v.Bool == w.Bool
	case v.Type == TypeTime:
		return v.Time.Equal(w.Time)
	case v.Type == TypeMoney:
		return v.Money == w.Money
	}
	return slices.Equal(v.Words, w.Words)
}

// String returns v as people read it: "12.50 GBP", "a, b"; "" for none.
func (v Value) String() string {
	switch v.Type {
	case TypeText:
		return v.Text
	case TypeNumber:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	case TypeBool:
		return strconv.FormatBool(v.Bool)
	case TypeTime:
		return v.Time.Format(time.RFC3339Nano)
	case TypeMoney:
		return v.Money.String()
	}
	return strings.Join(v.Words, ", ")
}

// LogValue keeps personal data out of logs: a Value logs as its type.
func (v Value) LogValue() slog.Value { return slog.StringValue(string(v.Type)) }

// MarshalJSON writes v in the form of its type. It fails for a number that is
// infinite or NaN, and for a time that is not of the years 0 to 9999.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.Type {
	case TypeText:
		return json.Marshal(v.Text)
	case TypeNumber:
		return json.Marshal(v.Number)
	case TypeBool:
		return json.Marshal(v.Bool)
	case TypeTime:
		return json.Marshal(map[string]time.Time{"time": v.Time})
	case TypeMoney:
		return json.Marshal(v.Money)
	case TypeWords:
		if len(v.Words) == 0 {
			return []byte("[]"), nil
		}
		return json.Marshal(v.Words)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. It returns an error that wraps
// [ErrInvalid] and tells nothing of the value for what is none, and for a whole
// number that a float64 cannot hold, such as a long id: that is a text.
func (v *Value) UnmarshalJSON(data []byte) error {
	var read Value
	var err error
	switch data = bytes.TrimSpace(data); {
	case len(data) == 0:
		err = ErrInvalid
	case data[0] == '"':
		read.Type, err = TypeText, json.Unmarshal(data, &read.Text)
	case data[0] == 't' || data[0] == 'f':
		read.Type, err = TypeBool, json.Unmarshal(data, &read.Bool)
	case data[0] == '[':
		var words []*string // nil for a null
		read.Type, err = TypeWords, json.Unmarshal(data, &words)
		for _, w := range words {
			if w == nil {
				err = ErrInvalid
				break
			}
			read.Words = append(read.Words, *w)
		}
	case data[0] == '{':
		err = read.unmarshalObject(data)
	case data[0] != 'n':
		read.Type, err = TypeNumber, json.Unmarshal(data, &read.Number)
		if whole := strings.Trim(string(data), "-0123456789") == ""; err == nil && whole && read.String() != string(data) {
			return fmt.Errorf("value: %w: want a whole number that a float64 holds; longer ones as text", ErrInvalid)
		}
	default:
		err = json.Unmarshal(data, &struct{}{}) // null
	}
	if err != nil {
		return fmt.Errorf(`value: %w: want a text, a number, true or false, {"time":…}, {"amount":…,"currency":…} or a list of texts`, ErrInvalid)
	}
	*v = read
	return nil
}

// unmarshalObject reads a time or an amount.
func (v *Value) unmarshalObject(data []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	for _, member := range object {
		if string(member) == "null" {
			return ErrInvalid
		}
	}
	at, isTime := object["time"]
	amount, hasAmount := object["amount"]
	currency, hasCurrency := object["currency"]
	switch {
	case isTime && len(object) == 1:
		var t time.Time
		err := json.Unmarshal(at, &t)
		*v = Moment(t)
		if y := v.Time.Year(); err == nil && (y < 0 || y > 9999) { // in UTC
			err = ErrInvalid
		}
		return err
	case hasAmount && hasCurrency && len(object) == 2:
		v.Type = TypeMoney
		if err := json.Unmarshal(amount, &v.Money.Amount); err != nil {
			return err
		}
		return json.Unmarshal(currency, &v.Money.Currency)
	}
	return ErrInvalid
}

// clean returns v as it is stored: nothing beside what its type says, which it
// shares with nobody.
func (v Value) clean() Value {
	w := Value{Type: v.Type}
	switch v.Type {
	case TypeText:
		w.Text = v.Text
	case TypeNumber:
		w.Number = v.Number
		if w.Number == 0 { // and not -0
			w.Number = 0
		}
	case TypeBool:
		w.Bool = v.Bool
	case TypeTime:
		w.Time = utc(v.Time)
	case TypeMoney:
		w.Money = v.Money
	case TypeWords:
		if len(v.Words) > 0 {
			w.Words = slices.Clone(v.Words)
		}
	}
	return w
}

// cleanValues returns named values as they are stored, without those that are
// none, in a map of its own; nil when nothing is left.
func cleanValues(values map[string]Value) map[string]Value {
	var clean map[string]Value
	for name, v := range values {
		if v.IsZero() {
			continue
		}
		if clean == nil {
			clean = make(map[string]Value, len(values))
		}
		clean[name] = v.clean()
	}
	return clean
}

// copyValues returns values in a map of its own, which shares nothing.
func copyValues(values map[string]Value) map[string]Value {
	copies := maps.Clone(values)
	for name, v := range copies {
		v.Words = slices.Clone(v.Words)
		copies[name] = v
	}
	return copies
}

// names returns the names of values in order.
func names(values map[string]Value) []string {
	if len(values) == 0 {
		return nil // as most are
	}
	return slices.Sorted(maps.Keys(values))
}

// The limits of values.
const (
	maxName  = 64        // bytes of a name
	maxText  = 4 << 10   // bytes of a text
	maxWords = 200       // of a list
	maxWord  = 255       // bytes of a word in it
	maxAll   = 256 << 10 // bytes of all texts that stand together
)

const wantName = "1 to 64 letters and digits of ASCII, or _ - . after the first"

// validName reports whether s may name a value.
func validName(s string) bool {
	for i, r := range []byte(s) {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || r != '_' && r != '-' && r != '.') {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

// values lists what is wrong with named values, of which there may be so many.
func (f *faults) values(field string, values map[string]Value, most int) {
	if len(values) > most {
		f.add(field, strconv.Itoa(len(values)), fmt.Sprintf("at most %d", most))
	}
	size := 0
	for _, name := range names(values) {
		if !validName(name) {
			f.personal(field, name, "names of "+wantName)
			continue
		}
		f.value(named(field, name), values[name])
		size += values[name].size()
	}
	if size > maxAll {
		f.add(field, strconv.Itoa(size), fmt.Sprintf("at most %d bytes of text in all", maxAll))
	}
}

// size is how long the texts of v are.
func (v Value) size() int {
	n := len(v.Text)
	for _, w := range v.Words {
		n += len(w) + 2
	}
	return n
}

// named is the path of a value in a field that holds several.
func named(field, name string) string { return field + "[" + strconv.Quote(name) + "]" }

// value lists what is wrong with one value. What it holds may be personal.
func (f *faults) value(field string, v Value) {
	switch v.Type {
	case "", TypeBool:
	case TypeText:
		f.text(field, v.Text, maxText)
	case TypeNumber:
		if math.IsNaN(v.Number) || math.IsInf(v.Number, 0) {
			f.personal(field, v.String(), "a finite number")
		}
	case TypeTime:
		f.time(field, v.Time.UTC())
	case TypeMoney:
		if !v.Money.IsZero() && !v.Money.Currency.Valid() {
			f.personal(cut(field, "currency"), string(v.Money.Currency), "three capital letters of ISO 4217")
		}
	case TypeWords:
		if len(v.Words) > maxWords {
			f.add(field, strconv.Itoa(len(v.Words)), fmt.Sprintf("at most %d words", maxWords))
		}
		for i, w := range v.Words {
			f.text(field+"["+strconv.Itoa(i)+"]", w, maxWord)
		}
	default:
		oneOf(f, cut(field, "type"), v.Type, valueTypes[1:]...)
	}
}

func valueFields(c *store.Coder, v *Value) {
	kind := max(slices.Index(valueTypes, v.Type), 0)
	store.Int(c, 1, &kind)
	store.String(c, 2, &v.Text)
	store.Float(c, 3, &v.Number)
	store.Bool(c, 4, &v.Bool)
	store.Time(c, 5, &v.Time)
	store.Message(c, 6, &v.Money, moneyFields)
	store.Strings(c, 7, &v.Words)
	if kind >= 0 && kind < len(valueTypes) {
		v.Type = valueTypes[kind]
	}
}
