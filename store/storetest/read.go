package storetest

import (
	"context"
	"errors"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var readLaws = []law{
	{"GetAbsentKey", func(s *suite) {
		s.set("a", "1")
		s.view(func(r store.Reader) {
			for _, key := range []string{"", "A", "b", "a\x00"} {
				if v, err := r.Get([]byte(key)); v != nil || !errors.Is(err, store.ErrNotFound) {
					s.Errorf("Get(%q) = %q, %v; want nil, %v", key, v, err, store.ErrNotFound)
				}
			}
		})
	}},
	{"EmptyValueIsNotAbsent", func(s *suite) {
		s.update(func(tx store.Tx) {
			tx.Put([]byte("empty"), []byte{})
			tx.Put([]byte("nil"), nil)
			for _, key := range []string{"empty", "nil"} {
				if v, err := tx.Get([]byte(key)); v == nil || len(v) != 0 || err != nil {
					s.Errorf("Get(%q) before the commit = %#v, %v; want an empty slice", key, v, err)
				}
			}
		})
		s.view(func(r store.Reader) {
			for _, key := range []string{"empty", "nil"} {
				if v, err := r.Get([]byte(key)); v == nil || len(v) != 0 || err != nil {
					s.Errorf("Get(%q) = %#v, %v; want an empty slice", key, v, err)
				}
			}
		})
		if diff := cmp.Diff([]string{"empty=", "nil="}, s.dump()); diff != "" {
			s.Errorf("Scan (-want +got):\n%s", diff)
		}
	}},
	{"GetManyInOrderOfKeys", func(s *suite) {
		s.set("a", "1", "b", "", "c", "3")
		ask := [][]byte{[]byte("c"), []byte("x"), []byte("a"), []byte("b"), []byte("a"), {}}
		want := [][]byte{[]byte("3"), nil, []byte("1"), {}, []byte("1"), nil}
		read := func(where string, r store.Reader) {
			got, err := r.GetMany(ask)
			if err != nil {
				s.Errorf("%s: GetMany: %v", where, err)
			}
			if diff := cmp.Diff(want, got); diff != "" { // tells nil from empty
				s.Errorf("%s: GetMany (-want +got):\n%s", where, diff)
			}
			if got, err := r.GetMany(nil); len(got) != 0 || err != nil {
				s.Errorf("%s: GetMany(nil) = %q, %v", where, got, err)
			}
		}
		s.view(func(r store.Reader) { read("View", r) })
		s.update(func(tx store.Tx) { read("Update", tx) })
		s.update(func(tx store.Tx) {
			put(tx, "a", "1", "b", "", "x", "1")
			tx.Delete([]byte("x"))
			read("Update with own writes", tx)
		})
	}},
	{"ManyKeysAtOnce", func(s *suite) {
		all := keys("k", 3000)
		ask := make([][]byte, len(all))
		s.update(func(tx store.Tx) {
			for i, key := range all {
				put(tx, key, "v"+key)
				ask[i] = []byte(key)
			}
		})
		s.view(func(r store.Reader) {
			got, err := r.GetMany(ask)
			if err != nil || len(got) != len(ask) {
				s.Fatalf("GetMany of %d keys = %d values, %v", len(ask), len(got), err)
			}
			for i, key := range all {
				if string(got[i]) != "v"+key {
					s.Fatalf("GetMany: value %d is %q, want %q", i, got[i], "v"+key)
				}
			}
		})
	}},
	{"CommittedBeforeIsVisible", func(s *suite) {
		for _, v := range []string{"1", "2", "3"} {
			s.set("a", v)
			s.view(func(r store.Reader) {
				if got := get(r, "a"); got != v {
					s.Errorf("View after the commit of %s reads %s", v, got)
				}
			})
			s.update(func(tx store.Tx) {
				if got := get(tx, "a"); got != v {
					s.Errorf("Update after the commit of %s reads %s", v, got)
				}
			})
		}
	}},
	{"ErrorOfViewAsItIs", func(s *suite) {
		err := s.st.View(s.Context(), func(context.Context, store.Reader) error { return errAbort })
		if err != errAbort {
			s.Errorf("View = %v, want %v itself", err, errAbort)
		}
	}},
	{"OverwriteAndDelete", func(s *suite) {
		s.set("a", "1", "b", "2", "c", "3", "d", "4")
		s.update(func(tx store.Tx) {
			put(tx, "a", "one")
			tx.Delete([]byte("b"))
			tx.Delete([]byte("absent"))
		})
		if diff := cmp.Diff([]string{"a=one", "c=3", "d=4"}, s.dump()); diff != "" {
			s.Errorf("after Put and Delete (-want +got):\n%s", diff)
		}
		s.update(func(tx store.Tx) { tx.DeleteRange([]byte("b"), []byte("d")) })
		if diff := cmp.Diff([]string{"a=one", "d=4"}, s.dump()); diff != "" {
			s.Errorf("after DeleteRange(b, d) (-want +got):\n%s", diff)
		}
		s.update(func(tx store.Tx) {
			tx.DeleteRange([]byte("d"), []byte("a"))
			tx.DeleteRange([]byte("d"), []byte("d"))
			tx.DeleteRange(nil, []byte{})
		})
		if diff := cmp.Diff([]string{"a=one", "d=4"}, s.dump()); diff != "" {
			s.Errorf("after DeleteRange of empty ranges (-want +got):\n%s", diff)
		}
		s.update(func(tx store.Tx) { tx.DeleteRange([]byte("b"), nil) })
		if diff := cmp.Diff([]string{"a=one"}, s.dump()); diff != "" {
			s.Errorf("after DeleteRange(b, nil) (-want +got):\n%s", diff)
		}
		s.update(func(tx store.Tx) { tx.DeleteRange(nil, nil) })
		if got := s.dump(); got != nil {
			s.Errorf("after DeleteRange(nil, nil): %q", got)
		}
	}},
}
