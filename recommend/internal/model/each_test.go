package model_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// While models are made on all processors, somebody else gets one between any two
// parts of it, and not only when the scheduler takes it away.
func TestEachGivesWay(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const parts = 2000
	var done atomic.Bool
	var turns atomic.Int64
	go func() {
		for !done.Load() {
			turns.Add(1)
			runtime.Gosched()
		}
	}()
	runtime.Gosched()
	var sum atomic.Int64
	model.Each(parts, func() func(int) {
		return func(i int) {
			for k := range 10_000 { // some microseconds
				i ^= k
			}
			sum.Add(int64(i))
		}
	})
	done.Store(true)
	if n := turns.Load(); n < parts/2 {
		t.Errorf("somebody else had %d turns during %d parts", n, parts)
	}
}
