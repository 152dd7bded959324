package search

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/seed-9cb3708a/clientele/store"
)

// blockBits is how many documents a block has: 1<<blockBits, with consecutive
// numbers. So a word of a million people is in some sixty records, and a change
// of one person writes some kilobytes of each of their words.
const blockBits = 14

const blockSize = 1 << blockBits

func blockOf(doc uint64) uint64 { return doc >> blockBits }
func lowOf(doc uint64) uint16   { return uint16(doc & (blockSize - 1)) }

// An entry is a document of a block, by its number within it, and the fields in
// which it has a term.
type entry struct {
	low uint16
	in  mask
}

// A block is the documents of a block that have a term, by their numbers. In the
// store each is the distance from the one before and the fields, as varints.

func appendBlock(dst []byte, block []entry) []byte {
	last := 0
	for _, e := range block {
		dst = binary.AppendUvarint(dst, uint64(int(e.low)-last))
		dst = binary.AppendUvarint(dst, uint64(e.in))
		last = int(e.low)
	}
	return dst
}

var errBlock = fmt.Errorf("search: block of an index: %w", store.ErrCorrupt)

// walkBlock calls f with each entry. It returns an error for what appendBlock did
// not write.
func walkBlock(data []byte, f func(low uint16, in mask)) error {
	low := uint64(0)
	for i := 0; i < len(data); {
		var step, in uint64
		if data[i] < 0x80 {
			step = uint64(data[i])
			i++
		} else {
			n := 0
			if step, n = binary.Uvarint(data[i:]); n <= 0 {
				return errBlock
			}
			i += n
		}
		if i >= len(data) {
			return errBlock
		}
		if data[i] < 0x80 {
			in = uint64(data[i])
			i++
		} else {
			n := 0
			if in, n = binary.Uvarint(data[i:]); n <= 0 {
				return errBlock
			}
			i += n
		}
		if low += step; low >= blockSize || in > 1<<16-1 {
			return errBlock
		}
		f(uint16(low), mask(in))
	}
	return nil
}

func readBlock(data []byte) (block []entry, err error) {
	block = make([]entry, 0, len(data)/2)
	err = walkBlock(data, func(low uint16, in mask) { block = append(block, entry{low, in}) })
	return block, err
}

// merge puts changes into a block: both are sorted, of a change no field means
// that the document has the term no more. It returns the new block and whether
// it differs.
func merge(block, changes []entry) (merged []entry, differs bool) {
	merged = make([]entry, 0, len(block)+len(changes))
	for len(block) > 0 || len(changes) > 0 {
		switch {
		case len(changes) == 0 || len(block) > 0 && block[0].low < changes[0].low:
			merged, block = append(merged, block[0]), block[1:]
			continue
		case len(block) > 0 && block[0].low == changes[0].low:
			differs = differs || block[0].in != changes[0].in
			block = block[1:]
		default:
			differs = differs || changes[0].in != 0
		}
		if changes[0].in != 0 {
			merged = append(merged, changes[0])
		}
		changes = changes[1:]
	}
	return merged, differs
}

// recordFormat begins every value, as package store has it in its records.
const recordFormat = 1

// value is what stands in the store for bytes, and bytesOf reads it.
func value(data []byte) []byte {
	p := posting{Docs: data}
	return store.Encode([]byte{recordFormat}, &p, func(c *store.Coder, p *posting) { store.Bytes(c, 1, &p.Docs) })
}

func bytesOf(raw []byte) ([]byte, error) {
	if len(raw) > 0 && raw[0] > recordFormat {
		return nil, fmt.Errorf("search: record format %d: %w", raw[0], store.ErrNewer)
	}
	if len(raw) == 0 || raw[0] != recordFormat {
		return nil, errBlock
	}
	if len(raw) == 1 {
		return nil, nil
	}
	n, size := binary.Uvarint(raw[2:])
	if raw[1] != 1<<3|2 || size <= 0 || n > uint64(len(raw)-2-size) {
		return nil, errBlock
	}
	return raw[2+size : 2+size+int(n)], nil
}

// key is that of one block of a term.
func (t *tables) key(text string, block uint64) store.Key {
	return t.postings.Key().String(text).Uint(block).End()
}

// of is the range of all blocks of a term.
func (t *tables) of(text string) store.Range { return store.Prefix(t.postings.Key().String(text)) }

// beginning is the range of all blocks of terms that begin with a text.
func (t *tables) beginning(text string) store.Range {
	k := t.postings.Key().String(text)
	return store.Prefix(k[:len(k)-2]) // without the end of the string
}

// parse takes the key of a posting apart.
func (t *tables) parse(key []byte) (text string, block uint64, err error) {
	start := t.postings.Key()
	if !bytes.HasPrefix(key, start) {
		return "", 0, errBlock
	}
	r := store.ReadKey(slices.Concat(start[:2], key[len(start):]))
	text, block = r.String(), r.Uint()
	return text, block, r.Err()
}
