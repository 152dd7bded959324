package crm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// preferred are preferences in short: name, value, who says so, the day of the
// year, and what was inferred.
func preferred(t failer, book *crm.Book, id crm.CustomerID) []string {
	t.Helper()
	list, err := book.Traits.Preferences(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range list {
		lines = append(lines, fmt.Sprintf("%s=%v %t %s %s @%d %v", p.Name, p.Value, p.Stated, p.Room, p.Source, p.At.YearDay(), shown(p.Inferred)))
	}
	return lines
}

func TestPreferences(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			putCustomer(t, book, crm.Customer{ID: "ada"})
			if got := preferred(t, book, "ada"); got != nil {
				t.Errorf("before: %v", got)
			}
			setTraits(t, book, "ada", "recommend", day(20), valueMap{"preference.brands": crm.Words("Acme"), "preference.size": crm.Text("L"), "score": crm.Number(1), "preference.": crm.Text("no name")})
			setTraits(t, book, "ada", "segment", day(21), valueMap{"preference.size": crm.Text("XL")})
			want := []string{
				"brands=Acme false recommend  @20 [recommend.preference.brands=Acme @20]",
				"size=XL false segment  @21 [segment.preference.size=XL @21 recommend.preference.size=L @20]",
			}
			if diff := cmp.Diff(want, preferred(t, book, "ada")); diff != "" {
				t.Errorf("inferred (-want +got):\n%s", diff)
			}

			before := head(t, book)
			state(t, book, "ada", day(10), valueMap{"size": crm.Text("M"), "interests": crm.Words("tea"), "channel": crm.Text("email")})
			state(t, book, "ada", day(10), valueMap{"interests": crm.Words("tea"), "size": crm.Text("M"), "channel": crm.Text("email")}) // the same
			state(t, book, "ada", day(12), valueMap{"channel": {}, "interests": crm.Words()})                                            // taken back; none at all
			state(t, book, "ada", day(11), valueMap{"channel": crm.Text("phone"), "pace": crm.Text("weekly")})                           // late
			want = []string{
				"brands=Acme false recommend  @20 [recommend.preference.brands=Acme @20]",
				"interests= true stated preference_center @12 []",
				"pace=weekly true stated preference_center @11 []",
				"size=M true stated preference_center @10 [segment.preference.size=XL @21 recommend.preference.size=L @20]",
			}
			if diff := cmp.Diff(want, preferred(t, book, "ada")); diff != "" {
				t.Errorf("stated (-want +got):\n%s", diff)
			}
			var events []string
			for _, e := range since(t, book, before) {
				events = append(events, fmt.Sprint(e.Kind, " ", e.Name, " ", e.Changes, " ", e.OccurredAt.YearDay()))
			}
			wantEvents := []string{
				"traits.changed stated [{channel  } {interests  } {size  }] 10",
				"traits.changed stated [{channel  } {interests  }] 12",
				"traits.changed stated [{pace  }] 11",
			}
			if diff := cmp.Diff(wantEvents, events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}

			// What is confirmed holds against what comes late.
			before = head(t, book)
			state(t, book, "ada", day(30), valueMap{"size": crm.Text("M")})
			if n := len(since(t, book, before)); n != 0 {
				t.Errorf("a confirmation emits %d events", n)
			}
			state(t, book, "ada", day(25), valueMap{"size": crm.Text("S")})
			if got := preferred(t, book, "ada")[3]; got != "size=M true stated preference_center @30 [segment.preference.size=XL @21 recommend.preference.size=L @20]" {
				t.Errorf("a late statement won: %s", got)
			}

			for _, tt := range []struct {
				at   int
				want []string
			}{
				{9, nil},
				{10, []string{"stated.channel=email @10", "stated.interests=tea @10", "stated.size=M @10"}},
				{11, []string{"stated.channel=phone @11", "stated.interests=tea @10", "stated.pace=weekly @11", "stated.size=M @10"}},
				{12, []string{"stated.interests= @12", "stated.pace=weekly @11", "stated.size=M @10"}},
			} {
				if diff := cmp.Diff(tt.want, traitsAt(t, book, "ada", day(tt.at))); diff != "" {
					t.Errorf("as of day %d (-want +got):\n%s", tt.at, diff)
				}
			}
			history, err := book.Traits.History(t.Context(), "ada", "stated.channel", time.Time{}, time.Time{})
			if diff := cmp.Diff([]string{"stated.channel=email @10", "stated.channel=phone @11", "stated.channel= @12"}, shown(history)); err != nil || diff != "" {
				t.Errorf("History: %v (-want +got):\n%s", err, diff)
			}

			if err := book.Traits.Clear(t.Context(), "ada", crm.Stated); err != nil {
				t.Fatal(err)
			}
			want = []string{
				"brands=Acme false recommend  @20 [recommend.preference.brands=Acme @20]",
				"size=XL false segment  @21 [segment.preference.size=XL @21 recommend.preference.size=L @20]",
			}
			if diff := cmp.Diff(want, preferred(t, book, "ada")); diff != "" {
				t.Errorf("after Clear (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPreferencesMerged takes the latest statement of each name of a person,
// whichever id it was made under.
func TestPreferencesMerged(t *testing.T) {
	book := open(t, memstore.New(nil), &crm.Options{Now: watch()})
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putCustomer(t, book, crm.Customer{ID: "countess"})
	state(t, book, "countess", day(5), valueMap{"size": crm.Text("M"), "color": crm.Text("red")})
	state(t, book, "ada", day(4), valueMap{"size": crm.Text("S"), "pace": crm.Text("weekly")})
	state(t, book, "ada", day(6), valueMap{"color": crm.Text("blue")})
	before := [][]string{preferred(t, book, "ada"), preferred(t, book, "countess")}
	merge(t, book, "countess", "ada")
	whole := []string{
		"color=blue true stated preference_center @6 []",
		"pace=weekly true stated preference_center @4 []",
		"size=M true stated preference_center @5 []",
	}
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		if diff := cmp.Diff(whole, preferred(t, book, id)); diff != "" {
			t.Errorf("merged, %s (-want +got):\n%s", id, diff)
		}
	}
	if diff := cmp.Diff([]string{"stated.color=red @5", "stated.pace=weekly @4", "stated.size=M @5"}, traitsAt(t, book, "ada", day(5))); diff != "" {
		t.Errorf("merged, as of day 5 (-want +got):\n%s", diff)
	}
	unmerge(t, book, "countess")
	if diff := cmp.Diff(before, [][]string{preferred(t, book, "ada"), preferred(t, book, "countess")}); diff != "" {
		t.Errorf("un-merged (-want +got):\n%s", diff)
	}
	// What is taken back through one id is taken back for the person.
	merge(t, book, "ada", "countess")
	state(t, book, "ada", day(7), valueMap{"size": {}})
	if diff := cmp.Diff(whole[:2], preferred(t, book, "countess")); diff != "" {
		t.Errorf("taken back (-want +got):\n%s", diff)
	}
	// What was said before through one id is another word for the person.
	state(t, book, "countess", day(8), valueMap{"color": crm.Text("green")})
	at := head(t, book)
	state(t, book, "ada", day(9), valueMap{"color": crm.Text("blue"), "pace": crm.Text("weekly")})
	events := since(t, book, at)
	if len(events) != 1 {
		t.Fatalf("%d events, want 1", len(events))
	}
	if diff := cmp.Diff([]crm.Change{{Field: "color"}}, events[0].Changes); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
