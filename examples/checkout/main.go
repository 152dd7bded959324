// Checkout is a shop's HTTP server that records each order as it is placed:
// customer, order and stock in the request's transaction, all or nothing. It is
// its own customer, prints what happens, and ends. With -addr it serves.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// A cart is what the page posts; it has a number before that, so twice is once.
type cart struct {
	Number   string
	Customer struct{ Ref, Name, Email string } // a real shop asks its session
	Items    []crm.Item
}

// place records a cart as an order. When it fails, nothing of it stays.
func place(ctx context.Context, tx *crm.Tx, c *cart) (*crm.Order, error) {
	ref := crm.Ref{Source: "shop", ID: c.Number}
	if order, err := tx.Orders.ByRef(ctx, ref); !errors.Is(err, crm.ErrNotFound) {
		return order, err // posted before: the same answer, and no stock taken
	}
	who := crm.Customer{Refs: []crm.Ref{{Source: "shop", ID: c.Customer.Ref}}, GivenName: c.Customer.Name, Email: c.Customer.Email}
	buyer, err := tx.Customers.Record(ctx, who)
	if err != nil {
		return nil, err
	}
	order := crm.Order{Ref: ref, CustomerID: buyer.ID, Channel: crm.ChannelWeb, OccurredAt: tx.Now()}
	for _, it := range c.Items {
		product, err := tx.Products.BySKU(ctx, it.SKU)
		if err != nil {
			return nil, err
		}
		stock, err := tx.Products.AddStock(ctx, it.SKU, -it.Quantity)
		switch {
		case err != nil:
			return nil, err
		case it.Quantity < 1:
			return nil, fmt.Errorf("%d of %s: %w", it.Quantity, it.SKU, crm.ErrInvalid)
		case stock < 0:
			return nil, fmt.Errorf("%d of %s, %d in stock: %w", it.Quantity, it.SKU, stock+it.Quantity, crm.ErrConflict)
		}
		it = crm.Item{SKU: it.SKU, Title: product.Title, Quantity: it.Quantity, Price: product.Variant(it.SKU).Price}
		order.Items = append(order.Items, it) // at our price, whatever the page says
	}
	tx.AfterCommit(func() { fmt.Println("mail: thank you,", buyer.Name()) }) // once, and only if it came to that
	return tx.Orders.Record(ctx, order)
}

type shop struct{ *crm.Book }

func (s shop) checkout(r *http.Request) (any, error) {
	var c cart
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		return nil, fmt.Errorf("cart: %w: %w", crm.ErrInvalid, err)
	}
	var order *crm.Order
	err := s.Update(r.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		order, err = place(ctx, tx, &c) // may run again, so it does nothing but through tx
		return err
	})
	return order, err
}

// customer tells who somebody is. It belongs behind the login of the back office.
func (s shop) customer(r *http.Request) (any, error) {
	ref, _ := crm.ParseRef(r.PathValue("ref")) // what is no ref is nobody's
	c, err := s.Customers.ByRef(r.Context(), ref)
	if err != nil {
		return nil, err
	}
	return s.Customers.Profile(r.Context(), c.ID)
}

// An endpoint answers with JSON or what is wrong: no error of crm's is personal.
type endpoint func(*http.Request) (any, error)

func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	v, err := e(r)
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	case errors.Is(err, crm.ErrInvalid):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case errors.Is(err, crm.ErrNotFound):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, crm.ErrExists), errors.Is(err, crm.ErrConflict):
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		log.Print(err)
		http.Error(w, "", http.StatusInternalServerError)
	}
}

func main() {
	addr := flag.String("addr", "", "serve on this `address` until interrupted")
	flag.Parse()
	dir, err := os.MkdirTemp("", "checkout")
	check(err)
	defer os.RemoveAll(dir)
	st, err := boltstore.Open(filepath.Join(dir, "shop.db"), nil)
	check(err)
	defer st.Close()
	book, err := crm.New(st, &crm.Options{Currency: "EUR"})
	check(err)
	mug := crm.Variant{SKU: "MUG", Price: crm.Money{Amount: 1290, Currency: "EUR"}, Tracked: true, Stock: 5}
	_, err = book.Products.Record(context.Background(), crm.Product{Title: "Mug", Variants: []crm.Variant{mug}})
	check(err)
	listener, err := net.Listen("tcp", cmp.Or(*addr, "127.0.0.1:0"))
	check(err)
	http.Handle("POST /checkout", endpoint(shop{book}.checkout))
	http.Handle("GET /customers/{ref}", endpoint(shop{book}.customer))
	go http.Serve(listener, nil)
	if *addr == "" {
		visit("http://" + listener.Addr().String())
		return
	}
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	<-ctx.Done()
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

func visit(shop string) {
	ada := `{"number": "C-1", "customer": {"ref": "17", "name": "Ada", "email": "ada@example.com"}, "items": [{"sku": "MUG", "quantity": 2}]}`
	bob := `{"number": "C-2", "customer": {"ref": "18", "name": "Bob", "email": "bob@example.com"}, "items": [{"sku": "MUG", "quantity": 4}]}`
	for _, cart := range []string{ada, ada, bob} {
		resp, err := http.Post(shop+"/checkout", "application/json", strings.NewReader(cart))
		check(err)
		fmt.Println(resp.Status, cart)
		resp.Body.Close()
	}
	resp, err := http.Get(shop + "/customers/shop:17")
	check(err)
	defer resp.Body.Close()
	var p crm.Profile
	check(json.NewDecoder(resp.Body).Decode(&p))
	fmt.Printf("%s spent %v, orders: %d\n", p.Customer.Name(), p.Aggregates.Base.Spent, p.Aggregates.Orders)
}
