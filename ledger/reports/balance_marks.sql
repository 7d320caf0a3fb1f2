SELECT name, kind, status, SUM(is_about), SUM(is_at_least), SUM(is_under), SUM(is_unknown)
FROM rollup_marks
WHERE way = :way AND duty = :duty AND day < :end
GROUP BY name, kind, status
