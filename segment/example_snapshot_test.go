package segment_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/segment"
)

// Who got the mailing stays on its list, also who then orders and leaves the
// segment that they were taken from.
func ExampleCatalog_Snapshot() {
	_, catalog := newShop()
	ctx := context.Background()
	silent, err := catalog.Create(ctx, segment.Segment{Name: "Silent", Rule: segment.MustParse("last_order_date < -14d")})
	if err != nil {
		log.Fatal(err)
	}
	mailed, err := catalog.Snapshot(ctx, silent.ID, "Autumn mailing")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mailed.Description)
	for customer, err := range catalog.Select(ctx, segment.MustParse("segments CONTAINS 'Autumn mailing' AND amount_spent > 500")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer)
	}
	// Output:
	// Members of Silent on 2025-11-28 10:00
	// Grace
}
