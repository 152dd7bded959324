package rfm

import "slices"

// A Summary tells of the customers of one group.
type Summary struct {
	Name      string `json:"name"` // of the group; of who has no scores the map's None
	Title     string `json:"title,omitzero"`
	Customers int    `json:"customers"`
	Orders    int64  `json:"orders"`  // of theirs: the sum of Frequency
	Spent     int64  `json:"spent"`   // the sum of Monetary, in minor units
	Recency   int64  `json:"recency"` // the median of theirs, the lower of two; 0 of nobody
}

// Summarize returns a row for each name of a map, in the map's order, nobody's
// too, and a last one for those whom no group has, when there are any. Customers
// beyond the shortest slice are left out.
func (e Edges) Summarize(m Map, of Measures) []Summary {
	grid := m.Grid(e.Best())
	var rows []Summary
	row := func(name, title string) int {
		i := slices.IndexFunc(rows, func(s Summary) bool { return s.Name == name })
		if i < 0 {
			i, rows = len(rows), append(rows, Summary{Name: name, Title: title})
		}
		return i
	}
	rowOf := make([]int, len(m.Groups)+1) // of the groups, and of who is in none
	for i := range m.Groups {
		rowOf[i] = row(m.Groups[i].Name, m.Groups[i].Title)
	}
	named := len(rows)
	rowOf[len(m.Groups)] = row(m.None, "")
	recencies := make([][]int64, len(rows))
	for i := range min(len(of.Recency), len(of.Frequency), len(of.Monetary)) {
		s := e.Score(of.Recency[i], of.Frequency[i], of.Monetary[i], of.tie(i))
		group := grid.Group(s)
		if group < 0 {
			group = len(m.Groups)
		}
		r := &rows[rowOf[group]]
		r.Customers++
		if of.Frequency[i] > 0 {
			r.Orders = plus(r.Orders, of.Frequency[i])
			r.Spent = plus(r.Spent, of.Monetary[i])
			recencies[rowOf[group]] = append(recencies[rowOf[group]], of.Recency[i])
		}
	}
	for i, list := range recencies {
		if n := len(list); n > 0 {
			settle(list, []int{(n - 1) / 2})
			rows[i].Recency = list[(n-1)/2]
		}
	}
	if len(rows) > named && rows[named].Customers == 0 {
		rows = rows[:named]
	}
	return rows
}

// plus returns a + b, or the end of int64 that it is beyond.
func plus(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return 1<<63 - 1
	case a < 0 && b < 0 && sum >= 0:
		return -1 << 63
	}
	return sum
}
