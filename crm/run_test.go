package crm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// loops are what Run runs.
type loops = map[string]func(context.Context) error

// idle is a loop that does nothing until ctx ends.
func idle(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestRun runs two loops and a follower until ctx ends, and then nothing more.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := memory(t)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		var ended atomic.Int32
		slow := func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // finishes what it began
			ended.Add(1)
			return ctx.Err()
		}
		var handled int
		start := time.Now()
		record(t, book, "a")
		err := book.Run(ctx, loops{
			"slow": slow,
			"idle": func(ctx context.Context) error { defer ended.Add(1); return idle(ctx) },
			"done": func(context.Context) error { ended.Add(1); return nil },
			"follower": func(ctx context.Context) error {
				defer ended.Add(1)
				return book.Follow(ctx, "points", func(_ context.Context, _ *crm.Tx, batch []*crm.Event) error {
					handled += len(batch)
					return nil
				}, nil)
			},
		})
		if err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		if took := time.Since(start); took != time.Hour+3*time.Second {
			t.Errorf("Run took %v, want an hour and what the slow loop takes", took)
		}
		if ended.Load() != 4 || handled != 1 {
			t.Errorf("%d loops ended, %d events were handled, want 4 and 1", ended.Load(), handled)
		}
		// The lease is given back.
		if f, err := book.Followers.Get(t.Context(), "points"); err != nil || f.Holder != "" {
			t.Errorf("the follower stands at %+v, error %v, want no holder", f, err)
		}
	})
}

// TestRunStartsAgain has one loop that fails, in several ways, beside one that
// does not notice.
func TestRunStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		restarts := 0.0
		book, err := crm.New(memstore.New(nil), &crm.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Observe: func(m crm.Measurement) {
				if m.Name == "loop_restarts" && m.Of == "broken" {
					restarts += m.Value
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		last, began := time.Now(), 0
		var pauses []time.Duration
		beside := 0
		err = book.Run(ctx, loops{
			"beside": func(ctx context.Context) error { beside++; return idle(ctx) },
			"broken": func(ctx context.Context) error {
				pauses = append(pauses, time.Since(last))
				defer func() { last = time.Now() }()
				switch began++; began {
				case 10:
					time.Sleep(time.Minute) // and well
				case 11:
					time.Sleep(time.Minute - 1) // which is not enough
				case 13:
					stop()
					return ctx.Err()
				}
				return fmt.Errorf("no mail to ada@example.com")
			},
		})
		if err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		if beside != 1 {
			t.Errorf("the loop beside it was started %d times, want once", beside)
		}
		most := []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 1, 2, 4}
		if len(pauses) != len(most) {
			t.Fatalf("it was started %d times, want %d", len(pauses), len(most))
		}
		same := 0
		for i, p := range pauses {
			m := most[i] * time.Second
			if p < m/2 || p > m {
				t.Errorf("pause %d is %v, want %v to %v", i, p, m/2, m)
			}
			if i > 0 && p == m {
				same++
			}
		}
		if same == len(pauses)-1 {
			t.Error("all pauses are the same in every process, want jitter")
		}
		if want := float64(len(most) - 1); restarts != want {
			t.Errorf("loop_restarts = %v, want %v", restarts, want)
		}
		if strings.Contains(log.String(), "ada@") || !strings.Contains(log.String(), "loop=broken") {
			t.Errorf("the log does not name the loop, or holds personal data:\n%s", &log)
		}
	})
}

// TestRunEnds has errors that no restart can mend end all loops.
func TestRunEnds(t *testing.T) {
	for _, tc := range []struct {
		name string
		loop func(context.Context, *crm.Book) error
		want error
	}{
		{"the store is closed", func(ctx context.Context, book *crm.Book) error {
			time.Sleep(time.Hour)
			book.Store().Close()
			_, err := book.Customers.Get(ctx, "x")
			return err
		}, crm.ErrClosed},
		{"a follower that cannot be", func(ctx context.Context, book *crm.Book) error {
			return book.Follow(ctx, "no name", count, nil)
		}, crm.ErrInvalid},
		{"a time that cannot be", func(ctx context.Context, book *crm.Book) error {
			return book.Every(0, func(context.Context, time.Time) error { return nil })(ctx)
		}, crm.ErrInvalid},
		{"within a transaction", func(ctx context.Context, book *crm.Book) error {
			return book.Update(ctx, func(ctx context.Context, _ *crm.Tx) error {
				return book.Follow(ctx, "x", count, nil)
			})
		}, crm.ErrNested},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				book := memory(t)
				var ended bool
				err := book.Run(t.Context(), loops{
					"good": func(ctx context.Context) error { defer func() { ended = true }(); return idle(ctx) },
					"bad":  func(ctx context.Context) error { return tc.loop(ctx, book) },
				})
				if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), "bad") {
					t.Errorf("Run = %v, want %v of the loop bad", err, tc.want)
				}
				if !ended {
					t.Error("the other loop was not told")
				}
			})
		})
	}
}

// TestRunInvalidLater starts a loop again that met invalid data after it had
// worked: that is no fault of how it was set up.
func TestRunInvalidLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := memory(t)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		began := 0
		if err := book.Run(ctx, loops{"x": func(ctx context.Context) error {
			if began++; began == 3 {
				stop()
				return nil
			}
			time.Sleep(time.Duration(2-began) * time.Hour)
			_, err := book.Customers.Record(ctx, crm.Customer{Email: "none"})
			return err
		}}); err != nil || began != 3 {
			t.Errorf("Run = %v after %d starts, want nil after 3", err, began)
		}
	})
}

func TestRunRefuses(t *testing.T) {
	book := memory(t)
	for name, l := range map[string]loops{
		"a name with a space": {"a b": idle},
		"no name":             {"": idle},
		"no function":         {"a": nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := book.Run(t.Context(), l); !errors.Is(err, crm.ErrInvalid) {
				t.Errorf("Run = %v, want %v", err, crm.ErrInvalid)
			}
		})
	}
}

// TestRunPanics ends the other loops, and then panics itself.
func TestRunPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		book := open(t, memstore.New(nil), &crm.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ended := false
		cause := errors.New("of ada@example.com")
		defer func() {
			err, ok := recover().(error)
			if !ok || !errors.Is(err, cause) || !strings.Contains(err.Error(), "TestRunPanics") {
				t.Errorf("Run panics with %v, want %v and its stack", err, cause)
			}
			if !ended {
				t.Error("the other loop was not told before")
			}
			if text := log.String(); !strings.Contains(text, "loop panicked") || strings.Contains(text, "ada@") {
				t.Errorf("the log does not tell of it, or holds personal data:\n%s", text)
			}
		}()
		book.Run(t.Context(), loops{
			"good": func(ctx context.Context) error { defer func() { ended = true }(); return idle(ctx) },
			"bad":  func(context.Context) error { panic(cause) },
		})
		t.Error("Run returned")
	})
}

// TestRunGoexit does not hang when a loop ends its goroutine.
func TestRunGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := memory(t).Run(t.Context(), loops{
			"good": idle,
			"bad":  func(context.Context) error { runtime.Goexit(); return nil },
		})
		if err == nil || !strings.Contains(err.Error(), "bad") {
			t.Errorf("Run = %v, want an error that names the loop", err)
		}
	})
}

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := open(t, memstore.New(nil), &crm.Options{Now: time.Now})
		start := time.Now()
		var at []time.Duration
		broken := errors.New("broken")
		err := book.Every(24*time.Hour, func(_ context.Context, now time.Time) error {
			at = append(at, now.Sub(start))
			if len(at) == 2 {
				time.Sleep(30 * time.Hour) // too long: the next call is late
			}
			if len(at) == 4 {
				return broken
			}
			time.Sleep(time.Hour)
			return nil
		})(t.Context())
		if !errors.Is(err, broken) {
			t.Errorf("the loop = %v, want %v", err, broken)
		}
		want := []time.Duration{0, 24 * time.Hour, 55 * time.Hour, 79 * time.Hour}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("called at (-want +got):\n%s", diff)
		}
	})
}
