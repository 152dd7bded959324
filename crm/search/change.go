package search

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A change collects what is to be written to postings and words: of each term,
// which documents have it now. Writing it twice is as good as once.
type change struct {
	tables *tables
	docs   map[string][]posted
}

type posted struct {
	doc uint64
	in  mask // 0: no more
}

// replace puts one person's terms in the place of another's, with the same
// number; nil is nobody.
func (c *change) replace(old, now *person) {
	var before, after map[string]mask
	var doc uint64
	if old != nil {
		before, doc = postings(old.Terms), old.Doc
	}
	if now != nil {
		after, doc = postings(now.Terms), now.Doc
	}
	for text := range before {
		if after[text] == 0 {
			c.put(text, doc, 0)
		}
	}
	for text, in := range after {
		if before[text] != in {
			c.put(text, doc, in)
		}
	}
}

func (c *change) put(text string, doc uint64, in mask) {
	if c.docs == nil {
		c.docs = map[string][]posted{}
	}
	c.docs[text] = append(c.docs[text], posted{doc, in})
}

// order adds an order by its number.
func (c *change) order(o *crm.Order) {
	if o.ID == "" {
		return
	}
	for _, text := range numbersOf(o.Number) {
		c.put(string(rune(classOrder))+text+" "+string(o.ID), 0, inOrder)
	}
}

// maxNumbers is how many ends of a number of an order it is found by.
const maxNumbers = 5

// numbersOf returns what somebody may say of a number of an order: of
// so-2024-001001 all of it, 2024-001001, and 1001, whatever zeros are said in
// front. Each end begins where digits do.
func numbersOf(number string) (list []string) {
	number = cutMail(refOf(number))
	if number == "" {
		return nil
	}
	list = append(list, number)
	for i := range len(number) {
		if isDigit(number[i]) && (i == 0 || !isDigit(number[i-1])) {
			if end := withoutZeros(number[i:]); !slices.Contains(list, end) {
				list = append(list, end)
			}
		}
	}
	if n := len(list); n > maxNumbers {
		list = slices.Delete(list, 1, n-maxNumbers+1)
	}
	return list
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// withoutZeros takes away zeros in front, but for a digit that follows.
func withoutZeros(s string) string {
	for len(s) > 1 && s[0] == '0' && isDigit(s[1]) {
		s = s[1:]
	}
	return s
}

// write writes the change in one transaction.
func (c *change) write(tx store.Tx) error {
	_, err := c.tables.write(tx, slices.Sorted(maps.Keys(c.docs)), c.of, 0)
	return err
}

func (c *change) of(text string) []posted { return c.docs[text] }

// write writes terms until it has written so many bytes, 0 for any number, and
// returns how many terms it wrote.
func (t *tables) write(tx store.Tx, texts []string, docs func(text string) []posted, limit int) (n int, err error) {
	w := &writer{tables: t, tx: tx}
	for ; n < len(texts) && (limit == 0 || w.bytes < limit); n++ {
		if err := w.term(texts[n], docs(texts[n])); err != nil {
			return 0, err
		}
	}
	return n, w.vocabulary()
}

// A writer writes changes in one transaction.
type writer struct {
	tables *tables
	tx     store.Tx
	bytes  int
	words  map[place][]spelt
}

func (w *writer) term(text string, docs []posted) error {
	if text[0] == classOrder {
		key := w.tables.key(text, 0)
		w.tx.Put(key, value(nil))
		w.bytes += len(key)
		return nil
	}
	slices.SortStableFunc(docs, func(a, b posted) int { return cmp.Compare(a.doc, b.doc) })
	added, removed := false, false
	for len(docs) > 0 {
		block := blockOf(docs[0].doc)
		var changes []entry
		for len(docs) > 0 && blockOf(docs[0].doc) == block {
			e := entry{lowOf(docs[0].doc), docs[0].in}
			if n := len(changes); n > 0 && changes[n-1].low == e.low {
				changes[n-1] = e // the last one counts
			} else {
				changes = append(changes, e)
			}
			docs = docs[1:]
		}
		key := w.tables.key(text, block)
		raw, err := w.tx.Get(key)
		fresh := errors.Is(err, store.ErrNotFound)
		if err != nil && !fresh {
			return err
		}
		var old []entry
		if !fresh {
			data, err := bytesOf(raw)
			if err == nil {
				old, err = readBlock(data)
			}
			if err != nil {
				return err
			}
		}
		now, differs := merge(old, changes)
		switch {
		case !differs:
		case len(now) == 0:
			w.tx.Delete(key)
			w.bytes += len(key)
			removed = true
		default:
			v := value(appendBlock(nil, now))
			w.tx.Put(key, v)
			w.bytes += len(key) + len(v)
			added = added || fresh
		}
	}
	if text[0] == classWord && (added || removed) {
		return w.spell(text[1:])
	}
	return nil
}

// spell notes whether a word is one of the vocabulary: whether anybody has it.
func (w *writer) spell(text string) error {
	rg := w.tables.of(string(rune(classWord)) + text)
	rg.Limit, rg.KeysOnly = 1, true
	used := false
	for _, err := range w.tx.Scan(rg) {
		if err != nil {
			return err
		}
		used = true
	}
	at, letters, ok := placeOf(text)
	if !ok {
		return nil
	}
	if w.words == nil {
		w.words = map[place][]spelt{}
	}
	w.words[at] = append(w.words[at], spelt{letters, used})
	return nil
}

// vocabulary writes the words that came or went.
func (w *writer) vocabulary() error {
	places := slices.SortedFunc(maps.Keys(w.words), place.compare)
	for _, at := range places {
		key := w.tables.bucket(at)
		raw, err := w.tx.Get(key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		var old []byte
		if err == nil {
			if old, err = bytesOf(raw); err != nil {
				return err
			}
		}
		now := respell(old, int(at.length), w.words[at])
		switch {
		case string(now) == string(old):
		case len(now) == 0:
			w.tx.Delete(key)
		default:
			v := value(now)
			w.tx.Put(key, v)
			w.bytes += len(key) + len(v)
		}
	}
	return nil
}
