package quality

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A Report tells what the book knows of persons, and what is wrong with that. It
// holds ids and numbers, and no personal data, so it may be mailed and kept.
type Report struct {
	At       time.Time `json:"at"`       // the day that ages and stale data are told for
	Persons  int       `json:"persons"`  // customers, those who were merged once, and none who was erased
	Fields   []Field   `json:"fields"`   // in the order of a customer's record
	Findings []Finding `json:"findings"` // the worst first; none that was found nowhere
}

// A Field is how well one thing is known of persons.
type Field struct {
	Name    string `json:"name"` // as in the JSON of [crm.Customer]; "name" is given name, family name and company
	Have    int    `json:"have"` // persons of whom it is known, rightly or not
	Missing int    `json:"missing"`
	Bad     int    `json:"bad"`   // of those who have it: with a fault of severity medium or high but Stale
	Stale   int    `json:"stale"` // of those who have it
}

// A Severity is how much a finding matters.
type Severity string

// The severities, the worst first.
const (
	High   Severity = "high"   // it does harm: messages get lost, or go to who must not have them
	Medium Severity = "medium" // it misleads: numbers and segments that are made of it are wrong
	Low    Severity = "low"    // it could be better
)

func (s Severity) rank() int { return slices.Index([]Severity{High, Medium, Low}, s) }

// A Fault is what is wrong.
type Fault string

// The faults. What counts as one, the package's documentation tells.
const (
	Missing     Fault = "missing"
	Unreachable Fault = "unreachable" // neither e-mail address nor phone number nor postal address
	Invalid     Fault = "invalid"     // it cannot be one
	Incomplete  Fault = "incomplete"  // a part of it is missing
	Placeholder Fault = "placeholder" // a word that stands for nothing
	NotName     Fault = "not_a_name"  // a number or an e-mail address
	Role        Fault = "role"        // an address of an office, not of a person
	Disposable  Fault = "disposable"
	Unknown     Fault = "unknown" // no code that is known; of a phone number, that of its country
	Future      Fault = "future"
	TooOld      Fault = "too_old"
	Stale       Fault = "stale"      // nobody has confirmed it for long
	Duplicate   Fault = "duplicate"  // several persons have it
	Unverified  Fault = "unverified" // somebody typed it, and nobody has proved it
	Unproven    Fault = "unproven"   // a grant that nobody can show to a court
	Stray       Fault = "stray"      // of nobody, though it says how somebody is reached
)

// A Finding is one fault of one field.
type Finding struct {
	Field    string   `json:"field"` // as of a [Field], or "address.postcode", "address.country", "identity.…", "consent", "order"
	Fault    Fault    `json:"fault"`
	Severity Severity `json:"severity"`
	// Count is how many persons have the fault. Of Duplicate it is how many
	// values several persons have, of Unverified how many identities, of
	// Unproven how many consents, of Stray how many orders.
	Count int `json:"count"`
	// Customers are some of the persons, those first seen first; of Duplicate,
	// those who share a value follow each other.
	Customers []crm.CustomerID `json:"customers,omitzero"`
	Orders    []crm.OrderID    `json:"orders,omitzero"` // some of the orders, of Stray
}

// Find returns what was found of a field, nil when nothing was.
func (r *Report) Find(field string, fault Fault) *Finding {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Field == field && f.Fault == fault {
			return f
		}
	}
	return nil
}

// Field returns how well a field is known, nil for one that there is not.
func (r *Report) Field(name string) *Field {
	for i := range r.Fields {
		if r.Fields[i].Name == name {
			return &r.Fields[i]
		}
	}
	return nil
}

// String returns the report as text for a terminal, without the samples.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d persons on %s\n\n", r.Persons, r.At.Format(time.DateOnly))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "field\thave\t\tmissing\tbad\tstale\t")
	for _, f := range r.Fields {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\t%d\t\n", f.Name, f.Have, share(f.Have, r.Persons), f.Missing, f.Bad, f.Stale)
	}
	w.Flush()
	if len(r.Findings) == 0 {
		b.WriteString("\nnothing is wrong\n")
		return b.String()
	}
	b.WriteByte('\n')
	w = tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", f.Severity, f.Field, strings.ReplaceAll(string(f.Fault), "_", " "), f.Count)
	}
	w.Flush()
	return b.String()
}

// share is how many of all, in percent.
func share(n, all int) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(all))
}

// sort brings the findings into their order.
func (r *Report) sort() {
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Fault, b.Fault))
	})
}
