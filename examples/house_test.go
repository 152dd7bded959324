// Package examples_test keeps the house in order. Each law stands as text at
// the top of its file, followed by the test that reads it: who may import whom
// and which modules may come in (here), the shape of the tree (layout_test.go),
// names and documents (names_test.go), the README and what the examples print
// (readme_test.go).
//
// A law is policy. Where code breaks one, mend the code; change the text only
// together with the design that it states.
package examples_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The packages of this module and who may import whom: "a < b" means that b
// may import a, and all that a may import. What stands between the same two
// commas or arrows may not import each other.
//
// Code in an internal folder belongs to the package above it. All examples
// are one room. Only imports of production code fall under this law; tests
// may import all of ours.
const rooms = `
	NONE < store < crm < segment, recommend, campaign, ticket < examples;

	# A sub-package stands on its parent, never the reverse.
	store    < store/boltstore, store/memstore, store/pgstore, store/storetest;
	crm      < crm/shopcsv, crm/duplicates, crm/search, crm/collect, crm/quality, crm/shopsync, crm/fulfill, crm/sales, crm/provenance, crm/crmtest;
	campaign < campaign/mail, campaign/campaigntest;
	ticket   < ticket/answer;

	# Pure packages: slices in, numbers out. They import nothing of ours.
	NONE < segment/predict, segment/rfm, segment/lifecycle < segment;
	NONE < recommend/eval  < recommend;

	# Kits for tests run on the engine in memory.
	store/memstore < store/storetest, crm/crmtest < campaign/campaigntest;

	# Examples show everything.
	store/boltstore, store/memstore, store/pgstore,
	crm/shopcsv, crm/duplicates, crm/search, crm/collect, crm/quality, crm/shopsync, crm/fulfill, crm/sales, crm/provenance, crm/crmtest,
	campaign/mail, campaign/campaigntest, ticket/answer,
	segment/predict, segment/rfm, segment/lifecycle, recommend/eval < examples;
`

// The modules of other people: module · rooms · reason. A room is a package
// whose code and tests may import the module; "R tests" are the tests of R and
// of all below it, "tests" are all tests; "through M" means that none of ours
// imports it. The list equals the requirements of go.mod.
const modules = `
	go.etcd.io/bbolt           · store/boltstore, crm tests · the default engine; crm's benchmarks measure against it raw
	golang.org/x/sys           · through go.etcd.io/bbolt   · memory maps and file locks
	google.golang.org/protobuf · store                      · protowire, the wire format of records
	golang.org/x/term          · examples                   · the raw terminal of examples/ask: each system has calls of its own for it
	golang.org/x/exp           · store, segment             · constraints, for the coder's numeric generics; ebnf, which tests the grammar of rules
	github.com/tidwall/btree   · store/memstore             · the copy-on-write tree
	github.com/RoaringBitmap/roaring/v2 · segment           · compressed sets of customers, one a segment
	github.com/bits-and-blooms/bitset · through github.com/RoaringBitmap/roaring/v2 · dense bitmaps
	github.com/mschoch/smat    · through github.com/RoaringBitmap/roaring/v2 · its fuzz tests
	github.com/google/go-cmp   · tests, store/storetest, crm/crmtest · diffs that say what was wanted and what came
	golang.org/x/text          · crm, crm/shopcsv, crm/duplicates, crm/search tests · Unicode folding and normal forms, Windows-1252
	pgregory.net/rapid         · tests                      · model-based runs with shrinking
`

// What a shop's build links when it imports a few of our packages: nothing but
// these modules.
const linked = `
	store                      · google.golang.org/protobuf, golang.org/x/exp
	store/memstore             · google.golang.org/protobuf, golang.org/x/exp, github.com/tidwall/btree
	crm                        · google.golang.org/protobuf, golang.org/x/exp, golang.org/x/text
	crm, store/boltstore       · google.golang.org/protobuf, golang.org/x/exp, golang.org/x/text, go.etcd.io/bbolt, golang.org/x/sys
	crm, store/boltstore, segment, recommend, campaign, ticket
	                           · google.golang.org/protobuf, golang.org/x/exp, golang.org/x/text, go.etcd.io/bbolt, golang.org/x/sys, github.com/RoaringBitmap/roaring/v2, github.com/bits-and-blooms/bitset
`

const (
	module = "github.com/seed-9cb3708a/clientele"
	root   = ".." // of the module, from this folder
)

func TestRooms(t *testing.T) {
	law := parseRooms(t)
	t.Run("every package has its place in the law", func(t *testing.T) {
		for dir := range packages(t) {
			if _, ok := law[room(dir)]; !ok {
				t.Errorf("%s is in no room of the law: move it into internal/ of the room it serves, or name it in rooms in examples/house_test.go", dir)
			}
		}
	})
	t.Run("imports follow the law", func(t *testing.T) {
		for s, i := range imports(t) {
			from, to := room(s.dir), room(i.pkg)
			if s.test || !ours(i.pkg) || from == to {
				continue
			}
			if !law.allows(from, to) {
				t.Errorf("%s: %s may not import %s: let the rooms meet through crm, the feed, or a small interface that %s declares in crm's types", i.at, from, to, from)
			}
		}
	})
	t.Run("production code reaches no test kit", func(t *testing.T) {
		for s, i := range imports(t) {
			if !s.test && kit(i.pkg) && !kit(s.dir) && room(s.dir) != "examples" {
				t.Errorf("%s: imports %s, which is for tests: move what production needs out of it", i.at, i.pkg)
			}
		}
	})
}

func TestModules(t *testing.T) {
	law := parseModules(t)
	t.Run("the list equals go.mod", func(t *testing.T) {
		required := requirements(t)
		for _, name := range required {
			if _, ok := law[name]; !ok {
				t.Errorf("go.mod requires %s, which is not on the list: do without it, or add a line with its reason to modules in examples/house_test.go", name)
			}
		}
		for name := range law {
			if !slices.Contains(required, name) {
				t.Errorf("%s is on the list, but go.mod does not require it: delete its line from modules in examples/house_test.go", name)
			}
		}
	})
	t.Run("each module stays in its rooms", func(t *testing.T) {
		for s, i := range imports(t) {
			if first, _, _ := strings.Cut(i.pkg, "/"); ours(i.pkg) || !strings.Contains(first, ".") {
				continue
			}
			name, rooms := law.of(i.pkg)
			if name == "" {
				t.Errorf("%s: %s belongs to no module on the list: use what the list has, or add a line to modules in examples/house_test.go", i.at, i.pkg)
			} else if !slices.ContainsFunc(rooms, func(r string) bool { return lets(r, s) }) {
				t.Errorf("%s: %s may be imported in %s only: move this code there, or do without", i.at, name, strings.Join(rooms, ", "))
			}
		}
	})
	t.Run("a shop links no module that it did not ask for", func(t *testing.T) {
		for _, line := range table(linked) {
			args := []string{"list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}"}
			for _, pkg := range commas(line[0]) {
				if _, ok := packages(t)[pkg]; ok { // a room may not be built yet
					args = append(args, "./"+pkg)
				}
			}
			if args[len(args)-1][0] != '.' {
				continue
			}
			got := slices.Sorted(maps.Keys(set(strings.Fields(golang(t, args...)))))
			for _, name := range got {
				if name != module && !slices.Contains(commas(line[1]), name) {
					t.Errorf("a program that imports %s links %s: keep that import in a room of its own (go mod why %[2]s)", line[0], name)
				}
			}
		}
	})
}

// A dag holds for each room the rooms that stand directly to its left.
type dag map[string][]string

func parseRooms(t *testing.T) dag {
	t.Helper()
	law := dag{"NONE": nil}
	for rule := range strings.SplitSeq(uncomment(rooms), ";") {
		var left []string
		for list := range strings.SplitSeq(rule, "<") {
			right := commas(list)
			for _, name := range right {
				law[name] = append(law[name], left...)
			}
			left = right
		}
	}
	for name := range law {
		for _, left := range law[name] {
			if law.allows(left, name) {
				t.Fatalf("the law runs in a circle: %s < %s < %[1]s", left, name)
			}
		}
	}
	return law
}

// allows reports whether the law has a way from the room to left.
func (d dag) allows(name, left string) bool {
	return slices.ContainsFunc(d[name], func(l string) bool { return l == left || d.allows(l, left) })
}

// An allowlist holds for each module the rooms that may import it.
type allowlist map[string][]string

func parseModules(t *testing.T) allowlist {
	t.Helper()
	law := allowlist{}
	for _, line := range table(modules) {
		if len(line) != 3 || line[2] == "" {
			t.Fatalf("modules: want module · rooms · reason, got %q", line)
		}
		law[line[0]] = commas(line[1])
	}
	return law
}

// of returns the module that a package belongs to, and its rooms.
func (a allowlist) of(pkg string) (name string, rooms []string) {
	for m, r := range a {
		if within(pkg, m) && len(m) > len(name) {
			name, rooms = m, r
		}
	}
	return name, rooms
}

// lets reports whether a room of the list lets a file in.
func lets(r string, s *source) bool {
	if r == "tests" {
		return s.test
	}
	if below, ok := strings.CutSuffix(r, " tests"); ok {
		return s.test && within(s.dir, below)
	}
	return room(s.dir) == r
}

// requirements returns the modules that go.mod requires.
func requirements(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	block := false
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "require" && len(words) > 1 && words[1] == "(":
			block = true
		case words[0] == "require" && len(words) > 1:
			names = append(names, words[1])
		case words[0] == ")":
			block = false
		case block && !strings.HasPrefix(words[0], "//"):
			names = append(names, words[0])
		}
	}
	return names
}

// A source is one Go file of the module.
type source struct {
	*ast.File
	path  string // from the root, with slashes
	dir   string // its folder, "." for the root
	test  bool
	lines int
}

var (
	positions = token.NewFileSet()
	tree      = sync.OnceValues(load)
)

// load parses all Go files of the module, for whatever system they are. It
// leaves out testdata, hidden folders and nested modules.
func load() ([]*source, error) {
	var files []*source
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(root, name, "go.mod"))
			if name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || err == nil) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" || base[0] == '.' || base[0] == '_' {
			return nil
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since the folder was read
		} else if err != nil {
			return err
		}
		f, err := parser.ParseFile(positions, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &source{
			File:  f,
			path:  name,
			dir:   path.Dir(name),
			test:  strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(string(data), "\n"),
		})
		return nil
	})
	return files, err
}

func sources(t *testing.T) []*source {
	t.Helper()
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// packages returns the production files of each folder that has some.
func packages(t *testing.T) map[string][]*source {
	t.Helper()
	m := map[string][]*source{}
	for _, s := range sources(t) {
		if !s.test {
			m[s.dir] = append(m[s.dir], s)
		}
	}
	return m
}

// An imported is one import of a file: a package of ours by its folder, any
// other by its path.
type imported struct {
	pkg string
	at  token.Position
}

// imports yields each import of each file.
func imports(t *testing.T) iter.Seq2[*source, imported] {
	t.Helper()
	files := sources(t)
	return func(yield func(*source, imported) bool) {
		for _, s := range files {
			for _, spec := range s.Imports {
				pkg := strings.Trim(spec.Path.Value, "\"`")
				if pkg == module {
					pkg = "."
				}
				pkg = strings.TrimPrefix(pkg, module+"/")
				if !yield(s, imported{pkg, positions.Position(spec.Pos())}) {
					return
				}
			}
		}
	}
}

// room returns the room of a folder.
func room(dir string) string {
	dir, _, _ = strings.Cut(dir, "/internal")
	if within(dir, "examples") {
		return "examples"
	}
	return dir
}

// ours reports whether an import, as imports yields it, is a package of this
// module: all our folders stand in one of the top-level rooms.
func ours(pkg string) bool {
	top, _, _ := strings.Cut(pkg, "/")
	return pkg == "." || slices.Contains(topRooms, top)
}

var topRooms = []string{"store", "crm", "segment", "recommend", "campaign", "ticket", "examples"}

// kit reports whether a package is for tests only: its name ends in test.
func kit(pkg string) bool { return ours(pkg) && strings.HasSuffix(room(pkg), "test") }

// within reports whether a slash-separated name is top or below it.
func within(name, top string) bool { return name == top || strings.HasPrefix(name, top+"/") }

// golang runs the go command in the root and returns what it printed.
func golang(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("skipped: this law needs the go command on PATH")
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr(err))
	}
	return string(out)
}

func stderr(err error) string {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(e.Stderr)
	}
	return ""
}

// table returns the cells of each line of a law. A line that begins with a
// dot continues the one above.
func table(law string) [][]string {
	var rows [][]string
	for line := range strings.SplitSeq(strings.TrimSpace(uncomment(law)), "\n") {
		var cells []string
		for cell := range strings.SplitSeq(line, "·") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if cells[0] == "" && len(rows) > 0 {
			rows[len(rows)-1] = append(rows[len(rows)-1], cells[1:]...)
		} else if cells[0] != "" {
			rows = append(rows, cells)
		}
	}
	return rows
}

// commas returns the elements of a list, trimmed.
func commas(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// uncomment removes the lines that begin with a hash.
func uncomment(law string) string {
	var b strings.Builder
	for line := range strings.Lines(law) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			fmt.Fprint(&b, line)
		}
	}
	return b.String()
}

func set(names []string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}
