package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// smallBackup is a backup with pairs, entries and followers.
func smallBackup(t testing.TB) []byte {
	st := memstore.New(nil)
	var head store.Cursor
	err := st.Update(t.Context(), func(_ context.Context, tx store.Tx) error {
		for i := range 20 {
			tx.Put(store.NewKey(9, 0).Int(int64(i)).End(), fmt.Append(nil, "value ", i))
			tx.Emit("topic", fmt.Append(nil, "payload ", i))
		}
		return nil
	})
	if err == nil {
		err = st.Update(t.Context(), func(_ context.Context, tx store.Tx) (err error) {
			head, err = tx.Head()
			store.SaveCursor(tx, "reader", head)
			store.SaveCursor(tx, "stranger", store.NewCursor(1, 1, 1))
			return err
		})
	}
	var b bytes.Buffer
	if err == nil {
		err = store.Backup(t.Context(), st, &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRestoreDamaged(t *testing.T) {
	backup := smallBackup(t)
	restore := func(r io.Reader) error {
		st := memstore.New(nil)
		err := store.Restore(t.Context(), st, r)
		if err != nil {
			if err := shelves.Prepare(t.Context(), st); err != nil && !errors.Is(err, store.ErrIncomplete) {
				t.Error(err)
			}
		}
		return err
	}
	t.Run("whole", func(t *testing.T) {
		if err := restore(iotest.OneByteReader(bytes.NewReader(backup))); err != nil {
			t.Error(err)
		}
	})
	t.Run("cut off anywhere", func(t *testing.T) {
		for n := range backup {
			if err := restore(bytes.NewReader(backup[:n])); !errors.Is(err, store.ErrCorrupt) {
				t.Fatalf("after %d of %d bytes: %v", n, len(backup), err)
			}
		}
	})
	t.Run("a bit flipped anywhere", func(t *testing.T) {
		for n := range backup {
			damaged := bytes.Clone(backup)
			damaged[n] ^= 1 << (n % 8)
			if err := restore(bytes.NewReader(damaged)); !errors.Is(err, store.ErrCorrupt) {
				t.Fatalf("in byte %d: %v", n, err)
			}
		}
	})
	t.Run("a failing reader", func(t *testing.T) {
		want := errors.New("unplugged")
		r := io.MultiReader(bytes.NewReader(backup[:100]), iotest.ErrReader(want))
		if err := restore(r); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	})
	t.Run("what follows is left unread", func(t *testing.T) {
		r := io.MultiReader(bytes.NewReader(backup), iotest.ErrReader(errors.New("read too far")))
		if err := restore(r); err != nil {
			t.Error(err)
		}
	})
	t.Run("blocks swapped", func(t *testing.T) {
		st := memstore.New(nil)
		for n := range 3 {
			update(t, st, func(tx store.Tx) error {
				tx.Put([]byte{9, byte(n)}, bytes.Repeat([]byte{byte(n)}, 300<<10))
				return nil
			})
		}
		var b bytes.Buffer
		if err := store.Backup(t.Context(), st, &b); err != nil {
			t.Fatal(err)
		}
		frames := store.BackupFrames(b.Bytes())
		frames[2], frames[3] = frames[3], frames[2]
		if err := restore(bytes.NewReader(bytes.Join(frames, nil))); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("got %v, want ErrCorrupt", err)
		}
	})
	for name, blocks := range map[string][]store.Block{
		"a follower ahead":            {{Places: []store.Place{{Name: "f", Read: 1}}, Last: true}},
		"no last block":               {{Pairs: []store.KV{{Key: []byte("a")}}}},
		"keys not sorted":             {{Pairs: []store.KV{{Key: []byte("b")}, {Key: []byte("a")}}}, {Last: true}},
		"a key twice":                 {{Pairs: []store.KV{{Key: []byte("a")}}}, {Pairs: []store.KV{{Key: []byte("a")}}}, {Last: true}},
		"a mark":                      {{Pairs: []store.KV{{Key: []byte{0, 5, 0}}}}, {Last: true}},
		"an empty key":                {{Pairs: []store.KV{{}}}, {Last: true}},
		"a long key":                  {{Pairs: []store.KV{{Key: make([]byte, store.MaxKey+1)}}}, {Last: true}},
		"a long topic":                {{Entries: []store.Entry{{Topic: strings.Repeat("t", store.MaxTopic+1)}}}, {Last: true}},
		"entries, then pairs":         {{Entries: []store.Entry{{Topic: "t"}}}, {Pairs: []store.KV{{Key: []byte("a")}}}, {Last: true}},
		"a block of several meanings": {{Pairs: []store.KV{{Key: []byte("a")}}, Entries: []store.Entry{{Topic: "t"}}}, {Last: true}},
		"a last block with pairs":     {{Pairs: []store.KV{{Key: []byte("a")}}, Last: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := restore(bytes.NewReader(store.BackupOf(blocks...))); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
		})
	}
	t.Run("of a newer release", func(t *testing.T) {
		if err := restore(bytes.NewReader(store.NewerBackup())); !errors.Is(err, store.ErrNewer) {
			t.Errorf("got %v, want ErrNewer", err)
		}
	})
}

func TestBackupFailingWriter(t *testing.T) {
	st := memstore.New(nil)
	fill(t, st, false)
	want := errors.New("disk full")
	for _, n := range []int{0, 10, 30, 1 << 20, 3 << 19} {
		w := &shortWriter{left: n, err: want}
		if err := store.Backup(t.Context(), st, w); !errors.Is(err, want) {
			t.Errorf("after %d bytes: got %v, want %v", n, err, want)
		}
	}
}

type shortWriter struct {
	left int
	err  error
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

// Each commit writes the same number under two keys far from each other and
// into the feed: a state that never existed would show.
func TestBackupUnderLoad(t *testing.T) {
	onEngines(t, func(t *testing.T, st store.Store) {
		low, high := []byte{1}, []byte{200}
		ctx, stop := context.WithCancel(t.Context())
		var writer sync.WaitGroup
		writer.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					tx.Put(low, fmt.Append(nil, n))
					tx.Put(high, fmt.Append(nil, n))
					tx.Put(fmt.Appendf(nil, "\x64%d", rand.IntN(500)), make([]byte, 500))
					tx.Emit("n", fmt.Append(nil, n))
					return nil
				})
			}
		})
		var last store.Cursor
		for range 10 {
			if err := st.Wait(t.Context(), last); err != nil {
				t.Fatal(err)
			}
			view(t, st, func(r store.Reader) (err error) {
				last, err = r.Head()
				return err
			})
			var b bytes.Buffer
			if err := store.Backup(t.Context(), st, &b); err != nil {
				t.Fatal(err)
			}
			dst := memstore.New(nil)
			if err := store.Restore(t.Context(), dst, &b); err != nil {
				t.Fatal(err)
			}
			var got [][]byte
			view(t, dst, func(r store.Reader) (err error) {
				got, err = r.GetMany([][]byte{low, high})
				return err
			})
			entries, err := feed(dst, store.Cursor{})
			if err != nil {
				t.Fatal(err)
			}
			var newest string
			for n, e := range entries {
				if newest = string(e.Payload); newest != fmt.Sprint(n) {
					t.Fatalf("entry %d is %s", n, newest)
				}
			}
			if string(got[0]) != newest || string(got[1]) != newest {
				t.Fatalf("no state that ever was: %s, %s, feed up to %s", got[0], got[1], newest)
			}
		}
		stop()
		writer.Wait()
	})
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte{})
	f.Add(smallBackup(f))
	f.Add(store.NewerBackup())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, mended := range [][]byte{data, store.MendBackup(data)} {
			st := memstore.New(nil)
			if err := store.Restore(t.Context(), st, bytes.NewReader(mended)); err != nil {
				continue
			}
			// What was taken must come out again.
			var b, again bytes.Buffer
			if err := store.Backup(t.Context(), st, &b); err != nil {
				t.Fatal(err)
			}
			second := memstore.New(nil)
			if err := store.Restore(t.Context(), second, bytes.NewReader(b.Bytes())); err != nil {
				t.Fatal(err)
			}
			if err := store.Backup(t.Context(), second, &again); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Fatal("a backup of a restored backup differs")
			}
		}
	})
}
