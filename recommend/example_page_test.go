package recommend_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/seed-9cb3708a/clientele/recommend"
)

// A page with three lists, of which none has what stands in another.
func ExampleList_Products() {
	_, rec := newShop()
	ctx := context.Background()
	again, err := rec.BuyAgain(ctx, "ada", &recommend.Query{N: 1, Place: "again"})
	if err != nil {
		log.Fatal(err)
	}
	next, err := rec.ForCustomer(ctx, "ada", &recommend.Query{N: 2, Place: "next", Seen: again.Products()})
	if err != nil {
		log.Fatal(err)
	}
	trending, err := rec.Trending(ctx, &recommend.Query{N: 3, Place: "trending", Seen: slices.Concat(again.Products(), next.Products())})
	if err != nil {
		log.Fatal(err)
	}
	for _, list := range []*recommend.List{again, next, trending} {
		fmt.Println(list.Place, list.Products())
	}
	// Output:
	// again [coffee]
	// next [filters grinder]
	// trending [honey espresso green-tea]
}
