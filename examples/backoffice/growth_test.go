package main

import (
	"encoding/xml"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment"
)

// A chart tells what its days are, and nothing of it stands outside of its box.
func TestDraw(t *testing.T) {
	day := func(date string, joined, left, members int) segment.Day {
		return segment.Day{SegmentID: "s", Date: date, Joined: joined, Left: left, Members: members}
	}
	for _, c := range []struct {
		name string
		days []segment.Day
		want chart
	}{
		{"one day", []segment.Day{day("2025-06-01", 0, 0, 7)}, chart{
			Width: 10, Height: 160, Line: "0,2 10,2", Area: "0,100 0,2 10,2 10,100", Axis: "111", High: 7,
		}},
		{"nobody ever", []segment.Day{day("2025-06-01", 0, 0, 0), day("2025-06-02", 0, 0, 0)}, chart{
			Width: 20, Height: 160, Line: "5,98 15,98", Area: "5,100 5,98 15,98 15,100", Axis: "111",
		}},
		{"from nobody", []segment.Day{day("2025-06-01", 4, 0, 4), day("2025-06-02", 0, 3, 1), day("2025-06-03", 2, 1, 2)}, chart{
			Width: 30, Height: 160, Line: "5,2 15,74 25,50", Area: "5,100 5,2 15,74 25,50 25,100", Axis: "138.43", High: 4, In: 6, Out: 4,
			Joined: []bar{{"1", "111", "8", "27.43"}, {"21", "124.71", "8", "13.71"}},
			Left:   []bar{{"11", "138.43", "8", "20.57"}, {"21", "138.43", "8", "6.86"}},
		}},
		{"many, and few who move", []segment.Day{day("2025-06-01", 0, 0, 1000), day("2025-06-02", 0, 4, 996)}, chart{
			Width: 20, Height: 160, Line: "5,2 15,98", Area: "5,100 5,2 15,98 15,100", Axis: "111", Low: 996, High: 1000, Out: 4,
			Left: []bar{{"11", "111", "8", "48"}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := draw(c.days)
			c.want.First, c.want.Last = c.days[0], c.days[len(c.days)-1]
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Errorf("chart (-want +got):\n%s", diff)
			}
			inside(t, got)
		})
	}
	want := "4 members on 1 Jun 2025, 1 member on 3 Jun 2025; 5 joined and 4 left in between."
	if got := plain(draw([]segment.Day{day("2025-06-01", 4, 0, 4), day("2025-06-03", 1, 4, 1)}).Told()); got != want {
		t.Errorf("the chart tells %q, want %q", got, want)
	}
}

// inside makes sure that all of a chart is within its box.
func inside(t *testing.T, c *chart) {
	t.Helper()
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for p := range strings.FieldsSeq(c.Line + " " + c.Area) {
		x, y, _ := strings.Cut(p, ",")
		if x, y := number(x), number(y); x < 0 || x > c.Width || y < 0 || y > lineHeight {
			t.Errorf("%s is outside", p)
		}
	}
	for _, b := range append(c.Joined, c.Left...) {
		if y := number(b.Y); number(b.X) < 0 || number(b.X)+number(b.Width) > c.Width || y < barsTop || y+number(b.Height) > c.Height {
			t.Errorf("%+v is outside", b)
		}
	}
}

// The picture on the page is one that readers of SVG take, and the table behind
// it has the same days.
func TestGrowth(t *testing.T) {
	d := sit(t, shop(t, 60))
	a := d.get(t, "/segments/repeat_buyers?days=365")
	page := parse(t, a.body)
	pictures := page.all("svg")
	if len(pictures) != 1 {
		t.Fatalf("%d pictures, want 1:\n%s", len(pictures), a.body)
	}
	joined := 0
	for _, n := range pictures[0].all("rect") {
		if n.attr["class"] == "joined" {
			joined++
		}
	}
	rows := 0
	for _, n := range page.all("tr") {
		if n.within("details") && len(n.all("td")) == 3 && n.all("td")[0].text != "0" {
			rows++
		}
	}
	if joined == 0 || joined != rows {
		t.Errorf("somebody joined on %d days of the picture and on %d of the table", joined, rows)
	}
	from, to := strings.Index(a.body, "<svg"), strings.Index(a.body, "</svg>")
	if err := xml.Unmarshal([]byte(a.body[from:to+6]), new(struct{})); err != nil {
		t.Errorf("the picture is no XML: %v", err)
	}
}
