package peerbench_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/peerbench"
)

var (
	customers = flag.Int("customers", scale(), "customers of the world that is measured")
	rounds    = flag.Int("rounds", 5, "how often each side is measured")
	seed      = flag.Uint64("seed", 1, "which world it is")
)

func scale() int {
	switch os.Getenv("CLIENTELE_SCALE") {
	case "full":
		return 1_000_000
	case "smoke":
		return 5_000
	}
	return 100_000
}

// sides are a world in both engines.
type sides struct {
	engine *eval.Engine
	duck   *peerbench.Duck
}

// load makes the world once for all benchmarks.
var load = sync.OnceValues(func() (*sides, error) {
	began := time.Now()
	w := peerbench.Make(*customers, *seed, 1)
	made := time.Now()
	base := w.Base()
	filled := time.Now()
	duck, err := peerbench.OpenDuck(context.Background(), w, base)
	fmt.Printf("%d customers, %d orders, %d items, %d events: made in %.1f s, columns in %.1f s, DuckDB in %.1f s\n", len(w.Customers), len(w.Orders), len(w.Items), len(w.Events),
		made.Sub(began).Seconds(), filled.Sub(made).Seconds(), time.Since(filled).Seconds())
	return &sides{eval.New(base, &eval.Options{Digits: 2}), duck}, err
})

// A side is one way to find a segment.
type side struct {
	query // none of ours
	find  func() error
	costs peerbench.Costs
}

func (s *side) cost() peerbench.Cost { return s.costs.Median() }

// BenchmarkSegments compares the segments with DuckDB, of which the query with
// the least CPU counts. The last of it are the geometric means.
func BenchmarkSegments(b *testing.B) {
	both, err := load()
	if err != nil {
		b.Fatal(err)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "members\tquery\tCPU ms\tbest\twall ms\tbest\tCPU/ours\twall/ours\t")
	var facts, kept means
	for _, s := range peerbench.Segments {
		b.Run(s.Name, func(b *testing.B) {
			for b.Loop() {
				members, all := measured(b, both, &s)
				own := all[0].cost()
				for _, side := range all {
					m, best := side.cost(), side.costs.Best()
					fmt.Fprintf(table, "%d\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", members, side.name,
						ms(m.CPU), ms(best.CPU), ms(m.Wall), ms(best.Wall), ratio(m.CPU, own.CPU), ratio(m.Wall, own.Wall))
				}
				fact := cheapest(slices.DeleteFunc(slices.Clone(all[1:]), func(s *side) bool { return s.kept })).cost()
				keep := cheapest(all[1:]).cost()
				facts.add(fact, own)
				kept.add(keep, own)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(members), "members")
				b.ReportMetric(ms(own.CPU), "cpu-ms")
				b.ReportMetric(ms(own.Wall), "wall-ms")
				b.ReportMetric(ratio(fact.CPU, own.CPU), "duckdb-cpu/ours")
				b.ReportMetric(ratio(fact.Wall, own.Wall), "duckdb-wall/ours")
				b.ReportMetric(ratio(keep.CPU, own.CPU), "duckdb-kept-cpu/ours")
				b.ReportMetric(ratio(keep.Wall, own.Wall), "duckdb-kept-wall/ours")
			}
		})
	}
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			table.Flush()
		}
		b.ReportMetric(0, "ns/op")
		if facts.n > 0 {
			b.ReportMetric(facts.mean(facts.cpu), "duckdb-cpu/ours")
			b.ReportMetric(facts.mean(facts.wall), "duckdb-wall/ours")
			b.ReportMetric(kept.mean(kept.cpu), "duckdb-kept-cpu/ours")
			b.ReportMetric(kept.mean(kept.wall), "duckdb-kept-wall/ours")
		}
	})
}

// measured measures all sides in turn, ours first, when they have found the
// same once. Nobody counts that time: each makes then what it keeps for later.
// Queries that take much more than the best are not asked again.
func measured(b *testing.B, both *sides, s *peerbench.Segment) (members int, all []*side) {
	b.Helper()
	ctx := b.Context()
	rows := ours(b, both.engine, s)
	all = append(all, &side{query: query{name: s.Name + ", ours"}, find: func() error {
		if s.Values != nil {
			_, err := peerbench.Values(ctx, both.engine, s.Values)
			return err
		}
		_, err := peerbench.Members(ctx, both.engine, s.Rule)
		return err
	}})
	for _, q := range queries(s) {
		if err := q.run(ctx, both.duck); err != nil {
			b.Fatal(err)
		}
		same(b, q.name, rows, found(b, both.duck))
		all = append(all, &side{query: q, find: func() error { return both.duck.Run(ctx, q.sql) }})
	}
	members, rows = len(rows), nil
	runtime.GC()
	const much = 1.3
	for round := range *rounds {
		for _, side := range all {
			err := both.duck.Dense(ctx, side.dense)
			if err != nil {
				b.Fatal(err)
			}
			c, err := peerbench.Measure(side.find)
			if err != nil {
				b.Fatal(err)
			}
			side.costs = append(side.costs, c)
		}
		if round == 0 {
			for _, kept := range []bool{false, true} {
				some := slices.DeleteFunc(slices.Clone(all[1:]), func(s *side) bool { return s.kept != kept })
				for _, s := range some {
					if ratio(s.cost().CPU, cheapest(some).cost().CPU) > much {
						all = slices.DeleteFunc(all, func(other *side) bool { return s == other })
					}
				}
			}
		}
	}
	return members, all
}

// cheapest returns the side with the least CPU.
func cheapest(sides []*side) *side {
	return slices.MinFunc(sides, func(a, b *side) int { return cmp.Compare(a.cost().CPU, b.cost().CPU) })
}

// means are of ratios of CPU and wall.
type means struct {
	cpu, wall float64 // sums of logarithms
	n         int
}

func (m *means) add(theirs, ours peerbench.Cost) {
	m.cpu += math.Log(ratio(theirs.CPU, ours.CPU))
	m.wall += math.Log(ratio(theirs.Wall, ours.Wall))
	m.n++
}

func (m *means) mean(sum float64) float64 { return math.Exp(sum / float64(m.n)) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
