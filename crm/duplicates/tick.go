package duplicates

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// abandoned is after what time a search that did not end is taken up again.
const abandoned = time.Hour

// Tick searches the book when the last search began longer ago than
// Options.Every, and returns how many pairs are in the queue then, 0 when it did
// not search. Of several processes one does it. A search that was interrupted is
// begun again after an hour. Tick returns what [Finder.Find] does.
func (f *Finder) Tick(ctx context.Context, now time.Time) (int, error) {
	due := false
	err := f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		due = false
		r, err := f.runs.Get(tx.Store(), f.runs.Key())
		switch {
		case errors.Is(err, crm.ErrNotFound):
			due = true
		case err != nil:
			return err
		default:
			every := f.opts.Every
			if r.FinishedAt.IsZero() {
				every = min(every, abandoned)
			}
			due = !now.Before(r.StartedAt.Add(every))
		}
		if !due {
			return nil
		}
		return f.saveRun(tx, func(r *run) { r.StartedAt, r.FinishedAt = now.UTC().Truncate(time.Millisecond), time.Time{} })
	})
	if err != nil || !due {
		return 0, wrap("Tick", "", err)
	}
	report, err := f.find(ctx)
	if err != nil {
		return 0, wrap("Tick", "", err)
	}
	return report.Pairs, nil
}

// Run ticks until ctx ends, and returns ctx's error. A search that fails is told
// to the logger and tried again with the next tick, a minute later.
func (f *Finder) Run(ctx context.Context) error {
	for {
		if _, err := f.Tick(ctx, time.Now()); err != nil && ctx.Err() == nil {
			f.opts.Logger.Warn("search for duplicates failed", "error", err)
		}
		t := time.NewTimer(time.Minute)
		select {
		case <-ctx.Done():
			t.Stop()
			return wrap("Run", "", ctx.Err())
		case <-t.C:
		}
	}
}
