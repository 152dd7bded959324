package segment

// Presets returns segments that many shops want, ready for [Catalog.Create] and
// to be changed: their IDs are names for programs, such as "at_risk". That one
// goes by the shop's own rhythm; the days of the others are guesses.
func Presets() []Segment {
	return []Segment{
		{ID: "first_time_buyers", Name: "First-time buyers", Description: "Bought once, and lately.",
			Rule: MustParse("number_of_orders = 1 AND last_order_date >= -30d")},
		{ID: "repeat_buyers", Name: "Repeat buyers", Description: "Bought more than once.",
			Rule: MustParse("number_of_orders >= 2")},
		{ID: "vip", Name: "VIP", Description: "Brought most: the top twentieth of all customers.",
			Rule: MustParse("amount_spent IN TOP 5% AND amount_spent > 0")},
		{ID: "one_time_lapsed", Name: "Bought once, and left", Description: "One order, of long ago.",
			Rule: MustParse("number_of_orders = 1 AND last_order_date < -120d")},
		{ID: "abandoned_checkout", Name: "Abandoned checkout", Description: "Began to check out in the last week, and did not buy.",
			Rule: MustParse("abandoned_checkout_date >= -7d")},
		{ID: "viewed_not_bought", Name: "Viewed but not bought", Description: "Looked at products in the last two weeks, and bought nothing since.",
			Rule: MustParse("interactions MATCHES (kind = 'view_item', date >= -14d) NOT FOLLOWED BY orders")},
		{ID: "tried_on_not_bought", Name: "Tried on but not bought", Description: "Tried products on in augmented reality in the last month, and bought nothing since.",
			Rule: MustParse("interactions MATCHES (kind = 'ar_session', date >= -30d) NOT FOLLOWED BY orders")},
		{ID: "discount_only", Name: "Discount-only buyers", Description: "Bought more than once, and never without a discount.",
			Rule: MustParse("number_of_orders >= 2 AND count(orders MATCHES (discount > 0)) >= 2 AND orders NOT MATCHES (discount = 0)")},
		{ID: "subscribers_without_order", Name: "Subscribers without order", Description: "May be written to, and have not bought yet.",
			Rule: MustParse("email_subscription_status = 'SUBSCRIBED' AND number_of_orders = 0")},
		{ID: "at_risk", Name: "At risk", Description: "Stay away for longer than most who come back.",
			Rule: MustParse("life_cycle_stage = 'at_risk'")},
	}
}
