SELECT name, kind, status, SUM(delta)
FROM rollup
WHERE way = :way AND duty = :duty AND day < :end
GROUP BY name, kind, status
