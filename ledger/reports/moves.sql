SELECT {label} AS label, r.kind, r.status, SUM(r.entered), SUM(r.delta)
FROM rollup r
JOIN days d ON d.day = r.day
WHERE r.way = 'total' AND r.name = '' AND r.duty = :duty AND r.day >= :begin AND r.day < :end
GROUP BY {label}, r.kind, r.status
ORDER BY MIN(r.day)
