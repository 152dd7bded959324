package peerbench_test

import (
	"math/bits"
	"slices"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/eval"
	"github.com/seed-9cb3708a/clientele/segment/internal/peerbench"
)

// predicates are five conditions of each customer, in our words and in those
// of expr and CEL, of whose dates a caller has made milliseconds.
var predicates = []struct{ name, rule, expr, cel string }{
	{
		// Most are out after one condition or two.
		"and",
		"customer_language = 'de' AND customer_account_status = 'ENABLED' AND number_of_orders >= 3 AND amount_spent > 200 AND last_order_date >= 2025-07-05",
		"Language == 'de' && Account == 'ENABLED' && Orders >= 3 && Spent > 20000 && Last >= 1751673600000",
		"language == 'de' && account == 'ENABLED' && orders >= 3 && spent > 20000 && last >= 1751673600000",
	}, {
		// Nearly everybody has to be asked all five.
		"all five",
		"customer_language != 'de' AND customer_account_status IN ('ENABLED', 'DISABLED') AND number_of_orders >= 1 AND amount_spent > 1 AND last_order_date >= 2023-07-05",
		"Language != 'de' && Account in ['ENABLED', 'DISABLED'] && Orders >= 1 && Spent > 100 && Last >= 1688515200000",
		"language != 'de' && account in ['ENABLED', 'DISABLED'] && orders >= 1 && spent > 100 && last >= 1688515200000",
	}, {
		"or",
		"(customer_language = 'de' OR customer_language = 'fr') AND (number_of_orders >= 5 OR amount_spent > 1000) AND last_order_date >= 2025-07-05",
		"(Language == 'de' || Language == 'fr') && (Orders >= 5 || Spent > 100000) && Last >= 1751673600000",
		"(language == 'de' || language == 'fr') && (orders >= 5 || spent > 100000) && last >= 1751673600000",
	},
}

// A row is a customer as expr and CEL are given them. Times before all are of
// nothing. Its numbers are such as expr compares soonest.
type row struct {
	Language, Account   string
	Orders, Spent, Last int
}

// A celRow gives CEL the fields of a row in types of its own.
type celRow struct{ *row }

func (r *celRow) ResolveName(name string) (any, bool) {
	switch name {
	case "language":
		return types.String(r.Language), true
	case "account":
		return types.String(r.Account), true
	case "orders":
		return types.Int(r.Orders), true
	case "spent":
		return types.Int(r.Spent), true
	case "last":
		return types.Int(r.Last), true
	}
	return nil, false
}

func (r *celRow) Parent() interpreter.Activation { return nil }

// answers are bits, one for each customer.
type answers []uint64

func (a answers) set(i int, yes bool) {
	if yes {
		a[i/64] |= 1 << (i % 64)
	}
}

func (a answers) count() (n int) {
	for _, w := range a {
		n += bits.OnesCount64(w)
	}
	return n
}

// BenchmarkPredicate compares five conditions of each customer with expr and
// CEL, in CPU per customer. Ours begins with the text of the rule; theirs were
// compiled before, and have the rows of all ready.
func BenchmarkPredicate(b *testing.B) {
	w := peerbench.Make(*customers, *seed, 1)
	base := w.Base()
	engine := eval.New(base, &eval.Options{Digits: 2})
	rows := make([]row, len(w.Customers))
	for i, c := range w.Customers {
		k, p := base.Chunk(i/column.ChunkSize), uint32(i%column.ChunkSize)
		rows[i] = row{c.Language, c.Account, int(k.Sales.Of(p).Len), int(k.Spent[p]), int(k.Last[p])}
	}
	env, err := cel.NewEnv(cel.Variable("language", cel.StringType), cel.Variable("account", cel.StringType),
		cel.Variable("orders", cel.IntType), cel.Variable("spent", cel.IntType), cel.Variable("last", cel.IntType))
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range predicates {
		b.Run(p.name, func(b *testing.B) {
			program, err := expr.Compile(p.expr, expr.Env(&row{}), expr.AsBool())
			if err != nil {
				b.Fatal(err)
			}
			ast, issues := env.Compile(p.cel)
			if issues.Err() != nil {
				b.Fatal(issues.Err())
			}
			celProgram, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
			if err != nil {
				b.Fatal(err)
			}
			own := func() (answers, error) {
				m, err := peerbench.Members(b.Context(), engine, p.rule)
				if err != nil {
					return nil, err
				}
				found := make(answers, (len(rows)+63)/64)
				copy(found, m.ToDense())
				return found, nil
			}
			others := []func() (answers, error){
				func() (answers, error) {
					var machine vm.VM
					found := make(answers, (len(rows)+63)/64)
					for i := range rows {
						v, err := machine.Run(program, &rows[i])
						if err != nil {
							return nil, err
						}
						found.set(i, v.(bool))
					}
					return found, nil
				},
				func() (answers, error) {
					var one celRow
					found := make(answers, (len(rows)+63)/64)
					for i := range rows {
						one.row = &rows[i]
						v, _, err := celProgram.Eval(&one)
						if err != nil {
							return nil, err
						}
						found.set(i, v == types.True)
					}
					return found, nil
				},
			}
			var costs [3]peerbench.Costs
			var first answers
			for b.Loop() {
				for n, f := range append(others, own) {
					var found answers
					c, err := peerbench.Measure(func() (err error) {
						found, err = f()
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
					costs[n] = append(costs[n], c)
					if first == nil {
						first = found
					}
					if !slices.Equal(found, first) {
						b.Fatalf("side %d has %d members, or others than expr, which has %d", n, found.count(), first.count())
					}
				}
			}
			perRow := func(n int) float64 { return float64(costs[n].Median().CPU) / float64(len(rows)) }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(first.count()), "members")
			b.ReportMetric(perRow(2), "ns/row")
			b.ReportMetric(perRow(0), "expr-ns/row")
			b.ReportMetric(perRow(1), "cel-ns/row")
			b.ReportMetric(perRow(0)/perRow(2), "expr/ours")
			b.ReportMetric(perRow(1)/perRow(2), "cel/ours")
		})
	}
}
