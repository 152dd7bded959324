package crm

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A Page is a part of a list, and where the next part begins.
type Page[T any] = store.Page[T]

// conn is what a collection works on: a book, or a transaction of it.
type conn struct {
	book *Book
	tx   *Tx
}

func (c conn) view(ctx context.Context, op, kind, id string, f func(tx *Tx) error) error {
	if c.tx != nil {
		return wrap(op, kind, id, f(c.tx))
	}
	return wrap(op, kind, id, c.book.View(ctx, func(_ context.Context, tx *Tx) error { return f(tx) }))
}

func (c conn) update(ctx context.Context, op, kind, id string, f func(tx *Tx) error) error {
	if c.tx != nil {
		if c.tx.readOnly {
			return wrap(op, kind, id, ErrReadOnly)
		}
		return wrap(op, kind, id, f(c.tx))
	}
	return wrap(op, kind, id, c.book.Update(ctx, func(_ context.Context, tx *Tx) error { return f(tx) }))
}

// wrap names the call that failed, once.
func wrap(op, kind, id string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	if !validKey(id) { // an id that was given wrongly may be anything
		id = ""
	}
	return &Error{Op: op, Kind: kind, ID: id, Err: err}
}

// result returns what a call made, or nothing when it failed.
func result[T any](v *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// count counts the records under a key.
func (c conn) count(ctx context.Context, op string, key store.Key) (n int, err error) {
	err = c.view(ctx, op, "", "", func(tx *Tx) error {
		n = 0
		rg := store.Prefix(key)
		rg.KeysOnly = true
		for _, err := range tx.st.Scan(rg) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// list yields up to limit records, 0 for all, page by page.
func list[T any](limit int, after string, page func(limit int, after string) (Page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for left := limit; limit == 0 || left > 0; {
			size := 200
			if limit > 0 {
				size = min(size, left)
			}
			p, err := page(size, after)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, v := range p.Items {
				if !yield(v, nil) {
					return
				}
			}
			left -= len(p.Items)
			if after = p.Next; after == "" {
				return
			}
		}
	}
}

// found turns ErrNotFound into a nil row.
func found[T any](row *store.Row[T], err error) (*store.Row[T], error) {
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return row, err
}

// An outcome is what recording something did.
type outcome int

const (
	unchanged outcome = iota
	created
	updated
)

// stale reports whether what a source says is older than what is recorded. A
// source that does not tell its version speaks of now.
func (tx *Tx) stale(version, recorded, updated time.Time) bool {
	if version.IsZero() {
		version = tx.now
	}
	if recorded.IsZero() {
		recorded = updated
	}
	return version.Before(recorded)
}

// changes names the fields, as in JSON, in which two records differ.
func changes[T any](old, now *T) []Change {
	var list []Change
	a, b := reflect.ValueOf(old).Elem(), reflect.ValueOf(now).Elem()
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		switch name {
		case "version", "created_at", "updated_at":
			continue
		}
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			list = append(list, Change{Field: name})
		}
	}
	return list
}
