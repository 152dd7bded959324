package segment_test

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
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// mortals are rules by which customers come and go all the time.
var mortals = []string{
	"number_of_orders BETWEEN 1 AND 3", "number_of_orders BETWEEN 3 AND 5", "number_of_orders >= 4", "amount_spent > 50",
	"amount_spent BETWEEN 20 AND 90", "orders MATCHES (date >= -1m)", "count(orders MATCHES (date >= -2m)) >= 2",
	"orders NOT FOLLOWED BY orders WITHIN 1m", "segments CONTAINS 'm3' AND NOT segments CONTAINS 'm5'",
	"average_order_value > 25", "amount_spent IN TOP 10%", "sum(orders.amount MATCHES (date >= -1m)) > 30",
}

const mortalCustomers = 200

// mortal opens the shop in a file, with a clock that is so much ahead.
func mortal(t *testing.T, path string, ahead time.Duration) (*crm.Book, *segment.Catalog, func()) {
	t.Helper()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	book, err := crm.New(st, &crm.Options{Currency: "GBP", Now: func() time.Time { return time.Now().Add(ahead) }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	return book, c, func() { st.Close() }
}

// TestRunChild is the process that TestRunKilled kills: it takes orders and runs
// the catalog at the same time, for as long as it lives.
func TestRunChild(t *testing.T) {
	path := os.Getenv("SEGMENT_RUN_PATH")
	if path == "" {
		t.Skip("it is a part of TestRunKilled")
	}
	round, err := strconv.Atoi(os.Getenv("SEGMENT_RUN_ROUND"))
	if err != nil {
		t.Fatal(err)
	}
	book, c, done := mortal(t, path, time.Duration(round)*time.Minute)
	defer done()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the parent
		stop()
	}()
	var writers sync.WaitGroup
	defer writers.Wait()
	for i := range 2 {
		rng := rand.New(rand.NewPCG(uint64(round), uint64(i)))
		writers.Go(func() {
			for ctx.Err() == nil {
				book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
					for range 1 + rng.IntN(20) {
						_, err := tx.Orders.Record(ctx, crm.Order{
							CustomerID: crm.CustomerID(fmt.Sprintf("c%03d", rng.IntN(mortalCustomers))),
							OccurredAt: book.Now().Add(-time.Duration(rng.IntN(60)) * time.Second), Total: crm.Money{Amount: int64(rng.IntN(5000)), Currency: "GBP"},
						})
						if err != nil {
							return err
						}
					}
					return nil
				})
			}
		})
	}
	fmt.Println("ready")
	if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}

// TestRunKilled kills a process that takes orders and tells who comes and goes,
// again and again, while many are about to be told. At every death nobody is told
// twice to have come or gone, and what is told is what is written; in the end it
// is told who is in, worked out anew.
func TestRunKilled(t *testing.T) {
	rounds := 2 + evaltest.Cases(18)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "shop.db")
	book, c, done := mortal(t, path, -time.Minute)
	var ids []crm.CustomerID
	for i := range mortalCustomers {
		ids = append(ids, crm.CustomerID(fmt.Sprintf("c%03d", i)))
	}
	customers(t, book, ids...)
	var segments []segment.ID
	for i, text := range mortals {
		id := segment.ID(fmt.Sprintf("m%d", i))
		if _, err := c.Create(ctx, segment.Segment{ID: id, Name: string(id), Rule: segment.MustParse(text)}); err != nil {
			t.Fatal(err)
		}
		segments = append(segments, id)
	}
	if _, err := c.Tick(ctx, book.Now()); err != nil {
		t.Fatal(err)
	}
	first := map[segment.ID][]crm.CustomerID{} // who is in, as nobody has come
	for _, id := range segments {
		first[id] = was(t, c, id, book.Now())
	}
	done()

	dice := rand.New(rand.NewPCG(5, 6))
	orders, untold := 0, 0
	for round := range rounds {
		cmd := exec.Command(exe, "-test.run=^TestRunChild$")
		cmd.Env = append(os.Environ(), "SEGMENT_RUN_PATH="+path, "SEGMENT_RUN_ROUND="+strconv.Itoa(round))
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
		timer := time.AfterFunc(time.Duration(20+dice.IntN(400))*time.Millisecond, func() { cmd.Process.Kill() })
		if text, _ := io.ReadAll(lines); len(text) > 0 {
			t.Errorf("child says %s", text)
		}
		cmd.Wait()
		timer.Stop()
		in.Close()

		book, c, done := mortal(t, path, time.Duration(round)*time.Minute+30*time.Second)
		if round == rounds-1 {
			if _, err := c.Tick(ctx, book.Now()); err != nil {
				t.Fatal(err)
			}
		}
		told := toldOnce(t, book, c, first)
		f, err := book.Followers.Get(ctx, "segment")
		if err != nil {
			t.Fatal(err)
		}
		untold += f.Unread
		now := book.Now()
		for _, id := range segments {
			if diff := cmp.Diff(told[id], was(t, c, id, now)); diff != "" {
				t.Errorf("round %d, %s (-told +written):\n%s", round, id, diff)
			}
			if round < rounds-1 {
				continue
			}
			want := all(t, c.Members(ctx, id))
			slices.Sort(want)
			if diff := cmp.Diff(want, told[id]); diff != "" {
				t.Errorf("%s: %s (-members +told):\n%s", id, mortals[slices.Index(segments, id)], diff)
			}
		}
		if orders, err = book.Orders.Count(ctx); err != nil {
			t.Fatal(err)
		}
		done()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d orders in %d lives, %d events waited to be told of when it was killed", orders, rounds, untold)
	if untold == 0 {
		t.Error("nothing was being told when it was killed")
	}
}

// toldOnce returns who is told to be in segments by their events, besides those
// who were at first: each came before they went, and went before they came again.
// Of each there is one record.
func toldOnce(t *testing.T, book *crm.Book, c *segment.Catalog, first map[segment.ID][]crm.CustomerID) map[segment.ID][]crm.CustomerID {
	t.Helper()
	in := map[segment.ID]map[crm.CustomerID]bool{}
	for id, customers := range first {
		in[id] = map[crm.CustomerID]bool{}
		for _, customer := range customers {
			in[id][customer] = true
		}
	}
	events := map[segment.ID]int{}
	for e, err := range book.Events.List(t.Context(), store.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != segment.Entered && e.Kind != segment.Left {
			continue
		}
		id := segment.ID(e.Name)
		if in[id][e.CustomerID] == (e.Kind == segment.Entered) {
			t.Errorf("%s of %s and %s is told twice", e.Kind, id, e.CustomerID)
		}
		in[id][e.CustomerID] = e.Kind == segment.Entered
		events[id]++
	}
	told := map[segment.ID][]crm.CustomerID{}
	for id := range first {
		for customer, is := range in[id] {
			if is {
				told[id] = append(told[id], customer)
			}
		}
		slices.Sort(told[id])
		written := 0
		for _, err := range c.Transitions(t.Context(), id, time.Time{}, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			written++
		}
		if written != events[id] {
			t.Errorf("%d events of %s, and %d transitions", events[id], id, written)
		}
	}
	return told
}
