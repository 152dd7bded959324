package recommend_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
)

// holding returns how many records of what is saved hold a text.
func holding(t *testing.T, st store.Store, text string) int {
	t.Helper()
	n := 0
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		n = 0
		for kv, err := range r.Scan(store.Range{}) {
			if err != nil {
				return err
			}
			if bytes.Contains(kv.Key, []byte("recommend/")) && bytes.Contains(kv.Value, []byte(text)) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// together returns with how many orders of a product the mug is told.
func together(t *testing.T, rec *recommend.Recommender, product crm.ProductID) (n int) {
	t.Helper()
	list, err := rec.BoughtTogether(t.Context(), []crm.ProductID{product}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		if item.ProductID == "mug" {
			n = item.Reasons[0].Count
		}
	}
	return n
}

// Who leaves is gone from the answers at once, from what is saved, and from the
// models with the next step: also from those of a process that only loads them.
func TestLeaving(t *testing.T) {
	const who = "Nightingale-1820"
	for name, leave := range map[string]func(context.Context, *crm.Book) error{
		"erased": func(ctx context.Context, book *crm.Book) error {
			_, err := book.Privacy.Erase(ctx, who)
			return err
		},
		"objected": func(ctx context.Context, book *crm.Book) error {
			_, err := book.Consents.Record(ctx, crm.Consent{CustomerID: who, Purpose: crm.PurposeProfiling, State: crm.ConsentDenied})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := small(t, time.Now)
				one, two := &journal{}, &journal{}
				book, rec := process(t, st, time.Now, one.options())
				_, other := process(t, st, time.Now, two.options())
				ctx := t.Context()
				if _, err := book.Customers.Create(ctx, crm.Customer{ID: who}); err != nil {
					t.Fatal(err)
				}
				for n := range 12 {
					order(t, book, who, time.Now().AddDate(0, 0, -30*n-28), "mug", "coffee")
				}
				stop, stopOther := running(t, rec), running(t, other)
				time.Sleep(25 * time.Hour)
				if n := holding(t, st, who); n == 0 {
					t.Error("nothing that is saved has the customer")
				}
				if n := together(t, other, "coffee"); n != 12 {
					t.Errorf("the mug is in %d orders with coffee, want 12", n)
				}
				list, err := other.BuyAgain(ctx, who, nil)
				if err != nil || len(list.Items) == 0 {
					t.Fatalf("BuyAgain = %v, %v", list, err)
				}
				made := one.count(isMade) + two.count(isMade)
				if made != 2 {
					t.Errorf("models were made %d times in the first day and an hour, want twice", made)
				}

				if err := leave(ctx, book); err != nil {
					t.Fatal(err)
				}
				if name == "erased" {
					if n := holding(t, st, who); n != 0 {
						t.Errorf("%d records of what is saved have who was erased", n)
					}
					if n := together(t, other, "coffee"); n != 0 {
						t.Errorf("the mug is in %d orders with coffee, want none", n)
					}
				} else if list, err := other.BuyAgain(ctx, who, nil); err != nil || len(list.Items) != 0 {
					t.Errorf("BuyAgain of who objected = %v, %v", list, err)
				}
				left := time.Now()
				time.Sleep(15 * time.Minute)
				if n := one.count(isMade) + two.count(isMade) - made; n != 1 {
					t.Errorf("models were made %d times since, want once", n)
				}
				for process, rec := range map[string]*recommend.Recommender{"one": rec, "other": other} {
					list, err := rec.ForCustomer(ctx, "", nil)
					if err != nil {
						t.Fatal(err)
					}
					if list.Built.Before(left.Truncate(time.Millisecond)) {
						t.Errorf("process %s has models of %v, want of after %v", process, list.Built, left)
					}
				}
				if n := holding(t, st, who); n != 0 {
					t.Errorf("%d records of what is saved have who left, in the end", n)
				}
				stop()
				stopOther()
				_, third := process(t, st, time.Now, one.options())
				before := one.count(isMade)
				if _, err := third.Tick(ctx, time.Now()); err != nil {
					t.Fatal(err)
				}
				if n := one.count(isMade) - before; n != 0 {
					t.Errorf("the next process made models %d times, want never", n)
				}
			})
		})
	}
}

// What is known of somebody when models are made is not saved after they were
// erased: also when nobody has heard of it, and while it is being saved.
func TestEraseWhileSaving(t *testing.T) {
	const who = "Nightingale-1820"
	at := hand{at: closing}
	st := &hooked{Store: small(t, at.now)}
	book, rec := process(t, st, at.now, nil)
	ctx := t.Context()
	if _, err := book.Customers.Create(ctx, crm.Customer{ID: who}); err != nil {
		t.Fatal(err)
	}
	order(t, book, who, closing.AddDate(0, 0, -3), "mug", "coffee")
	if err := rec.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, st, who); n == 0 {
		t.Fatal("nothing that is saved has the customer")
	}
	// At each of the transactions of a save in turn, somebody is erased.
	for n := range 12 {
		id := crm.CustomerID("Wanderer-" + string(rune('a'+n)))
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
			t.Fatal(err)
		}
		order(t, book, id, closing.AddDate(0, 0, -3), "mug", "tea")
		if _, err := rec.ForCustomer(ctx, id, nil); err != nil {
			t.Fatal(err)
		}
		st.at(n, func() {
			if _, err := book.Privacy.Erase(ctx, id); err != nil {
				t.Error(err)
			}
		})
		if err := rec.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		st.at(-1, nil)
		if _, err := book.Privacy.Erasure(ctx, id); err == nil {
			if n := holding(t, st, string(id)); n != 0 {
				t.Errorf("%d records of what is saved have %s, who was erased", n, id)
			}
			if _, err := rec.Tick(ctx, at.now()); err != nil {
				t.Fatal(err)
			}
		}
		if n := holding(t, st, string(id)); n != 0 {
			if _, err := book.Privacy.Erasure(ctx, id); err == nil {
				t.Errorf("%d records of what is saved have %s after a step", n, id)
			}
		}
	}
	if n := holding(t, st, who); n == 0 {
		t.Error("nothing is saved in the end")
	}
}

// A hooked store calls a function before one of its transactions.
type hooked struct {
	store.Store
	left int
	call func()
}

func (h *hooked) at(n int, call func()) { h.left, h.call = n, call }

func (h *hooked) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	if h.left--; h.left == -1 && h.call != nil {
		call := h.call
		h.call = nil
		call()
	}
	return h.Store.Update(ctx, f)
}

// A customer who was told of something due leaves nothing of it behind.
func TestEraseReminders(t *testing.T) {
	at := hand{at: closing}
	st := small(t, at.now)
	book, rec := process(t, st, at.now, nil)
	for day := 0; day < 40 && len(told(t, book, recommend.Due)) < 5; day++ {
		if _, err := rec.Tick(t.Context(), at.now()); err != nil {
			t.Fatal(err)
		}
		at.put(at.now().AddDate(0, 0, 1))
	}
	dues := told(t, book, recommend.Due)
	if len(dues) == 0 {
		t.Fatal("nobody is due to buy anything")
	}
	var held bytes.Buffer
	if err := book.Privacy.Export(t.Context(), dues[0].CustomerID, &held); err != nil || !bytes.Contains(held.Bytes(), []byte("recommend.reminders")) {
		t.Fatalf("what is held of %s has no reminder (%v)", dues[0].CustomerID, err)
	}
	for _, e := range dues {
		if _, err := book.Privacy.Erase(t.Context(), e.CustomerID); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	for _, e := range dues {
		out.Reset()
		if err := book.Privacy.Export(t.Context(), e.CustomerID, &out); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(out.Bytes(), []byte("recommend.reminders")) {
			t.Errorf("a reminder of %s is left", e.CustomerID)
		}
	}
}
