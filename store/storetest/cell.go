package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/seed-9cb3708a/clientele/store"
)

// cells are the numbers that scripts work on, in a transaction or, when tx is
// nil, in a twin that is serial by nature. The log tells what was read.
type cells struct {
	tx   store.Tx
	twin map[string]int
	log  []string
	err  error
}

// get returns a number, -1 for none.
func (c *cells) get(key string) int {
	n, ok := -1, false
	if c.tx == nil {
		n, ok = c.twin[key]
	} else {
		v, err := c.tx.Get([]byte(key))
		switch {
		case err == nil:
			n, ok = c.number(v), true
		case !errors.Is(err, store.ErrNotFound):
			c.err = err
		}
	}
	if !ok {
		n = -1
	}
	c.log = append(c.log, fmt.Sprintf("%s=%d", key, n))
	return n
}

// both reads two numbers at once.
func (c *cells) both(keys [2]string) {
	if c.tx == nil {
		for _, key := range keys {
			c.get(key)
		}
		return
	}
	values, err := c.tx.GetMany([][]byte{[]byte(keys[0]), []byte(keys[1])})
	if err != nil {
		c.err = err
		return
	}
	for i, key := range keys {
		n := -1
		if values[i] != nil {
			n = c.number(values[i])
		}
		c.log = append(c.log, fmt.Sprintf("%s=%d", key, n))
	}
}

func (c *cells) put(key string, n int) {
	if c.tx == nil {
		c.twin[key] = n
	} else {
		c.tx.Put([]byte(key), []byte(strconv.Itoa(n)))
	}
}

func (c *cells) remove(key string) {
	if c.tx == nil {
		delete(c.twin, key)
	} else {
		c.tx.Delete([]byte(key))
	}
}

// removeFrom removes all keys from one on.
func (c *cells) removeFrom(from string) {
	if c.tx == nil {
		maps.DeleteFunc(c.twin, func(key string, _ int) bool { return key >= from })
	} else {
		c.tx.DeleteRange([]byte(from), nil)
	}
}

// where returns the keys of the numbers that match.
func (c *cells) where(match func(int) bool) (keys []string) {
	c.scan(store.Range{}, func(key string, n int) bool {
		if match(n) {
			keys = append(keys, key)
			c.log = append(c.log, fmt.Sprintf("%s=%d", key, n))
		}
		return true
	})
	c.log = append(c.log, "end")
	return keys
}

// first reads the first numbers, or the last; all of them if limit is 0.
func (c *cells) first(reverse bool, limit int) {
	c.scan(store.Range{Reverse: reverse, Limit: limit}, func(key string, n int) bool {
		c.log = append(c.log, fmt.Sprintf("%s=%d", key, n))
		return true
	})
	c.log = append(c.log, "end")
}

// from reads the numbers from a key on.
func (c *cells) from(key string) {
	c.scan(store.Range{From: []byte(key)}, func(key string, n int) bool {
		c.log = append(c.log, fmt.Sprintf("%s=%d", key, n))
		return true
	})
	c.log = append(c.log, "end")
}

// until reads numbers until it comes to a key, or behind it.
func (c *cells) until(last string) {
	c.scan(store.Range{}, func(key string, n int) bool {
		c.log = append(c.log, fmt.Sprintf("%s=%d", key, n))
		return key < last
	})
}

// scan visits the numbers in a range until visit returns false.
func (c *cells) scan(rg store.Range, visit func(key string, n int) bool) {
	if c.tx != nil {
		for kv, err := range c.tx.Scan(rg) {
			if err != nil {
				c.err = err
				return
			}
			if !visit(string(kv.Key), c.number(kv.Value)) {
				return
			}
		}
		return
	}
	keys := slices.Sorted(maps.Keys(c.twin))
	first, _ := slices.BinarySearch(keys, string(rg.From))
	keys = keys[first:]
	if rg.Reverse {
		slices.Reverse(keys)
	}
	if rg.Limit > 0 {
		keys = keys[:min(len(keys), rg.Limit)]
	}
	for _, key := range keys {
		if !visit(key, c.twin[key]) {
			return
		}
	}
}

func (c *cells) number(value []byte) int {
	n, err := strconv.Atoi(string(value))
	if err != nil {
		c.err = err
	}
	return n
}

// dump prints a twin as suite.dump does a store.
func (c *cells) dump() string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(c.twin)) {
		pairs = append(pairs, fmt.Sprintf("%s=%d", key, c.twin[key]))
	}
	return fmt.Sprint(pairs)
}
