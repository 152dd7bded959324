package crm_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
)

// reasons are what an id and the ids that it is merged with hold.
func reasons(t failer, book *crm.Book, channel crm.Channel, purpose crm.Purpose, ids ...crm.CustomerID) (list []crm.DecisionReason) {
	t.Helper()
	for _, id := range ids {
		list = append(list, decide(t, book, id, channel, purpose, time.Time{}))
	}
	return list
}

func TestMergedConsents(t *testing.T) {
	const (
		yes  = crm.ReasonGranted
		no   = crm.ReasonWithdrawn
		none = crm.ReasonNoConsent
	)
	at := func(minutes int) time.Time { return today.Add(time.Duration(minutes) * time.Minute) }
	for _, tt := range []struct {
		name   string
		before []crm.Consent // of ada and ben
		merged []crm.Consent // recorded when ben was merged into ada, at minute 10
		whole  crm.DecisionReason
		apart  []crm.DecisionReason // ada and ben, when they were un-merged
	}{
		{"nothing of one", []crm.Consent{granted("ada", day(1))}, nil, yes, []crm.DecisionReason{yes, none}},
		{"the stricter wins", []crm.Consent{granted("ada", day(2)), withdrawn("ben", day(1))}, nil, no, []crm.DecisionReason{no, no}},
		{"the stricter wins, pending", []crm.Consent{granted("ada", day(1)), stated("ben", crm.ConsentPending, crm.PurposeMarketing, viaEmail, day(2))}, nil, crm.ReasonPending, []crm.DecisionReason{yes, crm.ReasonPending}},
		{"withdrawn of all while merged", []crm.Consent{granted("ada", day(1)), granted("ben", day(1))}, []crm.Consent{withdrawn("ben", at(11))}, no, []crm.DecisionReason{no, no}},
		{"withdrawn of all, late", []crm.Consent{granted("ada", day(5))}, []crm.Consent{withdrawn("ben", day(2))}, no, []crm.DecisionReason{no, no}},
		{"later than what is late", []crm.Consent{granted("ben", day(5))}, []crm.Consent{withdrawn("ben", day(2))}, yes, []crm.DecisionReason{none, yes}},
		{"granted again", []crm.Consent{withdrawn("ben", day(1))}, []crm.Consent{granted("ada", at(11))}, yes, []crm.DecisionReason{yes, no}},
		{"granted again of the member", []crm.Consent{withdrawn("ben", day(1))}, []crm.Consent{granted("ben", at(11))}, yes, []crm.DecisionReason{no, yes}},
		{"granted again on one channel, before", []crm.Consent{stated("ada", crm.ConsentWithdrawn, crm.PurposeMarketing, "", day(1)), granted("ada", day(2))}, nil, yes, []crm.DecisionReason{yes, no}},
		{"granted again, as is told late", []crm.Consent{withdrawn("ada", day(1))}, []crm.Consent{granted("ada", day(2))}, yes, []crm.DecisionReason{yes, no}},
		{"granted before they were one", []crm.Consent{withdrawn("ben", day(1))}, []crm.Consent{granted("ada", at(9))}, no, []crm.DecisionReason{no, no}},
		{"granted again and withdrawn", []crm.Consent{withdrawn("ben", day(1))}, []crm.Consent{granted("ada", at(11)), withdrawn("ben", at(12))}, no, []crm.DecisionReason{no, no}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, now := agreeable(t, "ada", "ben")
			for _, c := range tt.before {
				putConsent(t, book, c)
			}
			*now = at(10)
			merge(t, book, "ben", "ada")
			*now = at(20)
			for _, c := range tt.merged {
				putConsent(t, book, c)
			}
			if diff := cmp.Diff([]crm.DecisionReason{tt.whole, tt.whole}, reasons(t, book, viaEmail, crm.PurposeMarketing, "ada", "ben")); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
			*now = at(30)
			unmerge(t, book, "ben")
			if diff := cmp.Diff(tt.apart, reasons(t, book, viaEmail, crm.PurposeMarketing, "ada", "ben")); diff != "" {
				t.Errorf("apart (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMergeTellsOfWithdrawals looks at what a merge writes.
func TestMergeTellsOfWithdrawals(t *testing.T) {
	book, now := agreeable(t, "ada", "ben")
	c := stated("ben", crm.ConsentDenied, crm.PurposeProfiling, "", day(1))
	c.Proof = crm.Proof{Mechanism: "letter", Note: "told Grace", IPHash: "ff"}
	objection := putConsent(t, book, c)
	*now = today.Add(time.Minute)
	start := head(t, book)
	merge(t, book, "ben", "ada")
	list := ledger(t, book, "ada")
	want := []*crm.Consent{{
		ID: list[0].ID, CustomerID: "ada", Purpose: crm.PurposeProfiling, State: crm.ConsentDenied,
		Proof: crm.Proof{Mechanism: crm.MechanismMerge}, Cause: objection.ID, OccurredAt: *now, CreatedAt: *now,
	}, objection}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	wantEvent := &crm.Event{Kind: crm.ConsentChanged, CustomerID: "ada", Name: "profiling", OccurredAt: *now, CreatedAt: *now, Changes: []crm.Change{{Field: "state", To: "denied"}}}
	if diff := cmp.Diff(wantEvent, since(t, book, start)[0], facts); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	// What is withdrawn of the whole reaches every id, without what is personal.
	c = withdrawn("ada", *now)
	c.Proof = crm.Proof{Mechanism: "letter", Note: "told Grace", IPHash: "ff"}
	first := putConsent(t, book, c)
	var copies int
	for _, v := range ledger(t, book, "ada") {
		if v.Cause == first.ID {
			copies++
			if v.CustomerID != "ben" || v.Proof != (crm.Proof{Mechanism: "letter"}) || !v.OccurredAt.Equal(first.OccurredAt) {
				t.Errorf("of the other: %+v", v)
			}
		}
	}
	if copies != 1 {
		t.Errorf("%d copies, want 1", copies)
	}
	// Merged once more, there is nothing left to say.
	unmerge(t, book, "ben")
	n := len(ledger(t, book, "ada")) + len(ledger(t, book, "ben"))
	merge(t, book, "ben", "ada")
	if got := len(ledger(t, book, "ada")); got != n {
		t.Errorf("%d entries, want %d", got, n)
	}
}

// TestGrantSurvivesMerge merges one who came back with a third id.
func TestGrantSurvivesMerge(t *testing.T) {
	book, now := agreeable(t, "ada", "ben", "cleo")
	putConsent(t, book, withdrawn("ben", day(1)))
	merge(t, book, "ben", "ada")
	*now = today.Add(time.Hour)
	putConsent(t, book, granted("ada", *now))
	*now = today.Add(2 * time.Hour)
	merge(t, book, "ada", "cleo")
	if diff := cmp.Diff([]crm.DecisionReason{crm.ReasonGranted, crm.ReasonGranted}, reasons(t, book, viaEmail, crm.PurposeMarketing, "cleo", "ben")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	unmerge(t, book, "ada")
	unmerge(t, book, "ben")
	if diff := cmp.Diff([]crm.DecisionReason{crm.ReasonGranted, crm.ReasonWithdrawn, crm.ReasonNoConsent}, reasons(t, book, viaEmail, crm.PurposeMarketing, "ada", "ben", "cleo")); diff != "" {
		t.Errorf("apart (-want +got):\n%s", diff)
	}
}

// TestConfirmOfMerged asks a guest, who is merged before they confirm.
func TestConfirmOfMerged(t *testing.T) {
	book, now := agreeable(t, "ada", "ben")
	putConsent(t, book, withdrawn("ada", day(1)))
	merge(t, book, "ben", "ada")
	*now = today.Add(time.Minute)
	token, _ := request(t, book, asked("ben"))
	*now = today.Add(2 * time.Minute)
	if _, err := book.Consents.Confirm(t.Context(), token, crm.Proof{}); err != nil {
		t.Fatal(err)
	}
	if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
		t.Errorf("it is %s", got)
	}
}

// TestVisitorObjects identifies a visitor whose browser sent a Global Privacy
// Control signal.
func TestVisitorObjects(t *testing.T) {
	ctx := t.Context()
	book, _ := agreeable(t, "ada")
	if _, err := book.Consents.Signal(ctx, book.Consents.Visitor("browser"), "1"); err != nil {
		t.Fatal(err)
	}
	device := crm.Identity{Kind: crm.IdentityDevice, Value: "browser", Verified: true}
	if _, err := book.Identities.Link(ctx, "ada", device); err != nil {
		t.Fatal(err)
	}
	if got := decide(t, book, "ada", "", crm.PurposeSaleSharing, time.Time{}); got != crm.ReasonDenied {
		t.Errorf("identified: %s", got)
	}
	if err := book.Identities.Unlink(ctx, "ada", device); err != nil {
		t.Fatal(err)
	}
	if got := decide(t, book, "ada", "", crm.PurposeSaleSharing, time.Time{}); got != crm.ReasonDenied {
		t.Errorf("apart again: %s", got)
	}
}

// aims are what the property tests record of.
var aims = []struct {
	purpose crm.Purpose
	channel crm.Channel
}{{"club", viaEmail}, {"club", viaSMS}, {"club", ""}, {crm.PurposeProfiling, ""}}

var allStates = []crm.ConsentState{crm.ConsentGranted, crm.ConsentPending, crm.ConsentWithdrawn, crm.ConsentDenied}

func drawConsent(t *rapid.T, ids []crm.CustomerID) crm.Consent {
	aim := rapid.SampledFrom(aims).Draw(t, "aim")
	c := stated(rapid.SampledFrom(ids).Draw(t, "id"), rapid.SampledFrom(allStates).Draw(t, "state"), aim.purpose, aim.channel, day(rapid.IntRange(1, 5).Draw(t, "day")))
	c.Proof.Source = rapid.SampledFrom([]string{"", "shop"}).Draw(t, "source")
	if c.State == crm.ConsentGranted && rapid.Bool().Draw(t, "ends") {
		c.ExpiresAt = day(rapid.IntRange(6, 400).Draw(t, "end"))
	}
	return c
}

// TestConsentOrder records the same consents in two orders.
func TestConsentOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []crm.Consent
		said := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "consents") {
			c := drawConsent(t, []crm.CustomerID{"ada"})
			key := fmt.Sprint(c.Purpose, c.Channel, c.State, c.OccurredAt, c.Proof.Source)
			if !said[key] { // of the same entry the first stays
				said[key] = true
				list = append(list, c)
			}
		}
		one, _ := agreeable(t, "ada")
		two, _ := agreeable(t, "ada")
		for _, c := range list {
			putConsent(t, one, c)
		}
		for _, c := range rapid.Permutation(list).Draw(t, "order") {
			putConsent(t, two, c)
		}
		for _, table := range []string{"crm.consents", "crm.permissions"} {
			if diff := cmp.Diff(inspected(t, one, table), inspected(t, two, table)); diff != "" {
				t.Fatal(fmt.Sprintf("%s (-one +other):\n%s", table, diff))
			}
		}
		for _, a := range aims {
			for n := range 7 {
				at := day(n).Add(time.Hour)
				want := naiveVerdict(naiveHeld(ledger(t, one, "ada"), "ada", a.channel, a.purpose, at), a.purpose, at)
				if got := decide(t, one, "ada", a.channel, a.purpose, at); got != want {
					t.Fatal(fmt.Sprintf("%s on %q at day %d: %s, want %s", a.purpose, a.channel, n, got, want))
				}
			}
		}
	})
}

// TestAloneAnswersAsOneOfMany asks of one who is alone, then is one with a
// customer of whom nothing is recorded, and is alone again: the three have the
// same answers, of any time.
func TestAloneAnswersAsOneOfMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book, now := agreeable(t, "ada", "zoe")
		id := crm.CustomerID("ada")
		device := crm.Identity{Kind: crm.IdentityDevice, Value: "browser", Verified: true}
		visitor := rapid.Bool().Draw(t, "visitor")
		if visitor {
			id = book.Consents.Visitor(device.Value)
		}
		for range rapid.IntRange(0, 8).Draw(t, "consents") {
			switch c := drawConsent(t, []crm.CustomerID{id}); rapid.IntRange(0, 3).Draw(t, "by") {
			case 0:
				load(t, book, crm.Record{Consents: []crm.Consent{c}})
			case 1:
				if _, err := book.Consents.Signal(t.Context(), id, "1"); err != nil {
					t.Fatal(err)
				}
			default:
				putConsent(t, book, c)
			}
			*now = now.Add(time.Minute)
		}
		ask := func() (list []string) {
			for _, a := range append(aims, struct {
				purpose crm.Purpose
				channel crm.Channel
			}{crm.PurposeSaleSharing, viaEmail}) {
				for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 30, 290, 300, 301, 450} {
					at := day(n).Add(time.Hour)
					d, err := book.Consents.Decide(t.Context(), id, a.channel, a.purpose, at)
					if err != nil {
						t.Fatal(err)
					}
					may, err := book.Consents.MaySend(t.Context(), id, a.channel, a.purpose, at)
					if err != nil || may != d.Allowed {
						t.Fatal(fmt.Sprintf("%s on %q at day %d: %t, %v beside %+v", a.purpose, a.channel, n, may, err, d))
					}
					list = append(list, fmt.Sprint(a.purpose, " ", a.channel, " ", n, " ", d.Reason))
				}
			}
			return list
		}
		want := ask()
		if visitor {
			if _, err := book.Identities.Link(t.Context(), "zoe", device); err != nil {
				t.Fatal(err)
			}
		} else {
			merge(t, book, "ada", "zoe")
		}
		if diff := cmp.Diff(want, ask()); diff != "" {
			t.Fatal("one of two (-alone +merged):\n", diff)
		}
		if visitor {
			if err := book.Identities.Unlink(t.Context(), "zoe", device); err != nil {
				t.Fatal(err)
			}
		} else {
			unmerge(t, book, "ada")
		}
		if diff := cmp.Diff(want, ask()); diff != "" {
			t.Fatal("alone again (-before +after):\n", diff)
		}
	})
}

// naiveStrict orders the states.
func naiveStrict(s crm.ConsentState) int {
	return map[crm.ConsentState]int{crm.ConsentGranted: 0, crm.ConsentPending: 1, crm.ConsentWithdrawn: 2, crm.ConsentDenied: 2}[s]
}

// naiveHeld reads the ledger from end to end for what held of one id.
func naiveHeld(list []*crm.Consent, id crm.CustomerID, channel crm.Channel, purpose crm.Purpose, at time.Time) (best *crm.Consent) {
	ends := func(c *crm.Consent) time.Time {
		if c.ExpiresAt.IsZero() {
			return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return c.ExpiresAt
	}
	for _, c := range list {
		switch {
		case c.CustomerID != id || c.Purpose != purpose || c.Channel != "" && c.Channel != channel || c.Ignored || c.OccurredAt.After(at):
		case purpose == crm.PurposeProfiling && (c.State == crm.ConsentPending || c.State == crm.ConsentGranted && !ends(c).After(at)):
			// needs no grant: says nothing
		case best == nil || c.OccurredAt.After(best.OccurredAt):
			best = c
		case c.OccurredAt.Before(best.OccurredAt):
		case naiveStrict(c.State) > naiveStrict(best.State):
			best = c
		case naiveStrict(c.State) < naiveStrict(best.State):
		case ends(c).Before(ends(best)), ends(c).Equal(ends(best)) && c.ID > best.ID:
			best = c
		}
	}
	return best
}

func naiveVerdict(c *crm.Consent, purpose crm.Purpose, at time.Time) crm.DecisionReason {
	why := crm.ReasonNoConsent
	switch {
	case c == nil:
	case c.State == crm.ConsentWithdrawn:
		return crm.ReasonWithdrawn
	case c.State == crm.ConsentDenied:
		return crm.ReasonDenied
	case c.State == crm.ConsentPending:
		why = crm.ReasonPending
	case c.ExpiresAt.IsZero() || c.ExpiresAt.After(at):
		return crm.ReasonGranted
	default:
		why = crm.ReasonExpired
	}
	if purpose == crm.PurposeProfiling {
		return crm.ReasonNotObjected
	}
	return why
}

// A joint is where an id is merged into another.
type joint struct {
	into crm.CustomerID
	at   time.Time
}

// naiveSince returns when two ids became one.
func naiveSince(joints map[crm.CustomerID]joint, a, b crm.CustomerID) (at time.Time, ok bool) {
	path := func(id crm.CustomerID) []crm.CustomerID {
		ids := []crm.CustomerID{id}
		for joints[id].into != "" {
			id = joints[id].into
			ids = append(ids, id)
		}
		slices.Reverse(ids)
		return ids
	}
	p, q := path(a), path(b)
	if p[0] != q[0] {
		return at, false
	}
	for len(p) > 0 && len(q) > 0 && p[0] == q[0] {
		p, q = p[1:], q[1:]
	}
	for _, id := range append(p, q...) {
		if joints[id].at.After(at) {
			at = joints[id].at
		}
	}
	return at, true
}

// TestKin merges, un-merges, records and imports at random, and asks after each
// step what the ledger says, read from end to end. When all are un-merged, each
// id is where its twin is, but for what was withdrawn.
func TestKin(t *testing.T) {
	ids := []crm.CustomerID{"ada", "ben", "cleo", "dot"}
	rapid.Check(t, func(t *rapid.T) {
		book, now := agreeable(t, ids...)
		twin, clock := agreeable(t, ids...)
		joints := map[crm.CustomerID]joint{}
		var spread bool  // whether anything was written of one that another said
		var refused bool // whether an import would have loosened what the whole holds, and not what one does
		check := func() {
			var list []*crm.Consent
			for _, id := range ids {
				if joints[id].into == "" {
					list = append(list, ledger(t, book, id)...)
				}
			}
			all, owner := list, map[crm.ConsentID]crm.CustomerID{}
			for _, c := range all {
				owner[c.ID] = c.CustomerID
			}
			for _, a := range aims {
				for _, id := range ids {
					list := slices.DeleteFunc(slices.Clone(all), func(c *crm.Consent) bool { // what another of them said
						_, one := naiveSince(joints, id, owner[c.Cause])
						return c.Cause != "" && naiveStrict(c.State) == 2 && one
					})
					var best *crm.Consent
					for _, m := range ids {
						if _, one := naiveSince(joints, id, m); !one {
							continue
						}
						c := naiveHeld(list, m, a.channel, a.purpose, *now)
						if c == nil {
							continue
						}
						outweighed := false
						for _, n := range ids {
							since, one := naiveSince(joints, m, n)
							o := naiveHeld(list, n, a.channel, a.purpose, *now)
							outweighed = outweighed || one && o != nil && naiveStrict(o.State) < naiveStrict(c.State) && o.OccurredAt.After(c.OccurredAt) && o.OccurredAt.After(since)
						}
						if !outweighed && (best == nil || naiveStrict(c.State) > naiveStrict(best.State) ||
							naiveStrict(c.State) == naiveStrict(best.State) && naiveHeld([]*crm.Consent{alias(c), alias(best)}, "x", a.channel, a.purpose, *now).ID == c.ID) {
							best = c
						}
					}
					want := naiveVerdict(best, a.purpose, *now)
					if got := decide(t, book, id, a.channel, a.purpose, time.Time{}); got != want {
						t.Fatal(fmt.Sprintf("%s of %s on %q: %s, want %s", a.purpose, id, a.channel, got, want))
					}
				}
			}
		}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			*now = now.Add(time.Minute)
			*clock = *now
			switch step := rapid.IntRange(0, 9).Draw(t, "step"); {
			case step < 2:
				from, into := rapid.SampledFrom(ids).Draw(t, "from"), rapid.SampledFrom(ids).Draw(t, "into")
				if _, one := naiveSince(joints, from, into); one {
					continue
				}
				for joints[from].into != "" {
					from = joints[from].into
				}
				for joints[into].into != "" {
					into = joints[into].into
				}
				merge(t, book, from, into)
				joints[from] = joint{into, *now}
			case step < 3:
				id := rapid.SampledFrom(ids).Draw(t, "member")
				if joints[id].into == "" {
					continue
				}
				unmerge(t, book, id)
				delete(joints, id)
			default:
				c := drawConsent(t, ids)
				if rapid.Bool().Draw(t, "now") {
					c.OccurredAt, c.ExpiresAt = *now, time.Time{}
				}
				for _, b := range []*crm.Book{book, twin} {
					if step < 8 {
						putConsent(t, b, c)
						continue
					}
					if _, err := b.Import(t.Context(), func(yield func(crm.Record, error) bool) {
						yield(crm.Record{Consents: []crm.Consent{c}}, nil)
					}, &crm.ImportOptions{Reject: func(_ crm.Record, err error) { t.Fatal(err) }}); err != nil {
						t.Fatal(err)
					}
				}
			}
			check()
		}
		for len(joints) > 0 {
			for _, id := range ids {
				if joints[id].into != "" {
					unmerge(t, book, id)
					delete(joints, id)
				}
			}
		}
		check()
		for _, id := range ids {
			mine := map[crm.ConsentID]*crm.Consent{}
			for _, c := range ledger(t, book, id) {
				mine[c.ID] = c
			}
			for _, c := range ledger(t, twin, id) {
				d := mine[c.ID]
				if d == nil || d.Ignored && naiveStrict(c.State) == 2 {
					t.Fatal(fmt.Sprintf("of %s the book has %+v, the twin %+v", id, d, c))
				}
				refused = refused || d.Ignored != c.Ignored
				delete(mine, c.ID)
			}
			for _, c := range mine {
				if spread = true; naiveStrict(c.State) != 2 || c.Cause == "" {
					t.Fatal(fmt.Sprintf("of %s the twin lacks %+v", id, c))
				}
			}
		}
		for _, id := range ids {
			for _, a := range aims {
				got, want := decide(t, book, id, a.channel, a.purpose, time.Time{}), decide(t, twin, id, a.channel, a.purpose, time.Time{})
				if got != want && !refused && (!spread || got != crm.ReasonWithdrawn && got != crm.ReasonDenied) {
					t.Fatal(fmt.Sprintf("%s of %s on %q is %s, of its twin %s", a.purpose, id, a.channel, got, want))
				}
			}
		}
	})
}

// alias is a consent of nobody.
func alias(c *crm.Consent) *crm.Consent {
	d := *c
	d.CustomerID = "x"
	return &d
}
