package quality_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/quality"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// shop opens a book of a few customers.
func shop(customers ...crm.Customer) *crm.Book {
	book, err := crm.New(memstore.New(nil), &crm.Options{Now: func() time.Time { return today }})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range customers {
		if _, err := book.Customers.Record(context.Background(), c); err != nil {
			log.Fatal(err)
		}
	}
	return book
}

func check(book *crm.Book, opts *quality.Options) *quality.Report {
	report, err := quality.Check(context.Background(), book, opts)
	if err != nil {
		log.Fatal(err)
	}
	return report
}

// A report on the terminal.
func Example() {
	book := shop(
		crm.Customer{GivenName: "Ada", Email: "ada@shop.test", Phone: "+44 20 7946 0123", Birthday: "1990-05-17"},
		crm.Customer{GivenName: "Bob", Email: "bob@localhost", Birthday: "2090-05-17"},
		crm.Customer{GivenName: "Test", Phone: "+44 20 79"},
	)
	fmt.Print(check(book, nil))
	// Output:
	// 3 persons on 2025-06-15
	//
	//       field  have          missing  bad  stale
	//        name     3  100.0%        0    1      0
	//       email     2   66.7%        1    1      0
	//       phone     2   66.7%        1    1      0
	//     address     0    0.0%        3    0      0
	//    birthday     2   66.7%        1    1      0
	//      locale     0    0.0%        3    0      0
	//   time_zone     0    0.0%        3    0      0
	//
	// high    email      invalid      1
	// medium  birthday   future       1
	// medium  name       placeholder  1
	// medium  phone      invalid      1
	// low     address    missing      3
	// low     locale     missing      3
	// low     time_zone  missing      3
	// low     birthday   missing      1
	// low     email      missing      1
	// low     phone      missing      1
}

// The samples lead to the customers, for a page of the back office.
func ExampleReport_Find() {
	book := shop(
		crm.Customer{ID: "c1", GivenName: "Ada", Phone: "020 7946 0123"},
		crm.Customer{ID: "c2", GivenName: "Charles", Phone: "020 7946 0123"},
		crm.Customer{ID: "c3", GivenName: "Grace", Phone: "020 7946 0999"},
	)
	if f := check(book, nil).Find("phone", quality.Duplicate); f != nil {
		fmt.Println(f.Count, "number of several persons:")
		for _, id := range f.Customers {
			c, err := book.Customers.Get(context.Background(), id)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(" ", c.Name())
		}
	}
	// Output:
	// 1 number of several persons:
	//   Ada
	//   Charles
}

// A field by itself: may birthdays be congratulated on, or are there too few?
func ExampleReport_Field() {
	book := shop(
		crm.Customer{GivenName: "Ada", Birthday: "1990-05-17"},
		crm.Customer{GivenName: "Bob", Birthday: "--12-24"},
		crm.Customer{GivenName: "Eve"},
	)
	f := check(book, nil).Field("birthday")
	fmt.Printf("%d of %d, and %d bad\n", f.Have, f.Have+f.Missing, f.Bad)
	// Output: 2 of 3, and 0 bad
}

// Throw-away addresses are those of a list that the shop keeps.
func ExampleOptions() {
	list := []string{"throwaway.test", "tenminutes.test"}
	book := shop(
		crm.Customer{GivenName: "Ada", Email: "ada@shop.test", Version: today.AddDate(-2, 0, 0)},
		crm.Customer{GivenName: "Bob", Email: "bob@Throwaway.test", Version: today.AddDate(-2, 0, 0)},
	)
	report := check(book, &quality.Options{
		Stale:      365 * 24 * time.Hour,
		Disposable: func(domain string) bool { return slices.Contains(list, domain) },
	})
	for _, f := range report.Findings {
		if f.Field == "email" {
			fmt.Println(f.Fault, f.Count)
		}
	}
	// Output:
	// stale 2
	// disposable 1
}

// A report goes as JSON to whoever watches it, and holds no personal data.
func ExampleCheck() {
	book := shop(crm.Customer{ID: "c1", GivenName: "Ada", Email: "ada@shop", Phone: "+44 20 7946 0123"})
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	for _, f := range check(book, nil).Findings {
		if f.Severity == quality.High {
			if err := out.Encode(f); err != nil {
				log.Fatal(err)
			}
		}
	}
	// Output:
	// {
	//   "field": "email",
	//   "fault": "invalid",
	//   "severity": "high",
	//   "count": 1,
	//   "customers": [
	//     "c1"
	//   ]
	// }
}
