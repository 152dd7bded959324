package evaltest

import "time"

// Start returns the first instant of a day.
func (w *World) Start(year int, month time.Month, d int) int64 { return w.start(day{year, month, d}) }

// DayOf returns the day of an instant.
func (w *World) DayOf(ms int64) (year int, month time.Month, d int) {
	x := w.dayOf(ms)
	return x.year, x.month, x.day
}

// Zones are the locations that are drawn.
var Zones = zones[:]
