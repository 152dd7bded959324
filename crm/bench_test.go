package crm_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

var benchStart = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// benchOrder is order i: 4 lines, for one of so many customers, a minute after
// the one before.
func benchOrder(i, customers int) *crm.Order {
	o := &crm.Order{
		Ref:        crm.Ref{Source: "shop", ID: strconv.Itoa(100_000_000 + i)},
		Number:     "#" + strconv.Itoa(i),
		Channel:    crm.ChannelWeb,
		State:      crm.StatePaid,
		Currency:   "EUR",
		Shipping:   crm.Money{Amount: 490, Currency: "EUR"},
		OccurredAt: benchStart.Add(time.Duration(i) * time.Minute),
		Items:      make([]crm.Item, 4),
	}
	for j := range o.Items {
		p := (i*7919 + j*104729) % 2000
		o.Items[j] = crm.Item{
			SKU: "SKU-" + strconv.Itoa(p), Title: "Product number " + strconv.Itoa(p), Quantity: int64(1 + j%3),
			Price: crm.Money{Amount: int64(500 + p), Currency: "EUR"},
		}
	}
	return o
}

func benchBuyer(i, customers int) *crm.Customer {
	n := i * 7907 % customers
	id := strconv.Itoa(1_000_000 + n)
	return &crm.Customer{
		Refs: []crm.Ref{{Source: "shop", ID: id}}, Account: true, GivenName: "Given" + id, FamilyName: "Family" + id,
		Email: "c" + id + "@example.com", FirstSeenAt: benchStart.Add(time.Duration(n) * time.Minute),
	}
}

// benchRecords yields 2,000 products, then orders with their buyers.
func benchRecords(orders, customers int) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for p := range 2000 {
			n := strconv.Itoa(p)
			if !yield(crm.Record{Product: &crm.Product{
				Ref: crm.Ref{Source: "shop", ID: n}, Title: "Product number " + n, Published: true,
				Variants: []crm.Variant{{SKU: "SKU-" + n, Price: crm.Money{Amount: int64(500 + p), Currency: "EUR"}, UnitCost: crm.Money{Amount: int64(300 + p), Currency: "EUR"}}},
			}}, nil) {
				return
			}
		}
		for i := range orders {
			if !yield(crm.Record{Customer: benchBuyer(i, customers), Order: benchOrder(i, customers)}, nil) {
				return
			}
		}
	}
}

// sized is how many records a benchmark has: n, and for the gate, which is only
// to see that the benchmark runs, a twentieth of that.
func sized(n int) int {
	if os.Getenv("CLIENTELE_SCALE") == "smoke" {
		return n / 20
	}
	return n
}

// short is a number of records as the name of a benchmark.
func short(n int) string {
	if n < 1_000_000 {
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n/1_000_000) + "M"
}

func openBook(tb testing.TB, name string, wrap func(store.Store) store.Store) *crm.Book {
	tb.Helper()
	st, err := boltstore.Open(filepath.Join(tb.TempDir(), name), nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	var s store.Store = st
	if wrap != nil {
		s = wrap(st)
	}
	book, err := crm.New(s, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return book
}

// BenchmarkImport measures the bulk path, and compares it with what bbolt
// itself takes for the same final puts: sorted, in the same transactions.
func BenchmarkImport(b *testing.B) {
	scales := []int{sized(100_000)}
	if os.Getenv("CLIENTELE_SCALE") == "full" {
		scales = append(scales, 5_000_000)
	}
	for _, orders := range scales {
		b.Run(short(orders), func(b *testing.B) {
			customers := orders / 5
			journal := filepath.Join(b.TempDir(), "journal")
			f, err := os.Create(journal)
			if err != nil {
				b.Fatal(err)
			}
			rec := &recorder{file: f}
			if _, err := openBook(b, "recorded.db", func(st store.Store) store.Store {
				rec.Store = st
				return rec
			}).Import(b.Context(), benchRecords(orders, customers), nil); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}

			var ours, raw time.Duration
			runs := 0
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				raw += replay(b, journal)
				book := openBook(b, fmt.Sprintf("shop%d.db", runs), nil)
				b.StartTimer()
				start := time.Now()
				report, err := book.Import(b.Context(), benchRecords(orders, customers), nil)
				ours += time.Since(start)
				if err != nil || report.Orders.Created != int64(orders) || report.Rejected > 0 {
					b.Fatalf("report %+v, error %v", report, err)
				}
				runs++
			}
			b.ReportMetric(float64(runs*orders)/ours.Seconds(), "orders/s")
			b.ReportMetric(ours.Seconds()/raw.Seconds(), "x-raw")
		})
	}
}

// A recorder writes the final puts of every transaction to a file.
type recorder struct {
	store.Store
	file *os.File
	seq  uint64
}

func (r *recorder) Unwrap() store.Store { return r.Store }

func (r *recorder) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	var puts map[string][]byte
	err := r.Store.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		puts = map[string][]byte{}
		return fn(ctx, &recordingTx{tx, puts, r.seq})
	})
	if err != nil || len(puts) == 0 {
		return err
	}
	var buf []byte
	for _, key := range slices.Sorted(maps.Keys(puts)) {
		if key[0] == 0xFF {
			r.seq++
		}
		buf = binary.AppendUvarint(buf, uint64(len(key)))
		buf = append(buf, key...)
		buf = binary.AppendUvarint(buf, uint64(len(puts[key])))
		buf = append(buf, puts[key]...)
	}
	size := binary.BigEndian.AppendUint64(nil, uint64(len(buf)))
	_, err = r.file.Write(append(size, buf...))
	return err
}

type recordingTx struct {
	store.Tx
	puts map[string][]byte
	seq  uint64
}

func (t *recordingTx) Put(key, value []byte) {
	t.puts[string(key)] = bytes.Clone(value)
	t.Tx.Put(key, value)
}

func (t *recordingTx) Emit(topic string, payload []byte) {
	t.seq++
	t.puts[string(binary.BigEndian.AppendUint64([]byte{0xFF, 0xFF}, t.seq))] = append([]byte(topic), payload...)
	t.Tx.Emit(topic, payload)
}

// reserve is address space for bolt's map, where there is enough of it.
const reserve = math.MaxInt / (1 << 30) * 2

// replay writes a recorder's file into a fresh bbolt file and returns how long
// the transactions took.
func replay(b *testing.B, journal string) time.Duration {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: reserve})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	f, err := os.Open(journal)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	var took time.Duration
	for {
		var size [8]byte
		if _, err := io.ReadFull(in, size[:]); err == io.EOF {
			return took
		} else if err != nil {
			b.Fatal(err)
		}
		puts := make([]byte, binary.BigEndian.Uint64(size[:]))
		if _, err := io.ReadFull(in, puts); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		err := db.Update(func(tx *bbolt.Tx) error {
			var name []byte
			var bucket *bbolt.Bucket
			take := func() []byte {
				n, size := binary.Uvarint(puts)
				p := puts[size : size+int(n)]
				puts = puts[size+int(n):]
				return p
			}
			for len(puts) > 0 {
				key, value := take(), take()
				if !bytes.Equal(name, key[:2]) {
					name = key[:2]
					var err error
					if bucket, err = tx.CreateBucketIfNotExists(name); err != nil {
						return err
					}
				}
				if err := bucket.Put(key, value); err != nil {
					return err
				}
			}
			return nil
		})
		took += time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecordParallel32 records durable orders one at a time from 32
// goroutines: each is in the file when its call returns.
func BenchmarkRecordParallel32(b *testing.B) {
	book := openBook(b, "shop.db", nil)
	if _, err := book.Import(b.Context(), benchRecords(10_000, 2_000), nil); err != nil {
		b.Fatal(err)
	}
	ids := customerIDs(b, book)
	var next atomic.Int64
	next.Store(1_000_000)
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(next.Add(1))
			o := benchOrder(i, 2_000)
			o.CustomerID = ids[i%len(ids)]
			if _, err := book.Orders.Record(b.Context(), *o); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkProfile reads a customer, the aggregates and the last 20 orders: of
// 100,000 customers, and of 2,000 persons among them who are five merged ids.
func BenchmarkProfile(b *testing.B) {
	book := openBook(b, "shop.db", nil)
	customers := sized(100_000)
	if _, err := book.Import(b.Context(), benchRecords(5*customers, customers), nil); err != nil {
		b.Fatal(err)
	}
	ids := customerIDs(b, book)
	persons := customers / 50
	for i := range persons {
		for j := range 4 {
			if _, err := book.Customers.Merge(b.Context(), ids[i+(j+1)*persons], ids[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, bm := range []struct {
		name   string
		ids    []crm.CustomerID
		orders int
	}{{"alone", ids[5*persons:], 5}, {"x5", ids[:5*persons], 25}} {
		b.Run(bm.name, func(b *testing.B) {
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				p, err := book.Customers.Profile(b.Context(), bm.ids[i*7919%len(bm.ids)])
				if err != nil || p.Aggregates.Orders != bm.orders || len(p.Orders) != min(20, bm.orders) {
					b.Fatalf("profile %+v, error %v", p, err)
				}
				i++
			}
		})
	}
}

func customerIDs(tb testing.TB, book *crm.Book) []crm.CustomerID {
	tb.Helper()
	var ids []crm.CustomerID
	for c, err := range book.Customers.List(tb.Context(), crm.CustomerQuery{}) {
		if err != nil {
			tb.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	return ids
}
