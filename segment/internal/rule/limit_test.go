package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

func TestLimits(t *testing.T) {
	repeat := func(n int, format string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.ReplaceAll(format, "%", fmt.Sprint(i))
		}
		return strings.Join(list, "")
	}
	for _, tt := range []struct {
		name, text string
		want       string // the only fault; "" for none
	}{
		{"text", "age > 1" + strings.Repeat(" ", 64<<10-7), ""},
		{"long text", "age > 1" + strings.Repeat(" ", 64<<10-6), "1:65537: unexpected ` `: want a text of at most 64 KiB"},
		{"nested", strings.Repeat("NOT ", 63) + "age > 1", ""},
		{"deep", strings.Repeat("NOT ", 64) + "age > 1", "1:261: unexpected `more`: want at most 64 conditions in conditions"},
		{"deep parentheses", strings.Repeat("(", 1000) + "age > 1" + strings.Repeat(")", 1000), "1:137: unexpected `(`: want at most 64 conditions in conditions"},
		{"deep functions", strings.Repeat("days_since(", 1000), "1:1496: unexpected `(`: want at most 64 conditions in conditions"},
		{"many", "age > 1" + repeat(498, " OR age > %"), ""},
		{"too many", "age > 1" + repeat(500, " OR age > %"), "1:6376: unexpected `more`: want at most 1000 conditions, values and sources"},
		{"list", "age IN (0" + repeat(499, ", %") + ")", ""},
		{"long list", "age IN (0" + repeat(500, ", %") + ")", "1:5: unexpected `more`: want 1 to 500 values"},
		{"literal", "customer_id = '" + strings.Repeat("é", 512) + "'", ""},
		{"long literal", "customer_id = '" + strings.Repeat("é", 512) + "x'", "1:15: unexpected `" + strings.Repeat("é", 60) + "…`: want a text of at most 1024 bytes"},
		{"offset", "last_order_date > -1d -1d -1d -1d -1d -1d -1d -1d", ""},
		{"long offset", "last_order_date > -1d -1d -1d -1d -1d -1d -1d -1d -1d", "1:19: unexpected `more`: want an offset of at most 8 spans"},
		{"sequence", "orders" + repeat(15, " FOLLOWED BY orders"), ""},
		{"long sequence", "orders" + repeat(16, " FOLLOWED BY orders"), "1:305: unexpected `FOLLOWED BY`: want at most 16 steps"},
		{"bytes that are no text", "customer_id = '\xff'", "1:15: unexpected `�`: want a text in UTF-8"},
		{"characters that are no text", "customer_id = '\x00'", "1:15: unexpected ` `: want a text on one line, without control characters"},
		{"long as it is printed", "age > 1" + repeat(30, " OR customer_id IN (1"+strings.Repeat(",1", 499)+")"), "1:1: unexpected `75577 bytes`: want a rule whose text has at most 64 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := rule.Parse(tt.text, nil)
			if err == nil && tt.want == "" {
				roundTrip(t, n)
				return
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
		})
	}
}

// TestLongestJSON decodes a rule of nearly 64 KiB whose JSON is longest.
func TestLongestJSON(t *testing.T) {
	condition := "attributes.x IN (" + strings.Repeat("1 GBP, ", 499) + "1 GBP) OR "
	n, err := rule.Parse(strings.Repeat(condition, (64<<10)/len(condition))+"age > 1", nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := rule.Decode(rule.Encode(n), nil)
	if err != nil {
		t.Fatal(err)
	}
	if rule.Print(again) != rule.Print(n) {
		t.Error("it is another rule")
	}
}

// TestPrintOfWhatIsFarTooLarge prints trees of which each half is the same one.
func TestPrintOfWhatIsFarTooLarge(t *testing.T) {
	var all, nots rule.Node = &rule.Compare{X: &rule.Field{Name: "agee"}, Op: rule.IsNull}, &rule.Any{}
	for range 60 {
		all = &rule.Any{Nodes: []rule.Node{&rule.All{Nodes: []rule.Node{all, all}}, all}}
		nots = &rule.Not{Node: &rule.All{Nodes: []rule.Node{nots, nots}}}
	}
	for _, n := range []rule.Node{all, nots} {
		if _, err := rule.Check(n, nil); err == nil {
			t.Error("no fault")
		}
		if size := len(rule.Print(n)); size > 2<<20 {
			t.Errorf("printed %d bytes", size)
		}
		if size := len(rule.Wrap(n, 80)); size > 4<<20 {
			t.Errorf("wrapped %d bytes", size)
		}
	}
}

func TestManyFaults(t *testing.T) {
	_, err := rule.Parse(strings.Repeat("a = 1 AND ", 6000), nil)
	if n := len(err.(rule.Faults)); n != 50 {
		t.Errorf("got %d faults, want 50", n)
	}
}

// TestLinear counts the bytes and tokens that are looked at: twice the text is
// twice the work, whatever is wrong with it.
func TestLinear(t *testing.T) {
	for _, part := range []string{
		"age > 1 AND ", "(", ")", "NOT ", "age ", "a(", "a(b: ", "count(", "orders MATCHES (", "orders FOLLOWED BY ", "'", "'a", "'a' ", "\"",
		"-", "- ", "-1d ", "1d ", "--", "--\n", "1", "1.", "a.", "?", "ä", "\n", "BETWEEN ", "age BETWEEN 1 AND ", "age IN (", "age IN (1, ", ",", ", a ", "a$b ", "== ", "‘", "‘’", "‘a\n", "IS ", "IN ", "= ",
	} {
		t.Run(part, func(t *testing.T) {
			steps := func(size int) float64 {
				n, _ := rule.Syntax(strings.Repeat(part, size/len(part)))
				return float64(n)
			}
			small, large := steps(16<<10), steps(64<<10)
			if large > 4.5*small+100 {
				t.Errorf("%v steps for 16 KiB, %v for 64 KiB", small, large)
			}
			if most := 3.0 * (64 << 10); large > most {
				t.Errorf("%v steps for 64 KiB, want %v at most", large, most)
			}
		})
	}
}
