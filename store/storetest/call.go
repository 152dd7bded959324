package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A call is a function that runs on a goroutine of its own.
type call struct {
	done chan struct{}
	err  error
}

func start(fn func() error) *call {
	c := &call{done: make(chan struct{}), err: errors.New("the goroutine ended early")}
	go func() {
		defer close(c.done)
		c.err = fn()
	}()
	return c
}

// settle waits a moment for the call to return. An engine that runs one Update
// at a time keeps it waiting.
func (c *call) settle() {
	select {
	case <-c.done:
	case <-time.After(moment):
	}
}

// ended reports whether the call has returned.
func (c *call) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// result waits for the call to return.
func (s *suite) result(c *call, what string) error {
	s.Helper()
	s.done(c.done, what)
	return c.err
}

// together runs fn n times at once and reports their errors.
func (s *suite) together(n int, fn func(ctx context.Context, i int) error) {
	s.Helper()
	calls := make([]*call, n)
	for i := range calls {
		calls[i] = start(func() error { return fn(s.Context(), i) })
	}
	for i, c := range calls {
		if err := s.result(c, fmt.Sprintf("goroutine %d", i)); err != nil {
			s.Errorf("goroutine %d: %v", i, err)
		}
	}
}

// A gate holds a callback up until the test opens it. Callbacks that are
// repeated pass an open gate.
type gate struct {
	s             *suite
	at, ahead     chan struct{}
	arrive, leave sync.Once
}

func newGate(s *suite) *gate {
	g := &gate{s: s, at: make(chan struct{}), ahead: make(chan struct{})}
	s.Cleanup(g.open) // before the store is closed, which waits for callbacks
	return g
}

// pass is called in the callback.
func (g *gate) pass() {
	g.arrive.Do(func() { close(g.at) })
	<-g.ahead
}

// reached waits until a callback stands at the gate.
func (g *gate) reached() {
	g.s.Helper()
	g.s.done(g.at, "callback on its way to the gate")
}

func (g *gate) open() { g.leave.Do(func() { close(g.ahead) }) }
