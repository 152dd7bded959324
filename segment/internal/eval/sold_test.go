package eval_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
)

// TestSold compares what many bought in a window, worked out at once, with what
// a slow count of each says.
func TestSold(t *testing.T) {
	const people, none = 400, column.Lacking
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Kathmandu"} {
		t.Run(zone, func(t *testing.T) {
			loc := location(t, zone)
			now := time.Date(2026, 3, 20, 15, 30, 0, 0, loc)
			r := rand.New(rand.NewPCG(8, uint64(len(zone))))
			order := func() column.Order {
				o := column.Order{Time: now.UnixMilli() - r.Int64N(120*24*60*60*1000) + 5*24*60*60*1000, Amount: r.Int64N(9000) - 10}
				switch r.IntN(100) {
				case 0:
					o.Amount = math.MaxInt64 - 5
				case 1:
					o.Amount = math.MinInt64 + 5
				case 2:
					o.Unpriced = true
				case 3:
					o.Role = column.Canceled
				case 4:
					o.Role = column.Adjustment
				case 5:
					o.Time = now.UnixMilli()
				case 6:
					o.Time = now.UnixMilli() + 1
				case 7:
					o.Time = now.AddDate(0, 0, -30).Truncate(24*time.Hour).UnixMilli() - int64(r.IntN(2))
				case 8:
					at := now.AddDate(0, 0, -30)
					o.Time = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, loc).UnixMilli() - int64(r.IntN(2))
				}
				return o
			}
			b := column.New()
			var persons []*column.Person // by ordinal, nil when removed
			for n := range people {
				p := &column.Person{ID: fmt.Sprint("c", n)}
				for range r.IntN(12) {
					p.Orders = append(p.Orders, order())
				}
				for range r.IntN(2) {
					p.Refunds = append(p.Refunds, column.Refund{Time: order().Time, Amount: r.Int64N(5000)})
				}
				persons = append(persons, p)
				b.Put(p)
			}
			const where = " MATCHES (date >= -30d)"
			p, err := eval.New(b, &eval.Options{Location: loc, Digits: 2}).CompileValues(values(t,
				"count(orders"+where+")", "sum(orders.amount"+where+")", "sum(spend.amount"+where+")", "last(orders.date"+where+")", "count(spend"+where+")")...)
			if err != nil {
				t.Fatal(err)
			}
			for round := range 40 {
				at := now.Add(time.Duration(r.IntN(3)-1) * 40 * time.Hour)
				begin := at.AddDate(0, 0, -30)
				from, to := time.Date(begin.Year(), begin.Month(), begin.Day(), 0, 0, 0, 0, loc).UnixMilli(), at.UnixMilli()
				want := make([][]int64, 5)
				for _, p := range persons {
					if p == nil {
						continue
					}
					var bought, spent big.Int
					count, payments, last := int64(0), int64(0), int64(none)
					for _, o := range p.Orders {
						if o.Time < from || o.Time > to || o.Role == column.Canceled {
							continue
						}
						payments++
						amount := big.NewInt(o.Amount)
						if o.Unpriced {
							amount.SetInt64(0)
						}
						spent.Add(&spent, amount)
						if o.Role == column.Sale {
							count, last = count+1, max(last, o.Time)
							bought.Add(&bought, amount)
						}
					}
					for _, f := range p.Refunds {
						if from <= f.Time && f.Time <= to {
							payments++
							spent.Sub(&spent, big.NewInt(f.Amount))
						}
					}
					for i, v := range []int64{count, nearest(&bought), nearest(&spent), last, payments} {
						want[i] = append(want[i], v)
					}
				}
				table, err := p.Compute(t.Context(), to, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				var got [][]int64
				for _, c := range table.Columns {
					got = append(got, c.Ints)
				}
				if !reflect.DeepEqual(want, got) {
					t.Fatalf("round %d (-want +got):\n%s", round, cmp.Diff(want, got))
				}
				for range 10 {
					n := r.IntN(people)
					q := persons[n]
					switch {
					case q == nil:
					case r.IntN(20) == 0:
						persons[n] = nil
						b.Remove(uint32(n))
					case r.IntN(2) == 0:
						q.Orders = slices.Clone(q.Orders)[len(q.Orders)/2:]
						b.Put(q)
					default:
						o := order()
						q.Orders = append(q.Orders, o)
						b.AppendOrder(uint32(n), &o)
					}
				}
			}
		})
	}
}

// nearest returns the nearest int64 that is not Lacking.
func nearest(v *big.Int) int64 {
	switch {
	case v.IsInt64() && v.Int64() != column.Lacking:
		return v.Int64()
	case v.Sign() < 0:
		return column.Lacking + 1
	}
	return math.MaxInt64
}
