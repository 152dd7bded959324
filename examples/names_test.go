package examples_test

import (
	"go/ast"
	"go/doc"
	"go/token"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Words that no exported type has in its name. The first seven say nothing; a
// User is the shop's login, and a Contact may be a person or a call.
const emptyWords = `Manager Service Helper Util Info Data Entity Model User Contact`

// How many exported types a package may have: a room that outgrows this is
// two rooms. What is not listed has about fifteen.
const sizes = `
	store · 40 · what shops build their own tables with
	crm   · 123 · the shared vocabulary: of customers, their orders, behavior, consents, traits and rights
	segment · 20 · rules, segments, and what is answered of them
	other · 18 · about fifteen
`

// How many methods an exported interface may have.
const methods = `
	store.Tx    · 9 · reads and writes in one value
	store.Shelf · 9 · what a Table is whatever its records are: rooms whose records are of two people, or are found again by themselves, wrap one
	other    · 6 · a driver can be written in an afternoon
`

// What a package with a doc.go shows: a page that is read in five minutes, and
// examples that run. (The functions of a kit for tests want a *testing.T: it
// shows none.)
const (
	shortestDoc, longestDoc = 40, 130
	fewestExamples          = 5
)

func TestNames(t *testing.T) {
	t.Run("a type has no empty word in its name", func(t *testing.T) {
		for s, spec := range exportedTypes(t) {
			for _, word := range camelWords(spec.Name.Name) {
				if listed(emptyWords, word) || listed(emptyWords, strings.TrimSuffix(word, "s")) {
					t.Errorf("%s: %s.%s: %q says nothing here: name it after what it is to the shop", at(spec), s.Name.Name, spec.Name.Name, word)
				}
			}
		}
	})
	t.Run("a name does not repeat its package", func(t *testing.T) {
		for s, name := range exportedNames(t) {
			if stutters(s.Name.Name, name.Name) {
				t.Errorf("%s: %s.%s stutters: leave the package's name out", at(name), s.Name.Name, name.Name)
			}
		}
	})
	t.Run("a package has few exported types", func(t *testing.T) {
		count := map[string]int{}
		for s := range exportedTypes(t) {
			if !strings.Contains(s.dir, "internal") {
				count[s.dir]++
			}
		}
		for dir, n := range count {
			if most := limit(t, sizes, dir); n > most {
				t.Errorf("%s exports %d types, %d are the most: unexport some, or make it two rooms", dir, n, most)
			}
		}
	})
	t.Run("an interface has few methods", func(t *testing.T) {
		local := map[string]*ast.InterfaceType{}
		for s, spec := range exportedTypes(t) {
			if it, ok := spec.Type.(*ast.InterfaceType); ok {
				local[s.dir+"."+spec.Name.Name] = it
			}
		}
		for name, it := range local {
			n, most := countMethods(it, strings.TrimSuffix(name, path.Ext(name)), local), limit(t, methods, name)
			if n > most {
				t.Errorf("%s: interface %s has %d methods, %d are the most: split it by ability", at(it), name, n, most)
			}
		}
	})
	t.Run("no init", func(t *testing.T) {
		for _, s := range sources(t) {
			for _, d := range s.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && !s.test && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: init runs in every program that imports us: do it in the constructor", at(f))
				}
			}
		}
	})
}

func TestDocuments(t *testing.T) {
	t.Run("every package has a comment", func(t *testing.T) {
		for dir, files := range packages(t) {
			if !slices.ContainsFunc(files, func(s *source) bool { return s.Doc != nil }) {
				t.Errorf("%s: say in one sentence above the package clause of doc.go (or main.go) what it is for", dir)
			}
		}
	})
	t.Run("every exported identifier has a comment", func(t *testing.T) {
		for dir, files := range packages(t) {
			if files[0].Name.Name == "main" {
				continue
			}
			for _, s := range files {
				for name, ident := range undocumented(s, exportedIn(files)) {
					t.Errorf("%s: %s.%s has no comment: say what it does and which errors it returns", at(ident), path.Base(dir), name)
				}
			}
		}
	})
	t.Run("doc.go is a page", func(t *testing.T) {
		for _, s := range sources(t) {
			if path.Base(s.path) == "doc.go" && !strings.Contains(s.dir, "internal") && (s.lines < shortestDoc || s.lines > longestDoc) {
				t.Errorf("%s has %d lines: tell in %d to %d what it is, the smallest program, concepts, transactions, errors, concurrency, compatibility", s.path, s.lines, shortestDoc, longestDoc)
			}
		}
	})
	t.Run("a package with a doc.go has runnable examples", func(t *testing.T) {
		tests := map[string][]*ast.File{}
		for _, s := range sources(t) {
			if s.test {
				tests[s.dir] = append(tests[s.dir], s.File)
			}
		}
		for _, s := range sources(t) {
			if path.Base(s.path) != "doc.go" || strings.Contains(s.dir, "internal") || kit(s.dir) {
				continue
			}
			n := 0
			for _, e := range doc.Examples(tests[s.dir]...) {
				if e.Output != "" || e.EmptyOutput {
					n++
				}
			}
			if n < fewestExamples {
				t.Errorf("%s has %d examples with an // Output: comment, %d are the fewest: show what a shop does with it", s.dir, n, fewestExamples)
			}
		}
	})
}

// exportedTypes yields the exported types of production code.
func exportedTypes(t *testing.T) iter.Seq2[*source, *ast.TypeSpec] {
	t.Helper()
	files := sources(t)
	return func(yield func(*source, *ast.TypeSpec) bool) {
		for _, s := range files {
			if s.test || s.Name.Name == "main" {
				continue
			}
			for _, d := range s.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.TYPE {
					continue
				}
				for _, spec := range g.Specs {
					if spec := spec.(*ast.TypeSpec); spec.Name.IsExported() && !yield(s, spec) {
						return
					}
				}
			}
		}
	}
}

// exportedNames yields the names of exported types and functions.
func exportedNames(t *testing.T) iter.Seq2[*source, *ast.Ident] {
	t.Helper()
	files, types := sources(t), exportedTypes(t)
	return func(yield func(*source, *ast.Ident) bool) {
		for s, spec := range types {
			if !yield(s, spec.Name) {
				return
			}
		}
		for _, s := range files {
			for _, d := range s.Decls {
				f, ok := d.(*ast.FuncDecl)
				if ok && !s.test && f.Recv == nil && f.Name.IsExported() && !yield(s, f.Name) {
					return
				}
			}
		}
	}
}

// exportedIn returns the names of a package's exported types.
func exportedIn(files []*source) map[string]bool {
	names := map[string]bool{}
	for _, s := range files {
		for _, d := range s.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					name := spec.(*ast.TypeSpec).Name
					names[name.Name] = name.IsExported()
				}
			}
		}
	}
	return names
}

// undocumented yields the exported functions, methods of exported types,
// types, constants and variables of a file that have no comment, by name. One
// at the end of the line will do, and for constants and variables that of
// their group.
func undocumented(s *source, exported map[string]bool) iter.Seq2[string, *ast.Ident] {
	return func(yield func(string, *ast.Ident) bool) {
		for _, d := range s.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				on := ""
				if d.Recv != nil {
					on = receiver(d.Recv.List[0].Type)
				}
				if d.Doc != nil || !d.Name.IsExported() || on != "" && !exported[on] {
					continue
				}
				if !yield(strings.TrimPrefix(on+"."+d.Name.Name, "."), d.Name) {
					return
				}
			case *ast.GenDecl:
				for _, name := range bare(d) {
					if name.IsExported() && !yield(name.Name, name) {
						return
					}
				}
			}
		}
	}
}

// bare returns the names that a declaration leaves without any comment.
func bare(d *ast.GenDecl) []*ast.Ident {
	var names []*ast.Ident
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if (d.Doc == nil || d.Lparen.IsValid()) && spec.Doc == nil && spec.Comment == nil {
				names = append(names, spec.Name)
			}
		case *ast.ValueSpec:
			if d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
				names = append(names, spec.Names...)
			}
		}
	}
	return names
}

// receiver returns the name of a receiver's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// countMethods counts the methods of an interface and of those it embeds from
// its own package; one of another package counts as one.
func countMethods(it *ast.InterfaceType, dir string, local map[string]*ast.InterfaceType) int {
	n := 0
	for _, field := range it.Methods.List {
		if name, ok := field.Type.(*ast.Ident); ok && local[dir+"."+name.Name] != nil {
			n += countMethods(local[dir+"."+name.Name], dir, local)
		} else {
			n += max(1, len(field.Names))
		}
	}
	return n
}

// limit returns a name's number in a law, or that of the others.
func limit(t *testing.T, law, name string) int {
	t.Helper()
	for _, line := range table(law) {
		if line[0] != name && line[0] != "other" {
			continue
		}
		n, err := strconv.Atoi(line[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 0
}

// camelWords splits a name: "HTTPUserData" is "HTTP", "User", "Data".
func camelWords(name string) []string {
	var words []string
	start := 0
	for i := 1; i <= len(name); i++ {
		switch {
		case i == len(name),
			upper(name[i]) && !upper(name[i-1]),
			upper(name[i]) && i+1 < len(name) && lower(name[i+1]):
			words = append(words, name[start:i])
			start = i
		}
	}
	return words
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func lower(c byte) bool { return 'a' <= c && c <= 'z' }

// stutters reports whether a name begins with the words of its package and
// goes on: ticket.TicketDesk does, ticket.Ticket and mail.Mailer do not.
func stutters(pkg, name string) bool {
	words := camelWords(name)
	for i := 1; i < len(words); i++ {
		if strings.EqualFold(strings.Join(words[:i], ""), pkg) {
			return true
		}
	}
	return false
}

func at(n ast.Node) token.Position { return positions.Position(n.Pos()) }
