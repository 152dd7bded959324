package linkage

import (
	"cmp"
	"math"
	"slices"
)

// maxGroup is how many records may be told apart pair by pair; in a larger heap
// what was no candidate counts as different.
const maxGroup = 300

// maxLoose is how many pairs outside of groups a record is offered in.
const maxLoose = 10

// A grouping puts records that pairs tie together into groups that hang together.
type grouping struct {
	linker *Linker
	bar    float64
	sure   float64
	apart  func(a, b int) bool
	parent map[uint32]uint32
}

func (g *grouping) find(a uint32) uint32 {
	for {
		p, ok := g.parent[a]
		if !ok || p == a {
			return a
		}
		if q, ok := g.parent[p]; ok {
			g.parent[a] = q
		}
		a = p
	}
}

// group returns the pairs of all groups, each with its group, and the pairs that
// are likely enough and outside of them.
func (g *grouping) group(hits []hit) []Pair {
	g.parent = map[uint32]uint32{}
	for _, h := range hits {
		if a, b := g.find(h.a), g.find(h.b); a != b {
			g.parent[max(a, b)] = min(a, b)
		}
	}
	heaps := map[uint32][]hit{}
	var roots []uint32
	for _, h := range hits {
		r := g.find(h.a)
		if heaps[r] == nil {
			roots = append(roots, r)
		}
		heaps[r] = append(heaps[r], h)
	}
	slices.Sort(roots)
	var out []Pair
	for _, r := range roots {
		out = g.split(out, heaps[r])
	}
	return out
}

// A cluster is records that are taken for one person, so far.
type cluster struct {
	members []uint32
	closed  bool // two that contradict each other, to be looked at
}

// split appends the pairs of the groups that the records of a heap fall into, and
// the edges between these, of each record not more than maxLoose: those first that
// do not contradict each other themselves, and of these the most probable.
func (g *grouping) split(out []Pair, edges []hit) []Pair {
	type tie struct {
		Pair
		conflict bool
	}
	known := map[[2]uint32]Pair{}
	var ties []tie
	where := map[uint32]*cluster{}
	for _, e := range edges {
		p := g.linker.judge(e)
		if g.apart != nil && g.apart(p.A, p.B) {
			continue
		}
		known[[2]uint32{e.a, e.b}] = p
		ties = append(ties, tie{p, g.linker.index.Contradict(p.A, p.B)})
		for _, id := range [...]uint32{e.a, e.b} {
			if where[id] == nil {
				where[id] = &cluster{members: []uint32{id}}
			}
		}
	}
	slices.SortFunc(ties, func(s, t tie) int {
		switch {
		case s.conflict != t.conflict:
			if s.conflict {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(t.Probability, s.Probability), cmp.Compare(s.A, t.A), cmp.Compare(s.B, t.B))
	})
	pair := func(a, b uint32) (Pair, bool) {
		k := [2]uint32{min(a, b), max(a, b)}
		p, ok := known[k]
		if !ok && len(where) <= maxGroup {
			p, ok = g.linker.compare(k[0], k[1]), true
			known[k] = p
		}
		return p, ok
	}
	for _, t := range ties {
		a, b := where[uint32(t.A)], where[uint32(t.B)]
		if a == b || a.closed || b.closed || t.conflict && len(a.members)+len(b.members) > 2 {
			continue
		}
		sum, whole := 0.0, true
		for _, i := range a.members {
			for _, j := range b.members {
				p, ok := pair(i, j)
				switch {
				case !ok:
					sum -= 10
				case g.apart != nil && g.apart(int(i), int(j)), !t.conflict && g.linker.index.Contradict(int(i), int(j)):
					whole = false
				default:
					sum += min(max(odds(p.Probability), -10), 10)
				}
			}
		}
		if !whole || sum <= 0 && len(a.members)+len(b.members) > 2 {
			continue
		}
		a.members = append(a.members, b.members...)
		a.closed = t.conflict
		for _, j := range b.members {
			where[j] = a
		}
	}
	seen, loose := map[*cluster]bool{}, map[int]int{}
	for _, t := range ties {
		c, o := where[uint32(t.A)], where[uint32(t.B)]
		if c != o && loose[t.A] < maxLoose && loose[t.B] < maxLoose {
			loose[t.A]++
			loose[t.B]++
			t.Group, t.Conflict = -1, g.conflict(slices.Concat(c.members, o.members))
			out = append(out, t.Pair)
		}
		if seen[c] || len(c.members) < 2 {
			continue
		}
		seen[c] = true
		slices.Sort(c.members)
		safe, conflict := g.safe(c, pair), g.conflict(c.members)
		for i, a := range c.members {
			for _, b := range c.members[i+1:] {
				p, ok := known[[2]uint32{a, b}]
				if !ok {
					continue
				}
				p.Group, p.Conflict = int(c.members[0]), conflict
				p.Sure = !c.closed && safe[a] == safe[b]
				out = append(out, p)
			}
		}
	}
	return out
}

// safe divides a group into parts of which every pair is sure, and returns the
// number of each record's.
func (g *grouping) safe(c *cluster, pair func(a, b uint32) (Pair, bool)) map[uint32]int {
	part := map[uint32]int{}
	var parts [][]uint32
	for _, a := range c.members {
		at := slices.IndexFunc(parts, func(others []uint32) bool {
			return !slices.ContainsFunc(others, func(b uint32) bool {
				p, ok := pair(a, b)
				return !ok || p.Probability < g.sure || g.linker.index.Doubtful(int(a), int(b))
			})
		})
		if at < 0 {
			at = len(parts)
			parts = append(parts, nil)
		}
		parts[at] = append(parts[at], a)
		part[a] = at
	}
	return part
}

// conflict returns in what any of the members contradict each other.
func (g *grouping) conflict(members []uint32) Field {
	for i, a := range members {
		for _, b := range members[i+1:] {
			if f := g.linker.index.Conflict(int(a), int(b)); f != Fields {
				return f
			}
		}
	}
	return Fields
}

// odds returns the logarithm of the odds of a probability, in bits.
func odds(p float64) float64 {
	if p >= 1 {
		return math.Inf(1)
	}
	return math.Log2(p / (1 - p))
}

// Doubtful reports whether two records may be of a couple though all else agrees,
// as couples share homes, telephones and mailboxes: the given names are not the
// same, and no birth date tells that they are of one. Paul and Paula are as far
// from each other as a slip of the pen.
func (x *Index) Doubtful(i, j int) bool {
	a, b := &x.records[i], &x.records[j]
	given, _ := x.compareNames(a, b)
	return given < same[Given] && compareBirths(a.birth, b.birth) < YearOff
}

// Contradict reports whether two records cannot be one though all else agrees.
func (x *Index) Contradict(i, j int) bool { return x.Conflict(i, j) != Fields }

// Conflict returns in what two records contradict each other: Birth for different
// birth dates, Email for two accounts of one source with different e-mail
// addresses, Fields for nothing.
func (x *Index) Conflict(i, j int) Field {
	a, b := &x.records[i], &x.records[j]
	if compareBirths(a.birth, b.birth) == Different {
		return Birth
	}
	if a.account == 0 || a.account != b.account || a.mails[0].box == 0 || b.mails[0].box == 0 {
		return Fields
	}
	for _, m := range a.mails {
		for _, n := range b.mails {
			if m.box != 0 && m.box == n.box {
				return Fields
			}
		}
	}
	return Email
}
