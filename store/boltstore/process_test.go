package boltstore_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// TestMain lets tests run this program again as another process.
func TestMain(m *testing.M) {
	path := os.Getenv("BOLTSTORE_PATH")
	switch os.Getenv("BOLTSTORE_CHILD") {
	case "":
		os.Exit(m.Run())
	case "hold":
		hold(path)
	case "write":
		write(path)
	}
}

// child starts this program again; the process is killed when the test ends.
func child(t *testing.T, role, path string) (*exec.Cmd, io.Reader) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "BOLTSTORE_CHILD="+role, "BOLTSTORE_PATH="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip("cannot start a process:", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, out
}

func mustOpen(path string) *boltstore.Store {
	st, err := boltstore.Open(path, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return st
}

// hold opens a store, says so, and never closes it.
func hold(path string) {
	st := mustOpen(path)
	fmt.Println("open")
	time.Sleep(time.Minute) // it is killed long before
	st.Close()
}

func TestLockedByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	cmd, out := child(t, "hold", path)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
		t.Fatalf("child says %q, %v", line, err)
	}
	for _, timeout := range []time.Duration{-1, 200 * time.Millisecond} {
		start := time.Now()
		_, err := boltstore.Open(path, &boltstore.Options{Timeout: timeout})
		if !errors.Is(err, store.ErrLocked) {
			t.Errorf("Open = %v, want %v", err, store.ErrLocked)
		}
		if took := time.Since(start); took > timeout+5*time.Second {
			t.Errorf("Open with Timeout %v took %v", timeout, took)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	st, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatalf("Open after the other process was killed: %v", err)
	}
	st.Close()
}

// write commits numbered keys from many goroutines and writes a number to its
// standard output as soon as it is acknowledged.
func write(path string) {
	st := mustOpen(path)
	var next atomic.Uint64
	err := st.View(context.Background(), func(_ context.Context, r store.Reader) error {
		for kv, err := range r.Scan(store.Range{To: number(1 << 40), Reverse: true, Limit: 1, KeysOnly: true}) {
			if err != nil {
				return err
			}
			next.Store(binary.BigEndian.Uint64(kv.Key))
		}
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				n := next.Add(1)
				err := st.Update(context.Background(), func(_ context.Context, tx store.Tx) error {
					tx.Put(number(n), make([]byte, n%500))
					tx.Put(number(1<<40+n%1000), make([]byte, n%300)) // anywhere
					tx.Emit("n", number(n))
					return nil
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				os.Stdout.WriteString(strconv.FormatUint(n, 10) + "\n")
			}
		})
	}
	wg.Wait()
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// TestKill kills a process that writes, again and again. Nothing that it was
// told to be committed may be lost, and no transaction be there in part.
func TestKill(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	var all []uint64
	var cursor store.Cursor
	told := make(map[uint64]bool)
	for round := range rounds {
		cmd, out := child(t, "write", path)
		timer := time.AfterFunc(time.Duration(30+round*3)*time.Millisecond, func() { cmd.Process.Kill() })
		var acked []uint64
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				break
			}
			n, err := strconv.ParseUint(strings.TrimSuffix(line, "\n"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			acked = append(acked, n)
		}
		cmd.Wait()
		timer.Stop()
		st := open(t, path)
		for e, err := range st.Feed(t.Context(), cursor) {
			if err != nil {
				t.Fatal(err)
			}
			cursor = e.Cursor
			told[binary.BigEndian.Uint64(e.Payload)] = true
		}
		all = append(all, acked...)
		look := acked
		if round == rounds-1 {
			look = all
		}
		err := st.View(t.Context(), func(_ context.Context, r store.Reader) error {
			for _, n := range look {
				if v, err := r.Get(number(n)); err != nil || len(v) != int(n%500) {
					t.Errorf("round %d: acknowledged key %d = %d bytes, %v", round, n, len(v), err)
				}
				if !told[n] {
					t.Errorf("round %d: the feed does not tell of %d", round, n)
				}
			}
			keys := 0
			for _, err := range r.Scan(store.Range{To: number(1 << 40)}) {
				if err != nil {
					return err
				}
				keys++
			}
			if keys != len(told) {
				t.Errorf("round %d: %d keys, but the feed tells of %d", round, keys, len(told))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d commits acknowledged, %d found", len(all), len(told))
}
