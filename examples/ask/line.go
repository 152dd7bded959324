package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"

	"github.com/seed-9cb3708a/clientele/segment"
)

// A line is what is typed, with what could stand at its end.
type line struct {
	text, base string // base is the text before Tab
	next       []segment.Completion
	tabs       int
}

// press takes in a key: Tab is the next word, and again the next one instead.
func (s shop) press(ctx context.Context, l line, key rune) (line, error) {
	switch {
	case key == '\t' && len(l.next) > 0:
		c := l.next[l.tabs%len(l.next)]
		l.text, l.tabs = l.base[:c.From]+c.Text, l.tabs+1
		return l, nil
	case key == 127 || key == '\b':
		all := []rune(l.text)
		l.text = string(all[:max(len(all)-1, 0)])
	case key == 'U'-'@':
		l.text = ""
	case unicode.IsPrint(key):
		l.text += string(key)
	}
	next, err := s.catalog.Complete(ctx, l.text, len(l.text))
	return line{text: l.text, base: l.text, next: next}, err
}

// converse answers what is typed in the terminal, until Ctrl-C.
func (s shop) converse(ctx context.Context) error {
	in := int(os.Stdin.Fd())
	state, err := term.MakeRaw(in)
	if err != nil {
		return err
	}
	defer term.Restore(in, state)
	fmt.Print("A rule, such as number_of_orders >= 2. Tab goes on with it, Ctrl-C ends.\r\n")
	defer fmt.Print("\r\x1b[J")
	return s.answers(ctx, keys(os.Stdin), draw)
}

// keys yields what is pressed, without the arrows and other keys of several
// characters, and is closed when there is no more.
func keys(in io.Reader) <-chan rune {
	out := make(chan rune)
	go func() {
		defer close(out)
		for in := bufio.NewReader(in); ; {
			key, _, err := in.ReadRune()
			if key == '\x1b' && in.Buffered() > 1 {
				in.Discard(1) // [ or O
				for key = 0; err == nil && in.Buffered() > 0 && !unicode.IsLetter(key) && key != '~'; {
					key, _, err = in.ReadRune()
				}
				key = 0
			}
			if err != nil {
				return
			}
			out <- key
		}
	}()
	return out
}

// answers answers what is typed, until there are no more keys.
func (s shop) answers(ctx context.Context, keys <-chan rune, draw func(l line, told string)) error {
	l, err := s.press(ctx, line{}, 0)
	for told := ""; err == nil; {
		draw(l, told)
		key, ok := s.await(ctx, l, keys, func(answer string) {
			told = answer
			draw(l, told)
		})
		if !ok || key == 'C'-'@' {
			return nil
		}
		l, err = s.press(ctx, l, key)
	}
	return err
}

// await works on an answer beside the reading, and gives it up at the next key,
// which it returns.
func (s shop) await(ctx context.Context, l line, keys <-chan rune, tell func(string)) (rune, bool) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	answer := make(chan string, 1)
	go func() { answer <- s.answer(work, l.text) }()
	for {
		select {
		case told := <-answer:
			tell(told)
		case key, ok := <-keys:
			return key, ok
		}
	}
}

// draw shows all on a terminal, below each other and cut to its size.
func draw(l line, told string) {
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || width < 20 || height < 4 {
		width, height = 80, 24
	}
	rows := []string{"> " + l.text}
	if over := len([]rune(l.text)) + 3 - width; over > 0 {
		rows[0] = "> " + string([]rune(l.text)[over:])
	}
	for _, c := range l.next[:min(len(l.next), 6)] {
		rows = append(rows, fmt.Sprintf("      %-24s %s", c.Text, c.Meaning))
	}
	rows = append(rows, strings.Split(strings.TrimRight(told, "\n"), "\n")...)
	rows = rows[:min(len(rows), height-1)]
	for i, row := range rows {
		rows[i] = string([]rune(row)[:min(len([]rune(row)), width-1)])
	}
	up, right := strings.Repeat("\x1b[A", len(rows)-1), len([]rune(rows[0]))
	fmt.Printf("\r\x1b[J%s%s\r\x1b[%dC", strings.Join(rows, "\r\n"), up, right)
}
