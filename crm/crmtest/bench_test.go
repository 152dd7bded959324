package crmtest_test

import (
	"testing"

	"github.com/seed-9cb3708a/clientele/crm/crmtest"
)

// BenchmarkRecords tells what an order costs to make, with everything around
// it: 100,000 orders of 25,000 customers.
func BenchmarkRecords(b *testing.B) {
	b.ReportAllocs()
	orders := 0
	for b.Loop() {
		for r, err := range crmtest.Shop(25000, 1).Records() {
			if err != nil {
				b.Fatal(err)
			}
			if r.Order != nil && r.Refund == nil {
				orders++
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(orders), "ns/order")
}

// BenchmarkBehavior tells what one thing a visitor did costs to make.
func BenchmarkBehavior(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range crmtest.Shop(5000, 1).Behavior() {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/behavior")
}

// BenchmarkAll tells what a record costs to make when there are all of them.
func BenchmarkAll(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, err := range crmtest.Shop(5000, 1).All() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
}
