SELECT s.target, o.id, h2.status, o2.id
FROM histories h
JOIN statuses s ON s.history = h.history
JOIN orders o ON o.order_no = s.order_no
JOIN statuses s2 ON s2.target = s.target AND s2.order_no <> s.order_no
JOIN histories h2 ON h2.history = s2.history
JOIN orders o2 ON o2.order_no = s2.order_no
WHERE h.duty = 'act' AND h.status = 'unblocked'
  AND h2.duty = 'act' AND h2.status IN ('withheld', 'blocked', 'removed', 'demoted')
ORDER BY o.order_no, s.target, o2.order_no
