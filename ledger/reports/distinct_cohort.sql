SELECT s.target, h.kind, h.changes
FROM statuses s
JOIN histories h ON h.history = s.history
WHERE h.duty = 'act' AND (h.kind = :kind OR :kind = 'all')
  AND s.target IN (
    SELECT c.target FROM orders o JOIN statuses c ON c.place BETWEEN o.first_place AND o.last_place
    WHERE o.duty = 'act' AND o.day >= :begin AND o.day < :end
  )
ORDER BY s.target
