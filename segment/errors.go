package segment

import (
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A RuleError lists what is wrong with a rule, at most 50 faults in the order
// of the text. It unwraps to [crm.ErrInvalid].
type RuleError struct {
	Faults []Fault `json:"faults"`
}

// Error lists the faults.
func (e *RuleError) Error() string {
	list := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		list[i] = f.String()
	}
	return "invalid rule: " + strings.Join(list, "; ")
}

// Unwrap returns [crm.ErrInvalid].
func (e *RuleError) Unwrap() error { return crm.ErrInvalid }

// A Fault is one thing that is wrong with a rule. It has a line and a column
// when the rule is a text, else a path.
type Fault struct {
	Line       int    `json:"line,omitzero"`       // from 1
	Column     int    `json:"column,omitzero"`     // from 1, in characters
	Path       string `json:"path,omitzero"`       // in the rule as JSON: "all[1].not.value"
	Got        string `json:"got,omitzero"`        // what stands there; "" for the end of the text
	Want       string `json:"want,omitzero"`       // what could stand there instead
	Suggestion string `json:"suggestion,omitzero"` // what was perhaps meant; "" when nothing is like it
}

// String tells where, what and what instead:
//
//	1:1: unexpected `last_ordr_date`: want a field of customers; did you mean `last_order_date`?
func (f Fault) String() string {
	return rule.Fault{Line: f.Line, Column: f.Column, Path: f.Path, Got: f.Got, Want: f.Want, Suggestion: f.Suggestion}.String()
}

// ruleError makes a RuleError of the faults of package rule.
func ruleError(err error) error {
	faults, ok := err.(rule.Faults)
	if !ok {
		return err
	}
	e := &RuleError{}
	for _, f := range faults {
		e.Faults = append(e.Faults, Fault{f.Line, f.Column, f.Path, f.Got, f.Want, f.Suggestion})
	}
	return e
}
