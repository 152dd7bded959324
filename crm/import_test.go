package crm_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// sequence yields records and then err, unless it is nil.
func sequence(records []crm.Record, err error) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(crm.Record{}, err)
		}
	}
}

// load imports records that must all be taken.
func load(t failer, book *crm.Book, records ...crm.Record) *crm.ImportReport {
	t.Helper()
	report, err := book.Import(t.Context(), sequence(records, nil), &crm.ImportOptions{
		Reject: func(r crm.Record, err error) { t.Fatal("refused: ", err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// years is a shop's history: customers, products whose cost changes, orders
// with their buyers, some told again with another state or buyer, refunds of
// all sorts. It holds nothing that is refused.
func years(n int, seed uint64) []crm.Record {
	dice := rand.New(rand.NewPCG(seed, 9))
	people, catalog := n/20+1, n/100+3
	var records []crm.Record
	product := func(i int, cost int64) crm.Record {
		return crm.Record{Product: &crm.Product{
			Ref: ref(strconv.Itoa(i)), Title: fmt.Sprint("Product ", i), PublishedAt: day(-i),
			Variants: []crm.Variant{{SKU: "sku-" + strconv.Itoa(i), Price: gbp(int64(100 + i)), UnitCost: gbp(cost)}},
		}}
	}
	for i := range catalog {
		records = append(records, product(i, 40))
	}
	buyer := func() *crm.Customer {
		i := dice.IntN(people)
		c := &crm.Customer{Email: fmt.Sprintf("c%d@example.com", i), GivenName: fmt.Sprint("Customer ", i), FirstSeenAt: day(dice.IntN(200))}
		switch dice.IntN(3) {
		case 0:
			c.Refs = []crm.Ref{ref(strconv.Itoa(i))}
		case 1:
			c.Phone, c.Tags = "020 7946 0018", []string{[]string{"a", "b", "c"}[dice.IntN(3)]}
		}
		return c
	}
	order := func(i int) *crm.Order {
		at := rand.New(rand.NewPCG(seed, uint64(i))) // the order of a ref is always placed at the same time
		o := &crm.Order{
			Ref: ref(strconv.Itoa(i)), OccurredAt: day(at.IntN(290)).Add(time.Duration(i) * time.Second),
			Currency: []crm.Currency{"GBP", "EUR", "JPY", "XTS"}[at.IntN(4)],
			State:    []crm.OrderState{"", crm.StatePaid, crm.StateDelivered, crm.StateCanceled}[dice.IntN(4)],
		}
		for range 1 + dice.IntN(3) {
			o.Items = append(o.Items, crm.Item{
				SKU: "sku-" + strconv.Itoa(dice.IntN(catalog)), Quantity: int64(1 + dice.IntN(3)),
				Price: crm.Money{Amount: int64(dice.IntN(900)), Currency: o.Currency},
			})
		}
		return o
	}
	refund := func(i int, r crm.Record) crm.Record {
		r.Refund = &crm.Refund{Ref: ref(strconv.Itoa(i)), OccurredAt: day(dice.IntN(300))}
		for range dice.IntN(3) {
			r.Refund.Lines = append(r.Refund.Lines, line("", "sku-"+strconv.Itoa(dice.IntN(catalog)), int64(1+dice.IntN(3)), gbp(int64(dice.IntN(900)))))
		}
		if len(r.Refund.Lines) == 0 {
			r.Refund.Amount = gbp(int64(1 + dice.IntN(900)))
		}
		return r
	}
	for i := range n {
		if i%50 == 25 {
			records = append(records, product(dice.IntN(catalog), int64(dice.IntN(90))))
		}
		switch dice.IntN(10) {
		case 0:
			records = append(records, crm.Record{Order: order(i)}) // anonymous
		case 1:
			records = append(records, refund(i, crm.Record{Customer: buyer()}))
		case 2:
			records = append(records, refund(i, crm.Record{Order: order(i), Customer: buyer()}))
		case 3:
			records = append(records, crm.Record{Customer: buyer()})
		case 4:
			records = append(records, crm.Record{Order: order(dice.IntN(i + 1)), Customer: buyer()})
		default:
			records = append(records, crm.Record{Order: order(i), Customer: buyer()})
		}
	}
	return records
}

func TestImportReport(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			book := open(t, e.open(t), nil)
			buyer := crm.Customer{Refs: []crm.Ref{ref("1")}, GivenName: "Ada", FirstSeenAt: day(1)}
			known := buyer
			known.GivenName, known.Phone = "Augusta", "020 7946 0018"
			odd := crm.Order{Ref: ref("2"), OccurredAt: day(2), Total: gbp(100)}
			bad := crm.Order{Ref: ref("3")}
			records := []crm.Record{
				{Product: &crm.Product{Ref: ref("1"), Variants: []crm.Variant{{SKU: "cup", UnitCost: gbp(10)}}}, Line: 1},
				{Customer: &buyer, Order: &crm.Order{Ref: ref("1"), OccurredAt: day(1), Items: []crm.Item{{SKU: "cup", Quantity: 2, Price: gbp(100)}}}, Line: 2},
				{Customer: &crm.Customer{Refs: []crm.Ref{ref("9")}, GivenName: "spoilt"}, Order: &bad, Line: 3},
				{Customer: &known, Order: &odd, Refund: &crm.Refund{Ref: ref("1"), OccurredAt: day(3), Amount: gbp(30)}, Line: 4},
				{Order: &crm.Order{Ref: ref("4"), OccurredAt: day(3), CustomerID: "nobody"}, Line: 5},
				{Line: 6},
				{Customer: &buyer, Refund: &crm.Refund{Ref: ref("2"), OccurredAt: day(4), Lines: []crm.RefundLine{line("", "cup", 1, gbp(100))}}, Line: 7},
			}
			var calls []string
			options := &crm.ImportOptions{
				Reject:   func(r crm.Record, err error) { calls = append(calls, fmt.Sprint("reject ", r.Line, ": ", err)) },
				Warn:     func(r crm.Record, text string) { calls = append(calls, fmt.Sprint("warn ", r.Line, ": ", text)) },
				Progress: func(r crm.ImportReport) { calls = append(calls, fmt.Sprint("progress ", r.Records)) },
			}
			got, err := book.Import(t.Context(), sequence(records, nil), options)
			if err != nil {
				t.Fatal(err)
			}
			want := &crm.ImportReport{
				Records: 7, Rejected: 3, Warnings: 1,
				Customers: crm.ImportCount{Created: 1, Updated: 1, Unchanged: 1}, Products: crm.ImportCount{Created: 1},
				Orders: crm.ImportCount{Created: 2}, Refunds: crm.ImportCount{Created: 2},
			}
			untimed := cmpopts.IgnoreFields(crm.ImportReport{}, "Elapsed")
			if diff := cmp.Diff(want, got, untimed); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantCalls := []string{
				`reject 3: invalid: order.occurred_at "": want the time the order was placed`,
				`reject 5: order: customer nobody: not found`,
				`reject 6: invalid: record "": want a customer, a product, an order, a refund, an interaction, consents or identities`,
				`warn 4: total 1.00 GBP is not the sum of its parts 0.00 GBP: the difference is kept as adjustment`,
				`progress 7`,
			}
			if diff := cmp.Diff(wantCalls, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			c := read(t, book)
			if len(c.Customers) != 1 || c.Customers[0].GivenName != "Ada" || c.Customers[0].Phone != known.Phone {
				t.Errorf("the buyer is completed, not overwritten, and nobody else is there: %+v", c.Customers)
			}
			if o := c.Orders[0]; o.CustomerID != c.Customers[0].ID || o.Items[0].UnitCost != gbp(10) {
				t.Errorf("the order has its buyer and cost: %+v", o)
			}
			if r := c.Refunds[0]; r.OrderID != c.Orders[1].ID || r.CustomerID != c.Customers[0].ID {
				t.Errorf("the refund beside an order is of it: %+v", r)
			}
			if r := c.Refunds[1]; r.OrderID != "" || r.Lines[0].OrderID != c.Orders[0].ID {
				t.Errorf("the refund beside a buyer is matched: %+v", r)
			}
			for _, e := range since(t, book, store.Cursor{}) {
				if !e.Backfill {
					t.Errorf("%s is not marked as imported", e.Kind)
				}
			}
			before := head(t, book)
			got, err = book.Import(t.Context(), sequence(records, nil), nil)
			want.Customers, want.Products = crm.ImportCount{Unchanged: 3}, crm.ImportCount{Unchanged: 1}
			want.Orders, want.Refunds = crm.ImportCount{Unchanged: 2}, crm.ImportCount{Unchanged: 2}
			if diff := cmp.Diff(want, got, untimed); err != nil || diff != "" {
				t.Errorf("once more: %v (-want +got):\n%s", err, diff)
			}
			if head(t, book) != before {
				t.Errorf("once more wrote %v", kinds(since(t, book, before)))
			}
		})
	}
}

// TestImportDryRun counts what an import would do, and leaves the store alone.
func TestImportDryRun(t *testing.T) {
	book := memory(t)
	records := years(400, 1) // a transaction sees only what it wrote itself
	before := head(t, book)
	dry, err := book.Import(t.Context(), sequence(records, nil), &crm.ImportOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if c := read(t, book); len(c.Customers)+len(c.Products)+len(c.Orders)+len(c.Refunds) > 0 || head(t, book) != before {
		t.Errorf("a dry run wrote %+v", c)
	}
	wet := load(t, book, records...)
	if diff := cmp.Diff(wet, dry, cmpopts.IgnoreFields(crm.ImportReport{}, "Elapsed")); diff != "" {
		t.Errorf("a dry run reports something else (-want +got):\n%s", diff)
	}
}

func TestImportEnds(t *testing.T) {
	broken := errors.New("line 3 is broken")
	order := func(id string) crm.Record {
		return crm.Record{Order: &crm.Order{Ref: ref(id), OccurredAt: day(1)}}
	}
	t.Run("the sequence fails", func(t *testing.T) {
		book := memory(t)
		report, err := book.Import(t.Context(), sequence([]crm.Record{order("1"), order("2")}, broken), nil)
		if !errors.Is(err, broken) || report == nil || report.Orders.Created != 2 || report.Elapsed <= 0 {
			t.Errorf("got %+v, %v, want 2 orders and %v", report, err, broken)
		}
		if n, err := book.Orders.Count(t.Context()); n != 2 || err != nil {
			t.Errorf("Count is %d, %v: what came before the error is kept", n, err)
		}
	})
	t.Run("ctx ends", func(t *testing.T) {
		book := memory(t)
		ctx, cancel := context.WithCancel(t.Context())
		endless := func(yield func(crm.Record, error) bool) {
			for i := 0; yield(order(strconv.Itoa(i)), nil); i++ {
			}
		}
		report, err := book.Import(ctx, endless, &crm.ImportOptions{Progress: func(crm.ImportReport) { cancel() }})
		n, errCount := book.Orders.Count(t.Context())
		if !errors.Is(err, context.Canceled) || errCount != nil || int64(n) != report.Orders.Created || n == 0 {
			t.Errorf("got %+v, %v, and %d orders", report, err, n)
		}
	})
	t.Run("the store is closed", func(t *testing.T) {
		book := memory(t)
		if err := book.Store().Close(); err != nil {
			t.Fatal(err)
		}
		report, err := book.Import(t.Context(), sequence([]crm.Record{order("1")}, nil), nil)
		if e, ok := errors.AsType[*crm.Error](err); !errors.Is(err, crm.ErrClosed) || !ok || e.Op != "Import" || report.Records != 0 {
			t.Errorf("got %+v, %v", report, err)
		}
	})
	t.Run("inside a transaction", func(t *testing.T) {
		book := memory(t)
		err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
			_, err := book.Import(ctx, sequence([]crm.Record{order("1")}, nil), nil)
			return err
		})
		if !errors.Is(err, crm.ErrNested) {
			t.Errorf("got %v, want %v", err, crm.ErrNested)
		}
	})
	t.Run("nothing to do", func(t *testing.T) {
		report, err := memory(t).Import(t.Context(), sequence(nil, nil), nil)
		if err != nil || report.Records != 0 {
			t.Errorf("got %+v, %v", report, err)
		}
	})
}

// TestImportTooLarge has batches that do not fit into one transaction, and a
// record that never will.
func TestImportTooLarge(t *testing.T) {
	book := memory(t)
	note := strings.Repeat("x", 60<<10)
	items := make([]crm.Item, 400) // whose titles take more than a batch counts
	for i := range items {
		items[i] = crm.Item{Title: note[:900], Quantity: 1, Price: gbp(1)}
	}
	huge := make([]crm.Item, 5000)
	for i := range huge {
		huge[i] = crm.Item{Title: note[:900], Quantity: 1, Price: gbp(1)}
	}
	var records []crm.Record
	for i := range 40 {
		records = append(records, crm.Record{Line: int64(i), Order: &crm.Order{Ref: ref(strconv.Itoa(i)), OccurredAt: day(i), Items: items}})
		if i == 7 {
			records = append(records, crm.Record{Line: 1000, Order: &crm.Order{Ref: ref("huge"), OccurredAt: day(i), Items: huge}})
		}
		if i == 30 {
			records = append(records, crm.Record{Line: 2000, Order: &crm.Order{Ref: ref("bad")}})
		}
	}
	var refused []int64
	report, err := book.Import(t.Context(), sequence(records, nil), &crm.ImportOptions{Reject: func(r crm.Record, err error) {
		refused = append(refused, r.Line)
		if r.Line == 1000 && !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("line 1000: got %v, want %v", err, store.ErrTooLarge)
		}
	}})
	if err != nil || report.Records != 42 || report.Orders.Created != 40 || report.Rejected != 2 {
		t.Errorf("got %+v, %v", report, err)
	}
	if diff := cmp.Diff([]int64{1000, 2000}, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if n, err := book.Orders.Count(t.Context()); n != 40 || err != nil {
		t.Errorf("Count is %d, %v", n, err)
	}
}

// TestImportBadHalf has as many bad records as good ones: they must not make
// an import slow.
func TestImportBadHalf(t *testing.T) {
	records := years(2000, 2)
	var mixed []crm.Record
	for i, r := range records {
		bad := crm.Record{Order: &crm.Order{Ref: ref("bad" + strconv.Itoa(i))}}
		if i%2 == 0 { // it fails when its buyer is written already
			bad.Customer = &crm.Customer{Refs: []crm.Ref{ref("bad" + strconv.Itoa(i))}, Email: "bad@example.com"}
		}
		mixed = append(mixed, r, bad)
	}
	updates := 0
	counting := &failing{Store: memstore.New(nil), before: func() error { updates++; return nil }}
	book := open(t, counting, &crm.Options{Rate: rates})
	updates = 0
	report, err := book.Import(t.Context(), sequence(mixed, nil), nil)
	if err != nil || report.Rejected != int64(len(records)) {
		t.Errorf("got %+v, %v", report, err)
	}
	if most := 2*len(mixed)/500 + 2; updates > most {
		t.Errorf("%d transactions for %d records, want at most %d", updates, len(mixed), most)
	}
	clean := open(t, memstore.New(nil), &crm.Options{Rate: rates})
	load(t, clean, records...)
	if diff := cmp.Diff(read(t, clean), read(t, book)); diff != "" {
		t.Errorf("the bad records left something (-want +got):\n%s", diff)
	}
}

var errKilled = errors.New("killed")

// failing is a store whose updates fail as it is told to: before they begin, or
// after they were committed.
type failing struct {
	store.Store
	before, after func() error
}

func (f *failing) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	if f.before != nil {
		if err := f.before(); err != nil {
			return err
		}
	}
	if err := f.Store.Update(ctx, fn); err != nil {
		return err
	}
	if f.after != nil {
		return f.after()
	}
	return nil
}

// TestImportKilled stops an import wherever it may be stopped and runs it
// again: it ends with what an undisturbed run ends with, and so does recording
// one by one.
func TestImportKilled(t *testing.T) {
	records := years(4100, 3)
	options := &crm.Options{Rate: rates}
	whole := open(t, memstore.New(nil), options)
	load(t, whole, records...)
	want := read(t, whole)
	for name, c := range want.Aggregates {
		if diff := cmp.Diff(naive("GBP", name, want.Orders, want.Refunds), c); diff != "" {
			t.Fatalf("aggregates of %s (-want +got):\n%s", name, diff)
		}
	}
	t.Run("kills", func(t *testing.T) {
		for seed := range uint64(2) {
			dice := rand.New(rand.NewPCG(seed, 4))
			left := dice.IntN(3)
			tick := func() error {
				if left--; left < 0 {
					left = dice.IntN(4)
					return errKilled
				}
				return nil
			}
			st := &failing{Store: memstore.New(&memstore.Options{Chaos: seed})}
			book := open(t, st, options)
			runs := 0
			for ; ; runs++ {
				st.before, st.after = nil, nil
				ctx, cancel := context.WithCancel(t.Context())
				stop := func(crm.ImportReport) {}
				switch runs % 3 {
				case 0:
					st.before = tick
				case 1:
					st.after = tick // committed, and nobody knows
				default:
					stop = func(crm.ImportReport) {
						if tick() != nil {
							cancel()
						}
					}
				}
				if runs > 5 {
					st.before, st.after, stop = nil, nil, nil
				}
				_, err := book.Import(ctx, sequence(records, nil), &crm.ImportOptions{Progress: stop})
				cancel()
				if err == nil {
					break
				}
				if !errors.Is(err, errKilled) && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
			st.before, st.after = nil, nil
			if diff := cmp.Diff(want, read(t, book), written); diff != "" {
				t.Fatalf("after %d kills (-want +got):\n%s", runs, diff)
			}
		}
	})
	t.Run("one by one", func(t *testing.T) {
		few := records[:1200]
		whole, book := open(t, memstore.New(nil), options), open(t, memstore.New(nil), options)
		load(t, whole, few...)
		for _, r := range few {
			switch {
			case r.Product != nil:
				putProduct(t, book, *r.Product)
			case r.Customer == nil && r.Refund == nil:
				putOrder(t, book, *r.Order)
			default:
				load(t, book, r)
			}
		}
		if diff := cmp.Diff(read(t, whole), read(t, book), written); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("once more", func(t *testing.T) {
		load(t, whole, records...)
		if diff := cmp.Diff(want, read(t, whole), written); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestImportLeavesRecordsAlone imports records that share what they hold.
func TestImportLeavesRecordsAlone(t *testing.T) {
	records := years(300, 5)
	twin := years(300, 5)
	load(t, open(t, memstore.New(&memstore.Options{Chaos: 3}), nil), records...)
	if diff := cmp.Diff(twin, records); diff != "" {
		t.Errorf("records were changed:\n%s", diff)
	}
}

// TestImportIdentities takes what a source says of its customers for verified:
// a guest becomes one with the account, and a device brings its visitor.
func TestImportIdentities(t *testing.T) {
	book := open(t, memstore.New(nil), nil)
	card := func(number string) crm.Identity {
		return crm.Identity{Kind: crm.IdentityLoyalty, Value: number, LastSeenAt: day(3)}
	}
	device := crm.Identity{Kind: crm.IdentityDevice, Value: "phone-1", FirstSeenAt: day(2), LastSeenAt: day(2)}
	guest := &crm.Customer{Refs: []crm.Ref{{Source: "till", ID: "7"}}, GivenName: "Grace"}
	account := &crm.Customer{Refs: []crm.Ref{ref("grace")}, Account: true, GivenName: "Grace", Email: "grace@navy.mil"}
	other := &crm.Customer{Refs: []crm.Ref{ref("ben")}, GivenName: "Ben"}
	view := func(id string, at int, device string) *crm.Interaction {
		return &crm.Interaction{Ref: ref(id), Kind: crm.KindViewItem, Device: device, OccurredAt: day(at)}
	}
	records := []crm.Record{
		{Customer: guest, Identities: []crm.Identity{card("L-1")}},
		{Customer: other},
		{Customer: account},
		{Interaction: view("v1", 1, "phone-1")},
		{Customer: &crm.Customer{Refs: account.Refs}, Interaction: view("v2", 2, "phone-1"), Identities: []crm.Identity{device}},
		{Customer: &crm.Customer{Refs: account.Refs}, Interaction: view("v3", 3, ""), Identities: []crm.Identity{card("l 1"), device}},
		{Customer: other, Identities: []crm.Identity{device, card("000"), card("L-2")}},
	}
	for i, want := range []crm.ImportCount{{Created: 3, Unchanged: 2}, {Unchanged: 5}} {
		var warned []string
		report, err := book.Import(t.Context(), sequence(records, nil), &crm.ImportOptions{
			Reject: func(_ crm.Record, err error) { t.Error("refused: ", err) },
			Warn:   func(_ crm.Record, text string) { warned = append(warned, text) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, report.Identities); diff != "" {
			t.Errorf("import %d (-want +got):\n%s", i, diff)
		}
		if diff := cmp.Diff([]string{"identities[0] is left out: it is refused as shared", "identities[1] is left out: it is refused as blocked"}, warned); diff != "" {
			t.Errorf("warnings of import %d (-want +got):\n%s", i, diff)
		}
	}
	grace, err := book.Customers.ByRef(t.Context(), guest.Refs[0])
	if err != nil {
		t.Fatal(err)
	}
	ids, err := book.Identities.List(t.Context(), grace.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range ids {
		got = append(got, fmt.Sprintf("%s %s of %s, verified %t", i.Kind, i.Value, i.Source, i.Verified))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{
		"device phone-1 of shop, verified true", "email grace@navy.mil of shop, verified true", "external 7 of till, verified true",
		"external grace of shop, verified true", "loyalty L-1 of till, verified true",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	story, err := book.Timeline.Page(t.Context(), grace.ID, crm.TimelineQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(story.Items); n != 3 {
		t.Errorf("%d things on the timeline, want the 3 views", n)
	}
	if n, err := book.Customers.Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d customers, %v; want the account and the other one", n, err)
	}

	report, err := book.Import(t.Context(), sequence([]crm.Record{{Identities: []crm.Identity{card("L-9")}}}, nil), nil)
	if err != nil || report.Rejected != 1 {
		t.Errorf("identities of nobody: %+v, %v; want a refusal", report, err)
	}
}

// TestImportNames imports consents and identities beside a customer who is only
// named: nothing that is known of them is lost.
func TestImportNames(t *testing.T) {
	book := memory(t)
	ada := crm.Customer{Refs: []crm.Ref{ref("1")}, GivenName: "Ada", Email: "ada@mill.example", Note: "prefers letters"}
	load(t, book, crm.Record{Customer: &ada})
	before := read(t, book)
	name := &crm.Customer{Refs: ada.Refs}
	report := load(t, book,
		crm.Record{Customer: name, Consents: []crm.Consent{{Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: day(2)}}},
		crm.Record{Customer: name, Identities: []crm.Identity{{Kind: crm.IdentityLoyalty, Value: "L-1"}}},
	)
	if report.Consents.Created != 1 || report.Identities.Created != 1 || report.Customers.Unchanged != 2 {
		t.Errorf("report: %+v", report)
	}
	if diff := cmp.Diff(before, read(t, book)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	full := &crm.Customer{Refs: ada.Refs, GivenName: "Augusta"}
	load(t, book, crm.Record{Customer: full, Identities: []crm.Identity{{Kind: crm.IdentityLoyalty, Value: "L-1"}}})
	if got, err := book.Customers.ByRef(t.Context(), ref("1")); err != nil || got.GivenName != "Augusta" || got.Note != "" {
		t.Errorf("a record of all that the source knows: %+v, %v", got, err)
	}
}

// hasty is a store on which somebody else commits first: each transaction runs
// twice, on what was there before and after.
type hasty struct {
	store.Store
	other func()
}

func (h *hasty) Update(ctx context.Context, f func(context.Context, store.Tx) error) error {
	lost := errors.New("lost")
	err := h.Store.Update(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		return lost
	})
	if !errors.Is(err, lost) {
		return err
	}
	h.other()
	return h.Store.Update(ctx, f)
}

// TestImportRunsAgain refuses nothing for what was so in a transaction that did
// not commit.
func TestImportRunsAgain(t *testing.T) {
	st := memstore.New(nil)
	other := open(t, st, nil)
	h := &hasty{st, func() {}}
	book := open(t, h, nil)
	h.other = func() { putCustomer(t, other, crm.Customer{ID: "ada"}) }
	o := goods("ada", "o1", day(1), "mug", 1, gbp(500))
	if report := load(t, book, crm.Record{Order: &o}); report.Orders.Created != 1 {
		t.Errorf("report: %+v", report)
	}
}
