package crm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/seed-9cb3708a/clientele/store"
)

// The header is the first line of an export.
type header struct {
	Format    string   `json:"format"`
	Version   int      `json:"version"`
	Currency  Currency `json:"currency"`
	Namespace string   `json:"namespace,omitzero"` // ids are made with it
}

// What stands in the header of every export of this release.
const (
	jsonlFormat  = "clientele.book"
	jsonlVersion = 1
)

// The footer is the last line of an export: one that was cut has none.
type footer struct {
	Records *int64 `json:"records"`
}

// A line is a record of an export.
type line struct {
	Table  string          `json:"table"`
	Record json.RawMessage `json:"record"`
}

// settled names the tables that belong to a store, and are not exported.
var settled = map[string]bool{
	bookTable.Name():      true, // the header tells what it has to tell
	followingTable.Name(): true,
	letterTable.Name():    true,
}

// portable returns the tables that are exported.
func (b *Book) portable() []store.Shelf {
	var list []store.Shelf
	for _, s := range b.shelves() {
		if !settled[s.Name()] {
			list = append(list, s)
		}
	}
	return list
}

// ExportJSONL writes the whole book to w, personal data included, as of one
// snapshot: a line of JSON that tells format, version and currency, and the
// namespace unless it is "",
//
//	{"format":"clientele.book","version":1,"currency":"EUR"}
//
// and one for each record of each table, those that rooms registered included
// ([Book.Register]), by the tables' numbers and their primary keys:
//
//	{"table":"crm.customers","record":{"id":"cus_…","given_name":"Ada",…}}
//
// The last line counts them, {"records":1397}, so that a cut file is noticed.
// Equal books make equal exports, whatever store they are in. Left out are the
// feed, what belongs to a store, such as secrets and how far followers have
// read, and fields that only a newer release knows: [store.Backup] has all. What
// the hashes of erased persons are made with is in it (see [Privacy.Erase]), so
// that a copy knows them too.
// ExportJSONL returns an error that wraps [ErrIncomplete] for a book whose
// [Book.ImportJSONL] did not end, w's error, ctx's, or one of the store.
func (b *Book) ExportJSONL(ctx context.Context, w io.Writer) error {
	return wrap("ExportJSONL", "", "", b.st.View(ctx, func(ctx context.Context, r store.Reader) error {
		own, err := b.settings.Get(r, b.settings.Key())
		if err != nil {
			return err
		}
		if own.Filling {
			return fmt.Errorf("an import of the book did not end, run it again: %w", ErrIncomplete)
		}
		out := bufio.NewWriterSize(w, 64<<10)
		head, err := json.Marshal(header{jsonlFormat, jsonlVersion, b.currency, b.opts.Namespace})
		if err != nil {
			return err
		}
		out.Write(append(head, '\n'))
		var total int64
		for _, s := range b.portable() {
			name, err := json.Marshal(s.Name())
			if err != nil {
				return err
			}
			for d, err := range s.Read(r, store.Range{}) {
				if total++; err == nil && total%100 == 0 {
					err = ctx.Err()
				}
				if err != nil {
					return err
				}
				for _, part := range [][]byte{[]byte(`{"table":`), name, []byte(`,"record":`), d.JSON, []byte("}\n")} {
					if _, err := out.Write(part); err != nil {
						return err
					}
				}
			}
		}
		foot, err := json.Marshal(footer{&total})
		if err != nil {
			return err
		}
		out.Write(append(foot, '\n'))
		return out.Flush()
	}))
}

// readHeader reads the first line and tells whether the book can take the rest.
func (b *Book) readHeader(text []byte) error {
	var head header
	if json.Unmarshal(text, &head) != nil || head.Format != jsonlFormat || head.Version < 1 {
		return fmt.Errorf("line 1: %w: want the header of an export", ErrInvalid)
	}
	if head.Version > jsonlVersion {
		return fmt.Errorf("line 1: version %d, this release knows up to %d: %w", head.Version, jsonlVersion, ErrNewer)
	}
	var f faults
	if head.Currency != b.currency {
		f.unlike("currency", string(head.Currency), head.Currency.Valid(), string(b.currency)+", in which this book was made")
	}
	if ns := head.Namespace; ns != b.opts.Namespace {
		f.unlike("namespace", ns, validKey(ns), fmt.Sprintf("%q, in which this book is and by which it makes ids", b.opts.Namespace))
	}
	if err := f.err(); err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	return nil
}

// unlike adds a fault with a value that is shown where it is of the right form:
// else it may be anything.
func (f *faults) unlike(field, value string, valid bool, want string) {
	if valid {
		f.add(field, value, want)
	} else {
		f.personal(field, value, want)
	}
}

// readFooter reports whether a line is the footer, and what it counts.
func readFooter(text []byte) (records int64, ok bool) {
	var foot footer
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if dec.Decode(&foot) != nil || foot.Records == nil || dec.More() {
		return 0, false
	}
	return *foot.Records, true
}

// readLine reads the record of a line, and finds its table.
func readLine(text []byte, shelves map[string]store.Shelf) (store.Shelf, json.RawMessage, error) {
	if len(text) > maxLine {
		return nil, nil, fmt.Errorf("%w: want at most %d bytes", ErrInvalid, maxLine)
	}
	var l line
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil || dec.More() || l.Table == "" || l.Record == nil {
		return nil, nil, fmt.Errorf(`%w: want {"table":"…","record":{…}}`, ErrInvalid)
	}
	s := shelves[l.Table]
	if s == nil {
		var f faults
		f.unlike("table", l.Table, validName(l.Table), "a table of the book, or of a room that is registered")
		return nil, nil, f.err()
	}
	return s, l.Record, nil
}

// maxLine is how long a line may be: a record of a megabyte, each byte escaped.
const maxLine = 8 << 20

// lines reads lines and counts them. Of one that is too long it keeps the
// beginning only.
type lines struct {
	r *bufio.Reader
	n int64
}

// next returns a line without its end, or io.EOF.
func (l *lines) next() ([]byte, error) {
	var text []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if len(text) <= maxLine {
			text = append(text, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(text) > 0:
			err = nil
		}
		if err == nil {
			l.n++
		}
		return bytes.TrimRight(text, "\r\n"), err
	}
}
