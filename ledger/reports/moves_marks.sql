SELECT day, kind, status,
       SUM(in_about), SUM(in_at_least), SUM(in_under), SUM(in_unknown),
       SUM(is_about), SUM(is_at_least), SUM(is_under), SUM(is_unknown)
FROM rollup_marks
WHERE way = :way AND duty = :duty AND day >= :begin AND day < :end
GROUP BY day, kind, status
