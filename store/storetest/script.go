package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

// A script is an interleaving of transactions. Each letter of order lets one
// participant, a the first, take its next step; the letter after its last step
// lets it commit. An engine may keep a participant waiting, and then it takes
// its steps later: the order is a wish.
type script struct {
	order        string
	participants []participant
}

// A participant is one transaction of a script.
type participant struct {
	steps  []step
	view   bool // reads only, in a View
	aborts bool // returns an error in the end
}

// A step reads and writes; it may run more than once.
type step func(*cells)

// play runs the script and looks for a serial order that explains the outcome.
func (sc script) play(s *suite) {
	s.set("x", "10", "y", "20")
	runs := make([]*running, len(sc.participants))
	for i, p := range sc.participants {
		runs[i] = &running{participant: p, s: s, name: string(rune('a' + i))}
		for range len(p.steps) + 1 {
			runs[i].gates = append(runs[i].gates, newGate(s))
		}
	}
	for _, letter := range sc.order {
		runs[letter-'a'].next(runs)
	}
	for _, r := range runs {
		for _, g := range r.gates {
			g.open()
		}
	}
	for _, r := range runs {
		err := s.result(r.call, "participant "+r.name)
		switch {
		case r.aborts && err == errAbort, errors.Is(err, store.ErrConflict):
			r.failed = true
		case err != nil:
			s.Fatalf("participant %s: %v", r.name, err)
		}
	}
	final := fmt.Sprint(s.dump())
	if !explained(nil, runs, final) {
		s.Errorf("no serial order of the transactions explains the outcome; the store holds %s", final)
		for _, r := range runs {
			s.Logf("participant %s failed %t, read %q", r.name, r.failed, r.cells.log)
		}
	}
}

// running is a participant in a play.
type running struct {
	participant
	s      *suite
	name   string
	call   *call
	gates  []*gate // before each step, and before the end
	at     int     // the gate to open next
	after  []*running
	cells  *cells
	failed bool
}

// next opens the participant's next gate, and gives it time for its step.
func (r *running) next(all []*running) {
	if r.call == nil {
		for _, other := range all {
			if other.call != nil && other.call.ended() {
				r.after = append(r.after, other)
			}
		}
		r.call = start(r.run)
		r.arrive(0)
	}
	if r.at == len(r.gates) {
		return
	}
	r.gates[r.at].open()
	r.at++
	r.arrive(r.at)
}

// arrive waits a moment for the callback to come to a gate, or to end.
func (r *running) arrive(n int) {
	if n == len(r.gates) {
		r.call.settle()
		return
	}
	select {
	case <-r.gates[n].at:
	case <-r.call.done:
	case <-time.After(moment):
	}
}

func (r *running) run() error {
	if r.view {
		return r.s.st.View(r.s.Context(), func(_ context.Context, rd store.Reader) error {
			return r.perform(readOnly{Reader: rd})
		})
	}
	return r.s.st.Update(r.s.Context(), func(_ context.Context, tx store.Tx) error {
		return r.perform(tx)
	})
}

func (r *running) perform(tx store.Tx) error {
	r.cells = &cells{tx: tx}
	for i, step := range r.steps {
		r.gates[i].pass()
		step(r.cells)
	}
	r.gates[len(r.steps)].pass()
	if r.aborts {
		return errAbort
	}
	return r.cells.err
}

// explained reports whether the participants that are left can follow those in
// done, one after the other, such that each reads what it has read and the
// store ends up as it did.
func explained(done, left []*running, final string) bool {
	left = slices.DeleteFunc(slices.Clone(left), func(r *running) bool { return r.failed })
	if len(left) == 0 {
		twin := &cells{twin: map[string]int{"x": 10, "y": 20}}
		for _, r := range done {
			twin.log = nil
			for _, step := range r.steps {
				step(twin)
			}
			if !slices.Equal(twin.log, r.cells.log) {
				return false
			}
		}
		return twin.dump() == final
	}
	for i, r := range left {
		rest := slices.Delete(slices.Clone(left), i, i+1)
		early := slices.ContainsFunc(r.after, func(o *running) bool { return slices.Contains(rest, o) })
		if !early && explained(append(slices.Clone(done), r), rest, final) {
			return true
		}
	}
	return false
}
