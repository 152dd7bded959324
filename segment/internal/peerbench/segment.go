package peerbench

// A Segment is one of those that are compared.
type Segment struct {
	Name   string
	Rule   string
	Values []string // instead of a rule: what is worked out for everybody
	Facts  []string // queries over the facts, of which any will do
	Kept   []string // queries over what is kept as well, nil when it does not help
	Dense  bool     // they group by nearly all customers: arrays may serve better than hash tables
}

// Segments are those that are compared. What is said of the rule language is
// what the queries mean: days are those of the calendar, the highest percent of
// a sum are among all, who have spent nothing too, and of a last date among
// those who have one; as many are taken as the percent is of them, rounded up,
// with all who have the same value as the last of them.
var Segments = []Segment{
	{
		Name: "S1",
		Rule: "customer_language = 'de' AND email_subscription_status = 'SUBSCRIBED' AND customer_account_status = 'ENABLED' AND customer_added_date >= 2025-01-01",
		Facts: []string{`
			SELECT id FROM customers
			WHERE language = 'de' AND subscription = 'SUBSCRIBED' AND account = 'ENABLED' AND added >= TIMESTAMP '2025-01-01'`,
		},
	},
	{
		Name: "S2",
		Rule: "count(items MATCHES (categories CONTAINS 'Group 1 > Category 6', date >= -90d)) >= 2 AND interactions NOT MATCHES (kind = 'message_opened', date >= -30d)",
		Facts: []string{`
			SELECT customer FROM items
			WHERE t >= TIMESTAMP '2025-10-03' AND product IN (SELECT id FROM products WHERE category = 'Group 1 > Category 6')
			GROUP BY customer HAVING count(*) >= 2
			EXCEPT SELECT customer FROM events WHERE kind = 'message_opened' AND t >= TIMESTAMP '2025-12-02'`, `
			SELECT customer FROM (
				SELECT customer FROM items
				WHERE t >= TIMESTAMP '2025-10-03' AND product IN (SELECT id FROM products WHERE category = 'Group 1 > Category 6')
				GROUP BY customer HAVING count(*) >= 2
			) b
			WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.customer = b.customer AND kind = 'message_opened' AND t >= TIMESTAMP '2025-12-02')`,
		},
	},
	{
		Name: "S3", Dense: true,
		Rule: "number_of_orders >= 5 AND last_order_date < -120d AND amount_spent > 500",
		Facts: []string{`
			SELECT customer FROM orders GROUP BY customer
			HAVING count(*) >= 5 AND max(t) < TIMESTAMP '2025-09-03' AND sum(amount) > 50000`,
		},
		Kept: []string{`
			SELECT id FROM kept WHERE orders >= 5 AND last < TIMESTAMP '2025-09-03' AND spent > 50000`,
		},
	},
	{
		Name: "S4", Dense: true,
		Rule: "last(orders.date MATCHES (date >= -365d)) IN TOP 40% AND count(orders MATCHES (date >= -365d)) IN TOP 40% AND sum(orders.amount MATCHES (date >= -365d)) IN TOP 40%",
		Facts: []string{`
			WITH s AS MATERIALIZED (
				SELECT customer, max(t) AS r, count(*) AS f, sum(amount)::BIGINT AS m FROM orders WHERE t >= TIMESTAMP '2025-01-01' GROUP BY customer
			), everybody AS (
				SELECT r, f, m FROM s UNION ALL
				SELECT NULL, 0, 0 FROM range((SELECT (SELECT count(*) FROM customers) - (SELECT count(*) FROM s)))
			), edge AS (
				SELECT percentile_disc(0.4) WITHIN GROUP (ORDER BY r DESC) AS r,
					percentile_disc(0.4) WITHIN GROUP (ORDER BY f DESC) AS f, percentile_disc(0.4) WITHIN GROUP (ORDER BY m DESC) AS m
				FROM everybody
			)
			SELECT customer FROM s, edge WHERE s.r >= edge.r AND s.f >= edge.f AND s.m >= edge.m`,
		},
	},
	{
		Name: "S5",
		Rule: "interactions MATCHES (kind = 'view_item', date >= -30d) FOLLOWED BY interactions MATCHES (kind = 'add_to_cart') WITHIN 7d NOT FOLLOWED BY orders WITHIN 7d",
		Facts: []string{`
			SELECT DISTINCT c.customer FROM events v JOIN events c ON c.customer = v.customer AND c.t > v.t AND c.t <= v.t + INTERVAL 7 DAY
			WHERE v.kind = 'view_item' AND v.t >= TIMESTAMP '2025-12-02' AND c.kind = 'add_to_cart' AND c.t >= TIMESTAMP '2025-12-02'
				AND c.t < TIMESTAMP '2026-01-01 12:00:00' - INTERVAL 7 DAY
				AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.customer AND o.t > c.t AND o.t <= c.t + INTERVAL 7 DAY AND o.t >= TIMESTAMP '2025-12-02')`, `
			WITH carts AS (
				SELECT customer, t FROM events WHERE kind = 'add_to_cart' AND t >= TIMESTAMP '2025-12-02' AND t < TIMESTAMP '2025-12-25 12:00:00'
			), led AS (
				SELECT DISTINCT c.customer, c.t FROM carts c JOIN events v ON v.customer = c.customer AND v.t < c.t AND v.t >= c.t - INTERVAL 7 DAY
				WHERE v.kind = 'view_item' AND v.t >= TIMESTAMP '2025-12-02' AND v.t < TIMESTAMP '2025-12-25 12:00:00'
			)
			SELECT DISTINCT customer FROM led c ANTI JOIN (SELECT customer, t FROM orders WHERE t >= TIMESTAMP '2025-12-02') o
				ON o.customer = c.customer AND o.t > c.t AND o.t <= c.t + INTERVAL 7 DAY`,
		},
	},
	{
		Name: "S6", Dense: true,
		Rule: "sum(orders.amount MATCHES (date >= -12m)) IN TOP 5%",
		Facts: []string{`
			WITH s AS MATERIALIZED (
				SELECT customer, sum(amount)::BIGINT AS m FROM orders WHERE t >= TIMESTAMP '2025-01-01' GROUP BY customer
			), everybody AS (
				SELECT m FROM s UNION ALL SELECT 0 FROM range((SELECT (SELECT count(*) FROM customers) - (SELECT count(*) FROM s)))
			)
			SELECT customer FROM s WHERE m >= (SELECT percentile_disc(0.05) WITHIN GROUP (ORDER BY m DESC) FROM everybody)`,
		},
	},
	{
		Name: "S7", Dense: true,
		Values: []string{
			"count(orders)", "sum(orders.amount)", "first(orders.date)", "last(orders.date)",
			"count(orders MATCHES (date >= -90d))", "sum(orders.amount MATCHES (date >= -90d))", "distinct(items.product)",
		},
		Facts: []string{`
			SELECT * FROM (
				SELECT customer, count(*) AS n, sum(amount)::BIGINT AS spent, min(t) AS first, max(t) AS last,
					count(*) FILTER (t >= TIMESTAMP '2025-10-03') AS n90, coalesce(sum(amount) FILTER (t >= TIMESTAMP '2025-10-03'), 0)::BIGINT AS spent90
				FROM orders GROUP BY customer
			) JOIN (SELECT customer, count(DISTINCT product) AS products FROM items GROUP BY customer) USING (customer)`, `
			SELECT * FROM (
				SELECT customer, count(*) AS n, sum(amount)::BIGINT AS spent, min(t) AS first, max(t) AS last,
					count(*) FILTER (t >= TIMESTAMP '2025-10-03') AS n90, coalesce(sum(amount) FILTER (t >= TIMESTAMP '2025-10-03'), 0)::BIGINT AS spent90
				FROM orders GROUP BY customer
			) JOIN (SELECT customer, count(*) AS products FROM (SELECT DISTINCT customer, product FROM items) GROUP BY customer) USING (customer)`,
		},
		Kept: []string{`
			SELECT k.id, k.orders, k.turnover, k.first, k.last, coalesce(n90, 0)::BIGINT AS n90, coalesce(spent90, 0)::BIGINT AS spent90, products
			FROM kept k JOIN (SELECT customer, count(*) AS products FROM (SELECT DISTINCT customer, product FROM items) GROUP BY customer) p ON p.customer = k.id
			LEFT JOIN (SELECT customer, count(*) AS n90, sum(amount) AS spent90 FROM orders WHERE t >= TIMESTAMP '2025-10-03' GROUP BY customer) o ON o.customer = k.id`,
		},
	},
	{
		Name: "S8",
		Rule: "customer_language = 'de' AND number_of_orders >= 3 AND amount_spent > 200 AND last_order_date >= -180d AND orders MATCHES (date >= -90d, channel = 'web')",
		Facts: []string{`
			SELECT customer FROM orders JOIN customers c ON c.id = customer WHERE language = 'de'
			GROUP BY customer
			HAVING count(*) >= 3 AND sum(amount) > 20000 AND max(t) >= TIMESTAMP '2025-07-05' AND bool_or(t >= TIMESTAMP '2025-10-03' AND channel = 'web')`, `
			WITH web AS MATERIALIZED (
				SELECT DISTINCT customer FROM orders WHERE t >= TIMESTAMP '2025-10-03' AND channel = 'web'
			), who AS MATERIALIZED (
				SELECT customer FROM web JOIN customers ON id = customer WHERE language = 'de'
			)
			SELECT customer FROM orders JOIN who USING (customer)
			GROUP BY customer HAVING count(*) >= 3 AND sum(amount) > 20000 AND max(t) >= TIMESTAMP '2025-07-05'`,
		},
		Kept: []string{`
			SELECT id FROM kept
			WHERE language = 'de' AND orders >= 3 AND spent > 20000 AND last >= TIMESTAMP '2025-07-05'
				AND id IN (SELECT customer FROM orders WHERE t >= TIMESTAMP '2025-10-03' AND channel = 'web')`,
		},
	},
}
