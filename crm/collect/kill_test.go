package collect_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// serve opens the shop in a file and serves its handler until close.
func serve(t *testing.T, path string) (book *crm.Book, url string, close func()) {
	t.Helper()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	book, err = crm.New(st, nil)
	if err != nil {
		t.Fatal(err)
	}
	free := collect.Rate{PerSecond: -1}
	h, err := collect.New(book, &collect.Options{Customer: session, Visitor: free, Address: free})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	return book, server.URL, func() {
		server.Close()
		st.Close()
	}
}

// TestServeChild is the process that TestKilled kills.
func TestServeChild(t *testing.T) {
	path := os.Getenv("COLLECT_SERVE_PATH")
	if path == "" {
		t.Skip("it is a part of TestKilled")
	}
	_, url, stop := serve(t, path)
	defer stop()
	fmt.Println(url)
	io.Copy(io.Discard, os.Stdin) // ends with the parent
}

// TestKilled kills a process that takes batches, again and again, while apps
// send theirs until they are answered. At every death each event that was
// answered is in the file once, and no other is there twice; in the end all are.
func TestKilled(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	book, _, stop := serve(t, path)
	ada, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	stop()

	// Of each device the events from 0 to told have happened, and from 0 to
	// taken are answered: they are taken in their order.
	const devices, most = 6, 30
	var apps [devices]device
	var told [devices]int
	for i := range apps {
		if apps[i].id = "app-instance-" + strconv.Itoa(i); i%2 == 0 {
			apps[i].signed = string(ada.ID)
		}
		apps[i].wrong = []time.Duration{0, 3 * time.Hour, -9 * 365 * 24 * time.Hour}[i%3] // corrected a little otherwise each time
	}
	unanswered := 0 // events that were recorded, and whose answer was lost
	check := func(t *testing.T, book *crm.Book) {
		t.Helper()
		var seen [devices]map[int]int
		for i := range seen {
			seen[i] = map[int]int{}
		}
		for _, v := range all(t, book.Interactions.List(t.Context(), crm.InteractionQuery{})) {
			i := int(v.Properties["app"].Number())
			seen[i][int(v.Properties["n"].Number())]++
			if v.Device != apps[i].id || string(v.CustomerID) != apps[i].signed && apps[i].signed != "" {
				t.Errorf("an event of device %d is of %s and %s", i, v.Device, v.CustomerID)
			}
		}
		for i := range apps {
			taken := told[i] - len(apps[i].queue)
			for n, times := range seen[i] {
				if times != 1 || n < 0 || n >= told[i] {
					t.Errorf("device %d: event %d of %d is there %d times", i, n, told[i], times)
				}
				if n >= taken {
					unanswered++
				}
			}
			for n := range taken {
				if seen[i][n] == 0 {
					t.Errorf("device %d: event %d was answered, and is lost", i, n)
				}
			}
		}
	}

	dice := rand.New(rand.NewPCG(19, 20))
	client := &http.Client{Transport: &http.Transport{}}
	for round := range rounds {
		cmd := exec.Command(exe, "-test.run=^TestServeChild$")
		cmd.Env = append(os.Environ(), "COLLECT_SERVE_PATH="+path)
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
		line, err := bufio.NewReader(out).ReadString('\n')
		url := strings.TrimSpace(line)
		if !strings.HasPrefix(url, "http://") {
			t.Fatalf("child says %q, %v", line, err)
		}
		timer := time.AfterFunc(time.Duration(1+dice.IntN(60))*time.Millisecond, func() { cmd.Process.Kill() })
		var wg sync.WaitGroup
		for i := range apps {
			dice := rand.New(rand.NewPCG(uint64(round), uint64(i)))
			wg.Go(func() {
				d := &apps[i]
				for {
					for range 1 + dice.IntN(most) {
						d.queue = append(d.queue, object{"id": told[i], "name": "view_item", "time": time.Now().Add(d.wrong).UnixMilli(), "params": object{"app": i, "n": told[i]}})
						told[i]++
					}
					switch err := d.send(context.Background(), client, url, 1+dice.IntN(len(d.queue))); {
					case errors.Is(err, errAgain):
						return
					case err != nil:
						t.Errorf("device %d: %v", i, err)
						return
					}
				}
			})
		}
		wg.Wait()
		timer.Stop()
		cmd.Process.Kill()
		cmd.Wait()
		in.Close()
		if t.Failed() {
			return
		}
		book, _, stop := serve(t, path)
		check(t, book)
		stop()
	}

	book, url, stop := serve(t, path)
	defer stop()
	events := 0
	for i := range apps {
		events += told[i]
		if err := apps[i].flush(t.Context(), client, url, dice); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d deaths, %d events, %d of them recorded before a death and sent again", rounds, events, unanswered)
	check(t, book)
	if n, err := book.Interactions.Count(t.Context()); n != events || err != nil {
		t.Errorf("%d events are recorded, want %d; %v", n, events, err)
	}
	if n, err := book.Customers.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d customers, want 1; %v", n, err)
	}
}
