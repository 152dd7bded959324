package duplicates

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A run is the last search through the book.
type run struct {
	StartedAt  time.Time `json:"started_at,omitzero"`  // by which it is known; zero when it failed
	FinishedAt time.Time `json:"finished_at,omitzero"` // zero while it lasts, or when it failed
	Report     Report    `json:"report"`               // of the last that came to its end
	Undone     string    `json:"undone,omitzero"`      // up to which cursor of the feed it is known which merges were undone
}

var runTable = store.MustTable(store.Schema[run]{
	Number: tableRuns, Name: "duplicates.runs",
	Fields: func(c *store.Coder, r *run) {
		store.Time(c, 1, &r.StartedAt)
		store.Time(c, 2, &r.FinishedAt)
		store.Message(c, 3, &r.Report, reportFields)
		store.String(c, 4, &r.Undone)
	},
	Key: func(k store.Key, _ *run) store.Key { return k },
})

// begin makes r a search that begins, and returns by which time it is known: none
// before it has the same.
func (r *run) begin(now time.Time) time.Time {
	now = now.UTC().Truncate(time.Millisecond)
	if !now.After(r.StartedAt) {
		now = r.StartedAt.Add(time.Millisecond)
	}
	r.StartedAt, r.FinishedAt = now, time.Time{}
	return now
}

// last returns the last search, the zero run when there was none.
func (f *Finder) last(tx *crm.Tx) (*run, error) {
	r, err := f.runs.Get(tx.Store(), f.runs.Key())
	if errors.Is(err, crm.ErrNotFound) {
		return &run{}, nil
	}
	return r, err
}

func (f *Finder) saveRun(tx *crm.Tx, change func(*run)) error {
	row, err := f.runs.Load(tx.Store(), f.runs.Key())
	r := &run{}
	if err == nil {
		r = row.Value
	} else if !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	change(r)
	_, err = f.runs.Save(tx.Store(), row, r)
	return err
}

// searching is a transaction of the search that began at mine. It fails when
// another began since, so that the queue is never of two.
func (f *Finder) searching(ctx context.Context, mine time.Time, do func(context.Context, *crm.Tx) error) error {
	return f.book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		r, err := f.last(tx)
		if err != nil {
			return err
		}
		if !r.StartedAt.Equal(mine) {
			return errOvertaken
		}
		return do(ctx, tx)
	})
}

var errOvertaken = fmt.Errorf("another search began meanwhile: %w", crm.ErrConflict)

// release lets the next Tick search again after a search that failed or was
// interrupted. When that cannot be written, it is taken for abandoned later.
func (f *Finder) release(ctx context.Context, mine time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := f.searching(ctx, mine, func(_ context.Context, tx *crm.Tx) error {
		return f.saveRun(tx, func(r *run) { r.StartedAt = time.Time{} })
	})
	if err != nil && !errors.Is(err, errOvertaken) {
		f.opts.Logger.Debug("search for duplicates was not released", "error", err)
	}
}
