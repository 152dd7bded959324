package crm_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A gift is a record of a shop's own table.
type gift struct {
	CustomerID crm.CustomerID `json:"customer_id"`
	What       string         `json:"what"`
}

func gifts(number byte, name string) *store.Table[gift] {
	return store.MustTable(store.Schema[gift]{
		Number: number, Name: name,
		Fields: func(c *store.Coder, g *gift) {
			store.String(c, 1, &g.CustomerID)
			store.String(c, 2, &g.What)
		},
		Key:     func(k store.Key, g *gift) store.Key { return k.String(string(g.CustomerID)).String(g.What) },
		Subject: func(g *gift) string { return string(g.CustomerID) },
		Owner:   store.PrimaryKey,
	})
}

func TestRegister(t *testing.T) {
	book := memory(t)
	if err := book.Register(gifts(200, "shop.gifts"), gifts(201, "shop.loans")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		shelves []store.Shelf
		want    error
	}{
		{"nothing", nil, nil},
		{"again", []store.Shelf{gifts(200, "shop.gifts")}, nil},
		{"the name of another", []store.Shelf{gifts(202, "shop.gifts")}, crm.ErrExists},
		{"the number of another", []store.Shelf{gifts(200, "shop.cards")}, crm.ErrExists},
		{"the name of one of the book's", []store.Shelf{gifts(202, "crm.orders")}, crm.ErrExists},
		{"the number of one of the book's", []store.Shelf{gifts(5, "shop.cards")}, crm.ErrExists},
		{"two of one number", []store.Shelf{gifts(202, "shop.cards"), gifts(202, "shop.coins")}, crm.ErrExists},
		{"neither of two that were refused", []store.Shelf{gifts(202, "shop.coins")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := book.Register(tt.shelves...); !errors.Is(err, tt.want) {
				t.Errorf("Register: %v, want %v", err, tt.want)
			}
		})
	}
}

func TestRegisterConcurrently(t *testing.T) {
	book := memory(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			n := i % 8
			if err := book.Register(gifts(byte(200+n), fmt.Sprintf("shop.gifts%d", n))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
