package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func Example() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()

	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.Put([]byte("tea/green"), []byte("12"))
		tx.Put([]byte("tea/white"), []byte("7"))
		tx.Put([]byte("cup"), []byte("40"))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	err = st.View(ctx, func(ctx context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Prefix([]byte("tea/"))) {
			if err != nil {
				return err
			}
			fmt.Printf("%s: %s\n", kv.Key, kv.Value)
		}
		_, err := r.Get([]byte("plate"))
		fmt.Println("plate:", err)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// tea/green: 12
	// tea/white: 7
	// plate: not found
}

func ExampleKey() {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	late := store.NewKey(200, 1).String("london").TimeDesc(day.Add(time.Hour)).End()
	early := store.NewKey(200, 1).String("london").TimeDesc(day).End()
	fmt.Println("latest first:", bytes.Compare(late, early) < 0)

	r := store.ReadKey(late)
	fmt.Println(r.String(), r.TimeDesc().Format(time.DateTime), r.End(), r.Err())
	// Output:
	// latest first: true
	// london 2026-11-21 01:00:00 true <nil>
}

// A backup is a plain stream: compress it, encrypt it, send it where you like.
func ExampleBackup() {
	ctx := context.Background()
	st := memstore.New(nil)
	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.Put([]byte("tea/green"), []byte("12"))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := store.Backup(ctx, st, &file); err != nil {
		log.Fatal(err)
	}
	damaged := bytes.Clone(file.Bytes())
	damaged[len(damaged)/2] ^= 1

	restored := memstore.New(nil)
	err = store.Restore(ctx, restored, bytes.NewReader(damaged))
	fmt.Println("damaged:", errors.Is(err, store.ErrCorrupt))
	// The store is marked as half of a copy. Another Restore completes it.
	if err := store.Restore(ctx, restored, &file); err != nil {
		log.Fatal(err)
	}
	err = restored.View(ctx, func(ctx context.Context, r store.Reader) error {
		v, err := r.Get([]byte("tea/green"))
		fmt.Printf("green tea: %s\n", v)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// damaged: true
	// green tea: 12
}

// A shop that began in memory moves to a file.
func ExampleCopy() {
	ctx := context.Background()
	demo := memstore.New(nil)
	err := demo.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		tx.Put([]byte("tea/green"), []byte("12"))
		tx.Emit("stock", []byte("tea/green"))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file, err := boltstore.Open(filepath.Join(dir, "shop.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	if err := store.Copy(ctx, file, demo); err != nil {
		log.Fatal(err) // run again: Copy goes on where it was
	}
	for e, err := range file.Feed(ctx, store.Cursor{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s\n", e.Topic, e.Payload)
	}
	fmt.Println("once more:", errors.Is(store.Copy(ctx, file, demo), store.ErrExists))
	// Output:
	// stock: tea/green
	// once more: true
}

// A model that takes long to work out is kept for the next start.
func ExampleSnapshot() {
	ctx := context.Background()
	st := memstore.New(nil)
	model := store.Snapshot{Name: "shop/bestsellers", Format: 1}

	var upTo store.Cursor // what the model has seen of the feed
	err := model.Save(ctx, st, upTo, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, "green tea")
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	err = model.Load(ctx, st, func(at store.Cursor, r io.Reader) error {
		b, err := io.ReadAll(r)
		fmt.Printf("%s", b)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	model.Format = 2 // a release that computes it otherwise
	err = model.Load(ctx, st, nil)
	fmt.Println("work it out again:", errors.Is(err, store.ErrNotFound))
	// Output:
	// green tea
	// work it out again: true
}
