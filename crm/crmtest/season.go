package crmtest

import (
	"slices"
	"time"
)

const (
	minute = 60
	hour   = 3600
	day    = 86400 // seconds
)

// The weights of months and weekdays are in thousandths of an average day's.
var (
	months   = [12]int64{820, 800, 880, 920, 950, 930, 880, 840, 960, 1050, 1350, 1500}
	weekdays = [7]int64{1120, 1080, 1000, 980, 990, 900, 930} // from Sunday
	hours    = [24]int{3, 1, 1, 1, 1, 2, 5, 12, 20, 28, 32, 34, 40, 36, 32, 30, 32, 36, 42, 52, 60, 56, 34, 14}
)

// A season knows what the days of the shop are like.
type season struct {
	start  time.Time
	days   int
	demand []int64 // what was asked for before each day, in weights; one longer than days
	growth []int64 // how many came for the first time before each day
	month  []uint8 // 0 to 11
	sale   []uint8 // 0 none, 1 summer, 2 Black Friday week
	hour   [128]uint8
}

func newSeason(start time.Time, days int) *season {
	s := &season{
		start: start, days: days,
		demand: make([]int64, days+1), growth: make([]int64, days+1),
		month: make([]uint8, days), sale: make([]uint8, days),
	}
	for i := range days {
		t := start.AddDate(0, 0, i)
		month := t.Month() - 1
		w := months[month] * weekdays[t.Weekday()] / 1000
		switch fourth := fourthThursday(t); {
		case month == 10 && t.Day() > fourth && t.Day() <= fourth+4:
			w, s.sale[i] = w*23/10, 2
		case month == 6 && t.Day() <= 21:
			w, s.sale[i] = w*12/10, 1
		case month == 11 && t.Day() >= 24 && t.Day() <= 26:
			w = w * 4 / 10
		case month == 11 && t.Day() < 20:
			w = w * 13 / 10
		}
		s.month[i] = uint8(month)
		s.demand[i+1] = s.demand[i] + w
		s.growth[i+1] = s.growth[i] + w*int64(800+600*i/days)
	}
	total := 0
	for _, w := range hours {
		total += w
	}
	h, sum := 0, hours[0]
	for i := range s.hour {
		for i*total >= sum*len(s.hour) {
			h++
			sum += hours[h]
		}
		s.hour[i] = uint8(h)
	}
	return s
}

// fourthThursday returns its day in the month of t.
func fourthThursday(t time.Time) int {
	first := t.AddDate(0, 0, 1-t.Day())
	return 22 + (int(time.Thursday)-int(first.Weekday())+7)%7
}

// end returns the seconds from start to end.
func (s *season) end() int { return s.days * day }

// time returns the time so many seconds after the start.
func (s *season) time(at int) time.Time { return s.start.Add(time.Duration(at) * time.Second) }

// after returns when so much demand has passed since now, and end when it
// never will. The hour is left to be drawn.
func (s *season) after(now int, weights int64) int {
	i := now / day
	today := s.demand[i+1] - s.demand[i]
	want := s.demand[i] + today*int64(now%day)/day + weights
	if want >= s.demand[s.days] {
		return s.end()
	}
	return before(s.demand, want) * day
}

// arrival returns the day on which newcomer i of n comes.
func (s *season) arrival(i, n int) int {
	total := s.growth[s.days]
	return before(s.growth, (int64(i)*total+total/2)/int64(n))
}

// before returns the last position whose sum is not above x.
func before(sums []int64, x int64) int {
	i, _ := slices.BinarySearch(sums, x+1)
	return i - 1
}

// clock returns a second of the day as people keep them, in UTC, for people
// so many hours east of it.
func (s *season) clock(d *dice, east int) int {
	u := d.pcg.Uint64()
	at := (int(s.hour[u&127])-east)*hour + int((u>>8&0xFFFFFFFF)*hour>>32)
	return (at + day) % day
}
