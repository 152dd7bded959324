package collect

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A record is one try to record a batch: what the transaction finds out.
type record struct {
	visitor
	results  []result
	spoke    bool // they answered the shop's question
	objected bool // nothing may name them
	unasked  bool // nothing may name them yet
	used     bool // there is something that was recorded of the device
}

// errNobody ends a transaction that has nothing to keep.
var errNobody = errors.New("nobody")

// patience is how long a batch may wait for the writers before it. It is kept
// although the page that sent it is gone.
const patience = 20 * time.Second

// record records a batch, all of it in one transaction: when the answer is lost,
// the batch is known.
func (h *Handler) record(ctx context.Context, v visitor, s sender, b *batch) (*record, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var done *record
	err := h.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		done = &record{visitor: v}
		return h.fill(ctx, tx, done, s, b)
	})
	if errors.Is(err, errNobody) {
		err = nil
	}
	return done, err
}

// fill is the transaction of record.
func (h *Handler) fill(ctx context.Context, tx *crm.Tx, d *record, s sender, b *batch) error {
	if d.customer != "" {
		c, err := tx.Customers.Get(ctx, d.customer)
		if errors.Is(err, crm.ErrNotFound) || err == nil && !c.ErasedAt.IsZero() {
			d.customer, err = "", nil
		}
		if err != nil {
			return err
		}
	}
	may, err := h.permitted(ctx, tx, d, s, b)
	if err != nil {
		return err
	}
	sound := func(e event) bool { return len(e.faults) == 0 }
	if may && d.customer != "" && (d.spoke || slices.ContainsFunc(b.events, sound)) { // else the browser is not told of it
		err = h.link(ctx, tx, d)
	}
	if may && err == nil {
		err = h.events(ctx, tx, d, b)
	}
	if !may {
		d.drop(b)
	}
	if err == nil && d.fresh && d.customer == "" && !d.used && (!may || !d.spoke) {
		err = errNobody // as nothing would lead back to them
	}
	return err
}

// link makes the device the customer's. A browser that is another's already gets
// a new cookie: whoever shares it is not them.
func (h *Handler) link(ctx context.Context, tx *crm.Tx, d *record) error {
	for range 2 {
		device := crm.Identity{Kind: crm.IdentityDevice, Value: d.device, Source: h.opts.Source}
		r, err := tx.Identities.Identify(ctx, []crm.Identity{device}, &crm.IdentifyOptions{CustomerID: d.customer, NoCreate: true, NoMerge: true})
		if err != nil {
			return err
		}
		if d.app || r.Matches[0].Refused != crm.RefusedShared {
			break
		}
		d.device, d.fresh = cookieForm+digest("shared", d.device, string(d.customer)), true
	}
	return nil
}

// events records the events that were not taken before.
func (h *Handler) events(ctx context.Context, tx *crm.Tx, d *record, b *batch) error {
	receipts, taken, err := h.taken(tx, &d.visitor, b)
	if err != nil {
		return err
	}
	d.results = make([]result, len(b.events))
	here := make(map[receipt]bool, len(b.events))
	for i := range b.events {
		e := &b.events[i]
		res := &d.results[i]
		res.ID = e.id
		switch {
		case len(e.faults) > 0:
			res.Status, res.Faults = rejected, e.faults
			continue
		case taken[i] || here[receipts[i]]:
			res.Status, d.used = duplicate, true
			continue
		}
		what := e.what
		what.CustomerID, what.Device, what.Channel = d.customer, d.device, crm.ChannelWeb
		if d.app {
			what.Channel = crm.ChannelApp
		}
		if e.known != "" {
			what.Ref = crm.Ref{Source: h.opts.Source, ID: receipts[i].Hash}
		}
		_, err := tx.Interactions.Record(ctx, what)
		if invalid, ok := errors.AsType[*crm.InvalidError](err); ok {
			res.Status, res.Faults = rejected, faultsOf(i, invalid)
			continue
		}
		if err != nil {
			return err
		}
		if e.known != "" {
			here[receipts[i]] = true
			if _, err := h.receipts.Save(tx.Store(), nil, &receipts[i]); err != nil {
				return err
			}
		}
		res.Status, d.used = accepted, true
	}
	return nil
}

// drop answers a batch of which nothing is kept.
func (d *record) drop(b *batch) {
	d.results = make([]result, len(b.events))
	for i := range b.events {
		d.results[i] = result{ID: b.events[i].id, Status: dropped}
	}
}

// faultsOf tells what the book itself refuses, by the names of the body.
func faultsOf(i int, invalid *crm.InvalidError) []fault {
	at := "events[" + strconv.Itoa(i) + "]."
	r := reader{}
	for _, f := range invalid.Fields {
		field := "params." + f.Field
		if name, ok := strings.CutPrefix(f.Field, "properties["); ok {
			field = "params." + strings.Trim(name, `"]`)
		}
		r.fault(at+field, "others", f.Want)
	}
	return r.faults
}
