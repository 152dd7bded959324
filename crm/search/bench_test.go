package search_test

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/search"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// A census makes up customers whose names are distributed as those of real
// people are: by Zipf's law, with a long tail of names that few have.
type census struct {
	n                       int
	givens, families, towns []string
	given, family, town     []float64 // cumulated
}

func newCensus(n int) *census {
	c := &census{n: n}
	r := rand.New(rand.NewPCG(1, 1))
	c.givens, c.given = lexicon(r, 4000, 2, 3)
	c.families, c.family = lexicon(r, max(1000, n/7), 2, 4)
	c.towns, c.town = lexicon(r, 5000, 2, 4)
	return c
}

// lexicon makes n words of so many syllables, with how often they and those
// before them occur.
func lexicon(r *rand.Rand, n, least, most int) (words []string, sums []float64) {
	heads := []string{"b", "br", "d", "f", "g", "h", "j", "k", "kr", "l", "m", "n", "p", "r", "s", "sch", "st", "t", "v", "w", "z", ""}
	hearts := []string{"a", "e", "i", "o", "u", "ei", "au", "ü", "y", "ie"}
	tails := []string{"", "", "n", "r", "l", "s", "tz", "ck", "mann", "nd"}
	seen := map[string]bool{}
	sum := 0.0
	for len(words) < n {
		var w strings.Builder
		for range least + r.IntN(most-least+1) {
			w.WriteString(heads[r.IntN(len(heads))] + hearts[r.IntN(len(hearts))] + tails[r.IntN(len(tails))])
		}
		if len(w.String()) < 3 || seen[w.String()] {
			continue
		}
		seen[w.String()] = true
		sum += 1 / math.Pow(float64(len(words)+20), 0.9)
		words, sums = append(words, w.String()), append(sums, sum)
	}
	return words, sums
}

func draw(r *rand.Rand, words []string, sums []float64) string {
	x := r.Float64() * sums[len(sums)-1]
	lo, hi := 0, len(sums)-1
	for lo < hi {
		if mid := (lo + hi) / 2; sums[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return words[lo]
}

// customer is who number i is.
func (c *census) customer(i int) crm.Customer {
	r := rand.New(rand.NewPCG(7, uint64(i)))
	given, family := draw(r, c.givens, c.given), draw(r, c.families, c.family)
	domain := [...]string{"gmail.com", "gmail.com", "gmx.de", "example.com", "web.de", "mail." + family + ".example"}[r.IntN(6)]
	return crm.Customer{
		Refs: []crm.Ref{{Source: "shop", ID: strconv.Itoa(1_000_000 + i)}}, Account: true, GivenName: given, FamilyName: family,
		Email: fmt.Sprintf("%s.%s%d@%s", ascii(given), ascii(family), i, domain), Phone: fmt.Sprintf("+49 1%02d %08d", 50+i%30, (i*7919)%100_000_000),
		Addresses: []crm.Address{{
			Name: given + " " + family, Line1: draw(r, c.towns, c.town) + " " + strconv.Itoa(1+r.IntN(90)),
			City: draw(r, c.towns, c.town), Postcode: fmt.Sprintf("%05d", 10000+r.IntN(80000)), Country: "DE",
		}},
		FirstSeenAt: day(1).Add(time.Duration(i) * time.Minute),
	}
}

func ascii(s string) string {
	b := []byte{}
	for _, r := range s {
		if r < 0x80 {
			b = append(b, byte(r))
		} else {
			b = append(b, "ue"...)
		}
	}
	return string(b)
}

func (c *census) records() iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for i := range c.n {
			v := c.customer(i)
			o := crm.Order{Ref: crm.Ref{Source: "shop", ID: strconv.Itoa(i)}, Number: "#" + strconv.Itoa(100_000+i), OccurredAt: v.FirstSeenAt.Add(time.Hour), Total: crm.Money{Amount: 1000, Currency: "EUR"}}
			if !yield(crm.Record{Customer: &v, Order: &o}, nil) {
				return
			}
		}
	}
}

// scale is how many customers the benchmarks have.
func scale() int {
	switch os.Getenv("CLIENTELE_SCALE") {
	case "full":
		return 1_000_000
	case "smoke":
		return 5_000
	}
	return 100_000
}

// filled opens a store with a shop of customers, each with an order, and no index.
func filled(b *testing.B, c *census) store.Store {
	b.Helper()
	path := filepath.Join(b.TempDir(), "shop.db")
	st, err := boltstore.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	book, err := crm.New(st, nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := book.Import(b.Context(), c.records(), nil); err != nil {
		b.Fatal(err)
	}
	return st
}

// BenchmarkFind measures how long it takes to build an index, and to find 20
// customers in it by what people type.
func BenchmarkFind(b *testing.B) {
	c := newCensus(scale())
	st := filled(b, c)
	_, index := open(b, st, nil)
	before := size(b, st)
	start := time.Now()
	settle(b, index)
	b.Logf("built the index of %d customers in %v, %d bytes each", c.n, time.Since(start).Round(time.Millisecond), (size(b, st)-before)/int64(c.n))

	one := func(i int) crm.Customer { return c.customer(i * 7919 % c.n) }
	for _, bm := range []struct {
		name string
		text func(i int) string
	}{
		{"name", func(i int) string { v := one(i); return v.GivenName + " " + v.FamilyName }},
		{"prefix", func(i int) string { f := ascii(one(i).FamilyName); return f[:min(len(f), 3+i%3)] }},
		{"letter", func(i int) string { return string(rune('a' + i%26)) }},
		{"typo", func(i int) string { return misspelt(one(i).FamilyName, i) }},
		{"typos", func(i int) string { v := one(i); return misspelt(v.GivenName, i) + " " + misspelt(v.FamilyName, i+1) }},
		{"email", func(i int) string { return one(i).Email }},
		{"domain", func(int) string { return "gmail.com" }},
		{"phone", func(i int) string { p := one(i).Phone; return p[len(p)-8:] }},
		{"end", func(i int) string { p := one(i).Phone; return p[len(p)-4:] }},
		{"order", func(i int) string { return "#" + strconv.Itoa(100_000+i*7919%c.n) }},
		{"common", func(i int) string { return c.givens[i%5] + " " + c.families[i%7] }},
		{"city", func(i int) string { v := one(i); return v.FamilyName + " " + v.Addresses[0].City }},
		{"partial", func(i int) string { v := one(i); return v.GivenName + " " + v.FamilyName + " qqqqqq" }},
	} {
		b.Run(bm.name, func(b *testing.B) {
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if _, err := index.Find(b.Context(), search.Query{Text: bm.text(i)}); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/find")
		})
	}
}

// BenchmarkFollow measures how fast the index follows changes of names.
func BenchmarkFollow(b *testing.B) {
	c := newCensus(scale() / 10)
	st := filled(b, c)
	book, index := open(b, st, nil)
	settle(b, index)
	const batch = 256
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range batch {
			n++
			if _, err := book.Customers.Record(b.Context(), crm.Customer{GivenName: "Neu", FamilyName: c.families[n%1000], Email: fmt.Sprintf("neu%d@example.com", n)}); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		settle(b, index)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "customers/s")
}

func size(b *testing.B, st store.Store) int64 {
	b.Helper()
	s, ok := store.As[store.Stater](st)
	if !ok {
		return 0
	}
	stats, err := s.Stats(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return stats.Bytes - stats.Free
}

// misspelt makes one typo.
func misspelt(s string, i int) string {
	r := []rune(s)
	at := i % (len(r) - 1)
	switch i % 3 {
	case 0:
		r[at], r[at+1] = r[at+1], r[at]
	case 1:
		r = append(r[:at], r[at+1:]...)
	default:
		r[at] = 'x'
	}
	return string(r)
}
