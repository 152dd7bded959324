package lifecycle

// A Stage is where somebody is in their life as a customer, as rules say it.
type Stage string

// The stages. The zero Stage is of who was not there.
const (
	Prospect Stage = "prospect" // has not bought
	New      Stage = "new"      // bought once, and may well come again
	Active   Stage = "active"   // bought again, and may well come again
	AtRisk   Stage = "at_risk"  // stays away longer than most who come back
	Lapsed   Stage = "lapsed"   // stays away longer than nearly all who come back
	Lost     Stage = "lost"     // will hardly come back
	WonBack  Stage = "won_back" // had lapsed or was lost, and bought again
)

// Thresholds are how long after an order somebody is at which stage. They
// ascend. The zero Thresholds call everybody lost: take those of
// [Policy.Learn] or [Policy.Default].
type Thresholds struct {
	AtRisk  int64 `json:"at_risk"`           // longer than this: at risk
	Lapsed  int64 `json:"lapsed"`            // longer than this: lapsed
	Lost    int64 `json:"lost"`              // longer than this: lost
	WonBack int64 `json:"won_back,omitzero"` // how long who came back after a lapse counts as won back; 0: till at risk
}

// Check returns what is wrong with thresholds as [Faults], nil for nothing.
func (t Thresholds) Check() error {
	var faults Faults
	if t.AtRisk < 1 {
		faults.add("at_risk", "1 or more", "%d", t.AtRisk)
	}
	if t.Lapsed <= t.AtRisk {
		faults.add("lapsed", "more than at_risk", "%d", t.Lapsed)
	}
	if t.Lost <= t.Lapsed {
		faults.add("lost", "more than lapsed", "%d", t.Lost)
	}
	if t.WonBack < 0 {
		faults.add("won_back", "0 or more", "%d", t.WonBack)
	}
	return faults.err()
}

// A History is what stages depend on: what had happened at the instant that
// they are asked for.
type History struct {
	Orders int64 // how many, those of one day as one; 0: has not bought
	First  int64 // time of the first
	Last   int64 // time of the last
	Gap    int64 // time between the last two, 0 of a single one
}

// Stage returns the stage at an instant, and the first instant at which time
// alone makes it another; ok is false when none does. Of calendar days, the
// stage changes when the day of until begins.
//
// Somebody who came back after a lapse is won back till the next order, or till
// WonBack has passed. An order after the instant is taken for one at it.
func (t Thresholds) Stage(at int64, h History) (s Stage, until int64, ok bool) {
	if h.Orders <= 0 {
		return Prospect, 0, false
	}
	lapsed, lost := max(t.Lapsed, t.AtRisk), max(t.Lost, t.Lapsed, t.AtRisk)
	away := max(less(at, h.Last), 0)
	end := func(s Stage, most int64) (Stage, int64, bool) { return s, plus(plus(h.Last, most), 1), true }
	switch {
	case away > lost:
		return Lost, 0, false
	case away > lapsed:
		return end(Lapsed, lost)
	case away > t.AtRisk:
		return end(AtRisk, lapsed)
	case h.Orders > 1 && h.Gap > lapsed:
		if won := min(or(t.WonBack, t.AtRisk), t.AtRisk); away <= won {
			return end(WonBack, won)
		}
	case h.Orders == 1:
		return end(New, t.AtRisk)
	}
	return end(Active, t.AtRisk)
}
