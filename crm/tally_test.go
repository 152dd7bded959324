package crm_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A tally is what a handler made of one event: a row of a shop's own table.
type tally struct {
	Event string // its cursor
	Count int    // how often it took effect
	Place int    // how many took effect before it
}

var tallies = store.MustTable(store.Schema[tally]{
	Number: 220, Name: "shop.tallies",
	Fields: func(c *store.Coder, v *tally) {
		store.String(c, 1, &v.Event)
		store.Int(c, 2, &v.Count)
		store.Int(c, 3, &v.Place)
	},
	Key: func(k store.Key, v *tally) store.Key { return k.String(v.Event) },
})

// count is a handler that writes a tally of each event; the row of no event
// holds how many there are.
func count(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
	st := tx.Store()
	all, err := tallies.Get(st, tallies.Key().String(""))
	if errors.Is(err, store.ErrNotFound) {
		all, err = &tally{}, nil
	}
	if err != nil {
		return err
	}
	for _, e := range batch {
		at := e.Cursor.String()
		v, err := tallies.Get(st, tallies.Key().String(at))
		if errors.Is(err, store.ErrNotFound) {
			v, err = &tally{Event: at, Place: all.Count}, nil
		}
		if err != nil {
			return err
		}
		v.Count++
		all.Count++
		if err := tallies.Put(st, v); err != nil {
			return err
		}
	}
	return tallies.Put(st, all)
}

// counted returns what count made of all events.
func counted(t failer, book *crm.Book) []tally {
	t.Helper()
	var got []tally
	err := book.View(t.Context(), func(_ context.Context, tx *crm.Tx) error {
		for v, err := range tallies.Scan(tx.Store(), store.Range{}) {
			if err != nil {
				return err
			}
			if v.Event != "" {
				got = append(got, *v)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b tally) int { return a.Place - b.Place })
	return got
}

// onceEach is what count makes of events when each takes effect once, in order.
func onceEach(events []*crm.Event) []tally {
	var want []tally
	for i, e := range events {
		want = append(want, tally{e.Cursor.String(), 1, i})
	}
	return want
}

// TestFollowExactlyOnce lets 32 goroutines follow one name, each through a book
// of its own whose clock is up to an hour off, so that they take the lease from
// each other all the time. Handlers fail and panic, followers stop and come
// back, the store repeats and refuses commits. Each event takes effect once.
func TestFollowExactlyOnce(t *testing.T) {
	st := memstore.New(&memstore.Options{Chaos: 32})
	book := open(t, st, nil)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var holders, failures, panics, returns atomic.Int64
	var followers, writers sync.WaitGroup
	for i := range 32 {
		dice := rand.New(rand.NewPCG(uint64(i), 1))
		skew := time.Duration(dice.IntN(7200)-3600) * time.Second
		own := open(t, st, &crm.Options{Now: func() time.Time { return time.Now().Add(skew) }})
		opts := &crm.FollowOptions{Batch: 1 + dice.IntN(20), Lease: time.Duration(1+dice.IntN(20)) * time.Millisecond, Backoff: time.Millisecond, Attempts: 1 << 30}
		// life is one Follow that ends in one way or another.
		life := func() error {
			defer func() {
				if p := recover(); p != nil {
					panics.Add(1)
				}
			}()
			ctx, leave := context.WithCancel(ctx)
			defer leave()
			runs := 0
			return own.Follow(ctx, "tally", func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
				if runs++; runs == 1 {
					holders.Add(1)
				}
				err := count(ctx, tx, batch)
				switch dice.IntN(15) {
				case 0:
					failures.Add(1)
					return errors.New("the handler fails")
				case 1:
					panic("the handler panics")
				case 2:
					leave()
				}
				return err
			}, opts)
		}
		followers.Go(func() {
			for ctx.Err() == nil {
				if err := life(); err != nil {
					returns.Add(1)
					if !errors.Is(err, context.Canceled) {
						t.Errorf("Follow: %v", err)
						return
					}
				}
			}
		})
	}
	for i := range 4 {
		writers.Go(func() {
			for n := range 300 {
				if _, err := book.Customers.Record(ctx, crm.Customer{ID: crm.CustomerID(fmt.Sprintf("c%d-%d", i, n))}); err != nil {
					t.Errorf("Record: %v", err)
				}
			}
		})
	}
	writers.Wait()
	if err := book.Sync(ctx, "tally"); err != nil {
		t.Errorf("Sync: %v", err)
	}
	stop()
	followers.Wait()
	events := since(t, book, store.Cursor{})
	if len(events) != 1200 {
		t.Fatalf("%d events, want 1200", len(events))
	}
	if diff := cmp.Diff(onceEach(events), counted(t, book)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Logf("%d turns, %d failures, %d panics, %d returns", holders.Load(), failures.Load(), panics.Load(), returns.Load())
	if holders.Load() < 10 || failures.Load() == 0 || panics.Load() == 0 {
		t.Errorf("%d turns, %d failures, %d panics: the followers do not fight for their work", holders.Load(), failures.Load(), panics.Load())
	}
}

// TestFollowChild is the process that TestFollowKilled kills: it writes and
// follows at the same time, for as long as it lives.
func TestFollowChild(t *testing.T) {
	path := os.Getenv("CRM_FOLLOW_PATH")
	if path == "" {
		t.Skip("it is a part of TestFollowKilled")
	}
	book := mustReopen(t, path)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the parent
		stop()
	}()
	first := len(since(t, book, store.Cursor{}))
	fmt.Println("ready")
	var writers sync.WaitGroup
	defer writers.Wait()
	for i := range 2 {
		writers.Go(func() {
			for n := first; ; n++ {
				if _, err := book.Customers.Record(ctx, crm.Customer{ID: crm.CustomerID(fmt.Sprintf("c%d-%d", i, n))}); err != nil {
					return
				}
			}
		})
	}
	err := book.Follow(ctx, "tally", count, &crm.FollowOptions{Batch: 7, Lease: time.Millisecond})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v", err)
	}
}

func mustReopen(t *testing.T, path string) *crm.Book {
	t.Helper()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return open(t, st, &crm.Options{Now: time.Now})
}

// TestFollowKilled kills a process that follows, again and again. At every
// death each event up to where the follower has come has taken effect once and
// no other has, and in the end all have.
func TestFollowKilled(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	dice := rand.New(rand.NewPCG(17, 18))
	unread := 0
	var want []tally
	for round := range rounds {
		cmd := exec.Command(exe, "-test.run=^TestFollowChild$")
		cmd.Env = append(os.Environ(), "CRM_FOLLOW_PATH="+path)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Skip("cannot start a process:", err)
		}
		lines := bufio.NewReader(out)
		if line, err := lines.ReadString('\n'); line != "ready\n" {
			t.Fatalf("child says %q, %v", line, err)
		}
		timer := time.AfterFunc(time.Duration(1+dice.IntN(80))*time.Millisecond, func() { cmd.Process.Kill() })
		if text, _ := io.ReadAll(lines); len(text) > 0 {
			t.Errorf("child says %s", text)
		}
		cmd.Wait()
		timer.Stop()
		in.Close()

		st, err := boltstore.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		book := open(t, st, &crm.Options{Now: time.Now})
		events := since(t, book, store.Cursor{})
		done := 0
		f, err := book.Followers.Get(t.Context(), "tally")
		switch {
		case err == nil:
			done = slices.IndexFunc(events, func(e *crm.Event) bool { return e.Cursor == f.Cursor }) + 1
			unread += f.Unread
		case !errors.Is(err, crm.ErrNotFound):
			t.Fatal(err)
		}
		if round == rounds-1 {
			if _, err := book.CatchUp(t.Context(), "tally", count, nil); err != nil {
				t.Fatal(err)
			}
			done = len(events)
		}
		want = onceEach(events[:done])
		if diff := cmp.Diff(want, counted(t, book)); diff != "" {
			t.Errorf("round %d (-want +got):\n%s", round, diff)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d events in %d lives, %d waited for a follower that was killed", len(want), rounds, unread)
	if len(want) == 0 {
		t.Error("nothing happened between one death and the next")
	}
}
