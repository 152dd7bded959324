package alike_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/seed-9cb3708a/clientele/segment/internal/alike"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// BenchmarkFind finds the 1,000 who are most like 1 % of 20,000 customers, or of
// 1,000,000 with CLIENTELE_SCALE=full, who have ten orders of two lines each on
// average, of 5,000 products in 50 categories.
func BenchmarkFind(b *testing.B) {
	people := 20_000
	if os.Getenv("CLIENTELE_SCALE") == "full" {
		people = 1_000_000
	}
	base := column.New()
	for i := range 5000 {
		base.SetProduct(&column.Product{ID: fmt.Sprint("p", i), Brand: fmt.Sprint("b", i%200), Categories: []string{fmt.Sprint("c", i%50)}})
	}
	r := rand.New(rand.NewPCG(1, 2))
	seed := roaring.New()
	for i := range people {
		p := &column.Person{ID: fmt.Sprint(i)}
		taste := r.IntN(50)
		for range r.IntN(20) {
			o := column.Order{Time: r.Int64N(1e11), State: "placed", Amount: r.Int64N(10_000)}
			for range 1 + r.IntN(3) {
				u := r.Float64()
				product := int(u * u * 5000)
				if r.IntN(2) == 0 {
					product = product/50*50 + taste
				}
				o.Items = append(o.Items, column.Item{Product: fmt.Sprint("p", product), Quantity: 1, Amount: 100})
			}
			p.Orders = append(p.Orders, o)
		}
		if ordinal := base.Put(p); taste == 7 && r.IntN(2) == 0 {
			seed.Add(ordinal)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		found, err := alike.Find(b.Context(), base, 1e12, seed, 1000)
		if err != nil || len(found) != 1000 {
			b.Fatal(len(found), err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	b.ReportMetric(float64(people), "people")
}
