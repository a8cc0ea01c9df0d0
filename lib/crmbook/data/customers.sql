-- The customer table: a row for each customer, made from order lines. The one definition, for every engine.
--
-- Needs the relation `orders`, a row for each order line: order_id, customer_id, order_date, amount, cost (blank where
-- unknown), and $as_of, the last day that counts.
--
-- The purchase rule: lines of one customer under one order_id are one order, dated by its first line. An order that adds
-- up to less than zero is a return: it reduces money, counts in no frequency and moves no date. An order of zero is a
-- purchase. Purchases of one customer on one day are one purchase day.
--
-- What the models of customer lifetime value learn from (x, t_x, T, mean_repeat) is net: an order that the customer
-- brought back whole leaves no trace in it, and his other returns are taken off all his purchases alike. Brought back
-- whole is an order if a return of the same customer, on the same day or later, adds up to just as much; where several
-- orders fit it is the latest.
--
-- Money is rounded to a millionth: sums of binary fractions depend on the order of the lines in their last digits, and
-- 0.10 + 0.20 - 0.30 must be zero.

WITH lines AS (
    SELECT order_id, customer_id, order_date, CAST(amount AS DOUBLE) AS amount, CAST(cost AS DOUBLE) AS cost
    FROM orders
    WHERE customer_id IS NOT NULL AND order_id IS NOT NULL AND amount IS NOT NULL
        AND order_date < CAST($as_of AS DATE) + INTERVAL '1' DAY
),

customer_orders AS (
    SELECT
        customer_id,
        order_id,
        CAST(MIN(order_date) AS DATE) AS order_day,
        COUNT(*) AS order_lines,
        ROUND(SUM(amount), 6) AS net,
        SUM(amount - cost) AS margin
    FROM lines
    GROUP BY customer_id, order_id
),

brought_back AS (
    SELECT customer_id, order_id
    FROM (
        SELECT
            customer_orders.customer_id,
            customer_orders.order_id,
            returns,
            ROW_NUMBER() OVER (
                PARTITION BY customer_orders.customer_id, net ORDER BY order_day DESC, customer_orders.order_id
            ) AS place
        FROM customer_orders
        JOIN (
            SELECT customer_id, -net AS money, COUNT(*) AS returns, MAX(order_day) AS latest
            FROM customer_orders
            WHERE net < 0
            GROUP BY customer_id, net
        ) AS returned
            ON customer_orders.customer_id = returned.customer_id AND net = money AND order_day <= latest
    ) AS pairs
    WHERE place <= returns
),

customer_days AS (  -- the customer's returns share one row, which has no purchase day
    SELECT
        customer_orders.customer_id,
        CASE WHEN net >= 0 THEN order_day END AS purchase_day,
        COUNT(*) AS day_orders,
        SUM(net) AS net,
        SUM(margin) AS margin,
        MAX(CASE WHEN net >= 0 AND brought_back.order_id IS NULL THEN order_day END) AS kept_day,
        SUM(CASE WHEN net >= 0 AND brought_back.order_id IS NULL THEN net ELSE 0 END) AS kept
    FROM customer_orders
    LEFT JOIN brought_back
        ON customer_orders.customer_id = brought_back.customer_id AND customer_orders.order_id = brought_back.order_id
    GROUP BY customer_orders.customer_id, CASE WHEN net >= 0 THEN order_day END
),

totals AS (
    SELECT
        customer_id,
        MIN(purchase_day) AS first_order,
        MAX(purchase_day) AS last_order,
        SUM(CASE WHEN purchase_day IS NULL THEN 0 ELSE day_orders END) AS frequency,
        SUM(CASE WHEN purchase_day IS NOT NULL THEN net END) AS bought,
        SUM(net) AS net,
        SUM(margin) AS margin,
        COUNT(kept_day) AS days,
        MIN(kept_day) AS first_day,
        MAX(kept_day) AS last_day,
        SUM(kept) AS kept,
        ARG_MIN(kept, kept_day) AS first_kept
    FROM customer_days
    GROUP BY customer_id
)

SELECT
    customer_id,
    first_order,
    last_order,
    DATE_DIFF('day', last_order, CAST($as_of AS DATE)) AS recency,
    DATE_DIFF('day', first_order, CAST($as_of AS DATE)) AS tenure,
    CAST(frequency AS BIGINT) AS frequency,
    ROUND(net, 6) AS monetary,
    ROUND(bought / NULLIF(frequency, 0), 6) AS mean_order,
    ROUND(CASE WHEN days > 1 THEN (kept - first_kept) / (days - 1) * COALESCE(net / NULLIF(kept, 0), 1) END, 6)
        AS mean_repeat,
    ROUND(margin, 6) AS margin,
    CASE WHEN days > 1 THEN days - 1 ELSE 0 END AS x,
    DATE_DIFF('day', first_day, last_day) AS t_x,
    DATE_DIFF('day', first_day, CAST($as_of AS DATE)) AS "T"
FROM totals
ORDER BY customer_id
