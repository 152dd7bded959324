package crm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seed-9cb3708a/clientele/crm"
)

// TestMatch ties the lines of refunds that name no order to what was bought.
func TestMatch(t *testing.T) {
	sale := func(id string, at time.Time, sku string, units int64) crm.Order {
		return goods("ada", id, at, sku, units, gbp(100))
	}
	with := func(o crm.Order, f func(*crm.Order)) crm.Order { f(&o); return o }
	for _, tt := range []struct {
		name    string
		orders  []crm.Order
		earlier []crm.Refund
		lines   []crm.RefundLine
		want    []crm.RefundLine
	}{
		{"the latest purchase first",
			[]crm.Order{sale("1", day(1), "cup", 1), sale("2", day(2), "cup", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100))},
			[]crm.RefundLine{line("2", "cup", 1, gbp(100))}},
		{"part of a purchase",
			[]crm.Order{sale("1", day(1), "cup", 5)}, nil,
			[]crm.RefundLine{line("", "cup", 2, gbp(200))},
			[]crm.RefundLine{line("1", "cup", 2, gbp(200))}},
		{"split over two, not a penny lost",
			[]crm.Order{sale("1", day(1), "cup", 2), sale("2", day(2), "cup", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 3, gbp(100))},
			[]crm.RefundLine{line("2", "cup", 1, gbp(33)), line("1", "cup", 2, gbp(67))}},
		{"more than was ever bought",
			[]crm.Order{sale("1", day(1), "cup", 2)}, nil,
			[]crm.RefundLine{line("", "cup", 3, gbp(300))},
			[]crm.RefundLine{line("1", "cup", 2, gbp(200)), line("", "cup", 1, gbp(100))}},
		{"never bought",
			[]crm.Order{sale("1", day(1), "cup", 2)}, nil,
			[]crm.RefundLine{line("", "mug", 1, gbp(100))},
			[]crm.RefundLine{line("", "mug", 1, gbp(100))}},
		{"bought in the same instant",
			[]crm.Order{sale("1", day(10), "cup", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100))},
			[]crm.RefundLine{line("1", "cup", 1, gbp(100))}},
		{"bought later",
			[]crm.Order{sale("1", day(10).Add(time.Millisecond), "cup", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100))},
			[]crm.RefundLine{line("", "cup", 1, gbp(100))}},
		{"by somebody else",
			[]crm.Order{goods("ben", "1", day(1), "cup", 1, gbp(100))}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100))},
			[]crm.RefundLine{line("", "cup", 1, gbp(100))}},
		{"canceled, expired, drafts, adjustments and write-offs are passed over",
			[]crm.Order{
				sale("1", day(1), "cup", 1),
				with(sale("2", day(2), "cup", 1), func(o *crm.Order) { o.State = crm.StateCanceled }),
				with(sale("3", day(2), "cup", 1), func(o *crm.Order) { o.State = crm.StateExpired }),
				with(sale("4", day(2), "cup", 1), func(o *crm.Order) { o.State = crm.StateDraft }),
				with(sale("5", day(2), "cup", 1), func(o *crm.Order) { o.Kind = crm.KindAdjustment }),
				with(sale("6", day(2), "cup", 1), func(o *crm.Order) { o.Kind = crm.KindWriteOff }),
			}, nil,
			[]crm.RefundLine{line("", "cup", 2, gbp(200))},
			[]crm.RefundLine{line("1", "cup", 1, gbp(100)), line("", "cup", 1, gbp(100))}},
		{"what was given back before is gone",
			[]crm.Order{sale("1", day(1), "cup", 2), sale("2", day(2), "cup", 2)},
			[]crm.Refund{{Lines: []crm.RefundLine{line("", "cup", 1, gbp(100))}}, {OrderID: "1", Lines: []crm.RefundLine{line("", "cup", 1, gbp(100))}}},
			[]crm.RefundLine{line("", "cup", 4, gbp(400))},
			[]crm.RefundLine{line("2", "cup", 1, gbp(100)), line("1", "cup", 1, gbp(100)), line("", "cup", 2, gbp(200))}},
		{"two lines of one product",
			[]crm.Order{sale("1", day(1), "cup", 2), sale("2", day(2), "cup", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100)), line("", "cup", 2, gbp(150))},
			[]crm.RefundLine{line("2", "cup", 1, gbp(100)), line("1", "cup", 2, gbp(150))}},
		{"two products",
			[]crm.Order{sale("1", day(1), "cup", 1), sale("2", day(2), "mug", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100)), line("", "mug", 1, gbp(100))},
			[]crm.RefundLine{line("1", "cup", 1, gbp(100)), line("2", "mug", 1, gbp(100))}},
		{"a line that names its order takes from it first",
			[]crm.Order{sale("1", day(1), "cup", 1), sale("2", day(2), "cup", 1)}, nil,
			[]crm.RefundLine{line("", "cup", 1, gbp(100)), line("2", "cup", 1, gbp(100))},
			[]crm.RefundLine{line("1", "cup", 1, gbp(100)), line("2", "cup", 1, gbp(100))}},
		{"fees and money without goods are not matched",
			[]crm.Order{sale("1", day(1), "cup", 1)}, nil,
			[]crm.RefundLine{{Kind: crm.ItemFee, SKU: "cup", Quantity: 1, Amount: gbp(5)}, line("", "cup", 0, gbp(10))},
			[]crm.RefundLine{{Kind: crm.ItemFee, SKU: "cup", Quantity: 1, Amount: gbp(5)}, line("", "cup", 0, gbp(10))}},
		{"by product",
			[]crm.Order{{ID: "1", CustomerID: "ada", OccurredAt: day(1), Items: []crm.Item{{ProductID: "p", Quantity: 1}}}}, nil,
			[]crm.RefundLine{{ProductID: "p", Quantity: 1, Amount: gbp(100)}},
			[]crm.RefundLine{{OrderID: "1", ProductID: "p", Quantity: 1, Amount: gbp(100)}}},
		{"by SKU and once more by product",
			[]crm.Order{{ID: "1", CustomerID: "ada", OccurredAt: day(1), Items: []crm.Item{{ProductID: "p", SKU: "cup", Quantity: 1}}}}, nil,
			[]crm.RefundLine{{ProductID: "p", SKU: "cup", Quantity: 1, Amount: gbp(100)}, {ProductID: "p", Quantity: 1, Amount: gbp(100)}},
			[]crm.RefundLine{{OrderID: "1", ProductID: "p", SKU: "cup", Quantity: 1, Amount: gbp(100)}, {ProductID: "p", Quantity: 1, Amount: gbp(100)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			putCustomer(t, book, crm.Customer{ID: "ada"})
			putCustomer(t, book, crm.Customer{ID: "ben"})
			for _, o := range tt.orders {
				putOrder(t, book, o)
			}
			for _, r := range tt.earlier {
				r.CustomerID, r.OccurredAt = "ada", day(9)
				putRefund(t, book, r)
			}
			in := crm.Refund{Ref: ref("r"), CustomerID: "ada", OccurredAt: day(10), Lines: tt.lines}
			got := putRefund(t, book, in)
			if diff := cmp.Diff(tt.want, got.Lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// It stays so, whatever is bought or given back since.
			putOrder(t, book, sale("new", day(9), "cup", 9))
			before := head(t, book)
			for name, again := range map[string]crm.Refund{"as the source says it": in, "as it was read": *got} {
				if r := putRefund(t, book, again); !cmp.Equal(got, r) || head(t, book) != before {
					t.Errorf("again, %s, wrote %v (-want +got):\n%s", name, kinds(since(t, book, before)), cmp.Diff(got, r))
				}
			}
		})
	}
}

// TestMatchChanged brings a refund up to date with other lines: it is matched
// anew, as if it had not been matched before.
func TestMatchChanged(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []crm.RefundLine
		want  []crm.RefundLine
	}{
		{"more units", []crm.RefundLine{line("", "cup", 2, gbp(200))}, []crm.RefundLine{line("2", "cup", 1, gbp(100)), line("1", "cup", 1, gbp(100))}},
		{"another amount", []crm.RefundLine{line("", "cup", 1, gbp(50))}, []crm.RefundLine{line("2", "cup", 1, gbp(50))}},
		{"the source knows the order", []crm.RefundLine{line("1", "cup", 1, gbp(100))}, []crm.RefundLine{line("1", "cup", 1, gbp(100))}},
		{"none", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := memory(t)
			putCustomer(t, book, crm.Customer{ID: "ada"})
			putOrder(t, book, goods("ada", "1", day(1), "cup", 1, gbp(100)))
			putOrder(t, book, goods("ada", "2", day(2), "cup", 1, gbp(100)))
			r := crm.Refund{Ref: ref("r"), CustomerID: "ada", OccurredAt: day(10), Lines: []crm.RefundLine{line("", "cup", 1, gbp(100))}}
			putRefund(t, book, r)
			r.Lines = tt.lines
			if diff := cmp.Diff(tt.want, putRefund(t, book, r).Lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMatchProduct records a refund, and its product only afterwards: what the
// source says of the refund has not changed.
func TestMatchProduct(t *testing.T) {
	book := memory(t)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	o := putOrder(t, book, goods("ada", "1", day(1), "cup", 1, gbp(100)))
	in := crm.Refund{Ref: ref("r"), CustomerID: "ada", OccurredAt: day(10), Lines: []crm.RefundLine{line("", "cup", 1, gbp(100))}}
	r := putRefund(t, book, in)
	putProduct(t, book, crm.Product{ID: "p", Variants: []crm.Variant{{SKU: "cup", UnitCost: gbp(10)}}})
	before := head(t, book)
	if again := putRefund(t, book, in); !cmp.Equal(r, again) || head(t, book) != before {
		t.Errorf("the refund (-want +got):\n%s", cmp.Diff(r, again))
	}
	if again := putOrder(t, book, goods("ada", "1", day(1), "cup", 1, gbp(100))); !cmp.Equal(o, again) || head(t, book) != before {
		t.Errorf("the order (-want +got):\n%s", cmp.Diff(o, again))
	}
}

// TestMatchLaws gives goods back at random: no order gives back more units
// than it sold, no penny and no unit is lost, and nothing that could be matched
// is left.
func TestMatchLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book := memory(t)
		putCustomer(t, book, crm.Customer{ID: "ada"})
		sold := map[crm.OrderID]map[string]int64{}
		for i := range rapid.IntRange(0, 5).Draw(t, "orders") {
			o := crm.Order{ID: crm.OrderID(rune('a' + i)), CustomerID: "ada", OccurredAt: day(rapid.IntRange(1, 5).Draw(t, "day"))}
			sold[o.ID] = map[string]int64{}
			for range rapid.IntRange(1, 3).Draw(t, "items") {
				it := crm.Item{SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 4).Draw(t, "units"), Price: gbp(100)}
				o.Items = append(o.Items, it)
				sold[o.ID][it.SKU] += it.Quantity
			}
			putOrder(t, book, o)
		}
		for range rapid.IntRange(1, 6).Draw(t, "refunds") {
			r := crm.Refund{
				Ref: ref(rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, "ref")), CustomerID: "ada", OccurredAt: day(6),
			}
			units, amount := map[string]int64{}, int64(0)
			for range rapid.IntRange(1, 3).Draw(t, "lines") {
				l := line("", rapid.SampledFrom(skus).Draw(t, "sku"), rapid.Int64Range(1, 6).Draw(t, "units"), drawMoney(t, "amount", -9, 99, "GBP"))
				units[l.SKU] += l.Quantity
				amount += l.Amount.Amount
				r.Lines = append(r.Lines, l)
			}
			var sum int64
			for _, l := range putRefund(t, book, r).Lines {
				units[l.SKU] -= l.Quantity
				sum += l.Amount.Amount
			}
			for sku, n := range units {
				if n != 0 {
					t.Fatalf("%d units of %s were lost", n, sku)
				}
			}
			if sum != amount {
				t.Fatalf("%d pence became %d", amount, sum)
			}
		}
		left := map[string]int64{}
		for id, units := range sold {
			for sku, n := range units {
				for _, r := range all(t, book.Refunds.List(t.Context(), crm.RefundQuery{OrderID: id})) {
					for _, l := range r.Lines {
						if l.OrderID == id && l.SKU == sku {
							n -= l.Quantity
						}
					}
				}
				if n < 0 {
					t.Fatalf("order %s gave back %d units of %s too many", id, -n, sku)
				}
				left[sku] += n
			}
		}
		// A refund that is matched anew may free units, which others have
		// missed; the last one of all has missed none.
		refunds := all(t, book.Refunds.List(t.Context(), crm.RefundQuery{}))
		if len(refunds) == 1 {
			for _, l := range refunds[0].Lines {
				if l.OrderID == "" && left[l.SKU] > 0 {
					t.Fatalf("%d units of %s are left, and %d were not matched", left[l.SKU], l.SKU, l.Quantity)
				}
			}
		}
	})
}
