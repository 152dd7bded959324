package rule_test

import (
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// BenchmarkParse reads rules of a few conditions, and one of 64 KiB.
func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"one condition", "number_of_orders >= 2"},
		{"five conditions", "number_of_orders >= 5 AND last_order_date < -120d AND amount_spent > 500 AND customer_countries CONTAINS 'GB' AND NOT customer_tags CONTAINS 'staff'"},
		{"sequence", "interactions MATCHES (kind = 'view_item', date >= -30d) FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d NOT FOLLOWED BY orders WITHIN 7d"},
		{"64 KiB", "age > 1" + strings.Repeat(" OR customer_id IN ('"+strings.Repeat("abcdefgh', '", 100)+"')", 53)},
		{"64 KiB of points", "agee" + strings.Repeat(".a", 32_000) + " > 1"},
		{"64 KiB of faults", strings.Repeat("agee > 1 AND ", 5000)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				_, err := rule.Parse(bb.text, nil)
				if _, faulty := err.(rule.Faults); faulty != strings.HasPrefix(bb.text, "agee") {
					b.Fatal(err)
				}
			}
		})
	}
}
