// Package memstore is a [store.Store] in memory, for tests, demos and data
// that may be lost. It behaves as package storetest demands of every engine,
// so what works on it works on an engine that keeps its data.
//
// # Smallest program
//
//	st := memstore.New(nil)
//	defer st.Close()
//	err := st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
//		tx.Put([]byte("greeting"), []byte("hello"))
//		return nil
//	})
//
// # Concepts
//
// All data stands in a copy-on-write B-tree. A commit makes a new generation
// of it that shares what did not change with the one before; a generation
// never changes, so a View costs nothing and stays as it is for as long as it
// runs. An old generation is freed when nobody reads it any more.
//
// The feed stays in memory until it is trimmed; see [Store.Trim].
//
// # Transactions
//
// Updates are optimistic: their callbacks run at the same time, each on the
// generation that was newest when it began. A commit looks whether everything
// that its callback has read, key by key and range by range, is still what the
// newest generation says. If not, the callback is run again; after a few
// futile attempts it runs while nobody else may commit. Updates therefore
// always succeed in the end and never return [store.ErrConflict].
//
// A callback that reads little is repeated seldom. A scan counts only as far
// as it went: one that stopped early does not conflict with what happens
// behind that point.
//
// [Options.Chaos] makes conflicts up, so that tests meet the repetitions which
// they would otherwise meet first in production.
//
// # Errors
//
// Those of [store.Store]. Of [store.ErrCommitUnknown], [store.ErrConflict],
// [store.ErrCorrupt] and [store.ErrLocked] this engine has no use.
//
// # Concurrency
//
// A [Store] is safe for concurrent use and starts no goroutine. Reads take no
// lock.
//
// # Compatibility
//
// Nothing outlives the process. [store.Copy] and [store.Backup] take what a
// Store holds to an engine that keeps it.
package memstore
