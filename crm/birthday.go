package crm

import (
	"strings"
	"time"
)

// Age returns how old a customer is, in full years, on the calendar day that at
// is in its own location: give at.In(loc) for the shop's day. Who was born on 29
// February is a year older on 1 March of a common year. It is not ok when the
// birthday, or its year, is not known, or is still to come.
func (c *Customer) Age(at time.Time) (years int, ok bool) {
	y, m, d, ok := c.born()
	if !ok || y == 0 {
		return 0, false
	}
	year, month, day := at.Date()
	years = year - y
	if month < m || month == m && day < d {
		years--
	}
	return max(0, years), years >= 0
}

// NextBirthday returns the beginning of a customer's next birthday, in the
// location of at, of whose calendar days it is one: today's, when that is the
// birthday. In common years one of 29 February is on 1 March, when [Customer.Age]
// counts it. It is not ok when the birthday is not known, or the customer is not
// born yet.
func (c *Customer) NextBirthday(at time.Time) (day time.Time, ok bool) {
	y, m, d, ok := c.born()
	if !ok {
		return time.Time{}, false
	}
	if _, born := c.Age(at); y != 0 && !born {
		return time.Time{}, false
	}
	year, month, today := at.Date()
	if m, d := inYear(year, m, d); m < month || m == month && d < today {
		year++
	}
	m, d = inYear(year, m, d)
	return dayIn(year, m, d, at.Location()), true
}

// born returns the birthday; the year is 0 when that is not known.
func (c *Customer) born() (y int, m time.Month, d int, ok bool) {
	s := c.Birthday
	if rest, bare := strings.CutPrefix(s, "--"); bare {
		s = "2000-" + rest // a leap year
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, 0, 0, false
	}
	if y = t.Year(); strings.HasPrefix(c.Birthday, "--") {
		y = 0
	}
	return y, t.Month(), t.Day(), true
}

// inYear returns where a day of the calendar falls in a year.
func inYear(y int, m time.Month, d int) (time.Month, int) {
	t := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	return t.Month(), t.Day()
}

// dayIn returns when a day begins, which is not at midnight where clocks are
// changed then.
func dayIn(y int, m time.Month, d int, loc *time.Location) time.Time {
	for hour := 0; ; hour++ {
		if t := time.Date(y, m, d, hour, 0, 0, 0, loc); t.Day() == d || hour == 24 {
			return t
		}
	}
}
