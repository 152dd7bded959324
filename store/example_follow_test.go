package store_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// follow counts the sales that it finds in the feed. Its count and its cursor
// change in one transaction: killed at any time and run again, it counts every
// sale once.
func follow(ctx context.Context, st store.Store) error {
	const name = "shop/sales"
	var after store.Cursor
	err := st.View(ctx, func(ctx context.Context, r store.Reader) (err error) {
		after, err = store.LoadCursor(r, name)
		if errors.Is(err, store.ErrNotFound) {
			err = nil // the first run
		}
		return err
	})
	if err != nil {
		return err
	}
	for e, err := range st.Feed(ctx, after) {
		if err != nil {
			return err
		}
		err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
			if e.Topic == "sale" {
				count := store.NewKey(201, 0).String(string(e.Payload)).End()
				v, err := tx.Get(count)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				tx.Put(count, append(v, '|'))
			}
			store.SaveCursor(tx, name, e.Cursor)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil // caught up; st.Wait waits for more
}

func ExampleSaveCursor() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()

	sell := func(products ...string) {
		err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
			for _, p := range products {
				tx.Emit("sale", []byte(p))
			}
			return nil
		})
		if err != nil {
			log.Fatal(err)
		}
		if err := follow(ctx, st); err != nil {
			log.Fatal(err)
		}
	}
	sell("green tea", "cup")
	sell("green tea")

	err := st.View(ctx, func(ctx context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Prefix(store.NewKey(201, 0))) {
			if err != nil {
				return err
			}
			fmt.Printf("%s: %s\n", store.ReadKey(kv.Key).String(), kv.Value)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// cup: |
	// green tea: ||
}
