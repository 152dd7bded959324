package crm_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// ids records one of everything and returns the ids.
func ids(t *testing.T, book *crm.Book, source string) []string {
	t.Helper()
	own := crm.Ref{Source: source, ID: "1"}
	if source == "" {
		own = crm.Ref{}
	}
	c := crm.Customer{FirstSeenAt: day(1), GivenName: "Ada"}
	if !own.IsZero() {
		c.Refs = []crm.Ref{own}
	}
	return []string{
		string(putCustomer(t, book, c).ID),
		string(putProduct(t, book, crm.Product{Ref: own, PublishedAt: day(1)}).ID),
		string(putOrder(t, book, crm.Order{Ref: own, OccurredAt: day(1)}).ID),
		string(putRefund(t, book, crm.Refund{Ref: own, OccurredAt: day(1), Amount: gbp(1)}).ID),
	}
}

func TestIDs(t *testing.T) {
	form := regexp.MustCompile(`^(cus|prd|ord|rfd)_[0-9a-hjkmnp-tv-z]{26}$`)
	t.Run("have one form", func(t *testing.T) {
		for _, id := range append(ids(t, memory(t), "shop"), ids(t, memory(t), "")...) {
			if !form.MatchString(id) {
				t.Errorf("%q does not match %v", id, form)
			}
		}
	})
	t.Run("of a ref are the same everywhere", func(t *testing.T) {
		if diff := cmp.Diff(ids(t, memory(t), "shop"), ids(t, memory(t), "shop")); diff != "" {
			t.Errorf("one book and another:\n%s", diff)
		}
	})
	t.Run("differ by kind, source and namespace", func(t *testing.T) {
		brand := open(t, memstore.New(nil), &crm.Options{Namespace: "brand"})
		seen := map[string]bool{}
		for _, list := range [][]string{ids(t, memory(t), "shop"), ids(t, memory(t), "other"), ids(t, brand, "shop"), ids(t, memory(t), ""), ids(t, memory(t), "")} {
			for _, id := range list {
				if seen[id[4:]] {
					t.Errorf("%s was given twice", id)
				}
				seen[id[4:]] = true
			}
		}
	})
	t.Run("sort by time", func(t *testing.T) {
		book := memory(t)
		var got []string
		for _, at := range []time.Time{
			time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), // as 1970
			time.UnixMilli(1), day(1), day(1).Add(time.Millisecond), day(2), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
		} {
			got = append(got, string(putOrder(t, book, crm.Order{OccurredAt: at}).ID))
		}
		if !slices.IsSorted(got) {
			t.Errorf("not in order: %q", got)
		}
	})
	t.Run("may be the shop's own", func(t *testing.T) {
		book := memory(t)
		if o := putOrder(t, book, crm.Order{ID: "1001", Ref: ref("1"), OccurredAt: day(1)}); o.ID != "1001" {
			t.Errorf("got %s, want 1001", o.ID)
		}
		if o := putOrder(t, book, crm.Order{Ref: ref("1"), OccurredAt: day(1)}); o.ID != "1001" {
			t.Errorf("by its ref: got %s, want 1001", o.ID)
		}
	})
}

func TestIDsOfRooms(t *testing.T) {
	earlier, later := crm.NewID("seg_", day(1)), crm.NewID("seg_", day(2))
	if earlier >= later || len(earlier) != len("seg_")+26 || earlier == crm.NewID("seg_", day(1)) {
		t.Errorf("NewID = %s for a day before %s, want ids of 30 bytes that sort by time and are never the same", earlier, later)
	}
	for id, want := range map[string]bool{
		earlier: true, "vip": true, "größe-42": true, "": false, "ada@example.org": false, "very good": false, strings.Repeat("x", 121): false,
	} {
		if got := crm.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v, want %v", id, got, want)
		}
	}
}

func TestNow(t *testing.T) {
	clock := time.Date(2025, 6, 15, 12, 0, 0, 1_999_999, time.FixedZone("", 3600))
	book := open(t, memstore.New(nil), &crm.Options{Now: func() time.Time { return clock }})
	if got, want := book.Now(), time.Date(2025, 6, 15, 11, 0, 0, 1_000_000, time.UTC); got != want {
		t.Errorf("Now = %v, want %v", got, want)
	}
}
