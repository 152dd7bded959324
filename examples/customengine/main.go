// Customengine shows a store.Store of one's own: it works in memory and writes
// every commit as a line of JSON to the end of a file, which can be read, or
// followed with tail -f. What a shop would add is a lock on the file, and a way
// to shorten it. engine_test.go proves that it obeys the law of all engines.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

func main() {
	dir, err := os.MkdirTemp("", "customengine")
	check(err)
	defer os.RemoveAll(dir)
	for _, name := range []string{"Ada", "Grace"} { // as if the program was started twice
		st, err := open(filepath.Join(dir, "shop.journal"))
		check(err)
		book, err := crm.New(st, nil)
		check(err)
		_, err = book.Customers.Record(context.Background(), crm.Customer{GivenName: name, Email: name + "@example.com"})
		check(err)
		n, err := book.Customers.Count(context.Background())
		check(err)
		fmt.Printf("%s is customer number %d\n", name, n)
		check(st.Close())
	}
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

// A journal is safe for concurrent use, as every Store has to be.
type journal struct {
	*memstore.Store               // has View, Feed and Wait
	writer          chan struct{} // has room for one: the Update that runs
	file            *os.File
	failed          error // why it takes no more commits
}

// A commit is a line of the file.
type commit struct {
	Deleted []store.Range // goes first
	Writes  []store.KV    // the value null deletes
	Feed    [][2][]byte   // topic and payload; both are any bytes
}

func open(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{Store: memstore.New(nil), writer: make(chan struct{}, 1), file: file}
	lines, size := bufio.NewReader(file), int64(0)
	for err == nil {
		var c commit
		line, end := lines.ReadBytes('\n')
		if err = cmp.Or(end, json.Unmarshal(line, &c)); err == nil {
			size, err = size+int64(len(line)), j.Store.Update(context.Background(), c.apply)
		}
	}
	if err == io.EOF { // what may be left is half a commit that nobody was told of
		err = cmp.Or(file.Truncate(size), j.Store.Update(context.Background(), translate))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s, byte %d: %w: %w", path, size, store.ErrCorrupt, err), file.Close())
	}
	return j, nil
}

// translate moves durable followers to the same place of this feed, which is a
// new one. Anybody else's cursor has expired, as after store.Restore.
func translate(_ context.Context, tx store.Tx) error {
	head, err := tx.Head()
	for f, e := range store.Cursors(tx) {
		major, minor := f.Cursor.Position()
		store.SaveCursor(tx, f.Name, store.NewCursor(head.Epoch(), major, minor))
		err = cmp.Or(err, e)
	}
	return err
}

// Update runs one callback at a time, and commits to the file before memory.
func (j *journal) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	b, err := j.update(ctx, fn)
	if err == nil {
		b.Committed() // what AfterCommit was given, which may well Update again
	}
	return err
}

func (j *journal) update(ctx context.Context, fn func(context.Context, store.Tx) error) (b *store.Buffer, err error) {
	if _, err := store.Enter(ctx, j.Store); err != nil {
		return nil, err // inside a transaction it would wait for itself
	}
	select {
	case j.writer <- struct{}{}:
		defer func() { <-j.writer }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	err = j.View(ctx, func(ctx context.Context, r store.Reader) error {
		b = store.NewBuffer(r) // a Tx that keeps what is written, and shows it in reads
		defer b.Close()
		return cmp.Or(fn(ctx, b), b.Err(), ctx.Err())
	})
	if err = cmp.Or(err, j.failed); err != nil || b.Empty() {
		return b, err
	}
	c := commit{Deleted: slices.Collect(b.Deleted())}
	for key, value := range b.Writes() {
		c.Writes = append(c.Writes, store.KV{Key: slices.Clone(key), Value: value})
	}
	for _, e := range b.Entries() {
		c.Feed = append(c.Feed, [2][]byte{[]byte(e.Topic), e.Payload})
	}
	if err := cmp.Or(json.NewEncoder(j.file).Encode(c), j.file.Sync()); err != nil {
		j.failed = fmt.Errorf("%w: %w", store.ErrCommitUnknown, err) // who knows what the file holds
		return nil, j.failed
	}
	return b, j.Store.Update(context.WithoutCancel(ctx), c.apply) // there is no way back
}

func (c *commit) apply(_ context.Context, tx store.Tx) error {
	for _, rg := range c.Deleted {
		tx.DeleteRange(rg.From, rg.To)
	}
	for _, w := range c.Writes {
		if tx.Put(w.Key, w.Value); w.Value == nil {
			tx.Delete(w.Key)
		}
	}
	for _, e := range c.Feed {
		tx.Emit(string(e[0]), e[1])
	}
	return nil
}

func (j *journal) Close() error {
	j.writer <- struct{}{} // waits for an Update that runs
	defer func() { <-j.writer }()
	j.file.Close()
	return j.Store.Close()
}
