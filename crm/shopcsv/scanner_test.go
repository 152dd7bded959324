package shopcsv_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

func TestScanner(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       [][]string
	}{
		{"empty", "", nil},
		{"plain", "a,b\nc,d\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"no last line feed", "a,b\nc,d", [][]string{{"a", "b"}, {"c", "d"}}},
		{"CRLF", "a,b\r\n\"c\",d\r\n", [][]string{{"a", "b"}, {"c", "d"}}},
		{"blank lines and cells", "\n,\n\n", [][]string{{""}, {"", ""}, {""}}},
		{"quoted line feed", "a,\"b\nc\",d\ne,f,g\n", [][]string{{"a", "b\nc", "d"}, {"e", "f", "g"}}},
		{"quoted CRLF", "\"b\r\nc\",d\r\n", [][]string{{"b\nc", "d"}}},
		{"doubled quotes", `"5"" pan","""x"""` + "\n", [][]string{{`5" pan`, `"x"`}}},
		{"quote within", `5" pan,b` + "\n", [][]string{{`5" pan`, "b"}}},
		{"undoubled quotes", `"a "nice" pan",b` + "\n", [][]string{{`a "nice" pan`, "b"}}},
		{"lone quote", "\"12 inch pan,3\n\"Foo, bar\",4\nx,5\n", [][]string{{`"12 inch pan`, "3"}, {"Foo, bar", "4"}, {"x", "5"}}},
		{"lone quote at the end", "a,b\nc,\"d", [][]string{{"a", "b"}, {"c", `"d`}}},
		{"lone quote, many rows", "\"a,b\nc,d\ne,f\n", [][]string{{`"a`, "b"}, {"c", "d"}, {"e", "f"}}},
		{"Windows-1252", "M\xfctze,\x80 5\n", [][]string{{"Mütze", "€ 5"}}},
		{"both encodings", "M\xfctze,M\xc3\xbctze\n", [][]string{{"Mütze", "Mütze"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
				got, _, err := shopcsv.Cut(r, ',')
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		})
	}
}

func TestScannerLines(t *testing.T) {
	_, lines, err := shopcsv.Cut(strings.NewReader("a\n\"b\n\nc\"\nd\n"), ',')
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1, 2, 5}, lines); diff != "" {
		t.Errorf("line numbers (-want +got)\n%s", diff)
	}
}

// A row that never ends takes a megabyte of memory and no more, and the rows
// behind it are read.
func TestScannerLongRow(t *testing.T) {
	long := strings.Repeat("x,", 3*shopcsv.MaxRow)
	rows, lines, err := shopcsv.Cut(strings.NewReader("a,b\n"+long+"\nc,d\n"), ',')
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || len(rows[1]) != 1 || len(rows[1][0]) != shopcsv.MaxRow || rows[2][1] != "d" || lines[2] != 3 {
		t.Errorf("%d rows, lines %v", len(rows), lines)
	}
}

// A text of nothing but opening quotes must not be searched to its end again
// and again.
func TestScannerQuotesAreLinear(t *testing.T) {
	for _, line := range []string{"\"a\n", "\"\"a\n", "\"\"\"\n", "x\",\"abc\n", "\"a\"\"\n"} {
		start := time.Now()
		if _, _, err := shopcsv.Cut(strings.NewReader(strings.Repeat(line, 200_000)), ','); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q takes %v", line, took)
		}
	}
}

// A read error does not hand out the beginning of a row as a row.
func TestScannerReadError(t *testing.T) {
	broken := errors.New("broken")
	rows, _, err := shopcsv.Cut(io.MultiReader(strings.NewReader("a,b\nc,1"), iotest.ErrReader(broken)), ',')
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if diff := cmp.Diff([][]string{{"a", "b"}}, rows); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzScanner compares with encoding/csv wherever that takes the text.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		"a,b\nc,d\n", "\"a\n\"\"b\",c\r\n", "\"a,b\n\"c\",d\n", "a\x80\n", "\"\"\"", "\r\n,\"\r\n\"", "\"a\"\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, lines, err := shopcsv.Cut(bytes.NewReader(text), ',')
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(lines); i++ {
			if lines[i] <= lines[i-1] {
				t.Fatalf("line numbers %v", lines)
			}
		}
		for _, row := range got {
			for _, cell := range row {
				if !utf8.ValidString(cell) {
					t.Fatalf("cell %q is no UTF-8", cell)
				}
			}
		}
		std := csv.NewReader(bytes.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil || !utf8.Valid(text) || bytes.Contains(bytes.ReplaceAll(text, []byte("\r\n"), nil), []byte("\r")) {
			return
		}
		var rows [][]string
		for _, row := range got {
			if len(row) > 1 || row[0] != "" {
				rows = append(rows, row)
			}
		}
		want = dropBlank(want)
		if diff := cmp.Diff(want, rows); diff != "" && len(text) < shopcsv.MaxRow {
			t.Errorf("%q: encoding/csv and ours (-want +got)\n%s", text, diff)
		}
	})
}

// dropBlank drops the rows of one blank cell, which encoding/csv gives only
// when it is quoted.
func dropBlank(rows [][]string) [][]string {
	var out [][]string
	for _, row := range rows {
		if len(row) > 1 || row[0] != "" {
			out = append(out, row)
		}
	}
	return out
}
