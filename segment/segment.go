package segment

import "time"

// An ID names a segment: "seg_" and 26 characters, or whatever the shop gave it.
type ID string

// A Segment is a rule that has a name. Who is in it follows from the rule, and
// from [Catalog.Include] and [Catalog.Exclude], at every instant.
type Segment struct {
	ID          ID     `json:"id"`
	Name        string `json:"name"` // 1 to 120 bytes on one line; no other segment has it in letters of either case, for a name or an id
	Description string `json:"description,omitzero"`
	Rule        Rule   `json:"rule,omitzero"` // the zero Rule is true of nobody: a list of whom Include names

	Version   int       `json:"version"`    // of the rule: 1, and one more each time it changes
	RuledAt   time.Time `json:"ruled_at"`   // since when this version holds
	CreatedAt time.Time `json:"created_at"` // recorded
	UpdatedAt time.Time `json:"updated_at"` // last written
}
