package crm

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A lane is the part of an index, whose keys are a customer id, a time and the
// id of a record, that is of one customer id. Lanes of several ids and tables
// are read together, in the order of time.
type lane struct {
	index store.Key // where the keys of the index begin
	owner CustomerID
	kind  int // the caller's, to know what the ids are of
}

// lanesOf returns the lanes of one index for several customer ids.
func lanesOf(list []lane, index store.Key, kind int, ids []CustomerID) []lane {
	for _, id := range ids {
		list = append(list, lane{index, id, kind})
	}
	return list
}

// A stop is where a lane has a record.
type stop struct {
	at   time.Time
	id   string
	kind int
}

// compare orders by time, then by id, then by what the id is of: a shop may give
// an order and a refund the same.
func (s stop) compare(t stop) int {
	return cmp.Or(s.at.Compare(t.at), cmp.Compare(s.id, t.id), cmp.Compare(s.kind, t.kind))
}

// A span is a window on lanes.
type span struct {
	from, to time.Time // at from or later and before to; zero is open
	newest   bool      // the newest first
	limit    int       // 0 means 100
	after    string    // the token of the page before
	of       string    // whose list it is, as the caller says: a token is of one list
}

// gather returns the stops of a page over lanes, in order, and the token of the
// next page, "" on the last. It reads keys only: up to limit+1 a lane.
func (tx *Tx) gather(lanes []lane, w span) (stops []stop, next string, err error) {
	if w.limit <= 0 {
		w.limit = 100
	}
	var last stop
	if w.after != "" {
		if last, err = w.resume(); err != nil {
			return nil, "", err
		}
	}
	stops = make([]stop, 0, w.limit+len(lanes))
	for _, l := range lanes {
		prefix := slices.Clip(l.index.String(string(l.owner)))
		rg := window(prefix, w.from, w.to, w.newest, w.limit+1)
		rg.KeysOnly = true
		if w.after != "" {
			key := prefix.Time(last.at).String(last.id).End()
			if w.newest && l.kind < last.kind || !w.newest && l.kind <= last.kind {
				key = append(key, 0) // what stands at this key comes before what follows
			}
			if w.newest && bytes.Compare(key, rg.To) < 0 {
				rg.To = key
			} else if !w.newest && bytes.Compare(key, rg.From) > 0 {
				rg.From = key
			}
		}
		for kv, err := range tx.st.Scan(rg) {
			if err != nil {
				return nil, "", err
			}
			k := store.ReadKey(kv.Key[len(prefix)-2:]) // after index and owner
			s := stop{k.Time(), k.String(), l.kind}
			if err := k.Err(); err != nil {
				return nil, "", err
			}
			stops = append(stops, s)
		}
	}
	if len(lanes) > 1 {
		slices.SortFunc(stops, func(a, b stop) int {
			if w.newest {
				a, b = b, a
			}
			return a.compare(b)
		})
	}
	if len(stops) > w.limit {
		stops = stops[:w.limit]
		next = w.token(stops[w.limit-1])
	}
	return stops, next, nil
}

// token tells the page after a stop.
func (w span) token(s stop) string {
	key := store.NewKey(0, 0).String(w.of).Bool(w.newest).Time(s.at).String(s.id).Int(int64(s.kind))
	return base64.RawURLEncoding.EncodeToString(key[2:])
}

// resume reads a token.
func (w span) resume() (s stop, err error) {
	key, err := base64.RawURLEncoding.Strict().DecodeString(w.after)
	if err == nil {
		k := store.ReadKey(append([]byte{0, 0}, key...))
		of, newest := k.String(), k.Bool()
		s.at, s.id, s.kind = k.Time(), k.String(), int(k.Int())
		if err = k.Err(); err == nil && (of != w.of || newest != w.newest) {
			err = ErrInvalid
		}
	}
	if err != nil || len(s.id) > maxKey {
		return s, fmt.Errorf("page %q: %w: want the Next of a page of the same list", w.after, ErrInvalid)
	}
	return s, nil
}

// pageOf returns a page of the records of one table that lanes lead to.
func pageOf[T any](tx *Tx, t *store.Table[T], lanes []lane, w span) (Page[T], error) {
	stops, next, err := tx.gather(lanes, w)
	if err != nil {
		return Page[T]{}, err
	}
	ids := make([]string, len(stops))
	for i, s := range stops {
		ids[i] = s.id
	}
	items, err := many(tx, t, ids)
	if err != nil {
		return Page[T]{}, err
	}
	for i, v := range items {
		if v == nil {
			return Page[T]{}, fmt.Errorf("table %s: an index names %s, which is not there: %w", t.Name(), ids[i], store.ErrCorrupt)
		}
	}
	return Page[T]{Items: items, Next: next}, nil
}
