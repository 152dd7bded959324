package storetest

import (
	"bytes"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

var limitLaws = []law{
	{"Key", func(s *suite) {
		at := strings.Repeat("k", store.MaxKey)
		s.set(at, "v")
		if diff := cmp.Diff([]string{at + "=v"}, s.dump()); diff != "" {
			s.Errorf("a key at the limit (-want +got):\n%s", diff)
		}
		refused(s, "Put past the limit", store.ErrTooLarge, func(tx store.Tx) { put(tx, at+"k", "v") })
		refused(s, "Delete past the limit", store.ErrTooLarge, func(tx store.Tx) { tx.Delete([]byte(at + "k")) })
		s.view(func(r store.Reader) {
			if got := get(r, at+"k"); got != "-" {
				s.Errorf("Get of a key past the limit: %s", got)
			}
		})
		s.update(func(tx store.Tx) { tx.DeleteRange([]byte(at), []byte(at+"\x00")) })
		if got := s.dump(); got != nil {
			s.Errorf("after DeleteRange of the key at the limit: %.9q", got)
		}
	}},
	{"Value", func(s *suite) {
		big := bytes.Repeat([]byte("v\x00\xFF"), store.MaxValue/3+1)
		s.update(func(tx store.Tx) { tx.Put([]byte("big"), big[:store.MaxValue]) })
		s.view(func(r store.Reader) {
			if got, err := r.Get([]byte("big")); err != nil || !bytes.Equal(got, big[:store.MaxValue]) {
				s.Errorf("Get of a value at the limit: %d bytes, %v", len(got), err)
			}
		})
		refused(s, "Put past the limit", store.ErrTooLarge, func(tx store.Tx) {
			tx.Put([]byte("big"), big[:store.MaxValue+1])
		})
	}},
	{"Topic", func(s *suite) {
		at := strings.Repeat("t", store.MaxTopic)
		s.update(func(tx store.Tx) { tx.Emit(at, nil) })
		if diff := cmp.Diff([]string{at + "="}, s.feed(store.Cursor{})); diff != "" {
			s.Errorf("a topic at the limit (-want +got):\n%s", diff)
		}
		refused(s, "Emit past the limit", store.ErrTooLarge, func(tx store.Tx) { tx.Emit(at+"t", nil) })
	}},
	{"Payload", func(s *suite) {
		big := bytes.Repeat([]byte("p\x00\xFF"), store.MaxValue/3+1)
		s.update(func(tx store.Tx) { tx.Emit("big", big[:store.MaxValue]) })
		for _, e := range s.entries(store.Cursor{}) {
			if !bytes.Equal(e.Payload, big[:store.MaxValue]) {
				s.Errorf("a payload at the limit came back as %d bytes", len(e.Payload))
			}
		}
		refused(s, "Emit past the limit", store.ErrTooLarge, func(tx store.Tx) {
			tx.Emit("big", big[:store.MaxValue+1])
		})
	}},
	{"Transaction", func(s *suite) {
		full := func(tx store.Tx, bytes int) {
			half := make([]byte, store.MaxValue/2)
			for i := byte('a'); bytes > 0; i++ {
				n := min(bytes, len(half)+1) // one byte of key
				tx.Put([]byte{i}, half[:n-1])
				bytes -= n
			}
		}
		s.update(func(tx store.Tx) { full(tx, store.MaxTx) })
		if got := len(s.dump()); got != 16 {
			s.Errorf("a transaction at the limit left %d keys, want 16", got)
		}
		refused(s, "Puts past the limit", store.ErrTooLarge, func(tx store.Tx) { full(tx, store.MaxTx+1) })
		refused(s, "Emits past the limit", store.ErrTooLarge, func(tx store.Tx) {
			for range 9 {
				tx.Emit("t", make([]byte, store.MaxValue))
			}
		})
		s.update(func(tx store.Tx) { // what is written over counts once
			for range 20 {
				tx.Put([]byte("again"), make([]byte, store.MaxValue))
			}
		})
	}},
}
