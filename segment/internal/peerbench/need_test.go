package peerbench_test

import (
	_ "cel.dev/cel-go/cel"
	_ "github.com/expr-lang/expr"
)
