package evaltest

import (
	"runtime/debug"
	"slices"
)

// Cases returns how many cases a test goes through: n, and an eighth of n, at
// least one, in a program that looks for data races, which takes about eight
// times as long for each. Tests run without -race go through all of them.
func Cases[N int | uint64](n N) N {
	if build, ok := debug.ReadBuildInfo(); ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return max(1, n/8)
	}
	return n
}
