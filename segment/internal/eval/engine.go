package eval

import (
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
	"github.com/seed-9cb3708a/clientele/segment/lifecycle"
	"github.com/seed-9cb3708a/clientele/segment/rfm"
)

// Options are what rules of a book mean beside its customers.
type Options struct {
	Location   *time.Location   // whose days the book counts; nil: UTC
	Digits     uint8            // of the minor unit of the book's currency behind the point: 2 for GBP
	Vocabulary *rule.Vocabulary // nil: the words of all books
	// Segment returns the rule of a segment, by id or name. It is called while a
	// program is compiled and the base is locked. nil knows none.
	Segment func(name string) (rule.Node, error)

	// How customers are scored, what groups of scores are called, and what stages
	// go by. They have been checked.
	RFM       rfm.Scheme
	Groups    rfm.Map          // zero: those of [rfm.Ten]
	LifeCycle lifecycle.Policy // in calendar days
}

// An Engine compiles rules over one base. It is safe for concurrent use.
type Engine struct {
	base       *column.Base
	cal        *calendar
	scale      uint8
	vocabulary *rule.Vocabulary
	resolve    func(name string) (rule.Node, error)
	scheme     rfm.Scheme
	groups     rfm.Map
	policy     lifecycle.Policy
	grids      sync.Map // by the best scores
}

// New returns an Engine.
func New(base *column.Base, o *Options) *Engine {
	if o == nil {
		o = &Options{Digits: 2}
	}
	loc := o.Location
	if loc == nil {
		loc = time.UTC
	}
	groups := o.Groups
	if groups.IsZero() {
		groups = rfm.Ten()
	}
	return &Engine{
		base: base, cal: newCalendar(loc), scale: o.Digits, vocabulary: o.Vocabulary, resolve: o.Segment,
		scheme: o.RFM, groups: groups, policy: o.LifeCycle,
	}
}

// grid returns the groups of scores up to the best ones.
func (e *Engine) grid(best rfm.Scores) *rfm.Grid {
	if g, ok := e.grids.Load(best); ok {
		return g.(*rfm.Grid)
	}
	g, _ := e.grids.LoadOrStore(best, e.groups.Grid(best))
	return g.(*rfm.Grid)
}

// Compile makes a program of rules. The parts that they share are worked out
// once. It returns an error for what no rule is that was checked, and for
// segments that are not known or ask for themselves.
func (e *Engine) Compile(rules ...rule.Node) (*Program, error) { return e.program(rules, nil) }

// CompileValues makes a program that works out values instead of answers.
func (e *Engine) CompileValues(values ...rule.Expr) (*Program, error) {
	return e.program(nil, values)
}

func (e *Engine) program(rules []rule.Node, values []rule.Expr) (*Program, error) {
	p := &Program{engine: e, rules: rules, values: values}
	e.base.RLock()
	defer e.base.RUnlock()
	_, err := p.prepare()
	return p, err
}
