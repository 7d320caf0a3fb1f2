SELECT f.kind, COUNT(DISTINCT f.order_no)
FROM flows f
JOIN orders o ON o.order_no = f.order_no
WHERE o.duty = :duty AND o.day >= :begin AND o.day < :end AND f.day < :end AND f.status = :status
GROUP BY f.kind
