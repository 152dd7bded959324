package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// temporary returns a path for an example, and how to remove it.
func temporary() (path string, remove func()) {
	dir, err := os.MkdirTemp("", "boltstore")
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Join(dir, "shop.db"), func() { os.RemoveAll(dir) }
}

func Example() {
	path, remove := temporary()
	defer remove()
	ctx := context.Background()

	st, err := boltstore.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.Put([]byte("greeting"), []byte("hello"))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	err = st.View(ctx, func(ctx context.Context, r store.Reader) error {
		v, err := r.Get([]byte("greeting"))
		fmt.Printf("%s\n", v)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: hello
}

// The file of a store can be open once only.
func ExampleOpen_locked() {
	path, remove := temporary()
	defer remove()

	st, err := boltstore.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	_, err = boltstore.Open(path, &boltstore.Options{Timeout: -1})
	fmt.Println(errors.Is(err, store.ErrLocked))
	// Output: true
}

// Updates that run at the same time share a commit.
func ExampleStore_Update() {
	path, remove := temporary()
	defer remove()
	ctx := context.Background()

	st, err := boltstore.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	counter := []byte("orders")
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
				v, err := tx.Get(counter)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				tx.Put(counter, append(v, '.'))
				return nil
			})
			if err != nil {
				log.Fatal(err)
			}
		})
	}
	wg.Wait()
	err = st.View(ctx, func(ctx context.Context, r store.Reader) error {
		v, err := r.Get(counter)
		fmt.Println(len(v))
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: 32
}

// A follower reads the feed from where it stands.
func ExampleStore_Feed() {
	path, remove := temporary()
	defer remove()
	ctx := context.Background()

	st, err := boltstore.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	for _, name := range []string{"Ada", "Grace"} {
		err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
			tx.Put([]byte("customer/"+name), nil)
			tx.Emit("customer.created", []byte(name))
			return nil
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	var at store.Cursor
	for e, err := range st.Feed(ctx, at) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s\n", e.Topic, e.Payload)
		at = e.Cursor
	}
	// Output:
	// customer.created Ada
	// customer.created Grace
}

// A file keeps its size until it is compacted.
func ExampleStore_Compact() {
	path, remove := temporary()
	defer remove()
	ctx := context.Background()

	st, err := boltstore.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()
	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		for n := range 5000 {
			tx.Put(fmt.Appendf(nil, "visit/%05d", n), make([]byte, 1000))
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.DeleteRange(nil, nil)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	stats := func() int64 {
		s, err := st.Stats(ctx)
		if err != nil {
			log.Fatal(err)
		}
		return s.Bytes
	}
	before := stats()
	if err := st.Compact(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("more than 5 MB:", before > 5_000_000)
	fmt.Println("after Compact less than 100 kB:", stats() < 100_000)
	// Output:
	// more than 5 MB: true
	// after Compact less than 100 kB: true
}
