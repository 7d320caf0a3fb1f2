EXISTS (
  SELECT 1
  FROM alias_entries a
  JOIN statuses s ON s.target = a.one OR s.target = a.other
  JOIN orders r ON r.order_no = s.order_no
  WHERE a.seq = e.order_no AND r.day >= :begin AND r.day < :end {filters}
)
