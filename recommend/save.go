package recommend

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
	"github.com/seed-9cb3708a/clientele/store"
)

// errErasing says that what is to be saved may have somebody who is erased.
var errErasing = errors.New("somebody is being erased")

// publish saves the models and what they were made of, so that a process that starts
// need not make them anew, and tells the others. What cannot be saved as somebody is
// being erased, or another process saves, is left to the next step.
func (r *Recommender) publish(ctx context.Context, now time.Time) error {
	if err := r.current(ctx); err != nil {
		return err
	}
	s := r.state.Load()
	if r.purge.Load() { // a snapshot outlives the one after it
		err := r.book.Store().Update(ctx, func(_ context.Context, tx store.Tx) error {
			ledgerOf(r.book.Space()).DropIn(tx)
			modelsOf(r.book.Space()).DropIn(tx)
			return nil
		})
		if err != nil {
			return err
		}
		r.purge.Store(false)
	}
	err := r.keeper.Load().Save(ctx, ledgerOf(r.book.Space()).Name, r.clean)
	if err == nil {
		err = r.saveModels(ctx, s)
	}
	if errors.Is(err, crm.ErrConflict) || errors.Is(err, errErasing) {
		r.opts.Logger.Info("models are saved later", "reason", err)
		return nil
	}
	if err != nil {
		return err
	}
	err = r.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		return tx.Emit(crm.Event{Kind: Learned, OccurredAt: now, Name: r.token})
	})
	if err == nil && r.state.Load() == s {
		r.unsaved.Store(false)
	}
	return err
}

func (r *Recommender) saveModels(ctx context.Context, s *state) error {
	return modelsOf(r.book.Space()).Save(ctx, r.book.Store(), s.cursor, func(w io.Writer) error {
		if err := r.clean(ctx, s.cursor); err != nil {
			return err
		}
		place := r.opts.Location.String()
		head := binary.LittleEndian.AppendUint64(nil, uint64(s.at.UnixMilli()))
		head = binary.LittleEndian.AppendUint32(head, uint32(len(place)))
		if _, err := w.Write(append(head, place...)); err != nil {
			return err
		}
		_, err := s.shop.WriteTo(w)
		if err == nil {
			_, err = s.again.WriteTo(w)
		}
		return err
	})
}

// load puts the models in place that were saved. It returns an error that wraps
// [crm.ErrNotFound] when there are none of the same horizon and calendar.
func (r *Recommender) load(ctx context.Context) error {
	wasStale := r.stale.Swap(false)
	s, err := r.read(ctx)
	if err != nil {
		if wasStale && !lost(err) {
			r.stale.Store(true)
		}
		return err
	}
	if now := r.state.Load(); now != nil && now.at.After(s.at) {
		return nil // what is there is newer
	}
	for e, err := range r.book.Events.List(ctx, s.cursor) {
		if err != nil && !errors.Is(err, store.ErrCursorExpired) {
			return err
		}
		if err == nil && e.Cursor.Compare(*r.opened.Load()) > 0 {
			break // catchUp looked at the rest
		}
		if err != nil || leaves(e) {
			r.left.Store(true)
			break
		}
	}
	r.put(s)
	r.unsaved.Store(false)
	return nil
}

// read reads the models that were saved.
func (r *Recommender) read(ctx context.Context) (*state, error) {
	s := &state{}
	err := modelsOf(r.book.Space()).Load(ctx, r.book.Store(), func(cursor store.Cursor, rd io.Reader) (err error) {
		in := bufio.NewReaderSize(rd, 1<<16) // or ReadShop reads on
		place := r.opts.Location.String()
		head := make([]byte, 12+len(place))
		if _, err = io.ReadFull(in, head); err != nil {
			return err
		}
		if int(binary.LittleEndian.Uint32(head[8:])) != len(place) || string(head[12:]) != place {
			return crm.ErrNotFound
		}
		s.at, s.cursor = time.UnixMilli(int64(binary.LittleEndian.Uint64(head))).UTC(), cursor
		if s.shop, err = model.ReadShop(in); err == nil {
			s.again, err = model.ReadRepeat(in, len(s.shop.Products))
		}
		return err
	})
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, model.ErrCorrupt) ||
		err == nil && s.shop.Settings.Window != int32(r.opts.Horizon) {
		err = crm.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	k := r.keeper.Load()
	s.known, s.day, s.window = k, s.shop.Day, s.shop.Settings.Window
	var still *ledger.Still
	k.Read(func(l *ledger.Ledger, g *goods.Goods) { still, s.had = l.Still(), measure(l, g) })
	s.log = until(still.Log(ledger.Bought, slices.Clone(s.shop.Products)), s.at) // as they were made
	k.Read(func(_ *ledger.Ledger, g *goods.Goods) { s.bind(g) })
	s.rest()
	return s, nil
}

// clean returns an error when what stands at a cursor may have somebody in it who
// was erased since, or is being erased. It is called when it is about to be written:
// an erasure that begins later drops it, and ends the writing.
func (r *Recommender) clean(ctx context.Context, at store.Cursor) error {
	for e, err := range r.book.Privacy.Erasures(ctx) {
		if err == nil && e.FinishedAt.IsZero() {
			err = errErasing
		}
		if err != nil {
			return err
		}
	}
	for e, err := range r.book.Events.List(ctx, at) {
		if err == nil && e.Kind == crm.CustomerErased {
			err = errErasing
		}
		if errors.Is(err, store.ErrCursorExpired) { // nobody can tell any more
			r.left.Store(true)
			err = errErasing
		}
		if err != nil {
			return err
		}
	}
	return nil
}
