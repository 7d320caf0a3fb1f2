SELECT name, status, SUM(delta) AS n,
       SUM(is_about), SUM(is_at_least), SUM(is_under), SUM(is_unknown)
FROM rollup
WHERE way = :way AND duty = :duty AND day < :end AND (kind = :kind OR kind = '' OR :kind = 'all')
GROUP BY name, status
