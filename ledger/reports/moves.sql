SELECT day, kind, status, SUM(entered), SUM(delta)
FROM rollup
WHERE way = :way AND duty = :duty AND day >= :begin AND day < :end
GROUP BY day, kind, status
