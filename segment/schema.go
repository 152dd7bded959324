package segment

// The numbers of the tables, the first bytes of their keys.
const (
	tableSegments    = 44
	tablePicks       = 45
	tableTransitions = 46
	tableDays        = 47
	tableRolls       = 48
	tableSheets      = 49
	tableTurns       = 50
	tableDrafts      = 51
	tableEdges       = 52
)
