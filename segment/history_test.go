package segment_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
)

// was returns who was in a segment at a time.
func was(t *testing.T, c *segment.Catalog, id segment.ID, at time.Time) []crm.CustomerID {
	t.Helper()
	var list []crm.CustomerID
	for customer, err := range c.MembersAt(t.Context(), id, at) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, customer)
	}
	return list
}

func TestMembersAt(t *testing.T) {
	clk, book, c := timed(t, nil)
	ctx := t.Context()
	var ids []crm.CustomerID
	for i := range 2600 { // more than two sheets
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%04d", i)))
	}
	customers(t, book, ids...)
	seg := create(t, c, "Some", "NOBODY").ID
	other := create(t, c, "Others", "NOBODY").ID

	rng := rand.New(rand.NewPCG(1, 2))
	in := map[crm.CustomerID]bool{}
	for _, id := range ids {
		if rng.IntN(10) > 0 {
			in[id] = true
		}
	}
	members := func() []crm.CustomerID { return slices.Sorted(maps.Keys(in)) }
	type moment struct {
		at time.Time
		in []crm.CustomerID
	}
	var past []moment
	at := noon
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(segment.Call(ctx, c, other, at, ids))
	do(segment.Call(ctx, c, seg, at, members()))
	past = append(past, moment{at, members()})
	for step := range 40 {
		var list []segment.Transition
		for range rng.IntN(30) {
			at = at.Add(time.Duration(1+rng.IntN(3_000_000)) * time.Millisecond)
			id := ids[rng.IntN(len(ids))]
			list = append(list, segment.Transition{SegmentID: seg, CustomerID: id, Left: in[id], Cause: segment.CauseTime, At: at})
			if in[id] = !in[id]; !in[id] {
				delete(in, id)
			}
		}
		do(segment.Record(ctx, c, map[segment.ID]int{seg: len(in)}, list...))
		past = append(past, moment{at, members()})
		if step%15 == 14 {
			at = at.Add(time.Hour)
			do(segment.Call(ctx, c, seg, at, members()))
		}
	}
	check := func() {
		t.Helper()
		for _, m := range past {
			if diff := cmp.Diff(m.in, was(t, c, seg, m.at)); diff != "" {
				t.Fatalf("at %s (-want +got):\n%s", m.at, diff)
			}
		}
	}
	check()
	if list := was(t, c, other, at.Add(time.Hour)); len(list) != len(ids) {
		t.Errorf("the other segment had %d members, want %d", len(list), len(ids))
	}

	t.Run("who was erased is not told", func(t *testing.T) {
		for _, id := range []crm.CustomerID{"c0000", "c0001", "c1000", "c2599"} { // first on sheets, and last
			var out strings.Builder
			do(book.Privacy.Export(ctx, id, &out))
			ever := slices.ContainsFunc(past, func(m moment) bool { return slices.Contains(m.in, id) })
			if ever != strings.Contains(out.String(), `"segment.sheets"`) {
				t.Errorf("the export of %s, on a roll: %v, is %s", id, ever, out.String())
			}
			if strings.Contains(out.String(), "c1234") {
				t.Errorf("the export of %s tells of others: %s", id, out.String())
			}
			if _, err := book.Privacy.Erase(ctx, id); err != nil {
				t.Fatal(err)
			}
			for i := range past {
				past[i].in = slices.DeleteFunc(past[i].in, func(o crm.CustomerID) bool { return o == id })
			}
		}
		check()
	})
	t.Run("days add up", func(t *testing.T) {
		clk.set(at)
		days, err := c.Growth(ctx, seg, noon, at.AddDate(1, 0, 0)) // of which there is none to come
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range days {
			if i > 0 && d.Members != days[i-1].Members+d.Joined-d.Left {
				t.Errorf("%s: %d members after %d, with %d who joined and %d who left", d.Date, d.Members, days[i-1].Members, d.Joined, d.Left)
			}
			if want := noon.AddDate(0, 0, i).Format(time.DateOnly); d.Date != want {
				t.Errorf("day %d is %s, want %s", i, d.Date, want)
			}
		}
		if n := days[len(days)-1].Members; n != len(in) {
			t.Errorf("%d members in the end, want %d", n, len(in))
		}
	})
	t.Run("nobody knows what was before", func(t *testing.T) {
		for _, err := range c.MembersAt(ctx, seg, noon.Add(-time.Millisecond)) {
			if !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("MembersAt = %v, want %v", err, crm.ErrNotFound)
			}
		}
	})
	t.Run("a call that is cut short counts for nothing", func(t *testing.T) {
		cut, cancel := context.WithCancel(ctx)
		cancel()
		if err := segment.Call(cut, c, seg, at.Add(time.Hour), ids); err == nil {
			t.Fatal("a call with a context that has ended did not fail")
		}
		check()
	})
	t.Run("it goes with the segment", func(t *testing.T) {
		if err := c.Delete(ctx, seg); err != nil {
			t.Fatal(err)
		}
		for range c.Transitions(ctx, seg, time.Time{}, time.Time{}) {
			t.Fatal("transitions are left")
		}
		if days, err := c.Growth(ctx, seg, noon, at); len(days) > 0 || err != nil {
			t.Errorf("Growth = %v, %v, want none", days, err)
		}
		if list := was(t, c, other, at); len(list) != len(ids)-4 {
			t.Errorf("the other segment has %d members, want %d", len(list), len(ids)-4)
		}
	})
}

func TestTransitionEvents(t *testing.T) {
	book, c := opened(t)
	ctx := t.Context()
	customers(t, book, "ada")
	seg := create(t, c, "Some", "NOBODY").ID
	start, err := book.Events.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = segment.Record(ctx, c, map[segment.ID]int{seg: 0},
		segment.Transition{SegmentID: seg, CustomerID: "ada", Cause: "order.recorded", At: noon},
		segment.Transition{SegmentID: seg, CustomerID: "ada", Left: true, Cause: segment.CauseTime, At: noon.Add(time.Hour)},
	)
	if err != nil {
		t.Fatal(err)
	}
	var got []crm.Event
	for e, err := range book.Events.List(ctx, start) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, crm.Event{Kind: e.Kind, CustomerID: e.CustomerID, Name: e.Name, Changes: e.Changes, OccurredAt: e.OccurredAt})
	}
	want := []crm.Event{
		{Kind: segment.Entered, CustomerID: "ada", Name: string(seg), Changes: []crm.Change{{Field: "cause", To: "order.recorded"}}, OccurredAt: noon},
		{Kind: segment.Left, CustomerID: "ada", Name: string(seg), Changes: []crm.Change{{Field: "cause", To: "time"}}, OccurredAt: noon.Add(time.Hour)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
