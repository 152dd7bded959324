package crm_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// consenting is a book in a file with 100,000 customers who agreed to
// something, of whom every tenth is one person with the four that follow.
func consenting(b *testing.B) (book *crm.Book, alone, merged []crm.CustomerID) {
	b.Helper()
	book = openBook(b, "shop.db", nil)
	ids := make([]crm.CustomerID, sized(100_000))
	if _, err := book.Import(b.Context(), func(yield func(crm.Record, error) bool) {
		for i := range ids {
			ids[i] = crm.CustomerID("c" + strconv.Itoa(i))
			at := benchStart.Add(time.Duration(i) * time.Second)
			if !yield(crm.Record{Customer: &crm.Customer{ID: ids[i], FirstSeenAt: at}, Consents: []crm.Consent{
				{Channel: crm.ChannelEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, OccurredAt: at},
				{Channel: crm.ChannelSMS, Purpose: crm.PurposeMarketing, State: crm.ConsentDenied, OccurredAt: at},
				{Purpose: crm.PurposeProfiling, State: crm.ConsentGranted, OccurredAt: at},
			}}, nil) {
				return
			}
		}
	}, &crm.ImportOptions{Reject: func(_ crm.Record, err error) { b.Fatal(err) }}); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < 1000; i += 10 {
		for j := 1; j < 5; j++ {
			if _, err := book.Customers.Merge(b.Context(), ids[i+j], ids[i]); err != nil {
				b.Fatal(err)
			}
		}
		merged = append(merged, ids[i+3])
	}
	return book, ids[1000:], merged
}

// BenchmarkMaySend asks whether a message may be sent: to one of 100,000
// customers, to one of 100 who are five merged ids, and as it was a day before
// the entry that holds.
func BenchmarkMaySend(b *testing.B) {
	book, alone, merged := consenting(b)
	now := benchStart.AddDate(1, 0, 0)
	for _, bm := range []struct {
		name string
		ids  []crm.CustomerID
		at   time.Time
		want bool
	}{{"alone", alone, now, true}, {"x5", merged, now, true}, {"before", alone, benchStart.AddDate(0, 0, -1), false}} {
		b.Run(bm.name, func(b *testing.B) {
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				id := bm.ids[i*7919%len(bm.ids)]
				if ok, err := book.Consents.MaySend(b.Context(), id, crm.ChannelEmail, crm.PurposeMarketing, bm.at); ok != bm.want || err != nil {
					b.Fatalf("%s: %t, %v", id, ok, err)
				}
				i++
			}
		})
	}
}
