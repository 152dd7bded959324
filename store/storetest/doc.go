// Package storetest is the law that every engine of package store obeys, as a
// test suite. An engine's own tests need no more than
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store {
//			st, err := myengine.Open(t.TempDir() + "/shop.db")
//			if err != nil {
//				t.Fatal(err)
//			}
//			return st
//		})
//	}
//
// and what only it can do, such as surviving a crash.
//
// # Concepts
//
// A subtest is named after the law that it watches, in groups such as
// Isolation, Feed or Close, so that the name of a failure tells what broke.
// Every subtest opens a store of its own. Laws about an optional ability, such
// as [store.Trimmer], are skipped when [store.As] does not find it.
//
// The suite asks only for what package store promises. It accepts an engine
// that runs one Update at a time as well as one that runs many and repeats
// those that met: the callbacks of its tests may run any number of times, and
// never wait for another Update to return.
//
// # Random operations
//
// [Model] runs a sequence of operations, made from bytes, against a store and
// a map side by side. Run does so with fixed seeds; a fuzz target of the engine
// goes further:
//
//	func FuzzModel(f *testing.F) {
//		f.Fuzz(func(t *testing.T, ops []byte) {
//			storetest.Model(t, open(t), ops)
//		})
//	}
//
// # Failing commits
//
// What an engine does when the disk refuses a commit is easily wrong and hard
// to see, most of all when it commits several Updates at once. An engine whose
// test build offers [Injector] is tested for that as well.
package storetest
