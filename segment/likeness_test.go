package segment_test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A trial asks how many of one half of a group are found by the other half, among
// as many as the half has.
type trial struct {
	t      *testing.T
	c      *segment.Catalog
	at     time.Time                     // as of when likeness is told
	buyers map[crm.CustomerID][3]float64 // who had bought by then, with the ranks of recency, frequency and money, from 0 to below 1
	groups int
	sums   [3]float64 // of the logarithms of lifts: of Lookalike, of the nearest by rank, and by tenths
}

func newTrial(t *testing.T, c *segment.Catalog, at time.Time) *trial {
	t.Helper()
	r := &trial{t: t, c: c, at: at, buyers: map[crm.CustomerID][3]float64{}}
	var ids []crm.CustomerID
	var columns [3][]float64
	last := segment.Field("last_order_date")
	for row, err := range c.At(at).Table(t.Context(), segment.Not(last.IsNull()), last, segment.Field("number_of_orders"), segment.Field("amount_spent")) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.CustomerID)
		columns[0] = append(columns[0], float64(row.Values[0].Time().Unix()))
		columns[1] = append(columns[1], row.Values[1].Number())
		columns[2] = append(columns[2], float64(row.Values[2].Money().Amount))
	}
	sorted := columns
	for i := range sorted {
		sorted[i] = slices.Sorted(slices.Values(columns[i]))
	}
	for n, id := range ids {
		var ranks [3]float64
		for i := range ranks {
			below, _ := slices.BinarySearch(sorted[i], columns[i][n])
			ranks[i] = float64(below) / float64(len(ids))
		}
		r.buyers[id] = ranks
	}
	return r
}

// run tries a group, of whom only those count who had bought.
func (r *trial) run(name string, group []crm.CustomerID) {
	r.t.Helper()
	ctx := r.t.Context()
	group = slices.DeleteFunc(slices.Sorted(slices.Values(group)), func(id crm.CustomerID) bool { _, ok := r.buyers[id]; return !ok })
	rand.New(rand.NewPCG(uint64(len(group)), 7)).Shuffle(len(group), func(a, b int) { group[a], group[b] = group[b], group[a] })
	seed, held := group[:len(group)/2], group[len(group)/2:]
	s, err := r.c.Create(ctx, segment.Segment{Name: name})
	if err == nil {
		err = r.c.Include(ctx, s.ID, seed...)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	list, err := r.c.At(r.at).Lookalike(ctx, s.ID, len(held))
	if err != nil {
		r.t.Fatal(err)
	}
	var like []crm.CustomerID
	for _, l := range list {
		like = append(like, l.CustomerID)
	}
	var lifts [3]float64
	for i, found := range [...][]crm.CustomerID{like, r.nearest(seed, len(held), r.distance), r.nearest(seed, len(held), r.tenths)} {
		hits := 0
		for _, id := range found {
			if slices.Contains(held, id) {
				hits++
			}
		}
		chance := float64(len(held)) / float64(len(r.buyers)-len(seed))
		lifts[i] = float64(hits) / float64(len(held)) / chance
		r.sums[i] += math.Log(max(lifts[i], 0.1))
	}
	r.groups++
	r.t.Logf("%-28s %4d of %4d: %5.2f, by RFM alone %5.2f and %5.2f", name, len(held), len(r.buyers), lifts[0], lifts[1], lifts[2])
}

// nearest returns the n with the lowest of what a way of measuring gives.
func (r *trial) nearest(seed []crm.CustomerID, n int, way func(seed []crm.CustomerID) func(ranks [3]float64) float64) []crm.CustomerID {
	far := way(seed)
	var list []crm.CustomerID
	for id := range r.buyers {
		if !slices.Contains(seed, id) {
			list = append(list, id)
		}
	}
	slices.SortFunc(list, func(a, b crm.CustomerID) int {
		return cmp.Or(cmp.Compare(far(r.buyers[a]), far(r.buyers[b])), cmp.Compare(a, b))
	})
	return list[:min(n, len(list))]
}

// distance is how far somebody is from the mean of the seed.
func (r *trial) distance(seed []crm.CustomerID) func([3]float64) float64 {
	var mean [3]float64
	for _, id := range seed {
		for i, rank := range r.buyers[id] {
			mean[i] += rank / float64(len(seed))
		}
	}
	return func(ranks [3]float64) (sum float64) {
		for i := range ranks {
			sum += (ranks[i] - mean[i]) * (ranks[i] - mean[i])
		}
		return sum
	}
}

// tenths goes by how much of the seed is in the tenths that somebody is in.
func (r *trial) tenths(seed []crm.CustomerID) func([3]float64) float64 {
	var all, own [3][10]float64
	for _, ranks := range r.buyers {
		for i := range ranks {
			all[i][int(10*ranks[i])]++
		}
	}
	for _, id := range seed {
		for i, rank := range r.buyers[id] {
			own[i][int(10*rank)]++
		}
	}
	return func(ranks [3]float64) (sum float64) {
		for i := range ranks {
			n := int(10 * ranks[i])
			sum -= math.Log((own[i][n] + 1) / all[i][n])
		}
		return sum
	}
}

// means returns the geometric means of the lifts.
func (r *trial) means() (like, near, tenths float64) {
	of := func(i int) float64 { return math.Exp(r.sums[i] / float64(max(r.groups, 1))) }
	r.t.Logf("geometric mean of %d groups: %.2f, by RFM alone %.2f and %.2f", r.groups, of(0), of(1), of(2))
	return of(0), of(1), of(2)
}

// Who bought, or will buy, several products with a word in their titles, and who
// will come back and spend, of Online Retail: half of each group finds the other
// half. The words are not chosen: they are those that come first by their hashes.
func TestLookalikeOfOnlineRetail(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million rows")
	}
	f, err := os.Open(filepath.Join(cmp.Or(os.Getenv("CLIENTELE_DATA"), filepath.Join("..", "..", "shared", "data")), "online-retail", "online_retail.csv.gz"))
	if err != nil {
		t.Skipf("skipped: no online_retail.csv.gz: %v", err)
	}
	defer f.Close()
	end := time.Date(2011, 12, 9, 20, 0, 0, 0, time.UTC)
	then := time.Date(2011, 9, 9, 23, 59, 59, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "GBP", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	r, err := shopcsv.NewReader(f, shopcsv.OnlineRetail, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Import(ctx, r.Records(), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for p, err := range book.Products.List(ctx, crm.ProductQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range regexp.MustCompile(`[A-Z]{4,}`).FindAllString(p.Title, -1) {
			words[word] = true
		}
	}
	order := make([]string, 0, len(words))
	for word := range words {
		order = append(order, word)
	}
	hash := func(word string) uint32 {
		h := fnv.New32a()
		h.Write([]byte(word))
		return h.Sum32()
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(hash(a), hash(b)), cmp.Compare(a, b)) })

	bought := func(word string, since time.Time) segment.Rule {
		return segment.Items(segment.Field("title").Contains(word), segment.Field("date").More(since)).Distinct("product").AtLeast(3)
	}
	for _, tt := range []struct {
		name  string
		at    time.Time
		since time.Time
	}{
		{"the same time", end, time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"the three months after", then, then},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trial := newTrial(t, c, tt.at)
			for _, word := range order {
				if trial.groups == 12 {
					break
				}
				members := all(t, c.Select(ctx, segment.All(bought(word, tt.since), segment.Orders(segment.Field("date").AtMost(tt.at)).Exist())))
				if len(members) >= 60 && len(members) <= 600 {
					trial.run(fmt.Sprintf("%s, %s", word, tt.name), members)
				}
			}
			if like, near, tenths := trial.means(); trial.groups < 12 || like < 4 || like < 1.5*max(near, tenths) {
				t.Errorf("%d groups: %.2f times as many as by chance, by RFM alone %.2f and %.2f: want 4 times, and half as many again", trial.groups, like, near, tenths)
			}
		})
	}
	t.Run("who will come and spend", func(t *testing.T) {
		trial := newTrial(t, c, then)
		later := segment.Orders(segment.Field("date").More(then))
		for name, r := range map[string]segment.Rule{
			"comes three times": later.Count().AtLeast(3), "spends 1000": later.Sum("amount").AtLeast(1000), "has one dear order": later.Max("amount").AtLeast(600),
		} {
			trial.run(name, all(t, c.Select(ctx, r)))
		}
		if like, near, tenths := trial.means(); like < 1.5 || like < 0.8*max(near, tenths) {
			t.Errorf("%.2f times as many as by chance, by RFM alone %.2f and %.2f: want 1.5 times, and not much less", like, near, tenths)
		}
	})
}

// Of CDNOW nobody knows which products were bought: likeness is by recency,
// frequency and money, of who will buy in the 39 weeks after.
func TestLookalikeOfCDNOW(t *testing.T) {
	list := cdnow(t)
	then, end := time.Date(1997, 9, 30, 23, 59, 59, 0, time.UTC), time.Date(1998, 6, 30, 23, 0, 0, 0, time.UTC)
	book, err := crm.New(memstore.New(nil), &crm.Options{Currency: "USD", Now: func() time.Time { return end }})
	if err != nil {
		t.Fatal(err)
	}
	records := func(yield func(crm.Record, error) bool) {
		for i, p := range list {
			o := crm.Order{Ref: crm.Ref{Source: "cdnow", ID: fmt.Sprint(i)}, CustomerID: crm.CustomerID(p.customer), OccurredAt: p.day.Add(12 * time.Hour), Total: crm.Money{Amount: p.cents, Currency: "USD"}}
			if !yield(crm.Record{Order: &o}, nil) {
				return
			}
		}
	}
	known := map[string]bool{}
	for _, p := range list {
		if !known[p.customer] {
			known[p.customer] = true
			customers(t, book, crm.CustomerID(p.customer))
		}
	}
	if _, err := book.Import(t.Context(), iter.Seq2[crm.Record, error](records), nil); err != nil {
		t.Fatal(err)
	}
	c, err := segment.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	trial := newTrial(t, c, then)
	later := segment.Orders(segment.Field("date").More(then))
	for n := 1; n <= 3; n++ {
		trial.run(fmt.Sprintf("buys %d times", n), all(t, c.Select(t.Context(), later.Count().AtLeast(n))))
	}
	if like, near, tenths := trial.means(); like < 1.5 || like < 0.8*max(near, tenths) {
		t.Errorf("%.2f times as many as by chance, nearest by RFM alone %.2f and %.2f: want 1.5 times, and not much less", like, near, tenths)
	}
}
