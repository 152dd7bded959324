package model_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

func TestTop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.SampledFrom([]float32{-1, 0, .5, 1, 2, 3, float32(math.NaN()), float32(math.Inf(1))}), 0, 40).Draw(t, "scores")
		k := rapid.IntRange(0, 12).Draw(t, "k")
		odd := rapid.Bool().Draw(t, "odd")
		keep := func(p int32) bool { return !odd || p%2 == 1 }
		var want []int32
		for p := range int32(len(scores)) {
			if keep(p) && scores[p] == scores[p] {
				want = append(want, p)
			}
		}
		slices.SortStableFunc(want, func(a, b int32) int {
			if scores[a] > scores[b] {
				return -1
			}
			if scores[a] < scores[b] {
				return 1
			}
			return 0
		})
		want = want[:min(k, len(want))]
		if got := model.Top(nil, scores, k, keep); !slices.Equal(got, want) {
			t.Fatalf("the best %d of %v are %v, want %v", k, scores, got, want)
		}
	})
}

// baskets returns a log of baskets of nobody known.
func baskets(of ...[]string) *ledger.Log {
	book := ledger.New()
	for i, products := range of {
		b := ledger.Basket{ID: string(rune('a' + i))}
		for _, p := range products {
			b.Lines = append(b.Lines, ledger.Line{Product: p, Quantity: 1})
		}
		book.Put(b)
	}
	return book.Log(ledger.Bought, nil)
}

func scores(m model.Scorer, l *ledger.Log, q *model.Query) map[string]float32 {
	out := make([]float32, len(l.Products))
	for i := range out {
		out[i] = 77 // what was there before is overwritten
	}
	m.Score(q, out)
	got := map[string]float32{}
	for p, s := range out {
		got[l.Products[p]] = s
	}
	return got
}

func TestTogether(t *testing.T) {
	l := baskets([]string{"tea", "cup"}, []string{"tea", "cup"}, []string{"tea", "pot"}, []string{"tea"}, []string{"jam"}, []string{"cup", "jam"})
	q := &model.Query{Cart: []int32{l.Number("tea")}}
	for _, c := range []struct {
		name    string
		measure model.Measure
		want    map[string]float32
	}{
		{"cosine", model.Cosine, map[string]float32{"cup": float32(2 / math.Sqrt(12)), "pot": .5, "jam": 0, "tea": 0}},
		{"chance", model.Chance, map[string]float32{"cup": 2. / 14, "pot": 1. / 14, "jam": 0, "tea": 0}},
		{"surprise", model.Surprise, map[string]float32{"cup": 0, "pot": float32(model.Ratio(1, 4, 1, 6)), "jam": 0, "tea": 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := model.NewTogether(l, 1, c.measure, 100, 1)
			if diff := cmp.Diff(c.want, scores(m, l, q), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("large baskets and rare pairs are left out", func(t *testing.T) {
		got := scores(model.NewTogether(l, 1, model.Cosine, 1, 1), l, q)
		if got["cup"] != 0 {
			t.Errorf("cup has %v", got["cup"])
		}
		if got := scores(model.NewTogether(l, 1, model.Cosine, 9, 2), l, q); got["pot"] != 0 || got["cup"] == 0 {
			t.Errorf("got %v", got)
		}
	})
}

// The figure is from Dunning's paper: "the swiss" stands together 110 times.
func TestRatio(t *testing.T) {
	if got := model.Ratio(110, 110+2442, 110+111, 110+2442+111+29114); math.Abs(got-270.72) > .01 {
		t.Errorf("the ratio is %.2f, want 270.72", got)
	}
	if got := model.Ratio(1, 10, 10, 50); got != 0 {
		t.Errorf("rarer than by chance is %v, want 0", got)
	}
	if got := model.Ratio(0, 0, 0, 0); got != 0 {
		t.Errorf("nothing is %v, want 0", got)
	}
}

// A second way: for each product alone, the ridge regression of its column on
// all others, by elimination in float64.
func TestEaseAgainstRegressions(t *testing.T) {
	draw := rand.New(rand.NewPCG(5, 5))
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	var sets [][]string
	for range 60 {
		draw.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		sets = append(sets, slices.Clone(names[:1+draw.IntN(5)]))
	}
	l := baskets(sets...)
	n := len(l.Products)
	const ridge = 3
	for _, of := range []model.Sets{model.OfBaskets, model.OfCustomers} {
		m, err := model.NewEase(t.Context(), l, 1, model.EaseOptions{Sets: of, Ridge: ridge})
		if err != nil {
			t.Fatal(err)
		}
		for target := range int32(n) {
			var others []int32
			for p := range int32(n) {
				if p != target {
					others = append(others, p)
				}
			}
			a, b := make([]float64, len(others)*len(others)), make([]float64, len(others))
			for i, x := range others {
				a[i*len(others)+i] = ridge
				for basket := range int32(l.Baskets()) {
					lines := l.Lines(basket)
					if !slices.Contains(lines, x) {
						continue
					}
					for j, y := range others {
						if slices.Contains(lines, y) {
							a[i*len(others)+j]++
						}
					}
					if slices.Contains(lines, target) {
						b[i]++
					}
				}
			}
			want := model.Solved(a, b)
			for i, x := range others {
				out := make([]float32, n)
				m.Score(&model.Query{Cart: []int32{x}}, out)
				if math.Abs(float64(out[target])-want[i]) > 1e-4 {
					t.Fatalf("sets %d: %s foretells %s with %v, want %v", of, l.Products[x], l.Products[target], out[target], want[i])
				}
			}
		}
	}
}

func TestEaseHead(t *testing.T) {
	l := baskets([]string{"tea", "cup"}, []string{"tea", "cup"}, []string{"tea", "cup", "rare"})
	m, err := model.NewEase(t.Context(), l, 1, model.EaseOptions{Sets: model.OfBaskets, Ridge: 1, Head: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := scores(m, l, &model.Query{Cart: []int32{l.Number("tea"), l.Number("rare")}})
	if got["rare"] != 0 || got["cup"] <= 0 {
		t.Errorf("got %v", got)
	}
	if parts := m.Reason(&model.Query{Cart: []int32{l.Number("tea")}}, l.Number("rare")); parts != nil {
		t.Errorf("beyond the head the reason is %v", parts)
	}
}

func TestOwn(t *testing.T) {
	l := baskets([]string{"cup", "pot", "tea"})
	past := []model.Item{{Product: 0, Day: 0, Basket: 0}, {Product: 2, Day: 0, Basket: 0}, {Product: 2, Day: 30, Basket: 1}}
	q := &model.Query{Day: 30, Past: past}
	for _, c := range []struct {
		name string
		half float64
		want map[string]float32
	}{
		{"counts", 0, map[string]float32{"cup": float32(math.Log(2)), "pot": 0, "tea": float32(math.Log(3))}},
		{"half", 30, map[string]float32{"cup": float32(math.Log(1.5)), "pot": 0, "tea": float32(math.Log(2.5))}},
	} {
		if diff := cmp.Diff(c.want, scores(model.NewOwn(c.half), l, q), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

// One customer with a thousand baskets is not the taste of the shop.
func TestPopularityOfOneWholesaler(t *testing.T) {
	book := ledger.New()
	put := func(who string, n int, product string) {
		for i := range n {
			book.Put(ledger.Basket{ID: who + string(rune('0'+i/10)) + string(rune('0'+i%10)), Customer: who, Lines: []ledger.Line{{Product: product, Quantity: 1000}}})
		}
	}
	put("wholesaler", 81, "crates")
	for _, c := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		put(c, 1, "cups")
	}
	l := book.Log(ledger.Bought, nil)
	got := scores(model.NewPopularity(l, 1, 0), l, nil)
	if got["crates"] >= got["cups"] {
		t.Errorf("got %v", got)
	}
}

func TestTrend(t *testing.T) {
	book := ledger.New()
	for i := range 30 {
		p := "old"
		if i >= 25 {
			p = "young"
		}
		book.Put(ledger.Basket{ID: string(rune('A' + i)), Day: int32(i), Lines: []ledger.Line{{Product: p, Quantity: 1}}})
	}
	l := book.Log(ledger.Bought, nil)
	if got := scores(model.NewPopularity(l, 30, 0), l, nil); got["old"] <= got["young"] {
		t.Errorf("popular: %v", got)
	}
	if got := scores(model.NewPopularity(l, 30, 3), l, nil); got["old"] >= got["young"] {
		t.Errorf("trending: %v", got)
	}
	if got := scores(model.NewPopularity(l, 25, 3), l, nil); got["young"] != 0 {
		t.Errorf("on day 25 nobody knows what comes: %v", got)
	}
}

// What nobody bought yet is found by its words.
func TestContentOfNewProduct(t *testing.T) {
	texts := []string{"Red kettle brand:north", "Red tea pot brand:north", "Garden hose", "Garden spade", "Red kettle, new brand:north"}
	c := model.NewContent(texts, 0)
	out := make([]float32, len(texts))
	c.Score(&model.Query{Past: []model.Item{{Product: 0, Quantity: 1}}}, out)
	if diff := cmp.Diff([]int32{4, 0, 1}, model.Top(nil, out, 3, func(p int32) bool { return out[p] > 0 })); diff != "" && out[4] < out[1] {
		t.Errorf("(-want +got)\n%s in %v", diff, out)
	}
	if out[2] != 0 || out[3] != 0 {
		t.Errorf("a hose is like a kettle: %v", out)
	}
}

func TestDue(t *testing.T) {
	book := ledger.New()
	for c := range 30 {
		for n := range 6 { // everybody buys coffee each month and salt each half year
			b := ledger.Basket{ID: string(rune('A'+c)) + string(rune('0'+n)), Customer: string(rune('A' + c)), Day: int32(c + 30*n)}
			b.Lines = []ledger.Line{{Product: "coffee", Quantity: 1}}
			if n%5 == 0 {
				b.Lines = append(b.Lines, ledger.Line{Product: "salt", Quantity: 1})
			}
			book.Put(b)
		}
	}
	l := book.Log(ledger.Bought, nil)
	d, err := model.NewDue(t.Context(), l, 400, model.DueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	dates := d.Dates(model.Past(l, 0, 400), 2)
	if len(dates) != 2 {
		t.Fatalf("dates are %v", dates)
	}
	coffee := dates[0]
	if days := coffee.Day - coffee.Last; days < 23 || days > 37 || coffee.Confidence < .5 || coffee.Times != 6 {
		t.Errorf("coffee is due %d days after the last time: %+v", days, coffee)
	}
	if days, confidence := d.Gap(l.Number("coffee"), nil, nil); days < 23 || days > 37 || confidence <= 0 {
		t.Errorf("a stranger's coffee is due after %v days (%v)", days, confidence)
	}
	none, err := model.NewDue(t.Context(), baskets([]string{"tea"}), 9, model.DueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if days, confidence := none.Gap(0, nil, nil); days != 0 || confidence != 0 {
		t.Errorf("where nothing was taken twice the gap is %v (%v)", days, confidence)
	}
}

// What was taken in every basket comes again sooner than what was taken once;
// both in a shop that knows enough and in one that does not.
func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		name  string
		m     maker
		known bool
	}{
		{"a year", oldShop, true},
		{"three weeks", maker{customers: 20, products: 60, days: 21, size: 4}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := c.m.goods(3)
			day := int32(c.m.days)
			r := repeats(t, g.Log, day)
			if r.Known != c.known {
				t.Errorf("known is %t", r.Known)
			}
			past := []model.Item{{Product: 0, Quantity: 1, Day: day - 60, Basket: 0}}
			for b := range int32(6) {
				past = append(past, model.Item{Product: 1, Quantity: 1, Day: day - 60 + 10*b, Basket: b})
			}
			products, chances := r.Chances(past, day)
			if diff := cmp.Diff([]int32{0, 1}, products); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			if !(0 < chances[0] && chances[0] < chances[1] && chances[1] < 1) {
				t.Errorf("chances are %v", chances)
			}
		})
	}
}

// Many gaps stand for themselves: the answer is right for most of them.
func TestGapIsRightForTheMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own := rapid.SliceOfN(rapid.Float32Range(1, 200), 1, 12).Draw(t, "gaps")
		d, err := model.NewDue(context.Background(), baskets([]string{"tea"}), 9, model.DueOptions{Own: 1})
		if err != nil {
			t.Fatal(err)
		}
		got, confidence := d.Gap(0, own, nil)
		right := func(x float64) (n float64) {
			for _, g := range own {
				if math.Abs(x-float64(g)) <= max(7, .25*float64(g))+1e-6 {
					n++
				}
			}
			return n / float64(len(own))
		}
		best := 0.0
		for x := 1.0; x < 300; x += .25 {
			best = max(best, right(x))
		}
		if right(got) < best-1e-9 || math.Abs(confidence-right(got)) > .26 && right(got) < 1 {
			t.Fatalf("%v is right for %v of %v, %v can be", got, right(got), own, best)
		}
	})
}

// Whenever ctx ends, nothing comes of what is being made.
func TestEndedContext(t *testing.T) {
	g := maker{customers: 40, products: 20, days: 90, size: 3}.goods(1)
	for name, make := range map[string]func(context.Context) (any, error){
		"Train":  func(ctx context.Context) (any, error) { return model.Train(ctx, g, 90, model.Settings{Rank: 4}) },
		"Tune":   func(ctx context.Context) (any, error) { return model.Tune(ctx, g, 90, model.Settings{Rank: 4}) },
		"Repeat": func(ctx context.Context) (any, error) { return model.NewRepeat(ctx, g.Log, 90, 30) },
	} {
		t.Run(name, func(t *testing.T) {
			for n := int64(0); ; n += 1 + n/2 {
				ctx := &ending{Context: t.Context()}
				ctx.left.Store(n)
				_, err := make(ctx)
				if ended := ctx.left.Load() < 0; !ended && err != nil || ended && !errors.Is(err, context.Canceled) {
					t.Fatalf("asked %d times for the end of ctx, it returned %v", n-ctx.left.Load(), err)
				} else if !ended {
					break
				}
			}
		})
	}
}

// ending is a context that ends when it was asked so many times.
type ending struct {
	context.Context
	left atomic.Int64
}

func (c *ending) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}
