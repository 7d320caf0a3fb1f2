SELECT together, COUNT(*)
FROM (
  SELECT group_concat(s.history) AS together
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
  LEFT JOIN aliases n ON n.target = c.target
  WHERE s.target = c.target
  GROUP BY COALESCE(n.same, c.target)
)
GROUP BY together
