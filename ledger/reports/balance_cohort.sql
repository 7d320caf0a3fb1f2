SELECT {name} AS name, f.kind, f.status, SUM(f.delta),
       SUM(f.is_about), SUM(f.is_at_least), SUM(f.is_under), SUM(f.is_unknown)
FROM {relation} f
JOIN orders o ON o.order_no = f.order_no
WHERE o.duty = :duty AND o.day >= :begin AND o.day < :end AND f.day < :end
GROUP BY {name}, f.kind, f.status
