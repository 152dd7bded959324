package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

func lines(of ...any) []ledger.Line {
	var list []ledger.Line
	for i := 0; i < len(of); i += 2 {
		list = append(list, ledger.Line{Product: of[i].(string), Quantity: int32(of[i+1].(int))})
	}
	return list
}

// tell returns a log as text, one line a basket.
func tell(l *ledger.Log) []string {
	var out []string
	for b := range int32(l.Baskets()) {
		who := "nobody"
		if c := l.Customer[b]; c >= 0 {
			who = l.Customers[c]
		}
		var s strings.Builder
		fmt.Fprintf(&s, "%s on day %d:", who, l.Day[b])
		for i := l.Start[b]; i < l.Start[b+1]; i++ {
			fmt.Fprintf(&s, " %d %s", l.Quantity[i], l.Products[l.Product[i]])
		}
		out = append(out, s.String())
	}
	return out
}

func TestLog(t *testing.T) {
	for _, c := range []struct {
		name    string
		baskets []ledger.Basket
		want    []string
	}{
		{"nothing", nil, nil},
		{"by customer, then by time, nobody last", []ledger.Basket{
			{ID: "1", Time: 5, Day: 5, Lines: lines("tea", 1)},
			{ID: "2", Customer: "ben", Time: 7, Day: 7, Lines: lines("tea", 1, "cup", 2)},
			{ID: "3", Customer: "ben", Time: 6, Day: 6, Lines: lines("tea", 3)},
			{ID: "4", Customer: "ann", Time: 9, Day: 9, Lines: lines("cup", 1)},
		}, []string{"ann on day 9: 1 cup", "ben on day 6: 3 tea", "ben on day 7: 2 cup 1 tea", "nobody on day 5: 1 tea"}},
		{"lines of one product are one", []ledger.Basket{
			{ID: "1", Customer: "ann", Lines: lines("tea", 1, "cup", 1, "tea", 2)},
		}, []string{"ann on day 0: 1 cup 3 tea"}},
		{"what is given back comes off the last time", []ledger.Basket{
			{ID: "1", Customer: "ann", Time: 1, Day: 1, Lines: lines("tea", 2)},
			{ID: "2", Customer: "ann", Time: 2, Day: 2, Lines: lines("tea", 2, "cup", 1)},
			{ID: "C3", Customer: "ann", Time: 3, Day: 3, Lines: lines("tea", -3)},
		}, []string{"ann on day 1: 1 tea", "ann on day 2: 1 cup"}},
		{"nobody gives back what somebody bought, nor before it was bought", []ledger.Basket{
			{ID: "C0", Customer: "ann", Time: 0, Lines: lines("tea", -2)},
			{ID: "1", Customer: "ann", Time: 1, Day: 1, Lines: lines("tea", 2)},
			{ID: "C2", Customer: "ben", Time: 2, Lines: lines("tea", -2)},
			{ID: "C3", Time: 3, Lines: lines("tea", -2)},
		}, []string{"ann on day 1: 2 tea"}},
		{"the same again replaces", []ledger.Basket{
			{ID: "1", Customer: "ann", Lines: lines("tea", 2)},
			{ID: "1", Customer: "ben", Lines: lines("cup", 1)},
		}, []string{"ben on day 0: 1 cup"}},
		{"an order emptied is gone", []ledger.Basket{
			{ID: "1", Customer: "ann", Lines: lines("tea", 2)},
			{ID: "1", Customer: "ann"},
		}, nil},
		{"what is none", []ledger.Basket{
			{Customer: "ann", Lines: lines("tea", 2)},
			{ID: "1", Kind: 99, Lines: lines("tea", 2)},
			{ID: "2", Lines: lines("", 2, "tea", 0)},
		}, nil},
		{"other kinds have logs of their own", []ledger.Basket{
			{ID: "1", Kind: ledger.Viewed, Lines: lines("tea", 2)},
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := ledger.New()
			for _, b := range c.baskets {
				l.Put(b)
			}
			if diff := cmp.Diff(c.want, tell(l.Log(ledger.Bought, nil))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What was put into a cart and bought then or later is not left in it.
func TestCarted(t *testing.T) {
	l := ledger.New()
	for _, b := range []ledger.Basket{
		{ID: "1", Customer: "ann", Kind: ledger.Carted, Time: 5, Lines: lines("tea", 1, "cup", 1)},
		{ID: "2", Customer: "ann", Kind: ledger.Carted, Time: 1, Lines: lines("pot", 1)},
		{ID: "3", Customer: "ann", Time: 5, Lines: lines("tea", 1)},
		{ID: "4", Customer: "ann", Time: 3, Lines: lines("pot", 1, "cup", 1)},
		{ID: "5", Customer: "ben", Kind: ledger.Carted, Time: 1, Lines: lines("tea", 1)},
		{ID: "6", Kind: ledger.Carted, Time: 1, Lines: lines("tea", 1)},
	} {
		l.Put(b)
	}
	if diff := cmp.Diff([]string{"ann on day 0: 1 cup", "ben on day 0: 1 tea", "nobody on day 0: 1 tea"}, tell(l.Log(ledger.Carted, nil))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want := []ledger.Basket{{ID: "1", Customer: "ann", Kind: ledger.Carted, Time: 5, Lines: lines("cup", 1)}}
	if diff := cmp.Diff(want, l.Baskets("ann", ledger.Carted)); diff != "" {
		t.Errorf("of one customer (-want +got)\n%s", diff)
	}
}

// What stands under a key that is called otherwise counts as that, together with
// what stands under that itself; under its own key it is saved, and found again
// when it is called so no longer.
func TestCall(t *testing.T) {
	l := ledger.New()
	l.Put(ledger.Basket{ID: "1", Customer: "ann", Lines: lines("tea", 1, "sku 7", 2, "cup", 1)})
	l.Put(ledger.Basket{ID: "2", Customer: "ben", Time: 1, Lines: lines("sku 7", 2, "pot", 1)})
	l.Put(ledger.Basket{ID: "3", Customer: "ben", Time: 2, Lines: lines("tea", -1)})
	l.Put(ledger.Basket{ID: "4", Customer: "eve", Kind: ledger.Carted, Lines: lines("sku 7", 1, "pot", 1)})
	l.Put(ledger.Basket{ID: "5", Customer: "eve", Time: 5, Lines: lines("tea", 1)})
	saved := l.AppendBinary(nil)
	called := map[string]string{"sku 7": "tea"}
	l.Call(func(key string) string { return called[key] })
	pairs := l.Pairs(9)
	held := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, append(tell(l.Log(ledger.Bought, nil)), tell(l.Log(ledger.Carted, nil))...)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		kept := pairs.AppendBinary(nil)
		if pairs = l.Pairs(9); !bytes.Equal(kept, pairs.AppendBinary(nil)) {
			t.Errorf("pairs %q, counted anew %q", kept, pairs.AppendBinary(nil))
		}
		if !bytes.Equal(saved, l.AppendBinary(nil)) {
			t.Error("another ledger")
		}
	}
	held("ann on day 0: 1 cup 3 tea", "ben on day 0: 1 pot 1 tea", "eve on day 0: 1 tea", "eve on day 0: 1 pot")
	if diff := cmp.Diff(lines("pot", 1, "tea", 1), l.Baskets("ben", ledger.Bought)[0].Lines); diff != "" {
		t.Errorf("history (-want +got)\n%s", diff)
	}
	called = nil
	if n := recall(l, "sku 7", "cup", "none"); n != 3 {
		t.Errorf("%d baskets change", n)
	}
	held("ann on day 0: 1 cup 2 sku 7 1 tea", "ben on day 0: 1 pot 2 sku 7", "eve on day 0: 1 tea", "eve on day 0: 1 pot 1 sku 7")
	called = map[string]string{"sku 7": "another", "sku 8": "cup"}
	if n := recall(l, "sku 7"); n != 3 {
		t.Errorf("%d baskets change", n)
	}
	held("ann on day 0: 2 another 1 cup 1 tea", "ben on day 0: 2 another 1 pot", "eve on day 0: 1 tea", "eve on day 0: 1 another 1 pot")
	l.Put(ledger.Basket{ID: "6", Customer: "eve", Time: 6, Lines: lines("sku 8", 1, "tea", 1)})
	saved = l.AppendBinary(nil)
	held("ann on day 0: 2 another 1 cup 1 tea", "ben on day 0: 2 another 1 pot", "eve on day 0: 1 tea", "eve on day 0: 1 cup 1 tea", "eve on day 0: 1 another 1 pot")
}

func TestCatalog(t *testing.T) {
	l := ledger.New()
	l.Put(ledger.Basket{ID: "1", Customer: "ann", Lines: lines("tea", 1, "POST", 1)})
	l.Put(ledger.Basket{ID: "2", Customer: "ben", Lines: lines("BANK CHARGES", 1)})
	log := l.Log(ledger.Bought, []string{"tea", "new", "tea"})
	if diff := cmp.Diff([]string{"new", "tea"}, log.Products); diff != "" {
		t.Errorf("products (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ann on day 0: 1 tea"}, tell(log)); diff != "" {
		t.Errorf("what is no product is not left out (-want +got)\n%s", diff)
	}
	if log.Number("POST") != -1 || log.Who("ben") != -1 || log.Who("ann") != 0 {
		t.Error("numbers of what the log lacks")
	}
}

func TestKeep(t *testing.T) {
	l := ledger.New()
	for i := range 6 {
		l.Put(ledger.Basket{ID: fmt.Sprint(i), Customer: []string{"", "ann", "ben"}[i%3], Time: int64(i), Day: int32(i), Lines: lines("tea", 1)})
	}
	log := l.Log(ledger.Bought, nil)
	kept := log.Keep(func(b int32) bool { return log.Day[b] != 1 && log.Day[b] != 4 })
	if diff := cmp.Diff([]string{"ben on day 2: 1 tea", "ben on day 5: 1 tea", "nobody on day 0: 1 tea", "nobody on day 3: 1 tea"}, tell(kept)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int32{0, 0, 2}, kept.Of); diff != "" {
		t.Errorf("first baskets (-want +got)\n%s", diff)
	}
}

func TestDay(t *testing.T) {
	east := time.FixedZone("east", 9*3600)
	at := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	if got := ledger.Day(at.In(east)) - ledger.Day(at); got != 1 {
		t.Errorf("the shop's day is %d days after that of UTC, want 1", got)
	}
	if got := ledger.Day(time.Unix(0, 0).UTC()); got != 0 {
		t.Errorf("the first day is %d", got)
	}
}

var drawnIDs = func() (ids []string) {
	for n := range 13 {
		ids = append(ids, idOf(n))
	}
	return ids
}()

// drawn is a generator of baskets of few keys, so that they meet.
var drawn = rapid.Custom(func(t *rapid.T) ledger.Basket {
	b := ledger.Basket{
		ID:       rapid.SampledFrom(drawnIDs).Draw(t, "id"),
		Customer: rapid.SampledFrom([]string{"", "ann", "ben", "cus_0123456789abcdefghjkmnpqrs", "a visitor with a long name"}).Draw(t, "customer"),
		Kind:     rapid.SampledFrom([]ledger.Kind{ledger.Bought, ledger.Bought, ledger.Viewed, ledger.Carted}).Draw(t, "kind"),
		Day:      rapid.Int32Range(-3, 9).Draw(t, "day"),
	}
	b.Time = int64(b.Day) * 86400
	for range rapid.IntRange(0, 4).Draw(t, "size") {
		b.Lines = append(b.Lines, ledger.Line{Product: rapid.SampledFrom([]string{"cup", "pot", "tea"}).Draw(t, "product"), Quantity: rapid.Int32Range(-3, 5).Draw(t, "quantity")})
	}
	return b
})

// Whatever was told before, replaced and removed: a ledger that was told only
// what is left, in another order, is the same byte by byte, and so is its log.
func TestStreamEqualsRebuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stream := ledger.New()
		called := map[string]string{}
		as := func(key string) string { return called[key] }
		stream.Call(as)
		pairs := stream.Pairs(3)
		left := map[string]ledger.Basket{}
		for _, b := range rapid.SliceOfN(drawn, 0, 60).Draw(t, "baskets") {
			switch rapid.IntRange(0, 9).Draw(t, "verb") {
			case 0:
				stream.Remove(b.ID)
				delete(left, b.ID)
			case 1:
				if b.Customer == "" {
					continue
				}
				stream.Forget(b.Customer)
				for id, o := range left {
					if o.Customer == b.Customer {
						delete(left, id)
					}
				}
			case 2:
				if b.Customer == "" {
					continue
				}
				fresh := []ledger.Basket{b, b, b} // the last one stays
				fresh[0].ID, fresh[1].Lines = idOf(13), lines("tea", 1)
				stream.Replace([]string{b.Customer, "ben"}, func(kind ledger.Kind, day int32) bool { return kind == b.Kind && day > b.Day }, fresh)
				for id, o := range left {
					if (o.Customer == b.Customer || o.Customer == "ben") && o.Kind == b.Kind && o.Day > b.Day {
						delete(left, id)
					}
				}
				for _, b := range fresh {
					left[b.ID] = b
				}
			case 3:
				called["pot"] = rapid.SampledFrom([]string{"", "pot", "tea", "cup", "fig"}).Draw(t, "called")
				recall(stream, "pot", "tea")
			default:
				stream.Put(b)
				left[b.ID] = b
			}
		}
		var rest []ledger.Basket
		for _, b := range left {
			rest = append(rest, b)
		}
		slices.SortFunc(rest, func(a, b ledger.Basket) int { return -bytes.Compare([]byte(a.ID), []byte(b.ID)) })
		rand.New(rand.NewPCG(uint64(len(rest)), 1)).Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		rebuilt := ledger.New()
		for _, b := range rest {
			rebuilt.Put(b)
		}
		rebuilt.Call(as)
		one, two := stream.AppendBinary(nil), rebuilt.AppendBinary(nil)
		if !bytes.Equal(one, two) {
			t.Fatalf("encoded to %x and %x", one, two)
		}
		if one, two := pairs.AppendBinary(nil), rebuilt.Pairs(3).AppendBinary(nil); !bytes.Equal(one, two) {
			t.Fatalf("pairs kept in step are %q, counted anew %q", one, two)
		}
		counted(t, pairs, stream.Log(ledger.Bought, nil), 3)
		for _, kind := range []ledger.Kind{ledger.Bought, ledger.Viewed, ledger.Carted} {
			if diff := cmp.Diff(stream.Log(kind, nil), rebuilt.Log(kind, nil)); diff != "" {
				t.Fatalf("logs of kind %d (-stream +rebuilt)\n%s", kind, diff)
			}
		}
		decoded, err := ledger.Decode(one)
		if err != nil {
			t.Fatal(err)
		}
		decoded.Call(as)
		if diff := cmp.Diff(stream.Log(ledger.Bought, nil), decoded.Log(ledger.Bought, nil)); diff != "" {
			t.Fatalf("after decoding (-want +got)\n%s", diff)
		}
		for id := range left {
			a, _ := stream.Get(id)
			b, _ := decoded.Get(id)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Fatalf("basket %s (-want +got)\n%s", id, diff)
			}
		}
	})
}

// counted holds pairs to what a log says, counted the plain way.
func counted(t *rapid.T, pairs *ledger.Pairs, log *ledger.Log, most int) {
	want := map[[2]string]int{}
	all := int64(0)
	for b := range int32(log.Baskets()) {
		lines := log.Lines(b)
		if len(lines) > most {
			continue
		}
		all++
		for _, x := range lines {
			for _, y := range lines {
				want[[2]string{log.Products[x], log.Products[y]}]++
			}
		}
	}
	got := map[[2]string]int{}
	for _, p := range log.Products {
		if n := pairs.Of(p); n > 0 {
			got[[2]string{p, p}] = n
		}
		for o, n := range pairs.With(p) {
			got[[2]string{p, o}] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || pairs.Baskets() != all {
		t.Fatalf("%d baskets, want %d; pairs (-want +got)\n%s", pairs.Baskets(), all, diff)
	}
}

func TestForgottenKeysAreGone(t *testing.T) {
	l := ledger.New()
	l.Put(ledger.Basket{ID: "1", Customer: "secret-key", Lines: lines("tea", 1)})
	l.Put(ledger.Basket{ID: "2", Customer: "ben", Lines: lines("tea", 1)})
	l.Forget("secret-key", "stranger")
	if bytes.Contains(l.AppendBinary(nil), []byte("secret-key")) {
		t.Error("the key of a forgotten customer is kept")
	}
	l.Put(ledger.Basket{ID: "3", Customer: "secret-key", Lines: lines("cup", 1)})
	if diff := cmp.Diff([]string{"ben on day 0: 1 tea", "secret-key on day 0: 1 cup"}, tell(l.Log(ledger.Bought, nil))); diff != "" {
		t.Errorf("who comes back is somebody new (-want +got)\n%s", diff)
	}
}

func TestHolesAreClosed(t *testing.T) {
	l := ledger.New()
	for i := range 20_000 {
		l.Put(ledger.Basket{ID: "one", Customer: "ann", Lines: lines("tea", 1+i, "cup", 1)})
	}
	if diff := cmp.Diff([]string{"ann on day 0: 1 cup 20000 tea"}, tell(l.Log(ledger.Bought, nil))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	l := ledger.New()
	f.Add(l.AppendBinary(nil))
	l.Put(ledger.Basket{ID: "1", Customer: "ann", Time: -5, Day: -1, Lines: lines("tea", 1, "cup", -2)})
	l.Put(ledger.Basket{ID: "2", Kind: ledger.Viewed, Time: 1 << 40, Day: 20000, Lines: lines("tea", 1)})
	f.Add(l.AppendBinary(nil))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ledger.Decode(data)
		if err != nil {
			if !errors.Is(err, ledger.ErrCorrupt) {
				t.Fatalf("error %v", err)
			}
			return
		}
		once := l.AppendBinary(nil)
		again, err := ledger.Decode(once)
		if err != nil {
			t.Fatalf("what was encoded is not decoded: %v", err)
		}
		if !bytes.Equal(once, again.AppendBinary(nil)) {
			t.Fatal("encoded twice, and not to the same bytes")
		}
		l.Log(ledger.Bought, nil)
	})
}

// Pairs that were counted as many large baskets came and went are those counted
// anew.
func TestPairsOfLargeBaskets(t *testing.T) {
	l := ledger.New()
	pairs := l.Pairs(60)
	draw := rand.New(rand.NewPCG(1, 1))
	for n := range 2000 {
		b := ledger.Basket{ID: fmt.Sprint(n % 300), Customer: fmt.Sprint(n % 50), Time: int64(n)}
		for range 20 + draw.IntN(50) {
			b.Lines = append(b.Lines, ledger.Line{Product: fmt.Sprint(draw.IntN(200)), Quantity: int32(draw.IntN(12) - 1)})
		}
		l.Put(b)
	}
	if !bytes.Equal(pairs.AppendBinary(nil), l.Pairs(60).AppendBinary(nil)) {
		t.Error("not the same")
	}
}

// BenchmarkUpdate brings a new order into a ledger that keeps pairs, of 10,000
// products and 5,000 orders of the size, and takes the oldest out beside that.
// One in twenty customers sent something back.
func BenchmarkUpdate(b *testing.B) {
	for _, size := range []int{3, 25, 100} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			l := ledger.New()
			l.Pairs(100)
			draw := rand.New(rand.NewPCG(1, 1))
			names := make([]string, 10_000)
			for i := range names {
				names[i] = fmt.Sprintf("%05d", i)
			}
			basket := func(n int) ledger.Basket {
				b := ledger.Basket{ID: fmt.Sprint(n), Customer: fmt.Sprint(n % 1000), Time: int64(n)}
				for i := range size {
					b.Lines = append(b.Lines, ledger.Line{Product: names[draw.IntN(len(names))], Quantity: 1})
					if i == 0 && n%20 == 0 {
						b.Lines[i].Quantity = -1
					}
				}
				return b
			}
			for n := range 5000 {
				l.Put(basket(n))
			}
			n := 5000
			var took []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				next := basket(n)
				b.StartTimer()
				start := time.Now()
				l.Put(next)
				took = append(took, time.Since(start))
				b.StopTimer()
				l.Remove(fmt.Sprint(n - 5000))
				b.StartTimer()
				n++
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
		})
	}
}

func BenchmarkPut(b *testing.B) {
	l := ledger.New()
	basket := ledger.Basket{Customer: "ann", Lines: lines("tea", 1, "cup", 2, "pot", 1)}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		basket.ID = fmt.Sprint(n % 100_000)
		l.Put(basket)
		n++
	}
}

// recall has keys asked for again, and returns how many baskets that concerns.
func recall(l *ledger.Ledger, keys ...string) (n int) {
	if r := l.Recall(keys...); r != nil {
		n = r.Find()
		for r.Step() {
		}
	}
	return n
}

// What is called otherwise in many baskets is so step by step, of which none takes
// long, and in the end pairs are those counted anew.
func TestRecallOfMany(t *testing.T) {
	l := ledger.New()
	called := ""
	l.Call(func(key string) string { return map[string]string{"sku 7": called}[key] })
	pairs := l.Pairs(9)
	const many = 1700
	for n := range many {
		l.Put(ledger.Basket{ID: fmt.Sprint(n), Customer: fmt.Sprint(n % 400), Time: int64(n), Lines: lines("sku 7", 1, fmt.Sprint(n%7), 1, "tea", n%3-1)})
	}
	for _, called = range []string{"tea", "pot", ""} {
		r := l.Recall("sku 7", "cup")
		if n := r.Find(); n != many {
			t.Fatalf("%d baskets are concerned, want %d", n, many)
		}
		steps := 1
		for r.Step() {
			steps++
		}
		if steps < 6 {
			t.Errorf("%d steps", steps)
		}
		kept := pairs.AppendBinary(nil)
		if pairs = l.Pairs(9); !bytes.Equal(kept, pairs.AppendBinary(nil)) {
			t.Errorf("called %q: pairs %q, counted anew %q", called, kept, pairs.AppendBinary(nil))
		}
	}
	if l.Recall("sku 7") != nil {
		t.Error("it is called as it was")
	}
}
