package recommend_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store"
)

// A journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}

func (j *journal) options() *recommend.Options {
	return &recommend.Options{Logger: slog.New(slog.NewTextHandler(j, nil))}
}

const (
	isMade = "models are made"
	isRead = "the book is read"
)

// order records an order of one product.
func order(t *testing.T, book *crm.Book, id crm.CustomerID, at time.Time, products ...crm.ProductID) {
	t.Helper()
	o := crm.Order{CustomerID: id, OccurredAt: at, Currency: "EUR"}
	for _, p := range products {
		o.Items = append(o.Items, crm.Item{ProductID: p, Quantity: 1, Price: crm.Money{Amount: 500, Currency: "EUR"}})
	}
	if _, err := book.Orders.Record(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// Who asks first waits for the models; many at once wait for the same, and one who
// gives up leaves them to the others.
func TestFirstQuestion(t *testing.T) {
	st := demo(t, 100, 80)
	at := hand{at: closing}
	j := &journal{}
	_, rec := process(t, st, at.now, j.options())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rec.ForCustomer(gone, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ForCustomer = %v, want %v", err, context.Canceled)
	}
	tired, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := rec.ForCustomer(tired, "", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ForCustomer = %v, want %v", err, context.DeadlineExceeded)
	}
	lists := make([]*recommend.List, 16)
	var all sync.WaitGroup
	for i := range lists {
		all.Go(func() {
			var err error
			if lists[i], err = rec.ForCustomer(t.Context(), "", nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range lists {
		if diff := cmp.Diff(lists[0], lists[i]); diff != "" {
			t.Fatalf("list %d (-first +got):\n%s", i, diff)
		}
	}
	if len(lists[0].Items) == 0 {
		t.Error("the list is empty")
	}
	if n := j.count(isMade); n != 1 {
		t.Errorf("models were made %d times, want once", n)
	}
}

// What was saved gives the same lists in the next process, which makes nothing anew;
// what was bought meanwhile is known. What is saved under another horizon, or under
// another calendar, is of no use.
func TestLoad(t *testing.T) {
	st := demo(t, 150, 80)
	at := hand{at: closing}
	book, rec := process(t, st, at.now, nil)
	if err := rec.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := asked(t, book, rec)

	j := &journal{}
	other, second := process(t, st, at.now, j.options())
	if diff := cmp.Diff(want, asked(t, other, second)); diff != "" {
		t.Errorf("lists of what was saved (-made +loaded):\n%s", diff)
	}
	if _, err := second.Tick(t.Context(), at.now()); err != nil {
		t.Fatal(err)
	}
	_, third := process(t, st, at.now, j.options())
	if _, err := third.Tick(t.Context(), at.now()); err != nil { // also when nobody asks before
		t.Fatal(err)
	}
	if made, read := j.count(isMade), j.count(isRead); made+read > 0 {
		t.Errorf("the next processes made models %d times, and read the book %d times, want never", made, read)
	}

	at.put(closing.Add(time.Hour))
	products := want["Trending"].Items
	for i, id := range buyers(t, book, 10) {
		order(t, book, id, at.now(), products[i%len(products)].ProductID)
	}
	fourthBook, fourth := process(t, st, at.now, j.options())
	if diff := cmp.Diff(asked(t, book, rec), asked(t, fourthBook, fourth)); diff != "" {
		t.Errorf("lists after some orders (-made +loaded):\n%s", diff)
	}
	if made, read := j.count(isMade), j.count(isRead); made+read > 0 {
		t.Errorf("the fourth process made models %d times, and read the book %d times, want never", made, read)
	}

	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("skipped: no time zones here: %v", err)
	}
	for name, c := range map[string]struct {
		opts       recommend.Options
		made, read int
	}{
		"horizon":  {recommend.Options{Horizon: 7}, 1, 0},
		"calendar": {recommend.Options{Location: zone}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			j := &journal{}
			c.opts.Logger = j.options().Logger
			_, rec := process(t, st, at.now, &c.opts)
			if _, err := rec.ForCustomer(t.Context(), "", nil); err != nil {
				t.Fatal(err)
			}
			if made, read := j.count(isMade), j.count(isRead); made != c.made || read != c.read {
				t.Errorf("models were made %d times and the book read %d times, want %d and %d", made, read, c.made, c.read)
			}
		})
	}
}

// Whatever is wrong with what was saved, it is made anew.
func TestLoadDamaged(t *testing.T) {
	damages := []string{"bits", "older", "end", "nothing", "other"}
	if testing.Short() {
		damages = damages[:2]
	}
	for _, name := range []string{"models", "ledger"} {
		for _, damage := range damages {
			t.Run(name+" "+damage, func(t *testing.T) {
				st := demo(t, 25, 30)
				at := hand{at: closing}
				book, rec := process(t, st, at.now, nil)
				if err := rec.Rebuild(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := asked(t, book, rec)
				harm(t, st, store.Snapshot{Name: fmt.Sprintf("recommend/%d/%s", book.Space(), name)}, damage)
				j := &journal{}
				other, second := process(t, st, at.now, j.options())
				if diff := cmp.Diff(want, asked(t, other, second)); diff != "" {
					t.Errorf("lists (-made +made anew):\n%s", diff)
				}
				if n := j.count("what was saved is of no use"); n != 1 {
					t.Errorf("it was told %d times that what was saved is of no use, want once", n)
				}
				if _, err := second.Tick(t.Context(), at.now().Add(48*time.Hour)); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// harm damages a snapshot.
func harm(t *testing.T, st store.Store, s store.Snapshot, how string) {
	t.Helper()
	ctx := t.Context()
	var data []byte
	var at store.Cursor
	err := crm.ErrNotFound
	for ; errors.Is(err, crm.ErrNotFound) && s.Format < 100; s.Format++ {
		err = s.Load(ctx, st, func(c store.Cursor, r io.Reader) error {
			at = c
			var b bytes.Buffer
			_, err := b.ReadFrom(r)
			data = b.Bytes()
			return err
		})
	}
	s.Format--
	if err != nil {
		t.Fatal(err)
	}
	if how == "bits" { // which the checksum finds
		err = st.Update(ctx, func(_ context.Context, tx store.Tx) error {
			for kv, err := range tx.Scan(store.Range{}) {
				if err != nil {
					return err
				}
				if i := bytes.Index(kv.Value, data[:min(len(data), 64)]); i >= 0 {
					v := bytes.Clone(kv.Value)
					v[len(v)/2] ^= 1
					tx.Put(bytes.Clone(kv.Key), v)
					return nil
				}
			}
			return errors.New("the snapshot is not found")
		})
	} else {
		if how == "older" {
			s.Format--
		}
		err = s.Save(ctx, st, at, func(w io.Writer) error {
			part := map[string][]byte{"end": data[:len(data)/2], "nothing": nil, "other": []byte(strings.Repeat("something else ", 100)), "older": data}[how]
			_, err := w.Write(part)
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Who stood still for longer than the feed is kept reads the book anew, and goes on
// with the models that are there.
func TestTrimmedFeed(t *testing.T) {
	st := demo(t, 100, 80)
	at := hand{at: closing}
	j := &journal{}
	book, rec := process(t, st, at.now, j.options())
	before := asked(t, book, rec)
	who, what := buyers(t, book, 1)[0], before["Trending"].Items[0].ProductID
	// New products before the old ones: all numbers change.
	for i := range 5 {
		if _, err := book.Products.Record(t.Context(), crm.Product{ID: crm.ProductID(fmt.Sprint("0", i)), Title: "New", Published: true}); err != nil {
			t.Fatal(err)
		}
	}
	order(t, book, who, at.now(), what)
	head, err := book.Events.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Trim(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	order(t, book, who, at.now(), what)
	got := asked(t, book, rec)
	if made, read := j.count(isMade), j.count(isRead+`"`); made != 1 || read != 2 {
		t.Errorf("models were made %d times and the book read %d times, want once and twice", made, read)
	}
	list, err := rec.ForCustomer(t.Context(), who, &recommend.Query{Rest: 1, N: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		if item.ProductID == what {
			t.Errorf("%s was bought today, and is in the list", what)
		}
	}
	delete(before, "ForCustomer "+string(who))
	delete(before, "BuyAgain "+string(who))
	for name, list := range before { // what others are told stands, but for pairs
		if strings.HasPrefix(name, "Bought") || got[name] == nil {
			continue
		}
		if diff := cmp.Diff(list, got[name]); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
}

// A busy store is one into which others write whenever an event was read.
type busy struct {
	store.Store
	write func()
}

func (s *busy) Feed(ctx context.Context, after store.Cursor) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for e, err := range s.Store.Feed(ctx, after) {
			if !yield(e, err) {
				return
			}
			if s.write != nil {
				s.write()
			}
		}
	}
}

// Who asks waits for what was written before, however much others go on to write.
func TestBusyFeed(t *testing.T) {
	inner := small(t, time.Now)
	st := &busy{Store: inner}
	_, rec := process(t, st, time.Now, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ask := func() {
		t.Helper()
		if _, err := rec.ForCustomer(ctx, "customer-03", nil); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	others, err := crm.New(inner, &crm.Options{Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	st.write = func() {
		if written++; written > 1000 {
			cancel() // it goes on until nothing more is written
			return
		}
		if _, err := others.Orders.Record(ctx, crm.Order{CustomerID: "customer-03", Currency: "EUR", OccurredAt: time.Now(), Items: []crm.Item{{ProductID: "tea", Quantity: 1}}}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = others.Orders.Record(ctx, crm.Order{CustomerID: "customer-03", Currency: "EUR", OccurredAt: time.Now(), Items: []crm.Item{{ProductID: "honey", Quantity: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	ask()
}
