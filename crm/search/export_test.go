package search

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// Parse understands a query.
func Parse(text string) error {
	_, err := Query{Text: text}.parse()
	return err
}

// Fold returns the words of a text as they are compared, and their other
// spellings.
func Fold(text string) (plain, other []string) {
	for _, w := range wordsOf(text, true) {
		plain, other = append(plain, w.text), append(other, w.other)
	}
	return plain, other
}

// Distance is how many typos two words are apart, at most most+1.
func Distance(a, b string, most int) int { return distance([]byte(a), []byte(b), most) }

// Merge encodes, changes and decodes a block.
func Merge(block, changes map[uint16]uint16) (map[uint16]uint16, error) {
	list := func(m map[uint16]uint16) (l []entry) {
		for low, in := range m {
			l = append(l, entry{low, mask(in)})
		}
		slices.SortFunc(l, func(a, b entry) int { return int(a.low) - int(b.low) })
		return l
	}
	merged, _ := merge(list(block), list(changes))
	read, err := readBlock(appendBlock(nil, merged))
	m := map[uint16]uint16{}
	for _, e := range read {
		m[e.low] = uint16(e.in)
	}
	return m, err
}

// ReadBlock reads whatever bytes as a block.
func ReadBlock(data []byte) error {
	_, err := readBlock(data)
	return err
}

// Contents tells all that is in an index, by ids instead of the numbers of
// documents: a line a posting or a word, sorted.
func Contents(ctx context.Context, x *Index) (lines []string, err error) {
	err = x.book.View(ctx, func(_ context.Context, tx *crm.Tx) error {
		ids := map[uint64]string{}
		for p, err := range x.tables.people.Scan(tx.Store(), store.Range{}) {
			if err != nil {
				return err
			}
			ids[p.Doc] = fmt.Sprint(p.IDs)
			lines = append(lines, "person "+ids[p.Doc])
		}
		for kv, err := range tx.Store().Scan(store.Prefix(x.tables.postings.Key())) {
			if err != nil {
				return err
			}
			text, block, err := x.tables.parse(kv.Key)
			if err != nil {
				return err
			}
			data, err := bytesOf(kv.Value)
			if err != nil {
				return err
			}
			if text[0] == classOrder {
				lines = append(lines, text)
			}
			if err := walkBlock(data, func(low uint16, in mask) {
				lines = append(lines, fmt.Sprint(text, " ", ids[block<<blockBits|uint64(low)], " ", in))
			}); err != nil {
				return err
			}
		}
		for kv, err := range tx.Store().Scan(store.Prefix(x.tables.words.Key())) {
			if err != nil {
				return err
			}
			words, err := bytesOf(kv.Value)
			if err != nil {
				return err
			}
			start := x.tables.words.Key()
			k := store.ReadKey(slices.Concat(start[:2], kv.Key[len(start):]))
			script, length := k.Uint(), int(k.Uint())
			for w := range slices.Chunk(words, length) {
				lines = append(lines, "word "+wordOf(script, w))
			}
		}
		return nil
	})
	slices.Sort(lines)
	return lines, err
}

// Forget empties an index, as if it had never been built.
func Forget(ctx context.Context, x *Index) error {
	return x.book.Update(ctx, func(_ context.Context, tx *crm.Tx) error {
		for _, s := range []store.Key{x.tables.people.Key(), x.tables.people.Index("customer").Key(), x.tables.postings.Key(), x.tables.words.Key(), x.tables.state.Key()} {
			tx.Store().DeleteRange(s, store.After(s))
		}
		return nil
	})
}
