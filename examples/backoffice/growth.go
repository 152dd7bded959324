package main

import (
	"fmt"
	"strings"

	"github.com/seed-9cb3708a/clientele/segment"
)

// A chart draws the days of a segment: how many were in it as a line above, and
// who came and left as bars below. Its units are those of its own box, which is
// stretched to what room there is.
type chart struct {
	Width, Height float64
	Line, Area    string // points
	Axis          string // the height from which the bars rise and fall
	Joined, Left  []bar
	Low, High     int // members at the lower and the upper edge of the line
	First, Last   segment.Day
	In, Out       int // who joined and left, in all
}

// A bar is a rectangle of a chart.
type bar struct{ X, Y, Width, Height string }

// The box of a chart: a day is so wide, the line has the upper part, and the
// bars have the lower.
const (
	dayWidth   = 10.0
	lineHeight = 100.0
	barsTop    = 110.0
	barsHeight = 50.0
)

// draw draws days, at least one.
func draw(days []segment.Day) *chart {
	c := &chart{Width: dayWidth * float64(len(days)), Height: barsTop + barsHeight, First: days[0], Last: days[len(days)-1]}
	c.Low, c.High = days[0].Members, days[0].Members
	rise, fall := 0, 0 // the most who joined and left on a day
	for _, d := range days {
		c.Low, c.High = min(c.Low, d.Members), max(c.High, d.Members)
		rise, fall = max(rise, d.Joined), max(fall, d.Left)
		c.In, c.Out = c.In+d.Joined, c.Out+d.Left
	}
	if c.Low <= c.High/2 || c.Low == c.High { // from nobody on, unless little of the line would be seen
		c.Low = 0
	}
	span := float64(max(c.High-c.Low, 1))
	unit := (barsHeight - 2) / float64(max(rise+fall, 1))
	axis := barsTop + 1 + unit*float64(rise)
	c.Axis = units(axis)
	var line []string
	for i, d := range days {
		x := dayWidth * (float64(i) + 0.5)
		line = append(line, units(x)+","+units(2+(lineHeight-4)*(1-float64(d.Members-c.Low)/span)))
		if h := unit * float64(d.Joined); h > 0 {
			c.Joined = append(c.Joined, bar{units(x - dayWidth*0.4), units(axis - h), units(dayWidth * 0.8), units(h)})
		}
		if h := unit * float64(d.Left); h > 0 {
			c.Left = append(c.Left, bar{units(x - dayWidth*0.4), units(axis), units(dayWidth * 0.8), units(h)})
		}
	}
	if len(days) == 1 { // a line needs two points
		_, y, _ := strings.Cut(line[0], ",")
		line = []string{"0," + y, units(c.Width) + "," + y}
	}
	c.Line = strings.Join(line, " ")
	from, _, _ := strings.Cut(line[0], ",")
	to, _, _ := strings.Cut(line[len(line)-1], ",")
	c.Area = fmt.Sprintf("%s,%s %s %s,%s", from, units(lineHeight), c.Line, to, units(lineHeight))
	return c
}

// units writes a length of a chart.
func units(n float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
}

// Told is what the chart shows, for those who do not see it.
func (c *chart) Told() string {
	return fmt.Sprintf("%s on %s, %s on %s; %s joined and %s left in between.",
		plural(c.First.Members, "member"), dateWords(c.First.Date), plural(c.Last.Members, "member"), dateWords(c.Last.Date), count(c.In), count(c.Out))
}
