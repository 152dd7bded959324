package collect

import (
	"math"
	"sync"
	"time"
)

// A limiter holds token buckets, in bounded memory: it forgets those that were
// not used for longest, which are full again by then or soon.
type limiter struct {
	rate Rate

	mu       sync.Mutex
	now, old map[string]bucket // two generations
}

// A bucket is how many tokens there were at a time. What is taken beyond the
// last is owed.
type bucket struct {
	tokens float64
	at     time.Time
}

// maxBuckets is how many buckets a generation has.
const maxBuckets = 1 << 16

func newLimiter(r Rate) *limiter {
	return &limiter{rate: r, now: map[string]bucket{}, old: map[string]bucket{}}
}

// take takes n tokens of a key, or none and tells how long to wait for them. More
// than a bucket holds are given once it is full. With n = 0 it tells how long to
// wait for one.
func (l *limiter) take(key string, n int, at time.Time) (wait time.Duration) {
	if l.rate.PerSecond < 0 || key == "" {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, at)
	if want := min(float64(max(n, 1)), float64(l.rate.Burst)); b.tokens < want {
		wait = time.Duration(math.Ceil((want - b.tokens) / l.rate.PerSecond * float64(time.Second)))
	} else {
		b.tokens -= float64(n)
	}
	l.put(key, b)
	return wait
}

// owe takes n tokens of a key, whether it has them or not: what they stand for
// has happened.
func (l *limiter) owe(key string, n int, at time.Time) {
	if l.rate.PerSecond < 0 || key == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, at)
	b.tokens -= float64(n)
	l.put(key, b)
}

// bucket returns that of a key, filled up to a time.
func (l *limiter) bucket(key string, at time.Time) bucket {
	full := float64(l.rate.Burst)
	b, ok := l.now[key]
	if !ok {
		if b, ok = l.old[key]; !ok {
			b = bucket{full, at}
		}
	}
	if passed := at.Sub(b.at).Seconds(); passed > 0 {
		b.tokens, b.at = min(full, b.tokens+passed*l.rate.PerSecond), at
	}
	return b
}

func (l *limiter) put(key string, b bucket) {
	if len(l.now) >= maxBuckets {
		l.old, l.now = l.now, make(map[string]bucket, maxBuckets)
	}
	l.now[key] = b
}
