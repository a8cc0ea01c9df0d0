-- The customer table: a row for each customer, made from order lines. The one definition, for every engine.
--
-- Needs the relation `orders`, a row for each order line: order_id, customer_id, order_date, amount, cost (blank where
-- unknown), and $as_of, the last day that counts.
--
-- The purchase rule: lines of one customer under one order_id are one order, dated by its first line. An order that adds
-- up to less than zero is a return: it reduces money, counts in no frequency and moves no date. An order of zero is a
-- purchase. Purchases of one customer on one day are one purchase day (x, t_x, mean_repeat).
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

customer_days AS (  -- the customer's returns share one row, which has no purchase day
    SELECT
        customer_id,
        CASE WHEN net >= 0 THEN order_day END AS purchase_day,
        COUNT(*) AS day_orders,
        SUM(net) AS net,
        SUM(margin) AS margin
    FROM customer_orders
    GROUP BY customer_id, CASE WHEN net >= 0 THEN order_day END
),

totals AS (
    SELECT
        customer_id,
        MIN(purchase_day) AS first_order,
        MAX(purchase_day) AS last_order,
        COUNT(purchase_day) AS days,
        SUM(CASE WHEN purchase_day IS NULL THEN 0 ELSE day_orders END) AS frequency,
        SUM(CASE WHEN purchase_day IS NOT NULL THEN net END) AS bought,
        ARG_MIN(net, purchase_day) AS first_day_bought,
        SUM(net) AS net,
        SUM(margin) AS margin
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
    ROUND(CASE WHEN days > 1 THEN (bought - first_day_bought) / (days - 1) END, 6) AS mean_repeat,
    ROUND(margin, 6) AS margin,
    CASE WHEN days > 1 THEN days - 1 ELSE 0 END AS x,
    DATE_DIFF('day', first_order, last_order) AS t_x,
    DATE_DIFF('day', first_order, CAST($as_of AS DATE)) AS "T"
FROM totals
ORDER BY customer_id
