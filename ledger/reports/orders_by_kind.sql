SELECT kind, SUM(stands_for)
FROM (
  SELECT DISTINCT f.kind, f.order_no, o.stands_for
  FROM flows f
  JOIN orders o ON o.order_no = f.order_no
  WHERE o.duty = :duty AND o.day >= :begin AND o.day < :end AND f.day < :end AND f.status = :status
) AS counted
GROUP BY kind
