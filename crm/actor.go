package crm

import "context"

type actorKey struct{}

// WithActor returns a context in which somebody is named who changes things:
// what is changed with it is written to the audit log. An actor is a name for
// somebody of the shop or for a program, such as "agent-7", and no personal
// data: 1 to 120 printable bytes without spaces and @. A change by anybody else
// returns an error that wraps [ErrInvalid]. "" takes the actor away.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// Actor returns who changes things in a context, "" for nobody named.
func Actor(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return actor
}

// actorOf is Actor, checked.
func actorOf(ctx context.Context) (string, error) {
	actor := Actor(ctx)
	if actor == "" || validKey(actor) {
		return actor, nil
	}
	var f faults
	f.id("actor", actor)
	return "", f.err()
}

// as makes the actor of a context, if it has one, that of what a call in the
// transaction changes, until done is called.
func (tx *Tx) as(ctx context.Context) (done func(), err error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	if actor == "" || actor == tx.actor {
		return func() {}, nil
	}
	before := tx.actor
	tx.actor = actor
	return func() { tx.actor = before }, nil
}
