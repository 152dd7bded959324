package segment_test

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/segment"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// Every rule that the documentation, the examples, the presets and the lists of
// texts have is read, is the same when its canonical text is read, and when it is
// made of JSON and built in Go.
func TestTexts(t *testing.T) {
	found := map[string]int{}
	for _, source := range []struct {
		name  string
		texts []string
		least int
	}{
		{"README.md", quoted(t, filepath.Join("..", "README.md")), 1},
		{"documentation", documented(t, "."), 9},
		{"programs", called(t, ".", filepath.Join("..", "examples")), 25},
		{"rules.txt", listed(t, "rules.txt"), 50},
		{"shopify.txt", listed(t, "shopify.txt"), 120},
	} {
		for _, text := range source.texts {
			parsed, err := segment.Parse(text)
			if err != nil {
				if source.name != "shopify.txt" || !refused(text) {
					t.Errorf("%s: %s: %v", source.name, text, err)
				}
				continue
			}
			found[source.name]++
			again, err := segment.Parse(parsed.String())
			if err != nil || again.String() != parsed.String() {
				t.Errorf("%s: %s: printed and read again it is %s, %v", source.name, text, again, err)
			}
			data, err := json.Marshal(parsed)
			if err != nil {
				t.Fatal(err)
			}
			var decoded segment.Rule
			if err := json.Unmarshal(data, &decoded); err != nil || !decoded.Equal(parsed) {
				t.Errorf("%s: %s: of JSON it is %s, %v", source.name, text, decoded, err)
			}
			n, err := rule.Parse(text, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r := build(n); r.Check() != nil || !r.Equal(parsed) {
				t.Errorf("%s: %s: built it is %s, %v", source.name, text, r, r.Check())
			}
		}
		if found[source.name] < source.least {
			t.Errorf("%s: %d rules, want %d", source.name, found[source.name], source.least)
		}
	}
	t.Logf("rules: %v", found)
}

// refused reports whether a text is one that Shopify knows and a book does not, of
// which faults are told in shopify.golden.
func refused(text string) bool {
	data, err := os.ReadFile(filepath.Join("internal", "rule", "testdata", "shopify.golden"))
	return err == nil && strings.Contains(strings.ReplaceAll(string(data), "\r\n", "\n"), text+"\n\t! ")
}

// listed returns the texts of a list of package rule: see its tests.
func listed(t *testing.T, name string) (texts []string) {
	t.Helper()
	f, err := os.Open(filepath.Join("internal", "rule", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		switch line := s.Text(); {
		case strings.HasPrefix(line, "and "):
			texts[len(texts)-1] += "\n" + line
		case !strings.HasPrefix(line, "# "):
			texts = append(texts, line)
		}
	}
	return texts
}

// quoted returns what MustParse reads in the code of a document.
func quoted(t *testing.T, name string) (texts []string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`MustParse\(("(?:[^"\\]|\\.)*")\)`).FindAllSubmatch(data, -1) {
		text, err := strconv.Unquote(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// documented returns the rules of indented blocks of comments: blocks that begin
// with one. A line that is indented further, or begins with AND or OR, continues
// the one above.
func documented(t *testing.T, dir string) (texts []string) {
	t.Helper()
	for f := range files(t, dir) {
		for _, group := range f.Comments {
			for _, block := range new(comment.Parser).Parse(group.Text()).Content {
				code, ok := block.(*comment.Code)
				if !ok {
					continue
				}
				var list []string
				for line := range strings.Lines(strings.TrimSpace(code.Text)) {
					if len(list) > 0 && (line[0] == ' ' || strings.HasPrefix(line, "AND ") || strings.HasPrefix(line, "OR ")) {
						list[len(list)-1] += line
					} else {
						list = append(list, line)
					}
				}
				if _, err := segment.Parse(list[0]); err == nil {
					texts = append(texts, list...)
				}
			}
		}
	}
	return texts
}

// called returns the texts that programs and examples give MustParse or Parse.
func called(t *testing.T, dirs ...string) (texts []string) {
	t.Helper()
	for _, dir := range dirs {
		for f := range files(t, dir) {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 1 {
					return true
				}
				name := ""
				switch f := call.Fun.(type) {
				case *ast.Ident:
					name = f.Name
				case *ast.SelectorExpr:
					name = f.Sel.Name
				}
				if lit, ok := call.Args[0].(*ast.BasicLit); ok && name == "MustParse" && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					texts = append(texts, text)
				}
				return true
			})
		}
	}
	return texts
}

// files yields the programs of a folder and its folders, and of tests the
// examples.
func files(t *testing.T, dir string) func(yield func(*ast.File) bool) {
	t.Helper()
	var list []*ast.File
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		base := filepath.Base(path)
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(base, "_test.go") && !strings.HasPrefix(base, "example_") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		list = append(list, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Values(list)
}

// build makes a rule of a tree by what there is to build rules in Go.
func build(n rule.Node) segment.Rule {
	each := func(nodes []rule.Node) (rules []segment.Rule) {
		for _, n := range nodes {
			rules = append(rules, build(n))
		}
		return rules
	}
	switch n := n.(type) {
	case *rule.All:
		return segment.All(each(n.Nodes)...)
	case *rule.Any:
		return segment.Any(each(n.Nodes)...)
	case *rule.Not:
		return segment.Not(build(n.Node))
	case *rule.Match:
		return facts(n.Source).Exist()
	case *rule.Compare:
		return compared(n)
	case *rule.Extreme:
		x, percent := value(n.X), segment.Decimal(n.Percent.String())
		switch {
		case n.Count > 0 && n.Lowest:
			return x.Bottom(int(n.Count))
		case n.Count > 0:
			return x.Top(int(n.Count))
		case n.Lowest:
			return x.BottomPercent(percent)
		}
		return x.TopPercent(percent)
	case *rule.Sequence:
		s := segment.Sequence{}
		for i, step := range n.Steps[1:] {
			switch next := facts(step.Source); {
			case i == 0 && step.Not:
				s = facts(n.Steps[0].Source).NotFollowedBy(next)
			case i == 0:
				s = facts(n.Steps[0].Source).FollowedBy(next)
			case step.Not:
				s = s.NotFollowedBy(next)
			default:
				s = s.FollowedBy(next)
			}
			if step.After.N > 0 {
				s = s.After(span(step.After))
			}
			if step.Within.N > 0 {
				s = s.Within(span(step.Within))
			}
		}
		return s.Exist()
	}
	return segment.Rule{}
}

func compared(n *rule.Compare) segment.Rule {
	x := value(n.X)
	var y []any
	for _, l := range n.Y {
		y = append(y, literal(l))
	}
	switch n.Op {
	case rule.IsNull:
		return x.IsNull()
	case rule.In:
		return x.In(y...)
	case rule.Between:
		return x.Between(y[0], y[1])
	case rule.Contains:
		return x.Contains(y[0].(string))
	case rule.StartsWith:
		return x.StartsWith(y[0].(string))
	case rule.EndsWith:
		return x.EndsWith(y[0].(string))
	}
	return map[rule.Op]func(any) segment.Rule{
		rule.Equal: x.Is, rule.NotEqual: x.IsNot, rule.Less: x.Less, rule.AtMost: x.AtMost, rule.Greater: x.More, rule.AtLeast: x.AtLeast,
	}[n.Op](y[0])
}

func facts(s *rule.Source) segment.Source {
	if s.Where == nil {
		return segment.Facts(s.Name)
	}
	return segment.Facts(s.Name, build(s.Where))
}

func value(x rule.Expr) segment.Expr {
	switch x := x.(type) {
	case *rule.Field:
		return segment.Field(x.Name)
	case *rule.Bucket:
		return segment.Bucket(x.Salt)
	case *rule.Days:
		if x.To == nil {
			return segment.DaysSince(value(x.From))
		}
		return segment.DaysBetween(value(x.From), value(x.To))
	case *rule.Aggregate:
		s := facts(x.Source)
		switch x.Func {
		case rule.Count:
			return s.Count()
		case rule.Periods:
			return s.Periods(span(x.Span))
		}
		return map[rule.Func]func(string) segment.Expr{
			rule.Sum: s.Sum, rule.Average: s.Average, rule.Min: s.Min, rule.Max: s.Max, rule.Distinct: s.Distinct, rule.First: s.First, rule.Last: s.Last,
		}[x.Func](x.Field)
	}
	return segment.Expr{}
}

func literal(l rule.Literal) any {
	switch l.Kind {
	case rule.Text:
		return l.Text
	case rule.Bool:
		return l.Bool
	case rule.Number:
		if l.Currency == "" {
			return segment.Decimal(l.Number.String())
		}
		m, err := crm.ParseMoney(l.Number.String(), crm.Currency(l.Currency))
		if err != nil {
			return err
		}
		return m
	case rule.Day, rule.Moment:
		c := l.Time
		return time.Date(int(c.Year), time.Month(c.Month), int(c.Day), int(c.Hour), int(c.Minute), int(c.Second), 0, time.UTC)
	}
	var s segment.Span
	for _, of := range l.Offsets {
		s = s.Plus(span(of))
	}
	return s
}

func span(s rule.Span) segment.Span {
	return map[rule.Unit]func(int) segment.Span{
		rule.Minute: segment.Minutes, rule.Hour: segment.Hours, rule.Date: segment.Days, rule.Week: segment.Weeks, rule.Month: segment.Months, rule.Year: segment.Years,
	}[s.Unit](int(s.N))
}
