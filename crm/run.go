package crm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

const (
	runPause     = time.Second      // before a loop that failed is started again for the first time
	runPauseMost = time.Minute      // and at most
	runWell      = time.Minute      // after which a loop that fails begins with the first pause again
	measureEvery = 15 * time.Second // how often the lag of followers is told
)

// Run runs the background loops of a program, each on a goroutine of its own,
// and blocks until ctx ends and every loop has returned. It is the last line of
// a shop's main function: the Run methods of rooms go in as they are, followers
// as a function that calls [Book.Follow], and what is due by the clock as
// [Book.Every]. Each has a name, for the log and for [Options.Observe]: 1 to 120
// printable bytes without spaces.
//
// A loop that returns an error is logged and started again, so that one that is
// broken does not end the others: after half a second to a second, and twice
// that with each further failure, up to a minute; a loop that ran for a minute
// begins anew. One that returns nil is done. Some errors no restart can mend and
// end the run: [ErrClosed], [ErrNested], and [ErrInvalid] from a loop that has
// not yet run for a minute, as it is then how it was set up. So does a panic: it
// is logged with its stack, the other loops are stopped, and Run panics with it.
//
// When ctx ends, all loops are told at once, and Run waits for as long as they
// take. Who does not want to wait for one that hangs calls Run on a goroutine,
// and gives up on that after a time of its own. Close the store after Run has
// returned.
//
// Run returns nil when ctx has ended it, an error that wraps ErrInvalid for
// loops that cannot be, and else the first error that ended it.
func (b *Book) Run(ctx context.Context, loops map[string]func(ctx context.Context) error) error {
	var f faults
	for name, loop := range loops {
		if f.id("loops", name); loop == nil {
			f.add("loops", name, "a function")
		}
	}
	if err := f.err(); err != nil {
		return wrap("Run", "loop", "", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	var mu sync.Mutex
	var end error
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if _, panicked := errors.AsType[*loopPanic](err); end == nil || panicked {
			end = err
		}
		cancel()
	}
	for _, name := range slices.Sorted(maps.Keys(loops)) {
		group.Go(func() {
			err := fmt.Errorf("crm: Run %s: the loop ended its goroutine", name)
			defer func() { // also when runtime.Goexit ends it
				if err != nil {
					fail(err)
				}
			}()
			err = b.keep(ctx, name, loops[name])
		})
	}
	if b.opts.Observe != nil {
		group.Go(func() { b.observeLag(ctx) })
	}
	<-ctx.Done()
	group.Wait()
	if p, ok := errors.AsType[*loopPanic](end); ok {
		panic(p)
	}
	return end
}

// Every returns a loop for [Book.Run] that calls f at once and then every so
// often, d after the call before began, with the time of the book's clock: for
// what a shop does by the day, such as [Privacy.Sweep]. An error of f ends the
// loop, which Run starts again. In several processes, each calls f.
func (b *Book) Every(d time.Duration, f func(ctx context.Context, at time.Time) error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		if d <= 0 {
			return wrap("Every", "", "", &InvalidError{Fields: []FieldError{{Field: "d", Value: d.String(), Want: "more than 0"}}})
		}
		for {
			next := time.Now().Add(d)
			if err := f(ctx, b.now()); err != nil {
				return err
			}
			if err := sleep(ctx, max(0, time.Until(next))); err != nil {
				return err
			}
		}
	}
}

// keep runs one loop, again and again, until it is done or ctx ends, or with an
// error that is to end all others.
func (b *Book) keep(ctx context.Context, name string, loop func(context.Context) error) error {
	log := b.opts.Logger.With("loop", name)
	well, failures := false, 0
	for {
		start := time.Now()
		err := guard(ctx, name, loop)
		if time.Since(start) >= runWell {
			well, failures = true, 0
		}
		p, panicked := errors.AsType[*loopPanic](err)
		switch {
		case panicked:
			log.Error("loop panicked", "value", p.safeText(), "stack", string(p.stack))
			return p
		case ctx.Err() != nil:
			if err != nil && !errors.Is(err, ctx.Err()) {
				log.Warn("loop ended with an error", "error", safeText(err))
			}
			return nil
		case err == nil:
			log.Info("loop is done")
			return nil
		case errors.Is(err, ErrClosed), errors.Is(err, ErrNested), errors.Is(err, ErrInvalid) && !well:
			log.Error("loop cannot go on", "error", safeText(err))
			return &Error{Op: "Run", Kind: "loop", ID: name, Err: err}
		}
		failures++
		pause := runPause << min(failures-1, 10)
		pause = min(pause, runPauseMost)
		pause = pause/2 + rand.N(pause/2+1)
		log.Warn("loop failed, and starts again", "error", safeText(err), "failures", failures, "pause", pause)
		if sleep(ctx, pause) != nil {
			return nil
		}
		b.count("loop_restarts", "loop", name, 1)
	}
}

// guard calls a loop, and makes a panic an error.
func guard(ctx context.Context, name string, loop func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &loopPanic{name, v, debug.Stack()}
		}
	}()
	return loop(ctx)
}

// A loopPanic is a panic on a goroutine of Run.
type loopPanic struct {
	name  string
	value any
	stack []byte
}

func (p *loopPanic) Error() string {
	return fmt.Sprintf("loop %s: %v\n\n%s", p.name, p.value, p.stack)
}

func (p *loopPanic) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// safeText tells of the value what is certain to hold no personal data.
func (p *loopPanic) safeText() string {
	switch v := p.value.(type) {
	case runtime.Error:
		return v.Error()
	case error:
		return safeText(v)
	}
	return fmt.Sprintf("%T", p.value)
}

// observeLag tells how far followers are behind, until ctx ends.
func (b *Book) observeLag(ctx context.Context) {
	for {
		for f, err := range b.Followers.List(ctx) {
			if err != nil {
				if ctx.Err() == nil {
					b.opts.Logger.Warn("the lag of followers is not known", "error", safeText(err))
				}
				break
			}
			events, seconds := f.Unread, 0.0
			if f.Unread > 0 {
				seconds = max(0, b.now().Sub(f.UnreadSince).Seconds())
			}
			if f.Expired {
				events = maxUnread
			} else {
				b.observe("follower_lag_seconds", "gauge", "follower", f.Name, seconds)
			}
			b.observe("follower_lag_events", "gauge", "follower", f.Name, float64(events))
		}
		if sleep(ctx, measureEvery) != nil {
			return
		}
	}
}
