package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// oddKeys are keys that an engine may get wrong, in order.
func oddKeys() []string {
	all := []string{
		"\x00", "\x00\x00", "\x00\x01", "\x00\xFF", "\x01", "\x01\x00",
		"A", "A\x00", "A\x00B", "AA", "B", "a", "a\nb", "a b", "%_'\"\\", "ä", "\U0001F600",
		"\x7F", "\x80", "\xC3\x28", "\xED\xA0\x80", "\xFE", "\xFF", "\xFF\x00", "\xFF\xFE", "\xFF\xFF", "\xFF\xFF\xFF",
		string(bytes.Repeat([]byte{0xFF}, store.MaxKey)),
		string(bytes.Repeat([]byte{0x00}, store.MaxKey)),
		string(bytes.Repeat([]byte("k"), store.MaxKey-1)),
		string(bytes.Repeat([]byte("k"), store.MaxKey)),
	}
	slices.Sort(all)
	return all
}

var keyLaws = []law{
	{"OddBytes", func(s *suite) {
		all := oddKeys()
		s.update(func(tx store.Tx) {
			for _, key := range slices.Backward(all) {
				tx.Put([]byte(key), []byte(key))
			}
			tellApart(s, tx, all)
		})
		s.view(func(r store.Reader) { tellApart(s, r, all) })
	}},
	{"EverySingleByte", func(s *suite) {
		var all []string
		for b := range 256 {
			all = append(all, string([]byte{byte(b)}))
		}
		s.update(func(tx store.Tx) { putAll(tx, all) })
		s.view(func(r store.Reader) { tellApart(s, r, all) })
	}},
	{"TwoBytes", func(s *suite) {
		odd := []byte{0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF}
		var all []string
		for _, a := range odd {
			for _, b := range odd {
				all = append(all, string([]byte{a, b}))
			}
		}
		s.update(func(tx store.Tx) { putAll(tx, all) })
		s.view(func(r store.Reader) { tellApart(s, r, all) })
	}},
	{"ScanBetweenOddKeys", func(s *suite) {
		all := oddKeys()
		s.update(func(tx store.Tx) { putAll(tx, all) })
		between := func(where string, r store.Reader) {
			for i := range all {
				for j := i; j < len(all); j += 3 {
					rg := store.Range{From: []byte(all[i]), To: []byte(all[j]), KeysOnly: true}
					if got := scan(s, r, rg); !slices.Equal(got, all[i:j]) {
						s.Errorf("%s: Scan(%.9q, %.9q) = %.9q, want %.9q", where, all[i], all[j], got, all[i:j])
					}
					rg.Reverse, rg.Limit = true, 1+i%4
					want := slices.Clone(all[max(i, j-rg.Limit):j])
					slices.Reverse(want)
					if got := scan(s, r, rg); !slices.Equal(got, want) {
						s.Errorf("%s: the last %d of Scan(%.9q, %.9q) = %.9q, want %.9q", where, rg.Limit, all[i], all[j], got, want)
					}
				}
			}
		}
		s.view(func(r store.Reader) { between("View", r) })
		s.update(func(tx store.Tx) {
			tx.Put([]byte(all[7]), []byte(all[7]))
			between("Update", tx)
		})
	}},
	{"OneAtATime", func(s *suite) {
		for _, key := range oddKeys() {
			s.set(key, "v")
			if diff := cmp.Diff([]string{key + "=v"}, s.dump()); diff != "" {
				s.Errorf("after Put (-want +got):\n%s", diff)
			}
			s.update(func(tx store.Tx) { tx.Delete([]byte(key)) })
			if got := s.dump(); got != nil {
				s.Errorf("after Delete: %q", got)
			}
		}
	}},
	{"DeleteRangeOfOddKeys", func(s *suite) {
		all := oddKeys()
		for i := 0; i < len(all); i += 5 {
			for j := i; j < len(all); j += 7 {
				s.update(func(tx store.Tx) { putAll(tx, all) })
				s.update(func(tx store.Tx) { tx.DeleteRange([]byte(all[i]), []byte(all[j])) })
				want := slices.Concat(all[:i], all[j:])
				s.view(func(r store.Reader) {
					if diff := cmp.Diff(want, scan(s, r, store.Range{KeysOnly: true})); diff != "" {
						s.Errorf("DeleteRange(%.9q, %.9q) (-want +got):\n%s", all[i], all[j], diff)
					}
				})
			}
		}
	}},
	{"EmptyIsRefused", func(s *suite) {
		for name, write := range map[string]func(tx store.Tx){
			"Put(nil)":    func(tx store.Tx) { tx.Put(nil, []byte("v")) },
			"Put([])":     func(tx store.Tx) { tx.Put([]byte{}, []byte("v")) },
			"Delete(nil)": func(tx store.Tx) { tx.Delete(nil) },
			"Delete([])":  func(tx store.Tx) { tx.Delete([]byte{}) },
		} {
			refused(s, name, store.ErrInvalid, write)
		}
	}},
	{"AllFaultsAtOnce", func(s *suite) {
		err := refused(s, "Update", store.ErrInvalid, func(tx store.Tx) {
			tx.Put(nil, []byte("v"))
			tx.Put(make([]byte, store.MaxKey+1), nil)
			tx.Put([]byte("k"), make([]byte, store.MaxValue+1))
		})
		if !errors.Is(err, store.ErrTooLarge) {
			s.Errorf("Update = %v, which is not %v", err, store.ErrTooLarge)
		}
		for _, n := range []int{store.MaxKey + 1, store.MaxValue + 1} {
			if want := fmt.Sprint(n); err != nil && !bytes.Contains([]byte(err.Error()), []byte(want)) {
				s.Errorf("Update = %v, which does not tell of %s bytes", err, want)
			}
		}
	}},
}

// tellApart finds every key by itself, with its own value, and all in order.
func tellApart(s *suite, r store.Reader, all []string) {
	s.Helper()
	ask := make([][]byte, len(all))
	for i, key := range all {
		ask[i] = []byte(key)
		if got := get(r, key); got != key {
			s.Errorf("Get(%.9q) = %.9q", key, got)
		}
		one := store.Range{From: []byte(key), To: []byte(key + "\x00"), KeysOnly: true}
		if got := scan(s, r, one); !slices.Equal(got, all[i:i+1]) {
			s.Errorf("Scan of only %.9q: %.9q", key, got)
		}
	}
	got, err := r.GetMany(ask)
	if err != nil {
		s.Errorf("GetMany: %v", err)
	}
	if diff := cmp.Diff(ask, got); diff != "" {
		s.Errorf("GetMany (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(all, scan(s, r, store.Range{KeysOnly: true})); diff != "" {
		s.Errorf("Scan (-want +got):\n%s", diff)
	}
	back := scan(s, r, store.Range{KeysOnly: true, Reverse: true})
	slices.Reverse(back)
	if diff := cmp.Diff(all, back); diff != "" {
		s.Errorf("Scan in reverse (-want +got):\n%s", diff)
	}
}

// refused runs an Update that must fail with an error and write nothing, nor
// what it wrote before and after the fault.
func refused(s *suite, name string, want error, write func(tx store.Tx)) error {
	s.Helper()
	before, entries := s.dump(), len(s.entries(store.Cursor{}))
	err := s.st.Update(s.Context(), func(_ context.Context, tx store.Tx) error {
		put(tx, "before", "v")
		tx.Emit("before", nil)
		write(tx)
		put(tx, "after", "v")
		tx.Emit("after", nil)
		tx.AfterCommit(func() { s.Errorf("%s: AfterCommit ran", name) })
		return nil
	})
	if !errors.Is(err, want) {
		s.Errorf("%s: Update = %v, want %v", name, err, want)
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		s.Errorf("%s changed the store (-before +after):\n%s", name, diff)
	}
	if n := len(s.entries(store.Cursor{})); n != entries {
		s.Errorf("%s left %d entries in the feed", name, n-entries)
	}
	return err
}
