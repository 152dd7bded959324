package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-9cb3708a/clientele/store"
)

// An episode is one committed transaction that read some lists and appended
// its own number to others.
type episode struct {
	id    int
	reads map[string][]int
	wrote []string
}

// historyIsSerializable runs transactions that append to lists, and looks for a
// cycle of dependencies between them. The lists themselves tell who wrote after
// whom and who read what from whom, so the check needs no clock.
func historyIsSerializable(s *suite) {
	const writers, each, lists = 8, 25, 4
	done := make([][]*episode, writers)
	s.together(writers, func(ctx context.Context, w int) error {
		dice := rand.New(rand.NewPCG(uint64(w), 2))
		for n := range each {
			var e *episode
			picks := dice.Perm(lists)[:3]
			write, byScan := dice.IntN(3), dice.IntN(4) == 0
			run := func(tx store.Tx) {
				e = &episode{id: 1 + w*each + n, reads: make(map[string][]int)}
				for _, p := range picks[:2] {
					key := fmt.Sprintf("list%d", p)
					e.reads[key] = parseList(listOf(s, tx, key, byScan))
				}
				for _, p := range picks[2-min(write, 1) : 2+write/2] { // none, one that it read, and one that it did not
					key := fmt.Sprintf("list%d", p)
					list := listOf(s, tx, key, false)
					e.reads[key] = parseList(list)
					put(tx, key, strings.TrimPrefix(list+","+strconv.Itoa(e.id), ","))
					e.wrote = append(e.wrote, key)
				}
			}
			var err error
			if write == 0 && byScan {
				err = s.st.View(ctx, func(_ context.Context, r store.Reader) error {
					run(readOnly{Reader: r})
					return nil
				})
			} else {
				err = s.st.Update(ctx, func(_ context.Context, tx store.Tx) error {
					run(tx)
					return nil
				})
			}
			if err != nil {
				return err
			}
			done[w] = append(done[w], e)
		}
		return nil
	})
	final := make(map[string][]int)
	s.view(func(r store.Reader) {
		for i := range lists {
			key := fmt.Sprintf("list%d", i)
			final[key] = parseList(listOf(s, r, key, false))
		}
	})
	checkHistory(s, slices.Concat(done...), final)
}

// listOf reads a list, by Get or by Scan.
func listOf(s *suite, r store.Reader, key string, byScan bool) string {
	if !byScan {
		return strings.TrimPrefix(get(r, key), "-")
	}
	pairs := scan(s, r, store.Prefix([]byte(key)))
	return strings.TrimPrefix(strings.Join(pairs, ""), key+"=")
}

func parseList(text string) (ids []int) {
	for id := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(id); err == nil {
			ids = append(ids, n)
		}
	}
	return ids
}

// checkHistory reports appends that were lost or doubled, reads of a list that
// never was, and cycles.
func checkHistory(s *suite, all []*episode, final map[string][]int) {
	next := make(map[int][]int) // who depends on whom: from → to
	for _, e := range all {
		for _, key := range e.wrote {
			n := 0
			for _, id := range final[key] {
				if id == e.id {
					n++
				}
			}
			if n != 1 {
				s.Errorf("transaction %d appended once to %s, found %d times in %v", e.id, key, n, final[key])
			}
		}
		for key, list := range e.reads {
			if len(list) > len(final[key]) || !slices.Equal(list, final[key][:len(list)]) {
				s.Errorf("transaction %d read %s = %v, which is no beginning of %v", e.id, key, list, final[key])
				continue
			}
			if len(list) > 0 {
				next[list[len(list)-1]] = append(next[list[len(list)-1]], e.id) // read what it wrote
			}
			if len(list) < len(final[key]) {
				next[e.id] = append(next[e.id], final[key][len(list)]) // read before it wrote
			}
		}
	}
	for _, list := range final {
		for i := 1; i < len(list); i++ {
			next[list[i-1]] = append(next[list[i-1]], list[i])
		}
	}
	const unseen, open, closed = 0, 1, 2
	state := make(map[int]int)
	var path []int
	var visit func(id int) bool
	visit = func(id int) bool {
		state[id] = open
		path = append(path, id)
		for _, n := range next[id] {
			if n == id { // its own append, right after what it read
				continue
			}
			if state[n] == open {
				s.Errorf("transactions depend on each other in a circle: %v", append(path[slices.Index(path, n):], n))
				return false
			}
			if state[n] == unseen && !visit(n) {
				return false
			}
		}
		path = path[:len(path)-1]
		state[id] = closed
		return true
	}
	for _, e := range all {
		if state[e.id] == unseen && !visit(e.id) {
			return
		}
	}
}
