package model

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// each calls what f returns for the numbers below n, from every processor with
// one of its own. Whoever else wants a processor, say to answer a question, gets it
// between two calls.
func each(n int, f func() func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			one := f()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				one(i)
				runtime.Gosched()
			}
		})
	}
	wait.Wait()
}
