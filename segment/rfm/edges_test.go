package rfm_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// published reads what the R package rfm printed for its own example.
func published(t testing.TB) (rfm.Measures, []string) {
	t.Helper()
	f, err := os.Open("testdata/rfm.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var m rfm.Measures
	var scores []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var recency, orders, spend int64
		var s string
		if _, err := fmt.Sscan(lines.Text(), &recency, &orders, &spend, &s); err != nil {
			t.Fatal(err)
		}
		m.Recency, m.Frequency, m.Monetary = append(m.Recency, recency), append(m.Frequency, orders), append(m.Monetary, spend)
		scores = append(scores, s)
	}
	if len(scores) != 995 {
		t.Fatalf("%d customers, want 995", len(scores))
	}
	return m, scores
}

// freeze returns the edges of a scheme that must be right.
func freeze(t testing.TB, s rfm.Scheme, m rfm.Measures) rfm.Edges {
	t.Helper()
	e, err := s.Freeze(m)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// everywhere is a scheme with one scale.
func everywhere(s rfm.Scale) rfm.Scheme {
	return rfm.Scheme{Recency: s, Frequency: s, Monetary: s}
}

// The package bins [q, q+1) with the bin below: right for whole quantiles, and
// one too many for 296.4 days, 254.8 and 505.4 dollars.
func TestPublishedScores(t *testing.T) {
	m, published := published(t)
	differ := func(s rfm.Scheme) (r, f, money, best int) {
		for i, got := range freeze(t, s, m).Scores(m) {
			want := published[i]
			if strconv.Itoa(int(got.R)) != want[:1] {
				r++
			}
			if strconv.Itoa(int(got.F)) != want[1:2] {
				f++
			}
			if strconv.Itoa(int(got.M)) != want[2:] {
				money++
			}
			if got.String() == "555" {
				best++
			}
		}
		return r, f, money, best
	}
	for _, c := range []struct {
		name   string
		scheme rfm.Scheme
		want   [4]int // scores of R, F and M that differ, and how many have 555
	}{
		{"fixed at the edges of the package", rfm.Scheme{
			Recency:   rfm.Scale{Method: rfm.Fixed, Edges: []int64{114, 180, 297, 481}},
			Frequency: rfm.Scale{Method: rfm.Fixed, Edges: []int64{4, 5, 6, 8}},
			Monetary:  rfm.Scale{Method: rfm.Fixed, Edges: []int64{256, 382, 507, 666}},
		}, [4]int{0, 0, 0, 35}},
		{"quantile", rfm.Scheme{}, [4]int{1, 0, 2, 35}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, f, money, best := differ(c.scheme)
			if diff := cmp.Diff(c.want, [4]int{r, f, money, best}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("rank_first parts equal customers", func(t *testing.T) {
		_, f, _, best := differ(everywhere(rfm.Scale{Method: rfm.RankFirst}))
		if f != 239 || best != 40 {
			t.Errorf("%d frequency scores differ and %d have 555, want 239 and 40", f, best)
		}
	})
}

// Quantiles of miles per gallon of the 32 cars of R's mtcars, in hundredths:
// the package's own test expects 16.20, 18.92, 22.00 and 25.08, which is one
// more each.
func TestPublishedQuantiles(t *testing.T) {
	miles := []int64{2100, 2100, 2280, 2140, 1870, 1810, 1430, 2440, 2280, 1920, 1780, 1640, 1730, 1520, 1040, 1040,
		1470, 3240, 3040, 3390, 2150, 1550, 1520, 1330, 1920, 2730, 2600, 3040, 1580, 1970, 1500, 2140}
	e := freeze(t, rfm.Scheme{}, rfm.Measures{Recency: miles, Frequency: miles, Monetary: miles})
	want := []int64{1520, 1792, 2100, 2408}
	if diff := cmp.Diff(want, e.Monetary.Values); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestScoresOfFew(t *testing.T) {
	for _, c := range []struct {
		name   string
		scheme rfm.Scheme
		m      rfm.Measures
		want   string
	}{
		{"nobody", rfm.Scheme{}, rfm.Measures{}, ""},
		{"nobody has bought", rfm.Scheme{}, rfm.Measures{Recency: []int64{0, 0}, Frequency: []int64{0, 0}, Monetary: []int64{0, 0}}, " "},
		{"one", rfm.Scheme{}, rfm.Measures{Recency: []int64{9}, Frequency: []int64{1}, Monetary: []int64{500}}, "511"},
		{"one by rank", everywhere(rfm.Scale{Method: rfm.RankFirst}), rfm.Measures{Recency: []int64{9}, Frequency: []int64{1}, Monetary: []int64{500}}, "111"},
		{"all equal", rfm.Scheme{}, rfm.Measures{Recency: []int64{9, 9, 9}, Frequency: []int64{1, 1, 1}, Monetary: []int64{5, 5, 5}}, "511 511 511"},
		{"all equal by rank", everywhere(rfm.Scale{Method: rfm.RankFirst, Bins: 3}), rfm.Measures{Recency: []int64{9, 9, 9}, Frequency: []int64{1, 1, 1}, Monetary: []int64{5, 5, 5}}, "111 222 333"},
		{"fewer values than bins", rfm.Scheme{}, rfm.Measures{Recency: []int64{3, 3, 8, 8}, Frequency: []int64{1, 1, 1, 2}, Monetary: []int64{10, 10, 10, 70}}, "511 511 211 255"},
		{"who has not bought has none, and moves no edge", everywhere(rfm.Scale{Bins: 2}),
			rfm.Measures{Recency: []int64{0, 10, 20, 0}, Frequency: []int64{0, 1, 2, -1}, Monetary: []int64{0, 100, 200, 0}}, " 211 122 "},
		{"gave more back than bought", everywhere(rfm.Scale{Bins: 3}),
			rfm.Measures{Recency: []int64{1, 1, 1}, Frequency: []int64{1, 1, 1}, Monetary: []int64{-500, 0, 500}}, "311 312 313"},
		{"on a fixed edge the better score", everywhere(rfm.Scale{Method: rfm.Fixed, Edges: []int64{30, 90}}),
			rfm.Measures{Recency: []int64{30, 31, 90, 91}, Frequency: []int64{30, 29, 90, 89}, Monetary: []int64{30, 29, 90, 89}}, "322 211 233 122"},
		{"ten bins", everywhere(rfm.Scale{Bins: 10}),
			rfm.Measures{Recency: []int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, Frequency: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, Monetary: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
			"111 222 333 444 555 666 777 888 999 10-10-10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range freeze(t, c.scheme, c.m).Scores(c.m) {
				got = append(got, s.String())
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	recency := rfm.Cuts{Low: true, Values: []int64{30, 90, 90}}
	spend := rfm.Cuts{Values: []int64{99, math.MaxInt64}}
	rank := rfm.Cuts{Values: []int64{2, 2}, Last: []int64{4, 8}}
	for _, c := range []struct {
		name  string
		cuts  rfm.Cuts
		score int
		want  string
	}{
		{"the most recent", recency, 4, "-9223372036854775808 to 30"},
		{"less recent", recency, 3, "31 to 90"},
		{"between equal edges", recency, 2, "nobody"},
		{"the oldest", recency, 1, "91 to 9223372036854775807"},
		{"little spend", spend, 1, "-9223372036854775808 to 99"},
		{"more", spend, 2, "100 to 9223372036854775807"},
		{"beyond all numbers", spend, 3, "nobody"},
		{"by rank, of equal values", rank, 2, "2 to 2"},
		{"by rank, from the value on the edge", rank, 3, "2 to 9223372036854775807"},
		{"no such score", rank, 4, "nobody"},
		{"no scores", rfm.Cuts{}, 1, "nobody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := "nobody"
			if least, most, ok := c.cuts.Bounds(c.score); ok {
				got = fmt.Sprintf("%d to %d", least, most)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFreezeFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		scheme rfm.Scheme
		m      rfm.Measures
		want   string
	}{
		{"one bin", rfm.Scheme{Recency: rfm.Scale{Bins: 1}}, rfm.Measures{}, "recency.bins: 1: want 2 to 10"},
		{"eleven bins", rfm.Scheme{Monetary: rfm.Scale{Method: rfm.RankFirst, Bins: 11}}, rfm.Measures{}, "monetary.bins: 11: want 2 to 10"},
		{"unknown method", rfm.Scheme{Frequency: rfm.Scale{Method: "ntile"}}, rfm.Measures{}, `frequency.method: "ntile": want quantile, rank_first or fixed`},
		{"edges without the method", rfm.Scheme{Recency: rfm.Scale{Edges: []int64{30}}}, rfm.Measures{}, "recency.edges: 1: want none, except with the method fixed"},
		{"fixed without edges, and all at once", everywhere(rfm.Scale{Method: rfm.Fixed}), rfm.Measures{},
			"recency.edges: 0: want 1 to 9 of them; frequency.edges: 0: want 1 to 9 of them; monetary.edges: 0: want 1 to 9 of them"},
		{"edges that fall", rfm.Scheme{Recency: rfm.Scale{Method: rfm.Fixed, Edges: []int64{30, 30, 20}}}, rfm.Measures{},
			"recency.edges[1]: 30: want more than the edge before it; recency.edges[2]: 20: want more than the edge before it"},
		{"bins that edges do not make", rfm.Scheme{Recency: rfm.Scale{Method: rfm.Fixed, Bins: 5, Edges: []int64{30}}}, rfm.Measures{}, "recency.bins: 5: want 2, one more than edges"},
		{"an edge that nothing is below", rfm.Scheme{Monetary: rfm.Scale{Method: rfm.Fixed, Edges: []int64{math.MinInt64}}}, rfm.Measures{}, "monetary.edges[0]: -9223372036854775808: want more than the least number"},
		{"slices of two lengths", rfm.Scheme{}, rfm.Measures{Frequency: []int64{1}, Monetary: []int64{1}}, "recency: 0: want 1 values, as many as of frequency"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.scheme.Freeze(c.m)
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// draws returns values of n customers with many or few that are equal, some of
// whom have not bought.
func draws(r *rand.Rand, n int) rfm.Measures {
	spread := []int64{2, 6, 1000, math.MaxInt64}[r.IntN(4)]
	draw := func() []int64 {
		values := make([]int64, n)
		for i := range values {
			values[i] = r.Int64N(spread) - r.Int64N(spread)
		}
		return values
	}
	return rfm.Measures{Recency: draw(), Frequency: draw(), Monetary: draw()}
}

// buyers returns the indexes of who has bought.
func buyers(m rfm.Measures) []int {
	var list []int
	for i, n := range m.Frequency {
		if n > 0 {
			list = append(list, i)
		}
	}
	return list
}

func TestQuantileIsTheQuantile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 400 {
		m, bins := draws(r, 1+r.IntN(300)), 2+r.IntN(9)
		e := freeze(t, everywhere(rfm.Scale{Bins: bins}), m)
		var sorted []int64
		for _, i := range buyers(m) {
			sorted = append(sorted, m.Monetary[i])
		}
		slices.Sort(sorted)
		var want []int64
		for k := 1; k < bins && len(sorted) > 0; k++ {
			place := (len(sorted) - 1) * k
			low, high := big.NewInt(sorted[place/bins]), big.NewInt(sorted[min(place/bins+1, len(sorted)-1)])
			high.Sub(high, low).Mul(high, big.NewInt(int64(place%bins)))
			want = append(want, low.Add(low, high.Div(high, big.NewInt(int64(bins)))).Int64())
		}
		if diff := cmp.Diff(want, e.Monetary.Values); diff != "" {
			t.Fatalf("%d customers, %d bins (-want +got)\n%s", len(sorted), bins, diff)
		}
	}
}

func TestRankFirstIsNtile(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 400 {
		m, bins := draws(r, 1+r.IntN(200)), 2+r.IntN(9)
		got := freeze(t, everywhere(rfm.Scale{Method: rfm.RankFirst, Bins: bins}), m).Scores(m)
		want := make([]rfm.Scores, len(got))
		ntile := func(values []int64, less bool, set func(i int, n uint8)) {
			list := buyers(m)
			slices.SortStableFunc(list, func(i, j int) int {
				if values[i] == values[j] {
					return 0
				} else if (values[i] < values[j]) == less {
					return -1
				}
				return 1
			})
			for tile := range bins {
				size := (len(buyers(m)) + bins - 1 - tile) / bins
				for _, i := range list[:size] {
					set(i, uint8(tile+1))
				}
				list = list[size:]
			}
		}
		ntile(m.Recency, false, func(i int, n uint8) { want[i].R = n })
		ntile(m.Frequency, true, func(i int, n uint8) { want[i].F = n })
		ntile(m.Monetary, true, func(i int, n uint8) { want[i].M = n })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%d bins (-want +got)\n%s", bins, diff)
		}
	}
}

// schemes returns one of each method, with a number of bins.
func schemes(r *rand.Rand) []rfm.Scheme {
	bins := 2 + r.IntN(9)
	fixed := rfm.Scale{Method: rfm.Fixed}
	for k := range int64(bins - 1) {
		fixed.Edges = append(fixed.Edges, k*3-4)
	}
	return []rfm.Scheme{everywhere(rfm.Scale{Bins: bins}), everywhere(rfm.Scale{Method: rfm.RankFirst, Bins: bins}), everywhere(fixed)}
}

func TestScoresHoldTheirLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		m := draws(r, 1+r.IntN(120))
		for _, scheme := range schemes(r) {
			name := string(scheme.Recency.Method)
			e := freeze(t, scheme, m)
			all := e.Scores(m)
			data, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			var kept rfm.Edges
			if err := json.Unmarshal(data, &kept); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e, kept); diff != "" {
				t.Fatalf("%s: kept as JSON (-want +got)\n%s", name, diff)
			}
			for i, want := range all {
				if got := kept.Score(m.Recency[i], m.Frequency[i], m.Monetary[i], int64(i)); got != want {
					t.Fatalf("%s: customer %d alone has %v, with all %v", name, i, got, want)
				}
				if (want == rfm.Scores{}) != (m.Frequency[i] <= 0) {
					t.Fatalf("%s: customer %d of %d orders has %v", name, i, m.Frequency[i], want)
				}
				if want == (rfm.Scores{}) {
					continue
				}
				for j, other := range all {
					if other == (rfm.Scores{}) {
						continue
					}
					if m.Recency[i] < m.Recency[j] && want.R < other.R || m.Frequency[i] > m.Frequency[j] && want.F < other.F || m.Monetary[i] > m.Monetary[j] && want.M < other.M {
						t.Fatalf("%s: better %d has %v, and worse %d has %v", name, i, want, j, other)
					}
					if scheme.Recency.Method != rfm.RankFirst && m.Monetary[i] == m.Monetary[j] && want.M != other.M {
						t.Fatalf("%s: equal customers have %v and %v", name, want, other)
					}
				}
				least, most, ok := e.Monetary.Bounds(int(want.M))
				if !ok || m.Monetary[i] < least || m.Monetary[i] > most {
					t.Fatalf("%s: %d has score %d of %d to %d, %v", name, m.Monetary[i], want.M, least, most, ok)
				}
				if next, ok := e.Recency.Next(m.Recency[i], int64(i)); ok {
					before, then := e.Recency.Score(next-1, int64(i)), e.Recency.Score(next, int64(i))
					if before != int(want.R) || then >= before {
						t.Fatalf("%s: at age %d score %d falls to %d, from %d at %d", name, next, before, then, want.R, m.Recency[i])
					}
				} else if last := e.Recency.Score(math.MaxInt64, int64(i)); last != int(want.R) {
					t.Fatalf("%s: score %d falls to %d, which Next does not tell", name, want.R, last)
				}
			}
		}
	}
}

func TestQuantileDoesNotKnowTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 100 {
		m := draws(r, 1+r.IntN(200))
		want := freeze(t, rfm.Scheme{}, m)
		r.Shuffle(len(m.Recency), func(i, j int) {
			for _, values := range [][]int64{m.Recency, m.Frequency, m.Monetary} {
				values[i], values[j] = values[j], values[i]
			}
		})
		if diff := cmp.Diff(want, freeze(t, rfm.Scheme{}, m)); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
}

func TestSharesAreEqualWithoutTies(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for n := 1; n < 60; n++ {
		for bins := 2; bins <= 10; bins++ {
			values := make([]int64, n)
			for i, v := range r.Perm(n) {
				values[i] = int64(v + 1)
			}
			m := rfm.Measures{Recency: values, Frequency: values, Monetary: values}
			for _, method := range []rfm.Method{rfm.Quantile, rfm.RankFirst} {
				counts := make([]int, bins)
				for _, s := range freeze(t, everywhere(rfm.Scale{Method: method, Bins: bins}), m).Scores(m) {
					counts[s.M-1]++
				}
				if least, most := slices.Min(counts), slices.Max(counts); most-least > 1 {
					t.Errorf("%s: %d customers in %d bins: %v", method, n, bins, counts)
				}
			}
		}
	}
}

func BenchmarkFreezeAndScore(b *testing.B) {
	const customers = 1_000_000
	r := rand.New(rand.NewPCG(6, 6))
	m := rfm.Measures{Recency: make([]int64, customers), Frequency: make([]int64, customers), Monetary: make([]int64, customers)}
	for i := range customers {
		u := r.Float64()
		m.Recency[i], m.Frequency[i] = r.Int64N(1000), int64(1+20*u*u*u)
		m.Monetary[i] = m.Frequency[i] * (500 + r.Int64N(10_000))
	}
	for _, method := range []rfm.Method{rfm.Quantile, rfm.RankFirst} {
		b.Run(string(method), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := freeze(b, everywhere(rfm.Scale{Method: method}), m)
				if s := e.Scores(m); len(s) != customers {
					b.Fatal(len(s))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/customers, "ns/customer")
		})
	}
}
