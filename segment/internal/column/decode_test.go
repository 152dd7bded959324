package column_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

func TestDecodeDamaged(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(9, 9))}
	b := column.New()
	for n := range 30 {
		b.Put(m.person(fmt.Sprint("c", n)))
	}
	b.SetProduct(&column.Product{ID: "p1", Keys: []string{"k"}, Brand: "Acme", Categories: []string{"Home > Kitchen"}})
	var buf bytes.Buffer
	if err := b.Encode(&buf); err != nil {
		t.Fatal(err)
	}
	data := buf.Bytes()
	for n := 0; n < len(data); n += 1 + n/50 {
		if _, err := column.Decode(bytes.NewReader(data[:n])); !errors.Is(err, column.ErrFormat) {
			t.Fatalf("the first %d of %d bytes: %v", n, len(data), err)
		}
	}
	for range 500 {
		bad := bytes.Clone(data)
		for range 1 + m.IntN(3) {
			bad[m.IntN(len(bad))] = byte(m.Uint32())
		}
		b, err := column.Decode(bytes.NewReader(bad))
		if err != nil && !errors.Is(err, column.ErrFormat) {
			t.Fatal(err)
		}
		if err == nil {
			for n := range uint32(40) {
				if b.Has(n) {
					read(b, n)
				}
			}
		}
	}
}

// TestDecodeTakesLittle reads bytes that say that there is much where there is
// little.
func TestDecodeTakesLittle(t *testing.T) {
	chunk := func(number byte, more ...byte) []byte {
		p := append([]byte{number}, make([]byte, column.ChunkSize/8)...)
		for range 10 { // all that is kept lacks, in no bytes
			p = append(p, 0, 0)
		}
		p = append(append(p, 0, 0, 0, 0, 0, 0), 0, 0, 0)
		return append(append(p, more...), 0)
	}
	frame := func(payload []byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte{1}, uint32(len(payload))), payload...)
	}
	var chunks, columns []byte
	for n := range byte(100) {
		chunks = append(chunks, frame(chunk(n))...)
	}
	for range 10_000 {
		columns = append(columns, 1, 0, 0, 0)
	}
	header := few(t)[:headerSize]
	for name, data := range map[string][]byte{"chunks": chunks, "columns": frame(chunk(0, columns...))} {
		t.Run(name, func(t *testing.T) {
			data = slices.Concat(header, data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := column.Decode(bytes.NewReader(data)); !errors.Is(err, column.ErrFormat) {
				t.Errorf("got %v", err)
			}
			runtime.ReadMemStats(&after)
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 8<<20 {
				t.Errorf("%d bytes took %d of memory", len(data), taken)
			}
		})
	}
}
