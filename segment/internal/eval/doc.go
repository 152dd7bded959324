// Package eval answers rules over the columns of package column: for everybody
// at once, as bitmaps of ordinals, and for one person, with the same operators.
//
// # What rules mean
//
// A rule is asked at an instant. Facts later than it have not happened: they
// count in nothing, number_of_orders and last_order_date included. What a
// person has beside facts, such as tags, is as it is now.
//
// Days begin at the first instant of a calendar day of the location, and weeks
// on Monday. A date is compared with a day, or with an offset of whole days, as
// day with day; with a moment, or with an offset that has hours or minutes, as
// instant with instant, to the millisecond. The spans of an offset are added
// one by one, days and longer to the calendar day (a month from 31 January is
// the last day of February) and hours and minutes to the instant; a day that an
// instant is moved to, and on which its time of day does not exist, gives what
// [time.Date] gives.
//
// Days(a, b) is how many calendar days b is after a, less than 0 when it is
// before. Age counts who was born on 29 February on 1 March of common years.
//
// Exact numbers and amounts are compared exactly with the decimals of rules,
// averages too: no average is rounded. Numbers that are floats are compared
// with the float nearest to the decimal. A sum beyond int64 is the nearest int64.
//
// The facts of a source stand in the order of time, and of one time in the
// order in which the person was given; of spend, sales stand before adjustments
// of that time and these before refunds. First and Last are the value of the
// first and the last of them, which may be lacking it; a comparison with one
// that has several is one with that fact. Sum, Average, Min, Max and Distinct leave out facts without a value.
// Distinct counts the elements of lists, and texts that differ in their case
// once where the vocabulary marks the field so. Position is 1 for the first
// sale of a person, whatever else the rule filters by.
//
// Periods counts back from today: of days, today is the first period; of weeks,
// the seven days that end with today; of months, the days after the one a month
// before today, through today.
//
// In a Sequence each step's fact is later than that of the step before, by at
// least After and at most Within; spans of days and longer are added to the
// instant by the calendar, keeping its time of day. A step with Not forbids
// facts later than that of the step before (at least After later, at most
// Within) and, when a step without Not follows, earlier than that one's fact.
// Of several Nots in a row all must hold, each measured from the fact before
// all of them. The last one's time ends now; with Within the sequence holds
// only when that time has passed: now is later than its end.
//
// Extreme takes, of those who have a value, Count, or Percent of them rounded
// up, and everybody with the same value as the last of them.
//
// Scores are of recency in calendar days since the last sale, of how many sales
// there were, and of what they cost with adjustments less refunds: all of them, or
// with Days of a scheme those that date >= -365d selects. Who has no such sale has
// no scores, and the group is the map's None. Where a scheme ranks first, equal
// values are told apart by the FNV-1a hash of the id, stirred as that of a bucket.
// The stage follows from the calendar days with a sale. What scores and stages
// follow from of everybody is in [Edges], which are as of an instant, and by which
// all are scored later: the age of a sale goes on growing, and scores of recency
// fall when days begin.
//
// A Bucket is the FNV-1a hash, of 64 bits, of salt, a zero byte and the id of
// the person, stirred by the finalizer of MurmurHash3, modulo 100,000,000, in
// millionths: from 0 to 99.999999.
package eval
