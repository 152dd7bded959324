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

// save saves the models, and what they were made of, so that a process that starts
// need not make them anew.
func (r *Recommender) save(ctx context.Context, s *state) error {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	k := r.keeper.Load()
	if err := k.Save(ctx, ledgerOf(r.book.Space()).Name, r.clean); err != nil {
		return err
	}
	return modelsOf(r.book.Space()).Save(ctx, r.book.Store(), k.Cursor(), func(w io.Writer) error {
		if err := r.clean(ctx, k.Cursor()); err != nil {
			return err
		}
		if err := binary.Write(w, binary.LittleEndian, s.at.UnixMilli()); err != nil {
			return err
		}
		_, err := s.shop.WriteTo(w)
		return err
	})
}

// load returns the models that were saved. It returns an error that wraps
// [crm.ErrNotFound] when there are none, or none of the same horizon.
func (r *Recommender) load(ctx context.Context) (*state, error) {
	var at int64
	var shop *model.Shop
	err := modelsOf(r.book.Space()).Load(ctx, r.book.Store(), func(_ store.Cursor, rd io.Reader) (err error) {
		in := bufio.NewReader(rd)
		if err := binary.Read(in, binary.LittleEndian, &at); err != nil {
			return err
		}
		shop, err = model.ReadShop(in)
		return err
	})
	if errors.Is(err, model.ErrCorrupt) || err == nil && shop.Settings.Window != int32(r.opts.Horizon) {
		err = crm.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	s := &state{at: time.UnixMilli(at).UTC(), day: shop.Day, window: shop.Settings.Window, shop: shop}
	r.read(func(l *ledger.Ledger, g *goods.Goods) {
		s.log = l.Log(ledger.Bought, slices.Clone(shop.Products))
		s.bind(g)
	})
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
		if err != nil {
			return err
		}
	}
	return nil
}
