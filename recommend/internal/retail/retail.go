// Package retail reads the rows of the Online Retail data set, on which the
// models of recommend are measured. Tests alone use it.
package retail

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Row is one line of an invoice.
type Row struct {
	Invoice, Customer string // Customer is "" where the shop did not know it
	Code, Title       string
	Quantity          int32 // below zero on a cancellation
	Time              time.Time
	Price             float64 // of one piece, in pounds
	Country           string
}

// Cut is where the published protocols divide the data: what came before is
// for training, the thirty days after it for the test.
var Cut = time.Date(2011, 11, 9, 12, 50, 0, 0, time.UTC)

// Path returns where the data lie, and whether they do: in $CLIENTELE_DATA,
// else in ../shared/data seen from the root of the repository, which is up
// from the working folder.
func Path() (string, bool) {
	dir := os.Getenv("CLIENTELE_DATA")
	for up := "."; dir == "" && len(up) < 24; up = filepath.Join(up, "..") {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			dir = filepath.Join(up, "..", "shared", "data")
		}
	}
	path := filepath.Join(dir, "online-retail", "online_retail.csv.gz")
	_, err := os.Stat(path)
	return path, err == nil
}

// Read returns all rows of a file in its order.
func Read(path string) ([]Row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(unpacked)
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return nil, err
	}
	words := map[string]string{} // each text once
	word := func(s string) string {
		w, ok := words[s]
		if !ok {
			w = strings.Clone(s)
			words[w] = w
		}
		return w
	}
	var rows []Row
	for {
		v, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		quantity, err := strconv.ParseInt(v[3], 10, 32)
		if err != nil {
			return nil, err
		}
		at, err := time.Parse(time.DateTime, v[4])
		if err != nil {
			return nil, err
		}
		price, err := strconv.ParseFloat(v[5], 64)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{
			Invoice: word(v[0]), Customer: word(strings.TrimSuffix(v[6], ".0")),
			Code: word(v[1]), Title: word(v[2]),
			Quantity: int32(quantity), Time: at, Price: price, Country: word(v[7]),
		})
	}
}

// Product reports whether a code is that of a product: five digits first. The
// others are postage, bank charges, manual entries and the like.
func (r *Row) Product() bool {
	if len(r.Code) < 5 {
		return false
	}
	for i := range 5 {
		if c := r.Code[i]; c < '0' || '9' < c {
			return false
		}
	}
	return true
}

// Sold reports whether the published protocols count the row: a product, sold
// and not given back, at a price.
func (r *Row) Sold() bool { return r.Product() && r.Quantity > 0 && r.Price > 0 }
