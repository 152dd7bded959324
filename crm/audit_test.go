package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// said is the audit log in short: who did what to whom, and which fields.
func said(t *testing.T, book *crm.Book, q crm.AuditQuery) []string {
	t.Helper()
	var list []string
	for _, e := range all(t, book.Privacy.Audit(t.Context(), q)) {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%d %s %s %s %s", e.Number, e.Actor, e.Action, e.CustomerID, strings.Join(e.Fields, ","))))
	}
	return list
}

func TestAudit(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			now := today
			book := open(t, engine.open(t), &crm.Options{Now: func() time.Time { return now }})
			agent, robot := crm.WithActor(t.Context(), "agent-7"), crm.WithActor(t.Context(), "robot")
			must := func(_ any, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				now = now.Add(time.Hour)
			}
			rename := func(ctx context.Context, id crm.CustomerID, name string) {
				t.Helper()
				must(book.Customers.Update(ctx, id, func(c *crm.Customer) error { c.GivenName, c.Note = name, name; return nil }))
			}
			must(book.Customers.Create(agent, crm.Customer{ID: "ada", GivenName: "Ada"}))
			must(book.Customers.Create(t.Context(), crm.Customer{ID: "bob"})) // nobody named
			rename(agent, "bob", "Bob")
			rename(robot, "ada", "Countess")
			rename(robot, "ada", "Countess") // changes nothing
			must(nil, book.Update(robot, func(ctx context.Context, tx *crm.Tx) error {
				if _, err := tx.Customers.Create(ctx, crm.Customer{ID: "eve"}); err != nil {
					return err
				}
				_, err := tx.Customers.Create(agent, crm.Customer{ID: "fay"})
				return err
			}))
			failed := errors.New("failed")
			if err := book.Update(agent, func(ctx context.Context, tx *crm.Tx) error {
				if _, err := tx.Customers.Create(ctx, crm.Customer{ID: "gus"}); err != nil {
					return err
				}
				return failed
			}); !errors.Is(err, failed) {
				t.Fatal(err)
			}
			must(book.Customers.Merge(agent, "bob", "ada"))
			want := []string{
				"1 agent-7 customer.created ada",
				"2 agent-7 customer.updated bob given_name,note",
				"3 robot customer.updated ada given_name,note",
				"4 robot customer.created eve",
				"5 agent-7 customer.created fay",
				"6 agent-7 customer.merged bob",
				"7 agent-7 customer.merged ada",
			}
			pick := func(numbers ...int) (list []string) {
				for _, n := range numbers {
					list = append(list, want[n-1])
				}
				return list
			}
			for _, tt := range []struct {
				name string
				q    crm.AuditQuery
				want []string
			}{
				{"all", crm.AuditQuery{}, want},
				{"newest", crm.AuditQuery{Newest: true, Limit: 2}, pick(7, 6)},
				{"by an actor", crm.AuditQuery{Actor: "robot"}, pick(3, 4)},
				{"of a customer and who was merged in", crm.AuditQuery{CustomerID: "bob"}, pick(1, 2, 3, 6, 7)},
				{"of a customer by an actor", crm.AuditQuery{CustomerID: "ada", Actor: "robot"}, pick(3)},
				{"from a time", crm.AuditQuery{From: today.Add(3 * time.Hour)}, pick(3, 4, 5, 6, 7)},
				{"to a time", crm.AuditQuery{To: today.Add(3 * time.Hour)}, pick(1, 2)},
				{"of nobody", crm.AuditQuery{CustomerID: "nobody"}, nil},
			} {
				if diff := cmp.Diff(tt.want, said(t, book, tt.q)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tt.name, diff)
				}
			}
			if err := book.Privacy.VerifyAudit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestActor(t *testing.T) {
	book := memory(t)
	ctx := crm.WithActor(t.Context(), "ada@example.com")
	_, err := book.Customers.Create(ctx, crm.Customer{ID: "ada"})
	if diff := cmp.Diff([]string{"actor"}, fields(err)); diff != "" || strings.Contains(err.Error(), "ada@") {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	err = book.Update(t.Context(), func(_ context.Context, tx *crm.Tx) error {
		_, err := tx.Customers.Create(ctx, crm.Customer{ID: "ada"})
		return err
	})
	if !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("in a transaction: %v, want %v", err, crm.ErrInvalid)
	}
	if _, err := book.Customers.Create(crm.WithActor(ctx, ""), crm.Customer{ID: "ada"}); err != nil {
		t.Errorf("with the actor taken away: %v", err)
	}
}

// TestNoAuditOfNobody changes something without an actor: nothing is written.
func TestNoAuditOfNobody(t *testing.T) {
	book := memory(t)
	if _, err := book.Customers.Create(t.Context(), crm.Customer{ID: "ada"}); err != nil {
		t.Fatal(err)
	}
	if list := rawAudit(t, book.Store()); len(list) != 0 {
		t.Errorf("%d rows, want none", len(list))
	}
}

// rawAudit returns what the tables of the audit log hold, indexes left out.
func rawAudit(t *testing.T, st store.Store) []store.KV {
	t.Helper()
	var list []store.KV
	err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
		for _, number := range []byte{19, 25} {
			for kv, err := range r.Scan(store.Prefix(store.NewKey(number, 0))) {
				if err != nil {
					return err
				}
				list = append(list, store.KV{Key: bytes.Clone(kv.Key), Value: bytes.Clone(kv.Value)})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestVerifyAuditFindsTampering changes the log behind the book's back in every
// way: each byte flipped, each row deleted, two rows swapped.
func TestVerifyAuditFindsTampering(t *testing.T) {
	book := memory(t)
	for i := range 4 {
		ctx := crm.WithActor(t.Context(), fmt.Sprint("agent-", i%2))
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: crm.CustomerID(fmt.Sprint("c", i))}); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(what string, spoil func(tx store.Tx)) {
		t.Helper()
		rows := rawAudit(t, book.Store())
		write := func(f func(tx store.Tx)) {
			if err := book.Store().Update(t.Context(), func(_ context.Context, tx store.Tx) error { f(tx); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		write(spoil)
		if err := book.Privacy.VerifyAudit(t.Context()); err == nil {
			t.Errorf("%s: not found", what)
		}
		write(func(tx store.Tx) {
			for _, kv := range rows {
				tx.Put(kv.Key, kv.Value)
			}
		})
		if err := book.Privacy.VerifyAudit(t.Context()); err != nil {
			t.Fatalf("after %s and back again: %v", what, err)
		}
	}
	rows := rawAudit(t, book.Store())
	if len(rows) != 5 { // four entries and where they end
		t.Fatalf("%d rows, want 5", len(rows))
	}
	for i, kv := range rows {
		verify(fmt.Sprint("row ", i, " deleted"), func(tx store.Tx) { tx.Delete(kv.Key) })
		for n := range kv.Value {
			for _, bit := range []byte{1, 0x80} {
				flipped := bytes.Clone(kv.Value)
				flipped[n] ^= bit
				verify(fmt.Sprintf("row %d, byte %d ^ %x", i, n, bit), func(tx store.Tx) { tx.Put(kv.Key, flipped) })
			}
		}
	}
	verify("two rows swapped", func(tx store.Tx) { tx.Put(rows[1].Key, rows[2].Value); tx.Put(rows[2].Key, rows[1].Value) })
	verify("the log cut off", func(tx store.Tx) { tx.Delete(rows[2].Key); tx.Delete(rows[3].Key) })
	verify("all gone but its end", func(tx store.Tx) {
		for _, kv := range rows[:4] {
			tx.Delete(kv.Key)
		}
	})
	if err := book.Store().Update(t.Context(), func(_ context.Context, tx store.Tx) error { tx.Delete(rows[2].Key); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := book.Privacy.VerifyAudit(t.Context()); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "entry 3 ") {
		t.Errorf("%v, want one that wraps %v and names entry 3", err, store.ErrCorrupt)
	}
}

// TestAuditOfManyWriters lets writers with actors race for the end of the log.
func TestAuditOfManyWriters(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			book := open(t, engine.open(t), nil)
			const writers, each = 8, 10
			var group sync.WaitGroup
			for w := range writers {
				group.Go(func() {
					ctx := crm.WithActor(t.Context(), fmt.Sprint("agent-", w))
					for i := range each {
						if _, err := book.Customers.Create(ctx, crm.Customer{ID: crm.CustomerID(fmt.Sprintf("c%d.%d", w, i))}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			if err := book.Privacy.VerifyAudit(t.Context()); err != nil {
				t.Error(err)
			}
			if n := len(all(t, book.Privacy.Audit(t.Context(), crm.AuditQuery{}))); n != writers*each {
				t.Errorf("%d entries, want %d", n, writers*each)
			}
		})
	}
}

// TestAuditSurvivesBackup restores a backup elsewhere, where the log goes on.
func TestAuditSurvivesBackup(t *testing.T) {
	book := memory(t)
	agent := crm.WithActor(t.Context(), "agent-7")
	if _, err := book.Customers.Create(agent, crm.Customer{ID: "ada"}); err != nil {
		t.Fatal(err)
	}
	st := memstore.New(nil)
	var backup bytes.Buffer
	if err := store.Backup(t.Context(), book.Store(), &backup); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), st, &backup); err != nil {
		t.Fatal(err)
	}
	other := open(t, st, nil)
	if _, err := other.Customers.Create(agent, crm.Customer{ID: "bob"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 agent-7 customer.created ada", "2 agent-7 customer.created bob"}
	if diff := cmp.Diff(want, said(t, other, crm.AuditQuery{})); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if err := other.Privacy.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}
