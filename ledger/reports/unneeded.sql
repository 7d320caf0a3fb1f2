SELECT s.target, h.status, o.id
FROM orders o
CROSS JOIN statuses s
CROSS JOIN histories h
LEFT JOIN aliases n ON n.target = s.target
WHERE o.to_lift = 1 AND s.place BETWEEN o.first_place AND o.last_place AND h.history = s.history
  AND h.duty = 'act' AND h.demanded = 0 AND h.status IN ('withheld', 'blocked', 'removed', 'demoted')
  AND NOT EXISTS (
    SELECT 1 FROM statuses s2 JOIN histories h2 ON h2.history = s2.history
    WHERE (s2.target = s.target OR s2.target IN (SELECT m.target FROM aliases m WHERE m.same = n.same))
      AND h2.demanded = 1 AND h2.duty IN ('act', 'repeat')
      AND h2.status NOT IN ('refused', 'not-found', 'already-removed', 'withdrawn')
  )
ORDER BY o.order_no, s.target
