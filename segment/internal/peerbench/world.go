package peerbench

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// A World is a made-up shop. Its facts are in the order of time.
type World struct {
	Customers []Customer
	Products  []Product
	Orders    []Order
	Items     []Item
	Events    []Event
}

// A Customer is someone, whose number is their place among all.
type Customer struct {
	Language     string
	Subscription string // of e-mail
	Account      string
	Added        int64 // milliseconds since 1970, as all times
}

// A Product is in one category, which is in a group.
type Product struct{ ID, Title, Brand, Category string }

// An Order is a sale.
type Order struct {
	Time     int64
	Amount   int64 // in minor units, as all amounts
	Customer uint32
	Items    uint32 // where its items end; they begin where those of the order before end
	Channel  uint8  // of Channels
}

// An Item is a line of an order.
type Item struct {
	Amount   int64
	Order    uint32
	Product  uint16
	Quantity uint8
}

// An Event is what someone did at the shop, or with its mails.
type Event struct {
	Time     int64
	Customer uint32
	Product  uint16
	Kind     uint8 // of Kinds
}

// What facts say.
var (
	Channels = []string{"web", "store"}
	Kinds    = []string{"view_item", "add_to_cart", "begin_checkout", "message_sent", "message_opened", "search", "page_view"}
)

var (
	kinds         = []uint8{0, 0, 0, 1, 2, 3, 4, 5, 6, 6} // of ten events
	languages     = []string{"en", "de", "fr", "es", "it", "nl"}
	subscriptions = []string{"SUBSCRIBED", "UNSUBSCRIBED", "NOT_SUBSCRIBED"}
	accounts      = []string{"ENABLED", "DISABLED"}
)

// Now is when all are asked.
var Now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

const years = 3 * 365 * 24 * 60 * 60 * 1000 // three of them

// Make makes a world of some customers. The same seed makes the same one. The
// times of all facts are whole numbers of a grain in milliseconds: with a large
// one, many happen at once, or on the first instant of a day.
func Make(customers int, seed uint64, grain int64) *World {
	r := rand.New(rand.NewPCG(seed, 2))
	w := &World{Customers: make([]Customer, customers), Products: make([]Product, 2000)}
	for i := range w.Products {
		w.Products[i] = Product{
			ID: fmt.Sprintf("prd_%d", i), Title: fmt.Sprintf("Product %d", i), Brand: fmt.Sprintf("Brand %d", i%50),
			Category: fmt.Sprintf("Group %d > Category %d", i%5, i%40),
		}
	}
	begin := Now.UnixMilli() - years
	for i := range w.Customers {
		w.Customers[i] = Customer{
			Language: languages[r.IntN(len(languages))], Subscription: subscriptions[r.IntN(len(subscriptions))],
			Account: accounts[r.IntN(len(accounts))], Added: begin + r.Int64N(years),
		}
	}
	// The first few of order have most facts.
	order := make([]uint32, customers)
	for i, c := range r.Perm(customers) {
		order[i] = uint32(c)
	}
	n := 10 * customers
	step := max(years/int64(n), 1)
	when := func(i int) int64 {
		t := begin + int64(i)*step + r.Int64N(step)
		return t - t%grain
	}
	whose := func() uint32 {
		u := r.Float64()
		return order[int(u*u*float64(customers))]
	}
	w.Orders, w.Items = make([]Order, n), make([]Item, 0, n+n/2+n/8)
	for i := range w.Orders {
		o := Order{Time: when(i), Amount: 500 + r.Int64N(20_000), Customer: whose(), Channel: uint8(r.IntN(len(Channels)))}
		lines := 1 + r.IntN(2)
		for range lines {
			w.Items = append(w.Items, Item{
				Amount: o.Amount / int64(lines), Order: uint32(i), Product: uint16(r.IntN(len(w.Products))), Quantity: uint8(1 + r.IntN(3)),
			})
		}
		o.Items = uint32(len(w.Items))
		w.Orders[i] = o
	}
	w.Events = make([]Event, n)
	for i := range w.Events {
		w.Events[i] = Event{Time: when(i), Customer: whose(), Product: uint16(r.IntN(len(w.Products))), Kind: kinds[r.IntN(len(kinds))]}
	}
	return w
}

// lines returns the items of an order.
func (w *World) lines(order int) []Item {
	first := uint32(0)
	if order > 0 {
		first = w.Orders[order-1].Items
	}
	return w.Items[first:w.Orders[order].Items]
}

// owners returns which facts are whose: those of customer c are the numbers
// from ends[c-1] to ends[c], in the order of time.
func owners(customers, facts int, whose func(fact int) uint32) (numbers, ends []uint32) {
	ends = make([]uint32, customers)
	for i := range facts {
		ends[whose(i)]++
	}
	sum := uint32(0)
	for i, n := range ends {
		ends[i] = sum // where those of i begin, until they are filled
		sum += n
	}
	numbers = make([]uint32, facts)
	for i := range facts {
		end := &ends[whose(i)]
		numbers[*end] = uint32(i)
		*end++
	}
	return numbers, ends
}
