SELECT {label} AS label, r.status,
       SUM(r.entered), SUM(r.in_about), SUM(r.in_at_least), SUM(r.in_under), SUM(r.in_unknown),
       SUM(r.delta), SUM(r.is_about), SUM(r.is_at_least), SUM(r.is_under), SUM(r.is_unknown)
FROM rollup r
JOIN days d ON d.day = r.day
WHERE r.way = 'total' AND r.duty = :duty AND r.day >= :begin AND r.day < :end
  AND (r.kind = :kind OR r.kind = '' OR :kind = 'all')
GROUP BY {label}, r.status
ORDER BY MIN(r.day)
