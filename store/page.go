package store

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// A Page is a part of a list, and where the next part begins.
type Page[T any] struct {
	Items []*T   `json:"items"`
	Next  string `json:"next,omitzero"` // give it back to get the next page; "" on the last
}

// Page returns up to rg.Limit records of a range of primary keys; 0 means 100.
// After is "" or the Next of the page before, with the same range. An After
// that does not belong here is an error that wraps [ErrInvalid].
func (t *Table[T]) Page(r Reader, rg Range, after string) (Page[T], error) {
	var page Page[T]
	rg, err := resume(within(t.start, rg), after)
	if err != nil {
		return page, err
	}
	limit := rg.Limit
	rg.Limit++ // one more tells whether there is a next page
	var last []byte
	for kv, err := range r.Scan(rg) {
		if err != nil {
			return Page[T]{}, err
		}
		if len(page.Items) == limit {
			page.Next = token(rg, last)
			break
		}
		v, err := t.decode(kv.Value)
		if err != nil {
			return Page[T]{}, err
		}
		page.Items, last = append(page.Items, v), append(last[:0], kv.Key...)
	}
	return page, nil
}

// Page is [Table.Page] in the order of the index, for a range of its keys.
func (x *TableIndex[T]) Page(r Reader, rg Range, after string) (Page[T], error) {
	var page Page[T]
	rg, err := resume(within(x.start, rg), after)
	if err != nil {
		return page, err
	}
	limit := rg.Limit
	rg.Limit++
	var last []byte
	for e, err := range x.records(r, rg) {
		if err != nil {
			return Page[T]{}, err
		}
		if len(page.Items) == limit {
			page.Next = token(rg, last)
			break
		}
		page.Items, last = append(page.Items, e.value), e.key
	}
	return page, nil
}

// resume cuts a range off at the key that the page before ended with.
func resume(rg Range, after string) (Range, error) {
	if rg.Limit <= 0 {
		rg.Limit = 100
	}
	if after == "" {
		return rg, nil
	}
	key, err := base64.RawURLEncoding.Strict().DecodeString(after)
	if err == nil && (len(key) == 0 || key[0] != direction(rg)) {
		err = ErrInvalid
	} else if err == nil {
		key = key[1:]
	}
	if err != nil || len(key) > MaxKey || bytes.Compare(key, rg.From) < 0 || rg.To != nil && bytes.Compare(key, rg.To) >= 0 {
		return rg, fmt.Errorf("page %q: %w: want the Next of a page of the same list", after, ErrInvalid)
	}
	if rg.Reverse {
		rg.To = key
	} else {
		rg.From = append(key, 0)
	}
	return rg, nil
}

// token is the text form of the direction of a range and a key in it.
func token(rg Range, key []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{direction(rg)}, key...))
}

func direction(rg Range) byte {
	if rg.Reverse {
		return 1
	}
	return 0
}
