package boltstore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// The benchmarks do the same work with bolt itself, in small rounds that
// alternate with ours, so that whatever else the machine does meets both. The
// metric x-raw is the ratio.

// floor opens bolt as the engine does, but for the group commit.
func floor(b *testing.B) *bolt.DB {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bolt.Options{
		FreelistType:    bolt.FreelistMapType,
		NoStatistics:    true,
		InitialMmapSize: 1 << 30,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket(rawBucket)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

var rawBucket = []byte("raw")

// benchKey returns the nth key of 18 bytes.
func benchKey(n uint64) []byte {
	key := make([]byte, 18)
	key[0], key[1] = 1, 0
	binary.BigEndian.PutUint64(key[10:], n)
	return key
}

// duel runs ours and raw in turn, each for b.N times in all, and returns how
// long they took.
func duel(b *testing.B, round int, ours, raw func(n int)) (x, y time.Duration) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n < round {
			continue
		}
		start := time.Now()
		ours(n)
		x += time.Since(start)
		b.StopTimer()
		start = time.Now()
		raw(n)
		y += time.Since(start)
		b.StartTimer()
		n = 0
	}
	return x, y
}

func BenchmarkUpdateLone(b *testing.B) {
	ctx := b.Context()
	st, db := open(b, filepath.Join(b.TempDir(), "shop.db")), floor(b)
	defer st.Close()
	value := make([]byte, 200)
	var i, j uint64
	x, y := duel(b, 10, func(n int) {
		for range n {
			i++
			err := st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				tx.Put(benchKey(i), value)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}, func(n int) {
		for range n {
			j++
			err := db.Update(func(tx *bolt.Tx) error {
				return tx.Bucket(rawBucket).Put(benchKey(j), value)
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(x)/float64(y), "x-raw")
}

func BenchmarkUpdateParallel32(b *testing.B) {
	b.Run("Succeeding", func(b *testing.B) { benchmarkParallel(b, 0) })
	b.Run("Failing5Percent", func(b *testing.B) { benchmarkParallel(b, 0.05) })
}

func benchmarkParallel(b *testing.B, failing float64) {
	const writers = 32
	ctx := b.Context()
	st, db := open(b, filepath.Join(b.TempDir(), "shop.db")), floor(b)
	defer st.Close()
	value := make([]byte, 200)
	errFails := errors.New("this one fails")
	run := func(n int, update func() error) {
		var wg sync.WaitGroup
		var left atomic.Int64
		left.Store(int64(n))
		for range writers {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					if err := update(); err != nil && err != errFails {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	var i, j atomic.Uint64
	x, y := duel(b, 10*writers, func(n int) {
		run(n, func() error {
			return st.Update(ctx, func(_ context.Context, tx store.Tx) error {
				tx.Put(benchKey(i.Add(1)), value)
				if failing > 0 && rand.Float64() < failing {
					return errFails
				}
				return nil
			})
		})
	}, func(n int) {
		run(n, func() error {
			return db.Update(func(tx *bolt.Tx) error {
				if err := tx.Bucket(rawBucket).Put(benchKey(j.Add(1)), value); err != nil {
					return err
				}
				if failing > 0 && rand.Float64() < failing {
					return errFails
				}
				return nil
			})
		})
	})
	b.ReportMetric(float64(y)/float64(x), "x-raw")
}

// benchKeys is how many pairs the benchmarks of reads have.
const benchKeys = 100_000

// filled returns a store and bolt with the same pairs.
func filled(b *testing.B) (st store.Store, db *bolt.DB) {
	b.Helper()
	st, db = open(b, filepath.Join(b.TempDir(), "shop.db")), floor(b)
	value := make([]byte, 200)
	const chunk = 10_000
	for at := uint64(0); at < benchKeys; at += chunk {
		err := st.Update(b.Context(), func(_ context.Context, tx store.Tx) error {
			for n := at; n < at+chunk; n++ {
				tx.Put(benchKey(n), value)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		err = db.Update(func(tx *bolt.Tx) error {
			raw := tx.Bucket(rawBucket)
			raw.FillPercent = 0.95
			for n := at; n < at+chunk; n++ {
				if err := raw.Put(benchKey(n), value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return st, db
}

func BenchmarkGet(b *testing.B) {
	ctx := b.Context()
	st, db := filled(b)
	defer st.Close()
	keys := make([][]byte, 4096)
	for i := range keys {
		keys[i] = benchKey(rand.Uint64N(benchKeys))
	}
	var i, j int
	x, y := duel(b, 100, func(n int) {
		for range n {
			i++
			err := st.View(ctx, func(_ context.Context, r store.Reader) error {
				_, err := r.Get(keys[i%len(keys)])
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}, func(n int) {
		for range n {
			j++
			var v []byte
			err := db.View(func(tx *bolt.Tx) error {
				v = append(v, tx.Bucket(rawBucket).Get(keys[j%len(keys)])...)
				return nil
			})
			if err != nil || len(v) != 200 {
				b.Fatal(err, len(v))
			}
		}
	})
	b.ReportMetric(float64(x)/float64(y), "x-raw")
}

func BenchmarkScan(b *testing.B) {
	ctx := b.Context()
	st, db := filled(b)
	defer st.Close()
	const length = 1000
	var i, j int
	at := func(i int) []byte { return benchKey(uint64(i * 7919 % (benchKeys - length))) }
	x, y := duel(b, 10, func(n int) {
		for range n {
			i++
			got := 0
			err := st.View(ctx, func(_ context.Context, r store.Reader) error {
				for kv, err := range r.Scan(store.Range{From: at(i), Limit: length}) {
					if err != nil {
						return err
					}
					got += len(kv.Value)
				}
				return nil
			})
			if err != nil || got != 200*length {
				b.Fatal(err, got)
			}
		}
	}, func(n int) {
		for range n {
			j++
			got := 0
			err := db.View(func(tx *bolt.Tx) error {
				c := tx.Bucket(rawBucket).Cursor()
				var key, value []byte
				k, v := c.Seek(at(j))
				for n := 0; k != nil && n < length; k, v = c.Next() {
					key, value = append(key[:0], k...), append(value[:0], v...)
					got += len(value)
					n++
				}
				return nil
			})
			if err != nil || got != 200*length {
				b.Fatal(err, got)
			}
		}
	})
	b.ReportMetric(float64(x)/float64(y), "x-raw")
}
