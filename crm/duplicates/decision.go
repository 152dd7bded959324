package duplicates

import (
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
)

// A Verdict says whether two customers are one person.
type Verdict string

// The verdicts.
const (
	Same      Verdict = "same"      // they are, and were merged
	Different Verdict = "different" // they are not, and are never offered again
)

// A Decision is what somebody, or [Finder.MergeAutomatic], found about two
// customers. It holds for the persons whom they are of, whoever else is merged
// into these.
type Decision struct {
	A         crm.CustomerID `json:"a"` // the smaller id
	B         crm.CustomerID `json:"b"`
	Verdict   Verdict        `json:"verdict"`
	Automatic bool           `json:"automatic,omitzero"`
	Actor     string         `json:"actor,omitzero"` // who decided: see crm.WithActor
	DecidedAt time.Time      `json:"decided_at"`
}

func decisionFields(c *store.Coder, d *Decision) {
	store.String(c, 1, &d.A)
	store.String(c, 2, &d.B)
	store.String(c, 3, &d.Verdict)
	store.Bool(c, 4, &d.Automatic)
	store.String(c, 5, &d.Actor)
	store.Time(c, 6, &d.DecidedAt)
}

// ordered returns two ids, the smaller one first.
func ordered(a, b crm.CustomerID) (crm.CustomerID, crm.CustomerID) { return min(a, b), max(a, b) }
