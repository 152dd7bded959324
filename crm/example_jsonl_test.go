package crm_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A whole book moves as text, from whichever store to whichever other.
func ExampleBook_ExportJSONL() {
	ctx := context.Background()
	book := demo(ctx)
	var file, again bytes.Buffer
	if err := book.ExportJSONL(ctx, &file); err != nil {
		log.Fatal(err)
	}
	text := file.String()
	fmt.Print(text[:strings.Index(text, "\n")+1])

	other := members(ctx)
	report, err := other.ImportJSONL(ctx, &file, nil)
	if err != nil {
		log.Fatal(err) // run again: it goes on where it was
	}
	fmt.Println("records:", report.Records, "written:", report.Written)
	if err := other.ExportJSONL(ctx, &again); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same again:", again.String() == text)
	// Output:
	// {"format":"clientele.book","version":1,"currency":"EUR"}
	// records: 10 written: 10
	// the same again: true
}

// Somebody edited an export. What cannot be taken is told by its line.
func ExampleBook_ImportJSONL() {
	ctx := context.Background()
	book := members(ctx)
	file := strings.NewReader(`{"format":"clientele.book","version":1,"currency":"EUR"}
{"table":"crm.customers","record":{"id":"ada","given_name":"Ada"}}
{"table":"crm.customers","record":{"id":"bob","shoe_size":43}}
{"table":"shop.carts","record":{"id":"cart-1"}}
{"records":3}
`)
	report, err := book.ImportJSONL(ctx, file, &crm.JSONLOptions{
		Reject: func(line int64, _ []byte, err error) { fmt.Printf("line %d: %v\n", line, err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("written:", report.Written, "rejected:", report.Rejected)
	// Output:
	// line 3: table crm.customers: field "shoe_size": invalid: there is none
	// line 4: invalid: table "shop.carts": want a table of the book, or of a room that is registered
	// written: 1 rejected: 2
}
