package eval_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/evaltest"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// draws is how many worlds are made up.
const draws = 25

// TestUntil walks from one instant at which an answer could change to the next,
// for 60 days, and asks every hour between, and just before each of them.
func TestUntil(t *testing.T) {
	const hour = int64(time.Hour / time.Millisecond)
	changes, steps := 0, 0
	for seed := range evaltest.Cases(uint64(draws)) {
		d := evaltest.NewDraw(1000 + seed)
		w := d.World(6)
		b := column.New()
		for _, p := range w.Products {
			b.SetProduct(p)
		}
		for _, p := range w.People {
			b.Put(p)
		}
		e := eval.New(b, &eval.Options{Location: w.Location, Digits: uint8(w.Digits), Vocabulary: w.Vocabulary, Segment: func(string) (rule.Node, error) {
			return rule.Parse("orders MATCHES (date >= -3d)", nil)
		}})
		for range 8 {
			n, err := d.Rule()
			if err != nil {
				t.Fatal(err)
			}
			p, err := e.Compile(n)
			if err != nil {
				continue // of segments that there are not
			}
			begin := w.At.UnixMilli()
			edges, err := p.Edges(t.Context(), begin)
			if err != nil {
				t.Fatal(err)
			}
			has := func(ordinal uint32, at int64) bool {
				answers, err := p.Has(ordinal, at, edges, nil)
				if err != nil {
					t.Fatal(err)
				}
				return answers[0]
			}
			for ordinal := range uint32(len(w.People)) {
				now := begin
				var last eval.Answer
				for at := begin; at < begin+60*24*hour; at += hour {
					for now <= at {
						answers, err := p.Ask(ordinal, now, edges, nil)
						if err != nil {
							t.Fatal(err)
						}
						if now > begin && answers[0].Holds != last.Holds {
							changes++
						}
						steps++
						last, now = answers[0], answers[0].Until
						if now < math.MaxInt64 && has(ordinal, now-1) != last.Holds {
							t.Fatalf("seed %d: %s\nperson %s at %s: %v, which changed before %s", seed, rule.Print(n), b.ID(ordinal), clockOf(at, w.Location), last.Holds, clockOf(now, w.Location))
						}
					}
					if has(ordinal, at) != last.Holds {
						t.Fatalf("seed %d: %s\nperson %s: %v was to last until %s, and is not so at %s", seed, rule.Print(n), b.ID(ordinal), last.Holds, clockOf(now, w.Location), clockOf(at, w.Location))
					}
				}
			}
		}
	}
	if changes == 0 {
		t.Error("no answer changed")
	}
	t.Logf("%d answers, %d changes", steps, changes)
}

// TestUntilOfPeriods asks of an order in which periods it is only when it comes
// into another one.
func TestUntilOfPeriods(t *testing.T) {
	for text, want := range map[string][]string{
		"periods(orders, 3d) = 1": {"2026-03-28", "2026-03-29", "2026-03-30"},
		"periods(orders, 3w) = 1": {"2026-04-03", "2026-04-10", "2026-04-17"},
		"periods(orders, 2m) = 1": {"2026-04-27", "2026-05-27"},
	} {
		b, loc := column.New(), location(t, "Europe/London") // clocks are put forward on 29 March
		n := b.Put(&column.Person{ID: "a", Orders: []column.Order{{Time: clock(t, loc, "2026-03-27T09:00")}}})
		p, err := eval.New(b, &eval.Options{Location: loc}).Compile(parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for at := clock(t, loc, "2026-03-27T10:00"); ; {
			answers, err := p.Ask(n, at, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if at = answers[0].Until; at == math.MaxInt64 {
				break
			}
			if answers[0].Holds != (len(got) < len(want)) {
				t.Errorf("%s: %v after %v", text, answers[0].Holds, got)
			}
			got = append(got, clockOf(at, loc)[:len("2026-03-27")])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func clockOf(at int64, loc *time.Location) string {
	if at > math.MaxInt64/2 {
		return "ever"
	}
	return time.UnixMilli(at).In(loc).Format(time.RFC3339Nano)
}
