package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

type valueMap = map[string]crm.Value

// watch is a clock that goes on by a second with every look at it.
func watch() func() time.Time {
	now := today
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func setTraits(t failer, book *crm.Book, id crm.CustomerID, room string, at time.Time, values valueMap) {
	t.Helper()
	if err := book.Traits.Set(t.Context(), id, room, at, values); err != nil {
		t.Fatal(err)
	}
}

func state(t failer, book *crm.Book, id crm.CustomerID, at time.Time, values valueMap) {
	t.Helper()
	if err := book.Traits.State(t.Context(), id, values, "preference_center", at); err != nil {
		t.Fatal(err)
	}
}

// shown are traits in short: path, value and day of the year.
func shown(list []crm.Trait) []string {
	var lines []string
	for _, t := range list {
		lines = append(lines, fmt.Sprintf("%s=%v @%d", t.Path(), t.Value, t.At.YearDay()))
	}
	return lines
}

func traitsOf(t failer, book *crm.Book, id crm.CustomerID) []string {
	t.Helper()
	list, err := book.Traits.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return shown(list)
}

func traitsAt(t failer, book *crm.Book, id crm.CustomerID, at time.Time) []string {
	t.Helper()
	list, err := book.Traits.At(t.Context(), id, at)
	if err != nil {
		t.Fatal(err)
	}
	return shown(list)
}

func TestTraits(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			putCustomer(t, book, crm.Customer{ID: "ada"})
			if got := traitsOf(t, book, "ada"); got != nil {
				t.Errorf("before: %v", got)
			}
			before := head(t, book)
			setTraits(t, book, "ada", "rfm", day(10), valueMap{"group": crm.Text("new"), "recency": crm.Number(3), "gone": {}})
			setTraits(t, book, "ada", "churn", day(11), valueMap{"risk": crm.Number(0.25)})
			setTraits(t, book, "ada", "rfm", day(12), valueMap{"recency": crm.Number(3), "group": crm.Text("new")}) // equal
			setTraits(t, book, "ada", "rfm", day(20), valueMap{"group": crm.Text("loyal"), "frequency": crm.Number(2)})
			setTraits(t, book, "ada", "rfm", day(15), valueMap{"group": crm.Text("late")}) // only history
			setTraits(t, book, "ada", "rfm", day(20).Add(time.Hour), valueMap{"group": crm.Text("best")})
			setTraits(t, book, "ada", "rfm", day(20).Add(time.Minute), valueMap{"group": crm.Text("worst")})
			if diff := cmp.Diff([]string{"churn.risk=0.25 @11", "rfm.group=best @20"}, traitsOf(t, book, "ada")); diff != "" {
				t.Errorf("Get (-want +got):\n%s", diff)
			}
			var events []string
			for _, e := range since(t, book, before) {
				events = append(events, fmt.Sprint(e.Kind, " ", e.CustomerID, " ", e.Name, " ", e.Changes, " ", e.OccurredAt.YearDay()))
			}
			want := []string{
				"traits.changed ada rfm [{group  } {recency  }] 10",
				"traits.changed ada churn [{risk  }] 11",
				"traits.changed ada rfm [{frequency  } {group  } {recency  }] 20",
				"traits.changed ada rfm [{frequency  } {group  }] 20",
			}
			if diff := cmp.Diff(want, events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			for _, tt := range []struct {
				at   time.Time
				want []string
			}{
				{day(9), nil},
				{day(10).Add(-time.Hour), []string{"rfm.group=new @10", "rfm.recency=3 @10"}}, // the end of the day counts
				{day(14), []string{"churn.risk=0.25 @11", "rfm.group=new @10", "rfm.recency=3 @10"}},
				{day(19), []string{"churn.risk=0.25 @11", "rfm.group=late @15"}},
				{day(20), []string{"churn.risk=0.25 @11", "rfm.group=best @20"}},
				{today, []string{"churn.risk=0.25 @11", "rfm.group=best @20"}},
			} {
				if diff := cmp.Diff(tt.want, traitsAt(t, book, "ada", tt.at)); diff != "" {
					t.Errorf("as of day %d (-want +got):\n%s", tt.at.YearDay(), diff)
				}
			}
			for _, tt := range []struct {
				path     string
				from, to time.Time
				want     []string
			}{
				{"rfm.group", time.Time{}, time.Time{}, []string{"rfm.group=new @10", "rfm.group=late @15", "rfm.group=best @20"}},
				{"rfm.group", day(15), day(20), []string{"rfm.group=late @15"}},
				{"rfm.group", day(15).Add(time.Hour), time.Time{}, []string{"rfm.group=best @20"}},
				{"rfm.recency", time.Time{}, time.Time{}, []string{"rfm.recency=3 @10", "rfm.recency= @15"}},
				{"churn.none", time.Time{}, time.Time{}, nil},
			} {
				list, err := book.Traits.History(t.Context(), "ada", tt.path, tt.from, tt.to)
				if diff := cmp.Diff(tt.want, shown(list)); err != nil || diff != "" {
					t.Errorf("%s from %v to %v: %v (-want +got):\n%s", tt.path, tt.from, tt.to, err, diff)
				}
			}

			before = head(t, book)
			for range 2 {
				if err := book.Traits.Clear(t.Context(), "ada", "rfm"); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(since(t, book, before)); n != 1 {
				t.Errorf("clearing twice emits %d events", n)
			}
			if diff := cmp.Diff([]string{"churn.risk=0.25 @11"}, traitsOf(t, book, "ada")); diff != "" {
				t.Errorf("after Clear (-want +got):\n%s", diff)
			}
			if got := traitsAt(t, book, "ada", day(20)); len(got) != 2 {
				t.Errorf("Clear changed the past: %v", got)
			}
		})
	}
}

func TestTraitsInvalid(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	bad := valueMap{"ada@example.com": crm.Bool(true), "note": crm.Text("secret\xff"), "n": crm.Number(1 / zero())}
	many := valueMap{}
	for i := range 201 {
		many[fmt.Sprint("n", i)] = crm.Bool(true)
	}
	big := valueMap{}
	for i := range 100 {
		big[fmt.Sprint("n", i)] = crm.Text(strings.Repeat("x", 4096))
	}
	for _, tt := range []struct {
		name string
		err  error
		want []string
		is   error
	}{
		{"room", book.Traits.Set(ctx, "ada", "a.b", day(1), nil), []string{"room"}, crm.ErrInvalid},
		{"reserved room", book.Traits.Set(ctx, "ada", crm.Stated, day(1), nil), []string{"room"}, crm.ErrInvalid},
		{"all at once", book.Traits.Set(ctx, "ada", "", time.Time{}, bad), []string{"room", "at", "traits", `traits["n"]`, `traits["note"]`}, crm.ErrInvalid},
		{"too many", book.Traits.Set(ctx, "ada", "rfm", day(1), many), []string{"traits"}, crm.ErrInvalid},
		{"too big", book.Traits.Set(ctx, "ada", "rfm", day(1), big), []string{"traits"}, crm.ErrInvalid},
		{"nobody", book.Traits.Set(ctx, "ben", "rfm", day(1), nil), nil, crm.ErrNotFound},
		{"clear room", book.Traits.Clear(ctx, "ada", ""), []string{"room"}, crm.ErrInvalid},
		{"clear nobody", book.Traits.Clear(ctx, "ben", "rfm"), nil, crm.ErrNotFound},
		{"clear nothing", book.Traits.Clear(ctx, "ada", crm.Stated), nil, nil},
		{"state", book.Traits.State(ctx, "ada", bad, strings.Repeat("x", 121), time.Time{}), []string{"traits", `traits["n"]`, `traits["note"]`, "source", "at"}, crm.ErrInvalid},
		{"state nobody", book.Traits.State(ctx, "ben", nil, "", day(1)), nil, crm.ErrNotFound},
		{"state too many", errors.Join(book.Traits.State(ctx, "ada", valueMap{"one": crm.Bool(true), "two": crm.Bool(true)}, "", day(1)), stateAll(ctx, book, many)), []string{"traits"}, crm.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !errors.Is(tt.err, tt.is) {
				t.Fatalf("got %v, want %v", tt.err, tt.is)
			}
			if tt.want != nil {
				if diff := cmp.Diff(tt.want, fields(tt.err)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if text := tt.err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "ada@") {
					t.Errorf("the text tells too much: %s", text)
				}
			}
		})
	}
	for _, path := range []string{"", "rfm", "rfm.", ".group", "a b.c"} {
		if list, err := book.Traits.History(ctx, "ada", path, time.Time{}, time.Time{}); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("History of %q: %v, %v", path, list, err)
		}
	}
}

func zero() float64 { return 0 }

// stateAll states all but two of many.
func stateAll(ctx context.Context, book *crm.Book, many valueMap) error {
	most := maps.Clone(many)
	delete(most, "n0")
	delete(most, "n1")
	return book.Traits.State(ctx, "ada", most, "", day(2))
}

// TestTraitsMerged merges, writes through every id, and gives both back.
func TestTraitsMerged(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Now: watch()})
	ctx := t.Context()
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		putCustomer(t, book, crm.Customer{ID: id})
	}
	setTraits(t, book, "ada", "rfm", day(10), valueMap{"group": crm.Text("loyal")})
	setTraits(t, book, "ada", "ads", day(10), valueMap{"lift": crm.Number(1)})
	setTraits(t, book, "countess", "rfm", day(5), valueMap{"group": crm.Text("new"), "recency": crm.Number(1)})
	setTraits(t, book, "countess", "churn", day(5), valueMap{"risk": crm.Number(0.5)})
	apart := map[crm.CustomerID][]crm.Trait{}
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		list, err := book.Traits.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		apart[id] = list
	}

	merge(t, book, "countess", "ada")
	both := func(what string, want ...string) {
		t.Helper()
		for _, id := range []crm.CustomerID{"ada", "countess"} {
			if diff := cmp.Diff(want, traitsOf(t, book, id)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", what, id, diff)
			}
		}
	}
	both("merged", "ads.lift=1 @10", "churn.risk=0.5 @5", "rfm.group=new @5", "rfm.recency=1 @5") // as written last
	for _, tt := range []struct {
		at   time.Time
		want []string
	}{
		{day(4), nil},
		{day(7), []string{"churn.risk=0.5 @5", "rfm.group=new @5", "rfm.recency=1 @5"}},
	} {
		if diff := cmp.Diff(tt.want, traitsAt(t, book, "countess", tt.at)); diff != "" {
			t.Errorf("merged, as of day %d (-want +got):\n%s", tt.at.YearDay(), diff)
		}
	}
	// What the room had said of the survivor is said again, of both: it shows.
	before := head(t, book)
	setTraits(t, book, "ada", "rfm", day(11), valueMap{"group": crm.Text("loyal")})
	both("refreshed", "ads.lift=1 @10", "churn.risk=0.5 @5", "rfm.group=loyal @11")
	if events := since(t, book, before); len(events) != 1 || !cmp.Equal(events[0].Changes, []crm.Change{{Field: "group"}, {Field: "recency"}}) {
		t.Errorf("events of the refresh: %v", events)
	}
	// The old id stays valid.
	setTraits(t, book, "countess", "rfm", day(12), valueMap{"group": crm.Text("best")})
	both("through the old id", "ads.lift=1 @10", "churn.risk=0.5 @5", "rfm.group=best @12")
	history, err := book.Traits.History(ctx, "countess", "rfm.group", time.Time{}, time.Time{})
	if diff := cmp.Diff([]string{"rfm.group=new @5", "rfm.group=loyal @10", "rfm.group=best @12"}, shown(history)); err != nil || diff != "" {
		t.Errorf("History: %v (-want +got):\n%s", err, diff)
	}
	if err := book.Traits.Clear(ctx, "ada", "churn"); err != nil {
		t.Fatal(err)
	}
	both("cleared through the survivor", "ads.lift=1 @10", "rfm.group=best @12")

	unmerge(t, book, "countess")
	if diff := cmp.Diff([]string{"churn.risk=0.5 @5", "rfm.group=best @12"}, traitsOf(t, book, "countess")); diff != "" {
		t.Errorf("un-merged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ads.lift=1 @10", "rfm.group=loyal @11"}, traitsOf(t, book, "ada")); diff != "" {
		t.Errorf("un-merged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"churn.risk=0.5 @5", "rfm.group=new @5", "rfm.recency=1 @5"}, traitsAt(t, book, "countess", day(11))); diff != "" {
		t.Errorf("un-merged, as of day 11 (-want +got):\n%s", diff)
	}

	// Merging and un-merging alone leave no trace.
	fresh := open(t, memstore.New(nil), &crm.Options{Now: watch()})
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		putCustomer(t, fresh, crm.Customer{ID: id})
		for _, tr := range apart[id] {
			setTraits(t, fresh, id, tr.Room+tr.Name, tr.At, valueMap{tr.Name: tr.Value})
		}
	}
	want := [][]string{traitsOf(t, fresh, "ada"), traitsOf(t, fresh, "countess"), traitsAt(t, fresh, "ada", day(10))}
	merge(t, fresh, "ada", "countess")
	unmerge(t, fresh, "ada")
	if diff := cmp.Diff(want, [][]string{traitsOf(t, fresh, "ada"), traitsOf(t, fresh, "countess"), traitsAt(t, fresh, "ada", day(10))}); diff != "" {
		t.Errorf("merged and un-merged (-want +got):\n%s", diff)
	}
}

// TestTraitsTwin runs random lives with and without merges: when all are
// un-merged, what is said of each id is the same.
func TestTraitsTwin(t *testing.T) {
	ids := []crm.CustomerID{"a", "b", "c"}
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		book, twin := open(t, memstore.New(nil), &crm.Options{Now: watch()}), open(t, memstore.New(nil), &crm.Options{Now: watch()})
		for _, id := range ids {
			putCustomer(t, book, crm.Customer{ID: id})
			putCustomer(t, twin, crm.Customer{ID: id})
		}
		merged := map[crm.CustomerID]bool{}
		for range 40 {
			id, at := ids[rng.IntN(3)], day(1+rng.IntN(30)).Add(time.Duration(rng.IntN(600))*time.Minute)
			values := valueMap{"x": crm.Number(float64(rng.IntN(3)))}
			switch rng.IntN(5) {
			case 0:
				other := ids[rng.IntN(3)]
				if _, err := book.Customers.Merge(t.Context(), id, other); err == nil {
					merged[id], merged[other] = true, true
				}
			case 1:
				if _, err := book.Customers.Unmerge(t.Context(), id); err != nil && !errors.Is(err, crm.ErrNotFound) {
					t.Fatal(err)
				}
			case 2, 3:
				// Every statement at another time, so that order does not matter.
				at = at.Add(time.Duration(rng.IntN(60_000)) * time.Millisecond)
				if rng.IntN(4) == 0 {
					values["x"] = crm.Value{}
				}
				state(t, book, id, at, values)
				state(t, twin, id, at, values)
			default:
				// A value of its own each time: what equals the one before
				// depends on whom it is of.
				values["x"] = crm.Number(rng.Float64())
				setTraits(t, book, id, "room", at, values)
				setTraits(t, twin, id, "room", at, values)
			}
		}
		for _, id := range ids {
			for range ids {
				if _, err := book.Customers.Unmerge(t.Context(), id); err != nil && !errors.Is(err, crm.ErrNotFound) {
					t.Fatal(err)
				}
			}
		}
		for _, id := range ids {
			if diff := cmp.Diff(traitsOf(t, twin, id), traitsOf(t, book, id)); diff != "" {
				t.Fatalf("seed %d: %s (-twin +book):\n%s", seed, id, diff)
			}
			for n := 1; n <= 31; n++ {
				if diff := cmp.Diff(traitsAt(t, twin, id, day(n)), traitsAt(t, book, id, day(n))); diff != "" {
					t.Fatalf("seed %d: %s as of day %d (-twin +book):\n%s", seed, id, n, diff)
				}
			}
		}
	}
}

// TestTraitsOfVisitor says something of a visitor whom nobody knows.
func TestTraitsOfVisitor(t *testing.T) {
	book := memory(t)
	setTraits(t, book, "vis_1", "rfm", day(1), valueMap{"group": crm.Text("curious")})
	if diff := cmp.Diff([]string{"rfm.group=curious @1"}, traitsOf(t, book, "vis_1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTraitsErased leaves nothing of what was said of a person, and lets nobody
// say anything any more.
func TestTraitsErased(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	quartet(t, book)
	for _, id := range []crm.CustomerID{"ada", "ben", "cleo"} {
		setTraits(t, book, id, "rfm", day(1), valueMap{"group": crm.Text("new")})
		state(t, book, id, day(2), valueMap{"size": crm.Text("M")})
	}
	merge(t, book, "ben", "ada")
	if _, err := book.Privacy.Erase(ctx, "ben"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []crm.CustomerID{"ada", "ben"} {
		if got := append(traitsOf(t, book, id), traitsAt(t, book, id, today)...); got != nil {
			t.Errorf("%s: %v", id, got)
		}
		for _, err := range []error{
			book.Traits.Set(ctx, id, "rfm", day(3), valueMap{"group": crm.Text("late")}),
			book.Traits.State(ctx, id, valueMap{"size": crm.Text("L")}, "", day(3)), book.Traits.Clear(ctx, id, "rfm"), book.Traits.Clear(ctx, id, crm.Stated),
		} {
			if !errors.Is(err, crm.ErrErased) {
				t.Errorf("%s: got %v, want %v", id, err, crm.ErrErased)
			}
		}
	}
	for table, want := range map[string]int{"crm.traits": 2, "crm.trait_history": 2} {
		if got := inspected(t, book, table); len(got) != want || strings.Contains(strings.Join(got, ""), "ada") {
			t.Errorf("%s holds %v", table, got)
		}
	}
}

// TestClearAtOnce clears, of a person, what another of their ids says as of the
// same time or of one to come.
func TestClearAtOnce(t *testing.T) {
	book, now := agreeable(t, "ada", "ben")
	merge(t, book, "ben", "ada")
	for name, at := range map[string]time.Time{"now": *now, "to come": now.Add(time.Hour)} {
		setTraits(t, book, "ada", "rfm", at, valueMap{"group": crm.Text("new")})
		state(t, book, "ada", at, valueMap{"size": crm.Text("M")})
		for _, room := range []string{"rfm", crm.Stated} {
			if err := book.Traits.Clear(t.Context(), "ben", room); err != nil {
				t.Fatal(err)
			}
		}
		if got := traitsOf(t, book, "ben"); got != nil {
			t.Errorf("%s: there is still %v", name, got)
		}
		unmerge(t, book, "ben")
		if got := traitsOf(t, book, "ada"); len(got) != 2 {
			t.Errorf("%s: un-merged, ada has %v", name, got)
		}
		*now = now.Add(2 * time.Hour)
		merge(t, book, "ben", "ada")
	}
}

// TestSaidMoves takes what is said of customers to another store, as text.
func TestSaidMoves(t *testing.T) {
	book := memory(t)
	quartet(t, book)
	declare(t, book, declared...)
	putCustomer(t, book, crm.Customer{ID: "ada", Attributes: valueMap{
		"shoe_size": crm.Number(-0.5), "credit": crm.Amount(crm.Money{}), "custom.allergies": crm.Words("", "wool"),
		"member_since": crm.Moment(time.Time{}), "style": crm.Text("<&>"), "trade": crm.Bool(false),
	}})
	setTraits(t, book, "ada", "rfm", day(3), valueMap{"group": crm.Text("new"), "none": crm.Words()})
	state(t, book, "ada", day(4), valueMap{"size": crm.Text("M"), "color": {}})
	if _, err := book.Groups.Create(t.Context(), acme()); err != nil {
		t.Fatal(err)
	}
	var file, again bytes.Buffer
	if err := book.ExportJSONL(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	text := file.String()
	other := open(t, memstore.New(nil), nil)
	report, err := other.ImportJSONL(t.Context(), &file, nil)
	if err != nil || report.Rejected != 0 {
		t.Fatal(report, err)
	}
	if err := other.ExportJSONL(t.Context(), &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, again.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(traitsOf(t, book, "ada"), traitsOf(t, other, "ada")); diff != "" {
		t.Errorf("traits (-want +got):\n%s", diff)
	}
}
