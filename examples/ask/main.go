// Ask answers rules as you type them: of how many customers one is true, of whom,
// and why of the first of them; what is wrong with it, and where; and what could
// stand next, which Tab puts there. Ctrl-U empties the line, Ctrl-C ends it.
//
//	go run ./examples/ask
//	go run ./examples/ask -db shop.db < rules.txt
//
// When it does not read from a terminal it answers each line once. Without -db
// the customers are those of a made-up shop; a file gets the tables of segments.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func main() {
	log.SetFlags(0)
	db := flag.String("db", "", "ask of the customers of the book in this `file`")
	flag.Parse()
	if err := run(context.Background(), *db); err != nil {
		log.Fatal("ask: ", err)
	}
}

func run(ctx context.Context, db string) error {
	s, err := open(ctx, db)
	if err != nil {
		return err
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		err = s.converse(ctx)
	} else {
		err = s.read(ctx, os.Stdin, os.Stdout)
	}
	return errors.Join(err, s.Store().Close())
}

type shop struct {
	*crm.Book
	catalog *segment.Catalog
}

// open opens the book in a file, or makes up a shop of 400 customers.
func open(ctx context.Context, db string) (shop, error) {
	demo := crmtest.Shop(400, 1)
	_, end := demo.Period()
	var st store.Store = memstore.New(nil)
	opts, err := &crm.Options{Currency: "EUR", Now: func() time.Time { return end }}, error(nil)
	if db != "" {
		opts = nil
		if _, err := os.Stat(db); err != nil { // as Open makes what is not there
			return shop{}, err
		}
		if st, err = boltstore.Open(db, nil); err != nil {
			return shop{}, err
		}
	}
	book, err := crm.New(st, opts)
	if err == nil && db == "" {
		_, err = book.Import(ctx, demo.All(), nil)
	}
	var catalog *segment.Catalog
	if err == nil {
		catalog, err = segment.New(book, nil)
	}
	if err != nil {
		return shop{}, errors.Join(err, st.Close())
	}
	return shop{book, catalog}, nil
}

// answer tells all about a rule, or what is wrong with it.
func (s shop) answer(ctx context.Context, text string) string {
	var b strings.Builder
	rule, err := segment.Parse(text)
	p := &segment.Preview{}
	if err == nil {
		p, err = s.catalog.Preview(ctx, rule, 3)
	}
	if faults, ok := errors.AsType[*segment.RuleError](err); ok {
		for _, f := range faults.Faults {
			at := max(f.Column, 1)
			f.Line, f.Column = 0, 0
			fmt.Fprintf(&b, "  %*s %v\n", at, "^", f)
		}
		return b.String()
	} else if err != nil {
		return err.Error() + "\n"
	}
	fmt.Fprintf(&b, "%d customers", p.Count)
	for i, id := range p.Sample {
		v, err := s.Customers.Get(ctx, id)
		if err != nil {
			return err.Error() + "\n"
		}
		fmt.Fprint(&b, map[bool]string{true: ": ", false: ", "}[i == 0], cmp.Or(v.Name(), string(v.ID)))
	}
	b.WriteByte('\n')
	for _, id := range p.Sample[:min(1, len(p.Sample))] {
		x, err := s.catalog.Explain(ctx, rule, id)
		if err != nil {
			return err.Error() + "\n"
		}
		explain(&b, x, "  ")
	}
	return b.String()
}

// explain writes each condition, whether it holds, and what was seen.
func explain(b *strings.Builder, x *segment.Explanation, indent string) {
	fmt.Fprintf(b, "%s%s %s", indent, map[bool]string{true: "✓", false: "✗"}[x.Holds], x.Rule)
	if !x.Value.IsZero() {
		fmt.Fprintf(b, "  is %v", x.Value)
	}
	if x.Facts > 0 {
		fmt.Fprintf(b, "  %d found", x.Facts)
	}
	b.WriteByte('\n')
	for _, part := range x.Parts {
		explain(b, part, indent+"  ")
	}
}

// read answers each line once.
func (s shop) read(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" {
			fmt.Fprintf(out, "> %s\n%s\n", text, s.answer(ctx, text))
		}
	}
	return lines.Err()
}
