package crm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
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

const (
	isText = 1 + iota
	isNumber
	isBool
	isTime
	isMoney
	isWords
)

// A Value is what an attribute, a trait, a preference or a property is: of one
// of six types. It is small and does not change. The zero Value is none, and null
// in JSON. Elsewhere JSON tells the types apart: "x", 1.5, true,
// {"time":"2025-03-01T12:00:00Z"}, {"amount":1250,"currency":"GBP"} and
// ["a","b"].
type Value struct {
	kind uint8  // place in valueTypes
	num  uint64 // the bits of a number, 1 for yes, milliseconds since the year 1, or an amount
	text string // a text, a currency, or words, each after its length
}

// Text returns a text as a Value.
func Text(s string) Value { return Value{kind: isText, text: s} }

// Number returns a number as a Value.
func Number(n float64) Value {
	if n == 0 { // and not -0
		n = 0
	}
	return Value{kind: isNumber, num: math.Float64bits(n)}
}

// Bool returns a yes or no as a Value.
func Bool(b bool) Value {
	v := Value{kind: isBool}
	if b {
		v.num = 1
	}
	return v
}

// Moment returns a time as a Value: in UTC, cut to the millisecond.
func Moment(t time.Time) Value { return Value{kind: isTime, num: uint64(t.UnixMilli() - yearOne)} }

var yearOne = time.Time{}.UnixMilli()

// Amount returns an amount of money as a Value.
func Amount(m Money) Value {
	return Value{kind: isMoney, num: uint64(m.Amount), text: string(m.Currency)}
}

// Words returns a list of words as a Value.
func Words(words ...string) Value {
	var list []byte
	for _, w := range words {
		list = append(binary.AppendUvarint(list, uint64(len(w))), w...)
	}
	return Value{kind: isWords, text: string(list)}
}

// Type returns what v is, "" for none.
func (v Value) Type() ValueType {
	if int(v.kind) < len(valueTypes) {
		return valueTypes[v.kind]
	}
	return "" // of a later release
}

// IsZero reports whether v is none.
func (v Value) IsZero() bool { return v.kind == 0 }

// Equal reports whether v and w are the same value of the same type, as == does.
func (v Value) Equal(w Value) bool { return v == w }

// Text returns the text that v is, else "".
func (v Value) Text() string {
	if v.kind != isText {
		return ""
	}
	return v.text
}

// Number returns the number that v is, else 0.
func (v Value) Number() float64 {
	if v.kind != isNumber {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Bool reports whether v is a yes.
func (v Value) Bool() bool { return v.kind == isBool && v.num != 0 }

// Time returns the time that v is, in UTC, else the zero time.
func (v Value) Time() time.Time {
	if v.kind != isTime || v.num == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(v.num) + yearOne).UTC()
}

// Money returns the amount that v is, else the zero Money.
func (v Value) Money() Money {
	if v.kind != isMoney {
		return Money{}
	}
	return Money{Amount: int64(v.num), Currency: Currency(v.text)}
}

// Words returns the words that v is, nil for none: a copy.
func (v Value) Words() []string {
	if v.kind != isWords {
		return nil
	}
	var words []string
	for list := v.text; list != ""; {
		n, size := binary.Uvarint([]byte(list[:min(len(list), binary.MaxVarintLen64)]))
		if size <= 0 || n > uint64(len(list)-size) {
			break // of no record that we wrote
		}
		words = append(words, list[size:size+int(n)])
		list = list[size+int(n):]
	}
	return words
}

// String returns v as people read it: "12.50 GBP", "a, b"; "" for none.
func (v Value) String() string {
	switch v.kind {
	case isNumber:
		return strconv.FormatFloat(v.Number(), 'f', -1, 64)
	case isBool:
		return strconv.FormatBool(v.Bool())
	case isTime:
		return v.Time().Format(time.RFC3339Nano)
	case isMoney:
		return v.Money().String()
	case isWords:
		return strings.Join(v.Words(), ", ")
	}
	return v.Text()
}

// LogValue keeps personal data out of logs: a Value logs as its type.
func (v Value) LogValue() slog.Value { return slog.StringValue(string(v.Type())) }

// MarshalJSON writes v in the form of its type. It fails for a number that is
// infinite or NaN, and for a time that is not of the years 0 to 9999.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case isText:
		return json.Marshal(v.text)
	case isNumber:
		return json.Marshal(v.Number())
	case isBool:
		return json.Marshal(v.Bool())
	case isTime:
		return json.Marshal(map[string]time.Time{"time": v.Time()})
	case isMoney:
		return json.Marshal(v.Money())
	case isWords:
		if v.text == "" {
			return []byte("[]"), nil
		}
		return json.Marshal(v.Words())
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
		var text string
		err = json.Unmarshal(data, &text)
		read = Text(text)
	case data[0] == 't' || data[0] == 'f':
		var yes bool
		err = json.Unmarshal(data, &yes)
		read = Bool(yes)
	case data[0] == '[':
		var list []*string // nil for a null
		err = json.Unmarshal(data, &list)
		words := make([]string, len(list))
		for i, w := range list {
			if w == nil {
				err = ErrInvalid
				break
			}
			words[i] = *w
		}
		read = Words(words...)
	case data[0] == '{':
		read, err = objectValue(data)
	case data[0] != 'n':
		var n float64
		err = json.Unmarshal(data, &n)
		read = Number(n)
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

// objectValue reads a time or an amount.
func objectValue(data []byte) (Value, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return Value{}, err
	}
	for _, member := range object {
		if string(member) == "null" {
			return Value{}, ErrInvalid
		}
	}
	at, isTime := object["time"]
	amount, hasAmount := object["amount"]
	currency, hasCurrency := object["currency"]
	switch {
	case isTime && len(object) == 1:
		var t time.Time
		err := json.Unmarshal(at, &t)
		v := Moment(t)
		if y := v.Time().Year(); err == nil && (y < 0 || y > 9999) { // in UTC
			err = ErrInvalid
		}
		return v, err
	case hasAmount && hasCurrency && len(object) == 2:
		var m Money
		err := errors.Join(json.Unmarshal(amount, &m.Amount), json.Unmarshal(currency, &m.Currency))
		return Amount(m), err
	}
	return Value{}, ErrInvalid
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
		clean[name] = v
	}
	return clean
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
		size += len(values[name].text)
	}
	if size > maxAll {
		f.add(field, strconv.Itoa(size), fmt.Sprintf("at most %d bytes of text in all", maxAll))
	}
}

// named is the path of a value in a field that holds several.
func named(field, name string) string { return field + "[" + strconv.Quote(name) + "]" }

// value lists what is wrong with one value. What it holds may be personal.
func (f *faults) value(field string, v Value) {
	switch v.kind {
	case isText:
		f.text(field, v.text, maxText)
	case isNumber:
		if n := v.Number(); math.IsNaN(n) || math.IsInf(n, 0) {
			f.personal(field, v.String(), "a finite number")
		}
	case isTime:
		f.time(field, v.Time())
	case isMoney:
		if m := v.Money(); !m.IsZero() && !m.Currency.Valid() {
			f.personal(cut(field, "currency"), string(m.Currency), "three capital letters of ISO 4217")
		}
	case isWords:
		words := v.Words()
		if len(words) > maxWords {
			f.add(field, strconv.Itoa(len(words)), fmt.Sprintf("at most %d words", maxWords))
		}
		for i, w := range words {
			f.text(field+"["+strconv.Itoa(i)+"]", w, maxWord)
		}
	}
}

// valueFields reads the type first, and of the rest only what is of that type.
func valueFields(c *store.Coder, v *Value) {
	text, number, yes, at, words := v.Text(), v.Number(), v.Bool(), v.Time(), v.Words()
	kind := v.kind
	if store.Int(c, 1, &v.kind); v.kind != kind {
		v.num, v.text = 0, ""
	}
	store.String(c, 2, &text)
	store.Float(c, 3, &number)
	store.Bool(c, 4, &yes)
	store.Time(c, 5, &at)
	if v.kind == isMoney {
		store.Message(c, 6, v, valueMoneyFields)
	}
	store.Strings(c, 7, &words)
	if !c.Decoding() {
		return
	}
	switch v.kind {
	case isText:
		*v = Text(text)
	case isNumber:
		*v = Number(number)
	case isBool:
		*v = Bool(yes)
	case isTime:
		*v = Moment(at)
	case isWords:
		*v = Words(words...)
	}
}

func valueMoneyFields(c *store.Coder, v *Value) {
	m := Money{int64(v.num), Currency(v.text)}
	moneyFields(c, &m)
	if c.Decoding() {
		v.num, v.text = uint64(m.Amount), string(m.Currency)
	}
}
