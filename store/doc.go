// Package store keeps ordered byte keys in transactions, with a feed of what
// was committed, and on top of that typed records with indexes. It is what
// Clientele stands on, and it knows nothing of customers: shops keep tables of
// their own with it, in the same file and in the same transactions.
//
// The interface [Store] has several engines: package boltstore keeps one file
// and is the default, package memstore is for tests and demos. Package
// storetest proves them, and anyone's own.
//
// # Smallest program
//
//	st, err := boltstore.Open("shop.db", nil)
//	...
//	defer st.Close()
//	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
//		tx.Put([]byte("greeting"), []byte("hello"))
//		return nil
//	})
//
// # Concepts
//
// A [Table] is made once from a [Schema]: a number, a name, one function that
// names the fields for reading and writing, one that builds the primary key,
// and the indexes, sorted, unique or not, with any number of keys a record. It
// gets, saves, changes by function, deletes, scans and pages. Table numbers up
// to 199 belong to Clientele, those from 200 to shops; 0 is package store's own.
//
// A [Key] is a tuple whose bytes sort as its elements do. A [Coder] writes
// records in the protobuf wire format; zero values take no room.
//
// A namespace keeps the records of several brands apart in one store; see
// [Namespace] and [Table.In].
//
// The feed is a list of entries, each emitted in the transaction of the change
// that it tells of. A [Cursor] is a place in it. A durable follower keeps its
// Cursor with [SaveCursor], in the transaction that holds what it made of the
// entries, so that each of them takes effect once; [Trim] forgets the
// beginning of the feed, but nothing that a follower has yet to read.
//
// A [Snapshot] keeps what can be worked out again, such as a model, with the
// Cursor up to which it was.
//
// [Backup] and [Restore] carry everything but snapshots through a stream, from
// any engine to any; [Copy] does so from store to store, and can be killed and
// run again.
//
// # Transactions
//
// A View sees one snapshot. Updates are serializable. Writes are buffered and
// committed together: in one round trip, with one sync to disk, or not at all.
// A callback may run more than once, so it must have no effects outside the
// transaction; use [Tx.AfterCommit]. Inside a callback, a second transaction on
// the same store is [ErrNested]; pass the Tx on instead. One transaction writes
// at most [MaxTx] bytes: load much in batches.
//
// Reads cost a round trip each on an engine behind a network. GetMany and Scan
// read many things in one; a Table's index reads ahead in batches.
//
// # Errors
//
// Errors wrap the sentinels of this package, such as [ErrNotFound]; test for
// them with errors.Is. Update returns [ErrConflict] only after it has repeated
// the callback in vain, and [ErrCommitUnknown] when the connection broke during
// a commit: then look whether it happened. [ErrCorrupt] is never guessed away:
// damaged data is reported, not returned.
//
// # Concurrency
//
// A Store, a Table, a TableIndex and a Snapshot are safe for concurrent use. A
// Reader or a Tx belongs to its callback and its goroutine, and ends with it.
// Nothing in this package starts a goroutine.
//
// # Compatibility
//
// A later release opens what an older one has written. A table records the
// indexes that are built; [Table.Prepare] builds a new one beside running
// writers, and continues when it was interrupted. Numbers of tables, indexes
// and fields are never reused. Fields that a release does not know are carried
// over when it writes a record again. What is in a format of a newer release is
// refused with [ErrNewer]. Cursors, page tokens and keys are opaque; their text
// forms stay valid, cursors as long as the store is the same and the feed was
// not trimmed. A page token holds the key where its page ended: where keys are
// secrets, do not show it to others.
package store
