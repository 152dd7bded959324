package quality_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/quality"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
)

// BenchmarkCheck looks through a book of customers of whom all is known, each
// with a consent and a card, and a tenth with faults.
func BenchmarkCheck(b *testing.B) {
	scales := []int{100_000}
	switch os.Getenv("CLIENTELE_SCALE") {
	case "full":
		scales = append(scales, 1_000_000)
	case "smoke":
		scales = []int{5_000}
	}
	for _, n := range scales {
		b.Run(strconv.Itoa(n/1000)+"k", func(b *testing.B) {
			st, err := boltstore.Open(filepath.Join(b.TempDir(), "shop.db"), nil)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { st.Close() })
			book, err := crm.New(st, nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := book.Import(b.Context(), people(n), nil); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			runs := 0
			for b.Loop() {
				r, err := quality.Check(b.Context(), book, nil)
				if err != nil || r.Persons != n || r.Find("email", quality.Invalid).Count != n/10 {
					b.Fatalf("report %+v, error %v", r, err)
				}
				runs++
			}
			b.ReportMetric(float64(runs*n)/b.Elapsed().Seconds(), "customers/s")
		})
	}
}

// people yields n customers.
func people(n int) func(func(crm.Record, error) bool) {
	return func(yield func(crm.Record, error) bool) {
		at := time.Now().AddDate(-1, 0, 0)
		for i := range n {
			c := sound(i)
			c.ID, c.Phone = "", fmt.Sprintf("020 %08d", i)
			c.FirstSeenAt = at.Add(time.Duration(i) * time.Second)
			if i%10 == 0 {
				c.Email = fmt.Sprintf("ada%d@localhost", i)
			}
			if !yield(crm.Record{
				Customer:   &c,
				Consents:   []crm.Consent{{Purpose: crm.PurposeMarketing, Channel: crm.ChannelEmail, State: crm.ConsentGranted, Proof: crm.Proof{Mechanism: "checkbox", Source: "shop"}, OccurredAt: at}},
				Identities: []crm.Identity{{Kind: crm.IdentityLoyalty, Value: fmt.Sprint("card", i)}},
			}, nil) {
				return
			}
		}
	}
}
