SELECT s.target, h.status, o.id
FROM histories h
JOIN statuses s ON s.history = h.history
JOIN orders o ON o.order_no = s.order_no
WHERE h.duty = 'act' AND h.demanded = 0 AND h.status IN ('withheld', 'blocked', 'removed', 'demoted')
  AND NOT EXISTS (
    SELECT 1 FROM statuses s2 JOIN histories h2 ON h2.history = s2.history
    WHERE s2.target = s.target AND h2.demanded = 1 AND h2.duty IN ('act', 'repeat')
      AND h2.status NOT IN ('refused', 'not-found', 'already-removed', 'withdrawn')
  )
ORDER BY o.order_no, s.target
