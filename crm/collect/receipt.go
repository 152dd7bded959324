package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A receipt says that an event was taken, so that it is not taken again. The
// time of an event cannot say it: its correction differs with each request. A
// receipt is nobody's data: it holds a hash of what a device made up, and leads
// from nothing to nothing.
type receipt struct {
	Period uint64 `json:"period"`
	Lead   string `json:"lead"` // of the id: ids that begin with the time stand together
	Hash   string `json:"hash"`
}

const tableReceipts = 40

var receiptTable = store.MustTable(store.Schema[receipt]{
	Number: tableReceipts, Name: "collect.receipts",
	Fields: func(c *store.Coder, v *receipt) {
		store.Int(c, 1, &v.Period)
		store.String(c, 2, &v.Lead)
		store.String(c, 3, &v.Hash)
	},
	Key: func(k store.Key, v *receipt) store.Key { return k.Uint(v.Period).String(v.Lead).String(v.Hash) },
})

// period is how long receipts stand together, which are thrown away together.
const period = 32 * day

func periodOf(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) / uint64(period/time.Second) }

// receipt returns that of an event which is taken at a time. The id is the
// visitor's own, unless it is long enough to be nobody else's: then the event is
// the same under whatever cookie.
func (h *Handler) receipt(v *visitor, e *event, at time.Time) receipt {
	of := v.device
	if !v.app && len(e.known) >= longID && e.id != "" {
		of = ""
	}
	lead := ""
	if len(e.id) >= longID {
		lead = e.id[:6]
	}
	return receipt{periodOf(at), lead, digest(h.opts.Source, of, e.known)}
}

// taken tells which events of a batch have a receipt, in one read, and returns
// the receipts that they would get.
func (h *Handler) taken(tx *crm.Tx, v *visitor, b *batch) (list []receipt, taken []bool, err error) {
	back := int((h.opts.MaxAge+day)/period) + 1 // periods before this one
	list, taken = make([]receipt, len(b.events)), make([]bool, len(b.events))
	var keys []store.Key
	var of []int
	for i := range b.events {
		e := &b.events[i]
		if e.known == "" || len(e.faults) > 0 {
			continue
		}
		r := h.receipt(v, e, b.received)
		list[i] = r
		for n := range back + 1 {
			if uint64(n) > r.Period {
				break
			}
			keys = append(keys, h.receipts.Key().Uint(r.Period-uint64(n)).String(r.Lead).String(r.Hash))
			of = append(of, i)
		}
	}
	if len(keys) == 0 {
		return list, taken, nil
	}
	found, err := h.receipts.GetMany(tx.Store(), keys)
	for n, r := range found {
		taken[of[n]] = taken[of[n]] || r != nil
	}
	return list, taken, err
}

// sweepRecords is how many receipts a transaction throws away.
const sweepRecords = 5000

// Tick throws the receipts away that no retry can bring up again, because what
// it told of would be too old, and returns how many. Several processes may do so
// at once. It returns an error of the store, or ctx's.
func (h *Handler) Tick(ctx context.Context, now time.Time) (n int, err error) {
	keep := periodOf(now.Add(-h.opts.MaxAge - day))
	for {
		some := 0
		err := h.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
			some = 0
			rg := store.Range{From: h.receipts.Key(), To: h.receipts.Key().Uint(keep), Limit: sweepRecords, KeysOnly: true}
			for kv, err := range tx.Store().Scan(rg) {
				if err != nil {
					return err
				}
				tx.Store().Delete(kv.Key)
				some++
			}
			return nil
		})
		if err != nil {
			return n, fmt.Errorf("collect.Tick: %w", err)
		}
		if n += some; some < sweepRecords {
			return n, nil
		}
	}
}

// Run calls [Handler.Tick] when it begins and once a day, until ctx ends, and
// returns ctx's error. What fails is logged and tried again the next day. A
// shop that never runs it keeps all receipts, about 100 bytes an event.
func (h *Handler) Run(ctx context.Context) error {
	daily := time.NewTicker(day)
	defer daily.Stop()
	for {
		if _, err := h.Tick(ctx, h.opts.Now()); err != nil && !errors.Is(err, ctx.Err()) {
			h.opts.Logger.Error("throwing receipts away failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-daily.C:
		}
	}
}
