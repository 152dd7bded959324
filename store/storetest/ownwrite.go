package storetest

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var ownWriteLaws = []law{
	{"GetAndGetMany", func(s *suite) {
		s.set("a", "old", "b", "old", "c", "old", "d", "old")
		s.update(func(tx store.Tx) {
			put(tx, "a", "new", "e", "new")
			tx.Delete([]byte("b"))
			put(tx, "c", "x", "c", "y", "c", "")
			tx.Delete([]byte("e"))
			put(tx, "e", "again")
			got := []string{get(tx, "a"), get(tx, "b"), get(tx, "c"), get(tx, "d"), get(tx, "e"), get(tx, "f")}
			if diff := cmp.Diff([]string{"new", "-", "", "old", "again", "-"}, got); diff != "" {
				s.Errorf("Get (-want +got):\n%s", diff)
			}
			many, err := tx.GetMany([][]byte{[]byte("f"), []byte("e"), []byte("d"), []byte("c"), []byte("b"), []byte("a")})
			if err != nil {
				s.Errorf("GetMany: %v", err)
			}
			want := [][]byte{nil, []byte("again"), []byte("old"), {}, nil, []byte("new")}
			if diff := cmp.Diff(want, many); diff != "" {
				s.Errorf("GetMany (-want +got):\n%s", diff)
			}
		})
		if diff := cmp.Diff([]string{"a=new", "c=", "d=old", "e=again"}, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
	}},
	{"DeleteRangeThenPut", func(s *suite) {
		s.set("a", "1", "b", "2", "c", "3", "d", "4")
		want := []string{"a=1", "b=new", "d=4"}
		s.update(func(tx store.Tx) {
			put(tx, "bb", "new")
			tx.DeleteRange([]byte("b"), []byte("d"))
			put(tx, "b", "new")
			for key, want := range map[string]string{"a": "1", "b": "new", "bb": "-", "c": "-", "d": "4"} {
				if got := get(tx, key); got != want {
					s.Errorf("Get(%s) = %s, want %s", key, got, want)
				}
			}
			if diff := cmp.Diff(want, scan(s, tx, store.Range{})); diff != "" {
				s.Errorf("Scan (-want +got):\n%s", diff)
			}
		})
		if diff := cmp.Diff(want, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
	}},
	{"PutThenDeleteRange", func(s *suite) {
		s.set("a", "1", "b", "2", "c", "3")
		s.update(func(tx store.Tx) {
			put(tx, "aa", "new", "bb", "new", "z", "new")
			tx.DeleteRange([]byte("aa"), []byte("c"))
			tx.DeleteRange([]byte("z"), nil)
			put(tx, "zz", "new")
			if diff := cmp.Diff([]string{"a=1", "c=3", "zz=new"}, scan(s, tx, store.Range{})); diff != "" {
				s.Errorf("Scan (-want +got):\n%s", diff)
			}
		})
		if diff := cmp.Diff([]string{"a=1", "c=3", "zz=new"}, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
	}},
	{"DeleteRangesThatMeet", func(s *suite) {
		all := keys("k", 20)
		s.update(func(tx store.Tx) { putAll(tx, all) })
		s.update(func(tx store.Tx) {
			cut := func(from, to int) { tx.DeleteRange([]byte(all[from]), []byte(all[to])) }
			cut(2, 4)
			cut(8, 10)
			cut(4, 6) // touches the first
			cut(5, 9) // joins them
			cut(15, 18)
			cut(16, 17) // inside another
			want := append(append(append([]string{}, all[:2]...), all[10:15]...), all[18:]...)
			if diff := cmp.Diff(want, scan(s, tx, store.Range{KeysOnly: true})); diff != "" {
				s.Errorf("Scan (-want +got):\n%s", diff)
			}
		})
		if got, want := len(s.dump()), 9; got != want {
			s.Errorf("%d keys are left, want %d", got, want)
		}
	}},
	{"LimitDoesNotCountDeleted", func(s *suite) {
		s.set("a", "1", "b", "2", "c", "3", "d", "4", "e", "5")
		s.update(func(tx store.Tx) {
			tx.Delete([]byte("a"))
			tx.DeleteRange([]byte("c"), []byte("d"))
			put(tx, "d", "new")
			got := scan(s, tx, store.Range{Limit: 2})
			if diff := cmp.Diff([]string{"b=2", "d=new"}, got); diff != "" {
				s.Errorf("Scan (-want +got):\n%s", diff)
			}
			got = scan(s, tx, store.Range{Limit: 3, Reverse: true})
			if diff := cmp.Diff([]string{"e=5", "d=new", "b=2"}, got); diff != "" {
				s.Errorf("Scan in reverse (-want +got):\n%s", diff)
			}
		})
	}},
	{"WritesDuringScan", func(s *suite) {
		for _, reverse := range []bool{false, true} {
			for _, mixed := range []bool{false, true} {
				s.sub(fmt.Sprintf("Reverse=%t,Mixed=%t", reverse, mixed), func(s *suite) {
					writesDuringScan(s, reverse, mixed)
				})
			}
		}
	}},
	{"DeleteEverythingWhileScanning", func(s *suite) {
		all := keys("k", 600)
		s.update(func(tx store.Tx) { putAll(tx, all) })
		s.update(func(tx store.Tx) {
			n := 0
			for kv, err := range tx.Scan(store.Range{KeysOnly: true}) {
				if err != nil {
					s.Fatalf("Scan: %v", err)
				}
				tx.Delete(kv.Key)
				n++
			}
			if n != len(all) {
				s.Errorf("the scan met %d keys, want %d", n, len(all))
			}
			if got := scan(s, tx, store.Range{}); got != nil {
				s.Errorf("%d keys are left in the transaction", len(got))
			}
		})
		if got := s.dump(); got != nil {
			s.Errorf("%d keys are left", len(got))
		}
	}},
}

// writesDuringScan changes, in every step of a scan, what the scan has passed,
// what it stands on and what lies ahead. The scan yields what was there when it
// began; a later read sees the changes.
func writesDuringScan(s *suite, reverse, mixed bool) {
	base := keys("k", 40)
	s.update(func(tx store.Tx) { putAll(tx, base) })
	s.update(func(tx store.Tx) {
		if mixed {
			for i := 0; i < len(base); i += 3 {
				put(tx, base[i], "own", base[i]+"own", "own")
			}
			tx.Delete([]byte(base[10]))
			tx.DeleteRange([]byte(base[20]), []byte(base[23]))
		}
		rg := store.Range{Reverse: reverse}
		want := scan(s, tx, rg)
		var got []string
		for kv, err := range tx.Scan(rg) {
			if err != nil {
				s.Fatalf("Scan: %v", err)
			}
			key := string(kv.Key)
			got = append(got, key+"="+string(kv.Value))
			if len(got) > 1 {
				tx.Put(kv.Key, []byte("changed"))
				tx.Put([]byte(key+"new"), []byte("new"))
			}
			switch i := len(got); {
			case i == 1:
				tx.DeleteRange([]byte(base[6]), []byte(base[9]))
			case i == 2:
				tx.Put([]byte(base[30]), []byte("ahead"))
				tx.Put([]byte(base[9]), []byte("behind"))
			case i == 5:
				tx.DeleteRange([]byte(base[12]), []byte(base[16]))
			case i == 6:
				tx.Put([]byte(base[13]), []byte("back"))
			case i == 8:
				tx.Delete([]byte(base[18]))
				tx.Delete([]byte(base[1]))
			case i == 9:
				if n := len(scan(s, tx, store.Range{Limit: 3})); n != 3 {
					s.Errorf("a scan inside yields %d pairs, want 3", n)
				}
			case i%2 == 1:
				tx.Delete(kv.Key)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			s.Errorf("the scan saw writes of its own loop (-want +got):\n%s", diff)
		}
	})
	var inside []string
	s.update(func(tx store.Tx) { inside = scan(s, tx, store.Range{}) })
	if diff := cmp.Diff(inside, s.dump()); diff != "" {
		s.Errorf("committed (-in Update +in View):\n%s", diff)
	}
}
