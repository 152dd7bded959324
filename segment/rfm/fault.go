package rfm

import (
	"fmt"
	"strings"
)

// A Fault is one thing that is wrong with a [Scheme] or a [Map].
type Fault struct {
	Path string // where: "frequency.edges[2]", "groups[3].fm"
	Got  string // what stands there
	Want string // what could
}

// String tells where, what, and what instead.
func (f Fault) String() string { return fmt.Sprintf("%s: %s: want %s", f.Path, f.Got, f.Want) }

// Faults are all that is wrong. They are the errors of this package.
type Faults []Fault

// Error lists the faults.
func (f Faults) Error() string {
	list := make([]string, len(f))
	for i := range f {
		list[i] = f[i].String()
	}
	return strings.Join(list, "; ")
}

// add adds a fault.
func (f *Faults) add(path, want, got string, args ...any) {
	*f = append(*f, Fault{Path: path, Got: fmt.Sprintf(got, args...), Want: want})
}

// err returns the faults, nil when there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
