EXISTS (
  SELECT 1
  FROM alias_entries a
  JOIN aliases n ON n.target = a.one
  JOIN aliases m ON m.same = n.same
  JOIN statuses s ON s.target = m.target
  JOIN orders r ON r.order_no = s.order_no
  WHERE a.seq = e.order_no AND r.day >= :begin AND r.day < :end {filters}
)
