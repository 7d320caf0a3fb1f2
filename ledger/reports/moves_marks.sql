SELECT {label} AS label, r.kind, r.status,
       SUM(r.in_about), SUM(r.in_at_least), SUM(r.in_under), SUM(r.in_unknown),
       SUM(r.is_about), SUM(r.is_at_least), SUM(r.is_under), SUM(r.is_unknown)
FROM rollup_marks r
JOIN days d ON d.day = r.day
WHERE r.way = 'total' AND r.name = '' AND r.duty = :duty AND r.day >= :begin AND r.day < :end
GROUP BY {label}, r.kind, r.status
