package segment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/seed-9cb3708a/clientele/segment"
)

// What Shopify documents can be read, and is printed in one form.
func ExampleParse() {
	for _, text := range []string{
		"amount_spent > 500 and (customer_countries CONTAINS 'GB' or customer_tags contains 'vip')",
		"products_purchased(id: (1, 2), date: -90d) = true",
		"shopify_email.opened NOT MATCHES (date >= 30_days_ago)",
	} {
		r, err := segment.Parse(text)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r)
	}
	// Output:
	// amount_spent > 500 AND (customer_countries CONTAINS 'GB' OR customer_tags CONTAINS 'vip')
	// items MATCHES (product IN ('1', '2'), date >= -90d)
	// interactions NOT MATCHES (kind = 'message_opened', date >= -30d)
}

// Every fault is told, with its place and what was perhaps meant.
func ExampleParse_faults() {
	_, err := segment.Parse(`last_ordr_date > '2025-01-31'
AND email_subscription_status = 'subscribed'
OR count(orders >= 2`)
	if e, ok := errors.AsType[*segment.RuleError](err); ok {
		for _, f := range e.Faults {
			fmt.Println(f)
		}
	}
	// Output:
	// 1:1: unexpected `last_ordr_date`: want a field of customers; did you mean `last_order_date`?
	// 2:33: unexpected `'subscribed'`: want 'SUBSCRIBED', 'PENDING', 'UNSUBSCRIBED' or 'NOT_SUBSCRIBED'; did you mean `'SUBSCRIBED'`?
	// 3:17: unexpected `>=`: want )
}

// A rule that is built in Go equals the one that is read from its text.
func ExampleAll() {
	lately := segment.Field("date").AtLeast(segment.Days(-90))
	r := segment.All(
		segment.Field("number_of_orders").AtLeast(2),
		segment.Not(segment.Orders(lately).Exist()),
	)
	fmt.Println(r)
	fmt.Println(r.Equal(segment.MustParse("number_of_orders >= 2 AND orders NOT MATCHES (date >= -90d)")))
	// Output:
	// number_of_orders >= 2 AND orders NOT MATCHES (date >= -90d)
	// true
}

// What facts add up to is compared as any other value.
func ExampleSource() {
	web := segment.Orders(segment.Field("channel").Is("web"), segment.Field("date").AtLeast(segment.Months(-12)))
	fmt.Println(web.Sum("amount").More(500))
	fmt.Println(web.Count().Between(2, 10))
	fmt.Println(segment.DaysSince(web.Last("date")).More(60))
	fmt.Println(segment.Orders().Periods(segment.Months(6)).AtLeast(3))
	// Output:
	// sum(orders.amount MATCHES (channel = 'web', date >= -12m)) > 500
	// count(orders MATCHES (channel = 'web', date >= -12m)) BETWEEN 2 AND 10
	// days_since(last(orders.date MATCHES (channel = 'web', date >= -12m))) > 60
	// periods(orders, 6m) >= 3
}

// Who put something in the cart within a week of seeing it, and ordered nothing
// in the week after.
func ExampleSequence() {
	did := func(kind string) segment.Source { return segment.Interactions(segment.Field("kind").Is(kind)) }
	r := did("view_item").
		FollowedBy(did("add_to_cart")).Within(segment.Days(7)).
		NotFollowedBy(segment.Orders()).Within(segment.Days(7)).
		Exist()
	fmt.Println(r)
	// Output:
	// interactions MATCHES (kind = 'view_item') FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d NOT FOLLOWED BY orders WITHIN 7d
}

// An editor can keep a rule as a tree.
func ExampleRule_MarshalJSON() {
	r := segment.MustParse("number_of_orders >= 2 AND NOT orders MATCHES (date >= -90d)")
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(data))
	// Output:
	// {
	//   "all": [
	//     {
	//       "field": "number_of_orders",
	//       "op": "at_least",
	//       "value": 2
	//     },
	//     {
	//       "not": {
	//         "match": {
	//           "source": "orders",
	//           "where": {
	//             "field": "date",
	//             "op": "at_least",
	//             "value": {
	//               "date": "-90d"
	//             }
	//           }
	//         }
	//       }
	//     }
	//   ]
	// }
}

// A text box shows a long rule on several lines.
func ExampleRule_Wrap() {
	r := segment.MustParse("number_of_orders >= 2 AND orders NOT MATCHES (date >= -90d, channel = 'web', state IN ('paid', 'fulfilled')) AND (customer_tags CONTAINS 'vip' OR customer_countries CONTAINS 'GB')")
	fmt.Println(r.Wrap(60))
	// Output:
	// number_of_orders >= 2
	// AND orders NOT MATCHES (
	//   date >= -90d,
	//   channel = 'web',
	//   state IN ('paid', 'fulfilled')
	// )
	// AND (
	//   customer_tags CONTAINS 'vip'
	//   OR customer_countries CONTAINS 'GB'
	// )
}
