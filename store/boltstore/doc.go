// Package boltstore is the default engine of Clientele: a [store.Store] in one
// file, in the process of the shop, without a server. It is built on bbolt.
//
// # Smallest program
//
//	st, err := boltstore.Open("shop.db", nil)
//	if err != nil {
//		return err
//	}
//	defer st.Close()
//	err = st.Update(ctx, func(ctx context.Context, tx store.Tx) error {
//		tx.Put([]byte("greeting"), []byte("hello"))
//		return nil
//	})
//
// # Concepts
//
// The file is a B+tree for each first two bytes of a key, which are a table and
// an index of it where keys are made by package store, and one for the feed.
// Keys that rise make full pages; keys in random order make half full ones and
// cost several times as much to write.
//
// A new file is complete before it has its name, so a power cut while it is
// created leaves nothing or an empty store. Its mode is 0600. One process at a
// time may have it open; a second Open fails with [store.ErrLocked] after
// [Options.Timeout]. To copy a store, use its backup, or copy the file while
// it is closed.
//
// The file is mapped into memory: what the system counts as resident memory of
// the process is mostly pages of the file, which it takes back when it needs
// memory; the heap stays small. 64 GiB of address space are reserved, so that
// a View that takes long never makes writers wait for the file to grow; not so
// on Windows and on 32-bit systems, nor beyond that size. A View that takes
// long keeps the pages that it sees from being used again, though, and lets
// the file grow: page through long reads.
//
// The file never shrinks by itself. What was deleted is reused; [Store.Compact]
// gives it back to the file system, while the store is in use.
//
// # Transactions
//
// A View reads a snapshot and waits for nobody. Callbacks of Update run one at
// a time, each on the goroutine of its caller, in the order in which they came.
// A commit costs two syncs of the disk, and Updates that wait at the same time
// share it: the next callback runs on top of the writes of the one before it,
// and the last one commits for all. Nobody is delayed to make that happen, and
// an Update that is alone commits at once. One that fails writes nothing and
// takes nobody with it. Whoever computes for long in a callback keeps all of
// them waiting.
//
// An Update whose callback ran on top of writes that were not committed yet
// returns only after they are, even if it writes nothing or fails. If that
// commit fails, it is run again: that is the only reason for which a callback
// is run more than once. If the first run ended in a panic, the panic is
// dropped; any other panic unwinds the stack as if boltstore were not there,
// after the commit. A callback that ends its goroutine, as t.FailNow does,
// cannot be run again.
//
// # Errors
//
// Those of [store.Store]. An Update never returns [store.ErrConflict]. When the
// disk is full, it returns the error of the system, nothing was written, and
// the store stays usable. When the disk fails to sync, nobody knows what it
// holds: Updates fail from then on, with [store.ErrCommitUnknown] first if the
// commit can be seen, until the store is opened again.
//
// Every record has a checksum (CRC-32C over key and value), and reads check the
// order of keys, too. A bit that flips in the file anywhere but in the headers
// of pages, 16 bytes of usually 4,096, makes Open or the reads that meet it
// fail with [store.ErrCorrupt], or changes nothing that was asked for: values
// are never wrong, and keys do not vanish silently. A scan with KeysOnly checks
// the order only. A damaged header is mostly found, but may hide records of its
// page, and might keep bolt busy for ever. Damage in the list of free pages
// shows when later commits have used it. If one of the two pages that tell
// where the data begins is damaged, as a power cut may do it, Open uses the
// other one, which may be one commit older, and warns the Logger. A file that
// is cut off, even while it is open, makes reads fail and not the process:
// faults in callbacks are panics, as debug.SetPanicOnFault says.
//
// Errors tell no keys. They may tell the number of a page.
//
// # Concurrency
//
// A [Store] is safe for concurrent use and starts no goroutine.
//
// # Compatibility
//
// The file tells its format. A release reads the formats of all releases before
// it, and refuses a newer one with [store.ErrNewer]. Files are not portable
// between machines of different byte order.
//
// Keep the file on a local disk. Locks, and mappings even more, are not
// reliable on network file systems. On Linux, ext4 with the feature fast_commit
// has damaged files of bolt at power cuts: it needs a kernel from 5.17 on, or
// the fixes in 5.10.94 and 5.15.27.
package boltstore
