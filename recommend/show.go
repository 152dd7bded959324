package recommend

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/eval"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// showSource is the source of what is written down of lists.
const showSource = "recommend"

// Show writes down that a list was shown: one interaction of kind view_item_list,
// whose items name the place and stand there from 1 on. The same list shown again in
// the same place is the same interaction. It stands under the customer of the list;
// else, and when the list is of a visitor, under the visitor whom the shop knows by
// device, which is "" when there is none. Of nobody, of an empty list, and of
// whoever objected to profiling nothing is written.
//
// It returns an error that wraps [crm.ErrNotFound] for a customer who is not in the
// book, [crm.ErrErased], an [*crm.InvalidError] for a device that is not that of the
// list's visitor or a list that cannot be recorded, or one of the store.
func (r *Recommender) Show(ctx context.Context, l *List, device string) error {
	if r.book == nil || l == nil || len(l.Items) == 0 || l.Lack == LackObjection {
		return nil
	}
	in := crm.Interaction{Kind: crm.KindViewItemList, CustomerID: l.CustomerID, OccurredAt: l.At}
	if device != "" && (l.CustomerID == "" || l.CustomerID == r.book.Consents.Visitor(device)) {
		in.CustomerID, in.Device = r.book.Consents.Visitor(device), device
	}
	if in.CustomerID == "" {
		return nil
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q", in.CustomerID, l.Place)
	for i, item := range l.Items {
		in.Items = append(in.Items, crm.InteractionItem{ProductID: item.ProductID, SKU: item.SKU, List: l.Place, Index: int64(i + 1)})
		fmt.Fprintf(sum, " %q", item.ProductID)
	}
	in.Ref = crm.Ref{Source: showSource, ID: base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum.Sum(nil)[:20])}
	write := func(ctx context.Context, tx *crm.Tx) error {
		may, err := tx.Consents.MayProfile(ctx, in.CustomerID, in.OccurredAt)
		if err != nil || !may {
			return err
		}
		_, err = tx.Interactions.Record(ctx, in)
		return err
	}
	if r.tx != nil {
		return wrap("Show", l.CustomerID, write(ctx, r.tx))
	}
	return wrap("Show", l.CustomerID, r.book.Update(ctx, write))
}

// Outcomes returns what came of the lists that were shown at from or later and before
// to, place by place: what was chosen (select_item) and ordered, as the book has it.
// An order counts that was placed within some days, from 1 to 366, after the product
// was chosen or shown; so the last of these days are only known once they are over.
// Merged customers are one. Orders that do not count as such, such as canceled ones,
// and customers who objected to profiling are left out. Nil opts are the zero ones.
//
// [eval.Outcome.Products] tells the same of each product. To compare arms of an
// experiment, see [eval.Came].
//
// It returns an [*crm.InvalidError] for a window that ends before it begins, for
// days and options, the error of ctx, or one of the store.
func (r *Recommender) Outcomes(ctx context.Context, from, to time.Time, days int, opts *eval.Options) (*eval.Outcome, error) {
	var f faults
	if !from.Before(to) {
		f.add("to", to.Format(time.RFC3339), "a time after from")
	}
	if days < 1 || days > 366 {
		f.add("days", fmt.Sprint(days), "1 to 366")
	}
	if opts != nil && opts.Resamples < 0 {
		f.add("opts.resamples", fmt.Sprint(opts.Resamples), "0 or more")
	}
	if opts != nil && !(opts.Level >= 0 && opts.Level < 1) {
		f.add("opts.level", fmt.Sprint(opts.Level), "0 to 1, and less than 1")
	}
	if err := f.err(); err != nil {
		return nil, wrap("Outcomes", "", err)
	}
	window := time.Duration(days) * 24 * time.Hour
	if r.book == nil {
		return eval.Came(nil, window, opts), nil
	}
	acts, err := r.acts(ctx, from, to, window)
	if err != nil {
		return nil, wrap("Outcomes", "", err)
	}
	return eval.Came(acts, window, opts), nil
}

// gone reports whether an error says that somebody is not in the book any more.
func gone(err error) bool {
	return errors.Is(err, crm.ErrNotFound) || errors.Is(err, crm.ErrErased)
}

// acts reads from the book what was shown, chosen and ordered.
func (r *Recommender) acts(ctx context.Context, from, to time.Time, window time.Duration) ([]eval.Act, error) {
	st, err := r.fresh(ctx)
	if err != nil {
		return nil, err
	}
	interactions, customers, consents := r.book.Interactions, r.book.Customers, r.book.Consents
	if r.tx != nil {
		interactions, customers, consents = r.tx.Interactions, r.tx.Customers, r.tx.Consents
	}
	people := map[crm.CustomerID]string{} // by id: the person, "" for who is left out
	who := func(id crm.CustomerID) (string, error) {
		if p, ok := people[id]; ok || id == "" {
			return p, nil
		}
		survivor := id
		if c, err := customers.Get(ctx, id); err == nil {
			survivor = c.ID
		} else if !gone(err) {
			return "", err
		}
		may, err := consents.MayProfile(ctx, survivor, r.book.Now())
		if err != nil && !gone(err) {
			return "", err
		}
		if !may {
			survivor = ""
		}
		people[id] = string(survivor)
		return string(survivor), nil
	}
	var acts []eval.Act
	seen := map[string]bool{} // the customers
	for i, err := range interactions.List(ctx, crm.InteractionQuery{Kinds: []crm.InteractionKind{crm.KindViewItemList, crm.KindSelectItem}, From: from, To: to.Add(window)}) {
		if err != nil {
			return nil, err
		}
		a := eval.Act{Kind: eval.Shown, Time: i.OccurredAt}
		if i.Kind == crm.KindSelectItem {
			a.Kind = eval.Clicked
		} else if !i.OccurredAt.Before(to) {
			continue
		}
		if a.Customer, err = who(i.CustomerID); err != nil {
			return nil, err
		}
		if a.Customer == "" {
			continue
		}
		for _, item := range i.Items {
			if a.Product, a.Arm = string(item.ProductID), item.List; a.Product != "" {
				acts = append(acts, a)
				seen[a.Customer] = true
			}
		}
		if len(i.Items) == 0 && i.ProductID != "" {
			a.Product = string(i.ProductID)
			acts = append(acts, a)
		}
	}
	ordered, err := r.orders(ctx, st, seen, from, to.Add(window))
	return append(acts, ordered...), err
}

// orders returns what some customers ordered in a time, and did not give back. Times of
// baskets are whole seconds, of which the end counts: who clicks and orders within one
// clicked first.
func (r *Recommender) orders(ctx context.Context, st *state, of map[string]bool, from, to time.Time) (acts []eval.Act, err error) {
	for id := range of {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var baskets []ledger.Basket
		if r.tx != nil {
			if baskets, err = intake.Bought(ctx, r.tx, crm.CustomerID(id), r.opts.Location); err != nil {
				return nil, err
			}
		} else {
			st.known.Read(func(l *ledger.Ledger, _ *goods.Goods) { baskets = l.Baskets(id, ledger.Bought) })
		}
		for _, b := range baskets {
			at := time.Unix(b.Time, 0).UTC()
			if at.Before(from.Add(-time.Second)) || !at.Before(to) {
				continue
			}
			for _, line := range b.Lines {
				acts = append(acts, eval.Act{Kind: eval.Ordered, Customer: id, Product: line.Product, Time: at.Add(time.Second - time.Millisecond)})
			}
		}
	}
	return acts, nil
}
