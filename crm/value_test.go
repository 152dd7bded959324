package crm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

func TestValueJSON(t *testing.T) {
	for _, tt := range []struct {
		value      crm.Value
		json, text string
	}{
		{crm.Value{}, `null`, ""},
		{crm.Text(""), `""`, ""},
		{crm.Text("null"), `"null"`, "null"},
		{crm.Text("1.5"), `"1.5"`, "1.5"},
		{crm.Text(`a "b" ü`), `"a \"b\" ü"`, `a "b" ü`},
		{crm.Number(0), `0`, "0"},
		{crm.Number(-1.5), `-1.5`, "-1.5"},
		{crm.Number(1 << 53), `9007199254740992`, "9007199254740992"},
		{crm.Number(1e300), `1e+300`, "1" + strings.Repeat("0", 300)},
		{crm.Number(math.SmallestNonzeroFloat64), `5e-324`, "0." + strings.Repeat("0", 323) + "5"},
		{crm.Bool(true), `true`, "true"},
		{crm.Bool(false), `false`, "false"},
		{crm.Moment(time.Time{}), `{"time":"0001-01-01T00:00:00Z"}`, "0001-01-01T00:00:00Z"},
		{crm.Moment(time.Date(2025, 3, 1, 14, 0, 0, 1_999_999, time.FixedZone("", 7200))), `{"time":"2025-03-01T12:00:00.001Z"}`, "2025-03-01T12:00:00.001Z"},
		{crm.Amount(gbp(1250)), `{"amount":1250,"currency":"GBP"}`, "12.50 GBP"},
		{crm.Amount(crm.Money{}), `{"amount":0,"currency":""}`, "0.00"},
		{crm.Amount(crm.Money{Amount: math.MinInt64, Currency: "JPY"}), `{"amount":-9223372036854775808,"currency":"JPY"}`, "-9223372036854775808 JPY"},
		{crm.Words(), `[]`, ""},
		{crm.Words("tea", "", "cups"), `["tea","","cups"]`, "tea, , cups"},
	} {
		t.Run(tt.json, func(t *testing.T) {
			data, err := json.Marshal(tt.value)
			if err != nil || string(data) != tt.json {
				t.Errorf("written as %s, %v", data, err)
			}
			var read crm.Value
			if err := json.Unmarshal([]byte(tt.json), &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.value, read); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			if read.Type() != tt.value.Type() || tt.value.IsZero() != (tt.json == "null") {
				t.Errorf("read as %q, zero: %t", read.Type(), read.IsZero())
			}
			if got := tt.value.String(); got != tt.text {
				t.Errorf("String is %q, want %q", got, tt.text)
			}
		})
	}
}

func TestValueJSONInvalid(t *testing.T) {
	for _, data := range []string{
		`{}`, `{"time":null}`, `{"time":"yesterday"}`, `{"time":"2025-03-01T12:00:00Z","amount":1}`, `{"Time":"2025-03-01T12:00:00Z"}`,
		`{"amount":1}`, `{"currency":"GBP"}`, `{"amount":1.5,"currency":"GBP"}`, `{"amount":"1","currency":"GBP"}`, `{"amount":1,"currency":1}`,
		`{"amount":1,"currency":"GBP","rate":2}`, `{"amount":null,"currency":"GBP"}`, `{"amount":9223372036854775808,"currency":"GBP"}`,
		`{"secret":1}`, `["a",1]`, `["a",null]`, `[["a"]]`, `1e400`, `9007199254740993`, `123456789012345678`,
		`{"time":"0000-01-01T00:00:00+10:00"}`,
	} {
		t.Run(data, func(t *testing.T) {
			value := crm.Text("before")
			err := json.Unmarshal([]byte(data), &value)
			if !errors.Is(err, crm.ErrInvalid) {
				t.Fatalf("got %v, %v", value, err)
			}
			if !value.Equal(crm.Text("before")) {
				t.Errorf("it became %v", value)
			}
			for _, told := range []string{"yesterday", "secret", "007199254740993"} {
				if strings.Contains(err.Error(), told) {
					t.Errorf("the text tells %q: %v", told, err)
				}
			}
		})
	}
	for _, value := range []crm.Value{crm.Number(math.NaN()), crm.Number(math.Inf(1)), crm.Moment(time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC))} {
		if data, err := json.Marshal(value); err == nil {
			t.Errorf("%v is written as %s", value, data)
		}
	}
}

func TestValueEqual(t *testing.T) {
	different := []crm.Value{
		{}, crm.Text(""), crm.Text("a"), crm.Number(0), crm.Number(1), crm.Bool(false), crm.Bool(true), crm.Moment(time.Time{}), crm.Moment(day(1)),
		crm.Amount(crm.Money{}), crm.Amount(gbp(1)), crm.Amount(eur(1)), crm.Words(), crm.Words("a"), crm.Words("b"), crm.Words("a", "b"), crm.Words("b", "a"),
	}
	for i, v := range different {
		for j, w := range different {
			if v.Equal(w) != (i == j) {
				t.Errorf("%#v equals %#v: %t", v, w, i != j)
			}
		}
	}
	for _, same := range [][2]crm.Value{
		{crm.Number(0), crm.Number(math.Copysign(0, -1))},
		{crm.Moment(day(1)), crm.Moment(day(1).In(time.FixedZone("", 3600)))},
		{crm.Words(), crm.Words([]string{}...)},
	} {
		if !same[0].Equal(same[1]) {
			t.Errorf("%#v does not equal %#v", same[0], same[1])
		}
	}
	words := []string{"a"}
	value := crm.Words(words...)
	if words[0] = "b"; !value.Equal(crm.Words("a")) {
		t.Errorf("the value shares its words: %v", value)
	}
}

func TestValueLog(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("seen", "value", crm.Text("ada@example.com"))
	if got := out.String(); strings.Contains(got, "ada") || !strings.Contains(got, "value=text") {
		t.Errorf("logged as %s", got)
	}
}

func FuzzValue(f *testing.F) {
	for _, s := range []string{
		`null`, `"a"`, `1.5`, `-0`, `1e300`, `9007199254740993`, `true`, `{"time":"2025-03-01T12:00:00.0019Z"}`,
		`{"amount":1250,"currency":"GBP"}`, `["a",""]`, `[]`, `{`, `nil`, ` [ null ] `, `"\ud800"`, `{"time":"9999-12-31T23:59:59-01:00"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var value crm.Value
		direct := value.UnmarshalJSON(data)
		if json.Unmarshal(data, &value) != nil {
			if direct != nil && !errors.Is(direct, crm.ErrInvalid) {
				t.Fatalf("%q: %v", data, direct)
			}
			return
		}
		written, err := json.Marshal(value)
		if err != nil {
			t.Fatalf("%q is read as %#v: %v", data, value, err)
		}
		var again crm.Value
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%q is written as %q: %v", data, written, err)
		}
		if !value.Equal(again) || value.Type() != again.Type() {
			t.Fatalf("%q is %#v, and once more %#v", data, value, again)
		}
		coded, err := crm.Coded(value)
		if diff := cmp.Diff(value, coded); err != nil || diff != "" || coded.Type() != value.Type() {
			t.Fatalf("%q in a record: %v (-want +got):\n%s", data, err, diff)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(written, twice) {
			t.Fatalf("%q is written as %q, then %q, %v", data, written, twice, err)
		}
	})
}

func FuzzValueRecord(f *testing.F) {
	for _, v := range []crm.Value{{}, crm.Text("a"), crm.Number(1.5), crm.Bool(true), crm.Moment(day(1)), crm.Amount(gbp(5)), crm.Words("a", "")} {
		f.Add(crm.Encoded(v))
	}
	f.Add([]byte{0x08, 0x7F})
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := crm.Decoded(data)
		if err != nil {
			return
		}
		if again, err := crm.Coded(value); err != nil || again != value {
			t.Fatalf("%#v is read back as %#v, %v", value, again, err)
		}
		if data, err := json.Marshal(value); err == nil {
			var read crm.Value
			if err := json.Unmarshal(data, &read); err != nil {
				t.Fatalf("%#v is written as %s: %v", value, data, err)
			}
		}
	})
}
