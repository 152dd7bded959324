package segment

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Completion is what could stand at a place of the text of a rule.
type Completion struct {
	Text    string `json:"text"`             // as it is written; a name that ends with a point goes on
	Kind    string `json:"kind"`             // field, source, function, keyword, operator or value
	Meaning string `json:"meaning,omitzero"` // in a few words
	From    int    `json:"from"`             // Text takes the place of what stands from here
	To      int    `json:"to"`               // to here, in bytes of the text
}

// Complete tells what could stand at a place of the text of a rule, in bytes from
// its beginning, which may be half written and wrong elsewhere: fields and facts,
// functions, keywords, the operators that fit, and values that there are: of tags,
// kinds, categories, channels and all other texts the most frequent. What stands
// there of a word already has to fit, in letters of either case: the beginning
// first, then that of a later word. The likeliest are first, at most 100. Nil is
// that nothing fits, or that only the shop can know, such as a number.
//
// Where nothing is wrong before the place, whatever is told can be gone on with to
// a rule. Complete is made to be called at each key: it tells what the columns
// know already, and looks at what is frequent once a minute, at some 65,000
// customers from all over. It returns an error of the store, where the columns
// have to be made first.
func (c *Catalog) Complete(ctx context.Context, text string, offset int) ([]Completion, error) {
	k := c.columns.known.Load()
	if k == nil {
		var err error
		if k, err = c.fresh(ctx); err != nil {
			return nil, wrap("Complete", "", err)
		}
	}
	shop := rule.Shop{
		Names: func(source, prefix string) []string { return k.base.Names(prefix) },
		Values: func(source string, w rule.Word, typed string) []rule.Option {
			if source == "" && w.Name == "segments" {
				return k.names(typed)
			}
			return c.columns.texts.fitting(k.base, c.book.Now(), source, w, typed)
		},
	}
	options, from, to := rule.Complete(text, offset, k.vocabulary, shop)
	var list []Completion
	for _, o := range options[:min(len(options), maxCompletions)] {
		list = append(list, Completion{o.Text, o.Class, o.Meaning, from, to})
	}
	return list, nil
}

// maxCompletions is how many there are at most.
const maxCompletions = 100

// names returns the segments of which the name fits what was typed, by name.
func (k *known) names(typed string) []rule.Option {
	var list []rule.Option
	for _, d := range k.definitions {
		if rule.Fit(strings.ToLower(d.Name), typed) >= 0 {
			list = append(list, rule.Option{Text: d.Name, Meaning: firstLine(d.Description)})
		}
	}
	slices.SortFunc(list, func(a, b rule.Option) int { return strings.Compare(fold(a.Text), fold(b.Text)) })
	return list
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}

// texts are those of fields, the most frequent first, as they were a while ago.
// The zero value has none yet.
type texts struct {
	mu   sync.Mutex
	base *column.Base // of which they are
	of   map[[2]string]*frequent
}

// frequent are the texts of a field.
type frequent struct {
	at    time.Time
	list  []column.Frequency
	small []string // in small letters
}

// How long texts are remembered, and how many of a field.
const (
	remembered  = time.Minute
	rememberedN = 10_000
)

// fitting returns the texts of a field that fit what was typed.
func (t *texts) fitting(base *column.Base, now time.Time, source string, w rule.Word, typed string) []rule.Option {
	if source == "" && w.Key { // ids of customers and of groups say nothing
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.base != base {
		t.base, t.of = base, map[[2]string]*frequent{}
	}
	name := [2]string{source, w.Name}
	f := t.of[name]
	if f == nil || now.Sub(f.at) >= remembered || now.Before(f.at) {
		f = &frequent{at: now, list: base.Frequent(source, w.Name, w.Folded, rememberedN)}
		for _, v := range f.list {
			f.small = append(f.small, strings.ToLower(v.Text))
		}
		t.of[name] = f
	}
	var first, then []rule.Option
	for i, v := range f.list {
		o := rule.Option{Text: v.Text, Meaning: v.Title}
		switch at := rule.Fit(f.small[i], typed); {
		case at == 0:
			if first = append(first, o); len(first) == maxCompletions {
				return first
			}
		case at > 0 && len(then) < maxCompletions:
			then = append(then, o)
		}
	}
	return append(first, then...)
}
