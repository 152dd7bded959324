package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/segment"
)

// A fault is something that is wrong with the text of a rule.
type fault struct{ segment.Fault }

// Place tells where it is, to whoever asks for it to be mended.
func (f *fault) Place() string { return fmt.Sprintf("%d:%d", f.Line, f.Column) }

// Text tells what is wrong, in a sentence.
func (f *fault) Text() string {
	got := "the text ends"
	if f.Got != "" {
		got = "“" + short(f.Got) + "” cannot stand here"
	}
	if f.Want == "" {
		return capital(got)
	}
	return capital(got) + ": want " + f.Want
}

// short cuts what is too long to be read.
func short(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// faultsOf returns what an error says of a rule, nil for any other error.
func faultsOf(err error) []*fault {
	wrong, ok := errors.AsType[*segment.RuleError](err)
	if !ok {
		return nil
	}
	var list []*fault
	for _, f := range wrong.Faults {
		list = append(list, &fault{f})
	}
	return list
}

// A piece is a part of a rule's text, which is wrong or not.
type piece struct {
	Text string
	Bad  bool
}

// pieces cuts a text at its faults. Where something is missing a space is marked.
func pieces(text string, faults []*fault) []piece {
	type stretch struct{ from, to int }
	var bad []stretch
	for _, f := range faults {
		if from, ok := offset(text, f.Line, f.Column); ok {
			to := from
			if strings.HasPrefix(text[from:], f.Got) {
				to += len(f.Got)
			}
			bad = append(bad, stretch{from, to})
		}
	}
	slices.SortFunc(bad, func(a, b stretch) int { return a.from - b.from })
	var list []piece
	done := 0
	for _, s := range bad {
		if s.from < done {
			continue // it stands within another
		}
		if s.from > done {
			list = append(list, piece{text[done:s.from], false})
		}
		list = append(list, piece{text[s.from:s.to], true})
		done = s.to
	}
	if done < len(text) {
		list = append(list, piece{text[done:], false})
	}
	return list
}

// offset returns where a line and a column are in a text, in bytes.
func offset(text string, line, column int) (at int, ok bool) {
	for ; line > 1; line-- {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return 0, false
		}
		at += n + 1
	}
	for ; column > 1; column-- {
		if at >= len(text) {
			return 0, false
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	return at, line == 1 && column == 1
}

// mend puts what was perhaps meant at the place of a fault; a text that has no
// such fault any more stays as it is.
func mend(text string, faults []*fault, place string) string {
	for _, f := range faults {
		if f.Place() != place || f.Suggestion == "" {
			continue
		}
		if at, ok := offset(text, f.Line, f.Column); ok && strings.HasPrefix(text[at:], f.Got) {
			return text[:at] + f.Suggestion + text[at+len(f.Got):]
		}
	}
	return text
}
