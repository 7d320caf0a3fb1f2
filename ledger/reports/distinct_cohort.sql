SELECT COALESCE(n.same, c.target) AS one, h.kind, h.changes
FROM (
  SELECT s.target FROM orders o CROSS JOIN statuses s
  WHERE o.duty = 'act' AND o.day >= :begin AND o.day < :end AND s.place BETWEEN o.first_place AND o.last_place
  UNION
  SELECT m.target FROM aliases m
  WHERE m.same IN (
    SELECT a.same FROM aliases a CROSS JOIN statuses s CROSS JOIN orders o
    WHERE s.target = a.target AND o.order_no = s.order_no AND o.duty = 'act' AND o.day >= :begin AND o.day < :end
  )
) AS c
CROSS JOIN statuses s
CROSS JOIN histories h
LEFT JOIN aliases n ON n.target = c.target
WHERE s.target = c.target AND h.history = s.history AND h.duty = 'act' AND (h.kind = :kind OR :kind = 'all')
ORDER BY 1
