package store_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A Fitting is what a shop keeps of somebody's visit to its tailor.
type Fitting struct {
	Customer string `json:"customer"`
	N        int    `json:"n"`
	Price    int64  `json:"price"` // in pence
	Notes    string `json:"notes"`
}

var Fittings = store.MustTable(store.Schema[Fitting]{
	Number: 201,
	Name:   "shop.fittings",
	Fields: func(c *store.Coder, f *Fitting) {
		store.String(c, 1, &f.Customer)
		store.Int(c, 2, &f.N)
		store.Int(c, 3, &f.Price)
		store.String(c, 4, &f.Notes)
	},
	Key:      func(k store.Key, f *Fitting) store.Key { return k.String(f.Customer).Int(int64(f.N)) },
	Subject:  func(f *Fitting) string { return f.Customer },
	Personal: []store.Number{4},
	Owner:    store.PrimaryKey,
	Keep:     true, // for the books
})

// Somebody asks what the shop knows of them, and to forget it.
func ExampleShelf() {
	ctx := context.Background()
	st := memstore.New(nil)
	defer st.Close()
	shelves := []store.Shelf{Fittings, Cards}
	for _, s := range shelves {
		if err := s.Prepare(ctx, st); err != nil {
			log.Fatal(err)
		}
	}
	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := Fittings.Put(tx, &Fitting{"ada", 1, 4500, "left arm longer"}); err != nil {
			return err
		}
		return Cards.Put(tx, &Card{Number: "C-1", Holder: "ada", Points: 120})
	})
	if err != nil {
		log.Fatal(err)
	}
	show := func(_ context.Context, r store.Reader) error {
		for _, s := range shelves {
			for d, err := range s.Of(r, "ada") {
				if err != nil {
					return err
				}
				fmt.Println(s.Name(), string(d.JSON))
			}
		}
		return nil
	}
	if err := st.View(ctx, show); err != nil {
		log.Fatal(err)
	}
	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		for _, s := range shelves {
			if _, _, err := s.Erase(tx, "ada", nil, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("forgotten:")
	if err := st.View(ctx, show); err != nil {
		log.Fatal(err)
	}
	// Output:
	// shop.fittings {"customer":"ada","n":1,"price":4500,"notes":"left arm longer"}
	// shop.cards {"Number":"C-1","Holder":"ada","Points":120,"Perks":null}
	// forgotten:
	// shop.fittings {"customer":"ada","n":1,"price":4500,"notes":""}
}
