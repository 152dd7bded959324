package crm_test

import (
	"cmp"
	"context"
	"expvar"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A program has one Run for all its loops, and ends when its ctx does, which
// signal.NotifyContext ends when somebody stops the program.
func ExampleBook_Run() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	book, err := crm.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := book.Customers.Create(ctx, crm.Customer{GivenName: "Ada", Email: "ada@example.org"}); err != nil {
		log.Fatal(err)
	}
	welcome := func(ctx context.Context, tx *crm.Tx, batch []*crm.Event) error {
		for _, e := range batch {
			c, err := tx.Customers.Get(ctx, e.CustomerID)
			if err != nil {
				return err
			}
			tx.AfterCommit(func() { fmt.Println("welcome,", c.Name()); stop() })
		}
		return nil
	}
	err = book.Run(ctx, map[string]func(context.Context) error{
		"welcome": func(ctx context.Context) error { return book.Follow(ctx, "welcome", welcome, nil) },
		"retention": book.Every(24*time.Hour, func(ctx context.Context, at time.Time) error {
			_, err := book.Privacy.Sweep(ctx, at, crm.Retention{Visitors: 90 * 24 * time.Hour})
			return err
		}),
	})
	fmt.Println("ended:", err)
	// Output:
	// welcome, Ada
	// ended: <nil>
}

// The web server of a shop and its background loops end together: requests that
// have begun are answered, loops finish what they are at, and then the store is
// closed.
func ExampleBook_Run_server() {
	ctx, stop := context.WithCancel(context.Background()) // signal.NotifyContext in a real main
	defer stop()
	st := memstore.New(nil)
	defer st.Close()
	book, err := crm.New(st, nil)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "the shop in", book.Currency())
	})}
	go server.Serve(listener)
	background := make(chan error, 1)
	go func() {
		background <- book.Run(ctx, map[string]func(context.Context) error{
			"visits": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		})
		stop() // loops that cannot go on end the shop
	}()

	resp, err := http.Get("http://" + listener.Addr().String()) // a customer
	if err != nil {
		log.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Print(string(page))
	stop() // somebody stops it

	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println("server:", cmp.Or(err, server.Shutdown(grace)))
	fmt.Println("loops:", <-background)
	// Output:
	// the shop in EUR
	// server: <nil>
	// loops: <nil>
}

// What the book tells goes to expvar in a few lines, and to any other library
// in as many: a counter is added to, a gauge is set, a histogram observes.
func ExampleMeasurement() {
	vars := new(expvar.Map) // expvar.NewMap("crm") in a real program
	book, err := crm.New(memstore.New(nil), &crm.Options{Observe: func(m crm.Measurement) {
		switch key := m.Name + "." + m.Of; m.Kind {
		case "counter":
			vars.AddFloat(key, m.Value)
		case "gauge":
			v := new(expvar.Float)
			v.Set(m.Value)
			vars.Set(key, v)
		case "histogram":
			vars.Add(key+".count", 1)
			vars.AddFloat(key+".sum", m.Value)
		}
	}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, name := range []string{"Ada", "Grace"} {
		if _, err := book.Customers.Create(ctx, crm.Customer{GivenName: name}); err != nil {
			log.Fatal(err)
		}
	}
	vars.Do(func(v expvar.KeyValue) {
		if !strings.HasSuffix(v.Key, ".sum") { // which is another each time
			fmt.Println(v.Key, v.Value)
		}
	})
	// Output:
	// records.customer.created 2
	// transaction_seconds.committed.count 2
}

// Prometheus and its kin read text, which the standard library can write.
func ExampleMeasurement_text() {
	var mu sync.Mutex
	values := map[string]float64{}
	observe := func(m crm.Measurement) {
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprintf("crm_%s{%s=%q}", m.Name, m.Label, m.Of)
		switch m.Kind {
		case "counter":
			values[key] += m.Value
		case "gauge":
			values[key] = m.Value
		}
	}
	metrics := func(w io.Writer) { // a handler's http.ResponseWriter
		mu.Lock()
		defer mu.Unlock()
		var lines []string
		for key, v := range values {
			lines = append(lines, fmt.Sprintln(key, v))
		}
		slices.Sort(lines)
		io.WriteString(w, strings.Join(lines, ""))
	}
	book, err := crm.New(memstore.New(nil), &crm.Options{Observe: observe})
	if err != nil {
		log.Fatal(err)
	}
	records := func(yield func(crm.Record, error) bool) {
		_ = yield(crm.Record{Customer: &crm.Customer{GivenName: "Ada", Email: "ada@example.org"}}, nil) &&
			yield(crm.Record{Customer: &crm.Customer{GivenName: "Bob", Email: "bob"}}, nil)
	}
	if _, err := book.Import(context.Background(), records, nil); err != nil {
		log.Fatal(err)
	}
	var page strings.Builder
	metrics(&page)
	fmt.Print(page.String())
	// Output:
	// crm_import_records{outcome="accepted"} 1
	// crm_import_records{outcome="rejected"} 1
	// crm_records{kind="customer.created"} 1
}

// Ages are of a day, and a day is the shop's.
func ExampleCustomer_Age() {
	ada := crm.Customer{GivenName: "Ada", Birthday: "1990-05-17"}
	tokyo := time.FixedZone("Tokyo", 9*60*60)
	at := time.Date(2025, 5, 16, 20, 0, 0, 0, time.UTC)
	for _, loc := range []*time.Location{time.UTC, tokyo} {
		years, _ := ada.Age(at.In(loc))
		fmt.Println(years, "in", loc)
	}
	// Output:
	// 34 in UTC
	// 35 in Tokyo
}

// Birthdays come again, also when nobody knows the year.
func ExampleCustomer_NextBirthday() {
	at := time.Date(2025, 12, 24, 18, 0, 0, 0, time.UTC)
	for _, c := range []crm.Customer{
		{GivenName: "Ada", Birthday: "1990-05-17"},
		{GivenName: "Bob", Birthday: "--12-24"},
		{GivenName: "Eve"},
	} {
		if day, ok := c.NextBirthday(at); ok {
			fmt.Println(c.Name(), day.Format(time.DateOnly))
		} else {
			fmt.Println(c.Name(), "does not say")
		}
	}
	// Output:
	// Ada 2026-05-17
	// Bob 2025-12-24
	// Eve does not say
}
