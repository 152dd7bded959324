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
// not search. Of several processes one does it. One that failed or was
// interrupted is begun again with the next Tick, and after an hour when its
// process died. Tick returns what [Finder.Find] does, but 0 and nil when another
// search began meanwhile.
func (f *Finder) Tick(ctx context.Context, now time.Time) (int, error) {
	var mine time.Time
	err := f.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		mine = time.Time{}
		r, err := f.last(tx)
		if err != nil {
			return err
		}
		every := f.opts.Every
		if r.FinishedAt.IsZero() {
			every = abandoned
		}
		if !r.StartedAt.IsZero() && now.Before(r.StartedAt.Add(every)) {
			return nil
		}
		return f.saveRun(tx, func(r *run) { mine = r.begin(now) })
	})
	if err != nil || mine.IsZero() {
		return 0, wrap("Tick", "", err)
	}
	report, err := f.find(ctx, mine)
	switch {
	case errors.Is(err, errOvertaken):
		return 0, nil
	case err != nil:
		return 0, wrap("Tick", "", err)
	}
	return report.Pairs, nil
}

// Run ticks until ctx ends, and returns ctx's error. A search that fails is told
// to the logger and tried again with the next tick, a minute later.
func (f *Finder) Run(ctx context.Context) error {
	err := f.book.Every(time.Minute, func(ctx context.Context, at time.Time) error {
		if _, err := f.Tick(ctx, at); err != nil && ctx.Err() == nil {
			f.opts.Logger.Warn("search for duplicates failed", "error", err)
		}
		return nil
	})(ctx)
	return wrap("Run", "", err)
}
