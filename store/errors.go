package store

import (
	"errors"
	"fmt"
)

// The errors that calls wrap; test for them with errors.Is.
var (
	ErrNotFound      = errors.New("not found")
	ErrExists        = errors.New("already exists")
	ErrConflict      = errors.New("conflict with another transaction")
	ErrInvalid       = errors.New("invalid")
	ErrTooLarge      = errors.New("too large")
	ErrClosed        = errors.New("closed")
	ErrNested        = errors.New("transaction inside a transaction of the same store")
	ErrReadOnly      = errors.New("write in a read-only transaction")
	ErrLocked        = errors.New("locked by another process")
	ErrIncomplete    = errors.New("half restored or half copied")
	ErrCorrupt       = errors.New("corrupt")
	ErrNewer         = errors.New("written by a newer release")
	ErrCursorExpired = errors.New("cursor expired")
	ErrCommitUnknown = errors.New("commit sent, outcome unknown")
)

// An ExpiredError reports a cursor that the feed cannot continue from. It
// unwraps to [ErrCursorExpired].
type ExpiredError struct {
	After  Cursor // what was asked for
	Oldest Cursor // where reading can begin: before the first entry still kept
}

// Error tells where the cursor stands and where the feed begins.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("%v: nothing kept right after %q, the feed begins after %q", ErrCursorExpired, e.After, e.Oldest)
}

// Unwrap returns ErrCursorExpired.
func (e *ExpiredError) Unwrap() error { return ErrCursorExpired }
