package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A board adds counters up, and keeps the latest of gauges.
type board struct {
	mu   sync.Mutex
	sums map[string]float64
}

func (b *board) observe(m crm.Measurement) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sums == nil {
		b.sums = map[string]float64{}
	}
	switch key := m.Name + " " + m.Of; m.Kind {
	case "counter":
		b.sums[key] += m.Value
	case "gauge":
		b.sums[key] = m.Value
	case "histogram":
		b.sums[key]++
	default:
		b.sums["unknown kind "+m.Kind]++
	}
}

// of returns what stands for a metric, by the value of its label.
func (b *board) of(name string) map[string]float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := map[string]float64{}
	for key, v := range b.sums {
		var metric, of string
		if fmt.Sscan(key, &metric, &of); metric == name {
			got[of] = v
		}
	}
	return got
}

// TestMeasurementsExact counts what is committed, and nothing else, though
// chaos runs callbacks again and refuses commits.
func TestMeasurementsExact(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("chaos ", seed), func(t *testing.T) {
			var got board
			book, err := crm.New(memstore.New(&memstore.Options{Chaos: seed}), &crm.Options{Currency: "GBP", Now: func() time.Time { return today }, Observe: got.observe})
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			for n := range 30 {
				id := crm.CustomerID(fmt.Sprint("c", n))
				putCustomer(t, book, crm.Customer{ID: id, Refs: []crm.Ref{ref(fmt.Sprint(n))}})
				putCustomer(t, book, crm.Customer{ID: id, Refs: []crm.Ref{ref(fmt.Sprint(n))}}) // unchanged
				putCustomer(t, book, crm.Customer{ID: id, Refs: []crm.Ref{ref(fmt.Sprint(n))}, GivenName: "Ada"})
				putOrder(t, book, goods(id, fmt.Sprint("o", n), day(n+1), "mug", 2, gbp(950)))
				for range 2 { // the second writes nothing
					if _, err := book.Consents.Record(ctx, crm.Consent{CustomerID: id, Purpose: crm.PurposeMarketing, Channel: crm.ChannelEmail, State: crm.ConsentGranted, OccurredAt: day(n + 1)}); err != nil {
						t.Fatal(err)
					}
				}
				// An entry by which nothing else holds.
				if _, err := book.Consents.Record(ctx, crm.Consent{CustomerID: id, Purpose: crm.PurposeMarketing, Channel: crm.ChannelEmail, State: crm.ConsentGranted, OccurredAt: day(n)}); err != nil {
					t.Fatal(err)
				}
				// What fails after it wrote.
				if err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
					if _, err := tx.Customers.Create(ctx, crm.Customer{}); err != nil {
						return err
					}
					return errors.New("out of luck")
				}); err == nil {
					t.Fatal("Update = nil, want the error of the callback")
				}
			}
			bad := goods("", "bad", day(1), "mug", 2, gbp(950))
			bad.CustomerID = "nobody"
			history := []crm.Record{
				{Customer: &crm.Customer{ID: "h1"}, Order: new(goods("", "h1", day(1), "mug", 1, gbp(950)))},
				{Customer: &crm.Customer{ID: "h2"}, Order: &bad}, // refused after its customer was written
				{Customer: &crm.Customer{ID: "h3", Email: "none"}},
				{Customer: &crm.Customer{ID: "h4"}},
			}
			each := func(yield func(crm.Record, error) bool) {
				for _, r := range history {
					if !yield(r, nil) {
						return
					}
				}
			}
			for _, opts := range []*crm.ImportOptions{{DryRun: true}, nil} {
				if report, err := book.Import(ctx, each, opts); err != nil || report.Rejected != 2 {
					t.Fatalf("Import = %+v, %v, want 2 rejected", report, err)
				}
			}

			// Every event is a record that was written.
			want := map[string]float64{"consent.recorded": 60}
			for _, e := range since(t, book, crm.Event{}.Cursor) {
				want[string(e.Kind)]++
			}
			if diff := cmp.Diff(want, got.of("records")); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]float64{"accepted": 2, "rejected": 2}, got.of("import_records")); diff != "" {
				t.Errorf("import_records (-want +got):\n%s", diff)
			}
			if n := got.of("transaction_seconds"); n["committed"] < 30*6 || n["failed"] < 30 {
				t.Errorf("transaction_seconds = %v, want 30 that failed and more that committed", n)
			}
			if n := want["customer.created"]; n != 32 {
				t.Errorf("%v customers were created, want 32", n)
			}
		})
	}
}

// TestMeasurementsOfFollowers counts what a follower does, and how far it is
// behind.
func TestMeasurementsOfFollowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got board
		book, err := crm.New(memstore.New(&memstore.Options{Chaos: 5}), &crm.Options{Observe: got.observe})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 20 {
			record(t, book, fmt.Sprint("c", n))
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		handle := func(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
			for _, e := range batch {
				if e.CustomerID == "c7" {
					return errors.New("broken")
				}
			}
			return nil
		}
		ended := make(chan error)
		go func() {
			ended <- book.Run(ctx, loops{
				"good": func(ctx context.Context) error { return book.Follow(ctx, "good", count, nil) },
				"bad": func(ctx context.Context) error {
					return book.Follow(ctx, "bad", handle, &crm.FollowOptions{Attempts: 3, Backoff: 20 * time.Second})
				},
			})
		}()
		time.Sleep(16 * time.Second)
		if diff := cmp.Diff(map[string]float64{"good": 0, "bad": 13}, got.of("follower_lag_events")); diff != "" {
			t.Errorf("behind, events (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]float64{"good": 0, "bad": 15}, got.of("follower_lag_seconds")); diff != "" {
			t.Errorf("behind, seconds (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Minute)
		for name, want := range map[string]map[string]float64{
			"follower_events":      {"good": 20, "bad": 19},
			"follower_failures":    {"bad": 3},
			"dead_letters":         {"bad": 1},
			"follower_lag_events":  {"good": 0, "bad": 0},
			"follower_lag_seconds": {"good": 0, "bad": 0},
			"loop_restarts":        {},
		} {
			if diff := cmp.Diff(want, got.of(name)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
}

// TestMeasurementsOfWholeBook counts what a copy of a book takes in.
func TestMeasurementsOfWholeBook(t *testing.T) {
	ctx := t.Context()
	book := memory(t)
	for n := range 3 {
		id := putCustomer(t, book, crm.Customer{ID: crm.CustomerID(fmt.Sprint("c", n))}).ID
		if _, err := book.Consents.Record(ctx, crm.Consent{CustomerID: id, Purpose: crm.PurposeMarketing, Channel: crm.ChannelEmail, State: crm.ConsentGranted}); err != nil {
			t.Fatal(err)
		}
	}
	var export bytes.Buffer
	if err := book.ExportJSONL(ctx, &export); err != nil {
		t.Fatal(err)
	}
	var got board
	copied, err := crm.New(memstore.New(&memstore.Options{Chaos: 3}), &crm.Options{Currency: "GBP", Observe: got.observe})
	if err != nil {
		t.Fatal(err)
	}
	report, err := copied.ImportJSONL(ctx, &export, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"customer.created": 3, "consent.changed": 3, "consent.recorded": 3}
	if diff := cmp.Diff(want, got.of("records")); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"accepted": float64(report.Records)}, got.of("import_records")); diff != "" {
		t.Errorf("import_records (-want +got):\n%s", diff)
	}
}
