package recommend_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
)

// everybody returns the customers of a book.
func everybody(t *testing.T, book *crm.Book) audience {
	t.Helper()
	var ids audience
	for c, err := range book.Customers.List(t.Context(), crm.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	return ids
}

func TestBatch(t *testing.T) {
	book, rec := newShop()
	ids := everybody(t, book)
	q := &recommend.Query{N: 3, Place: "mail"}
	var want []*recommend.List
	for _, id := range ids {
		list, err := rec.ForCustomer(t.Context(), id, q)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, list)
	}
	for range 2 {
		ids = append(ids, ids...) // more than are made ahead, and nobody gets two
	}
	for name, batch := range map[string]func(f func(*recommend.Recommender) error) error{
		"of a book": func(f func(*recommend.Recommender) error) error { return f(rec) },
		"in a transaction": func(f func(*recommend.Recommender) error) error {
			return book.View(t.Context(), func(_ context.Context, tx *crm.Tx) error { return f(rec.In(tx)) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []*recommend.List
			if err := batch(func(rec *recommend.Recommender) error {
				for list, err := range rec.Batch(t.Context(), ids.Members(t.Context()), q) {
					if err != nil {
						return err
					}
					got = append(got, list)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error("(-want +got)\n" + diff)
			}
		})
	}
}

func TestBatchPassesOver(t *testing.T) {
	book, rec := newShop()
	if _, err := book.Privacy.Erase(t.Context(), "customer-01"); err != nil {
		t.Fatal(err)
	}
	var got []crm.CustomerID
	for list, err := range rec.Batch(t.Context(), audience{
		"", "customer-01", "ada", "nobody", "of two words", "ada@example.com", "\x00\xff", crm.CustomerID(strings.Repeat("long", 5000)), "customer-02",
	}.Members(t.Context()), nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, list.CustomerID)
	}
	if diff := cmp.Diff([]crm.CustomerID{"ada", "customer-02"}, got); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

// Whoever was absorbed gets the list of the one who absorbed them, and both get one.
func TestBatchAbsorbed(t *testing.T) {
	book, rec := newShop()
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "guest"}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Merge(t.Context(), "guest", "ada"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for list, err := range rec.Batch(t.Context(), audience{"guest", "customer-02", "ada"}.Members(t.Context()), &recommend.Query{N: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(list.CustomerID, " ", list.Stage))
	}
	if diff := cmp.Diff([]string{"ada personal", "customer-02 personal"}, got); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

// One record that cannot be read does not end a mail to all.
func TestBatchDamaged(t *testing.T) {
	at := hand{at: closing}
	st := small(t, at.now)
	j := &journal{}
	book, rec := process(t, st, at.now, j.options())
	if _, err := rec.ForCustomer(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		for kv, err := range tx.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			if bytes.Contains(kv.Key, []byte("customer-07")) && bytes.Contains(kv.Value, []byte("customer-07")) {
				tx.Put(bytes.Clone(kv.Key), bytes.Clone(kv.Value[:len(kv.Value)/2]))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Customers.Get(t.Context(), "customer-07"); !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("the record is read: %v", err)
	}
	var got []crm.CustomerID
	for list, err := range rec.Batch(t.Context(), audience{"customer-06", "customer-07", "customer-08"}.Members(t.Context()), nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, list.CustomerID)
	}
	if diff := cmp.Diff([]crm.CustomerID{"customer-06", "customer-08"}, got); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if n := j.count("a customer is passed over"); n != 1 {
		t.Errorf("it was told %d times, want once", n)
	}
}

func TestBatchEnds(t *testing.T) {
	book, rec := newShop()
	ids := everybody(t, book)
	broken := errors.New("broken")
	failing := iter.Seq2[crm.CustomerID, error](func(yield func(crm.CustomerID, error) bool) {
		if yield("ada", nil) {
			yield("", broken)
		}
	})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		ids  iter.Seq2[crm.CustomerID, error]
		q    *recommend.Query
		want error
	}{
		{"nobody", t.Context(), audience{}.Members(t.Context()), nil, nil},
		{"ids fail", t.Context(), failing, nil, broken},
		{"a query that cannot be", t.Context(), ids.Members(t.Context()), &recommend.Query{N: -1}, crm.ErrInvalid},
		{"ctx ends", canceled, ids.Members(t.Context()), nil, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			var last error
			for _, err := range rec.Batch(test.ctx, test.ids, test.q) {
				if last != nil {
					t.Error("something follows an error")
				}
				last = err
			}
			if !errors.Is(last, test.want) || test.want == nil && last != nil {
				t.Errorf("%v, want %v", last, test.want)
			}
		})
	}
	n := 0
	for range rec.Batch(t.Context(), ids.Members(t.Context()), nil) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d lists, want 3", n)
	}
}

// BenchmarkBatch measures lists for a mail to all customers.
func BenchmarkBatch(b *testing.B) {
	s := open(b)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range s.rec.Batch(b.Context(), audience(s.customers).Members(b.Context()), nil) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "customers/s")
}

// BenchmarkWhoWouldBuy measures the thousand customers who are likeliest to buy a
// product.
func BenchmarkWhoWouldBuy(b *testing.B) {
	s := open(b)
	quantiles(b, nil, func(ctx context.Context, i int) error {
		for _, err := range s.rec.WhoWouldBuy(ctx, s.products[i*7919%len(s.products)], nil) {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func ExampleRecommender_Batch() {
	_, rec := newShop()
	ids := audience{"ada", "customer-01"}.Members(context.Background())
	for list, err := range rec.Batch(context.Background(), ids, &recommend.Query{N: 2, Place: "mail"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(list.CustomerID, list.Items[0].ProductID, list.Items[1].ProductID)
	}
	// Output:
	// ada coffee filters
	// customer-01 honey tea
}
