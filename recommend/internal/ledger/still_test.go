package ledger_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A still ledger is read while the ledger goes on, and stays as it was.
func TestStill(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 3))
	l := ledger.New()
	called := "tea"
	l.Call(func(key string) string { return map[string]string{"sku 7": called}[key] })
	change := func(n int) {
		who := fmt.Sprint("somebody with a long name ", draw.IntN(20))
		switch draw.IntN(20) {
		case 0:
			l.Forget(who)
		case 2:
			l.Remove(fmt.Sprint("an order with a long name ", draw.IntN(n+1)))
		case 3:
			called = []string{"tea", "cup", ""}[draw.IntN(3)]
			recall(l, "sku 7")
		default:
			b := ledger.Basket{ID: fmt.Sprint("an order with a long name ", draw.IntN(n+1)), Customer: who, Time: int64(n), Kind: ledger.Kind(draw.IntN(2))}
			for range 1 + draw.IntN(4) {
				b.Lines = append(b.Lines, ledger.Line{Product: []string{"tea", "cup", "pot", "sku 7", fmt.Sprint(n)}[draw.IntN(5)], Quantity: int32(draw.IntN(7) - 2)})
			}
			l.Put(b)
		}
	}
	for n := range 500 {
		change(n)
	}
	for round := range 5 {
		saved, bought, carted := l.AppendBinary(nil), l.Log(ledger.Bought, nil), l.Log(ledger.Carted, nil)
		still := l.Still()
		var reader sync.WaitGroup
		reader.Go(func() {
			for range 3 {
				var w bytes.Buffer
				if err := still.Encode(&w); err != nil || !bytes.Equal(w.Bytes(), saved) {
					t.Errorf("another ledger is written, %v", err)
				}
				if diff := cmp.Diff([]*ledger.Log{bought, carted}, []*ledger.Log{still.Log(ledger.Bought, nil), still.Log(ledger.Carted, nil)}); diff != "" {
					t.Errorf("logs (-want +got)\n%s", diff)
				}
			}
		})
		for n := range 3000 { // which also closes holes
			change(500 + 3000*round + n)
		}
		reader.Wait()
	}
}

// However much a ledger holds, to keep it as it is, or to bring one basket more into
// it, takes up little room: who asks meanwhile waits for that long.
func TestLittleAtOnce(t *testing.T) {
	l := ledger.New()
	var last, most uint64
	added := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		added := m.TotalAlloc - last
		last = m.TotalAlloc
		return added
	}
	put := func(n int) {
		l.Put(ledger.Basket{ID: fmt.Sprint("an order with a long name ", n), Customer: fmt.Sprint("somebody ", n%20_000), Time: int64(n), Lines: lines("tea", 1, fmt.Sprint(n%500), 2)})
	}
	added()
	const all, few = 60_000, 20
	for n := range all {
		if put(n); n%few == few-1 {
			most = max(most, added())
		}
	}
	if most > 200_000 {
		t.Errorf("%d baskets took up %d bytes at once", few, most)
	}
	size := uint64(len(l.AppendBinary(nil)))
	added()
	still := l.Still()
	if got := added(); got > size/50 {
		t.Errorf("to keep a ledger of %d bytes as it is took up %d", size, got)
	}
	for n := range few {
		put(all + n)
	}
	if got := added(); got > size/10 {
		t.Errorf("%d baskets more took up %d bytes of %d", few, got, size)
	}
	if still.Log(ledger.Bought, nil).Baskets() != all || l.Len() != all+few {
		t.Error("not as it was")
	}
}
