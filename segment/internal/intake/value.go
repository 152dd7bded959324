package intake

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// values are what a person has, or an interaction, by name. What is none is not
// added.
type values []column.Value

func (v *values) text(name, text string) {
	if text != "" {
		*v = append(*v, column.Value{Name: name, Type: rule.IsText, Text: text})
	}
}

// list adds texts, each once.
func (v *values) list(name string, texts []string) {
	var list []string
	for _, t := range texts {
		if t != "" && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	if len(list) > 0 {
		*v = append(*v, column.Value{Name: name, Type: rule.IsList, List: list})
	}
}

func (v *values) bool(name string, yes bool) {
	value := column.Value{Name: name, Type: rule.IsBool}
	if yes {
		value.Int = 1
	}
	*v = append(*v, value)
}

func (v *values) date(name string, at time.Time) {
	*v = append(*v, column.Value{Name: name, Type: rule.IsDate, Int: at.UnixMilli()})
}

// add adds a value of the book, of which money tells an amount in the book's
// currency.
func (v *values) add(name string, value crm.Value, money func(crm.Money) (crm.Money, bool)) {
	switch value.Type() {
	case crm.TypeText:
		v.text(name, value.Text())
	case crm.TypeNumber:
		*v = append(*v, column.Value{Name: name, Type: rule.IsNumber, Number: value.Number()})
	case crm.TypeBool:
		v.bool(name, value.Bool())
	case crm.TypeTime:
		v.date(name, value.Time())
	case crm.TypeMoney:
		if m, ok := money(value.Money()); ok {
			*v = append(*v, column.Value{Name: name, Type: rule.IsMoney, Int: m.Amount})
		}
	case crm.TypeWords:
		v.list(name, value.Words())
	}
}

// addAll adds the values of a map under names that begin with prefix, in the
// order of these.
func (v *values) addAll(prefix string, all map[string]crm.Value, money func(crm.Money) (crm.Money, bool)) {
	n := len(*v)
	for name, value := range all {
		v.add(prefix+name, value, money)
	}
	slices.SortFunc((*v)[n:], func(a, b column.Value) int { return strings.Compare(a.Name, b.Name) })
}

// find returns the text of a name, "" when there is none.
func (v values) find(name string) string {
	for _, value := range v {
		if value.Name == name && value.Type == rule.IsText {
			return value.Text
		}
	}
	return ""
}
