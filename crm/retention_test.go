package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

const year = 365 * 24 * time.Hour

// TestSweep lets rules and ages meet, each with a record on either side of it,
// dry first: that counts the same and changes nothing.
func TestSweep(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			book := open(t, engine.open(t), nil)
			ok := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			at := today
			old := func(d time.Duration) time.Time { return at.Add(-d) }
			for _, c := range []crm.Customer{
				{ID: "buyer", FirstSeenAt: old(9 * year)}, {ID: "reader", FirstSeenAt: old(9 * year)}, {ID: "gone", FirstSeenAt: old(9 * year), GivenName: "Adaseed"},
				{ID: "gone_too", FirstSeenAt: old(9 * year), GivenName: "Adaseed"}, {ID: "new", FirstSeenAt: old(year)},
			} {
				putCustomer(t, book, c)
			}
			putOrder(t, book, goods("buyer", "o1", old(8*year), "MUG", 1, gbp(100)))
			_, err := book.Customers.Merge(t.Context(), "gone_too", "gone")
			ok(err)
			act := func(customer crm.CustomerID, device string, kind crm.InteractionKind, age time.Duration) {
				t.Helper()
				i := crm.Interaction{CustomerID: customer, Device: device, Kind: kind, OccurredAt: old(age), Text: fmt.Sprint(kind, " ", age.Hours()/24)}
				_, err := book.Interactions.Record(t.Context(), i)
				ok(err)
			}
			const hour = time.Hour
			act("reader", "", crm.KindPageView, year+hour)     // goes
			act("reader", "", crm.KindViewItem, year+hour)     // goes, by the pattern
			act("reader", "", crm.KindPageView, year-hour)     // too young
			act("reader", "", crm.KindNote, 20*year)           // is kept for ever
			act("reader", "", crm.KindStoreVisit, 3*year+hour) // goes, by the last rule
			act("reader", "", crm.KindStoreVisit, 3*year-hour)
			act("", "tablet", crm.KindNote, year/2+hour) // goes with its age
			act("", "tablet", crm.KindNote, year/2-hour)
			act("", "phone", crm.KindNote, year/2+hour) // is of a reader by now
			_, err = book.Identities.Link(t.Context(), "reader", crm.Identity{Kind: crm.IdentityDevice, Value: "phone"})
			ok(err)
			for i, age := range []time.Duration{5 * year, 4 * year, 2 * year} { // the last holds
				_, err := book.Consents.Record(t.Context(), crm.Consent{
					CustomerID: "buyer", Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, OccurredAt: old(age),
					State: []crm.ConsentState{crm.ConsentGranted, crm.ConsentWithdrawn, crm.ConsentGranted}[i], Proof: crm.Proof{Note: fmt.Sprint("seed proof ", i)},
				})
				ok(err)
			}
			keep := crm.Retention{
				Interactions: []crm.RetentionRule{
					{Kind: "note"}, {Kind: "page_view", Keep: year}, {Kind: "view_*", Keep: year}, {Keep: 3 * year},
				},
				Visitors: year / 2, Customers: 5 * year, Proofs: 3 * year,
			}
			// The consents are as young as the book: their proofs stay a while.
			want := &crm.SweepReport{Interactions: 3, Visitors: 1, Customers: 1}
			before := contentsOf(t, book.Store())
			dry := keep
			dry.DryRun = true
			for _, tt := range []struct {
				name string
				at   time.Time
				keep crm.Retention
				want *crm.SweepReport
			}{
				{"nothing", at, crm.Retention{}, &crm.SweepReport{}},
				{"dry", at, dry, want},
				{"swept", at, keep, want},
				{"again", at, keep, &crm.SweepReport{}},
				{"in four years", at.Add(4 * year), crm.Retention{Proofs: 3 * year}, &crm.SweepReport{Proofs: 2}},
			} {
				got, err := book.Privacy.Sweep(t.Context(), tt.at, tt.keep)
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
				}
				if tt.name == "dry" && string(before) != string(contentsOf(t, book.Store())) {
					t.Error("the dry run changed something")
				}
			}
			var left []string
			for _, i := range all(t, book.Interactions.List(t.Context(), crm.InteractionQuery{})) {
				left = append(left, i.Text)
			}
			if diff := cmp.Diff([]string{"note 7300", "store_visit 1094.9583333333333", "page_view 364.9583333333333", "note 182.54166666666666", "note 182.45833333333334"}, left); diff != "" {
				t.Errorf("what is left (-want +got):\n%s", diff)
			}
			for id, erased := range map[crm.CustomerID]bool{"buyer": false, "reader": false, "new": false, "gone": true, "gone_too": true} {
				if v, err := book.Customers.Get(t.Context(), id); err != nil || v.ErasedAt.IsZero() == erased {
					t.Errorf("customer %s is %+v, %v; want erased %v", id, v, err, erased)
				}
			}
			_, proofs := dossier(t, book, "buyer")
			for _, text := range []string{"seed proof 0", "seed proof 1", "seed proof 2"} {
				if has := bytes.Contains(proofs, []byte(text)); has != (text == "seed proof 2") {
					t.Errorf("%s is there: %v", text, has)
				}
			}
		})
	}
}

func TestSweepRefuses(t *testing.T) {
	book := memory(t)
	_, err := book.Privacy.Sweep(t.Context(), today, crm.Retention{
		Interactions: []crm.RetentionRule{{Kind: "page_view"}, {Kind: "view_[", Keep: -1}}, Visitors: -1, Customers: -1, Proofs: -1,
	})
	want := []string{"interactions[1].kind", "interactions[1].keep", "visitors", "customers", "proofs"}
	if diff := cmp.Diff(want, fields(err)); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestSweepKeepsWhoWasSeen keeps one of whom another id was seen lately, and one
// who orders while the sweep is about to erase them.
func TestSweepKeepsWhoWasSeen(t *testing.T) {
	st := &meddled{Store: memstore.New(nil)}
	book := open(t, st, nil)
	for id, age := range map[crm.CustomerID]time.Duration{"old": 9 * year, "young": year, "buyer": 9 * year} {
		putCustomer(t, book, crm.Customer{ID: id, FirstSeenAt: today.Add(-age)})
	}
	if _, err := book.Customers.Merge(t.Context(), "young", "old"); err != nil {
		t.Fatal(err)
	}
	st.first = func() { putOrder(t, book, goods("buyer", "o1", today, "MUG", 1, gbp(100))) }
	got, err := book.Privacy.Sweep(t.Context(), today, crm.Retention{Customers: 5 * year})
	if diff := cmp.Diff(&crm.SweepReport{}, got); diff != "" || err != nil || st.first != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, id := range []crm.CustomerID{"old", "buyer"} {
		if v, err := book.Customers.Get(t.Context(), id); err != nil || !v.ErasedAt.IsZero() {
			t.Errorf("customer %s is %+v, %v; want them there", id, v, err)
		}
	}
}

// meddled is a store in which something else is done before the next update.
type meddled struct {
	store.Store
	first func()
}

func (m *meddled) Unwrap() store.Store { return m.Store }

func (m *meddled) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	if first := m.first; first != nil {
		m.first = nil
		first()
	}
	return m.Store.Update(ctx, f)
}

// TestSweepFinishesErasures interrupts an erasure; the next sweep ends it.
func TestSweepFinishesErasures(t *testing.T) {
	st := &weary{memstore.New(nil), -1}
	book := open(t, st, nil)
	p := seed(t, book)
	st.left = 1
	if _, err := book.Privacy.Erase(t.Context(), p.id); !errors.Is(err, errWeary) {
		t.Fatal(err)
	}
	if planted(contentsOf(t, st)) == nil {
		t.Fatal("nothing was left to do")
	}
	st.left = -1
	got, err := book.Privacy.Sweep(t.Context(), today, crm.Retention{})
	if diff := cmp.Diff(&crm.SweepReport{Resumed: 1}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if words := planted(contentsOf(t, st)); words != nil {
		t.Errorf("the store still holds %q", words)
	}
}

// TestEraseTakesDeadLetters lets a follower fail with an error that names the
// customer; what was kept of it goes with them.
func TestEraseTakesDeadLetters(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Ada"})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- book.Follow(ctx, "letters", func(context.Context, *crm.Tx, []*crm.Event) error { return errors.New("no samples for Adaseed") }, &crm.FollowOptions{Attempts: 1})
	}()
	if err := book.Sync(t.Context(), "letters"); err != nil {
		t.Fatal(err)
	}
	stop()
	<-ended
	if words := planted(contentsOf(t, book.Store())); len(words) != 1 {
		t.Fatalf("the dead letter holds %q, want the name", words)
	}
	if told, _ := dossier(t, book, ada.ID); len(told.Tables["crm.dead_letters"]) != 1 {
		t.Errorf("the export lacks the dead letter: %v", told.Tables)
	}
	erase(t, book, ada.ID)
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("the store still holds %q", words)
	}
}

// TestErasedLeaveNoDeadLetters lets a follower fail, after an erasure, with an
// error that still names the customer: it is not kept.
func TestErasedLeaveNoDeadLetters(t *testing.T) {
	book := memory(t)
	ada := putCustomer(t, book, crm.Customer{GivenName: "Ada"})
	erase(t, book, ada.ID)
	if _, err := book.CatchUp(t.Context(), "letters", func(context.Context, *crm.Tx, []*crm.Event) error {
		return errors.New("no samples for Adaseed")
	}, &crm.FollowOptions{Attempts: 1}); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, book.Followers.DeadLetters(t.Context(), "letters"))); n != 2 {
		t.Errorf("%d dead letters, want those of two events", n)
	}
	if words := planted(contentsOf(t, book.Store())); words != nil {
		t.Errorf("the store holds %q", words)
	}
}
