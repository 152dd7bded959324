package linkage_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
)

func BenchmarkLink(b *testing.B) {
	for _, n := range []int{100_000} {
		w := townOf(b, n, 3)
		b.Run("100k", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x := linkage.NewIndex()
				for _, p := range w.people {
					x.Add(p)
				}
				l, err := linkage.New(b.Context(), x, false)
				if err != nil {
					b.Fatal(err)
				}
				pairs, err := l.Find(b.Context(), linkage.Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(pairs)), "pairs")
				b.ReportMetric(float64(l.Report.Compared), "compared")
			}
		})
	}
}
