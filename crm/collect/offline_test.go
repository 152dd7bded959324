package collect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/collect"
)

// faulty is a network that loses requests, answers and connections, and sends
// some requests twice.
type faulty struct {
	http.RoundTripper
	mu   sync.Mutex
	dice *rand.Rand
	lost atomic.Int64
}

var errNetwork = errors.New("the network is gone")

func (f *faulty) roll() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dice.IntN(100)
}

// RoundTrip sends a request as the network has it.
func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	send := func(ctx context.Context) (*http.Response, error) {
		c := r.Clone(ctx)
		c.Body = io.NopCloser(bytes.NewReader(text))
		return f.RoundTripper.RoundTrip(c)
	}
	fate := f.roll()
	if fate < 40 {
		f.lost.Add(1)
	}
	switch {
	case fate < 8: // lost on the way
		return nil, errNetwork
	case fate < 16: // the connection dies in the middle of the body
		c := r.Clone(r.Context())
		c.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), broken{}))
		f.RoundTripper.RoundTrip(c)
		return nil, errNetwork
	case fate < 24: // the answer is lost
		if resp, err := send(r.Context()); err == nil {
			resp.Body.Close()
		}
		return nil, errNetwork
	case fate < 32: // the device does not wait for the answer
		ctx, cancel := context.WithTimeout(r.Context(), time.Millisecond)
		defer cancel()
		if resp, err := send(ctx); err == nil {
			resp.Body.Close()
		}
		return nil, errNetwork
	case fate < 40: // sent twice, at the same time
		var wg sync.WaitGroup
		wg.Go(func() {
			if resp, err := send(r.Context()); err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
		resp, err := send(r.Context())
		wg.Wait()
		return resp, err
	}
	return send(r.Context())
}

// broken is the rest of a body that never comes.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errNetwork }

// A device is an app with a queue, whose clock is wrong by so much.
type device struct {
	id     string
	wrong  time.Duration
	signed string // the customer, once signed in
	queue  []object
}

// flush sends the queue, as often as it takes: what was answered is forgotten.
func (d *device) flush(ctx context.Context, client *http.Client, url string, dice *rand.Rand) error {
	for tries := 0; len(d.queue) > 0; tries++ {
		if tries > 10_000 {
			return fmt.Errorf("%d events are never taken", len(d.queue))
		}
		n := min(len(d.queue), 1+dice.IntN(400))
		if dice.IntN(10) == 0 { // not in the order in which they happened
			dice.Shuffle(n, func(i, j int) { d.queue[i], d.queue[j] = d.queue[j], d.queue[i] })
		}
		if err := d.send(ctx, client, url, n); err != nil && !errors.Is(err, errAgain) {
			return err
		}
	}
	return nil
}

// errAgain is why a device sends its events once more.
var errAgain = errors.New("not answered")

// send sends the first n events of the queue, and forgets them when they are
// taken. It returns errAgain when they may not be.
func (d *device) send(ctx context.Context, client *http.Client, url string, n int) error {
	text, err := json.Marshal(object{"app_instance_id": d.id, "sent_at": time.Now().Add(d.wrong).UnixMilli(), "events": d.queue[:n]})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, "POST", url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Session", d.signed)
	resp, err := client.Do(r)
	if err != nil {
		return errAgain
	}
	defer resp.Body.Close()
	var a answer
	err = json.NewDecoder(resp.Body).Decode(&a)
	switch {
	case err != nil || resp.StatusCode >= 500:
		return errAgain
	case resp.StatusCode != 200 || a.Rejected+a.Dropped > 0 || len(a.Results) != n:
		return fmt.Errorf("answered %d %+v", resp.StatusCode, a)
	}
	d.queue = d.queue[n:]
	return nil
}

// Apps of one person that were offline, with clocks that are wrong, over a
// network that loses, kills and doubles, half of it before they signed in: no
// event is lost, none is twice, each has its own time, and there is one customer.
func TestOffline(t *testing.T) {
	const devices = 4
	events := 100_000
	if testing.Short() {
		events = 4_000
	}
	book, err := crm.New(bolt(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	free := collect.Rate{PerSecond: -1}
	h, err := collect.New(book, &collect.Options{Customer: session, Visitor: free, Address: free})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	ada, err := book.Customers.Create(t.Context(), crm.Customer{GivenName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}

	start := time.Now().Add(-10 * 24 * time.Hour).Truncate(time.Second)
	happened := func(n int) time.Time { return start.Add(time.Duration(n) * 5 * time.Second) }
	network := &faulty{RoundTripper: server.Client().Transport, dice: rand.New(rand.NewPCG(1, 2))}
	client := &http.Client{Transport: network}
	var wg sync.WaitGroup
	for i := range devices {
		d := &device{id: "app-instance-" + strconv.Itoa(i), wrong: []time.Duration{0, 3 * time.Hour, -9 * 365 * 24 * time.Hour, 400 * 24 * time.Hour}[i]}
		dice := rand.New(rand.NewPCG(3, uint64(i)))
		wg.Go(func() {
			for half := range 2 {
				for n := i; n < events/2; n += devices {
					m := half*events/2 + n
					d.queue = append(d.queue, object{"id": m, "name": "view_item", "time": happened(m).Add(d.wrong).UnixMilli(), "params": object{"n": m, "items": []object{{"item_id": "SKU-" + strconv.Itoa(m%100)}}}})
				}
				if err := d.flush(t.Context(), client, server.URL, dice); err != nil {
					t.Errorf("device %d: %v", i, err)
				}
				d.signed = string(ada.ID)
			}
		})
	}
	wg.Wait()
	server.Close() // and all that nobody waited for

	seen := make([]int, events)
	var skew time.Duration
	for i, err := range book.Interactions.List(t.Context(), crm.InteractionQuery{CustomerID: ada.ID}) {
		if err != nil {
			t.Fatal(err)
		}
		n := int(i.Properties["n"].Number())
		seen[n]++
		skew = max(skew, i.OccurredAt.Sub(happened(n)).Abs())
	}
	lost, twice := 0, 0
	for _, n := range seen {
		if n == 0 {
			lost++
		}
		if n > 1 {
			twice++
		}
	}
	total, err := book.Interactions.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	customers, err := book.Customers.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events, %d requests that went wrong, counts %+v, times at most %v off", events, network.lost.Load(), h.Counts(), skew)
	if lost > 0 || twice > 0 || total != events || customers != 1 {
		t.Errorf("%d lost, %d twice, %d in all, %d customers; want 0, 0, %d, 1", lost, twice, total, customers, events)
	}
	if skew > time.Minute {
		t.Errorf("a time is %v off", skew)
	}
	if network.lost.Load() == 0 {
		t.Error("the network lost nothing: this proves nothing")
	}
}
