package storetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// scanData is what scanCases run on.
var scanData = []string{"a", "ab", "abc", "b", "ba", "c", "d"}

var scanCases = []struct {
	name string
	rg   store.Range
	want []string
}{
	{"All", store.Range{}, scanData},
	{"FromIsInclusive", store.Range{From: []byte("b")}, []string{"b", "ba", "c", "d"}},
	{"FromBetweenKeys", store.Range{From: []byte("aba")}, []string{"abc", "b", "ba", "c", "d"}},
	{"ToIsExclusive", store.Range{To: []byte("b")}, []string{"a", "ab", "abc"}},
	{"ToBetweenKeys", store.Range{To: []byte("abb")}, []string{"a", "ab"}},
	{"Both", store.Range{From: []byte("ab"), To: []byte("c")}, []string{"ab", "abc", "b", "ba"}},
	{"EmptyFrom", store.Range{From: []byte{}}, scanData},
	{"EmptyTo", store.Range{To: []byte{}}, nil},
	{"FromEqualsTo", store.Range{From: []byte("b"), To: []byte("b")}, nil},
	{"FromBehindTo", store.Range{From: []byte("c"), To: []byte("a")}, nil},
	{"BehindTheLast", store.Range{From: []byte("e")}, nil},
	{"BeforeTheFirst", store.Range{To: []byte("a")}, nil},
	{"Prefix", store.Prefix([]byte("ab")), []string{"ab", "abc"}},
	{"EmptyPrefix", store.Prefix(nil), scanData},
	{"Limit", store.Range{Limit: 2}, []string{"a", "ab"}},
	{"LimitFrom", store.Range{From: []byte("b"), Limit: 1}, []string{"b"}},
	{"LimitBeyond", store.Range{To: []byte("b"), Limit: 100}, []string{"a", "ab", "abc"}},
	{"LimitExact", store.Range{To: []byte("b"), Limit: 3}, []string{"a", "ab", "abc"}},
}

var scanLaws = []law{
	{"Committed", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, scanData) })
		s.view(func(r store.Reader) { scanAll(s, r) })
		s.update(func(tx store.Tx) { scanAll(s, tx) })
	}},
	{"OwnWrites", func(s *suite) {
		s.update(func(tx store.Tx) {
			putAll(tx, scanData)
			scanAll(s, tx)
		})
	}},
	{"OwnWritesOverCommitted", func(s *suite) {
		s.update(func(tx store.Tx) {
			putAll(tx, []string{"a", "aa", "abc", "b", "bb", "c", "cc", "cd", "d", "dd"})
			tx.Put([]byte("ab"), []byte("old"))
		})
		s.update(func(tx store.Tx) {
			put(tx, "ab", "ab", "ba", "other", "x", "x")
			tx.Delete([]byte("aa"))
			tx.Delete([]byte("bb"))
			tx.Delete([]byte("x"))
			tx.Put([]byte("ba"), []byte("ba"))
			tx.DeleteRange([]byte("cc"), nil)
			tx.Put([]byte("d"), []byte("d"))
			scanAll(s, tx)
		})
		s.view(func(r store.Reader) { scanAll(s, r) })
	}},
	{"OwnDeletesOverCommitted", func(s *suite) {
		s.update(func(tx store.Tx) {
			putAll(tx, scanData)
			putAll(tx, keys("ac", 50))
			putAll(tx, keys("e", 50))
		})
		s.update(func(tx store.Tx) {
			tx.DeleteRange([]byte("ac"), []byte("ad"))
			for _, key := range keys("e", 50) {
				tx.Delete([]byte(key))
			}
			scanAll(s, tx)
		})
	}},
	{"NothingThere", func(s *suite) {
		s.view(func(r store.Reader) {
			for _, c := range scanCases {
				if got := scan(s, r, c.rg); got != nil {
					s.Errorf("%s of an empty store: %q", c.name, got)
				}
			}
		})
	}},
	{"EarlyBreak", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, scanData) })
		stop := func(where string, r store.Reader) {
			for n := 1; n <= len(scanData); n++ {
				var got []string
				for kv, err := range r.Scan(store.Range{}) {
					if err != nil {
						s.Fatalf("%s: Scan: %v", where, err)
					}
					if got = append(got, string(kv.Key)); len(got) == n {
						break
					}
				}
				if diff := cmp.Diff(scanData[:n], got); diff != "" {
					s.Errorf("%s: stopped after %d (-want +got):\n%s", where, n, diff)
				}
			}
		}
		s.view(func(r store.Reader) { stop("View", r) })
		s.update(func(tx store.Tx) {
			tx.Put([]byte("b"), []byte("b"))
			stop("Update", tx)
		})
	}},
	{"ScansInsideScans", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, scanData) })
		nest := func(where string, r store.Reader) {
			var got []string
			for kv := range r.Scan(store.Range{Limit: 3}) {
				outer := string(kv.Key)
				for kv := range r.Scan(store.Range{From: []byte("b"), Reverse: true, Limit: 2}) {
					got = append(got, outer+string(kv.Key)+get(r, "c"))
				}
				if string(kv.Key) != outer {
					s.Errorf("%s: a scan inside turned the key %q into %q", where, outer, kv.Key)
				}
			}
			want := []string{"adc", "acc", "abdc", "abcc", "abcdc", "abccc"}
			if diff := cmp.Diff(want, got); diff != "" {
				s.Errorf("%s (-want +got):\n%s", where, diff)
			}
		}
		s.view(func(r store.Reader) { nest("View", r) })
		s.update(func(tx store.Tx) {
			put(tx, "c", "c", "x", "x")
			tx.Delete([]byte("x"))
			nest("Update", tx)
		})
	}},
	{"TheSameScanTwice", func(s *suite) {
		s.update(func(tx store.Tx) { putAll(tx, scanData) })
		s.view(func(r store.Reader) {
			seq := r.Scan(store.Range{KeysOnly: true})
			for range 2 {
				var got []string
				for kv, err := range seq {
					if err != nil {
						s.Fatalf("Scan: %v", err)
					}
					got = append(got, string(kv.Key))
				}
				if diff := cmp.Diff(scanData, got); diff != "" {
					s.Errorf("Scan (-want +got):\n%s", diff)
				}
			}
		})
	}},
	{"ManyPairs", func(s *suite) {
		all := keys("k", 5000)
		s.update(func(tx store.Tx) { putAll(tx, all) })
		s.view(func(r store.Reader) {
			if diff := cmp.Diff(all, scan(s, r, store.Range{KeysOnly: true})); diff != "" {
				s.Errorf("forward (-want +got):\n%s", diff)
			}
			got := scan(s, r, store.Range{KeysOnly: true, Reverse: true, Limit: 3000})
			slices.Reverse(got)
			if diff := cmp.Diff(all[2000:], got); diff != "" {
				s.Errorf("reverse (-want +got):\n%s", diff)
			}
		})
	}},
}

// putAll puts keys whose values are the keys.
func putAll(tx store.Tx, keys []string) {
	for _, key := range keys {
		tx.Put([]byte(key), []byte(key))
	}
}

// scanAll runs scanCases as they are, in reverse, and without values.
func scanAll(s *suite, r store.Reader) {
	s.Helper()
	for _, c := range scanCases {
		for _, reverse := range []bool{false, true} {
			want := slices.Clone(c.want)
			if reverse {
				whole := c.rg
				whole.Limit, whole.Reverse = 0, false
				want = scan(s, r, withoutValues(whole))
				slices.Reverse(want)
				if c.rg.Limit > 0 {
					want = want[:min(len(want), c.rg.Limit)]
				}
			}
			rg := c.rg
			rg.Reverse = reverse
			if diff := cmp.Diff(want, scan(s, r, withoutValues(rg))); diff != "" {
				s.Errorf("%s, reverse %t, keys only (-want +got):\n%s", c.name, reverse, diff)
			}
			for i, key := range want {
				want[i] = key + "=" + key
			}
			if diff := cmp.Diff(want, scan(s, r, rg)); diff != "" {
				s.Errorf("%s, reverse %t (-want +got):\n%s", c.name, reverse, diff)
			}
		}
	}
}

func withoutValues(rg store.Range) store.Range {
	rg.KeysOnly = true
	return rg
}
