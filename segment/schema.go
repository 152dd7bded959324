package segment

// The numbers of the tables, the first bytes of their keys.
const (
	tableSegments = 44
	tablePicks    = 45
)
