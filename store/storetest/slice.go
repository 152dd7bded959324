package storetest

import (
	"context"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// spoil overwrites a slice and what follows it in memory.
func spoil(slices ...[]byte) {
	for _, p := range slices {
		p = p[:cap(p)]
		for i := range p {
			p[i] = 0xDD
		}
	}
}

// roomy returns s in a slice that has room behind it.
func roomy(s string) []byte { return append(make([]byte, 0, len(s)+16), s...) }

var sliceLaws = []law{
	{"ArgumentsMayBeReused", func(s *suite) {
		s.set("a", "1", "b", "2", "c", "3")
		s.update(func(tx store.Tx) {
			key, value, payload, gone := roomy("new"), roomy("value"), roomy("payload"), roomy("a")
			from, to := roomy("b"), roomy("c")
			tx.Put(key, value)
			tx.Delete(gone)
			tx.DeleteRange(from, to)
			tx.Emit("topic", payload)
			spoil(key, value, payload, gone, from, to)
			if diff := cmp.Diff([]string{"c=3", "new=value"}, scan(s, tx, store.Range{})); diff != "" {
				s.Errorf("before the commit (-want +got):\n%s", diff)
			}
		})
		if diff := cmp.Diff([]string{"c=3", "new=value"}, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"topic=payload"}, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}},
	{"ReadArgumentsMayBeReused", func(s *suite) {
		// An engine that notes what was read must have its own notes.
		s.set("a", "1", "b", "2", "z", "0")
		gate := newGate(s)
		first := start(func() error {
			return s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				key, many, from, to := roomy("a"), roomy("aa"), roomy("b"), roomy("d")
				v, err := tx.Get(key)
				if err != nil {
					return err
				}
				if _, err := tx.GetMany([][]byte{many}); err != nil {
					return err
				}
				n := 0
				for range tx.Scan(store.Range{From: from, To: to}) {
					n++
				}
				spoil(key, many, from, to)
				gate.pass()
				put(tx, "seen", string(v)+string('0'+rune(n)))
				return nil
			})
		})
		gate.reached()
		second := start(func() error {
			return s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
				if get(tx, "seen") == "-" {
					put(tx, "a", "2", "c", "3")
				}
				return nil
			})
		})
		second.settle()
		gate.open()
		for _, c := range []*call{first, second} {
			if err := s.result(c, "Update"); err != nil {
				s.Errorf("Update: %v", err)
			}
		}
		s.view(func(r store.Reader) {
			got := get(r, "a") + " " + get(r, "seen")
			if got != "1 11" && got != "2 22" {
				s.Errorf("a and what was seen of it: %q, want %q or %q", got, "1 11", "2 22")
			}
		})
	}},
	{"GetBelongsToTheCaller", func(s *suite) {
		s.set("a", "1", "b", "2")
		read := func(where string, r store.Reader) {
			for range 2 {
				v, err := r.Get([]byte("a"))
				if err != nil || string(v) != "1" {
					s.Fatalf("%s: Get = %q, %v", where, v, err)
				}
				many, err := r.GetMany([][]byte{[]byte("a"), []byte("b")})
				if err != nil || string(many[0]) != "1" || string(many[1]) != "2" {
					s.Fatalf("%s: GetMany = %q, %v", where, many, err)
				}
				spoil(v)
				if string(many[0]) != "1" {
					s.Errorf("%s: Get and GetMany share memory", where)
				}
				spoil(many[0])
				if string(many[1]) != "2" {
					s.Errorf("%s: values of GetMany share memory", where)
				}
				spoil(many[1])
			}
		}
		s.view(func(r store.Reader) { read("View", r) })
		s.update(func(tx store.Tx) { read("Update", tx) })
		s.update(func(tx store.Tx) {
			put(tx, "a", "1")
			read("Update with own writes", tx)
		})
		if diff := cmp.Diff([]string{"a=1", "b=2"}, s.dump()); diff != "" {
			s.Errorf("at the end (-want +got):\n%s", diff)
		}
	}},
	{"ValuesOutliveTheTransaction", func(s *suite) {
		s.set("a", "1", "b", "2")
		var kept [][]byte
		s.view(func(r store.Reader) {
			v, err := r.Get([]byte("a"))
			if err != nil {
				s.Fatalf("Get: %v", err)
			}
			many, err := r.GetMany([][]byte{[]byte("b")})
			if err != nil {
				s.Fatalf("GetMany: %v", err)
			}
			kept = [][]byte{v, many[0]}
		})
		for range 20 {
			s.set("a", "x", "b", "y")
		}
		if string(kept[0]) != "1" || string(kept[1]) != "2" {
			s.Errorf("values that were kept became %q", kept)
		}
	}},
	{"AppendToScanned", func(s *suite) {
		all := keys("k", 300)
		s.update(func(tx store.Tx) { putAll(tx, all) })
		read := func(where string, r store.Reader) {
			var got []string
			for kv, err := range r.Scan(store.Range{}) {
				if err != nil {
					s.Fatalf("%s: Scan: %v", where, err)
				}
				got = append(got, string(kv.Key))
				_ = append(kv.Key, "more"...)
				if string(kv.Value) != string(kv.Key) {
					s.Fatalf("%s: appending to the key %q made its value %q", where, kv.Key, kv.Value)
				}
				_ = append(kv.Value, "more"...)
			}
			if diff := cmp.Diff(all, got); diff != "" {
				s.Errorf("%s: Scan (-want +got):\n%s", where, diff)
			}
		}
		s.view(func(r store.Reader) { read("View", r) })
		s.update(func(tx store.Tx) {
			put(tx, "k0007", "k0007")
			read("Update", tx)
		})
		s.view(func(r store.Reader) { read("View again", r) })
	}},
	{"PutWhatWasScanned", func(s *suite) {
		s.set("a", "1", "b", "2", "c", "3")
		s.update(func(tx store.Tx) {
			for kv, err := range tx.Scan(store.Range{}) {
				if err != nil {
					s.Fatalf("Scan: %v", err)
				}
				tx.Put(append([]byte("copy-"), kv.Key...), kv.Value)
				tx.Put(kv.Key, kv.Value)
				tx.Emit("copied", kv.Value)
			}
		})
		want := []string{"a=1", "b=2", "c=3", "copy-a=1", "copy-b=2", "copy-c=3"}
		if diff := cmp.Diff(want, s.dump()); diff != "" {
			s.Errorf("committed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"copied=1", "copied=2", "copied=3"}, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("feed (-want +got):\n%s", diff)
		}
	}},
	{"PayloadBelongsToTheReader", func(s *suite) {
		s.update(func(tx store.Tx) {
			tx.Emit("t", []byte("one"))
			tx.Emit("t", []byte("two"))
		})
		for range 2 {
			var all [][]byte
			for _, e := range s.entries(store.Cursor{}) {
				all = append(all, e.Payload)
			}
			if diff := cmp.Diff([][]byte{[]byte("one"), []byte("two")}, all); diff != "" {
				s.Errorf("feed (-want +got):\n%s", diff)
			}
			spoil(all[0])
			if string(all[1]) != "two" {
				s.Errorf("payloads share memory")
			}
		}
	}},
}
