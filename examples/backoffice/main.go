// Backoffice shows a book to the people of the shop, as plain web pages: find a
// customer by half a name, see who they are, what they did and what they allow,
// make one of two records that are the same person, see what they take next and who
// would buy a product, and write the rules of segments with an answer at every key.
//
//	go run ./examples/backoffice
//	go run ./examples/backoffice -db shop.db
//
// Without -db it shows a made-up shop, in memory. In a file it keeps, beside the
// book, the index of package search, the queue of package duplicates, the catalog of
// package segment and the reminders of package recommend: a shop that erases or
// exports people from that file calls the New of all four, too, or its Erase and
// Export return crm.ErrUnregistered. Who does not want that shows a copy; so does
// whose shop is running, as it keeps the file to itself.
//
// The pages need no script, and nothing from elsewhere; the editor of segments has
// one of its own, which asks while somebody types. There is no login: it listens
// on this machine only, unless it is told to do otherwise.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	log.SetFlags(0)
	var s settings
	flag.StringVar(&s.addr, "addr", "127.0.0.1:8080", "listen on this `address`")
	flag.StringVar(&s.db, "db", "", "show the book in this `file`, and keep an index, a queue, segments and reminders in it; none makes up a shop")
	flag.StringVar(&s.namespace, "namespace", "", "show the book of this `name`, where a file has several")
	flag.BoolVar(&s.insecure, "insecure-listen", false, "listen beyond this machine: there is no login, so whoever reaches it sees and changes everything")
	hosts := flag.String("hosts", "", "other `names`, with commas, by which browsers may call it, such as that of a proxy before it")
	flag.Parse()
	s.hosts = strings.FieldsFunc(*hosts, func(r rune) bool { return r == ',' || r == ' ' })
	s.started = func(url string) {
		fmt.Printf("The back office is open at %s\nPress Ctrl-C to close it.\n", url)
		if s.db != "" {
			fmt.Printf("It keeps an index for searching, a queue of duplicates, segments and reminders in %s: a shop that erases or exports\npeople from this file calls search.New, duplicates.New, segment.New and recommend.New beside crm.New from now on.\n", s.db)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if flag.NArg() > 0 {
		log.Fatalf("backoffice: what is %q for? A file goes with -db", flag.Arg(0))
	}
	if err := run(ctx, s); err != nil {
		log.Fatal("backoffice: ", err)
	}
}
