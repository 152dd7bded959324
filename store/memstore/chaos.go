package memstore

import (
	"math/rand/v2"
	"sync"

	"github.com/seed-9cb3708a/clientele/store"
)

// chaos decides when trouble is made. A nil *chaos makes none.
type chaos struct {
	mu   sync.Mutex
	dice *rand.Rand
}

func newChaos(seed uint64) *chaos {
	if seed == 0 {
		return nil
	}
	return &chaos{dice: rand.New(rand.NewPCG(seed, seed))}
}

func (c *chaos) strikes() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dice.IntN(4) == 0
}

// spoil overwrites a pair whose step is over, so that it is noticed when
// somebody keeps it.
func (c *chaos) spoil(kv store.KV) {
	if c == nil {
		return
	}
	for _, p := range [][]byte{kv.Key, kv.Value} {
		for i := range p {
			p[i] = 0xDD
		}
	}
}
