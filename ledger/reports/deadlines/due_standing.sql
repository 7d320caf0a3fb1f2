SELECT f.order_no, f.kind, f.status, SUM(f.delta), SUM(f.is_about), SUM(f.is_at_least), SUM(f.is_under),
       SUM(f.is_unknown)
FROM orders o
CROSS JOIN flows f
WHERE o.is_open = 1 AND f.order_no = o.order_no AND f.status IN ('pending', 'not-enough-info')
GROUP BY f.order_no, f.kind, f.status
ORDER BY f.order_no
