// Inspect tells what is in the file of a book, and changes nothing: its tables,
// or the records of one, and its feed. Personal data it shows only if asked.
// Without a file it makes one of a demo shop.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

var (
	table    = flag.String("table", "", "show only this `table`, such as crm.orders, with records")
	n        = flag.Int("n", 3, "how many events or records to show, 0 for all records; below 0 the last records")
	personal = flag.Bool("personal", false, "show personal data")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	path, ctx := flag.Arg(0), context.Background()
	if path == "" {
		dir, err := os.MkdirTemp("", "inspect")
		check(err)
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "demo.db")
		demo(ctx, path)
	}
	_, err := os.Stat(path) // as Open makes what is not there
	check(err)
	st, err := boltstore.Open(path, nil) // and no Book, as crm.New brings it up to date
	check(err)
	defer st.Close()
	if *table != "" {
		check(st.View(ctx, func(_ context.Context, r store.Reader) error { records(os.Stdout, r); return nil }))
		return
	}
	stats, err := st.Stats(ctx)
	check(err)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	var followers []store.Follower
	check(st.View(ctx, func(_ context.Context, r store.Reader) error {
		fmt.Fprintf(w, "%s: %s, %s, %s of it free\n", filepath.Base(path), stats.Engine, size(stats.Bytes), size(stats.Free))
		fmt.Fprintf(w, "feed: after %v up to %v\n\n", stats.Oldest, stats.Head)
		tables(w, r)
		for f, err := range store.Cursors(r) {
			check(err)
			followers = append(followers, f)
		}
		return nil
	}))
	feed(w, st.Feed(ctx, stats.Oldest), followers)
}

// check ends the program; it only reads, so that does no harm.
func check(err error) {
	if err != nil {
		log.Fatal("inspect: ", err)
	}
}

// tables tells how much there is of what: index 0 of a table is its records.
func tables(w io.Writer, r store.Reader) {
	list, err := store.Tables(r)
	check(err)
	spaces, err := store.Namespaces(r)
	check(err)
	fmt.Fprintln(w, "TABLE\tNUMBER\tNAMESPACE\tFORMAT\tRECORDS\tSIZE\tINDEXES\tSIZE")
	for _, t := range list {
		var count, bytes [2]int64 // of records, of indexes
		for _, index := range append([]byte{0}, t.Indexes...) {
			for kv, err := range r.Scan(store.Prefix(store.NewKey(t.Number, index).Uint(t.Space))) {
				check(err)
				count[min(index, 1)]++
				bytes[min(index, 1)] += int64(len(kv.Key) + len(kv.Value))
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%q\t%d\t%d\t%s\t%d\t%s\n", t.Name, t.Number, spaces[t.Space], t.Format, count[0], size(bytes[0]), t.Indexes, size(bytes[1]))
	}
}

// records shows those of one table, in every namespace.
func records(w io.Writer, r store.Reader) {
	spaces, err := store.Namespaces(r)
	check(err)
	for space := range spaces {
		q := crm.InspectQuery{Table: *table, Space: uint64(space), Newest: *n < 0, Limit: max(*n, -*n), Personal: *personal}
		for text, err := range crm.Inspect(r, q) {
			check(err)
			fmt.Fprintf(w, "%s\n", text)
		}
	}
}

// feed tells what happened, and how far durable followers are behind.
func feed(w io.Writer, entries iter.Seq2[store.Entry, error], followers []store.Follower) {
	var last []*crm.Event
	kinds, behind := map[crm.EventKind]int{}, map[string]int{}
	for entry, err := range entries {
		check(err)
		e, err := crm.DecodeEvent(entry)
		if errors.Is(err, crm.ErrInvalid) {
			e, err = &crm.Event{Kind: crm.EventKind("of topic " + entry.Topic)}, nil
		}
		check(err)
		kinds[e.Kind]++
		for _, f := range followers {
			if f.Cursor.Compare(entry.Cursor) < 0 {
				behind[f.Name]++
			}
		}
		if last = append(last, e); len(last) > max(*n, -*n) {
			last = last[1:]
		}
	}
	fmt.Fprintln(w, "\nEVENT\tIN THE FEED")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(w, "%s\t%d\n", kind, kinds[kind])
	}
	fmt.Fprintln(w, "\nLAST EVENTS\tOF\tOCCURRED, UTC")
	for _, e := range last {
		of := cmp.Or(string(e.RefundID), string(e.OrderID), string(e.ProductID), string(e.CustomerID))
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.Kind, of, e.OccurredAt.Format(time.DateTime))
	}
	fmt.Fprintln(w, "\nFOLLOWER\tEVENTS BEHIND")
	for _, f := range followers {
		fmt.Fprintf(w, "%s\t%d\n", f.Name, behind[f.Name])
	}
}

func size(bytes int64) string { return fmt.Sprintf("%.1f KiB", float64(bytes)/1024) }

// demo makes a shop that is the same in every run.
func demo(ctx context.Context, path string) {
	st, err := boltstore.Open(path, nil)
	check(err)
	shop := crmtest.Shop(100, 1)
	book, err := crm.New(st, &crm.Options{Now: func() time.Time { _, end := shop.Period(); return end }})
	check(err)
	_, err = book.Import(ctx, shop.Records(), nil)
	check(err)
	check(st.Close())
}
