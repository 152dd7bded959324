package crm_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// A moment is what tests know of an entry.
type moment struct {
	At        time.Time
	ID        string
	Kind      crm.EntryKind
	Of        crm.CustomerID
	Channel   crm.Channel
	Did       crm.InteractionKind
	Direction crm.Direction
}

func momentOf(e *crm.Entry) moment {
	m := moment{At: e.At, Kind: e.Kind, Of: e.CustomerID, Channel: e.Channel}
	switch {
	case e.Order != nil:
		m.ID = string(e.Order.ID)
	case e.Refund != nil:
		m.ID = string(e.Refund.ID)
	case e.Interaction != nil:
		m.ID, m.Did, m.Direction = string(e.Interaction.ID), e.Interaction.Kind, e.Interaction.Direction
	case e.Consent != nil:
		m.ID = string(e.Consent.ID)
	}
	return m
}

func moments(list []*crm.Entry) []moment {
	var all []moment
	for _, e := range list {
		all = append(all, momentOf(e))
	}
	return all
}

// A chronicle is a book and everything that was recorded in it.
type chronicle struct {
	t     *rapid.T
	book  *crm.Book
	all   []moment
	homes map[string]crm.CustomerID // of devices
	n     int
}

var readers = []crm.CustomerID{"ada", "ben", "cleo", "dan"}

// record records something, at one of few times so that many are equal.
func (c *chronicle) record() {
	t, at := c.t, day(1).Add(time.Duration(rapid.IntRange(0, 9).Draw(c.t, "time"))*time.Hour)
	who := rapid.SampledFrom(readers).Draw(t, "who")
	channel := rapid.SampledFrom([]crm.Channel{"", crm.ChannelWeb, crm.ChannelStore}).Draw(t, "channel")
	c.n++
	id := fmt.Sprintf("%04d", rapid.IntRange(0, 999).Draw(t, "id")*10+c.n%10) // in any order
	m := moment{At: at, Of: who, Channel: channel}
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1:
		o := goods(who, "o"+id+"."+strconv.Itoa(c.n), at, "cup", 1, gbp(100))
		o.Channel = channel
		m.Kind, m.ID = crm.EntryOrder, string(putOrder(t, c.book, o).ID)
	case 2:
		r := putRefund(t, c.book, crm.Refund{ID: crm.RefundID("r" + id + "." + strconv.Itoa(c.n)), CustomerID: who, OccurredAt: at, Amount: gbp(5)})
		m.Kind, m.ID, m.Channel = crm.EntryRefund, string(r.ID), ""
	case 3:
		before := c.consents()
		_, err := c.book.Consents.Record(t.Context(), crm.Consent{
			CustomerID: who, Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: at,
			Proof: crm.Proof{TextVersion: "v" + strconv.Itoa(c.n)},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range c.consents() { // none when it was recorded before
			if !slices.Contains(before, m) {
				c.all = append(c.all, m)
			}
		}
		return
	default:
		i := crm.Interaction{CustomerID: who, Channel: channel, OccurredAt: at}
		i.Kind = rapid.SampledFrom([]crm.InteractionKind{crm.KindViewItem, crm.KindCall, crm.KindMessageSent}).Draw(t, "kind")
		if rapid.Bool().Draw(t, "visitor") {
			i.CustomerID, i.Device = "", rapid.SampledFrom([]string{"phone", "laptop"}).Draw(t, "device")
		}
		v := putInteraction(t, c.book, i)
		m.Kind, m.ID, m.Of, m.Did, m.Direction = crm.EntryInteraction, string(v.ID), v.CustomerID, v.Kind, v.Direction
	}
	c.all = append(c.all, m)
}

// consents is what is on record of consents, of everybody.
func (c *chronicle) consents() (list []moment) {
	for _, who := range readers {
		for _, m := range moments(all(c.t, c.book.Timeline.List(c.t.Context(), who, crm.TimelineQuery{Kinds: []crm.EntryKind{crm.EntryConsent}}))) {
			if m.Of == who {
				list = append(list, m)
			}
		}
	}
	return list
}

// shuffle merges or un-merges customers, or moves a device.
func (c *chronicle) shuffle() {
	t, ctx := c.t, c.t.Context()
	a, b := rapid.SampledFrom(readers).Draw(t, "a"), rapid.SampledFrom(readers).Draw(t, "b")
	var err error
	switch rapid.IntRange(0, 2).Draw(t, "shuffle") {
	case 0:
		_, err = c.book.Customers.Merge(ctx, a, b)
	case 1:
		_, err = c.book.Customers.Unmerge(ctx, a)
	default:
		name := rapid.SampledFrom([]string{"phone", "laptop"}).Draw(t, "device")
		device := crm.Identity{Kind: crm.IdentityDevice, Value: name}
		if home := c.homes[name]; home != "" {
			if err = c.book.Identities.Unlink(ctx, home, device); err == nil {
				delete(c.homes, name)
			}
		} else if _, err = c.book.Identities.Link(ctx, a, device); err == nil {
			c.homes[name] = a
		}
	}
	if err != nil && !errors.Is(err, crm.ErrExists) && !errors.Is(err, crm.ErrNotFound) {
		t.Fatal(err)
	}
}

// of is everything of a customer as a naive reader sorts it.
func (c *chronicle) of(id crm.CustomerID, q crm.TimelineQuery) []moment {
	members, err := c.book.Customers.Members(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, home := range c.homes {
		if slices.Contains(members, home) {
			if own := all(c.t, c.book.Interactions.List(c.t.Context(), crm.InteractionQuery{Device: name, Limit: 1})); len(own) > 0 {
				members = append(members, own[0].CustomerID)
			}
		}
	}
	var list []moment
	for _, m := range c.all {
		switch {
		case !slices.Contains(members, m.Of):
		case len(q.Kinds) > 0 && !slices.Contains(q.Kinds, m.Kind):
		case len(q.Channels) > 0 && !slices.Contains(q.Channels, m.Channel):
		case len(q.Interactions) > 0 && m.Kind == crm.EntryInteraction && !slices.Contains(q.Interactions, m.Did):
		case q.Direction != "" && (m.Kind != crm.EntryInteraction || m.Direction != q.Direction):
		case !q.From.IsZero() && m.At.Before(q.From) || !q.To.IsZero() && !m.At.Before(q.To):
		default:
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b moment) int { return compareMoments(q, a, b) })
	return list
}

func compareMoments(q crm.TimelineQuery, a, b moment) int {
	if !q.Oldest {
		a, b = b, a
	}
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
}

// drawQuery draws what a timeline is asked for.
func drawQuery(t *rapid.T) crm.TimelineQuery {
	var q crm.TimelineQuery
	q.Oldest = rapid.Bool().Draw(t, "oldest")
	some := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
	if some("kinds") {
		q.Kinds = rapid.SliceOfN(rapid.SampledFrom([]crm.EntryKind{crm.EntryOrder, crm.EntryRefund, crm.EntryInteraction, crm.EntryConsent}), 1, 2).Draw(t, "of kinds")
	}
	if some("channels") {
		q.Channels = []crm.Channel{crm.ChannelWeb}
	}
	if some("interactions") {
		q.Interactions = []crm.InteractionKind{crm.KindCall, crm.KindViewItem}
	}
	if some("direction") {
		q.Direction = crm.Outbound
	}
	if some("from") {
		q.From = day(1).Add(2 * time.Hour)
	}
	if some("to") {
		q.To = day(1).Add(8 * time.Hour)
	}
	return q
}

// Pages over a cluster are those of a naive sort, whatever the page size, in
// both directions, while facts go on arriving and people are merged and
// un-merged before.
func TestTimelineModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &chronicle{t: t, book: open(t, memstore.New(nil), nil), homes: map[string]crm.CustomerID{}}
		for _, id := range readers {
			putCustomer(t, c.book, crm.Customer{ID: id})
		}
		for range rapid.IntRange(0, 40).Draw(t, "facts") {
			if c.record(); rapid.IntRange(0, 4).Draw(t, "then") == 0 {
				c.shuffle()
			}
		}
		for _, id := range readers {
			q := drawQuery(t)
			if diff := gocmp.Diff(c.of(id, q), moments(all(t, c.book.Timeline.List(t.Context(), id, q)))); diff != "" {
				t.Fatalf("timeline of %s, %+v (-want +got):\n%s", id, q, diff)
			}
		}
		id, q := rapid.SampledFrom(readers).Draw(t, "reader"), drawQuery(t)
		q.Limit = rapid.IntRange(1, 7).Draw(t, "size")
		var last *moment
		for {
			p, err := c.book.Timeline.Page(t.Context(), id, q)
			if err != nil {
				t.Fatal(err)
			}
			want := c.of(id, q)
			if last != nil {
				want = slices.DeleteFunc(want, func(m moment) bool { return compareMoments(q, m, *last) <= 0 })
			}
			got := moments(p.Items)
			if diff := gocmp.Diff(want[:min(len(want), q.Limit)], got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("page of %s, %+v (-want +got):\n%s", id, q, diff)
			}
			if filtered := len(q.Channels)+len(q.Interactions) > 0 || q.Direction != ""; (p.Next == "") != (len(want) <= q.Limit) && !filtered {
				t.Fatalf("%d are left, pages of %d, next %q", len(want), q.Limit, p.Next)
			}
			if p.Next == "" {
				return
			}
			if len(got) > 0 {
				last = &got[len(got)-1]
			}
			for range rapid.IntRange(0, 2).Draw(t, "arrivals") {
				c.record()
			}
			q.After = p.Next
			if len(c.all) > 90 {
				return
			}
		}
	})
}

// What is not asked for is not read.
func TestTimelineReadsWhatIsAskedFor(t *testing.T) {
	spy := &spy{Store: memstore.New(nil)}
	book := open(t, spy, nil)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putOrder(t, book, goods("ada", "o1", day(1), "cup", 1, gbp(100)))
	putRefund(t, book, crm.Refund{ID: "r1", CustomerID: "ada", OccurredAt: day(2), Amount: gbp(5)})
	for n := range 30 {
		putInteraction(t, book, crm.Interaction{CustomerID: "ada", Kind: crm.KindViewItem, OccurredAt: day(3 + n)})
	}
	const orders, refunds, links, interactions, consents = 5, 6, 8, 10, 11
	for _, tt := range []struct {
		name string
		q    crm.TimelineQuery
		want []int // tables
	}{
		{"everything", crm.TimelineQuery{Oldest: true}, []int{orders, refunds, links, interactions, consents}},
		{"newest", crm.TimelineQuery{Limit: 20}, []int{orders, refunds, links, interactions, consents}},
		{"orders", crm.TimelineQuery{Kinds: []crm.EntryKind{crm.EntryOrder}}, []int{orders, links}},
		{"refunds and consents", crm.TimelineQuery{Kinds: []crm.EntryKind{crm.EntryRefund, crm.EntryConsent}}, []int{refunds, links, consents}},
		{"outbound", crm.TimelineQuery{Direction: crm.Outbound}, []int{links, interactions}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(spy.tables)
			if _, err := book.Timeline.Page(t.Context(), "ada", tt.q); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(tt.want, slices.Sorted(maps.Keys(spy.tables))); diff != "" {
				t.Errorf("tables (-want +got):\n%s", diff)
			}
		})
	}
	p, err := book.Timeline.Page(t.Context(), "ada", crm.TimelineQuery{Limit: 20})
	if err != nil || len(p.Items) != 20 || p.Items[0].Interaction == nil || !p.Items[0].At.Equal(day(32)) {
		t.Errorf("the first page is %v, error %v", moments(p.Items), err)
	}
	if _, err := book.Timeline.Page(t.Context(), "ada", crm.TimelineQuery{Kinds: []crm.EntryKind{"order", "visit"}}); !gocmp.Equal([]string{"kinds[1]"}, fields(err)) {
		t.Errorf("unknown kind: error %v", err)
	}
	if _, err := book.Timeline.Page(t.Context(), "ada", crm.TimelineQuery{After: p.Next, Oldest: true}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("token of the other direction: error %v", err)
	}
	if p, err := book.Timeline.Page(t.Context(), "nobody", crm.TimelineQuery{}); err != nil || len(p.Items) > 0 || p.Next != "" {
		t.Errorf("of nobody: %v, error %v", p, err)
	}
}

// A spy remembers which tables are read.
type spy struct {
	store.Store
	tables map[int]int
}

func (s *spy) Unwrap() store.Store { return s.Store }

func (s *spy) View(ctx context.Context, fn func(context.Context, store.Reader) error) error {
	if s.tables == nil {
		s.tables = map[int]int{}
	}
	return s.Store.View(ctx, func(ctx context.Context, r store.Reader) error { return fn(ctx, &spyReader{r, s}) })
}

type spyReader struct {
	store.Reader
	spy *spy
}

func (r *spyReader) Get(key []byte) ([]byte, error) {
	r.spy.tables[int(key[0])]++
	return r.Reader.Get(key)
}

func (r *spyReader) GetMany(keys [][]byte) ([][]byte, error) {
	for _, k := range keys {
		r.spy.tables[int(k[0])]++
	}
	return r.Reader.GetMany(keys)
}

func (r *spyReader) Scan(rg store.Range) iter.Seq2[store.KV, error] {
	r.spy.tables[int(rg.From[0])]++
	return r.Reader.Scan(rg)
}

// An order and a refund may have the same id and the same time: a page that
// ends between them loses neither.
func TestTimelineOfEqualIDs(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	for _, id := range []string{"1", "2"} {
		putOrder(t, book, goods("ada", id, day(1), "mug", 1, gbp(500)))
		putRefund(t, book, crm.Refund{ID: crm.RefundID(id), CustomerID: "ada", OccurredAt: day(1), Amount: gbp(100)})
	}
	for _, oldest := range []bool{false, true} {
		var got []string
		q := crm.TimelineQuery{Limit: 1, Oldest: oldest}
		for {
			page, err := book.Timeline.Page(t.Context(), "ada", q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Items {
				got = append(got, string(e.Kind))
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		slices.Sort(got)
		if diff := gocmp.Diff([]string{"order", "order", "refund", "refund"}, got); diff != "" {
			t.Errorf("oldest first %t (-want +got):\n%s", oldest, diff)
		}
	}
}
