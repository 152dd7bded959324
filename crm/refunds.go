package crm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// Refunds is the collection of refunds of a Book or a Tx. It is safe for
// concurrent use when it is a Book's.
type Refunds struct {
	conn
}

// Record takes what a source says of a refund, and returns the refund as
// recorded: the one with its ID or Ref brought up to date, or a new one.
//
// Lines of a refund that names a customer but no order are matched with what
// the customer bought of that product before: the latest purchase first, as far
// as units are left that were not given back. A line may so become several;
// what finds no purchase stays unmatched, with an empty OrderID. Money given
// back for an order that does not count, such as a canceled one, does not count.
//
// CustomerID, OrderID, Rate and the products of lines that r leaves out stay as
// they were recorded. A Version older than what is recorded changes nothing;
// equal content writes nothing.
//
// Record returns an [*InvalidError] that lists everything that is wrong,
// [ErrNotFound] when CustomerID, OrderID or that of a line is of nothing, or
// [ErrExists] when the Ref is another refund's.
func (c *Refunds) Record(ctx context.Context, r Refund) (*Refund, error) {
	return change(ctx, c.conn, "Refunds.Record", "refund", cmp.Or(string(r.ID), r.Ref.String()), func(tx *Tx) (*Refund, error) {
		v, _, err := tx.recordRefund(r)
		return v, err
	})
}

// Get returns a refund, or [ErrNotFound].
func (c *Refunds) Get(ctx context.Context, id RefundID) (*Refund, error) {
	return see(ctx, c.conn, "Refunds.Get", "refund", string(id), func(tx *Tx) (*Refund, error) {
		return tx.book.refunds.Get(tx.st, keyOf(tx.book.refunds, id))
	})
}

// ByRef returns the refund that a source knows by ref, or [ErrNotFound].
func (c *Refunds) ByRef(ctx context.Context, ref Ref) (*Refund, error) {
	return see(ctx, c.conn, "Refunds.ByRef", "refund", ref.String(), func(tx *Tx) (*Refund, error) {
		return byRef(tx, tx.book.refunds, ref)
	})
}

// Counted returns what a refund adds to Refunded in [Aggregates]: the part of its
// Amount that counts, and the same in the book's currency. Both are the zero
// Money, of no currency, when nothing counts, as it was given back for orders
// that do not; base alone is when no rate is known.
func (c *Refunds) Counted(ctx context.Context, r *Refund) (amount, base Money, err error) {
	err = c.view(ctx, "Refunds.Counted", "refund", string(r.ID), func(tx *Tx) error {
		amount, base, err = tx.counted(r, tx.orderSpends)
		return err
	})
	return amount, base, err
}

// RefundQuery selects refunds by the time they were given. The zero value
// selects all.
type RefundQuery struct {
	CustomerID CustomerID // of this customer and those who were merged with it
	OrderID    OrderID    // of this order, as a whole or by a line; goes before CustomerID, and takes no times
	From, To   time.Time  // given at From or later and before To; zero is open
	Newest     bool       // the newest first; else the oldest
	Limit      int        // of a page, 0 means 100; of a list, 0 means all
	After      string     // the Next of the page before
}

// List yields the refunds that q selects. On a Book it reads in short
// transactions and yields outside of them, so the loop body may take its time
// and write; it is no snapshot.
func (c *Refunds) List(ctx context.Context, q RefundQuery) iter.Seq2[*Refund, error] {
	return list(ctx, q.Limit, q.After, func(limit int, after string) (Page[Refund], error) {
		q.Limit, q.After = limit, after
		return c.Page(ctx, q)
	})
}

// Page returns one page of the refunds that q selects. It returns [ErrInvalid]
// for an After that is not of a page of the same query.
func (c *Refunds) Page(ctx context.Context, q RefundQuery) (Page[Refund], error) {
	return see(ctx, c.conn, "Refunds.Page", "refund", "", func(tx *Tx) (Page[Refund], error) {
		t := tx.book.refunds
		ix := t.Index("time")
		rg := window(ix.Key(), q.From, q.To, q.Newest, q.Limit)
		switch {
		case q.OrderID != "":
			ix = t.Index("order")
			rg = window(ix.Key().String(string(q.OrderID)), time.Time{}, time.Time{}, q.Newest, q.Limit)
		case q.CustomerID != "":
			ids, err := tx.cluster(q.CustomerID)
			if err != nil {
				return Page[Refund]{}, err
			}
			lanes := lanesOf(nil, t.Index("customer").Key(), 0, customersOf(ids))
			return pageOf(tx, t, lanes, span{q.From, q.To, q.Newest, q.Limit, q.After, string(q.CustomerID)})
		}
		return ix.Page(tx.st, rg, q.After)
	})
}

// Count returns how many refunds there are. It reads all their keys.
func (c *Refunds) Count(ctx context.Context) (int, error) {
	return c.count(ctx, "Refunds.Count", c.book.refunds.Key())
}

// orders returns the orders that r gives money back for.
func (r *Refund) orders() []OrderID {
	var ids []OrderID
	if r.OrderID != "" {
		ids = append(ids, r.OrderID)
	}
	for _, l := range r.Lines {
		if l.OrderID != "" && !slices.Contains(ids, l.OrderID) {
			ids = append(ids, l.OrderID)
		}
	}
	return ids
}

// line returns the line of r that is of a product's SKU, nil when there is none.
func (r *Refund) line(sku string) *RefundLine {
	if r != nil {
		for i := range r.Lines {
			if l := &r.Lines[i]; l.Kind == ItemProduct && l.SKU == sku {
				return l
			}
		}
	}
	return nil
}

// recordRefund is Refunds.Record.
func (tx *Tx) recordRefund(r Refund) (*Refund, outcome, error) {
	r.Lines = slices.Clone(r.Lines)
	if r.Currency == "" {
		r.Currency = cmp.Or(r.Amount.Currency, tx.book.currency)
	}
	if err := r.check(); err != nil {
		return nil, unchanged, err
	}
	row, err := find(tx, tx.book.refunds, r.ID, r.Ref)
	if err != nil {
		return nil, unchanged, err
	}
	var old *Refund
	if row != nil {
		old = row.Value
		if tx.stale(r.Version, old.Version, old.UpdatedAt) {
			return old, unchanged, nil
		}
		r.ID, r.OrderID = old.ID, cmp.Or(r.OrderID, old.OrderID)
		if r.OrderID == old.OrderID {
			r.CustomerID = cmp.Or(r.CustomerID, old.CustomerID)
		}
		if r.Rate.IsZero() && r.Currency == old.Currency {
			r.Rate = old.Rate
		}
	}
	if err := tx.completeRefund(&r, old); err != nil {
		return nil, unchanged, err
	}
	return tx.saveRefund(row, &r)
}

// completeRefund works out what r leaves out.
func (tx *Tx) completeRefund(r, old *Refund) error {
	r.OccurredAt, r.Version = utc(r.OccurredAt), utc(r.Version)
	if r.OrderID != "" {
		o, err := tx.book.orders.Get(tx.st, keyOf(tx.book.orders, r.OrderID))
		if err != nil {
			return fmt.Errorf("order %s: %w", r.OrderID, err)
		}
		r.CustomerID = cmp.Or(r.CustomerID, o.CustomerID)
		if r.Rate.IsZero() && o.Currency == r.Currency && r.Currency != tx.book.currency {
			r.Rate = o.Rate
		}
	}
	if old != nil {
		r.CustomerID = cmp.Or(r.CustomerID, old.CustomerID)
	}
	if err := tx.keepErasedRefund(r, old); err != nil {
		return err
	}
	for _, id := range r.orders() {
		if id == r.OrderID || old != nil && slices.Contains(old.orders(), id) {
			continue
		}
		if _, err := tx.st.Get(keyOf(tx.book.orders, id).End()); err != nil {
			return fmt.Errorf("order %s: %w", id, err)
		}
	}
	if old == nil || old.CustomerID != r.CustomerID {
		if err := tx.known(r.CustomerID); err != nil {
			return err
		}
	}
	var skus []string
	sum := Money{0, r.Currency}
	var err error
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.Kind == ItemProduct && l.ProductID == "" && l.SKU != "" {
			if was := old.line(l.SKU); was != nil {
				l.ProductID = was.ProductID
			} else {
				skus = append(skus, l.SKU)
			}
		}
		if sum, err = sum.Add(l.Amount); err != nil {
			return fmt.Errorf("lines[%d].amount: %w", i, err)
		}
	}
	catalog, err := tx.lookup(skus)
	if err != nil {
		return err
	}
	for i := range r.Lines {
		if l := &r.Lines[i]; l.Kind == ItemProduct && slices.Contains(skus, l.SKU) {
			l.ProductID = cmp.Or(l.ProductID, catalog.listings[l.SKU].ProductID)
		}
	}
	if r.Amount.IsZero() {
		r.Amount = sum
	}
	if r.OrderID == "" && r.CustomerID != "" {
		if err := tx.match(r, old); err != nil {
			return err
		}
	}
	r.Rate, r.BaseAmount, err = tx.convert(r.Amount, r.Rate, r.OccurredAt)
	return err
}

// saveRefund writes r, in the place of row or as a new refund, and brings the
// aggregates up to date.
func (tx *Tx) saveRefund(row *store.Row[Refund], r *Refund) (*Refund, outcome, error) {
	what, kind := created, RefundRecorded
	var old *Refund
	if row != nil {
		what, kind, old = updated, RefundUpdated, row.Value
		r.CreatedAt = old.CreatedAt
		if err := sameRef(&r.Ref, old.Ref); err != nil {
			return nil, unchanged, err
		}
		probe := *r
		probe.Version, probe.UpdatedAt = cmp.Or(r.Version, old.Version), old.UpdatedAt
		if tx.book.refunds.Same(row, &probe) {
			return old, unchanged, nil
		}
		if err := tx.standRefund(old, tx.orderSpends, -1); err != nil {
			return nil, unchanged, err
		}
	} else {
		r.CreatedAt = tx.now
		switch {
		case r.ID != "":
		case !r.Ref.IsZero():
			r.ID = RefundID(derivedID("rfd_", tx.book.opts.Namespace, r.OccurredAt, "refund", r.Ref))
		default:
			r.ID = RefundID(randomID("rfd_", r.OccurredAt))
		}
	}
	r.UpdatedAt = tx.now
	if _, err := tx.book.refunds.Save(tx.st, row, r); err != nil {
		return nil, unchanged, err
	}
	if err := tx.standRefund(r, tx.orderSpends, +1); err != nil {
		return nil, unchanged, err
	}
	e := Event{Kind: kind, CustomerID: r.CustomerID, OrderID: r.OrderID, RefundID: r.ID, OccurredAt: r.OccurredAt}
	if old != nil {
		e.OccurredAt, e.Changes = cmp.Or(r.Version, tx.now), changes(old, r)
		if old.CustomerID != r.CustomerID {
			e.OtherID = old.CustomerID
		}
	}
	tx.emit(e)
	return r, what, nil
}

// orderSpends reports whether money given back for an order counts: not when
// the order itself does not.
func (tx *Tx) orderSpends(id OrderID) (bool, error) {
	if id == "" {
		return true, nil
	}
	o, err := tx.book.orders.Get(tx.st, keyOf(tx.book.orders, id))
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return err == nil && o.spends(), err
}

// standRefund adds sign times a refund to its customer's aggregates.
func (tx *Tx) standRefund(r *Refund, spends func(OrderID) (bool, error), sign int64) error {
	if r.CustomerID == "" {
		return nil
	}
	amount, base, err := tx.counted(r, spends)
	if err != nil || amount.IsZero() {
		return err
	}
	s, row, err := tx.standing(r.CustomerID)
	if err != nil {
		return err
	}
	s.Refunds += int(sign)
	if base.IsZero() {
		s.Unconverted += int(sign)
	}
	if err := s.add(Totals{Refunded: amount}, Totals{Refunded: base}, sign); err != nil {
		return err
	}
	_, err = tx.book.aggregates.Save(tx.st, row, s)
	return err
}

// counted is Refunds.Counted.
func (tx *Tx) counted(r *Refund, spends func(OrderID) (bool, error)) (amount, base Money, err error) {
	if amount, err = r.counted(spends); err != nil || amount.IsZero() {
		return Money{}, Money{}, err
	}
	base = r.BaseAmount
	if amount != r.Amount && !base.IsZero() {
		if base = amount; r.Currency != tx.book.currency {
			base, err = r.Rate.Convert(amount, tx.book.currency)
		}
	}
	return amount, base, err
}

// counted returns the part of r's amount that counts, the zero Money for none.
func (r *Refund) counted(spends func(OrderID) (bool, error)) (Money, error) {
	var sum Money
	rest, err := r.Amount, error(nil)
	for _, l := range r.Lines {
		ok, err := spends(cmp.Or(l.OrderID, r.OrderID))
		if err == nil && ok {
			sum, err = sum.Add(l.Amount)
		}
		if err == nil {
			rest, err = rest.Sub(l.Amount)
		}
		if err != nil {
			return Money{}, err
		}
	}
	ok, err := spends(r.OrderID)
	if err == nil && ok && (rest.Amount != 0 || len(r.Lines) == 0) {
		sum, err = sum.Add(rest)
	}
	return sum, err
}

// refundsFollow brings the aggregates and the customers of refunds up to date
// after an order changed.
func (tx *Tx) refundsFollow(old, o *Order) error {
	if old.spends() == o.spends() && old.CustomerID == o.CustomerID {
		return nil
	}
	ix := tx.book.refunds.Index("order")
	before := func(id OrderID) (bool, error) {
		if id == o.ID {
			return old.spends(), nil
		}
		return tx.orderSpends(id)
	}
	for r, err := range ix.Scan(tx.st, store.Prefix(ix.Key().String(string(o.ID)))) {
		if err != nil {
			return err
		}
		if err := tx.standRefund(r, before, -1); err != nil {
			return err
		}
		if r.OrderID == o.ID && r.CustomerID == old.CustomerID {
			r.CustomerID = o.CustomerID
			if err := tx.keepErasedRefund(r, nil); err != nil {
				return err
			}
			if err := tx.book.refunds.Put(tx.st, r); err != nil {
				return err
			}
		}
		if err := tx.standRefund(r, tx.orderSpends, +1); err != nil {
			return err
		}
	}
	return nil
}

// check lists what is wrong with a refund.
func (r *Refund) check() error {
	var f faults
	if r.ID != "" {
		f.id("id", string(r.ID))
	}
	if !r.Ref.IsZero() {
		f.ref("ref", r.Ref)
	}
	if r.OrderID != "" {
		f.id("order_id", string(r.OrderID))
	}
	if r.CustomerID != "" {
		f.id("customer_id", string(r.CustomerID))
	}
	if !r.Currency.Valid() {
		f.add("currency", string(r.Currency), "three capital letters of ISO 4217")
	}
	f.rate("rate", r.Rate)
	f.money("amount", r.Amount, r.Currency)
	f.text("reason", r.Reason, 64<<10)
	if r.OccurredAt.IsZero() {
		f.add("occurred_at", "", "the time the money was given back")
	}
	f.time("occurred_at", r.OccurredAt)
	f.time("version", r.Version)
	if len(r.Lines) > 5000 {
		f.add("lines", strconv.Itoa(len(r.Lines)), "at most 5000")
	}
	for i, l := range r.Lines {
		f.in("lines", i)
		oneOf(&f, "kind", l.Kind, ItemProduct, ItemFee, ItemDiscount, ItemGiftCard)
		if l.OrderID != "" {
			f.id("order_id", string(l.OrderID))
		}
		f.text("sku", l.SKU, 200)
		f.text("title", l.Title, 1000)
		f.money("amount", l.Amount, r.Currency)
		if l.Quantity < 0 {
			f.add("quantity", strconv.FormatInt(l.Quantity, 10), "0 or more")
		}
	}
	return f.err()
}
