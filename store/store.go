package store

import (
	"context"
	"iter"
)

// A Store keeps ordered byte keys in transactions, and a feed of what was
// committed. Every engine behaves as package storetest demands; code written
// against one engine runs unchanged on another.
//
// A Store is safe for concurrent use.
type Store interface {
	// View calls fn with a Reader of one snapshot. The snapshot holds
	// everything that was committed before View was called, neither blocks
	// writers nor waits for them, and does not change while fn runs.
	//
	// View returns fn's error as it is, [ErrNested] when ctx comes from a
	// callback of the same store, [ErrClosed] after Close, or ctx's error.
	View(ctx context.Context, fn func(context.Context, Reader) error) error

	// Update calls fn with a Tx and commits what fn wrote when it returns
	// nil. Transactions are serializable: the outcome is the same as if they
	// had run one after the other. An engine may call fn again when another
	// transaction got in its way, so fn must have no effects outside the Tx
	// but for [Tx.AfterCommit], and must not wait for another Update to return.
	//
	// Nothing is written when fn returns an error (which Update returns as it
	// is), panics, calls runtime.Goexit, or when ctx ends before the commit
	// begins. Once the commit began the answer is nil, an error, or
	// [ErrCommitUnknown], never ctx's error. Update returns [ErrConflict] only
	// after the engine gave up repeating, [ErrTooLarge] for a key, value or
	// transaction over the limits, [ErrInvalid] for an empty key, and else as
	// View does.
	Update(ctx context.Context, fn func(context.Context, Tx) error) error

	// Feed yields the committed entries after a cursor, in commit order and
	// without a gap, and ends when it has caught up. It reads in short
	// transactions of its own, so the loop body may take its time. The zero
	// Cursor stands before the first entry ever. A cursor that belongs to
	// another feed, or whose successors were trimmed, yields an
	// [*ExpiredError], which is [ErrCursorExpired] and tells where the feed
	// begins. With a callback's context it yields [ErrNested]. Feed yields at
	// most one error, last.
	Feed(ctx context.Context, after Cursor) iter.Seq2[Entry, error]

	// Wait returns nil as soon as the feed holds an entry after the cursor,
	// at once when it already does; otherwise ctx's error, ErrClosed, or
	// ErrNested with a callback's context. For a cursor that Feed refuses it
	// returns at once, with nil or Feed's error.
	Wait(ctx context.Context, after Cursor) error

	// Close waits for running callbacks and closes the store. Calls that
	// begin after it return ErrClosed. Closing twice is harmless. Close must
	// not be called from a callback.
	Close() error
}

// A Reader reads one snapshot. It is valid until its callback returns, and
// must stay on the callback's goroutine. After the callback its methods
// return [ErrClosed].
type Reader interface {
	// Get returns the value of a key, or [ErrNotFound]. An empty value is a
	// value. The slice belongs to the caller.
	Get(key []byte) ([]byte, error)

	// GetMany returns the values of keys in the order of keys, nil for one
	// that is absent; a value that is present but empty is an empty slice. It
	// costs one round trip. The slices belong to the caller.
	GetMany(keys [][]byte) ([][]byte, error)

	// Scan yields the pairs of a range in key order. Key and Value are valid
	// for that step only; the loop body may write to the transaction, which
	// does not change what the scan yields. Scan yields at most one error, last.
	Scan(r Range) iter.Seq2[KV, error]

	// Head returns a cursor of the feed: every entry up to it is of a
	// transaction that this snapshot sees. What is read here and what
	// Feed(ctx, head) yields afterwards together leave nothing out.
	Head() (Cursor, error)
}

// A Tx reads and writes in one transaction. Its reads see its own writes.
// Writes are buffered; what is wrong with them (an empty key, a value too
// large) is reported by Update, all at once.
type Tx interface {
	Reader

	// Put sets a key. It keeps no reference to its arguments.
	Put(key, value []byte)

	// Delete removes a key, which need not exist.
	Delete(key []byte)

	// DeleteRange removes all keys with from <= key < to; a nil from or to
	// is the open end.
	DeleteRange(from, to []byte)

	// Emit appends an entry to the feed, visible with the commit.
	Emit(topic string, payload []byte)

	// AfterCommit calls f once after the commit, on the goroutine that called
	// Update. A run of the callback that is repeated or fails drops its calls.
	AfterCommit(f func())
}

// Range selects keys with From <= key < To. A nil bound is open, and the zero
// Range is the whole store.
type Range struct {
	From, To []byte
	Reverse  bool // from the last key to the first
	Limit    int  // at most so many pairs; 0 means all
	KeysOnly bool // Value stays nil
}

// Prefix returns the Range of all keys that begin with prefix.
func Prefix(prefix []byte) Range {
	return Range{From: prefix, To: After(prefix)}
}

// After returns the smallest key that is greater than every key that begins
// with prefix, or nil when there is none.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xFF {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

// KV is one pair of a scan.
type KV struct {
	Key, Value []byte
}

// Entry is one record of the feed.
type Entry struct {
	Cursor  Cursor // where the feed stands after this entry
	Topic   string // at most 255 bytes
	Payload []byte // belongs to the reader
}

// Limits that every engine keeps. A key is 1 to MaxKey bytes; MaxTx counts the
// bytes of all keys, values, topics and payloads that one transaction writes.
const (
	MaxKey   = 1024
	MaxValue = 1 << 20
	MaxTopic = 255
	MaxTx    = 8 << 20
)

// As finds an optional ability of a store, an interface such as [Trimmer], in
// st or in what it wraps: a wrapper declares `Unwrap() store.Store`.
func As[T any](st Store) (T, bool) {
	for st != nil {
		if t, ok := st.(T); ok {
			return t, true
		}
		w, ok := st.(interface{ Unwrap() Store })
		if !ok {
			break
		}
		st = w.Unwrap()
	}
	var none T
	return none, false
}

// Trimmer is a Store that can forget the beginning of its feed.
type Trimmer interface {
	// Trim drops the entries up to and including before. Use the function
	// [Trim], which spares what durable followers have yet to read.
	Trim(ctx context.Context, before Cursor) error
}

// Compacter is a Store that can return space to the file system.
type Compacter interface {
	Compact(ctx context.Context) error
}

// Stater is a Store that can tell its size.
type Stater interface {
	Stats(ctx context.Context) (Stats, error)
}

// Stats tells the size of a store.
type Stats struct {
	Engine string // such as "bolt"
	Bytes  int64  // on disk, or in memory where there is no disk
	Free   int64  // bytes within Bytes that hold nothing
	Oldest Cursor // before the first entry that the feed still has
	Head   Cursor // the last entry of the feed
}
