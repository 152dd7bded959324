package memstore_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func Example() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()

	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.Put([]byte("fruit/apple"), []byte("3"))
		tx.Put([]byte("fruit/pear"), []byte("5"))
		tx.Put([]byte("nut/hazel"), []byte("40"))
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	err = st.View(ctx, func(ctx context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Prefix([]byte("fruit/"))) {
			if err != nil {
				return err
			}
			fmt.Printf("%s %s\n", kv.Key, kv.Value)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// fruit/apple 3
	// fruit/pear 5
}

// A View stays as it is while others write.
func ExampleStore_View() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()

	set := func(value string) {
		err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
			tx.Put([]byte("price"), []byte(value))
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	set("9.90")
	err := st.View(ctx, func(_ context.Context, r store.Reader) error {
		set("12.50")
		price, err := r.Get([]byte("price"))
		fmt.Printf("%s\n", price)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 9.90
}

// An Update whose callback returns an error writes nothing.
func ExampleStore_Update() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()

	soldOut := errors.New("sold out")
	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.Put([]byte("order"), []byte("1 apple"))
		if _, err := tx.Get([]byte("apples")); errors.Is(err, store.ErrNotFound) {
			return soldOut
		}
		return nil
	})
	fmt.Println(err)
	err = st.View(ctx, func(ctx context.Context, r store.Reader) error {
		_, err := r.Get([]byte("order"))
		return err
	})
	fmt.Println(err)
	// Output:
	// sold out
	// not found
}

// The feed tells what was committed, from wherever its reader has come to.
func ExampleStore_Feed() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()

	for _, name := range []string{"Ada", "Grace"} {
		err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
			tx.Emit("customer.created", []byte(name))
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	var at store.Cursor
	for entry, err := range st.Feed(ctx, at) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s\n", entry.Topic, entry.Payload)
		at = entry.Cursor
	}
	// Output:
	// customer.created Ada
	// customer.created Grace
}

// Chaos shows callbacks that are not ready to be run again.
func ExampleOptions() {
	ctx := context.Background()
	st := memstore.New(&memstore.Options{Chaos: 1})
	defer st.Close()

	careless, careful := 0, 0
	for range 10 {
		err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
			tx.Put([]byte("greeting"), []byte("hello"))
			careless++
			tx.AfterCommit(func() { careful++ })
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(careless > 10, careful)
	// Output:
	// true 10
}
