package recommend_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// inFile opens a shop in a file, as of the given round.
func inFile(t *testing.T, path string, round int, j *journal) (store.Store, *crm.Book, *recommend.Recommender) {
	t.Helper()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	book, rec := process(t, st, func() time.Time { return closing.AddDate(0, 0, round) }, j.options())
	return st, book, rec
}

// TestSaveChild is the process that TestSaveKilled kills: it takes orders, erases
// customers, in every other round only at first, and makes and saves models, for as
// long as it lives.
func TestSaveChild(t *testing.T) {
	path := os.Getenv("RECOMMEND_SAVE_PATH")
	if path == "" {
		t.Skip("it is a part of TestSaveKilled")
	}
	round, err := strconv.Atoi(os.Getenv("RECOMMEND_SAVE_ROUND"))
	if err != nil {
		t.Fatal(err)
	}
	st, book, rec := inFile(t, path, round, &journal{})
	defer st.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the parent
		stop()
	}()
	if err := rec.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	var products []crm.ProductID
	for p, err := range book.Products.List(ctx, crm.ProductQuery{Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		products = append(products, p.ID)
	}
	for n := 0; ctx.Err() == nil; n++ {
		id := crm.CustomerID(fmt.Sprintf("Nightingale-%d-%04d", round, n))
		if _, err := book.Customers.Create(ctx, crm.Customer{ID: id}); err != nil {
			break
		}
		order(t, book, id, book.Now(), products...)
		if n == 0 || n%5 == 0 && !calm(round) { // which makes what is saved of no use until it is saved anew
			if _, err := book.Privacy.Erase(ctx, id); err != nil {
				break
			}
		}
		if err := rec.Rebuild(ctx); err != nil {
			break
		}
		if n == 0 { // something is saved, and somebody was erased, however slow this is
			fmt.Println("ready")
		}
	}
}

// calm reports whether nobody is erased in a round once something is saved.
func calm(round int) bool { return round%2 == 1 }

// A process is killed while it saves, again and again. The next one starts with what
// is there, or makes it anew when somebody was erased since, counts as one does that
// knows nothing but the book, and nobody who was erased is in what is saved.
func TestSaveKilled(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "shop.db")
	st, book, _ := inFile(t, path, 0, &journal{})
	shop := crmtest.Shop(60, 1)
	shop.Products = 40
	if _, err := book.Import(ctx, shop.Records(), nil); err != nil {
		t.Fatal(err)
	}
	st.Close()
	dice := rand.New(rand.NewPCG(3, 4))
	for round := range rounds {
		cmd := exec.Command(exe, "-test.run=^TestSaveChild$")
		cmd.Env = append(os.Environ(), "RECOMMEND_SAVE_PATH="+path, "RECOMMEND_SAVE_ROUND="+strconv.Itoa(round))
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
		timer := time.AfterFunc(time.Duration(dice.IntN(600))*time.Millisecond, func() { cmd.Process.Kill() })
		if text, _ := io.ReadAll(lines); len(text) > 0 {
			t.Errorf("child says %s", text)
		}
		cmd.Wait()
		timer.Stop()
		in.Close()

		j := &journal{}
		st, book, rec := inFile(t, path, round, j)
		for e, err := range book.Privacy.Erasures(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if n := holding(t, st, string(e.IDs[0])); n > 0 {
				t.Errorf("round %d: %d records of what is saved have %s, who was erased", round, n, e.IDs[0])
			}
		}
		got := counted(t, book, rec)
		if n := j.count(isRead); n > 0 && calm(round) {
			t.Errorf("round %d: what was saved is not found", round)
		}
		err = st.Update(ctx, func(_ context.Context, tx store.Tx) error {
			for _, part := range []string{"ledger", "models"} {
				store.Snapshot{Name: fmt.Sprintf("recommend/%d/%s", book.Space(), part)}.DropIn(tx)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, anew := process(t, st, book.Now, nil)
		if diff := cmp.Diff(counted(t, book, anew), got); diff != "" {
			t.Errorf("round %d (-made anew +after the end)\n%s", round, diff)
		}
		st.Close()
	}
}

// counted returns in how many orders products are beside each other, as it is told.
func counted(t *testing.T, book *crm.Book, rec *recommend.Recommender) map[crm.ProductID]map[crm.ProductID]int {
	t.Helper()
	all := map[crm.ProductID]map[crm.ProductID]int{}
	for p, err := range book.Products.List(t.Context(), crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		list, err := rec.BoughtTogether(t.Context(), []crm.ProductID{p.ID}, &recommend.Query{N: 100})
		if err != nil {
			t.Fatal(err)
		}
		all[p.ID] = map[crm.ProductID]int{}
		for _, item := range list.Items {
			for _, why := range item.Reasons {
				if why.Key == crm.BecauseTogether {
					all[p.ID][item.ProductID] = why.Count
				}
			}
		}
	}
	return all
}
