package crmtest

import "strconv"

// ink writes several texts into one piece of memory.
type ink struct {
	b    []byte
	ends [8]int
	n    int
}

func (k *ink) write(s string) { k.b = append(k.b, s...) }
func (k *ink) put(c byte)     { k.b = append(k.b, c) }
func (k *ink) since() []byte  { return k.b[k.from():] }
func (k *ink) number(n int)   { k.b = strconv.AppendInt(k.b, int64(n), 10) }

// from returns where the current text begins.
func (k *ink) from() int {
	if k.n == 0 {
		return 0
	}
	return k.ends[k.n-1]
}

// end ends the current text.
func (k *ink) end() {
	k.ends[k.n] = len(k.b)
	k.n++
}

// dry returns the texts, and begins anew.
func (k *ink) dry() (texts [8]string) {
	s, from := string(k.b), 0
	for i, to := range k.ends[:k.n] {
		texts[i] = s[from:to]
		from = to
	}
	k.b, k.n = k.b[:0], 0
	return texts
}
