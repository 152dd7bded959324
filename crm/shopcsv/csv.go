package shopcsv

import (
	"bufio"
	"io"
	"strings"
)

// A csvWriter writes rows as RFC 4180 has it, with line feeds, cells defused.
type csvWriter struct{ w *bufio.Writer }

func newCSVWriter(w io.Writer) *csvWriter { return &csvWriter{bufio.NewWriter(w)} }

func (w *csvWriter) row(cells []string) {
	for i, cell := range cells {
		if i > 0 {
			w.w.WriteByte(',')
		}
		cell = defuse(cell)
		// A lone blank cell would be a blank line; spaces at the ends would be trimmed.
		if !strings.ContainsAny(cell, ",\"\r\n") && strings.TrimSpace(cell) == cell && (cell != "" || len(cells) > 1) {
			w.w.WriteString(cell)
			continue
		}
		w.w.WriteByte('"')
		w.w.WriteString(strings.ReplaceAll(cell, `"`, `""`))
		w.w.WriteByte('"')
	}
	w.w.WriteByte('\n')
}

func (w *csvWriter) flush() error { return w.w.Flush() }
