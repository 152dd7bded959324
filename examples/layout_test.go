package examples_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What stands at the top of the tree: the rooms, these files, hidden ones, and
// what .gitignore names.
const topFiles = `go.mod go.sum README.md LICENSE CHANGELOG.md`

// A file holds one noun and is named after it. These names say nothing.
const emptyNames = `types.go utils.go common.go helpers.go interfaces.go`

// How long a file may be, in lines: a longer one is two files. A folder in the
// list may hold a main package of several files.
const (
	longest        = 600
	longestExample = 160
	// Packages of several files: the main job with a chapter a room, the web pages,
	// what is typed in a terminal, and what a shop tries on its own export.
	largeExamples = `examples/quickstart examples/backoffice examples/ask examples/crosssell`
)

func TestLayout(t *testing.T) {
	t.Run("the top level holds the rooms and the documents", func(t *testing.T) {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := e.Name()
			if name[0] == '.' || ignored(name) || e.IsDir() && slices.Contains(topRooms, name) || !e.IsDir() && listed(topFiles, name) {
				continue
			}
			t.Errorf("%s: the top level has no place for it: move it into the room it serves, or delete it", name)
		}
	})
	t.Run("there is no root package", func(t *testing.T) {
		for _, s := range sources(t) {
			if s.dir == "." {
				t.Errorf("%s: move it into a room", s.path)
			}
		}
	})
	t.Run("a file is named by its noun", func(t *testing.T) {
		noun := regexp.MustCompile(`^[a-z][a-z0-9_]*\.go$`)
		for _, s := range sources(t) {
			if base := path.Base(s.path); !noun.MatchString(base) || listed(emptyNames, base) {
				t.Errorf("%s: rename it to the lower-case noun it holds, or move each part beside the type it serves", s.path)
			}
		}
	})
	t.Run("no file is long", func(t *testing.T) {
		for _, s := range sources(t) {
			if !s.test && s.lines > longest {
				t.Errorf("%s has %d lines, %d are the most: split it by noun", s.path, s.lines, longest)
			}
		}
	})
	t.Run("an example is one short main.go", func(t *testing.T) {
		for dir, files := range packages(t) {
			if room(dir) != "examples" || listed(largeExamples, dir) {
				continue
			}
			switch {
			case dir == "examples":
				t.Errorf("%s: the folder examples holds the house tests only: move the program to examples/<name>/main.go", files[0].path)
			case strings.Count(dir, "/") != 1 || len(files) != 1 || path.Base(files[0].path) != "main.go" || files[0].Name.Name != "main":
				t.Errorf("%s: an example is package main in the one file %s/main.go: merge its files, or split it in two examples", dir, dir)
			case files[0].lines > longestExample:
				t.Errorf("%s has %d lines, about 150 are the most: show less", files[0].path, files[0].lines)
			}
		}
	})
}

// listed reports whether a list of words holds a name.
func listed(list, name string) bool { return slices.Contains(strings.Fields(list), name) }

// ignored reports whether .gitignore has a pattern for a top-level name.
func ignored(name string) bool {
	data, _ := os.ReadFile(filepath.Join(root, ".gitignore")) // no file, no pattern
	for pattern := range strings.FieldsSeq(string(data)) {
		if ok, _ := path.Match(strings.Trim(pattern, "/"), name); ok {
			return true
		}
	}
	return false
}
