package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
)

// The page of groups tells what the catalog does: everybody is in one group, each
// leads to a segment of as many, and moves and cohorts add up.
func TestGroups(t *testing.T) {
	d := sit(t, shop(t, 200))
	ctx := t.Context()
	every, err := d.roster.Preview(ctx, everybody, 0)
	if err != nil {
		t.Fatal(err)
	}
	page := parse(t, d.get(t, "/groups").body)
	for _, f := range faults(page) {
		t.Error(f)
	}
	tables := page.all("table")
	if len(tables) != 3 {
		t.Fatalf("%d tables, want 3", len(tables))
	}
	number := func(s string) int {
		n, err := strconv.Atoi(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := 0
	for _, row := range rows(tables[0])[1:] {
		all += number(row[1])
	}
	if all != every.Count {
		t.Errorf("%d customers are in groups, of %d", all, every.Count)
	}
	links := 0
	for _, n := range tables[0].all("a") {
		links++
		editor := parse(t, d.get(t, n.attr["href"]).body)
		p, err := d.roster.Preview(ctx, segment.MustParse(rule(editor)), 0)
		if err != nil {
			t.Fatal(err)
		}
		if row := rows(n.parent.parent.parent); number(row[indexOf(row, n.text)][1]) != p.Count {
			t.Errorf("%s has %d customers by the rule %s", n.text, p.Count, rule(editor))
		}
	}
	if links < 8 {
		t.Errorf("%d groups lead to a segment", links)
	}
	all = 0
	for _, row := range rows(tables[1])[1:] {
		sum := 0
		for _, cell := range row[2:] {
			if cell != "" {
				sum += number(cell)
			}
		}
		if sum != number(row[1]) {
			t.Errorf("%d of %s moved or stayed: %v", sum, row[1], row)
		}
		all += sum
	}
	if all < every.Count {
		t.Errorf("%d customers have a stage, of %d", all, every.Count)
	}
	if n := len(rows(tables[2])); n != mostMonths+2 {
		t.Errorf("%d rows of cohorts, want %d and their sum", n-1, mostMonths)
	}
	if a := d.get(t, "/new-segment?group=nobody"); a.status != 404 {
		t.Errorf("a group that there is not: status %d, want 404", a.status)
	}
}

func indexOf(rows [][]string, name string) int {
	for i, row := range rows {
		if row[0] == name {
			return i
		}
	}
	return 0
}

// A book with nobody has a page of groups, too; before it is worked out, it says
// so.
func TestNoGroups(t *testing.T) {
	d := sit(t, crmtest.New(t))
	for _, want := range []string{"too little history", "being worked out"} {
		a := d.get(t, "/groups")
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("status %d, want %q:\n%s", a.status, want, a.body)
		}
		for _, f := range faults(parse(t, a.body)) {
			t.Error(f)
		}
		d.mix.blend.Store(nil)
	}
}

// Who moved in a month is told from the last day of one that has no such day.
func TestMonthBefore(t *testing.T) {
	for day, want := range map[string]string{
		"2026-03-31": "2026-02-28", "2026-03-29": "2026-02-28", "2026-03-28": "2026-02-28", "2024-03-30": "2024-02-29",
		"2026-07-31": "2026-06-30", "2026-01-31": "2025-12-31", "2026-08-31": "2026-07-31",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := monthBefore(at).Format(time.DateOnly); got != want {
			t.Errorf("a month before %s is %s, want %s", day, got, want)
		}
	}
}

// Moves and cohorts become tables in which each number stands where it belongs.
func TestTables(t *testing.T) {
	flow := lifecycle.NewFlow(
		[]lifecycle.Stage{lifecycle.New, lifecycle.New, lifecycle.Active, ""},
		[]lifecycle.Stage{lifecycle.New, lifecycle.Active, lifecycle.AtRisk, lifecycle.New})
	heads, got := moves(flow)
	want := []*heatRow{
		{"Not there", 1, []cell{{"1", 5}, {"", 0}, {"", 0}}},
		{"New", 2, []cell{{"1", 3}, {"1", 3}, {"", 0}}},
		{"Active", 1, []cell{{"", 0}, {"", 0}, {"1", 5}}},
	}
	if diff := cmp.Diff([]string{"New", "Active", "At risk"}, heads); diff != "" {
		t.Errorf("heads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}

	table := &lifecycle.Cohorts{Last: lifecycle.Month(2025, 7), Open: true}
	may, june, july := lifecycle.Month(2025, 5), lifecycle.Month(2025, 6), lifecycle.Month(2025, 7)
	for _, periods := range [][]int{{may, june}, {may}, {may, july}, {may}, {june}} {
		table.Add(periods)
	}
	b := &blend{Net: crm.Money{}}
	b.cohorts(table)
	for _, row := range b.Cohorts {
		for i := range row.Cells {
			row.Cells[i].Text = plain(row.Cells[i].Text)
		}
	}
	wantRows := []*heatRow{
		{"2025-05", 4, []cell{{"25 %", 3}, {"", 0}}},
		{"2025-06", 1, []cell{{"", 0}, {"", 0}}},
	}
	if diff := cmp.Diff(wantRows, b.Cohorts); diff != "" {
		t.Errorf("cohorts (-want +got):\n%s", diff)
	}
}
