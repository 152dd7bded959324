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
		done, err := c.tx.as(ctx)
		if err == nil {
			defer done()
			err = f(c.tx)
		}
		return wrap(op, kind, id, err)
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

// see returns what f reads, or nothing when it fails.
func see[T any](ctx context.Context, c conn, op, kind, id string, f func(*Tx) (T, error)) (T, error) {
	if c.tx != nil {
		v, err := f(c.tx)
		return result(v, wrap(op, kind, id, err))
	}
	var v T
	err := c.view(ctx, op, kind, id, func(tx *Tx) (err error) {
		v, err = f(tx)
		return err
	})
	return result(v, err)
}

// change returns what f makes, or nothing when it fails.
func change[T any](ctx context.Context, c conn, op, kind, id string, f func(*Tx) (T, error)) (v T, err error) {
	err = c.update(ctx, op, kind, id, func(tx *Tx) (err error) {
		v, err = f(tx)
		return err
	})
	return result(v, err)
}

func result[T any](v T, err error) (T, error) {
	if err != nil {
		return *new(T), err
	}
	return v, nil
}

// keyOf is the primary key of a record with an id.
func keyOf[T any, ID ~string](t *store.Table[T], id ID) store.Key { return t.Key().String(string(id)) }

// byRef returns the record that a source knows by ref.
func byRef[T any](tx *Tx, t *store.Table[T], ref Ref) (*T, error) {
	ix := t.Index("ref")
	return ix.Get(tx.st, refKey(ix.Key(), ref))
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
func list[T any](ctx context.Context, limit int, after string, page func(limit int, after string) (Page[T], error)) iter.Seq2[*T, error] {
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
				if err := ctx.Err(); err != nil {
					yield(nil, err)
					return
				}
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

// find returns the row of a record by its id, else by its ref; nil when there is
// none.
func find[T any, ID ~string](tx *Tx, t *store.Table[T], id ID, ref Ref) (*store.Row[T], error) {
	switch ix := t.Index("ref"); {
	case id != "":
		return found(t.Load(tx.st, keyOf(t, id)))
	case !ref.IsZero():
		return found(ix.Load(tx.st, refKey(ix.Key(), ref)))
	}
	return nil, nil
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
