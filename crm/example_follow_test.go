package crm_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A welcome is a row of the shop's own: whom a parcel of samples is to go to.
type welcome struct {
	CustomerID crm.CustomerID
	Parcels    int
}

var welcomes = store.MustTable(store.Schema[welcome]{
	Number: 221, Name: "shop.welcomes",
	Fields: func(c *store.Coder, w *welcome) {
		store.String(c, 1, &w.CustomerID)
		store.Int(c, 2, &w.Parcels)
	},
	Key: func(k store.Key, w *welcome) store.Key { return k.String(string(w.CustomerID)) },
})

// welcomeAll writes one parcel for every new customer.
func welcomeAll(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
	for _, e := range batch {
		if e.Kind != crm.CustomerCreated {
			continue
		}
		row, err := welcomes.Get(tx.Store(), welcomes.Key().String(string(e.CustomerID)))
		if errors.Is(err, crm.ErrNotFound) {
			row, err = &welcome{CustomerID: e.CustomerID}, nil
		}
		if err != nil {
			return err
		}
		row.Parcels++
		if err := welcomes.Put(tx.Store(), row); err != nil {
			return err
		}
	}
	return nil
}

// What the handler writes and how far it has come are one transaction: stopped
// at any time and started again, each event takes effect once.
func ExampleBook_Follow() {
	ctx := context.Background()
	book := members(ctx)
	for _, id := range []crm.CustomerID{"ada", "grace"} {
		// As when the process starts.
		running, stop := context.WithCancel(ctx)
		ended := make(chan error)
		go func() { ended <- book.Follow(running, "welcome", welcomeAll, nil) }()

		enroll(ctx, book, id)
		if err := book.Sync(ctx, "welcome"); err != nil {
			log.Fatal(err)
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			log.Fatal(err)
		}
	}
	err := book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		for w, err := range welcomes.Scan(tx.Store(), store.Range{}) {
			if err != nil {
				return err
			}
			fmt.Println(w.CustomerID, w.Parcels)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// ada 1
	// grace 1
}

// CatchUp is for shops that run what is due by a schedule, and for tests.
func ExampleBook_CatchUp() {
	ctx := context.Background()
	book := members(ctx)
	print := func(_ context.Context, _ *crm.Tx, batch []*crm.Event) error {
		for _, e := range batch {
			fmt.Println(e.Kind, e.CustomerID)
		}
		return nil
	}
	for _, id := range []crm.CustomerID{"ada", "grace"} {
		enroll(ctx, book, id)
		n, err := book.CatchUp(ctx, "printer", print, nil)
		fmt.Println(n, err)
	}
	// Output:
	// customer.created ada
	// 1 <nil>
	// customer.created grace
	// 1 <nil>
}

// A model in memory is built from one snapshot of the book, and kept by Tail
// from where in the feed the snapshot stands: nothing is left out.
func ExampleBook_Tail() {
	ctx := context.Background()
	book := members(ctx, "ada")
	names := []crm.CustomerID{}
	var head store.Cursor
	err := book.View(ctx, func(ctx context.Context, tx *crm.Tx) (err error) {
		names = names[:0]
		for c, err := range tx.Customers.List(ctx, crm.CustomerQuery{}) {
			if err != nil {
				return err
			}
			names = append(names, c.ID)
		}
		head, err = tx.Store().Head()
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	enroll(ctx, book, "grace")

	enough := errors.New("enough for an example")
	err = book.Tail(ctx, head, func(ctx context.Context, batch []*crm.Event) error {
		for _, e := range batch {
			if e.Kind == crm.CustomerCreated {
				names = append(names, e.CustomerID)
			}
		}
		if len(names) == 2 {
			return enough
		}
		return nil
	})
	fmt.Println(names, err)
	// Output:
	// [ada grace] enough for an example
}

// An event that a handler cannot cope with does not hold up those behind it. It
// is kept, and given to the handler again when that is mended.
func ExampleFollowers_Replay() {
	ctx := context.Background()
	book := members(ctx, "ada", "grace", "mary")
	mended := false
	greet := func(_ context.Context, tx *crm.Tx, batch []*crm.Event) error {
		for _, e := range batch {
			if e.CustomerID == "grace" && !mended {
				return errors.New("no greeting for grace")
			}
			tx.AfterCommit(func() { fmt.Println("hello", e.CustomerID) })
		}
		return nil
	}
	if _, err := book.CatchUp(ctx, "greeter", greet, &crm.FollowOptions{Attempts: 1}); err != nil {
		log.Fatal(err)
	}
	for l, err := range book.Followers.DeadLetters(ctx, "greeter") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("dead letter:", l.Event.Kind, l.Event.CustomerID, "-", l.Error)
	}
	mended = true
	n, err := book.Followers.Replay(ctx, "greeter", greet)
	fmt.Println(n, err)
	// Output:
	// hello ada
	// hello mary
	// dead letter: customer.created grace - no greeting for grace
	// hello grace
	// 1 <nil>
}

// A shop watches how far its followers are behind.
func ExampleFollowers_List() {
	ctx := context.Background()
	book := members(ctx)
	if _, err := book.CatchUp(ctx, "welcome", welcomeAll, nil); err != nil {
		log.Fatal(err)
	}
	enroll(ctx, book, "ada", "grace")
	for f, err := range book.Followers.List(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d unread, %d dead letters\n", f.Name, f.Unread, f.DeadLetters)
	}
	// Output:
	// welcome: 2 unread, 0 dead letters
}
