package memstore

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/seed-9cb3708a/clientele/store"
)

// Options changes what New makes. The zero value is a good default.
type Options struct {
	// Chaos, unless zero, seeds a source of made-up trouble: callbacks of
	// Update are run twice and the first outcome is thrown away, and commits
	// are refused as if another transaction had come first. What Update
	// returns and what the store then holds are as without. The same seed
	// makes the same trouble for the same sequence of Updates.
	Chaos uint64
}

// A Store keeps everything in memory. It is safe for concurrent use.
type Store struct {
	epoch   uint64
	newest  atomic.Pointer[generation]
	writer  chan struct{} // has room for one: who may publish
	chaos   *chaos
	beside  int          // how often an Update runs beside others before it runs alone
	refuse  func() error // lets tests fail a commit
	mu      sync.Mutex   // guards closed, and that nothing joins running after it
	closed  bool
	closing chan struct{}
	running sync.WaitGroup
}

var (
	_ store.Store   = (*Store)(nil)
	_ store.Trimmer = (*Store)(nil)
	_ store.Stater  = (*Store)(nil)
)

// New returns an empty Store; opts may be nil.
func New(opts *Options) *Store {
	if opts == nil {
		opts = new(Options)
	}
	s := &Store{
		epoch:   rand.Uint64(),
		writer:  make(chan struct{}, 1),
		chaos:   newChaos(opts.Chaos),
		beside:  4,
		refuse:  func() error { return nil },
		closing: make(chan struct{}),
	}
	s.newest.Store(newGeneration())
	return s
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(context.Context, store.Reader) error) error {
	ctx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer s.running.Done()
	r := s.reader(ctx, s.newest.Load(), nil)
	defer r.close()
	return fn(ctx, r)
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, fn func(context.Context, store.Tx) error) error {
	b, err := s.update(ctx, fn)
	if err == nil {
		b.Committed()
	}
	return err
}

// Stats implements [store.Stater]. Bytes counts keys, values, topics and
// payloads, and not what it takes to hold them.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	if _, err := s.begin(ctx); err != nil {
		return store.Stats{}, err
	}
	defer s.running.Done()
	g := s.newest.Load()
	return store.Stats{
		Engine: "memory",
		Bytes:  g.size,
		Oldest: s.cursor(g.trimmed),
		Head:   s.cursor(g.head()),
	}, nil
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	s.running.Wait()
	return nil
}

// begin enters a transaction; unless it fails, running.Done must follow.
func (s *Store) begin(ctx context.Context) (context.Context, error) {
	ctx, err := store.Enter(ctx, s)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, store.ErrClosed
	}
	s.running.Add(1)
	return ctx, nil
}

// update runs fn until it is committed or has failed for good.
func (s *Store) update(ctx context.Context, fn func(context.Context, store.Tx) error) (*store.Buffer, error) {
	ctx, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer s.running.Done()
	for range s.beside {
		if b, again, err := s.attempt(ctx, fn); !again {
			return b, err
		}
	}
	return s.alone(ctx, fn)
}

// attempt runs fn beside others, and asks for another run on a conflict.
func (s *Store) attempt(ctx context.Context, fn func(context.Context, store.Tx) error) (b *store.Buffer, again bool, err error) {
	g, seen := s.newest.Load(), new(reads)
	b, err = s.run(ctx, g, seen, fn)
	if s.chaos.strikes() {
		return nil, true, nil
	}
	if err != nil || b.Empty() {
		return b, false, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, false, err
	}
	defer s.unlock()
	if s.chaos.strikes() || !seen.same(g, s.newest.Load()) {
		return nil, true, nil
	}
	return b, false, s.commit(b)
}

// alone runs fn while nobody else can commit.
func (s *Store) alone(ctx context.Context, fn func(context.Context, store.Tx) error) (*store.Buffer, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.unlock()
	b, err := s.run(ctx, s.newest.Load(), nil, fn)
	if err != nil || b.Empty() {
		return b, err
	}
	return b, s.commit(b)
}

// run calls fn once. Its error is final for this run: fn's own, what is wrong
// with the writes, or ctx's.
func (s *Store) run(ctx context.Context, g *generation, seen *reads, fn func(context.Context, store.Tx) error) (*store.Buffer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := s.reader(ctx, g, seen)
	defer r.close()
	b := store.NewBuffer(r)
	defer b.Close()
	if err := fn(ctx, b); err != nil {
		return nil, err
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	return b, ctx.Err()
}

// commit publishes what b holds. The caller has the lock.
func (s *Store) commit(b *store.Buffer) error {
	if err := s.refuse(); err != nil {
		return err
	}
	s.publish(s.newest.Load().apply(b))
	return nil
}

// publish makes g the newest generation and wakes those who wait for the feed.
// The caller has the lock.
func (s *Store) publish(g *generation) {
	old := s.newest.Swap(g)
	if old.grown != g.grown {
		close(old.grown)
	}
}

// lock waits for the right to publish.
func (s *Store) lock(ctx context.Context) error {
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil { // both were ready
		s.unlock()
		return err
	}
	return nil
}

func (s *Store) unlock() { <-s.writer }
