package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// Notes tell what was written while a copy is made.
type notes struct {
	keys   map[string]struct{}
	ranges []store.Range
}

func (n *notes) add(b *store.Buffer) {
	for r := range b.Deleted() {
		n.ranges = append(n.ranges, r)
	}
	for key := range b.Writes() {
		n.keys[string(key)] = struct{}{}
	}
}

// A compaction makes a copy of a store.
type compaction struct {
	st     *Store
	to     *file
	tx     *bolt.Tx // of to, the batch that is being written
	size   int      // of the batch
	copied bool     // all but what the notes tell
	locked bool     // has the writer's token
}

func (c *compaction) lock(ctx context.Context) error {
	if !c.locked {
		if err := c.st.lock(ctx); err != nil {
			return err
		}
		c.locked = true
	}
	return nil
}

func (c *compaction) unlock() {
	if c.locked {
		c.locked = false
		c.st.writer.release()
	}
}

// round copies everything the first time, and then what has changed since.
func (c *compaction) round(ctx context.Context) (err error) {
	held := c.locked
	if err := c.lock(ctx); err != nil {
		return err
	}
	if !held {
		defer c.unlock()
	}
	if c.st.broken != nil {
		return c.st.broken
	}
	changed := c.st.notes
	c.st.notes = &notes{keys: make(map[string]struct{})}
	f := c.st.use()
	defer c.st.leave(f)
	tx, err := f.begin(false)
	if err != nil {
		return err
	}
	defer f.rollback(tx)
	if !held {
		c.unlock()
	}
	defer guard(&err)
	defer func() {
		if c.tx != nil { // after an error
			c.to.rollback(c.tx)
			c.tx = nil
		}
	}()
	from := &snapshot{tx: tx}
	if c.copied {
		err = c.catchUp(ctx, from, changed)
	} else {
		err = c.copyAll(ctx, from)
	}
	if err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	if !c.copied {
		c.copied = true
		return c.verify(ctx, from)
	}
	return nil
}

// batch returns the transaction to write to, a new one from time to time.
func (c *compaction) batch(size int) (tx *bolt.Tx, err error) {
	if c.size += size; c.size > maxGroupSize {
		if err := c.flush(); err != nil {
			return nil, err
		}
		c.size = size
	}
	if c.tx == nil {
		c.tx, err = c.to.begin(true)
	}
	return c.tx, err
}

func (c *compaction) flush() error {
	tx := c.tx
	c.tx, c.size = nil, 0
	if tx == nil {
		return nil
	}
	return c.to.commit(tx)
}

// put writes a record, which may be bolt's memory: the snapshot outlives it.
func (c *compaction) put(bucket, key, record []byte) error {
	tx, err := c.batch(len(key) + len(record))
	if err != nil {
		return err
	}
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return err
	}
	b.FillPercent = fillRising
	return b.Put(key, record)
}

// copyAll copies all buckets, and looks at every checksum.
func (c *compaction) copyAll(ctx context.Context, from *snapshot) error {
	n := 0
	return from.tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		if tx, err := c.batch(0); err != nil {
			return err
		} else if to, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		} else if err := to.SetSequence(b.Sequence()); err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			if n++; n%stride == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if _, err := unseal(b, k, v); err != nil {
				return err
			}
			return c.put(name, k, v)
		})
	})
}

// verify compares the copy with what it was made from.
func (c *compaction) verify(ctx context.Context, from *snapshot) error {
	tx, err := c.to.begin(false)
	if err != nil {
		return err
	}
	defer c.to.rollback(tx)
	n := 0
	return from.tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		to := tx.Bucket(name)
		if to == nil || to.Sequence() != b.Sequence() {
			return errCopy
		}
		cursor := to.Cursor()
		key, record := cursor.First()
		err := b.ForEach(func(k, v []byte) error {
			if n++; n%stride == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if !bytes.Equal(key, k) || !bytes.Equal(record, v) {
				return errCopy
			}
			key, record = cursor.Next()
			return nil
		})
		if err == nil && key != nil {
			err = errCopy
		}
		return err
	})
}

var errCopy = fmt.Errorf("copy differs: %w", store.ErrCorrupt)

// catchUp copies what has changed.
func (c *compaction) catchUp(ctx context.Context, from *snapshot, changed *notes) error {
	for _, r := range changed.ranges {
		if err := c.replace(ctx, from, r); err != nil {
			return err
		}
	}
	for key := range changed.keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.replaceKey(from, []byte(key)); err != nil {
			return err
		}
	}
	return c.catchUpFeed(ctx, from)
}

// replace makes a range of the copy as it is in the original.
func (c *compaction) replace(ctx context.Context, from *snapshot, r store.Range) error {
	tx, err := c.batch(0)
	if err != nil {
		return err
	}
	if err := (&snapshot{tx: tx}).deleteRange(r); err != nil {
		return err
	}
	r.KeysOnly = true
	w := walk{snap: from, r: r}
	for n := 0; ; n++ {
		if n%stride == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		ok, err := w.next()
		if err != nil || !ok {
			return err
		}
		if err := c.replaceKey(from, w.kv.Key); err != nil {
			return err
		}
	}
}

func (c *compaction) replaceKey(from *snapshot, key []byte) error {
	name := bucketName(key)
	var record []byte
	if t := from.table(key); t.bucket != nil {
		record = t.bucket.Get(key)
	}
	if record != nil {
		return c.put(name, key, record)
	}
	tx, err := c.batch(len(key))
	if err != nil {
		return err
	}
	if b := tx.Bucket(name); b != nil {
		return b.Delete(key)
	}
	return nil
}

// catchUpFeed appends to the feed of the copy and trims it.
func (c *compaction) catchUpFeed(ctx context.Context, from *snapshot) error {
	tx, err := c.batch(0)
	if err != nil {
		return err
	}
	to := &snapshot{tx: tx}
	n, err := to.head()
	if err != nil {
		return err
	}
	oldTrimmed, err := to.trimmed()
	if err != nil {
		return err
	}
	head, err := from.head()
	if err != nil {
		return err
	}
	trimmed, err := from.trimmed()
	if err != nil {
		return err
	}
	if trimmed > oldTrimmed {
		if err := trim(tx, oldTrimmed, min(trimmed, n)); err != nil {
			return err
		}
		if err := setNumber(tx.Bucket(metaBucket), trimmedKey, trimmed); err != nil {
			return err
		}
	}
	feed := from.tx.Bucket(feedBucket).Cursor()
	for k, v := feed.Seek(entryKey(n + 1)); k != nil; k, v = feed.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.put(feedBucket, k, v); err != nil {
			return err
		}
	}
	if tx, err = c.batch(0); err != nil {
		return err
	}
	to = &snapshot{tx: tx}
	return errors.Join(tx.Bucket(feedBucket).SetSequence(head), to.writeTables())
}
