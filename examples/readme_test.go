package examples_test

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the README shows is what the tree holds:
//
//   - A program, that is a ```go block with package main, stands right below a
//     line that names its file, most simply a comment that readers do not see:
//
//     <!-- examples/quickstart/main.go -->
//
//     It equals the file, or the file from its package clause on.
//
//   - Any other ```go block below such a line equals the lines between two
//     lines "// README" in that file, without their common indentation. A file
//     may have several such pairs.
//
//   - A ```go block without such a line parses, as a file or as statements.
//
//   - A block below a line <!-- output: go run ./examples/quickstart -->
//     equals what the program prints.
//
//   - An example that the README mentions exists.
//
// And what an example prints is in its testdata/output.txt, which
//
//	go test ./examples -run TestExamples -update
//
// writes; or the example has a test of its own.
const (
	firstCode = 15 // the line by which the README shows code
	marker    = "// README"
)

var update = flag.Bool("update", false, "write examples/*/testdata/output.txt")

var (
	fileLine    = regexp.MustCompile(`examples/[a-z0-9_]+/[a-z0-9_]+\.go`)
	outputLine  = regexp.MustCompile(`<!-- output: go run \./examples/([a-z0-9_]+) -->`)
	exampleName = regexp.MustCompile(`\bexamples/([a-z0-9_]+)`)
)

func TestReadme(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: THERE IS NO README.md YET; its laws begin with it")
	} else if err != nil {
		t.Fatal(err)
	}
	readme := strings.ReplaceAll(string(data), "\r\n", "\n")
	blocks := fences(readme)

	t.Run("code begins early", func(t *testing.T) {
		if !slices.ContainsFunc(blocks, func(b fence) bool { return b.lang == "go" && b.line <= firstCode }) {
			t.Errorf("README.md has no go block by line %d: begin with the program", firstCode)
		}
	})
	t.Run("a program is an example", func(t *testing.T) {
		for _, b := range blocks {
			if b.lang != "go" || !isMain(b.text) {
				continue
			}
			name := fileLine.FindString(b.above)
			if name == "" {
				t.Errorf("README.md:%d: say whose program this is: put <!-- examples/<name>/main.go --> in the line above it", b.line)
				continue
			}
			want := unmarked(t, read(t, name), !strings.HasPrefix(b.text, "package "))
			if diff := cmp.Diff(want, b.text); diff != "" {
				t.Errorf("README.md:%d: this is not %s: copy the file here (-want +got):\n%s", b.line, name, diff)
			}
		}
	})
	t.Run("a piece of a program is in an example", func(t *testing.T) {
		for _, b := range blocks {
			name := fileLine.FindString(b.above)
			if b.lang != "go" || isMain(b.text) || name == "" {
				continue
			}
			if pieces := regions(read(t, name)); !slices.Contains(pieces, b.text) {
				t.Errorf("README.md:%d: this is nowhere in %s between two lines %q: copy it from there (-want +got):\n%s", b.line, name, marker, cmp.Diff(strings.Join(pieces, marker+"\n"), b.text))
			}
		}
	})
	t.Run("other code parses", func(t *testing.T) {
		for _, b := range blocks {
			if b.lang != "go" {
				continue
			}
			if err := parses(b.text); err != nil {
				t.Errorf("README.md:%d: this is neither a file nor declarations nor statements: %v", b.line, err)
			}
		}
	})
	t.Run("output is what the program prints", func(t *testing.T) {
		for _, b := range blocks {
			m := outputLine.FindStringSubmatch(b.above)
			if m == nil {
				continue
			}
			if testing.Short() {
				t.Skip("skipped: -short runs no example")
			}
			if diff := cmp.Diff(trimmed(output(t, m[1])), trimmed(b.text)); diff != "" {
				t.Errorf("README.md:%d: examples/%s prints something else: copy its output here (-want +got):\n%s", b.line, m[1], diff)
			}
		}
	})
	t.Run("an output comment has its block", func(t *testing.T) {
		n := 0
		for _, b := range blocks {
			if outputLine.MatchString(b.above) {
				n++
			}
		}
		if all := len(outputLine.FindAllString(readme, -1)); n != all {
			t.Errorf("README.md has %d output comments, %d of them right above a block: put the others there", all, n)
		}
	})
	t.Run("an example that is mentioned exists", func(t *testing.T) {
		for _, m := range exampleName.FindAllStringSubmatch(readme, -1) {
			if _, err := os.Stat(m[1]); err != nil && m[1] != "house_test" {
				t.Errorf("README.md mentions %s, which is not there: correct the name, or write the example", m[0])
			}
		}
	})
}

func TestExamples(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(exampleDirs(t))) {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join(name, "testdata", "output.txt")
			want, err := os.ReadFile(golden)
			switch {
			case testing.Short():
				t.Skip("skipped: -short runs no example")
			case *update && (err == nil || !exampleDirs(t)[name]):
				if err := os.MkdirAll(filepath.Dir(golden), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(output(t, name)), 0o666); err != nil {
					t.Fatal(err)
				}
			case errors.Is(err, fs.ErrNotExist) && exampleDirs(t)[name]:
				// It has a test of its own.
			case err != nil:
				t.Errorf("nobody checks what examples/%s prints: run go test ./examples -run TestExamples/%[1]s -update, or give it a test of its own", name)
			default:
				if diff := cmp.Diff(trimmed(string(want)), trimmed(output(t, name))); diff != "" {
					t.Errorf("examples/%s prints something else than %s: mend the program, or run with -update (-want +got):\n%s", name, golden, diff)
				}
			}
		})
	}
}

// exampleDirs returns the folders of examples that hold Go files, and whether
// they hold a test.
func exampleDirs(t *testing.T) map[string]bool {
	t.Helper()
	dirs := map[string]bool{}
	for _, s := range sources(t) {
		if below, ok := strings.CutPrefix(s.dir, "examples/"); ok {
			name, _, _ := strings.Cut(below, "/")
			dirs[name] = dirs[name] || s.test
		}
	}
	return dirs
}

var (
	outputs   = map[string]string{} // by example, each is run once
	outputsMu sync.Mutex
)

// output builds an example and runs it in an empty folder of its own, so that
// the files it makes do not stay, and returns what it printed.
func output(t *testing.T, name string) string {
	t.Helper()
	outputsMu.Lock()
	defer outputsMu.Unlock()
	if out, ok := outputs[name]; ok {
		return out
	}
	dir := t.TempDir()
	exe := filepath.Join(t.TempDir(), name+".exe") // the ending serves Windows and harms nobody
	golang(t, "build", "-buildvcs=false", "-o", exe, "./examples/"+name)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "TMP="+dir, "PWD="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("examples/%s: %v\n%s%s", name, err, out, stderr(err))
	}
	outputs[name] = strings.ReplaceAll(string(out), "\r\n", "\n")
	return outputs[name]
}

// A fence is a block of the README between two lines of backquotes.
type fence struct {
	lang, text string
	line       int    // of the first backquotes
	above      string // the nearest line above that is not empty
}

func fences(markdown string) []fence {
	var blocks []fence
	var open *fence
	above, n := "", 0
	for line := range strings.SplitSeq(markdown, "\n") {
		n++
		lang, edge := strings.CutPrefix(line, "```")
		switch {
		case open != nil && edge:
			blocks = append(blocks, *open)
			open, above = nil, ""
		case open != nil:
			open.text += line + "\n"
		case edge:
			open = &fence{lang: strings.TrimSpace(lang), line: n, above: above}
		case strings.TrimSpace(line) != "":
			above = line
		}
	}
	return blocks
}

// isMain reports whether a text is a file of package main.
func isMain(text string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly)
	return err == nil && f.Name.Name == "main"
}

// read returns a file that the README shows.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatalf("README.md shows %s: %v", name, err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// unmarked returns a program without the lines that mark its regions, from
// its package clause on if the comment above is not wanted.
func unmarked(t *testing.T, file string, comment bool) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(file) {
		if strings.TrimSpace(line) != marker {
			fmt.Fprint(&b, line)
		}
	}
	file = b.String()
	if comment {
		return file
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", file, parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return file[fset.Position(f.Package).Offset:]
}

// regions returns what stands between each first and second marker of a file,
// without the indentation that its lines share.
func regions(file string) []string {
	var pieces []string
	var open []string
	inside := false
	for line := range strings.Lines(file) {
		if strings.TrimSpace(line) != marker {
			if inside {
				open = append(open, line)
			}
			continue
		}
		if inside {
			pieces = append(pieces, dedent(open))
			open = nil
		}
		inside = !inside
	}
	return pieces
}

func dedent(lines []string) string {
	shared := -1
	for _, line := range lines {
		if tabs := len(line) - len(strings.TrimLeft(line, "\t")); line != "\n" && (shared < 0 || tabs < shared) {
			shared = tabs
		}
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprint(&b, line[min(max(shared, 0), len(line)-1):])
	}
	return b.String()
}

// parses reports why a text is neither a file, nor declarations, nor
// statements.
func parses(text string) error {
	var err error
	for _, wrap := range []string{"%s", "package p\n%s", "package p\nfunc _() {\n%s\n}"} {
		var f *ast.File
		if f, err = parser.ParseFile(token.NewFileSet(), "", fmt.Sprintf(wrap, text), parser.SkipObjectResolution); f != nil && err == nil {
			return nil
		}
	}
	return err
}

// trimmed removes the spaces at the ends of lines and the lines at the end.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintln(&b, strings.TrimRight(line, " \t"))
	}
	return b.String()
}
