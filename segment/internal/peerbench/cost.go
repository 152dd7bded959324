package peerbench

import (
	"cmp"
	"slices"
	"syscall"
	"time"
)

// A Cost is what something took of the process, and of the clock.
type Cost struct{ CPU, Wall time.Duration }

// enough is for how long a short thing is repeated: what a thread used is told
// to within some milliseconds.
const enough = 200 * time.Millisecond

// Measure returns what f takes once, on average over as many times as need be.
func Measure(f func() error) (Cost, error) {
	cpu, began := used(), time.Now()
	for n := 1; ; n++ {
		if err := f(); err != nil {
			return Cost{}, err
		}
		if wall := time.Since(began); wall >= enough {
			return Cost{(used() - cpu) / time.Duration(n), wall / time.Duration(n)}, nil
		}
	}
}

// used is what the process has used of all cores.
func used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Costs are those of some rounds.
type Costs []Cost

// Best returns the least CPU and the least wall.
func (c Costs) Best() Cost { return c.at(0) }

// Median returns the medians of CPU and wall.
func (c Costs) Median() Cost { return c.at(len(c) / 2) }

func (c Costs) at(place int) Cost {
	cpu := slices.SortedFunc(slices.Values(c), func(a, b Cost) int { return cmp.Compare(a.CPU, b.CPU) })
	wall := slices.SortedFunc(slices.Values(c), func(a, b Cost) int { return cmp.Compare(a.Wall, b.Wall) })
	return Cost{cpu[place].CPU, wall[place].Wall}
}
