package store

import "context"

type insideKey struct{ st Store }

// Enter returns a context that is marked as inside a transaction of st, or
// [ErrNested] when ctx already is. Engines give the marked context to callbacks.
func Enter(ctx context.Context, st Store) (context.Context, error) {
	if ctx.Value(insideKey{st}) != nil {
		return nil, ErrNested
	}
	return context.WithValue(ctx, insideKey{st}, true), nil
}
