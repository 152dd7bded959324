package store_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A Card is a record of the shop's own: a loyalty card with points.
type Card struct {
	Number string
	Holder string
	Points int64
	Perks  []string
}

// Cards is the shop's table. Its numbers are in the file and stay as they are.
var Cards = store.MustTable(store.Schema[Card]{
	Number: 200,
	Name:   "shop.cards",
	Fields: func(c *store.Coder, card *Card) {
		store.String(c, 1, &card.Number)
		store.String(c, 2, &card.Holder)
		store.Int(c, 3, &card.Points)
		store.Strings(c, 4, &card.Perks)
	},
	Key: func(k store.Key, card *Card) store.Key { return k.String(card.Number) },
	Indexes: []store.Index[Card]{
		{Number: 1, Name: "holder", Unique: true, Keys: func(k store.Key, card *Card, add func(store.Key)) {
			add(k.String(card.Holder))
		}},
		{Number: 2, Name: "points", Keys: func(k store.Key, card *Card, add func(store.Key)) {
			add(k.IntDesc(card.Points))
		}},
		{Number: 3, Name: "perk", Keys: func(k store.Key, card *Card, add func(store.Key)) {
			for _, perk := range card.Perks {
				add(k.String(perk))
			}
		}},
	},
	Subject: func(card *Card) string { return card.Holder },
})

// openCards returns a store with some cards.
func openCards(ctx context.Context) store.Store {
	st := memstore.New(nil)
	if err := Cards.Prepare(ctx, st); err != nil {
		log.Fatal(err)
	}
	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		for _, card := range []Card{
			{"C-1", "ada", 120, []string{"early access"}},
			{"C-2", "bob", 40, nil},
			{"C-3", "cleo", 300, []string{"early access", "free shipping"}},
			{"C-4", "dan", 90, []string{"free shipping"}},
		} {
			if err := Cards.Put(tx, &card); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	return st
}

// A shop keeps records of its own beside those of Clientele.
func ExampleTable() {
	ctx := context.Background()
	st := openCards(ctx)
	defer st.Close()

	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		_, err := Cards.Update(tx, Cards.Key().String("C-2"), func(card *Card) error {
			card.Points += 100
			card.Perks = append(card.Perks, "free shipping")
			return nil
		})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	err = st.View(ctx, func(ctx context.Context, r store.Reader) error {
		holder, perk := Cards.Index("holder"), Cards.Index("perk")
		card, err := holder.Get(r, holder.Key().String("bob"))
		if err != nil {
			return err
		}
		fmt.Println(card.Number, card.Points)
		for card, err := range perk.Scan(r, store.Prefix(perk.Key().String("free shipping"))) {
			if err != nil {
				return err
			}
			fmt.Println("ships free:", card.Holder)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		return Cards.Put(tx, &Card{Number: "C-5", Holder: "ada"})
	})
	fmt.Println("a second card for ada:", errors.Is(err, store.ErrExists))
	// Output:
	// C-2 140
	// ships free: bob
	// ships free: cleo
	// ships free: dan
	// a second card for ada: true
}

// A list is shown page by page, in the order of an index. Page.Next is safe in
// a URL, and stays valid while records come and go.
func ExampleTableIndex_Page() {
	ctx := context.Background()
	st := openCards(ctx)
	defer st.Close()

	for next, n := "", 1; ; n++ {
		var page store.Page[Card]
		err := st.View(ctx, func(ctx context.Context, r store.Reader) (err error) {
			page, err = Cards.Index("points").Page(r, store.Range{Limit: 3}, next)
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
		for _, card := range page.Items {
			fmt.Println("page", n, card.Holder, card.Points)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	// Output:
	// page 1 cleo 300
	// page 1 ada 120
	// page 1 dan 90
	// page 2 bob 40
}
