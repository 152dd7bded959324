package column_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
)

// few returns the bytes of a base of a few persons.
func few(t testing.TB) []byte {
	m := maker{rand.New(rand.NewPCG(9, 9))}
	b := column.New()
	for n := range 3 {
		b.Put(m.person(fmt.Sprint("c", n)))
	}
	b.SetProduct(&column.Product{ID: "p1", Keys: []string{"k"}, Brand: "Acme", Categories: []string{"Home > Kitchen"}})
	var buf bytes.Buffer
	if err := b.Encode(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// FuzzDecode reads any bytes. Chunks take 4096 numbers a column: they are left
// to FuzzDecodeChanged.
func FuzzDecode(f *testing.F) {
	data := few(f)
	f.Add(data[:headerSize])
	f.Add(slices.Concat(data[:headerSize], data[headerSize+5+frameSize(data[headerSize:]):])) // without the chunk
	f.Fuzz(func(t *testing.T, data []byte) { use(t, data) })
}

// FuzzDecodeChanged reads what was written and changed here and there: of every
// four bytes two are where, counted from the change before, and two what.
func FuzzDecodeChanged(f *testing.F) {
	written := few(f)
	f.Add([]byte{})
	f.Add([]byte{0, 30, 0, 255})
	f.Add([]byte{1, 0, 1, 3, 200, 0, 2, 200})
	f.Fuzz(func(t *testing.T, changes []byte) {
		data, at := bytes.Clone(written), 0
		for change := range slices.Chunk(changes, 4) {
			if len(change) < 4 {
				break
			}
			at = (at + int(change[0])<<8 + int(change[1])) % len(data)
			switch n := min(int(change[3]), len(data)-at); change[2] % 4 {
			case 0:
				data[at] = change[3]
			case 1:
				data[at] += change[3]
			case 2:
				data = slices.Delete(data, at, at+n)
			case 3:
				data = slices.Insert(data, at, bytes.Clone(data[at:at+n])...)
			}
			if len(data) == 0 {
				break
			}
		}
		use(t, data)
	})
}

const headerSize = len("clientele columns\x00\x01")

// frameSize returns how many bytes follow the first five of a frame.
func frameSize(frame []byte) int { return int(binary.LittleEndian.Uint32(frame[1:])) }

// use reads a base of bytes and does with it what can be done with one.
func use(t *testing.T, data []byte) {
	b, err := column.Decode(bytes.NewReader(data))
	if err != nil {
		if !errors.Is(err, column.ErrFormat) {
			t.Error(err)
		}
		return
	}
	m := maker{rand.New(rand.NewPCG(1, 1))}
	for n := range min(uint32(b.Chunks()*column.ChunkSize), 20) {
		if b.Has(n) {
			read(b, n)
			b.RLock()
			c := b.Chunk(0)
			b.RUnlock()
			c.ActiveBuyers(0, math.MaxInt64, 10, &column.Bits{})
			o, i, r := m.order(), m.interaction(), m.refund()
			b.AppendOrder(n, &o)
			b.AppendInteraction(n, &i)
			b.AppendRefund(n, &r)
			b.SetValues(n, []column.Value{m.value("attributes.a")})
			if n%2 == 0 {
				b.Remove(n)
			}
		}
	}
	b.Put(m.person("new"))
	b.SetProduct(&column.Product{ID: "p1"})
	b.Compact()
	recode(t, b)
}
